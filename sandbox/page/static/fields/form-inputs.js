import { h, newId } from "../dom.js";
import { menuChoices, selection, ticks } from "../content/menus.js";

const TEXT_INPUT = 4,
  FILE_UPLOAD = 19,
  RADIO_GROUP = 21,
  CHECKBOX_GROUP = 22,
  CHECKBOX = 23;
const PARAGRAPH = 2;

/** One input of a form with its label: `element`, and `read()`, which gives what the sandbox is sent; files are Files. */
export function formInput(component, store, label) {
  const id = newId("input");
  const { element, read, grouped = false } = control(component, store, id);
  const required = (component.required ?? true) && component.type !== CHECKBOX;
  const text = [
    label?.label ?? component.label ?? "",
    required && h("span", { class: "required", "aria-hidden": "true" }, " *"),
  ];
  const about = label?.description && h("p", { class: "small" }, label.description);
  const labelled = grouped
    ? h("fieldset", { class: "labelled" }, h("legend", {}, text), about, element)
    : h("div", { class: "labelled" }, h("label", { for: id }, text), about, element);
  return { element: labelled, read };
}

function control(component, store, id) {
  switch (component.type) {
    case TEXT_INPUT:
      return textInput(component, id);
    case FILE_UPLOAD:
      return fileInput(component, id);
    case CHECKBOX:
      return checkbox(component, id);
    case RADIO_GROUP: {
      const made = ticks(menuChoices(component, store), { name: id, single: true });
      return { ...made, grouped: true, read: () => made.read()[0] ?? null };
    }
    case CHECKBOX_GROUP:
      return { ...ticks(menuChoices(component, store), { name: id }), grouped: true };
    default:
      return menu(component, store, id);
  }
}

function textInput(component, id) {
  const element = h(component.style === PARAGRAPH ? "textarea" : "input", {
    id,
    value: component.value ?? "",
    placeholder: component.placeholder,
    minlength: component.min_length,
    maxlength: component.max_length ?? 4000,
    required: component.required ?? true,
    rows: component.style === PARAGRAPH && 4,
  });
  return { element, read: () => element.value };
}

function fileInput(component, id) {
  const several = (component.max_values ?? 1) > 1;
  const element = h("input", { id, type: "file", multiple: several, required: component.required ?? true });
  return { element, read: () => [...element.files] };
}

function checkbox(component, id) {
  const element = h("input", { id, type: "checkbox", checked: component.default });
  return { element, read: () => element.checked };
}

function menu(component, store, id) {
  const choices = menuChoices(component, store);
  if ((component.max_values ?? 1) > 1)
    return { ...ticks(choices, { name: id }), grouped: true };
  const required = component.required ?? true;
  return selection(choices, component.placeholder ?? (required ? "Choose…" : "Nothing chosen"), { id, required });
}
