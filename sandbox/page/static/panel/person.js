import { group, lineForm, toggle } from "./widgets.js";
import { h } from "../dom.js";
import { post } from "../requests.js";
import { attempt } from "../toasts.js";

/** The settings of the person who is played, and the roles of the server. */
export class PersonControls {
  #store;
  #newRole = lineForm({
    label: "Name of a new role",
    placeholder: "New role…",
    button: "Add role",
    maxlength: 100,
    send: (name) => attempt(() => post("role", { name })),
  });

  constructor(store) {
    this.#store = store;
  }

  draw() {
    const viewer = this.#store.viewer;
    if (!viewer) return null;
    const change = (changes) => attempt(() => post("person", { person: viewer.id, ...changes }));
    return [
      group(
        viewer.name,
        toggle("Direct messages are open", "dms", viewer.dms_open, (open) => change({ dms_open: open })),
        toggle("Has Nitro: may upload 500 MiB instead of 10", "nitro", viewer.nitro, (nitro) => change({ nitro })),
        !viewer.host && toggle("Is in the server", "present", viewer.present, (present) => change({ present })),
        toggle(
          "May manage the server",
          "manages",
          viewer.manages,
          (manages) => change({ manages }),
          viewer.host || !viewer.present,
        ),
      ),
      group(
        `Roles of ${viewer.name}`,
        this.#store.roles.map(({ id, name }) =>
          toggle(name, `role ${id}`, viewer.roles.includes(id), (has) => change({ role: id, has }), !viewer.present),
        ),
        !this.#store.roles.length && h("p", { class: "small" }, "The server has no roles yet."),
        this.#newRole,
      ),
    ];
  }
}
