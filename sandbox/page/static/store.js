/** What the viewer sees at this moment; every part of the page draws itself from it and listens for changes. */
export class Store extends EventTarget {
  me = "";
  server = "";
  bot = { id: "", name: "" };
  everyone = "";
  people = [];
  roles = [];
  channels = [];
  commands = [];
  controls = {};
  botState = { state: "connecting" };
  log = [];
  timeline = [];
  current = "";

  on(kinds, draw) {
    for (const kind of kinds.split(" ")) this.addEventListener(kind, (event) => draw(event.detail));
  }

  get viewer() {
    return this.people.find((person) => person.id === this.me);
  }

  /** Those who have not left the server. */
  get present() {
    return this.people.filter((person) => person.present);
  }

  get channel() {
    return this.channels.find((channel) => channel.id === this.current);
  }

  /** The commands that the viewer may use in the channel that is open. */
  get usable() {
    if (!this.channel) return [];
    if (this.channel.dm) return this.commands.filter((command) => command.in_dm);
    return this.controls.bot_present ? this.commands.filter((command) => command.in_server) : [];
  }

  get dm() {
    return this.channels.find((channel) => channel.dm);
  }

  /** The name behind a person's id, the bot included. */
  nameOf(id) {
    return [this.bot, ...this.people].find((each) => each.id === id)?.name;
  }

  roleName(id) {
    return id === this.everyone ? "everyone" : this.roles.find((role) => role.id === id)?.name;
  }

  enter(channelId) {
    this.current = channelId;
    this.#tell("channel");
  }

  /** Apply one update from the sandbox. */
  apply(update) {
    switch (update.kind) {
      case "snapshot":
        this.#begin(update);
        break;
      case "message":
        this.#put(update.message);
        break;
      case "gone":
        this.#drop(update.channel, update.id);
        break;
      case "line":
        this.#putLine(update.line);
        break;
      case "log":
        this.log.push(update.line);
        this.#tell("log", update.line);
        break;
      case "bot":
        this.botState = update.bot_state;
        this.#tell("bot");
        break;
      default:
        this[update.kind] = update[update.kind];
        this.#tell(update.kind);
    }
  }

  /** Take a message away for this viewer alone. */
  dismiss(message) {
    this.#drop(message.channel, message.id);
  }

  #begin(update) {
    const wasDm = this.channel?.dm;
    const { me, server, everyone, bot, people, roles, channels, commands, controls, log, timeline } = update;
    Object.assign(this, { me, server, everyone, bot, people, roles, channels, commands, controls, log, timeline });
    this.botState = update.bot_state;
    if (!this.channel) this.current = (wasDm ? this.dm : this.channels[0]).id;
    this.#tell("snapshot");
  }

  #put(message) {
    const channel = this.channels.find((each) => each.id === message.channel);
    if (!channel) return;
    const known = channel.messages.findIndex((each) => each.id === message.id);
    if (known >= 0) channel.messages[known] = message;
    else channel.messages.push(message);
    this.#tell("message", message);
  }

  #drop(channelId, messageId) {
    const channel = this.channels.find((each) => each.id === channelId);
    if (!channel) return;
    channel.messages = channel.messages.filter((message) => message.id !== messageId);
    this.#tell("gone", messageId);
  }

  #putLine(line) {
    const known = this.timeline.findIndex((each) => each.number === line.number);
    if (known >= 0) this.timeline[known] = line;
    else this.timeline.push(line);
    this.#tell("line", line);
  }

  #tell(kind, detail) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}
