import { menuChoices } from "./components.js";
import { byId, fill, h, newId } from "./dom.js";
import { markdown } from "./markdown.js";
import { order, Refused } from "./requests.js";
import { toast } from "./toasts.js";

const PARAGRAPH = 2;

/** Show a form that the bot opened, and send what was filled in. */
export function openForm(form, scene) {
  const dialog = byId("dialog");
  const inputs = [];
  const trouble = h("p", { class: "refusal", role: "alert" });
  const submit = h("button", { type: "submit", class: "primary" }, "Submit");
  const sheet = h(
    "form",
    { method: "dialog" },
    h("h2", { id: "dialog-title" }, form.title),
    form.components.map((component) => part(component, scene, inputs)),
    trouble,
    h(
      "div",
      { class: "row end" },
      h("button", { type: "button", class: "secondary", onclick: () => dialog.close() }, "Cancel"),
      submit,
    ),
  );
  sheet.addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    const values = Object.fromEntries(inputs.map(({ id, read }) => [id, read()]));
    try {
      const outcome = await order("submit", { as: scene.me, form: form.id, values });
      dialog.close();
      if (outcome.failed) toast(outcome.failed);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      trouble.textContent = error.message;
      submit.disabled = false;
    }
  });
  fill(dialog, sheet);
  dialog.showModal();
}

function part(component, scene, inputs, label = null) {
  switch (component.type) {
    case 1:
      return component.components.map((each) => part(each, scene, inputs));
    case 10:
      return h("div", { class: "content" }, markdown(component.content, scene));
    case 18:
      return part(component.component, scene, inputs, component);
    default:
      return input(component, scene, inputs, label);
  }
}

function input(component, scene, inputs, label) {
  const id = newId("input");
  const { element, read } = component.type === 4 ? textInput(component, id) : choice(component, scene, id);
  inputs.push({ id: component.custom_id, read });
  const required = component.required ?? true;
  return h(
    "div",
    { class: "labelled" },
    h(
      "label",
      { for: id },
      label?.label ?? component.label ?? "",
      required && h("span", { class: "required", "aria-hidden": "true" }, " *"),
    ),
    label?.description && h("p", { class: "small" }, label.description),
    element,
  );
}

function textInput(component, id) {
  const tag = component.style === PARAGRAPH ? "textarea" : "input";
  const element = h(tag, {
    id,
    value: component.value ?? "",
    placeholder: component.placeholder,
    minlength: component.min_length,
    maxlength: component.max_length ?? 4000,
    required: component.required ?? true,
  });
  return { element, read: () => element.value };
}

function choice(component, scene, id) {
  const element = h(
    "select",
    { id, multiple: (component.max_values ?? 1) > 1, required: component.required ?? true },
    menuChoices(component, scene).map(({ label, value }) => h("option", { value }, label)),
  );
  return { element, read: () => Array.from(element.selectedOptions, (option) => option.value) };
}
