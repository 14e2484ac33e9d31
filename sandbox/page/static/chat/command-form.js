import { h } from "../dom.js";
import { openForm } from "../fields/form.js";
import { ATTACHMENT, optionField } from "../fields/option-fields.js";
import { postForm, Refused } from "../requests.js";

/** A command on its way: a field for each option, the required ones first. */
export class CommandForm {
  #command;
  #store;
  #fields = new Map();
  #chips = new Map(); // of the options that are only on offer
  #rows = h("div", { class: "fields" });
  #more = h("div", { class: "more" });
  #trouble = h("p", { class: "refusal", role: "alert" });
  #send = h("button", { type: "submit", class: "primary" }, "Send");

  /** `close()` is called when it was sent or given up, `failed(sentence)` when the bot did not answer. */
  constructor(command, store, { close, failed }) {
    this.#command = command;
    this.#store = store;
    this.close = async () => {
      await this.#settle();
      close();
    };
    this.failed = failed;
    this.element = h(
      "form",
      { class: "command", "aria-label": command.path, novalidate: true },
      h(
        "header",
        {},
        h("span", { class: "path" }, command.path),
        h("span", { class: "description" }, command.description),
        h("button", { type: "button", class: "quiet", "aria-label": "Give up this command", onclick: this.close }, "✕"),
      ),
      this.#rows,
      this.#trouble,
      h("footer", {}, this.#more, this.#send),
    );
    for (const option of command.options) option.required ? this.#add(option) : this.#offer(option);
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.element.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
  }

  focus() {
    const first = [...this.#fields.values()][0];
    if (first) first.focus();
    else this.#send.focus();
  }

  get takesFile() {
    return [...this.#fields.values()].some((field) => field.attach);
  }

  /** Put a file into the first empty option that takes one, also if it has no field yet; else into the last. */
  attach(file) {
    const takers = [...this.#fields.values()].filter((field) => field.attach);
    const offered = this.#command.options.find(({ name, type }) => type === ATTACHMENT && this.#chips.has(name));
    const free = takers.find((field) => !field.read()) ?? (offered && this.#take(offered)) ?? takers.at(-1);
    free.attach(file);
  }

  #add(option) {
    const field = optionField(option, {
      store: this.#store,
      command: this.#command,
      others: () => this.#values(option.name),
    });
    this.#fields.set(option.name, field);
    this.#rows.append(field.element);
    return field;
  }

  #offer(option) {
    const chip = h("button", { type: "button", class: "chip", title: option.description }, `+ ${option.name}`);
    chip.addEventListener("click", () => this.#take(option).focus());
    this.#chips.set(option.name, chip);
    this.#more.append(chip);
  }

  /** Show a field for an option that was on offer. */
  #take(option) {
    this.#chips.get(option.name).remove();
    this.#chips.delete(option.name);
    return this.#add(option);
  }

  /** What was filled in so far, without files, and without the option of that name. */
  #values(besides) {
    const filled = [...this.#fields].map(([name, field]) => [name, field.read()]);
    return Object.fromEntries(
      filled.filter(([name, value]) => name !== besides && value !== "" && !(value instanceof File)),
    );
  }

  #files() {
    return Object.fromEntries(
      [...this.#fields]
        .map(([name, field]) => [name, field.read()])
        .filter(([, value]) => value instanceof File)
        .map(([name, file]) => [name, [file]]),
    );
  }

  async #settle() {
    await Promise.all([...this.#fields.values()].map((field) => field.settle()));
  }

  async #submit() {
    if (this.#send.disabled) return;
    this.#trouble.textContent = "";
    this.#send.disabled = true;
    this.#send.textContent = "Sending…";
    await this.#settle();
    const sent = {
      as: this.#store.me,
      channel: this.#store.current,
      command: this.#command.path,
      options: this.#values(),
    };
    try {
      const outcome = await postForm("use", sent, this.#files());
      this.close();
      if (outcome.failed) this.failed(outcome.failed);
      if (outcome.form) openForm(outcome.form, this.#store);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#explain(error.message);
    } finally {
      this.#send.disabled = false;
      this.#send.textContent = "Send";
    }
  }

  /** Say what Discord refuses, at the option that it names. */
  #explain(sentence) {
    this.#trouble.textContent = sentence;
    const named = [...this.#fields].find(([name]) => sentence.includes(`“${name}”`));
    for (const [name, field] of this.#fields) field.mark(name === named?.[0]);
    named?.[1].focus();
  }
}
