import { BotBanner } from "./bot-state.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { byId, h } from "./dom.js";
import { Fate } from "./fate.js";
import { Feed } from "./feed.js";
import { Frame } from "./frame.js";
import { Log } from "./log.js";
import { Scene } from "./scene.js";
import { Sidebar } from "./sidebar.js";
import { Tabs } from "./tabs.js";
import { Timeline } from "./timeline.js";
import { Welcome } from "./welcome.js";

const scene = new Scene();
const frame = new Frame();
const banner = new BotBanner(scene);
const conversation = new Conversation(scene);
const composer = new Composer(scene, { failed: (sentence) => conversation.fails(sentence) });
const feed = new Feed({ take: (news) => scene.take(news), lost: () => banner.lost() });

new Welcome(scene, { compose: (path) => composer.opens(path) });
new Sidebar(scene, {
  become: (id) => feed.watchAs(id),
  entered: () => frame.closeDrawers(),
});

const [fate, timeline, log] = [h("div"), h("div"), h("div")];
const requests = new Timeline(scene, timeline);
const output = new Log(scene, log);
new Fate(scene, fate);
new Tabs(byId("tabs"), byId("tab-panels"), [
  { name: "fate", title: "Fate", element: fate },
  { name: "timeline", title: "Timeline", element: timeline, opened: () => requests.showEnd() },
  { name: "log", title: "Bot's log", element: log, opened: () => output.showEnd() },
]);

feed.watchAs();
