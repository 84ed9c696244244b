// The messages. What was said earlier is in a part of its own, outside of the live region, so that
// a screen reader announces what is new and never the history.

import { button, icon, make } from "./dom.js";
import { withLinks } from "./text.js";

const DAY_MS = 86_400_000;
const NEAR_END = 60;

export class Thread {
  #elements = new Map();
  #atEnd = true;
  #top = 0;

  // press(button), retry(message): what the visitor does here.
  constructor(conversation, words, language, { press, retry }) {
    Object.assign(this, { conversation, words, press, retry });
    this.time = new Intl.DateTimeFormat(language, { timeStyle: "short" });
    this.date = new Intl.DateTimeFormat(language, { dateStyle: "long" });
    this.earlier = make("div", { className: "earlier", role: "group", "aria-label": words.earlier });
    this.log = make("div", { className: "log", role: "log", "aria-label": words.conversation });
    const greeting = make("div", { className: "message assistant greeting" },
      make("div", { className: "bubble", dir: "auto" }, ...withLinks(words.greeting)));
    this.scroller = make("div", { className: "scroller", role: "region", "aria-label": words.conversation, tabIndex: 0 },
      greeting, this.earlier, this.log);
    this.newest = button("newest", icon("down"), () => this.toEnd(), { "aria-label": words.newest, hidden: true });
    this.scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.observer = new ResizeObserver(() => this.#atEnd && this.toEnd());
    this.observer.observe(this.scroller);
    for (const message of conversation.messages.list) this.add({ message, old: true });
  }

  add({ message, before, old }) {
    const element = this.#make(message);
    this.#elements.set(message, element);
    const next = this.#elements.get(before);
    // Not into the live region: the history is not news.
    if (next && !(old && next === this.log.firstChild)) next.before(element);
    else (old ? this.earlier : this.log).append(element);
    if (!old) element.classList.add("new");
    this.#dress(message);
    const place = this.conversation.messages.list.indexOf(message);
    for (const near of [place - 1, place + 1]) this.#dress(this.conversation.messages.list[near]);
    if (this.#atEnd || (message.from === "visitor" && !old)) this.toEnd();
  }

  change(message) {
    this.#dress(message);
    if (this.#atEnd) this.toEnd();
  }

  remove(message) {
    this.#elements.get(message).remove();
    this.#elements.delete(message);
  }

  clear() {
    this.#elements.clear();
    this.earlier.replaceChildren();
    this.log.replaceChildren();
  }

  toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#atEnd = true;
    this.newest.hidden = true;
  }

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    const isNear = scrollHeight - scrollTop - clientHeight < NEAR_END;
    // Only the visitor leaves the end: a notice that takes room below does not.
    this.#atEnd = isNear || (this.#atEnd && scrollTop >= this.#top);
    this.#top = scrollTop;
    this.newest.hidden = this.#atEnd;
  }

  #make(message) {
    const { from, note, text } = message;
    const speaker = this.words[from] && make("span", { className: "unseen", textContent: `${this.words[from]} ` });
    const parts = withLinks(note ? this.words[note] : text);
    return make("div", { className: `message ${from}` },
      make("p", { className: "day" }),
      speaker,
      make("div", { className: "bubble", dir: "auto" }, ...parts),
      // Its changes are no messages.
      make("div", { className: "meta", "aria-live": "off" }));
  }

  // Everything about a message that depends on its state and its neighbours.
  #dress(message) {
    const element = this.#elements.get(message);
    if (!element) return;
    const messages = this.conversation.messages.list;
    const place = messages.indexOf(message);
    const [previous, next] = [messages[place - 1], messages[place + 1]];
    element.dataset.state = message.state ?? "";
    element.classList.toggle("turn", previous?.from !== message.from);
    element.classList.toggle("last", message.from !== "note" && next?.from !== message.from);
    const day = element.querySelector(".day");
    day.textContent = this.#day(previous, message);
    day.hidden = !day.textContent;
    this.#describe(message, element.querySelector(".meta"));
    this.#offer(message, element);
  }

  // The day, above its first message; nothing above a conversation that began today.
  #day(previous, { time }) {
    const day = this.date.format(time * 1000);
    const today = this.date.format(Date.now());
    if (previous ? day === this.date.format(previous.time * 1000) : day === today) return "";
    if (day === today) return this.words.today;
    return day === this.date.format(Date.now() - DAY_MS) ? this.words.yesterday : day;
  }

  #describe(message, meta) {
    const { state, time } = message;
    // Made anew, a button would lose the focus.
    const key = `${state} ${time}`;
    if (meta.dataset.key === key) return;
    meta.dataset.key = key;
    const moment = new Date(time * 1000);
    const clock = make("time", { dateTime: moment.toISOString(), textContent: this.time.format(moment) });
    if (!state) return meta.replaceChildren(clock);
    const words = make("span", { textContent: this.words[state] });
    if (state === "failed") meta.replaceChildren(words, button("", this.words.retry, () => this.retry(message)));
    else meta.replaceChildren(...(state === "sent" ? [clock, "·"] : []), words);
  }

  #offer(message, element) {
    const had = element.querySelector(".choices");
    if (Boolean(had) === Boolean(message.buttons)) return;
    had?.remove();
    if (!message.buttons) return;
    element.append(make("div", { className: "choices" },
      ...message.buttons.map((choice) => button("", choice.title, () => this.press(choice), { dir: "auto" }))));
  }
}
