import { fill, h, newId } from "../dom.js";

const GAP = 4; // pixels between an input and a list that floats

/**
 * The list that opens at a text input while one types: arrow keys move in it, Enter and Tab take what is marked,
 * Escape closes it. The focus never leaves the input.
 */
export class Choices {
  #input;
  #take;
  #floats;
  #list;
  #shown = [];
  #marked = 0;

  /** `take(choice)` is called with what was chosen. A list that `floats` lies over what is around the input. */
  constructor(input, { label, take, floats = false }) {
    this.#input = input;
    this.#take = take;
    this.#floats = floats;
    this.#list = h("ul", {
      class: "choices",
      id: newId("choices"),
      role: "listbox",
      "aria-label": label,
      hidden: true,
    });
    const attributes = {
      role: "combobox",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": this.#list.id,
    };
    for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value);
    input.addEventListener("keydown", (event) => this.#key(event));
    input.addEventListener("blur", () => this.close());
  }

  get element() {
    return this.#list;
  }

  get open() {
    return !this.#list.hidden;
  }

  /** Show `choices`; `draw(choice)` makes what stands in a line. Without any, `empty` is said instead. */
  show(choices, draw, empty = "") {
    this.#shown = choices;
    this.#marked = 0;
    const lines = choices.map((choice, index) =>
      h(
        "li",
        {
          role: "option",
          id: `${this.#list.id}-${index}`,
          onmousedown: (event) => event.preventDefault(),
          onclick: () => this.#choose(index),
        },
        draw(choice),
      ),
    );
    fill(this.#list, lines, !lines.length && empty && h("li", { class: "empty", role: "presentation" }, empty));
    this.#list.hidden = !lines.length && !empty;
    this.#input.setAttribute("aria-expanded", String(this.open));
    this.#follow();
    this.#mark();
  }

  /** Let a list that floats stay at its input while something scrolls. */
  #follow() {
    if (!this.#floats) return;
    const change = this.open ? addEventListener : removeEventListener;
    for (const moved of ["scroll", "resize"]) change(moved, this.#place, { capture: true });
    if (this.open) this.#place();
  }

  /** Stand below the input, or above it where there is more room. */
  #place = () => {
    const { left, width, top, bottom } = this.#input.getBoundingClientRect();
    const [above, below] = [top - GAP, innerHeight - bottom - GAP];
    const isBelow = below >= Math.min(above, this.#list.scrollHeight);
    Object.assign(this.#list.style, {
      left: `${left}px`,
      width: `${width}px`,
      top: isBelow ? `${bottom + GAP}px` : "auto",
      bottom: isBelow ? "auto" : `${innerHeight - top + GAP}px`,
      maxHeight: `min(12rem, ${Math.max(above, below)}px)`,
    });
  };

  close() {
    this.show([], null);
  }

  #key(event) {
    if (!this.open) return;
    const moves = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in moves && this.#shown.length) {
      this.#marked = (this.#marked + moves[event.key] + this.#shown.length) % this.#shown.length;
      this.#mark();
    } else if ((event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) && this.#shown.length) {
      this.#choose(this.#marked);
    } else if (event.key === "Escape") {
      this.close();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  #choose(index) {
    const chosen = this.#shown[index];
    this.close();
    this.#take(chosen);
  }

  #mark() {
    const lines = this.#list.querySelectorAll("[role=option]");
    lines.forEach((line, index) => line.setAttribute("aria-selected", String(index === this.#marked)));
    const marked = lines[this.#marked];
    if (marked) this.#input.setAttribute("aria-activedescendant", marked.id);
    else this.#input.removeAttribute("aria-activedescendant");
    marked?.scrollIntoView({ block: "nearest" });
  }
}
