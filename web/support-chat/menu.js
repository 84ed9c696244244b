// The three dots and what is below them.

import { button, icon, make } from "./dom.js";

export class Menu {
  // choices: [[words, what to do], …]
  constructor(label, choices) {
    this.opener = button("tool", icon("more"), () => this.toggle(), { "aria-label": label, "aria-expanded": "false" });
    this.list = make("div", { className: "menu", hidden: true },
      ...choices.map(([words, act]) => button("", words, () => { this.toggle(false); act(); })));
    this.element = make("div", { className: "bar" }, this.opener, this.list);
    this.element.addEventListener("keydown", (event) => this.#pressed(event));
    this.element.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget && !this.element.contains(relatedTarget)) this.toggle(false);
    });
  }

  get isOpen() {
    return !this.list.hidden;
  }

  toggle(isOpen = !this.isOpen) {
    this.list.hidden = !isOpen;
    this.opener.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) this.list.firstElementChild.focus();
  }

  #pressed(event) {
    if (!this.isOpen) return;
    if (event.key === "Escape") {
      this.toggle(false);
      this.opener.focus();
      // Or the whole window would close with it.
      event.stopPropagation();
      event.preventDefault();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const items = [...this.list.children];
    const place = items.indexOf(this.list.getRootNode().activeElement);
    items.at((place + step) % items.length).focus();
  }
}
