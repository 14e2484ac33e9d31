import { byId, fill, h } from "../dom.js";

/** The first thing one sees in a channel: what to do here, one click away. */
export class Welcome {
  #store;

  /** `compose(path)` opens a command. */
  constructor(store, { compose }) {
    this.#store = store;
    this.compose = compose;
    store.on("snapshot channel commands", () => this.#draw());
  }

  #draw() {
    const channel = this.#store.channel;
    fill(byId("welcome"), channel.dm ? this.#dm() : this.#server(channel));
  }

  #dm() {
    const { bot, viewer } = this.#store;
    return [
      h("h3", {}, `${viewer?.name}'s direct messages with ${bot.name}`),
      h("p", {}, `Here ${bot.name} tells ${viewer?.name} when a voice is ready, and asks before anybody makes one of theirs.`),
    ];
  }

  #server(channel) {
    return [
      h("h3", {}, `Welcome to #${channel.name}`),
      h("p", {}, "Everything here is real except the two services: the bot that answers is the one you would host."),
      this.#store.controls.live
        ? null
        : h(
            "p",
            {},
            "The stand-in for Fish Audio does not clone voices: it is a robot that speaks at the pitch of your recording.",
          ),
      h(
        "ol",
        { class: "steps" },
        h(
          "li",
          {},
          this.#command("/voice create"),
          " makes a voice from a recording of yours, or from a ready-made one.",
        ),
        h(
          "li",
          {},
          "A few seconds later ",
          h("b", {}, this.#store.bot.name),
          " tells you in a direct message that it is ready.",
        ),
        h(
          "li",
          {},
          this.#command("/say"),
          " speaks in it. Then become somebody else on the left, and see what they see.",
        ),
        h(
          "li",
          {},
          "Roles, managers, people who leave, and everything that can go wrong: under ",
          h("b", {}, "Behind the scenes → What can go wrong"),
          ".",
        ),
      ),
    ];
  }

  #command(path) {
    return h("button", { type: "button", class: "chip", onclick: () => this.compose(path) }, path);
  }
}
