import { byId } from "./dom.js";

const REMEMBERED = "theme";
const THEMES = { auto: ["light", "◐ Auto"], light: ["dark", "☀ Light"], dark: ["auto", "☾ Dark"] }; // the next one, the label
const WIDE = matchMedia("(min-width: 1100px)"); // as in layout.css

/** What stands around the conversation: drawers on narrow screens, the panel, light and dark. */
export class Frame {
  #app = byId("app");

  constructor() {
    byId("open-sidebar").addEventListener("click", () => this.#toggle("sidebar"));
    byId("open-panel").addEventListener("click", () => this.#toggle("panel"));
    for (const id of ["close-panel", "shade"]) byId(id).addEventListener("click", () => this.closeDrawers());
    byId("theme").addEventListener("click", () => this.#apply(THEMES[this.#theme][0]));
    document.addEventListener("keydown", (event) => event.key === "Escape" && !WIDE.matches && this.closeDrawers());
    WIDE.addEventListener("change", () => this.#announce());
    this.#apply(this.#theme);
    this.#announce();
  }

  /** Close the drawer that is open, and give the focus back to the button that opened it. */
  closeDrawers() {
    const drawer = this.#app.dataset.drawer;
    if (!["sidebar", "panel"].includes(drawer)) return;
    const hadFocus = byId(drawer).contains(document.activeElement);
    this.#app.dataset.drawer = "none";
    this.#announce();
    if (hadFocus) byId(`open-${drawer}`).focus();
  }

  get #theme() {
    return localStorage.getItem(REMEMBERED) ?? "auto";
  }

  /** On a wide screen the panel is open unless it was closed; on a narrow one it opens on demand. */
  #toggle(drawer) {
    const panelByDefault = WIDE.matches && drawer === "panel";
    const wanted = panelByDefault ? "no-panel" : drawer;
    this.#app.dataset.drawer = this.#app.dataset.drawer === wanted ? "none" : wanted;
    this.#announce();
    if (this.#app.dataset.drawer === drawer) byId(drawer).querySelector("button")?.focus();
  }

  #announce() {
    const drawer = this.#app.dataset.drawer;
    const panel = WIDE.matches ? drawer !== "no-panel" : drawer === "panel";
    byId("open-panel").setAttribute("aria-expanded", String(panel));
    byId("open-sidebar").setAttribute("aria-expanded", String(drawer === "sidebar"));
  }

  #apply(theme) {
    localStorage.setItem(REMEMBERED, theme);
    document.documentElement.dataset.theme = theme;
    byId("theme").textContent = THEMES[theme][1];
    byId("theme").setAttribute("aria-label", `Colours: ${theme}`);
  }
}
