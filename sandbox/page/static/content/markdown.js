import { h } from "../dom.js";

/** Discord's way of writing, as elements. Everything else stays text. */
export function markdown(text, store) {
  const parts = document.createDocumentFragment();
  for (const block of blocks(text)) parts.append(block(store));
  return parts;
}

const LINE_KINDS = [
  [/^> ?(.*)$/, (lines, store) => h("blockquote", {}, joined(lines, store))],
  [/^-# (.*)$/, (lines, store) => h("p", { class: "small" }, joined(lines, store))],
  [/^# (.*)$/, (lines, store) => h("p", { class: "heading" }, joined(lines, store))],
  [/^#{2,3} (.*)$/, (lines, store) => h("p", { class: "heading minor" }, joined(lines, store))],
  [
    /^[-*] (.*)$/,
    (lines, store) =>
      h(
        "ul",
        {},
        lines.map((line) => h("li", {}, inline(line, store))),
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
    const draw = kind?.[1] ?? ((lines, store) => h("p", {}, joined(lines, store)));
    const content = kind ? kind[0].exec(line)[1] : line;
    const last = found.at(-1);
    if (last && last.kind === kind) last.lines.push(content);
    else found.push({ kind, draw, lines: [content] });
  }
  return found
    .filter(({ kind, lines }) => kind || lines.some((line) => line.trim()))
    .map(
      ({ draw, lines }) =>
        (store) =>
          draw(lines, store),
    );
}

function joined(lines, store) {
  return lines.flatMap((line, index) => (index ? [h("br"), inline(line, store)] : [inline(line, store)]));
}

const MARKS = [
  [/^\\([^\sA-Za-z0-9])/, ([, sign]) => sign],
  [/^`([^`]+)`/, ([, code]) => h("code", {}, code)],
  [/^\*\*(.+?)\*\*(?!\*)/s, ([, text], store) => h("strong", {}, inline(text, store))],
  [/^__(.+?)__/s, ([, text], store) => h("u", {}, inline(text, store))],
  [/^~~(.+?)~~/s, ([, text], store) => h("s", {}, inline(text, store))],
  [/^\|\|(.+?)\|\|/s, ([, text], store) => h("span", { class: "spoiler", tabindex: "0" }, inline(text, store))],
  [/^\*([^\s*](?:.*?[^\s*])?)\*/s, ([, text], store) => h("em", {}, inline(text, store))],
  [/^_([^\s_](?:.*?[^\s_])?)_(?!\w)/s, ([, text], store) => h("em", {}, inline(text, store))],
  [/^<@!?(\d+)>/, ([, id], store) => h("span", { class: "mention" }, `@${store.nameOf(id) ?? "unknown-user"}`)],
  [/^<@&(\d+)>/, ([, id], store) => h("span", { class: "mention" }, `@${store.roleName(id) ?? "deleted-role"}`)],
  [/^<\/([\w -]+):\d+>/, ([, name]) => h("span", { class: "mention" }, `/${name}`)],
  [/^<#(\d+)>/, ([, id], store) => h("span", { class: "mention" }, `#${channelName(id, store)}`)],
  [/^<t:(\d{1,13})(?::([tTdDfFR]))?>/, ([, seconds, style]) => moment(Number(seconds) * 1000, style)],
  [/^\[([^\]\n]+)\]\(([^\s)]+)\)/, ([, text, address], store) => placed(address, inline(text, store), store)],
  [/^<?(https:\/\/discord\.com\/channels\/[\w@/]+)>?/, ([, address], store) => placed(address, null, store)],
  [/^\[([^\]\n]+)\]\((https?:\/\/[^\s)]+)\)/, ([, text, address], store) => link(address, inline(text, store))],
  [/^<?(https?:\/\/[^\s<>]+)>?/, ([, address]) => link(address, address)],
];

const MARK_BEGINS = /[\\`*_~|<[]|https?:/g;

function inline(text, store) {
  const parts = document.createDocumentFragment();
  let rest = text;
  while (rest) {
    MARK_BEGINS.lastIndex = 0;
    const begin = MARK_BEGINS.exec(rest)?.index ?? rest.length;
    const [plain, marked] = [rest.slice(0, begin), rest.slice(begin)];
    const found = marked && firstMark(marked, store);
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

/** The mark that the text begins with, drawn, and its length; undefined if it begins with none. */
function firstMark(text, store) {
  for (const [pattern, draw] of MARKS) {
    const match = pattern.exec(text);
    const drawn = match && draw(match, store);
    if (drawn !== null) return { drawn, length: match[0].length };
  }
  return undefined;
}

const OF_DISCORD = /^https:\/\/discord\.com\/channels\/(?:\d+|@me)\/(\d+)(?:\/(\d+))?$/;

/** A link into the server, which goes to that channel or message on this page; null for any other. */
function placed(address, content, store) {
  const [, channel, message] = OF_DISCORD.exec(address) ?? [];
  if (!channel) return null;
  const go = () => {
    if (!store.channels.some(({ id }) => id === channel)) return;
    store.enter(channel);
    document.getElementById(`message-${message}`)?.scrollIntoView({ block: "center" });
  };
  const name = content ?? `#${channelName(channel, store)}${message ? " › message" : ""}`;
  return h("button", { type: "button", class: "link", onclick: go }, name);
}

function link(address, content) {
  return h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, content);
}

function channelName(id, store) {
  return store.channels.find((channel) => channel.id === id)?.name ?? "unknown";
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
