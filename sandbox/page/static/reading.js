const REMEMBERED = "read"; // the newest message that each person has read in each channel, in this tab

/** Which messages the people who are played from this page have not looked at yet. */
export class Reading {
  #marks = JSON.parse(sessionStorage.getItem(REMEMBERED) ?? "{}");

  /** Note that `person` has seen everything in the channel. */
  mark(person, channel) {
    const newest = channel.messages.at(-1)?.id ?? "0";
    if (this.#isNew(person, channel.id, newest)) {
      this.#marks[`${person} ${channel.id}`] = newest;
      sessionStorage.setItem(REMEMBERED, JSON.stringify(this.#marks));
    }
  }

  /** How many messages in the channel `person` has not seen. */
  unread(person, channel) {
    return channel.messages.filter((message) => this.#isNew(person, channel.id, message.id)).length;
  }

  /** Return whether a direct message waits for somebody, who need not be the viewer. */
  awaits(person) {
    return this.#isNew(person.id, person.dm, person.latest_dm);
  }

  #isNew(person, channelId, messageId) {
    return BigInt(messageId) > BigInt(this.#marks[`${person} ${channelId}`] ?? "0");
  }
}
