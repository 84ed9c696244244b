// One conversation: what was said, what waits to be sent, and how both are kept true over reloads,
// tabs, broken lines and restarts. The server's history decides; each message has an id, so that
// sending again is never saying twice. Knows nothing of the page.

import { Line } from "./line.js";
import { Messages, assistantSaid, randomId, visitorSaid, wantsContact } from "./messages.js";
import { Store } from "./store.js";
import { watchForWaking } from "./waking.js";

const RECEIVED_MS = 20_000;
const ANSWERED_MS = 60_000;
// It waits for the message that is being answered.
const DELETED_MS = 20_000;
const UNREACHABLE_MS = 5_000;
const AGAIN_MS = 2_000;

// Events, with their content as `detail`:
//   added    {message, before, old}: place it before that message, or last; old: not news
//   changed, removed   message
//   state    connecting | connected | loading | lost | broken | idle
//   typing   whether the assistant is
//   offer    why the contact form is called for: unreachable | loading | asked; null: no longer
//   cleared  all messages are gone
//   seen     `unseen` may have changed in another tab
export class Conversation extends EventTarget {
  messages = new Messages((event, detail) => this.#tell(event, detail));
  state = "idle";
  #token = null;
  #asked = null;
  #inFlight = null;
  #timers = {};
  #ready = false;
  #watches = false;
  #fetched = false;
  #offered = null;

  constructor(server) {
    super();
    this.store = new Store(server);
    this.line = new Line(server, {
      welcome: () => this.#join(),
      change: (state) => this.#lineIs(state),
      hear: {
        session_confirm: (token) => this.#confirmed(token),
        bot_uttered: (said) => this.#answered(said),
        visitor_uttered: (said) => this.#echoed(said),
        conversation_deleted: () => this.#clear("deleted"),
      },
    });
    this.listeners = new AbortController();
    addEventListener("storage", (event) => this.#stored(event), { signal: this.listeners.signal });
  }

  get isBegun() {
    return this.store.token !== null;
  }

  begin() {
    if (!this.#watches) watchForWaking(() => this.#wake(), this.listeners.signal);
    this.#watches = true;
    this.#adopt();
    this.line.open();
  }

  end() {
    this.listeners.abort();
    this.line.close();
    Object.values(this.#timers).forEach(clearTimeout);
  }

  say(text, payload = text) {
    const time = Date.now() / 1000;
    this.#hold({ id: randomId(), from: "visitor", text, payload, time, state: "waiting" });
  }

  // Said again means said now, so it moves below what was said since.
  retry(message) {
    this.messages.remove(message);
    // What was not received may have gone into a dead line that still looks open.
    if (this.#ready && !this.#inFlight) this.line.renew();
    this.#hold({ ...message, state: "waiting" });
  }

  // Whether the server has deleted the conversation; then it is gone here as well.
  async delete() {
    if (!this.store.token) {
      // The server knows nothing of it yet.
      if (this.store.outbox.length) this.#clear();
      return true;
    }
    try {
      const { deleted } = await this.line.ask("conversation_delete", { session_id: this.#token }, DELETED_MS);
      if (deleted && this.#token) this.#clear("deleted");
      return Boolean(deleted);
    } catch {
      // Another tab can hear of it first, and this one from that.
      return !this.store.token;
    }
  }

  // How many of the assistant's messages have come since the visitor last had them before them.
  get unseen() {
    const seen = this.store.seen;
    return this.messages.list.filter(({ from, time }) => from === "assistant" && time > seen).length;
  }

  see() {
    this.store.seen = this.messages.newest;
  }

  #hold(message) {
    this.store.keep(message);
    if (this.#token && !this.store.token) this.store.token = this.#token;
    this.messages.add(message);
    this.line.open();
    this.#sendNext();
  }

  // What an earlier visit or another tab left unsent. If that tab sends it too, the server knows.
  #adopt() {
    for (const { id, text, payload, time } of this.store.outbox) {
      if (this.messages.find(id)) continue;
      const message = { id, from: "visitor", text, payload, time, state: "waiting" };
      this.messages.add(message, { old: !this.#fetched });
    }
  }

  #join() {
    this.#asked = this.store.token;
    this.line.send("session_request", { session_id: this.#asked });
  }

  #lineIs(state) {
    if (state === "connected") return;
    this.#ready = false;
    this.#is(state);
    this.#unflown();
    if (state === "idle") this.#reached();
    else this.#timers.offer ??= setTimeout(() => this.#offer("unreachable"), UNREACHABLE_MS);
  }

  #offer(why) {
    this.#offered = why;
    this.#tell("offer", why);
  }

  #reached() {
    clearTimeout(this.#timers.offer);
    delete this.#timers.offer;
  }

  #is(state) {
    this.state = state;
    this.#tell("state", state);
  }

  // The message on its way may have arrived; it waits, and the history will tell.
  #unflown() {
    clearTimeout(this.#timers.patience);
    if (this.#inFlight) this.messages.set(this.#inFlight, "waiting");
    this.#inFlight = null;
    this.#tell("typing", false);
  }

  async #confirmed(token) {
    const kept = this.store.token;
    // Another tab has begun a conversation while this one was asking for its own.
    if (kept && kept !== token && kept !== this.#asked) return this.#join();
    if (this.#asked && this.#asked !== token) this.#note("restarted");
    // What is shown was deleted while this page was asleep.
    if (this.#token && this.#token !== token && this.#token !== this.#asked) {
      this.messages.clear();
      this.#fetched = false;
      this.#adopt();
    }
    this.#token = token;
    if (kept || this.messages.hasVisitor) this.store.token = token;
    await this.#refresh();
    this.#sendNext();
  }

  // Ask for what was said, and set right what is shown here.
  async #refresh() {
    let answer = {};
    try {
      answer = await this.line.ask("history_request", { session_id: this.#token });
    } catch {
      // The line was alive a moment ago when the session has just been confirmed.
      if (this.#ready || this.line.state === "lost") return this.line.renew();
    }
    // While it loads, the server cannot read what was said.
    if (answer.messages && answer.ready !== false) this.#setRight(answer.messages);
    if (!this.#inFlight) this.#tell("typing", false);
    this.#ready = true;
    this.#reached();
    this.line.ready();
    const isLoading = answer.ready === false;
    this.#is(isLoading ? "loading" : "connected");
    if (isLoading) this.#offer("loading");
    else if (this.#offered !== "asked") this.#offer(null);
    // An answer that is just being said may be in the history no sooner than when it is complete.
    if (answer.busy) this.#tell("typing", true);
    if (isLoading || answer.busy) this.#timer("again", AGAIN_MS, () => this.#ready && this.#refresh());
  }

  #setRight(said) {
    for (const message of this.messages.merge(said, !this.#fetched)) this.#delivered(message);
    const last = said.slice(said.findLastIndex(({ from }) => from === "visitor") + 1);
    if (!this.#fetched && last.some(wantsContact)) this.#offer("asked");
    this.#fetched = true;
  }

  #note(words) {
    this.messages.add({ id: randomId(), from: "note", note: words, time: Date.now() / 1000 });
  }

  // One at a time, so that messages are answered in the order they were written.
  #sendNext() {
    const message = this.messages.list.find(({ state }) => state === "waiting");
    if (!this.#ready || this.#inFlight || !message) return;
    this.#inFlight = message;
    this.messages.set(message, "sending");
    this.#timer("patience", RECEIVED_MS, () => this.#finish(message, "failed"));
    const content = {
      message: message.payload,
      message_id: message.id,
      session_id: this.#token,
      metadata: { page_url: location.href.slice(0, 500) },
    };
    // The server acknowledges a message when its whole answer has been said and stored.
    this.line.send("user_uttered", content, (answer) => this.#acknowledged(message, answer));
  }

  #acknowledged(message, answer) {
    const outcome = answer?.outcome ?? "taken";
    const isTaken = outcome === "taken" || outcome === "repeated";
    this.#finish(message, isTaken ? "sent" : "failed");
    // Its answers may have been said while the line was broken; or no answer can be had yet.
    if (outcome === "repeated" || outcome === "loading") this.#refresh();
  }

  #finish(message, state) {
    if (state === "sent") this.#delivered(message);
    else this.messages.set(message, state);
    this.#tell("typing", false);
    if (message !== this.#inFlight) return;
    clearTimeout(this.#timers.patience);
    this.#inFlight = null;
    this.#sendNext();
  }

  #delivered(message) {
    this.store.drop(message.id);
    this.messages.set(message, "sent");
  }

  #answered(said) {
    const message = assistantSaid(said);
    if (message && !this.messages.find(message.id)) this.messages.add(message);
    if (!this.#inFlight) this.#tell("typing", false);
    if (wantsContact(said)) this.#offer("asked");
  }

  // The server has received a message: from here, or from another tab.
  #echoed(said) {
    const message = this.messages.find(said.message_id);
    if (message) this.messages.set(message, "sent");
    else this.messages.add(visitorSaid(said));
    // Whether this one is answered is seen anew.
    if (this.#offered === "asked") this.#offer(null);
    this.#tell("typing", true);
    if (message && message === this.#inFlight) {
      this.#timer("patience", ANSWERED_MS, () => this.#finish(message, "sent"));
    } else {
      this.#timer("typing", ANSWERED_MS, () => this.#tell("typing", false));
    }
  }

  #clear(words) {
    this.line.close();
    // Another tab may have begun a new one by now.
    if (this.store.token === this.#token) this.store.clear();
    clearTimeout(this.#timers.patience);
    this.#inFlight = this.#token = null;
    this.#fetched = false;
    this.#offer(null);
    this.messages.clear();
    if (words) this.#note(words);
  }

  // Another tab has begun the conversation, deleted it, or read on in it.
  #stored({ key }) {
    if (key !== null && key !== this.store.key) return;
    const token = this.store.token;
    if (!token && this.#token && this.messages.hasVisitor) this.#clear("deleted");
    else if (token && token !== this.#token && !this.messages.hasVisitor) this.#follow();
    this.#tell("seen");
  }

  #follow() {
    this.#fetched = false;
    if (this.#ready) this.#join();
    else this.begin();
  }

  // The page is looked at again: is the line alive, and what was said meanwhile?
  #wake() {
    if (document.hidden || this.line.state === "idle") return;
    this.#adopt();
    if (this.#ready) this.#refresh().then(() => this.#sendNext());
    else this.line.renew();
  }

  #timer(name, milliseconds, action) {
    clearTimeout(this.#timers[name]);
    this.#timers[name] = setTimeout(action, milliseconds);
  }

  #tell(event, detail) {
    this.dispatchEvent(new CustomEvent(event, { detail }));
  }
}
