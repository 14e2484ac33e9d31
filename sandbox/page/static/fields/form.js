import { byId, fill, h } from "../dom.js";
import { formInput } from "./form-inputs.js";
import { markdown } from "../content/markdown.js";
import { postForm, Refused } from "../requests.js";
import { toast } from "../toasts.js";

const ACTION_ROW = 1,
  TEXT_DISPLAY = 10,
  LABEL = 18;

/** Show a form that the bot opened, and send what was filled in. */
export function openForm(form, store) {
  const dialog = byId("dialog");
  const inputs = new Map();
  const trouble = h("p", { class: "refusal", role: "alert" });
  const submit = h("button", { type: "submit", class: "primary" }, "Submit");
  const sheet = h(
    "form",
    { method: "dialog" },
    h("h2", { id: "dialog-title" }, form.title),
    form.components.map((component) => part(component, store, inputs)),
    trouble,
    h(
      "div",
      { class: "row end" },
      h("button", { type: "button", class: "secondary", onclick: () => dialog.close() }, "Cancel"),
      submit,
    ),
  );
  sheet.addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    const { values, files } = filledIn(inputs);
    try {
      const outcome = await postForm("submit", { as: store.me, form: form.id, values }, files);
      dialog.close();
      if (outcome.failed) toast(outcome.failed);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      trouble.textContent = error.message;
      submit.disabled = false;
    }
  });
  fill(dialog, sheet);
  dialog.showModal();
}

/** What stands in the inputs: files on one side, everything else on the other. */
function filledIn(inputs) {
  const filled = [...inputs].map(([customId, read]) => [customId, read()]);
  const holdsFiles = ([, value]) => Array.isArray(value) && value[0] instanceof File;
  return {
    values: Object.fromEntries(filled.filter((each) => !holdsFiles(each))),
    files: Object.fromEntries(filled.filter(holdsFiles)),
  };
}

function part(component, store, inputs, label = null) {
  switch (component.type) {
    case ACTION_ROW:
      return component.components.map((each) => part(each, store, inputs));
    case TEXT_DISPLAY:
      return h("div", { class: "content" }, markdown(component.content, store));
    case LABEL:
      return part(component.component, store, inputs, component);
    default: {
      const { element, read } = formInput(component, store, label);
      inputs.set(component.custom_id, read);
      return element;
    }
  }
}
