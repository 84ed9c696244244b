// The messages of a conversation, in order.
//
// A message: {id, from: visitor | assistant | note, text, time}; a visitor's also {payload, state:
// waiting | sending | sent | failed}; an assistant's also {buttons: [{title, payload}]} while they
// can be pressed. A note has `note`, the name of its words, in place of text.

export class Messages {
  list = [];

  // tell(event, detail): called with added, changed, removed, cleared, as in conversation.js.
  constructor(tell) {
    this.tell = tell;
  }

  get hasVisitor() {
    return this.list.some(({ from }) => from === "visitor");
  }

  // The time of the assistant's newest message.
  get newest() {
    return Math.max(0, ...this.list.filter(({ from }) => from === "assistant").map(({ time }) => time));
  }

  find(id) {
    return this.list.find((message) => message.id === id);
  }

  // before: the message to put it in front of; old: it is no news.
  add(message, { before, old = false } = {}) {
    const place = before ? this.list.indexOf(before) : this.list.length;
    this.list.splice(place, 0, message);
    // Buttons outlive further words of the assistant: one turn may say more after its question.
    this.#dropButtons();
    this.tell("added", { message, before, old });
  }

  remove(message) {
    this.list.splice(this.list.indexOf(message), 1);
    this.tell("removed", message);
  }

  set(message, state) {
    if (message.state === state) return;
    message.state = state;
    this.tell("changed", message);
  }

  clear() {
    this.list = [];
    this.tell("cleared");
  }

  // Put in what is missing of the server's history; the visitor's messages that it knows.
  merge(said, old) {
    const delivered = [];
    let place = 0;
    for (const entry of said) {
      const known = this.find(entry.message_id ?? entry.metadata?.message_id);
      const message = known ?? (entry.from === "visitor" ? visitorSaid(entry) : assistantSaid(entry));
      if (!message) continue;
      if (known?.from === "visitor") delivered.push(known);
      if (!known) this.add(message, { before: this.list[place], old });
      place = this.list.indexOf(message) + 1;
    }
    return delivered;
  }

  #dropButtons() {
    const last = this.list.findLastIndex(({ from, buttons }) => from === "visitor" || buttons);
    for (const message of this.list.slice(0, Math.max(last, 0))) {
      if (!message.buttons) continue;
      delete message.buttons;
      this.tell("changed", message);
    }
  }
}

// Not randomUUID, which plain http does not have.
export const randomId = () => crypto.getRandomValues(new Uint32Array(4)).join("-");

// The server's visitor_uttered as a message.
export function visitorSaid({ message_id: id, text, timestamp: time }) {
  return { id, from: "visitor", text, payload: text, time, state: "sent" };
}

// The server's bot_uttered as a message; null for one without words, custom data say.
export function assistantSaid(said) {
  const attachment = said?.attachment?.payload?.src ?? said?.attachment;
  const words = [said?.text, attachment].filter((part) => typeof part === "string");
  const text = words.join("\n").trim();
  if (!text) return null;
  const replies = Array.isArray(said.quick_replies) ? said.quick_replies : [];
  const buttons = replies.filter((reply) => reply?.title && reply.payload);
  const { timestamp: time = Date.now() / 1000, message_id: id = randomId() } = said.metadata ?? {};
  return { id, from: "assistant", text, time, ...(buttons.length && { buttons }) };
}

// Whether the server would rather have the visitor write to the team.
export function wantsContact(said) {
  return Boolean(said?.custom?.contact_form || said?.metadata?.contact_form);
}
