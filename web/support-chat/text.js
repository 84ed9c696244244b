// What people and the assistant write, with addresses made into links and all else left as text.

import { make } from "./dom.js";

const LINK = /(https?:\/\/[^\s<>"“”]+)|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+/gi;

// The dot that ends a sentence is not part of the address; nor is a bracket opened before it.
function trimmed(url) {
  const short = url.replace(/[.,;:!?'’*]+$/, "");
  return short.endsWith(")") && !short.includes("(") ? trimmed(short.slice(0, -1)) : short;
}

export function withLinks(text) {
  const parts = [];
  let done = 0;
  for (const { 0: found, 1: url, index } of text.matchAll(LINK)) {
    const address = url ? trimmed(url) : found;
    const link = make("a", { textContent: address, rel: "noopener noreferrer" });
    link.href = url ? address : `mailto:${address}`;
    if (url) link.target = "_blank";
    parts.push(text.slice(done, index), link);
    done = index + address.length;
  }
  return [...parts, text.slice(done)];
}

// "Sent at {time}" with its values.
export function filled(words, values) {
  return words.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}
