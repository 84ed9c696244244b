// "Leave a message": the contact form, for when the assistant cannot help. Its fields, and all that
// it says about sending, come from the server; a second address is tried when the first fails.

import { button, icon, make } from "./dom.js";
import { filled, withLinks } from "./text.js";

const PATIENCE_MS = 10_000;

export class Contact {
  // addresses: of the servers, best first; token(): the conversation's id or null; leave(): back.
  constructor(words, addresses, token, leave) {
    Object.assign(this, { words, addresses, token });
    this.title = make("h3", { textContent: words.leave, tabIndex: -1 });
    this.body = make("div", { className: "body" });
    const back = button("tool back", icon("back"), leave, { "aria-label": words.back });
    this.leave = leave;
    this.element = make("section", { className: "view page", hidden: true, "aria-label": words.leave },
      make("div", { className: "page-head" }, back, this.title), this.body);
  }

  // What was typed stays when the visitor only looks back into the chat.
  async show() {
    this.title.focus();
    if (this.form) return;
    this.#say(this.words.form_loading);
    try {
      const response = await this.#ask((address) => fetch(`${address}/contact/form`, this.#post({})));
      if (!response.ok) throw new Error(`status ${response.status}`);
      this.#shape(await response.json());
    } catch {
      const page = make("a", { href: `${this.addresses[0]}/contact`, target: "_blank", rel: "noopener", textContent: this.words.form_page });
      this.#say(this.words.form_unreachable, page, button("outlined", this.words.retry, () => this.show()));
    }
  }

  // What was typed belongs to a conversation that is gone.
  clear() {
    this.form = null;
    this.body.replaceChildren();
    if (!this.element.hidden) this.show();
  }

  #say(text, ...more) {
    this.form = null;
    this.outcome = make("p", { className: "outcome", role: "status", dir: "auto", tabIndex: -1 });
    this.body.replaceChildren(this.outcome, ...more);
    // A status is announced when its words change, not when it comes with them.
    this.outcome.append(...withLinks(text));
  }

  #post(content) {
    return {
      method: "POST",
      credentials: "omit",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...content, session_id: this.token() }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    };
  }

  // The first answer that is no failure of the server's; else the last one; rejects without any.
  async #ask(call) {
    let answer, failure;
    for (const address of this.addresses) {
      try {
        answer = await call(address);
        if (answer.status < 500 && answer.status !== 404) return answer;
      } catch (error) {
        failure = error;
      }
    }
    if (!answer) throw failure;
    return answer;
  }

  #shape({ open, form_id, fields, message }) {
    if (!open) return this.#say(message);
    this.formId = form_id;
    this.fields = new Map(fields.map((field) => [field.name, this.#field(field)]));
    this.problem = make("p", { className: "problem", role: "alert", dir: "auto" });
    this.submit = make("button", { type: "submit", className: "filled", textContent: this.words.send });
    this.form = make("form", { className: "body", noValidate: true, onsubmit: (event) => this.#submitted(event) },
      ...[...this.fields.values()].map(({ element }) => element), this.problem, this.submit);
    const intro = message && make("p", { dir: "auto" }, ...withLinks(message));
    this.body.replaceChildren(...[intro, this.form].filter(Boolean));
  }

  #field({ name, type, label, required, autocomplete, max_length, value }) {
    const id = `contact-${name}`;
    const input = make(type === "textarea" ? "textarea" : "input", {
      id, name, value: value ?? "", required: Boolean(required), autocomplete: autocomplete ?? "off", dir: "auto",
      "aria-describedby": `${id}-problem`,
    });
    if (type !== "textarea") input.type = type;
    if (max_length) input.maxLength = max_length;
    const problem = make("p", { id: `${id}-problem`, className: "problem", dir: "auto" });
    const optional = required ? null : make("small", { textContent: ` (${this.words.form_optional})` });
    const element = make("div", { className: "field" }, make("label", { htmlFor: id }, label, optional), input, problem);
    return { element, input, problem };
  }

  #mark(name, words) {
    const { input, problem } = this.fields.get(name);
    problem.textContent = words;
    input.setAttribute("aria-invalid", String(Boolean(words)));
  }

  #complain(names, words) {
    for (const name of names) this.#mark(name, words);
    this.fields.get(names[0]).input.focus();
  }

  async #submitted(event) {
    event.preventDefault();
    if (this.isSending) return;
    const entries = [...this.fields];
    for (const [name] of entries) this.#mark(name, "");
    this.problem.textContent = "";
    const empty = entries.filter(([, { input }]) => input.required && !input.value.trim()).map(([name]) => name);
    if (empty.length) return this.#complain(empty, this.words.form_required);
    this.#sending(true);
    const values = Object.fromEntries(entries.map(([name, { input }]) => [name, input.value]));
    const content = { form_id: this.formId, page_url: location.href, values };
    try {
      await this.#answered(await this.#ask((address) => fetch(`${address}/contact`, this.#post(content))));
    } catch {
      this.problem.textContent = this.words.form_failed;
    }
    this.#sending(false);
  }

  async #answered(response) {
    const answer = await response.json();
    if (response.ok) {
      const reference = answer.reference && !answer.message.includes(answer.reference)
        ? `\n${filled(this.words.form_reference, answer)}` : "";
      this.#say(answer.message + reference, button("outlined", this.words.back, () => this.leave()));
      return this.outcome.focus();
    }
    // A form that has expired is replaced by this one.
    this.formId = answer.form_id ?? this.formId;
    const { field, message } = answer.error;
    if (this.fields.has(field)) this.#complain([field], message);
    else this.problem.textContent = message;
  }

  // Not `disabled`, which would take the focus away.
  #sending(isSending) {
    this.isSending = isSending;
    this.submit.setAttribute("aria-disabled", String(isSending));
    this.submit.textContent = isSending ? this.words.form_sending : this.words.send;
  }
}
