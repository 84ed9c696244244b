// Making elements. Text goes in as text, never as markup, and nothing needs a style attribute:
// both hold under the strictest Content-Security-Policy.

const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  chat: "M5 3.5h14A2.5 2.5 0 0 1 21.5 6v8.5A2.5 2.5 0 0 1 19 17h-6.2l-4.5 3.8a.8.8 0 0 1-1.3-.6V17H5a2.5 2.5 0 0 1-2.5-2.5V6A2.5 2.5 0 0 1 5 3.5Z",
  close: "m6.7 5.3 5.3 5.3 5.3-5.3 1.4 1.4-5.3 5.3 5.3 5.3-1.4 1.4-5.3-5.3-5.3 5.3-1.4-1.4 5.3-5.3-5.3-5.3Z",
  down: "m12 16.2-7.2-7.2 1.5-1.5 5.7 5.7 5.7-5.7L19.2 9Z",
  more: "M12 4a2 2 0 1 1 0 4 2 2 0 0 1 0-4Zm0 6a2 2 0 1 1 0 4 2 2 0 0 1 0-4Zm0 6a2 2 0 1 1 0 4 2 2 0 0 1 0-4Z",
  send: "M3.7 4.3a.9.9 0 0 1 1.25-1.05l15.9 7.9a.95.95 0 0 1 0 1.7l-15.9 7.9a.9.9 0 0 1-1.25-1.05L5.9 13l7.6-1-7.6-1Z",
  back: "m15.3 4.8 1.5 1.5L11.1 12l5.7 5.7-1.5 1.5L8.1 12Z",
};

// Properties with a dash, and role, are attributes; the rest are the element's own.
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "role" || name.includes("-")) element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

export function button(className, children, onclick, properties = {}) {
  return make("button", { type: "button", className, onclick, ...properties }, ...[children].flat());
}

export function icon(name) {
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  const image = document.createElementNS(SVG, "svg");
  image.setAttribute("viewBox", "0 0 24 24");
  image.setAttribute("aria-hidden", "true");
  image.classList.add(name);
  image.append(path);
  return image;
}

// While a word is being composed, in Japanese say, keys only serve that. Safari ends it too early.
export function isComposing({ isComposing, keyCode }) {
  return isComposing || keyCode === 229;
}
