import { SENTENCES, bot } from "./bot-state.js";
import { fill, h, newId } from "./dom.js";
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

  constructor(scene, element) {
    this.#scene = scene;
    this.element = element;
    scene.on("scene fate people bot", () => this.#draw());
  }

  #draw() {
    const focused = this.element.contains(document.activeElement) ? document.activeElement.dataset.fate : null;
    fill(this.element, this.#fishAudio(), this.#voices(), this.#viewer(), this.#discord(), this.#bot());
    if (focused) this.element.querySelector(`[data-fate="${focused}"]`)?.focus();
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
    );
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

  #viewer() {
    const viewer = this.#scene.viewer;
    if (!viewer) return null;
    const change = (changes) => attempt(() => order("person", { person: viewer.id, ...changes }));
    return group(
      viewer.name,
      toggle("Direct messages are open", "dms", viewer.dms_open, (open) => change({ dms_open: open })),
      toggle("Has Nitro: may upload 500 MiB instead of 10", "nitro", viewer.nitro, (nitro) => change({ nitro })),
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

function toggle(label, name, checked, change) {
  const box = h("input", { type: "checkbox", checked, "data-fate": name, onchange: () => change(box.checked) });
  return h("label", { class: "toggle" }, box, h("span", {}, label));
}

function group(title, ...content) {
  const id = newId("group");
  return h("section", { "aria-labelledby": id }, h("h3", { id }, title), content);
}
