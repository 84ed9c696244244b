// Where the visitor writes.

import { icon, isComposing, make } from "./dom.js";

const LENGTH = 4000;

export class Composer {
  // say(text): called with what was written, when it is more than blanks.
  constructor(words, say) {
    this.say = say;
    this.field = make("textarea", {
      rows: 1, maxLength: LENGTH, placeholder: words.placeholder, autocomplete: "off", enterKeyHint: "send", dir: "auto",
      "aria-label": words.field,
    });
    const submit = make("button", { type: "submit", className: "submit", "aria-label": words.send }, icon("send"));
    this.element = make("form", { className: "composer", onsubmit: (event) => this.#submitted(event) }, this.field, submit);
    this.field.addEventListener("keydown", (event) => this.#pressed(event));
    if (!CSS.supports("field-sizing", "content")) this.field.addEventListener("input", () => this.#fit());
  }

  #submitted(event) {
    event.preventDefault();
    const text = this.field.value.trim();
    this.field.value = "";
    this.#fit();
    this.field.focus();
    if (text) this.say(text);
  }

  #pressed(event) {
    if (event.key !== "Enter" || event.shiftKey || isComposing(event)) return;
    event.preventDefault();
    this.element.requestSubmit();
  }

  #fit() {
    if (CSS.supports("field-sizing", "content")) return;
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight}px`;
  }
}
