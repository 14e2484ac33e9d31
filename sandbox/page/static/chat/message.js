import { attachment } from "../content/attachments.js";
import { components } from "../content/components.js";
import { h } from "../dom.js";
import { embed, isPictureOf } from "../content/embeds.js";
import { markdown } from "../content/markdown.js";

const TOKEN_LIFE = 15 * 60 * 1000; // milliseconds after which Discord gives up on “thinking…”
const LAYOUT_ONLY = [9, 10, 12, 13, 14, 17]; // components that only the newer kind of message has

/** One message as Discord shows it. `actions` says what can be done with it: operate, dismiss, menu. */
export function message(content, store, actions) {
  const isLayout = content.components.some((component) => LAYOUT_ONLY.includes(component.type));
  return h(
    "li",
    {
      class: classes(content),
      id: `message-${content.id}`,
      tabindex: "-1", // takes the focus when the button that had it is gone
      "data-author": content.author.id,
      "data-at": content.at,
      "data-used": Boolean(content.used),
    },
    avatar(content.author),
    h(
      "div",
      { class: "body" },
      content.used &&
        h(
          "p",
          { class: "used" },
          h("span", { "aria-hidden": "true" }, "╭ "),
          h("b", {}, content.used.name),
          " used ",
          h("code", {}, content.used.command),
        ),
      content.replied_to && replied(content.replied_to),
      head(content, actions),
      content.thinking ? thinking(content, store) : written(content, store),
      content.embeds.map((each) => embed(each, store, content.attachments)),
      !isLayout && besides(content).map(attachment),
      components(content, store, (customId, values) => actions.operate(content, customId, values)),
      h("p", { class: "failure", role: "alert" }),
      content.ephemeral && privacy(content, actions),
    ),
  );
}

/** The line above a reply: whose message it answers, and how that begins. A click goes there. */
function replied({ id, name, text }) {
  const show = () => document.getElementById(`message-${id}`)?.focus();
  return h(
    "p",
    { class: "used replied" },
    h("span", { "aria-hidden": "true" }, "╭ "),
    text
      ? h("button", { type: "button", class: "link", onclick: show }, h("b", {}, name), ` ${text}`)
      : "The message was deleted",
  );
}

/** The files that no embed shows. */
function besides({ attachments, embeds }) {
  return attachments.filter((file) => !embeds.some((each) => isPictureOf(each, file)));
}

export function avatar({ name, bot }) {
  if (bot) return h("img", { class: "avatar", src: "/static/bird.svg", alt: "" });
  return h("span", { class: `avatar tint-${tint(name)}`, "aria-hidden": "true" }, Array.from(name)[0]);
}

/** One of the six colours in chat.css, the same for a name at all times. */
function tint(name) {
  return Array.from(name).reduce((sum, letter) => (31 * sum + letter.codePointAt(0)) % 997, 0) % 6;
}

function classes({ ephemeral, pinged, voice_message: spoken }) {
  return ["message", ephemeral && "ephemeral", pinged && "pinged", spoken && "spoken"].filter(Boolean).join(" ");
}

function head(content, actions) {
  const at = new Date(content.at);
  return h(
    "header",
    {},
    h("span", { class: "name" }, content.author.name),
    content.author.bot && h("span", { class: "tag" }, "APP"),
    h("time", { datetime: at.toISOString() }, at.toLocaleTimeString("en", { timeStyle: "short" })),
    actions.menuOf(content),
  );
}

function written(content, store) {
  const text = h("div", { class: "content" }, markdown(content.content, store));
  if (content.edited) text.append(h("span", { class: "small edited" }, "(edited)"));
  return content.content ? text : null;
}

/** The placeholder of a deferred answer; after a quarter of an hour Discord stops waiting. */
function thinking(content, store) {
  const shown = h(
    "p",
    { class: "thinking" },
    h("span", { class: "dots", "aria-hidden": "true" }),
    ` ${store.bot.name} is thinking…`,
  );
  const giveUp = () => shown.replaceChildren("The application did not respond");
  setTimeout(() => shown.isConnected && giveUp(), Math.max(0, content.at + TOKEN_LIFE - Date.now()));
  return shown;
}

function privacy(content, actions) {
  return h(
    "p",
    { class: "small private" },
    "Only you can see this · ",
    h("button", { type: "button", class: "link", onclick: () => actions.dismiss(content) }, "Dismiss message"),
  );
}
