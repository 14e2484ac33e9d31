import { h } from "../dom.js";

const BARS = 56;
const STEP = 1; // seconds per arrow key

/** A recording that plays in place: a button, the waveform to jump in, the time, and a link that saves it. */
export function player({ name, size, load, waveform, seconds }) {
  const audio = new Audio();
  const bars = Array.from({ length: BARS }, () => h("i"));
  const wave = h("div", { class: "wave", role: "slider", tabindex: "0", "aria-label": `Position in ${name}` }, bars);
  const time = h("span", { class: "time" });
  const button = h("button", { type: "button", class: "play", "aria-label": `Play ${name}`, onclick: toggle }, "▶");
  const save = h("a", { class: "save", download: name, "aria-label": `Save ${name}`, title: "Save" }, "⤓");
  const figure = h(
    "figure",
    { class: "player", "aria-label": name },
    h("figcaption", {}, h("span", { class: "file-name" }, name), h("span", { class: "file-size" }, size)),
    h("div", { class: "playback" }, button, wave, time, save),
  );
  let length = seconds ?? 0;

  if (waveform) draw(bars, spread(Uint8Array.from(atob(waveform), (letter) => letter.charCodeAt(0))));
  audio.ontimeupdate = () => (figure.isConnected ? show() : audio.pause()); // its message may have been replaced
  audio.onplay = audio.onpause = audio.onended = show;
  wave.addEventListener("click", (event) => jump((event.offsetX / wave.clientWidth) * length));
  wave.addEventListener("keydown", (event) => {
    const steps = { ArrowRight: STEP, ArrowUp: STEP, ArrowLeft: -STEP, ArrowDown: -STEP, Home: -length, End: length };
    if (!(event.key in steps)) return;
    event.preventDefault();
    jump(audio.currentTime + steps[event.key]);
  });
  show();
  begin();
  return figure;

  async function begin() {
    const file = await load().catch(() => null);
    if (!file) return figure.classList.add("broken");
    save.href = audio.src = URL.createObjectURL(file);
    const sound = await decoded(file);
    if (!sound) return figure.classList.add("broken");
    length = sound.duration;
    if (!waveform) draw(bars, peaks(sound));
    figure.classList.add("ready");
    show();
  }

  function toggle() {
    if (audio.paused) audio.play();
    else audio.pause();
  }

  function jump(second) {
    audio.currentTime = Math.min(Math.max(second, 0), length);
    show();
  }

  function show() {
    const playing = !audio.paused && !audio.ended;
    button.textContent = playing ? "❚❚" : "▶";
    button.setAttribute("aria-label", `${playing ? "Pause" : "Play"} ${name}`);
    const share = length ? audio.currentTime / length : 0;
    bars.forEach((bar, index) => bar.classList.toggle("played", index < share * BARS));
    time.textContent = `${clock(audio.currentTime)} / ${clock(length)}`;
    wave.setAttribute("aria-valuemin", "0");
    wave.setAttribute("aria-valuemax", length.toFixed(1));
    wave.setAttribute("aria-valuenow", audio.currentTime.toFixed(1));
    wave.setAttribute("aria-valuetext", `${clock(audio.currentTime)} of ${clock(length)}`);
  }
}

const known = new Map(); // files by address, so that a channel that is opened again does not fetch them again

/** Loads the file at that address. */
export function fetched(address) {
  return async () => {
    if (!known.has(address)) {
      const response = await fetch(address);
      if (!response.ok) throw new Error(`${address}: ${response.status}`);
      known.set(address, await response.blob());
    }
    return known.get(address);
  };
}

async function decoded(file) {
  const context = new OfflineAudioContext(1, 1, 44100);
  return context.decodeAudioData(await file.arrayBuffer()).catch(() => null);
}

/** The loudest sample of each bar's share of the sound, against the loudest of all. */
function peaks(sound) {
  const samples = sound.getChannelData(0);
  const share = Math.max(1, Math.floor(samples.length / BARS));
  const heights = Array.from({ length: BARS }, (_, bar) => {
    let highest = 0;
    for (let index = bar * share; index < Math.min((bar + 1) * share, samples.length); index += 8) {
      highest = Math.max(highest, Math.abs(samples[index]));
    }
    return highest;
  });
  const loudest = Math.max(...heights, 0.01);
  return heights.map((height) => height / loudest);
}

function spread(points) {
  return Array.from({ length: BARS }, (_, bar) => (points[Math.floor((bar * points.length) / BARS)] ?? 0) / 255);
}

function draw(bars, heights) {
  bars.forEach((bar, index) => (bar.style.height = `${Math.round(12 + 88 * heights[index])}%`));
}

function clock(seconds) {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
