import { h } from "./dom.js";
import { markdown } from "./markdown.js";

export function embed(content, scene) {
  const box = h(
    "article",
    { class: "embed" },
    content.author?.name && h("p", { class: "small" }, content.author.name),
    content.title && h("p", { class: "heading minor" }, content.title),
    content.description && h("div", {}, markdown(content.description, scene)),
    (content.fields ?? []).map((field) =>
      h(
        "div",
        { class: field.inline ? "field inline" : "field" },
        h("strong", {}, field.name),
        h("div", {}, markdown(field.value, scene)),
      ),
    ),
    content.footer?.text && h("p", { class: "small" }, content.footer.text),
  );
  if (content.color) box.style.borderInlineStartColor = `#${content.color.toString(16).padStart(6, "0")}`;
  return box;
}
