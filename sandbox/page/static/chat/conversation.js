import { apps } from "./apps.js";
import { byId, fill, h } from "../dom.js";
import { openForm } from "../fields/form.js";
import { message } from "./message.js";
import { post, Refused } from "../requests.js";
import { toast } from "../toasts.js";

const NEAR = 40; // pixels from the end within which new messages keep the end in view
const GROUPED = 7 * 60 * 1000; // milliseconds within which one author's messages stand together

/** The messages of the channel that is open. */
export class Conversation {
  #store;
  #list = byId("messages");
  #scroller = byId("scroller");
  #atEnd = true;
  #top = 0; // pixels that are scrolled away

  constructor(store) {
    this.#store = store;
    store.on("snapshot channel", () => this.#drawAll());
    store.on("message", (content) => this.#put(content));
    this.#scroller.addEventListener("scroll", () => this.#scrolled());
    this.#list.addEventListener("load", () => this.#atEnd && this.#showEnd(), true); // a picture has got its height
    new ResizeObserver(() => this.#atEnd && this.#showEnd()).observe(this.#scroller);
    store.on("gone", (id) => this.#remove(byId(`message-${id}`)));
  }

  /** Show under the messages that Discord waited in vain. */
  fails(sentence) {
    this.#list.append(h("li", { class: "message failed" }, h("p", { class: "failure" }, sentence)));
    this.#showEnd();
  }

  #drawAll() {
    fill(
      this.#list,
      this.#store.channel.messages.map((content) => this.#draw(content)),
    );
    this.#group();
    this.#showEnd();
  }

  #put(content) {
    if (content.channel !== this.#store.current) return;
    const [known, drawn] = [byId(`message-${content.id}`), this.#draw(content)];
    const focused = known?.contains(document.activeElement) && document.activeElement;
    if (known) known.replaceWith(drawn);
    else this.#list.append(drawn);
    if (focused) (sameControl(focused, drawn) ?? drawn).focus();
    this.#group();
    const mine = [content.author.id, content.used?.id].includes(this.#store.me);
    if (this.#atEnd || (mine && !known)) this.#showEnd();
  }

  /** Take a message away; the focus goes to a message beside it, not to the top of the page. */
  #remove(shown) {
    if (!shown) return;
    const beside = shown.nextElementSibling ?? shown.previousElementSibling ?? this.#scroller;
    const hadFocus = shown.contains(document.activeElement);
    shown.remove();
    this.#group();
    if (hadFocus) beside.focus();
  }

  #draw(content) {
    return message(content, this.#store, {
      operate: (target, customId, values) => this.#operate(target, customId, values),
      dismiss: (target) => this.#store.dismiss(target),
      menuOf: (target) => this.#menu(target),
    });
  }

  #group() {
    let last = null;
    for (const shown of this.#list.children) {
      const { author, at, used } = shown.dataset;
      const follows = last?.author === author && used === "false" && at - last.at < GROUPED;
      shown.classList.toggle("follows", Boolean(follows));
      last = shown.dataset;
    }
  }

  /** Only scrolling up leaves the end; a message or picture that grows there does not. */
  #scrolled() {
    const top = this.#scroller.scrollTop;
    this.#atEnd = this.#showsEnd() || (this.#atEnd && top >= this.#top);
    this.#top = top;
  }

  #showsEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  #showEnd() {
    this.#atEnd = true;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  async #operate(target, customId, values) {
    const shown = byId(`message-${target.id}`);
    shown.classList.add("busy");
    try {
      const outcome = await post("operate", {
        as: this.#store.me,
        channel: target.channel,
        message: target.id,
        custom_id: customId,
        values,
      });
      if (outcome.failed) shown.querySelector(".failure").textContent = "This interaction failed";
      if (outcome.form) openForm(outcome.form, this.#store);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      toast(error.message);
    } finally {
      shown.classList.remove("busy");
    }
  }

  #menu({ id, author }) {
    const person = author.bot ? null : author.id;
    return apps(this.#store, { label: `Apps for this message of ${author.name}`, message: id, person });
  }
}

/** What stands in a message's new form where the focus was in the old one, or else its first button. */
function sameControl(focused, drawn) {
  const name = focused.closest("details.menu")?.querySelector("summary").dataset.operates ?? focused.dataset.operates;
  const same = name && drawn.querySelector(`[data-operates="${CSS.escape(name)}"]`);
  return same || drawn.querySelector("button:not(.link):not(.play)");
}
