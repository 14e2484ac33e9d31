import { SENTENCES, bot } from "../chat/bot-state.js";
import { group, lineForm } from "./widgets.js";
import { fill, h, newId } from "../dom.js";
import { PersonControls } from "./person.js";
import { post } from "../requests.js";
import { attempt } from "../toasts.js";

const NEXT_TRAINING = [
  ["success", "succeeds"],
  ["failure", "fails: the recording is too poor"],
  ["standstill", "never ends"],
];
const UPLOAD = [
  ["works", "is taken"],
  ["refused", "is refused (400)"],
  ["down", "meets an outage (503)"],
  ["lost", "is taken, and the line drops before the answer"],
];
const SPEECH = [
  ["works", "works"],
  ["slow", "is slow (8 seconds)"],
  ["unpaid", "is refused: no credit (402)"],
  ["busy", "is refused: too busy (429)"],
  ["down", "is down (503)"],
  ["silent", "answers with silence"],
];
const CREDIT = [
  ["some", "10 dollars"],
  ["none", "used up"],
];

/** Decides what goes wrong next, at Fish Audio, at Discord and with the bot. */
export class Controls {
  #store;
  #person;
  #nextHearing = lineForm({
    label: "The next recording is heard as",
    placeholder: "I am not who you think…",
    button: "Mishear",
    maxlength: 500,
    send: (text) => decide("hears", text),
  });

  constructor(store, element) {
    this.#store = store;
    this.#person = new PersonControls(store);
    this.element = element;
    store.on("snapshot controls people roles bot", () => this.#draw());
  }

  #draw() {
    const focused = this.element.contains(document.activeElement) ? document.activeElement : null;
    const section = [...this.element.children].indexOf(focused?.closest("section"));
    fill(this.element, this.#fishAudio(), this.#voices(), this.#person.draw(), this.#discord(), this.#bot());
    if (focused) this.#focus(focused.dataset.control, this.element.children[section]);
  }

  /** Focus the control of that name, or if it is gone, another one of its section. */
  #focus(name, section) {
    const same = name && this.element.querySelector(`[data-control="${CSS.escape(name)}"]`);
    (same || section?.querySelector("[data-control]") || this.element.querySelector("[data-control]"))?.focus();
  }

  #fishAudio() {
    const controls = this.#store.controls;
    return group(
      "Fish Audio",
      controls.live && h("p", { class: "small" }, "This is the real Fish Audio: trainings and credit are its own."),
      !controls.live && this.#seconds(controls.training_seconds),
      !controls.live && this.#setting("Next training", "next training", NEXT_TRAINING, controls.next_training),
      this.#setting("Next upload", "upload", UPLOAD, controls.upload),
      this.#setting("Speech", "speech", SPEECH, controls.speech),
      !controls.live && this.#setting("Credit", "credit", CREDIT, controls.credit),
      !controls.live && this.#hearing(controls.queued_transcripts ?? []),
    );
  }

  /** What Fish Audio hears in the next recordings; without this, it hears what ready-made ones really say. */
  #hearing(queued) {
    return [
      h("p", { class: "small" }, "The next recording that it writes down is heard as:"),
      this.#nextHearing,
      queued.map((text) => h("p", { class: "small queued" }, `Then: “${text}”`)),
    ];
  }

  #voices() {
    const voices = this.#store.controls.voices ?? [];
    if (!voices.length) return null;
    return group(
      "Voices at Fish Audio",
      h(
        "ul",
        { class: "voices" },
        voices.map(({ title, state }) =>
          h(
            "li",
            {},
            h("span", { class: "label" }, title),
            h("span", { class: `state ${state}` }, state),
            !["trained", "failed"].includes(state) && [
              actionButton("Finish", "training done", title),
              actionButton("Fail", "training failed", title),
            ],
          ),
        ),
      ),
    );
  }

  #discord() {
    return group(
      "Discord",
      h(
        "div",
        { class: "row" },
        actionButton("Drop the gateway", "gateway", "dropped"),
        actionButton("Drop it, and end its session", "gateway", "session lost"),
        actionButton("Fail 3 requests", "discord", 3),
        this.#store.controls.bot_present
          ? actionButton("Remove the bot from the server", "presence", "removed", "presence")
          : actionButton("Invite the bot again", "presence", "invited", "presence"),
      ),
    );
  }

  #bot() {
    const { state, ours } = this.#store.botState;
    const button = (label, what) =>
      h("button", { type: "button", class: "secondary", "data-control": label, onclick: () => bot(what) }, label);
    return group(
      "The bot",
      h("p", { class: `state ${state}` }, SENTENCES[state]),
      ours &&
        h(
          "div",
          { class: "row" },
          button("Restart", "restart"),
          button("Kill -9", "kill"),
          button("Stop", "stop"),
          button("Start", "start"),
        ),
    );
  }

  #seconds(seconds) {
    const id = newId("control");
    const input = h("input", {
      id,
      type: "number",
      min: 0,
      max: 3600,
      step: "any",
      value: seconds,
      "data-control": "seconds",
      onchange: () => decide("training seconds", input.value),
    });
    return h(
      "div",
      { class: "setting" },
      h("label", { for: id }, "Training takes"),
      h("span", { class: "row" }, input, "seconds"),
    );
  }

  #setting(label, what, choices, value) {
    const id = newId("control");
    const select = h(
      "select",
      { id, "data-control": what, onchange: () => decide(what, select.value) },
      choices.map(([choice, text]) => h("option", { value: choice, selected: choice === value }, text)),
    );
    return h("div", { class: "setting" }, h("label", { for: id }, label), select);
  }
}

function decide(what, value) {
  return attempt(() => post("controls", { what, value }));
}

/** `name` lets the focus find the button again after it was drawn anew. */
function actionButton(label, what, value, name = `${what} ${value}`) {
  return h(
    "button",
    { type: "button", class: "secondary", "data-control": name, onclick: () => decide(what, value) },
    label,
  );
}
