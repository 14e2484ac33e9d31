import { SENTENCES, bot } from "./bot-state.js";
import { group, lineForm } from "./controls.js";
import { fill, h, newId } from "./dom.js";
import { PersonControls } from "./person.js";
import { order } from "./requests.js";
import { attempt } from "./toasts.js";

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

/** What goes wrong next, and for whom. */
export class Fate {
  #scene;
  #person;
  #nextHearing = lineForm({
    label: "The next recording is heard as",
    placeholder: "I am not who you think…",
    button: "Mishear",
    maxlength: 500,
    send: (text) => decide("hears", text),
  });

  constructor(scene, element) {
    this.#scene = scene;
    this.#person = new PersonControls(scene);
    this.element = element;
    scene.on("scene fate people roles bot", () => this.#draw());
  }

  #draw() {
    const focused = this.element.contains(document.activeElement) ? document.activeElement.dataset.fate : null;
    fill(this.element, this.#fishAudio(), this.#voices(), this.#person.draw(), this.#discord(), this.#bot());
    if (focused) this.element.querySelector(`[data-fate="${CSS.escape(focused)}"]`)?.focus();
  }

  #fishAudio() {
    const fate = this.#scene.fate;
    return group(
      "Fish Audio",
      fate.live && h("p", { class: "small" }, "This is the real Fish Audio: trainings and credit are its own."),
      !fate.live && this.#seconds(fate.training_seconds),
      !fate.live && this.#setting("Next training", "next training", NEXT_TRAINING, fate.next_training),
      this.#setting("Next upload", "upload", UPLOAD, fate.upload),
      this.#setting("Speech", "speech", SPEECH, fate.speech),
      !fate.live && this.#setting("Credit", "credit", CREDIT, fate.credit),
      !fate.live && this.#hearing(fate.about_to_hear ?? []),
    );
  }

  /** What its ASR makes of the next recordings; left alone, it hears what ready-made ones really say. */
  #hearing(ordered) {
    return [
      h("p", { class: "small" }, "The next recording that it writes down is heard as:"),
      this.#nextHearing,
      ordered.map((text) => h("p", { class: "small ordered" }, `Then: “${text}”`)),
    ];
  }

  #voices() {
    const voices = this.#scene.fate.voices ?? [];
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
              deed("Finish", "training done", title),
              deed("Fail", "training failed", title),
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
        deed("Drop the gateway", "gateway", "dropped"),
        deed("Drop it for good", "gateway", "session lost"),
        deed("Fail 3 requests", "discord", 3),
        this.#scene.fate.bot_present
          ? deed("Remove the bot from the server", "presence", "removed")
          : deed("Invite the bot again", "presence", "invited"),
      ),
    );
  }

  #bot() {
    const { state, ours } = this.#scene.botState;
    const button = (label, what) =>
      h("button", { type: "button", class: "secondary", "data-fate": label, onclick: () => bot(what) }, label);
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
    const id = newId("fate");
    const input = h("input", {
      id,
      type: "number",
      min: 0,
      max: 3600,
      step: "any",
      value: seconds,
      "data-fate": "seconds",
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
    const id = newId("fate");
    const select = h(
      "select",
      { id, "data-fate": what, onchange: () => decide(what, select.value) },
      choices.map(([choice, text]) => h("option", { value: choice, selected: choice === value }, text)),
    );
    return h("div", { class: "setting" }, h("label", { for: id }, label), select);
  }
}

function decide(what, value) {
  return attempt(() => order("fate", { what, value }));
}

function deed(label, what, value) {
  return h(
    "button",
    { type: "button", class: "secondary", "data-fate": `${what} ${value}`, onclick: () => decide(what, value) },
    label,
  );
}
