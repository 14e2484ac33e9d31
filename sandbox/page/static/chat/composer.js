import { Choices } from "../fields/choices.js";
import { ATTACHMENT } from "../fields/option-fields.js";
import { CommandForm } from "./command-form.js";
import { byId, fill, h } from "../dom.js";
import { fitting, typedCommands } from "./palette.js";
import { post } from "../requests.js";
import { attempt } from "../toasts.js";

const HINTS = {
  ready: "No command fits. Type / alone to see them all.",
  connecting: "The bot is still connecting; its commands will be here in a moment.",
  awaited: "No bot is connected yet.",
  stopped: "The bot is not running, and has left no commands.",
};

/** Where the viewer writes: a message, or a command with its options. */
export class Composer {
  #store;
  #place = byId("composer");
  #form = null;

  /** `failed(sentence)` is called when Discord waits in vain for the bot. */
  constructor(store, { failed }) {
    this.#store = store;
    this.failed = failed;
    store.on("snapshot channel", () => this.#write());
    const chat = byId("chat");
    chat.addEventListener("dragover", (event) => event.preventDefault());
    chat.addEventListener("drop", (event) => this.#drop(event));
  }

  /** Open a command by its path, such as “/voice create”. Returns false if the bot has none of that name. */
  opens(path) {
    const command = typedCommands(this.#store).find((each) => each.path === path);
    if (command) this.#compose(command);
    return Boolean(command);
  }

  #write({ focus = false } = {}) {
    this.#form = null;
    const channel = this.#store.channel;
    const where = channel.dm ? `@${channel.name}` : `#${channel.name}`;
    const input = h("input", {
      id: "write",
      type: "text",
      autocomplete: "off",
      placeholder: `Message ${where}, or / for a command`,
      "aria-label": `Message ${where}, or slash for a command`,
    });
    const choices = new Choices(input, { label: "Commands", take: (command) => this.#compose(command) });
    const look = () => this.#offer(input, choices);
    input.addEventListener("input", look);
    input.addEventListener("focus", look);
    const send = h("button", { type: "submit", class: "primary", "aria-label": "Send message" }, "Send");
    const record = h(
      "button",
      { type: "button", class: "secondary", "aria-label": "Send a voice message", title: "Send a voice message" },
      "♪",
    );
    // A double click must not send it twice.
    record.addEventListener("click", (event) => event.detail < 2 && this.#record(record));
    const box = h("form", { class: "write" }, input, record, send);
    box.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#say(input);
    });
    fill(this.#place, choices.element, box);
    if (focus) input.focus();
  }

  #offer(input, choices) {
    if (!input.value.startsWith("/")) return choices.close();
    const commands = typedCommands(this.#store);
    const exact = commands.find(({ path }) => input.value === `${path} `);
    if (exact) return this.#compose(exact);
    choices.show(fitting(commands, input.value), line, HINTS[commands.length ? "ready" : this.#store.botState.state]);
  }

  async #say(input) {
    const text = input.value.trim();
    if (!text || text.startsWith("/")) return;
    input.value = ""; // at once, so that it is not sent twice
    if (!(await this.#post("say", { text }))) input.value ||= text;
  }

  async #record(button) {
    button.disabled = true;
    await this.#post("record", {});
    button.disabled = false;
  }

  #post(path, message) {
    return attempt(() => post(path, { as: this.#store.me, channel: this.#store.current, ...message }));
  }

  #compose(command) {
    this.#form = new CommandForm(command, this.#store, {
      failed: this.failed,
      close: () => this.#write({ focus: true }),
    });
    fill(this.#place, this.#form.element);
    this.#form.focus();
  }

  /** A file that was dropped goes into the open form, else into the first command that takes one. */
  #drop(event) {
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    event.preventDefault();
    if (!this.#form?.takesFile) {
      const command = typedCommands(this.#store).find(({ options }) => options.some(({ type }) => type === ATTACHMENT));
      if (!command) return;
      this.#compose(command);
    }
    this.#form.attach(file);
  }
}

function line(command) {
  const [required, optional] = [true, false].map((wanted) =>
    command.options.filter((option) => Boolean(option.required) === wanted),
  );
  return [
    h("span", { class: "path" }, command.path),
    required.map((option) => h("span", { class: "option" }, option.name)),
    optional.length > 0 && h("span", { class: "option optional" }, `+${optional.length} optional`),
    h("span", { class: "description" }, command.description),
  ];
}
