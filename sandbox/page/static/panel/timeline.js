import { fill, h } from "../dom.js";

const KEPT = 300; // lines; the sandbox keeps as many
const NEAR = 60; // pixels from the end within which new lines keep the end in view

/** Every request between the bot and the two services, as it happens. */
export class Timeline {
  #store;
  #list = h("ol", { class: "lines", tabindex: "0", "aria-label": "Requests" });
  #lines = new Map();

  constructor(store, element) {
    this.#store = store;
    fill(
      element,
      h("p", { class: "small" }, "What the bot asks and is told. A line opens to show what was sent."),
      this.#list,
    );
    store.on("snapshot", () => this.#drawAll());
    store.on("line", (line) => this.#put(line));
  }

  /** Show the newest line, for when the timeline comes into view. */
  showEnd() {
    this.#list.scrollTop = this.#list.scrollHeight;
  }

  #drawAll() {
    this.#lines.clear();
    fill(this.#list);
    for (const line of this.#store.timeline) this.#put(line);
    this.showEnd();
  }

  #put(line) {
    const atEnd = this.#list.scrollHeight - this.#list.scrollTop - this.#list.clientHeight < NEAR;
    const [known, drawn] = [this.#lines.get(line.number), draw(line)];
    if (known?.querySelector("details")?.open) drawn.querySelector("details").open = true;
    const hadFocus = known?.contains(document.activeElement);
    if (known) known.replaceWith(drawn);
    else this.#list.append(drawn);
    if (hadFocus) drawn.querySelector("summary")?.focus();
    this.#lines.set(line.number, drawn);
    for (const [number, shown] of this.#lines) {
      if (this.#lines.size <= KEPT) break;
      shown.remove();
      this.#lines.delete(number);
    }
    if (atEnd) this.showEnd();
  }
}

function draw(line) {
  const at = new Date(line.at);
  const clock = at.toLocaleTimeString("en-GB");
  const head = [
    h("time", { datetime: at.toISOString() }, clock),
    h(
      "span",
      { class: `way ${line.verb === "GATEWAY" ? "gateway" : line.to.replace(" ", "-").toLowerCase()}` },
      h("span", { class: "verb" }, line.verb === "GATEWAY" ? "⚡" : line.verb),
      " ",
      h("span", { class: "unseen" }, `${line.from} to `),
      line.verb === "GATEWAY" ? line.from : line.to,
    ),
    h("span", { class: "result" }, result(line)),
    h("span", { class: "what" }, line.what),
  ];
  return h(
    "li",
    {},
    line.content
      ? h("details", {}, h("summary", {}, head), h("pre", {}, line.content))
      : h("div", { class: "bare" }, head),
  );
}

function result({ verb, status, milliseconds }) {
  if (verb === "GATEWAY") return null;
  if (status === null) return h("span", { class: "status waiting" }, "…");
  const fine = status < 400 ? "fine" : "wrong";
  return [h("span", { class: `status ${fine}` }, String(status)), h("span", { class: "small" }, ` ${milliseconds} ms`)];
}
