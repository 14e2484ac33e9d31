import { group, lineForm, toggle } from "./controls.js";
import { h } from "./dom.js";
import { order } from "./requests.js";
import { attempt } from "./toasts.js";

/** What the person who is played is and has, as far as it can be changed; the roles of the server with it. */
export class PersonControls {
  #scene;
  #newRole = lineForm({
    label: "Name of a new role",
    placeholder: "New role…",
    button: "Add role",
    maxlength: 100,
    send: (name) => attempt(() => order("role", { name })),
  });

  constructor(scene) {
    this.#scene = scene;
  }

  draw() {
    const viewer = this.#scene.viewer;
    if (!viewer) return null;
    const change = (changes) => attempt(() => order("person", { person: viewer.id, ...changes }));
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
        this.#scene.roles.map(({ id, name }) =>
          toggle(name, `role ${id}`, viewer.roles.includes(id), (has) => change({ role: id, has }), !viewer.present),
        ),
        !this.#scene.roles.length && h("p", { class: "small" }, "The server has no roles yet."),
        this.#newRole,
      ),
    ];
  }
}
