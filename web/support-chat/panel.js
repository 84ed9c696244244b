// The chat's window: head, messages, composer; and in their place the contact form, or the question
// whether to delete.

import { Composer } from "./composer.js";
import { Contact } from "./contact.js";
import { button, icon, isComposing, make } from "./dom.js";
import { Menu } from "./menu.js";
import { SMALL } from "./style.js";
import { Thread } from "./thread.js";

const LONG_MS = 2_000;

export class Panel {
  // settings: {words, language, privacy, addresses}; closed(): called when the window has closed.
  constructor(conversation, settings, closed) {
    Object.assign(this, { conversation, closed, words: settings.words });
    this.small = matchMedia(SMALL);
    this.thread = new Thread(conversation, settings.words, settings.language, {
      press: (choice) => this.#press(choice),
      retry: (message) => this.#retry(message),
    });
    this.composer = new Composer(this.words, (text) => conversation.say(text));
    this.contact = new Contact(this.words, settings.addresses, () => conversation.store.token, () => this.#view("chat"));
    this.question = this.#makeQuestion();
    this.chat = this.#makeChat(settings.privacy);
    this.views = { chat: this.chat, contact: this.contact.element, delete: this.question };
    this.element = make("dialog", { className: "panel", "aria-labelledby": "title" },
      this.#makeHead(), ...Object.values(this.views));
    this.#listen();
  }

  get isOpen() {
    return this.element.open;
  }

  // isAsked: the visitor has asked for it, so the focus comes along.
  open(isAsked) {
    if (this.isOpen) return;
    if (this.small.matches) {
      this.element.showModal();
      this.#measure();
    } else {
      // Not show(), which takes the focus even when nobody has asked.
      this.element.open = true;
    }
    this.thread.toEnd();
    this.conversation.see();
    if (isAsked) this.focus();
  }

  close() {
    if (!this.isOpen) return;
    this.menu.toggle(false);
    this.element.close();
  }

  focus() {
    if (!this.contact.element.hidden) return this.contact.title.focus();
    if (!this.question.hidden) return this.questionTitle.focus();
    // On a touch screen focus in the field would open the keyboard over the greeting.
    (matchMedia("(hover: none)").matches ? this.thread.scroller : this.composer.field).focus();
  }

  end() {
    this.listeners.abort();
    clearTimeout(this.patience);
    this.thread.observer.disconnect();
  }

  #makeHead() {
    this.connection = make("p", { className: "connection", role: "status", dir: "auto" });
    this.menu = new Menu(this.words.more, [
      [this.words.leave, () => this.#view("contact")],
      [this.words.delete, () => this.#view("delete")],
    ]);
    return make("header", {},
      make("span", { className: "mark" }, icon("chat")),
      make("div", { className: "titles" },
        make("h2", { id: "title", textContent: this.words.heading, dir: "auto" }), this.connection),
      this.menu.element,
      button("tool", icon("close"), () => this.close(), { "aria-label": this.words.close }));
  }

  #makeChat(privacy) {
    this.typing = make("div", { className: "typing" }, make("i"), make("i"), make("i"));
    this.typingWords = make("p", { className: "unseen", role: "status" });
    this.spoken = make("p", { className: "unseen", role: "status" });
    this.thread.scroller.append(this.typing);
    this.offer = make("p", { role: "status", dir: "auto" });
    const leave = button("outlined", this.words.leave, () => this.#view("contact"));
    const notice = make("div", { className: "notice" }, this.offer, leave);
    const link = privacy && make("a", { href: privacy, target: "_blank", rel: "noopener", textContent: this.words.privacy });
    const stored = make("p", { className: "privacy", dir: "auto" }, this.words.stored, link ? " " : "", link || null);
    return make("section", { className: "view" }, this.thread.scroller, this.typingWords, this.spoken,
      make("div", { className: "foot" }, this.thread.newest, notice, this.composer.element, stored));
  }

  #makeQuestion() {
    this.refusal = make("p", { className: "problem", role: "alert" });
    this.questionTitle = make("h3", { textContent: this.words.delete_question, tabIndex: -1, dir: "auto" });
    return make("section", { className: "view page", hidden: true, "aria-label": this.words.delete },
      make("div", { className: "body" }, this.questionTitle, make("p", { textContent: this.words.delete_text, dir: "auto" }), this.refusal,
        make("div", { className: "row" },
          button("filled danger", this.words.delete_yes, () => this.#delete()),
          button("outlined", this.words.cancel, () => this.#view("chat")))));
  }

  #listen() {
    const { conversation, thread } = this;
    this.listeners = new AbortController();
    const { signal } = this.listeners;
    const on = (event, listener) => conversation.addEventListener(event, ({ detail }) => listener(detail), { signal });
    on("added", (added) => {
      thread.add(added);
      if (this.isOpen) conversation.see();
    });
    on("changed", (message) => {
      thread.change(message);
      this.spoken.textContent = message.state === "failed" ? this.words.failed : "";
    });
    on("removed", (message) => thread.remove(message));
    on("cleared", () => {
      thread.clear();
      this.composer.field.value = "";
      this.contact.clear();
    });
    on("state", (state) => this.#state(state));
    on("typing", (isTyping) => this.#type(isTyping));
    on("offer", (why) => {
      this.offer.textContent = why ? this.words[`offer_${why}`] : "";
      this.offer.parentElement.classList.toggle("shown", Boolean(why));
    });
    this.element.addEventListener("close", () => this.closed());
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented && !isComposing(event)) this.close();
    });
    this.small.addEventListener("change", () => this.#reopen(), { signal });
    visualViewport?.addEventListener("resize", () => this.#measure(), { signal });
    visualViewport?.addEventListener("scroll", () => this.#measure(), { signal });
    this.#state(conversation.state);
  }

  #state(state) {
    this.connection.className = `connection ${state}`;
    this.connection.textContent = this.words[state] ?? "";
  }

  // Said only of a long wait: most answers are there sooner, and are announced themselves.
  #type(isTyping) {
    if (isTyping === this.typing.classList.contains("shown")) return;
    this.typing.classList.toggle("shown", isTyping);
    clearTimeout(this.patience);
    this.typingWords.textContent = "";
    if (isTyping) this.patience = setTimeout(() => { this.typingWords.textContent = this.words.typing; }, LONG_MS);
  }

  // What the on-screen keyboard leaves of the screen.
  #measure() {
    if (!this.isOpen || !visualViewport || visualViewport.scale > 1.05) return;
    const { height, offsetTop } = visualViewport;
    this.element.style.setProperty("--room", `${height}px`);
    this.element.style.setProperty("--room-top", `${offsetTop}px`);
  }

  // Between a window beside the page and one that fills the screen, and is modal.
  #reopen() {
    if (!this.isOpen) return;
    const had = this.element.getRootNode().activeElement;
    const closed = this.closed;
    this.closed = () => {};
    this.element.addEventListener("close", () => { this.closed = closed; }, { once: true });
    this.element.close();
    this.open(false);
    had?.focus();
  }

  #view(name) {
    for (const [each, element] of Object.entries(this.views)) element.hidden = each !== name;
    this.refusal.textContent = "";
    if (name === "contact") this.contact.show();
    else if (name === "delete") this.questionTitle.focus();
    else {
      this.thread.toEnd();
      this.focus();
    }
  }

  #press({ title, payload }) {
    this.conversation.say(title, payload);
    this.focus();
  }

  #retry(message) {
    this.conversation.retry(message);
    this.focus();
  }

  async #delete() {
    if (await this.conversation.delete()) this.#view("chat");
    else this.refusal.textContent = this.words.delete_failed;
  }
}
