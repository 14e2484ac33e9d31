import { h } from "./dom.js";
import { fetched, player } from "./player.js";

/** A file under a message: a player for sound, else its name to save it by. */
export function attachment(file) {
  const size = fileSize(file.size);
  if (file.type.startsWith("audio/")) {
    return player({
      name: file.filename,
      size,
      load: fetched(file.url),
      waveform: file.waveform,
      seconds: file.seconds,
    });
  }
  return h("p", { class: "file" }, h("a", { href: file.url, download: file.filename }, file.filename), ` ${size}`);
}

export function fileSize(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  const kibibytes = bytes / 1024;
  return kibibytes < 1024 ? `${kibibytes.toFixed(1)} KB` : `${(kibibytes / 1024).toFixed(1)} MB`;
}
