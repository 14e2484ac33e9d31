import { apps } from "./apps.js";
import { byId, fill, h } from "./dom.js";
import { avatar } from "./message.js";
import { Reading } from "./reading.js";
import { order } from "./requests.js";
import { attempt } from "./toasts.js";

/** Channels, direct messages, and who one is. */
export class Sidebar {
  #scene;
  #reading = new Reading();

  /** `become(id)` makes the page another person's, `entered()` is called when a place was chosen. */
  constructor(scene, { become, entered }) {
    this.#scene = scene;
    this.become = become;
    this.entered = entered;
    scene.on("scene channel people roles commands message gone", () => this.#draw());
    byId("join").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#join(byId("join-name"));
    });
    document.addEventListener("visibilitychange", () => this.#draw());
  }

  #draw() {
    const scene = this.#scene;
    if (!document.hidden) this.#reading.mark(scene.me, scene.channel);
    byId("server-name").textContent = scene.server;
    byId("channel-name").textContent = scene.channel.dm ? `@ ${scene.channel.name}` : `# ${scene.channel.name}`;
    byId("whoami").textContent = `as ${scene.viewer?.name ?? ""}`;
    refill(
      byId("channels"),
      scene.channels.filter((channel) => !channel.dm).map((channel) => this.#place(channel)),
    );
    refill(byId("dms"), [this.#place(scene.dm)]);
    refill(
      byId("people"),
      scene.people.map((person) => this.#person(person)),
    );
    const unread = scene.channels.reduce((sum, channel) => sum + this.#reading.unread(scene.me, channel), 0);
    fill(byId("sidebar-badge"), unread > 0 && badge(unread));
    const waiting = scene.people.filter((person) => this.#reading.awaits(person)).length;
    document.title = `${waiting ? `(${waiting}) ` : ""}Mynah's sandbox`;
  }

  #place(channel) {
    const unread = this.#reading.unread(this.#scene.me, channel);
    const current = channel.id === this.#scene.current;
    const enter = () => {
      this.#scene.enter(channel.id);
      this.entered();
    };
    return h(
      "li",
      {},
      h(
        "button",
        { type: "button", id: `place-${channel.id}`, "aria-current": current && "page", onclick: enter },
        channel.dm
          ? avatar(this.#scene.bot && { ...this.#scene.bot, bot: true })
          : h("span", { class: "hash", "aria-hidden": "true" }, "#"),
        h("span", { class: "label" }, channel.name),
        unread > 0 && badge(unread),
      ),
    );
  }

  #person(person) {
    const current = person.id === this.#scene.me;
    const roles = person.roles.map((id) => this.#scene.roleName(id));
    const about = [standing(person), ...roles, !person.dms_open && "DMs closed"].filter(Boolean).join(", ");
    return h(
      "li",
      {},
      h(
        "button",
        {
          type: "button",
          id: `person-${person.id}`,
          "aria-pressed": String(current),
          onclick: () => this.become(person.id),
        },
        avatar(person),
        h(
          "span",
          { class: "label" },
          person.name,
          h("span", { class: "small", title: about }, about),
        ),
        this.#reading.awaits(person) && badge("new"),
      ),
      person.present && apps(this.#scene, { label: `Apps for ${person.name}`, person: person.id }),
    );
  }

  async #join(input) {
    const joined = await attempt(() => order("join", { name: input.value }));
    if (!joined) return;
    input.value = "";
    this.become(joined.id);
  }
}

function standing({ host, admin, manages, present }) {
  if (host) return "admin, hosts the bot";
  if (!present) return "has left";
  if (admin) return "admin";
  return manages ? "manager" : "member";
}

/** Draw a list anew without taking the focus from what it holds. */
function refill(list, lines) {
  const focused = list.contains(document.activeElement) && document.activeElement.id;
  fill(list, lines);
  if (focused) byId(focused)?.focus();
}

function badge(content) {
  return h(
    "span",
    { class: "badge" },
    String(content),
    typeof content === "number" && h("span", { class: "unseen" }, " unread"),
  );
}
