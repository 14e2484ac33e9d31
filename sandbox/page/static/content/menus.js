import { h } from "../dom.js";

const USER = 5,
  ROLE = 6,
  MENTIONABLE = 7,
  CHANNEL = 8;

/** What a menu offers, as `{label, value, chosen}`; menus of people, roles and channels take them from the server. */
export function menuChoices(component, store) {
  if (component.options)
    return component.options.map(({ label, value, default: chosen }) => ({ label, value, chosen: Boolean(chosen) }));
  const begun = new Set((component.default_values ?? []).map(({ id }) => String(id)));
  return things(component.type, store).map(({ label, value }) => ({ label, value, chosen: begun.has(value) }));
}

function things(type, store) {
  const people = [...store.present, store.bot].map(({ id, name }) => ({ label: name, value: id }));
  const roles = store.roles.map(({ id, name }) => ({ label: `@${name}`, value: id }));
  const channels = store.channels.filter((channel) => !channel.dm);
  switch (type) {
    case USER:
      return people;
    case ROLE:
      return roles;
    case MENTIONABLE:
      return [...people, ...roles];
    case CHANNEL:
      return channels.map(({ id, name }) => ({ label: `#${name}`, value: id }));
    default:
      return [];
  }
}

/** A menu for one of several; `empty` is the name of a line for none of them. */
export function selection(choices, empty, attributes) {
  const select = h(
    "select",
    attributes,
    empty && h("option", { value: "" }, empty),
    choices.map(({ label, value, chosen }) => h("option", { value, selected: chosen }, label)),
  );
  return { element: select, read: () => (select.value ? [select.value] : []) };
}

/** Boxes to tick, or with `single` of which one is chosen; `changed()` is called at each tick. */
export function ticks(choices, { name, single = false, changed = () => {} }) {
  const boxes = choices.map(({ value, chosen }) =>
    h("input", { type: single ? "radio" : "checkbox", name, value, checked: chosen, onchange: changed }),
  );
  const list = choices.map(({ label }, index) => h("label", { class: "toggle" }, boxes[index], h("span", {}, label)));
  return {
    element: h("div", { class: "ticks" }, list),
    read: () => boxes.filter((box) => box.checked).map((box) => box.value),
  };
}
