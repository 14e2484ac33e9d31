import { attachment } from "./attachments.js";
import { h } from "./dom.js";
import { markdown } from "./markdown.js";

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger" };
const LINK = 5;

/** Draws a message's components; `operate(customId, values)` does what a person does with one. */
export function components(message, scene, operate) {
  return message.components.map((component) => draw(component, { message, scene, operate }));
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
      return h("div", { class: "content" }, markdown(component.content, context.scene));
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
      onclick: () => operate(component.custom_id, []),
    },
    label,
  );
}

function menu(component, { scene, operate }) {
  const choices = menuChoices(component, scene);
  const placeholder = component.placeholder ?? "Make a selection";
  const several = (component.max_values ?? 1) > 1;
  const select = h(
    "select",
    { multiple: several, disabled: component.disabled, "aria-label": placeholder },
    !several && h("option", { value: "", disabled: true, selected: true }, placeholder),
    choices.map(({ label, value, chosen }) => h("option", { value, selected: chosen }, label)),
  );
  const chosen = () => Array.from(select.selectedOptions, (option) => option.value);
  if (!several) {
    select.addEventListener("change", () => operate(component.custom_id, chosen()));
    return select;
  }
  const choose = () => operate(component.custom_id, chosen());
  return h(
    "div",
    { class: "row" },
    select,
    h("button", { type: "button", class: "secondary", onclick: choose }, "Choose"),
  );
}

/** What a select menu offers; menus of people and channels take them from the server. */
export function menuChoices(component, scene) {
  const people = scene.people.map(({ id, name }) => ({ label: name, value: id }));
  const channels = scene.channels
    .filter((channel) => !channel.dm)
    .map(({ id, name }) => ({ label: `#${name}`, value: id }));
  switch (component.type) {
    case 5:
    case 7:
      return people;
    case 8:
      return channels;
    case 6:
      return [];
    default:
      return component.options.map(({ label, value, default: chosen }) => ({ label, value, chosen }));
  }
}

function namedFile(component, message) {
  const name = String(component.file?.url ?? "").replace("attachment://", "");
  const file = message.attachments.find((each) => each.filename === name);
  return file ? attachment(file) : null;
}
