import { fill, h } from "../dom.js";

/** A row of tabs, of which one is open; arrow keys go from one to the next. */
export class Tabs {
  #tabs;

  /** `tabs` are `{name, title, element, opened}`. */
  constructor(list, panels, tabs) {
    this.#tabs = tabs.map((tab) => ({ ...tab, button: this.#button(tab) }));
    fill(
      list,
      this.#tabs.map(({ button }) => button),
    );
    for (const { name, element } of this.#tabs) {
      Object.assign(element, { id: `panel-${name}`, className: `tab-panel ${name}` });
      element.setAttribute("role", "tabpanel");
      element.setAttribute("aria-labelledby", `tab-${name}`);
      panels.append(element);
    }
    list.addEventListener("keydown", (event) => this.#key(event));
    this.open(tabs[0].name);
  }

  open(wanted) {
    for (const { name, element, button, opened } of this.#tabs) {
      const isOpen = name === wanted;
      element.hidden = !isOpen;
      button.setAttribute("aria-selected", String(isOpen));
      button.tabIndex = isOpen ? 0 : -1;
      if (isOpen) opened?.();
    }
  }

  #button({ name, title }) {
    return h(
      "button",
      {
        type: "button",
        role: "tab",
        id: `tab-${name}`,
        "aria-controls": `panel-${name}`,
        onclick: () => this.open(name),
      },
      title,
    );
  }

  #key(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = this.#tabs.findIndex(({ button }) => button === document.activeElement);
    const next = this.#tabs[(at + step + this.#tabs.length) % this.#tabs.length];
    this.open(next.name);
    next.button.focus();
  }
}
