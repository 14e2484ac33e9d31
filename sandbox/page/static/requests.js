/** What the sandbox refuses; its message is a sentence for the person at the page. */
export class Refused extends Error {}

const LOST = "The sandbox does not answer. Is it still running?";

export async function post(path, content) {
  return answered(
    fetch(`/api/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(content),
    }),
  );
}

/** Use a command or submit a form; `files` are lists of them by the option or input that takes them. */
export async function postForm(path, content, files) {
  const form = new FormData();
  form.append("payload", JSON.stringify(content));
  for (const [name, given] of Object.entries(files))
    for (const file of given) form.append(`file:${name}`, file, file.name);
  return answered(fetch(`/api/${path}`, { method: "POST", body: form }));
}

export async function people() {
  return answered(fetch("/api/people"));
}

/** A ready-made recording as a file; a “reading” is one of `text`. */
export async function readyMade(kind, viewer, text = "") {
  const wanted = new URLSearchParams({ kind, as: viewer, text });
  const response = await fetch(`/api/sample?${wanted}`).catch(() => null);
  if (!response?.ok) throw new Refused((await response?.json().catch(() => null))?.refused ?? LOST);
  const name = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition"))[1];
  return new File([await response.blob()], name, { type: "audio/wav" });
}

async function answered(sending) {
  const response = await sending.catch(() => null);
  const content = await response?.json().catch(() => null);
  if (content?.refused) throw new Refused(content.refused);
  if (!response?.ok || content === null) throw new Refused(LOST);
  return content;
}
