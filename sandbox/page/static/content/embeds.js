import { picture } from "./attachments.js";
import { h } from "../dom.js";
import { markdown } from "./markdown.js";

/** `files` are the message's attachments, of which an embed may show one as its picture. */
export function embed(content, store, files) {
  const shown = files.find((file) => isPictureOf(content, file));
  const box = h(
    "article",
    { class: "embed" },
    content.author?.name && h("p", { class: "small" }, content.author.name),
    content.title && h("p", { class: "heading minor" }, content.title),
    content.description && h("div", {}, markdown(content.description, store)),
    (content.fields ?? []).map((field) =>
      h(
        "div",
        { class: field.inline ? "field inline" : "field" },
        h("strong", {}, field.name),
        h("div", {}, markdown(field.value, store)),
      ),
    ),
    shown && picture(shown.url, shown.description ?? shown.filename),
    content.footer?.text && h("p", { class: "small" }, content.footer.text),
  );
  if (content.color) box.style.borderInlineStartColor = `#${content.color.toString(16).padStart(6, "0")}`;
  return box;
}

/** Discord shows such a file in the embed and not beside it. */
export function isPictureOf(content, file) {
  return content.image?.url === `attachment://${file.filename}`;
}
