import { attachment } from "./attachments.js";
import { h, newId } from "../dom.js";
import { markdown } from "./markdown.js";
import { menuChoices, selection, ticks } from "./menus.js";

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger" };
const LINK = 5;

/** Draws a message's components; `operate(customId, values)` does what a person does with one. */
export function components(message, store, operate) {
  return message.components.map((component) => draw(component, { message, store, operate }));
}

function draw(component, context) {
  const inside = (parts) => (parts ?? []).map((part) => draw(part, context));
  switch (component.type) {
    case 1:
      return h("div", { class: "row" }, inside(component.components));
    case 2:
      return button(component, context);
    case 3:
    case 5:
    case 6:
    case 7:
    case 8:
      return menu(component, context);
    case 9:
      return h("div", { class: "section" }, h("div", {}, inside(component.components)), inside([component.accessory]));
    case 10:
      return h("div", { class: "content" }, markdown(component.content, context.store));
    case 13:
      return namedFile(component, context.message);
    case 14:
      return h("hr");
    case 17:
      return h("div", { class: "container" }, inside(component.components));
    default:
      return null;
  }
}

function button(component, { operate }) {
  const label = [component.emoji?.name, component.label].filter(Boolean).join(" ");
  if (component.style === LINK) {
    return h(
      "a",
      { class: "button secondary", href: component.url, target: "_blank", rel: "noopener noreferrer" },
      `${label} ↗`,
    );
  }
  return h(
    "button",
    {
      type: "button",
      class: STYLES[component.style] ?? "secondary",
      disabled: component.disabled,
      "data-operates": component.custom_id,
      onclick: () => operate(component.custom_id, []),
    },
    label,
  );
}

function menu(component, { store, operate }) {
  const placeholder = component.placeholder ?? "Make a selection";
  const choices = menuChoices(component, store);
  const choose = (values) => operate(component.custom_id, values);
  if ((component.max_values ?? 1) > 1) return tickMenu(component, placeholder, choices, choose);
  const mayBeEmpty = component.min_values === 0 && choices.some(({ chosen }) => chosen);
  const { element, read } = selection(choices, mayBeEmpty ? "(nothing)" : placeholder, {
    disabled: component.disabled,
    "aria-label": placeholder,
    "data-operates": component.custom_id,
  });
  element.options[0].disabled = !mayBeEmpty;
  element.options[0].selected = !choices.some(({ chosen }) => chosen);
  element.addEventListener("change", () => choose(read()));
  return element;
}

/** A menu from which several can be chosen: it shows the chosen ones, and opens to change them. */
function tickMenu(component, placeholder, choices, choose) {
  const [least, most] = [component.min_values ?? 1, component.max_values];
  const send = h("button", { type: "button", class: "secondary", onclick: () => choose(read()) }, "Choose");
  const changed = () => (send.disabled = read().length < least || read().length > most);
  const { element, read } = ticks(choices, { name: newId("ticks"), changed });
  const chosen = choices.filter((choice) => choice.chosen).map(({ label }) => label);
  changed();
  return h(
    "details",
    { class: "menu" },
    h(
      "summary",
      { "aria-label": placeholder, "data-operates": component.custom_id, class: !chosen.length && "placeholder" },
      chosen.join(", ") || placeholder,
    ),
    element,
    !choices.length && h("p", { class: "small" }, "There is nothing to choose from."),
    send,
  );
}

function namedFile(component, message) {
  const name = String(component.file?.url ?? "").replace("attachment://", "");
  const file = message.attachments.find((each) => each.filename === name);
  return file ? attachment(file) : null;
}
