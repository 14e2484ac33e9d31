import { byId, h } from "./dom.js";
import { Refused } from "./requests.js";

const SHOWN = 8000; // milliseconds

/** Show a sentence that is no message: what was refused, what did not work. */
export function toast(sentence) {
  const shown = h("p", { class: "toast" }, h("span", {}, sentence));
  shown.append(
    h("button", { type: "button", class: "quiet", "aria-label": "Close", onclick: () => shown.remove() }, "✕"),
  );
  byId("toasts").append(shown);
  setTimeout(() => shown.remove(), SHOWN);
}

/** Do something, and show a refusal as a toast. Returns undefined if it was refused. */
export async function attempt(action) {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    toast(error.message);
    return undefined;
  }
}
