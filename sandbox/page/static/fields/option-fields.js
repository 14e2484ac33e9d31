import { Choices } from "./choices.js";
import { h, newId } from "../dom.js";
import { post } from "../requests.js";
import { sampleField } from "./sample-field.js";
import { attempt } from "../toasts.js";

const INTEGER = 4,
  BOOLEAN = 5,
  USER = 6,
  CHANNEL = 7,
  ROLE = 8,
  MENTIONABLE = 9,
  NUMBER = 10;
export const ATTACHMENT = 11;
const PAUSE = 120; // milliseconds of not typing before the bot is asked to complete

/**
 * A labelled field for one option. It has `element`, `read()` (text, or a file), `focus()`, `mark(wrong)`, `settle()`,
 * which ends what is still going on in it, and for attachments `attach(file)`. `others()` gives what the other options hold, which autocomplete may look at.
 */
export function optionField(option, { store, command, others }) {
  const id = newId("option");
  const hint = newId("hint");
  const made = control(option, { id, store, command, others });
  made.input.setAttribute("aria-describedby", hint);
  const element = h(
    "div",
    { class: "labelled" },
    h("label", { for: id }, option.name, option.required && h("span", { class: "required" }, " required")),
    made.element,
    h("p", { class: "small", id: hint }, option.description, range(option)),
  );
  return {
    element,
    read: made.read,
    attach: made.attach,
    settle: made.settle ?? (async () => {}),
    focus: () => made.input.focus(),
    mark(wrong) {
      made.input.setAttribute("aria-invalid", String(wrong));
    },
  };
}

function control(option, context) {
  if (option.type === ATTACHMENT) return sampleField(context);
  if (option.choices?.length)
    return menu(
      context.id,
      option.choices.map(({ name, value }) => [name, value]),
    );
  const menus = {
    [BOOLEAN]: () => [
      ["True", true],
      ["False", false],
    ],
    [USER]: () => people(context.store),
    [MENTIONABLE]: () => [...people(context.store), ...roles(context.store)],
    [CHANNEL]: () => named(context.store.channels.filter((channel) => !channel.dm)),
    [ROLE]: () => roles(context.store),
  };
  if (menus[option.type]) return menu(context.id, menus[option.type]());
  return option.autocomplete ? completed(option, context) : typed(option, context);
}

function people(store) {
  return named([...store.present, store.bot]);
}

function roles(store) {
  return [["@everyone", store.everyone], ...store.roles.map(({ id, name }) => [`@${name}`, id])];
}

function named(things) {
  return things.map(({ id, name }) => [name, id]);
}

function menu(id, entries) {
  const input = h(
    "select",
    { id },
    h("option", { value: "" }, "Choose…"),
    entries.map(([name], index) => h("option", { value: index }, name)),
  );
  return { input, element: input, read: () => (input.value === "" ? "" : entries[Number(input.value)][1]) };
}

function typed(option, { id, store }) {
  const numeric = option.type === INTEGER || option.type === NUMBER;
  const input = h("input", { id, type: "text", autocomplete: "off", inputmode: numeric && "decimal" });
  return { input, element: input, read: () => (numeric ? input.value.trim() : withMentions(input.value, store)) };
}

/** “@Ann” and “@Singers” become the mentions that Discord's client makes of them. */
function withMentions(text, store) {
  const people = store.present.map(({ id, name }) => ({ name, mention: `<@${id}>` }));
  const roles = store.roles.map(({ id, name }) => ({ name, mention: `<@&${id}>` }));
  const longestFirst = [...people, ...roles].sort((one, other) => other.name.length - one.name.length);
  return longestFirst.reduce((sofar, { name, mention }) => sofar.replaceAll(`@${name}`, mention), text);
}

/** A field that the bot completes; what is taken from the list stands for a value of its own. */
function completed(option, { id, store, command, others }) {
  const input = h("input", { id, type: "text", autocomplete: "off" });
  let taken = null;
  let asked = 0;
  const choices = new Choices(input, {
    label: `Choices for ${option.name}`,
    floats: true,
    take(choice) {
      taken = choice;
      input.value = choice.name;
    },
  });
  const ask = async () => {
    const question = (asked += 1);
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    if (question !== asked) return;
    const sent = {
      as: store.me,
      channel: store.current,
      command: command.path,
      options: others(),
      option: option.name,
      typed: input.value,
    };
    const answer = await attempt(() => post("complete", sent));
    if (question !== asked || document.activeElement !== input || !answer) return;
    const empty = answer.choices ? "No options match your search." : "Loading options failed.";
    choices.show(answer.choices ?? [], (choice) => h("span", { class: "path" }, choice.name), empty);
  };
  input.addEventListener("input", () => {
    taken = null;
    ask();
  });
  input.addEventListener("focus", ask);
  input.addEventListener("blur", () => (asked += 1));
  return {
    input,
    element: h("div", { class: "combo" }, input, choices.element),
    read: () => taken?.value ?? input.value,
  };
}

function range(option) {
  const bounds = [
    option.min_value !== undefined && `at least ${option.min_value}`,
    option.max_value !== undefined && `at most ${option.max_value}`,
    option.max_length !== undefined && `up to ${option.max_length} characters`,
  ].filter(Boolean);
  return bounds.length ? ` (${bounds.join(", ")})` : "";
}
