import { fill, h } from "../dom.js";

const KEPT = 400; // lines; the sandbox keeps as many

/** What the bot writes to its terminal. */
export class Log {
  #store;
  #lines = h("pre", { class: "log", tabindex: "0", role: "region", "aria-label": "The bot's log" });

  constructor(store, element) {
    this.#store = store;
    fill(element, this.#lines);
    store.on("snapshot", () => {
      fill(this.#lines);
      for (const line of store.log) this.#add(line);
    });
    store.on("log", (line) => this.#add(line));
  }

  showEnd() {
    this.#lines.scrollTop = this.#lines.scrollHeight;
  }

  #add(line) {
    const level = /\[(error|critical|warning)\s*\]/.exec(line)?.[1];
    this.#lines.append(h("span", { class: level }, `${line}\n`));
    while (this.#lines.childElementCount > KEPT) this.#lines.firstChild.remove();
    this.showEnd();
  }
}
