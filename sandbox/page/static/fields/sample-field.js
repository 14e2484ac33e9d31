import { fileSize } from "../content/attachments.js";
import { fill, h } from "../dom.js";
import { player } from "../content/player.js";
import { Recording } from "./recording.js";
import { readyMade } from "../requests.js";
import { attempt, toast } from "../toasts.js";

const READY_MADE = [
  ["good", "A good sample"],
  ["memo", "A phone's memo (M4A)"],
  ["short", "Too short"],
  ["silent", "Silence"],
  ["text", "A text file"],
];
const READ_ALOUD =
  "When the sunlight strikes raindrops in the air, they act as a prism and form a rainbow. The rainbow is a division " +
  "of white light into many beautiful colours.";

/** An attachment: picked, dropped, recorded or ready-made. */
export function sampleField({ id, store }) {
  let recording = null;
  const picker = h("input", { id, type: "file", accept: "audio/*,.wav,.mp3,.m4a,.ogg,.opus,.flac,.webm", onchange: () => show() });
  const record = h(
    "button",
    { type: "button", class: "secondary", onclick: () => (recording ? stop() : start()) },
    "● Record",
  );
  const text = h("input", { placeholder: "or have this read aloud…", maxlength: 200, "aria-label": "Text to read aloud" });
  const reading = h(
    "div",
    { class: "row reading" },
    text,
    h("button", { type: "button", class: "secondary", onclick: () => text.value && take("reading", text.value) }, "Read"),
  );
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !text.value) return;
    event.preventDefault(); // the command is not finished yet
    take("reading", text.value);
  });
  const preview = h("div", { class: "sample-preview", "aria-live": "polite" });
  const element = h(
    "div",
    { class: "sample" },
    h("div", { class: "row" }, picker, record),
    h(
      "div",
      { class: "row ready-made" },
      h("span", { class: "small" }, "or ready-made:"),
      READY_MADE.map(([kind, label]) =>
        h("button", { type: "button", class: "chip", onclick: () => take(kind) }, label),
      ),
    ),
    reading,
    preview,
  );
  element.addEventListener("dragover", (event) => event.preventDefault());
  return { input: picker, element, attach, settle: async () => recording && stop(), read: () => picker.files[0] ?? "" };

  function attach(file) {
    const carrier = new DataTransfer();
    if (file) carrier.items.add(file);
    picker.files = carrier.files;
    show();
  }

  function show() {
    const file = picker.files[0];
    fill(preview, file && chosenFile(file));
  }

  function chosenFile(chosen) {
    const drop = h("button", { type: "button", class: "quiet", "aria-label": `Remove ${chosen.name}` }, "✕");
    drop.addEventListener("click", () => {
      attach(null);
      picker.focus();
    });
    const shown = player({ name: chosen.name, size: fileSize(chosen.size), load: async () => chosen });
    return h("div", { class: "row" }, shown, drop);
  }

  async function take(kind, words) {
    const made = await attempt(() => readyMade(kind, store.me, words));
    if (made) attach(made);
  }

  async function start() {
    const level = h("meter", { min: 0, max: 1, "aria-label": "Loudness" });
    const seconds = h("span", { class: "time" }, "0 s");
    try {
      recording = await Recording.start((loudness, length) => {
        level.value = loudness;
        seconds.textContent = `${Math.floor(length)} s`;
      });
    } catch {
      return toast(
        "The browser does not let this page use the microphone. Allow it in the address bar, or pick a file.",
      );
    }
    attach(null);
    record.textContent = "■ Stop";
    fill(
      preview,
      h("p", {}, "Read this aloud, or say what you like for 10 to 30 seconds:"),
      h("blockquote", {}, READ_ALOUD),
      h("div", { class: "row" }, level, seconds),
    );
  }

  async function stop() {
    const finished = recording;
    recording = null;
    record.textContent = "● Record";
    attach(await finished.stop());
  }
}
