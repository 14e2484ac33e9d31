import { apps } from "./chat/apps.js";
import { byId, fill, h } from "./dom.js";
import { avatar } from "./chat/message.js";
import { Reading } from "./reading.js";
import { post } from "./requests.js";
import { attempt } from "./toasts.js";

/** Channels, direct messages, and who one is. */
export class Sidebar {
  #store;
  #reading = new Reading();

  /** `become(id)` makes the page another person's, `entered()` is called when a place was chosen. */
  constructor(store, { become, entered }) {
    this.#store = store;
    this.become = become;
    this.entered = entered;
    store.on("snapshot channel people roles commands message gone", () => this.#draw());
    byId("join").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#join(byId("join-name"));
    });
    document.addEventListener("visibilitychange", () => this.#draw());
  }

  #draw() {
    const store = this.#store;
    if (!document.hidden) this.#reading.mark(store.me, store.channel);
    byId("server-name").textContent = store.server;
    byId("channel-name").textContent = store.channel.dm ? `@ ${store.channel.name}` : `# ${store.channel.name}`;
    byId("whoami").textContent = `as ${store.viewer?.name ?? ""}`;
    refill(
      byId("channels"),
      store.channels.filter((channel) => !channel.dm).map((channel) => this.#place(channel)),
    );
    refill(byId("dms"), [this.#place(store.dm)]);
    refill(
      byId("people"),
      store.people.map((person) => this.#person(person)),
    );
    const unread = store.channels.reduce((sum, channel) => sum + this.#reading.unread(store.me, channel), 0);
    fill(byId("sidebar-badge"), unread > 0 && badge(unread));
    const waiting = store.people.filter((person) => this.#reading.awaits(person)).length;
    document.title = `${waiting ? `(${waiting}) ` : ""}Mynah's sandbox`;
  }

  #place(channel) {
    const unread = this.#reading.unread(this.#store.me, channel);
    const current = channel.id === this.#store.current;
    const enter = () => {
      this.#store.enter(channel.id);
      this.entered();
    };
    return h(
      "li",
      {},
      h(
        "button",
        { type: "button", id: `place-${channel.id}`, "aria-current": current && "page", onclick: enter },
        channel.dm
          ? avatar(this.#store.bot && { ...this.#store.bot, bot: true })
          : h("span", { class: "hash", "aria-hidden": "true" }, "#"),
        h("span", { class: "label" }, channel.name),
        unread > 0 && badge(unread),
      ),
    );
  }

  #person(person) {
    const current = person.id === this.#store.me;
    const roles = person.roles.map((id) => this.#store.roleName(id));
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
      person.present && apps(this.#store, { label: `Apps for ${person.name}`, person: person.id }),
    );
  }

  async #join(input) {
    const joined = await attempt(() => post("join", { name: input.value }));
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
