import { h } from "../dom.js";
import { fetched, player } from "./player.js";

const SHOWN = ["image/png", "image/jpeg", "image/gif", "image/webp"]; // what the sandbox serves as a picture

/** A file under a message: a player for sound, a picture with its alt text, else a name to save it by. */
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
  if (SHOWN.includes(file.type)) return picture(file.url, file.description ?? file.filename);
  return h(
    "p",
    { class: "file" },
    h("span", { "aria-hidden": "true" }, "⤓ "),
    h("a", { href: file.url, download: file.filename }, file.filename),
    h("span", { class: "file-size" }, ` ${size}`),
  );
}

export function picture(address, description) {
  return h("img", { class: "picture", src: address, alt: description, title: description });
}

export function fileSize(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  const kibibytes = bytes / 1024;
  return kibibytes < 1024 ? `${kibibytes.toFixed(1)} KB` : `${(kibibytes / 1024).toFixed(1)} MB`;
}
