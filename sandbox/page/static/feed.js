import { people } from "./requests.js";

const PAUSE = 1000; // milliseconds before a lost line is tried again
const REMEMBERED = "viewer"; // in this tab alone, so that two tabs can be two people

/** Receives the viewer's updates, and connects again after the sandbox was restarted. */
export class Feed {
  #socket = null;
  #apply;
  #lost;

  constructor({ apply, lost }) {
    this.#apply = apply;
    this.#lost = lost;
  }

  /** See the server as this person from now on; without an `id`, as the one before, or as anybody. */
  async watchAs(id) {
    if (id) sessionStorage.setItem(REMEMBERED, id);
    const viewer = await this.#findViewer();
    if (viewer) this.#listen(viewer);
    else this.#tryLater();
  }

  async #findViewer() {
    const everybody = await people().catch(() => []);
    const remembered = sessionStorage.getItem(REMEMBERED);
    return everybody.find((person) => person.id === remembered) ?? everybody.find((person) => !person.host);
  }

  #listen(viewer) {
    this.#socket?.close();
    const socket = new WebSocket(`ws://${location.host}/api/feed?as=${viewer.id}`);
    this.#socket = socket;
    socket.onmessage = (message) => {
      if (socket === this.#socket) this.#apply(JSON.parse(message.data));
    };
    socket.onclose = () => {
      if (socket === this.#socket) this.#tryLater();
    };
  }

  #tryLater() {
    this.#lost();
    setTimeout(() => this.watchAs(), PAUSE);
  }
}
