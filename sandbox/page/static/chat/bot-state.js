import { byId, fill, h } from "../dom.js";
import { post } from "../requests.js";
import { attempt } from "../toasts.js";

export const SENTENCES = {
  ready: "The bot is running.",
  connecting: "The bot is connecting to Discord…",
  awaited: "No bot is connected. Run it with the settings that the terminal shows.",
  stopped: "The bot is not running.",
};

export function bot(action) {
  return attempt(() => post("controls", { what: "bot", value: action }));
}

/** Says above the conversation that no bot is there to answer. */
export class BotBanner {
  constructor(store) {
    this.store = store;
    store.on("snapshot bot", () => this.draw());
  }

  draw() {
    const { state, exit_code: code } = this.store.botState;
    const banner = byId("bot-banner");
    const hadFocus = banner.contains(document.activeElement);
    banner.className = state;
    if (state === "ready") fill(banner);
    else this.#explain(banner, state, code);
    if (hadFocus && !banner.contains(document.activeElement)) byId("write")?.focus();
  }

  #explain(banner, state, code) {
    const ended =
      state === "stopped" && code !== null ? ` It ended with exit code ${code}; its log stands behind the scenes.` : "";
    const start = h("button", { type: "button", class: "secondary", onclick: () => bot("start") }, "Start the bot");
    fill(banner, h("span", {}, SENTENCES[state] + ended), state === "stopped" && start);
  }

  /** The sandbox itself is gone. */
  lost() {
    const banner = byId("bot-banner");
    banner.className = "stopped";
    fill(banner, "The sandbox does not answer. Start it again with script/sandbox; this page goes on by itself.");
  }
}
