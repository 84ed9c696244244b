// The line to the server: Rasa's Socket.IO events, and whether they get through.

const SCRIPT = "../vendor/socket.io.esm.min.js";
const LIVENESS_MS = 5000;

// States: connecting, connected, lost, broken (the client itself could not be loaded).
export class Line {
  #socket = null;
  #state = "idle";
  #tries = 0;

  // hear: {event: what to do with its content}; welcome: called with each new connection, before
  // anything can be sent; change: called with each new state.
  constructor(server, { hear, welcome, change }) {
    Object.assign(this, { server, hear, welcome, change });
  }

  get state() {
    return this.#state;
  }

  async open() {
    if (this.#socket || this.#state === "connecting") return;
    this.#become("connecting");
    let io;
    try {
      ({ io } = await import(this.#tries ? `${SCRIPT}?${this.#tries}` : SCRIPT));
    } catch {
      // Browsers remember that an address failed.
      this.#tries += 1;
      return this.#become("broken");
    }
    if (this.#state !== "connecting") return;
    const { origin, pathname } = new URL(this.server);
    const socket = io(origin, {
      path: `${pathname.replace(/\/$/, "")}/socket.io`,
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      withCredentials: false,
      forceNew: true,
    });
    this.#socket = socket;
    socket.on("connect", () => this.welcome());
    socket.on("connect_error", () => this.#become("lost"));
    socket.on("disconnect", (reason) => {
      this.#become(reason === "io client disconnect" ? "connecting" : "lost");
      if (reason === "io server disconnect") socket.connect();
    });
    for (const [event, listener] of Object.entries(this.hear)) socket.on(event, listener);
  }

  close() {
    this.#become("idle");
    this.#socket?.removeAllListeners().disconnect();
    this.#socket = null;
  }

  // To be called when the welcome has been answered.
  ready() {
    this.#become("connected");
  }

  // acknowledged: at most one function, called with what the server answers.
  send(event, content, ...acknowledged) {
    this.#socket.emit(event, content, ...acknowledged);
  }

  // What the server answers; rejects when it does not.
  ask(event, content, milliseconds = LIVENESS_MS) {
    if (!this.#socket?.connected) return Promise.reject(new Error("not connected"));
    return this.#socket.timeout(milliseconds).emitWithAck(event, content);
  }

  // A line can be dead and look open, after a laptop slept say: take a new one.
  renew() {
    if (this.#state === "broken") this.open();
    this.#socket?.disconnect().connect();
  }

  #become(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.change(state);
  }
}
