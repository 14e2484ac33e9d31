import { h } from "../dom.js";
import { openForm } from "../fields/form.js";
import { post } from "../requests.js";
import { attempt, toast } from "../toasts.js";

const ON_PERSON = 2;
const ON_MESSAGE = 3;

/**
 * The menu of the commands that can be used on a person (`person` is their id) or on a message (`message` is its id);
 * null where the bot has none for it.
 */
export function apps(store, { label, person, message }) {
  const offered = store.usable;
  const uses = [
    ...(message ? offered.filter(({ type }) => type === ON_MESSAGE).map(({ name }) => [name, { message }]) : []),
    ...(person ? offered.filter(({ type }) => type === ON_PERSON).map(({ name }) => [name, { person }]) : []),
  ];
  if (!uses.length) return null;
  const menu = h("details", { class: "apps" }, h("summary", { "aria-label": label }, "⋯"));
  const line = ([name, aim]) => {
    const choose = () => {
      menu.open = false;
      use(store, name, aim);
    };
    return h("li", {}, h("button", { type: "button", class: "quiet", onclick: choose }, name));
  };
  menu.append(h("ul", {}, uses.map(line)));
  return menu;
}

function use(store, command, aim) {
  return attempt(async () => {
    const outcome = await post("use-on", { as: store.me, channel: store.current, command, ...aim });
    if (outcome.failed) toast(outcome.failed);
    if (outcome.form) openForm(outcome.form, store);
  });
}
