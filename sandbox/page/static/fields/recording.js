import { wav } from "./wav.js";

const QUIET_PROCESSING = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1 };

/** The microphone, until `stop()` makes a WAV of what it heard. */
export class Recording {
  #pieces = [];
  #context;
  #stream;

  /** `heard(loudness, seconds)` is called many times a second. Rejects if the microphone may not be used. */
  static async start(heard) {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: QUIET_PROCESSING });
    const recording = new Recording();
    recording.#stream = stream;
    recording.#context = new AudioContext();
    await recording.#context.audioWorklet.addModule("/static/fields/listener.js");
    const listener = new AudioWorkletNode(recording.#context, "listener", { numberOfOutputs: 0 });
    listener.port.onmessage = ({ data }) => recording.#hear(data, heard);
    recording.#context.createMediaStreamSource(stream).connect(listener);
    return recording;
  }

  async stop() {
    for (const track of this.#stream.getTracks()) track.stop();
    const rate = this.#context.sampleRate;
    await this.#context.close();
    return new File([wav(this.#pieces, rate)], "recording.wav", { type: "audio/wav" });
  }

  #hear(piece, heard) {
    this.#pieces.push(piece);
    const seconds = (this.#pieces.length * piece.length) / this.#context.sampleRate;
    heard(Math.min(1, 2 * Math.max(...piece.map(Math.abs))), seconds);
  }
}
