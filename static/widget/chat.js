// One customer's conversation: what was said, what waits to be acknowledged, and whose turn it is.
// Events: fresh (messages), again (a message that was unfinished), pending, state, typing, status ("open" | "lost"), notice (sentence), reset.

import { Link } from "./link.js";
import { Log } from "./log.js";

const BAD_IDENTITY = 4001;

export class Chat extends EventTarget {
  log = new Log();
  state = null;
  #welcomed = false;
  #typedAt = 0;

  /** identity: { token() → Promise<string>, refused() }, memory: Memory of this customer */
  constructor(url, identity, memory) {
    super();
    this.identity = identity;
    this.memory = memory;
    this.conversation = memory.get("conversation");
    this.pending = memory.get("pending", []);
    this.link = new Link({
      url,
      hello: () => this.#hello(),
      frame: (frame) => this.#heard(frame),
      pulse: () => ({ type: "sync", after_seq: this.log.last }),
      status: (status) => this.#status(status),
      closed: (code) => code === BAD_IDENTITY && identity.refused(),
    });
  }

  start() {
    this.link.connect();
  }

  end() {
    this.link.end();
  }

  say(text) {
    this.#meetOtherTabs();
    const words = { client_id: newId(), text, seq: 0, failed: "" };
    this.#keep([...this.pending, words]);
    this.#send(words);
  }

  again(clientId) {
    const words = this.pending.find((each) => each.client_id === clientId);
    if (!words) return;
    words.failed = "";
    this.#keep(this.pending);
    this.#send(words);
  }

  drop(clientId) {
    this.#keep(this.pending.filter((words) => words.client_id !== clientId));
  }

  typing() {
    if (Date.now() - this.#typedAt < 2500 || !this.conversation) return;
    this.#typedAt = Date.now();
    this.link.send({ type: "typing" });
  }

  /** { seen: true }, { later: true } or { score, comment } */
  survey(said) {
    return this.link.send({ type: "survey", ...said });
  }

  /** Another tab of this customer may have opened the conversation meanwhile. */
  #meetOtherTabs() {
    const opened = this.memory.get("conversation");
    if (this.conversation || !opened) return;
    this.conversation = opened;
    this.#welcomed = false;
    this.link.restart();
  }

  async #hello() {
    const token = await this.identity.token();
    return { type: "hello", token, conversation: this.conversation ?? undefined, after_seq: this.log.last };
  }

  #heard(frame) {
    const acts = {
      welcome: () => this.#welcome(frame),
      messages: () => this.#take(frame.messages),
      ack: () => this.#ack(frame),
      refused: () => this.#refused(frame),
      state: () => this.#turn(frame.status ? frame : null),
      typing: () => this.#tell("typing", frame.name),
      notice: () => this.#tell("notice", frame.reason),
    };
    acts[frame.type]?.();
  }

  #welcome(frame) {
    this.#welcomed = true;
    this.link.settled();
    if (frame.conversation) this.#turn(frame.state);
    this.#take(frame.messages);
    this.pending.filter((words) => !words.seq && !words.failed).forEach((words) => this.#send(words));
  }

  #take(messages) {
    const { fresh, again, gap } = this.log.add(messages);
    const mine = new Set(fresh.map((message) => message.client_id));
    if (fresh.length) this.#keep(this.pending.filter((words) => !mine.has(words.client_id)));
    if (again) this.#tell("again", again);
    if (fresh.length) this.#tell("fresh", fresh);
    if (gap) this.link.send({ type: "sync", after_seq: this.log.last });
  }

  #ack(frame) {
    if (this.conversation && this.conversation !== frame.conversation) this.#forget();
    this.conversation = frame.conversation;
    this.memory.set("conversation", frame.conversation);
    const words = this.pending.find((each) => each.client_id === frame.client_id);
    if (words) words.seq = frame.seq;
    this.#keep(this.pending);
  }

  #refused(frame) {
    const words = this.pending.find((each) => each.client_id === frame.client_id);
    if (words) {
      words.failed = frame.reason;
      return this.#keep(this.pending);
    }
    if (this.conversation && !frame.client_id) return this.#forget();
    return this.#tell("notice", frame.reason);
  }

  #forget() {
    this.conversation = null;
    this.memory.set("conversation", null);
    this.log = new Log();
    this.state = null;
    this.#tell("reset");
  }

  #turn(state) {
    this.state = state;
    this.#tell("state", state);
  }

  #send(words) {
    if (this.#welcomed) this.link.send({ type: "say", client_id: words.client_id, text: words.text });
  }

  #status(status) {
    if (status === "lost") this.#welcomed = false;
    this.#tell("status", status);
  }

  #keep(pending) {
    this.pending = pending;
    this.memory.set("pending", pending.filter((words) => !words.seq));
    this.#tell("pending", pending);
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

function newId() {
  // randomUUID is missing on plain http hosts other than localhost
  return crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}
