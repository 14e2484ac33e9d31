import { h } from "./dom.js";

/** Discord's way of writing, as elements. What is no mark of it stays text. */
export function markdown(text, scene) {
  const parts = document.createDocumentFragment();
  for (const block of blocks(text)) parts.append(block(scene));
  return parts;
}

const LINE_KINDS = [
  [/^> ?(.*)$/, (lines, scene) => h("blockquote", {}, joined(lines, scene))],
  [/^-# (.*)$/, (lines, scene) => h("p", { class: "small" }, joined(lines, scene))],
  [/^# (.*)$/, (lines, scene) => h("p", { class: "heading" }, joined(lines, scene))],
  [/^#{2,3} (.*)$/, (lines, scene) => h("p", { class: "heading minor" }, joined(lines, scene))],
  [
    /^[-*] (.*)$/,
    (lines, scene) =>
      h(
        "ul",
        {},
        lines.map((line) => h("li", {}, inline(line, scene))),
      ),
  ],
];

function blocks(text) {
  const found = [];
  for (const [index, piece] of text.split(/```(?:[a-z]*\n)?/).entries()) {
    if (index % 2) found.push(() => h("pre", {}, h("code", {}, piece.replace(/\n$/, ""))));
    else found.push(...lineBlocks(piece));
  }
  return found;
}

/** Neighbouring lines of one kind make one block. */
function lineBlocks(text) {
  const found = [];
  for (const line of text.replace(/^\n|\n$/g, "").split("\n")) {
    const kind = LINE_KINDS.find(([pattern]) => pattern.test(line));
    const draw = kind?.[1] ?? ((lines, scene) => h("p", {}, joined(lines, scene)));
    const content = kind ? kind[0].exec(line)[1] : line;
    const last = found.at(-1);
    if (last && last.kind === kind) last.lines.push(content);
    else found.push({ kind, draw, lines: [content] });
  }
  return found
    .filter(({ kind, lines }) => kind || lines.some((line) => line.trim()))
    .map(
      ({ draw, lines }) =>
        (scene) =>
          draw(lines, scene),
    );
}

function joined(lines, scene) {
  return lines.flatMap((line, index) => (index ? [h("br"), inline(line, scene)] : [inline(line, scene)]));
}

const MARKS = [
  [/^\\([^\sA-Za-z0-9])/, ([, sign]) => sign],
  [/^`([^`]+)`/, ([, code]) => h("code", {}, code)],
  [/^\*\*(.+?)\*\*(?!\*)/s, ([, text], scene) => h("strong", {}, inline(text, scene))],
  [/^__(.+?)__/s, ([, text], scene) => h("u", {}, inline(text, scene))],
  [/^~~(.+?)~~/s, ([, text], scene) => h("s", {}, inline(text, scene))],
  [/^\|\|(.+?)\|\|/s, ([, text], scene) => h("span", { class: "spoiler", tabindex: "0" }, inline(text, scene))],
  [/^\*([^\s*](?:.*?[^\s*])?)\*/s, ([, text], scene) => h("em", {}, inline(text, scene))],
  [/^_([^\s_](?:.*?[^\s_])?)_(?!\w)/s, ([, text], scene) => h("em", {}, inline(text, scene))],
  [/^<@!?(\d+)>/, ([, id], scene) => h("span", { class: "mention" }, `@${scene.nameOf(id) ?? "unknown-user"}`)],
  [/^<@&(\d+)>/, ([, id], scene) => h("span", { class: "mention" }, `@${scene.roleName(id) ?? "deleted-role"}`)],
  [/^<#(\d+)>/, ([, id], scene) => h("span", { class: "mention" }, `#${channelName(id, scene)}`)],
  [/^<t:(\d{1,13})(?::([tTdDfFR]))?>/, ([, seconds, style]) => moment(Number(seconds) * 1000, style)],
  [/^\[([^\]\n]+)\]\(([^\s)]+)\)/, ([, text, address], scene) => placed(address, inline(text, scene), scene)],
  [/^<?(https:\/\/discord\.com\/channels\/[\w@/]+)>?/, ([, address], scene) => placed(address, null, scene)],
  [/^\[([^\]\n]+)\]\((https?:\/\/[^\s)]+)\)/, ([, text, address], scene) => link(address, inline(text, scene))],
  [/^<?(https?:\/\/[^\s<>]+)>?/, ([, address]) => link(address, address)],
];

const MARK_BEGINS = /[\\`*_~|<[]|https?:/g;

function inline(text, scene) {
  const parts = document.createDocumentFragment();
  let rest = text;
  while (rest) {
    MARK_BEGINS.lastIndex = 0;
    const begin = MARK_BEGINS.exec(rest)?.index ?? rest.length;
    const [plain, marked] = [rest.slice(0, begin), rest.slice(begin)];
    const found = marked && firstMark(marked, scene);
    if (found) {
      parts.append(plain, found.drawn);
      rest = marked.slice(found.length);
    } else {
      parts.append(plain, marked.slice(0, 1));
      rest = marked.slice(1);
    }
  }
  return parts;
}

/** The mark that the text begins with, drawn, and how long it is; undefined where it begins with none. */
function firstMark(text, scene) {
  for (const [pattern, draw] of MARKS) {
    const match = pattern.exec(text);
    const drawn = match && draw(match, scene);
    if (drawn !== null) return { drawn, length: match[0].length };
  }
  return undefined;
}

const OF_DISCORD = /^https:\/\/discord\.com\/channels\/(?:\d+|@me)\/(\d+)(?:\/(\d+))?$/;

/** A link into the server, which goes to that channel or message on this page; null for any other. */
function placed(address, content, scene) {
  const [, channel, message] = OF_DISCORD.exec(address) ?? [];
  if (!channel) return null;
  const go = () => {
    if (!scene.channels.some(({ id }) => id === channel)) return;
    scene.enter(channel);
    document.getElementById(`message-${message}`)?.scrollIntoView({ block: "center" });
  };
  const name = content ?? `#${channelName(channel, scene)}${message ? " › message" : ""}`;
  return h("button", { type: "button", class: "link", onclick: go }, name);
}

function link(address, content) {
  return h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, content);
}

function channelName(id, scene) {
  return scene.channels.find((channel) => channel.id === id)?.name ?? "unknown";
}

const STYLES = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
};
const STEPS = [
  [60, "second"],
  [60, "minute"],
  [24, "hour"],
  [30, "day"],
  [12, "month"],
  [Infinity, "year"],
];

function moment(milliseconds, style = "f") {
  const date = new Date(milliseconds);
  if (Number.isNaN(date.getTime())) return "Invalid date";
  const shown = style === "R" ? relative(milliseconds) : date.toLocaleString("en", STYLES[style]);
  return h("time", { datetime: date.toISOString(), title: date.toLocaleString("en", STYLES.F) }, shown);
}

function relative(milliseconds) {
  let amount = (milliseconds - Date.now()) / 1000;
  for (const [size, unit] of STEPS) {
    if (Math.abs(amount) < size)
      return new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(Math.round(amount), unit);
    amount /= size;
  }
  return "";
}
