import { h, newId } from "../dom.js";

/** A box to tick; `name` lets the focus find it again after it was drawn anew. */
export function toggle(label, name, checked, change, disabled = false) {
  const box = h("input", {
    type: "checkbox",
    checked,
    disabled,
    "data-control": name,
    onchange: () => change(box.checked),
  });
  return h("label", { class: "toggle" }, box, h("span", {}, label));
}

export function group(title, ...content) {
  const id = newId("group");
  return h("section", { "aria-labelledby": id }, h("h3", { id }, title), content);
}

/** A line to type in with a button beside it. Made once and kept, so that nothing typed is lost when the rest is drawn. */
export function lineForm({ label, placeholder, button, maxlength, send }) {
  const input = h("input", {
    placeholder,
    maxlength,
    required: true,
    autocomplete: "off",
    "aria-label": label,
    "data-control": label,
  });
  const form = h("form", { class: "line" }, input, h("button", { type: "submit", class: "secondary" }, button));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await send(input.value)) input.value = "";
  });
  return form;
}
