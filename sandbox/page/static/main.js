import { BotBanner } from "./chat/bot-state.js";
import { Composer } from "./chat/composer.js";
import { Conversation } from "./chat/conversation.js";
import { Controls } from "./panel/controls.js";
import { byId, h } from "./dom.js";
import { Feed } from "./feed.js";
import { Frame } from "./frame.js";
import { Log } from "./panel/log.js";
import { whenReleased } from "./pressing.js";
import { Sidebar } from "./sidebar.js";
import { Store } from "./store.js";
import { Tabs } from "./panel/tabs.js";
import { Timeline } from "./panel/timeline.js";
import { Welcome } from "./chat/welcome.js";

const store = new Store();
const frame = new Frame();
const banner = new BotBanner(store);
const conversation = new Conversation(store);
const composer = new Composer(store, { failed: (sentence) => conversation.fails(sentence) });
const feed = new Feed({ apply: (update) => whenReleased(() => store.apply(update)), lost: () => banner.lost() });

new Welcome(store, { compose: (path) => composer.opens(path) });
new Sidebar(store, {
  become: (id) => {
    frame.closeDrawers();
    feed.watchAs(id);
  },
  entered: () => frame.closeDrawers(),
});

const [controls, timeline, log] = [h("div"), h("div"), h("div")];
const requests = new Timeline(store, timeline);
const output = new Log(store, log);
new Controls(store, controls);
new Tabs(byId("tabs"), byId("tab-panels"), [
  { name: "controls", title: "What can go wrong", element: controls },
  { name: "timeline", title: "Timeline", element: timeline, opened: () => requests.showEnd() },
  { name: "log", title: "Bot's log", element: log, opened: () => output.showEnd() },
]);

feed.watchAs();
