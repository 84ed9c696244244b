// <support-chat>: the web chat, for any page of any site.
//
//   <script type="module" src="https://chat.example.com/chat/support-chat.js"></script>
//   <support-chat></support-chat>
//
// Attributes, colours and words: docs/web-chat.md.

import { palette } from "./support-chat/colour.js";
import { Conversation } from "./support-chat/conversation.js";
import { button, icon, make } from "./support-chat/dom.js";
import { Panel } from "./support-chat/panel.js";
import { SMALL, styleSheet } from "./support-chat/style.js";
import { filled } from "./support-chat/text.js";
import { directionOf, wordsFor } from "./support-chat/words.js";

const SERVER = new URL("..", import.meta.url).href;
const ACCENT = "#0f766e";

class SupportChat extends HTMLElement {
  static observedAttributes = [
    "server", "heading", "greeting", "lang", "position", "accent", "theme", "privacy", "contact", "contact-fallback",
  ];

  #words = {};
  #conversation = null;
  #panel = null;
  #dark = matchMedia("(prefers-color-scheme: dark)");
  #listeners = null;

  // Words of the owner's own, by the names in words.js.
  get words() {
    return this.#words;
  }

  set words(words) {
    const isSame = JSON.stringify(words) === JSON.stringify(this.#words);
    this.#words = { ...words };
    if (!isSame) this.#rebuild();
  }

  // Open the window, as the button does.
  show() {
    this.#open(true);
  }

  // Close the window.
  close() {
    this.#panel?.close();
  }

  connectedCallback() {
    // Set before this script had come.
    if (Object.hasOwn(this, "words")) {
      this.#words = { ...this.words };
      delete this.words;
    }
    if (!this.shadowRoot) {
      this.attachShadow({ mode: "open" }).adoptedStyleSheets = [styleSheet()];
    }
    this.#build();
    const isRoomy = !matchMedia(SMALL).matches;
    if (this.hasAttribute("open") && isRoomy) this.#open(false);
    else if (this.#conversation.isBegun) this.#later(() => this.#conversation?.begin());
  }

  disconnectedCallback() {
    this.#end();
  }

  attributeChangedCallback(name, before, now) {
    if (before === now || !this.#conversation) return;
    if (name === "theme" || name === "accent") this.#colour();
    else if (name === "position") this.#place();
    else this.#rebuild();
  }

  get #server() {
    return new URL(this.getAttribute("server") || SERVER, document.baseURI).href.replace(/\/+$/, "");
  }

  get #language() {
    const wanted = (this.closest("[lang]")?.lang || "en").replaceAll("_", "-");
    try {
      return Intl.DateTimeFormat.supportedLocalesOf(wanted).length ? wanted : "en";
    } catch {
      return "en"; // what is no language, "english!" say
    }
  }

  #build() {
    const [server, language] = [this.#server, this.#language];
    const words = wordsFor(language);
    for (const name of ["heading", "greeting"]) words[name] = this.getAttribute(name) || words[name];
    Object.assign(words, this.#words);
    const addresses = [this.getAttribute("contact") || server, this.getAttribute("contact-fallback")];
    const settings = {
      words, language, privacy: webAddress(this.getAttribute("privacy")),
      addresses: addresses.filter(Boolean).map((address) => address.replace(/\/+$/, "")),
    };
    this.#conversation = new Conversation(server);
    this.#panel = new Panel(this.#conversation, settings, () => this.#closed());
    this.#frame(words, language);
    this.#listen(words);
    this.#colour();
  }

  #frame(words, language) {
    this.launcher = button("launcher", [icon("chat"), icon("down")], () => this.#toggle(),
      { "aria-expanded": "false", "aria-haspopup": "dialog" });
    this.launcher.lastElementChild.classList.replace("down", "close");
    this.count = make("span", { className: "count", hidden: true, "aria-hidden": "true" });
    this.launcher.append(this.count);
    this.news = make("p", { className: "unseen", role: "status" });
    this.root = make("div", { className: "root", lang: language, dir: directionOf(language) },
      this.news, this.launcher, this.#panel.element);
    this.#place();
    this.shadowRoot.replaceChildren(this.root);
    this.#count(words);
  }

  #listen(words) {
    this.#listeners = new AbortController();
    const { signal } = this.#listeners;
    for (const event of ["added", "seen", "cleared"]) {
      this.#conversation.addEventListener(event, () => this.#count(words), { signal });
    }
    this.#conversation.addEventListener("changed", ({ detail }) => {
      if (detail.state === "failed" && !this.#panel.isOpen) this.news.textContent = words.failed;
    }, { signal });
    this.#dark.addEventListener("change", () => this.#colour(), { signal });
  }

  #count(words) {
    const unseen = this.#panel.isOpen ? 0 : this.#conversation.unseen;
    const news = unseen ? filled(words.unseen, { count: unseen }) : "";
    const label = this.#panel.isOpen ? words.close : words.open;
    this.launcher.setAttribute("aria-label", news ? `${label} (${news})` : label);
    this.count.textContent = unseen > 99 ? "99+" : unseen;
    this.count.hidden = !unseen;
    if (this.news.textContent !== news) this.news.textContent = news;
  }

  #place() {
    const isLeft = (this.getAttribute("position") || (this.root.dir === "rtl" ? "left" : "right")) === "left";
    this.root.classList.toggle("left", isLeft);
  }

  #colour() {
    const theme = this.getAttribute("theme");
    const isDark = theme === "dark" || (theme !== "light" && this.#dark.matches);
    const asked = this.getAttribute("accent") || getComputedStyle(this).getPropertyValue("--support-chat-accent").trim();
    const colours = { ...palette(ACCENT, isDark), ...palette(asked, isDark) };
    this.root.dataset.theme = isDark ? "dark" : "light";
    this.root.style.setProperty("--accent", colours.accent);
    this.root.style.setProperty("--on-accent", colours.onAccent);
    this.root.style.setProperty("--accent-text", colours.accentText);
  }

  #toggle() {
    if (this.#panel.isOpen) this.#panel.close();
    else this.#open(true);
  }

  #open(isAsked) {
    if (!this.#panel) return;
    this.#conversation.begin();
    this.#panel.open(isAsked);
    this.launcher.setAttribute("aria-expanded", "true");
    this.#count(this.#panel.words);
  }

  #closed() {
    this.launcher.setAttribute("aria-expanded", "false");
    this.#count(this.#panel.words);
    this.launcher.focus();
  }

  // Never in the way of the page: not before it has been painted.
  #later(action) {
    (globalThis.requestIdleCallback ?? setTimeout)(action, { timeout: 2000 });
  }

  #rebuild() {
    if (!this.#conversation) return;
    const wasOpen = this.#panel.isOpen;
    const draft = this.#panel.composer.field.value;
    this.#end();
    this.#build();
    this.#panel.composer.field.value = draft;
    if (wasOpen) this.#open(false);
    else if (this.#conversation.isBegun) this.#conversation.begin();
  }

  #end() {
    this.#listeners?.abort();
    this.#panel?.end();
    this.#conversation?.end();
    this.#conversation = this.#panel = null;
  }
}

// Not a script: what the owner's page gets from elsewhere may end up in an attribute.
function webAddress(address) {
  if (!address) return null;
  try {
    const url = new URL(address, document.baseURI);
    return /^https?:$/.test(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

if (!customElements.get("support-chat")) customElements.define("support-chat", SupportChat);
