// The chat page: a visitor's end of Rasa's Socket.IO events (session_request, session_confirm,
// user_uttered, bot_uttered). What the assistant says comes from the server, always as text; the
// page's own words are in LABELS and in chat.html.

const LABELS = {
  connecting: "Connecting…",
  connected: "Connected",
  lost: "Connection lost. Trying again…",
  broken: "The chat could not be loaded. Please reload the page.",
  visitor: "You said: ",
  assistant: "The assistant said: ",
  waiting: "Waiting to be sent",
  doubtful: "This may not have arrived.",
  retry: "Try again",
  restarted: "The earlier conversation could not be continued. A new one starts here.",
};
const ANSWER_MS = 20_000;
const KEPT_MESSAGES = 200;
const STORE = "support-chat";

const [connection, log, typing, form, field] = ["connection", "log", "typing", "form", "field"].map(
  (id) => document.getElementById(id),
);

// token: the signed id of the conversation.
// messages: {from, text}; a visitor's also {payload, state: waiting | sent | answered | doubtful};
// an assistant's also {buttons: [{title, payload}]} while they can be pressed.
const chat = { token: null, messages: [], ...stored() };

// sessionStorage, not localStorage: the id that continues a conversation lives exactly as long as
// the messages that show what was said in it, and on a shared computer both end with the tab.
function stored() {
  try {
    return JSON.parse(sessionStorage.getItem(STORE));
  } catch {
    return null;
  }
}

function save() {
  chat.messages = chat.messages.slice(-KEPT_MESSAGES);
  try {
    sessionStorage.setItem(STORE, JSON.stringify(chat));
  } catch {
    // Storage that is full or forbidden costs the messages on reload, not the chat.
  }
}

const elements = new WeakMap();
let atEnd = true;

function make(tag, properties) {
  return Object.assign(document.createElement(tag), properties);
}

function makeButton(textContent, onclick) {
  return make("button", { type: "button", textContent, onclick });
}

const LINK = /(https?:\/\/[^\s<>"“”]+)|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+/gi;

// The dot that ends a sentence is not part of the address; nor is a bracket opened before it.
function trimmed(url) {
  const short = url.replace(/[.,;:!?'’*]+$/, "");
  return short.endsWith(")") && !short.includes("(") ? trimmed(short.slice(0, -1)) : short;
}

function withLinks(element, text) {
  let done = 0;
  for (const { 0: found, 1: url, index } of text.matchAll(LINK)) {
    const address = url ? trimmed(url) : found;
    const href = url ? address : `mailto:${address}`;
    const link = make("a", { href, textContent: address, rel: "noopener noreferrer" });
    if (url) link.target = "_blank";
    element.append(text.slice(done, index), link);
    done = index + address.length;
  }
  element.append(text.slice(done));
}

function show(message) {
  const element = make("div", { className: `message ${message.from}` });
  const bubble = make("div", { className: "bubble", dir: "auto" });
  const speaker = make("span", { className: "unseen", textContent: LABELS[message.from] ?? "" });
  if (message.from === "assistant") withLinks(bubble, message.text);
  else bubble.append(message.text);
  element.append(speaker, bubble, make("div", { className: "state" }));
  if (message.buttons) element.append(choices(message.buttons));
  elements.set(message, element);
  showState(message);
  log.append(element);
  if (atEnd || message.from === "visitor") log.scrollTop = log.scrollHeight;
  return element;
}

function showState(message) {
  const element = elements.get(message);
  const words = element.querySelector(".state");
  element.dataset.state = message.state ?? "";
  words.textContent = LABELS[message.state] ?? "";
  if (message.state === "doubtful") words.append(makeButton(LABELS.retry, () => retry(message)));
}

function choices(buttons) {
  const group = make("div", { className: "choices" });
  for (const { title, payload } of buttons) {
    group.append(makeButton(title, () => {
      say(title, payload);
      // On a touch screen focus in the field would open the keyboard over the answer.
      (matchMedia("(hover: none)").matches ? log : field).focus();
    }));
  }
  return group;
}

function dropChoices() {
  for (const message of chat.messages) delete message.buttons;
  for (const group of log.querySelectorAll(".choices")) group.remove();
}

function showConnection(state) {
  connection.className = `connection ${state}`;
  connection.textContent = LABELS[state];
}

function add(message) {
  // Buttons outlive further words of the assistant: one turn may say more after its question.
  if (message.from !== "assistant" || message.buttons) dropChoices();
  chat.messages.push(message);
  save();
  show(message).classList.add("new");
}

let socket;
let patience;
let inFlight = null;
let ready = false;

function say(text, payload = text) {
  add({ from: "visitor", text, payload, state: "waiting" });
  sendNext();
}

// One at a time, so that messages are answered in the order they were written.
function sendNext() {
  const message = chat.messages.find(({ state }) => state === "waiting");
  if (!ready || inFlight || !message) return;
  inFlight = message;
  // Stored as sent before it is: a reload in between must not send it twice.
  settle(message, "sent");
  typing.classList.add("shown");
  patience = setTimeout(() => finish(message, "doubtful"), ANSWER_MS);
  const metadata = { page_url: location.href };
  const content = { message: message.payload, session_id: chat.token, metadata };
  // The server acknowledges a message when its whole answer has been said.
  socket.emit("user_uttered", content, () => finish(message, "answered"));
}

function finish(message, state) {
  settle(message, state);
  if (message !== inFlight) return;
  clearTimeout(patience);
  inFlight = null;
  typing.classList.remove("shown");
  sendNext();
}

function settle(message, state) {
  message.state = state;
  showState(message);
  save();
}

// Said again means said now, so it moves below what was said since.
function retry(message) {
  chat.messages.splice(chat.messages.indexOf(message), 1);
  elements.get(message).remove();
  field.focus();
  // What was not answered may have gone into a dead line that still looks open: take a new one.
  if (ready && !inFlight) socket.disconnect().connect();
  say(message.text, message.payload);
}

function hear(said) {
  const attachment = said?.attachment?.payload?.src ?? said?.attachment;
  const text = [said?.text, attachment].filter((part) => typeof part === "string").join("\n").trim();
  const buttons = (said?.quick_replies ?? []).filter(({ title, payload }) => title && payload);
  if (!text) return;
  // An answer that comes after a break says that the message before it had arrived.
  if (chat.messages.at(-1)?.state === "doubtful") settle(chat.messages.at(-1), "answered");
  add({ from: "assistant", text, ...(buttons.length && { buttons }) });
}

function confirmed(token) {
  const renewed = chat.token && chat.token !== token && chat.messages.length;
  chat.token = token;
  if (renewed) add({ from: "note", text: LABELS.restarted });
  save();
  ready = true;
  showConnection("connected");
  sendNext();
}

function connect() {
  showConnection("connecting");
  socket = io({ transports: ["websocket", "polling"], tryAllTransports: true });
  socket.on("connect", () => socket.emit("session_request", { session_id: chat.token }));
  socket.on("session_confirm", confirmed);
  socket.on("bot_uttered", hear);
  socket.on("connect_error", () => showConnection("lost"));
  socket.on("disconnect", (reason) => {
    ready = false;
    showConnection("lost");
    // It may have arrived, and some answers must not be given twice: the visitor decides.
    if (inFlight) finish(inFlight, "doubtful");
    if (reason === "io server disconnect") socket.connect();
  });
}

function fit() {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + field.offsetHeight - field.clientHeight}px`;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = field.value.trim();
  field.value = "";
  fit();
  field.focus();
  if (text) say(text);
});
field.addEventListener("input", fit);
field.addEventListener("keydown", (event) => {
  // While a word is being composed, in Japanese say, Enter only accepts it.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});
log.addEventListener("scroll", () => {
  atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
});
new ResizeObserver(() => atEnd && (log.scrollTop = log.scrollHeight)).observe(log);

for (const message of chat.messages) {
  if (message.state === "sent") message.state = "doubtful";
  show(message);
}
if (globalThis.io) connect();
else showConnection("broken");
