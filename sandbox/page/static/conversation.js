import { byId, fill, h } from "./dom.js";
import { openForm } from "./form.js";
import { message } from "./message.js";
import { order, Refused } from "./requests.js";
import { attempt, toast } from "./toasts.js";

const NEAR = 40; // pixels from the end within which new messages keep the end in view
const GROUPED = 7 * 60 * 1000; // milliseconds within which one author's messages stand together

/** The messages of the channel that is open. */
export class Conversation {
  #scene;
  #list = byId("messages");
  #scroller = byId("scroller");
  #atEnd = true;

  constructor(scene) {
    this.#scene = scene;
    scene.on("scene channel", () => this.#drawAll());
    scene.on("message", (content) => this.#put(content));
    this.#scroller.addEventListener("scroll", () => (this.#atEnd = this.#showsEnd()));
    new ResizeObserver(() => this.#atEnd && this.#showEnd()).observe(this.#scroller);
    scene.on("gone", (id) => byId(`message-${id}`)?.remove());
  }

  /** Show under the messages that Discord waited in vain. */
  fails(sentence) {
    this.#list.append(h("li", { class: "message failed" }, h("p", { class: "failure" }, sentence)));
    this.#showEnd();
  }

  #drawAll() {
    fill(
      this.#list,
      this.#scene.channel.messages.map((content) => this.#draw(content)),
    );
    this.#group();
    this.#showEnd();
  }

  #put(content) {
    if (content.channel !== this.#scene.current) return;
    const [known, drawn] = [byId(`message-${content.id}`), this.#draw(content)];
    const focused = known?.contains(document.activeElement);
    if (known) known.replaceWith(drawn);
    else this.#list.append(drawn);
    if (focused) (drawn.querySelector("button:not(.link):not(.play)") ?? byId("write") ?? this.#scroller).focus();
    this.#group();
    if (this.#atEnd) this.#showEnd();
  }

  #draw(content) {
    return message(content, this.#scene, {
      operate: (target, customId, values) => this.#operate(target, customId, values),
      dismiss: (target) => this.#scene.dismiss(target),
      menuOf: (target) => this.#menu(target),
    });
  }

  #group() {
    let last = null;
    for (const shown of this.#list.children) {
      const { author, at, used } = shown.dataset;
      const follows = last?.author === author && used === "false" && at - last.at < GROUPED;
      shown.classList.toggle("follows", Boolean(follows));
      last = shown.dataset;
    }
  }

  #showsEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  #showEnd() {
    this.#atEnd = true;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  async #operate(target, customId, values) {
    const shown = byId(`message-${target.id}`);
    shown.classList.add("busy");
    try {
      const outcome = await order("operate", {
        as: this.#scene.me,
        channel: target.channel,
        message: target.id,
        custom_id: customId,
        values,
      });
      if (outcome.failed) shown.querySelector(".failure").textContent = "This interaction failed";
      if (outcome.form) openForm(outcome.form, this.#scene);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      toast(error.message);
    } finally {
      shown.classList.remove("busy");
    }
  }

  /** The commands that can be used on a message or on its author, once the bot has some. */
  #menu(content) {
    const place = this.#scene.channel.dm ? "in_dm" : "in_server";
    const offered = this.#scene.commands.filter((command) => [2, 3].includes(command.type) && command[place]);
    const fitting = offered.filter((command) => command.type === 3 || !content.author.bot);
    if (!fitting.length) return null;
    const use = (command) =>
      attempt(async () => {
        const aim = command.type === 3 ? { message: content.id } : { person: content.author.id };
        const outcome = await order("use-on", {
          as: this.#scene.me,
          channel: content.channel,
          command: command.name,
          ...aim,
        });
        if (outcome.failed) this.fails(outcome.failed);
        if (outcome.form) openForm(outcome.form, this.#scene);
      });
    return h(
      "details",
      { class: "apps" },
      h("summary", { "aria-label": `Apps for this message of ${content.author.name}` }, "⋯"),
      h(
        "ul",
        {},
        fitting.map((command) =>
          h("li", {}, h("button", { type: "button", class: "quiet", onclick: () => use(command) }, command.name)),
        ),
      ),
    );
  }
}
