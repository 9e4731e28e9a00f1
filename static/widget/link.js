// One socket that comes back: hello first, a pulse, back-off with jitter. It knows nothing of messages.

const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;
const PULSE_EVERY = 20_000;
const SILENCE = 35_000;

export class Link {
  #socket = null;
  #wait = FIRST_WAIT;
  #timer = 0;
  #pulse = 0;
  #heard = 0;
  #ended = false;
  #connecting = false;

  /** hooks: url, hello() → frame (async), frame(data), pulse() → frame, status("open" | "lost"), closed(code) */
  constructor(hooks) {
    this.hooks = hooks;
    this.wake = () => this.connect();
    this.sleep = () => this.#drop();
    addEventListener("online", this.wake);
    addEventListener("offline", this.sleep);
  }

  async connect() {
    clearTimeout(this.#timer);
    if (this.#ended || this.#connecting || this.#socket) return;
    this.#connecting = true;
    try {
      const hello = await this.hooks.hello(); // first: an open socket waits only three seconds for it
      const socket = await opened(this.hooks.url);
      this.#take(socket, hello);
    } catch {
      this.#again();
    } finally {
      this.#connecting = false;
    }
  }

  /** Begin again at once, with a new hello. */
  restart() {
    this.#wait = 0;
    this.#drop();
  }

  send(frame) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  /** The server knows us: the next loss starts again with a short wait. */
  settled() {
    this.#wait = FIRST_WAIT;
    this.hooks.status("open");
  }

  end() {
    this.#ended = true;
    clearTimeout(this.#timer);
    clearInterval(this.#pulse);
    removeEventListener("online", this.wake);
    removeEventListener("offline", this.sleep);
    this.#socket?.close();
  }

  #take(socket, hello) {
    if (this.#ended) return socket.close();
    this.#socket = socket;
    this.#heard = Date.now();
    this.#pulse = setInterval(() => this.#beat(), PULSE_EVERY);
    socket.addEventListener("message", (event) => this.#frame(event));
    socket.addEventListener("close", (event) => this.#socket === socket && this.#lost(event.code));
    return socket.send(JSON.stringify(hello));
  }

  #frame(event) {
    this.#heard = Date.now();
    this.hooks.frame(JSON.parse(event.data));
  }

  #beat() {
    if (Date.now() - this.#heard > SILENCE) this.#drop();
    else this.send(this.hooks.pulse());
  }

  /** A dead wire may take a minute to say so: don't wait for its close. */
  #drop() {
    const socket = this.#socket;
    if (!socket) return;
    this.#lost(0);
    socket.close();
  }

  #lost(code) {
    clearInterval(this.#pulse);
    this.#socket = null;
    if (this.#ended) return;
    this.hooks.closed?.(code);
    this.#again();
  }

  #again() {
    if (this.#ended) return;
    if (this.#wait) this.hooks.status("lost");
    this.#timer = setTimeout(() => this.connect(), this.#wait * (0.7 + 0.6 * Math.random()));
    this.#wait = Math.min(Math.max(this.#wait * 2, FIRST_WAIT), LONGEST_WAIT);
  }
}

function opened(url) {
  const socket = new WebSocket(url);
  return new Promise((resolve, reject) => {
    socket.addEventListener("open", () => resolve(socket), { once: true });
    socket.addEventListener("close", reject, { once: true });
  });
}
