// What the chat keeps in this browser, for one server: the signed id of the conversation, messages
// that have not been sent, and how far the visitor has read. localStorage, so that another tab and
// a later visit go on with the same conversation. Nothing is kept before the first message.

export class Store {
  constructor(server) {
    this.key = `support-chat:${server}`;
  }

  get token() {
    return this.#read().token ?? null;
  }

  set token(token) {
    this.#write({ token });
  }

  // The newest time among the messages that the visitor has had before them.
  get seen() {
    return this.#read().seen ?? 0;
  }

  set seen(seen) {
    if (this.token && seen > this.seen) this.#write({ seen });
  }

  get outbox() {
    return this.#read().outbox ?? [];
  }

  keep({ id, text, payload, time }) {
    const others = this.outbox.filter((message) => message.id !== id);
    this.#write({ outbox: [...others, { id, text, payload, time }] });
  }

  drop(id) {
    const outbox = this.outbox;
    const others = outbox.filter((message) => message.id !== id);
    if (others.length < outbox.length) this.#write({ outbox: others });
  }

  clear() {
    this.memory = this.memory && {};
    try {
      localStorage.removeItem(this.key);
    } catch {
      // There was no storage to begin with.
    }
  }

  #read() {
    if (this.memory) return this.memory;
    try {
      return JSON.parse(localStorage.getItem(this.key)) ?? {};
    } catch {
      return {};
    }
  }

  #write(changes) {
    const content = { ...this.#read(), ...changes };
    try {
      localStorage.setItem(this.key, JSON.stringify(content));
    } catch {
      // Storage that is full or forbidden costs the conversation at reload, not the chat.
      this.memory = content;
    }
  }
}
