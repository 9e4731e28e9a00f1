// Reads a reply out while it is being written: each sentence once, when it is complete, whatever the page redraws.

import { h } from "./markup.js";

const FORGET_AFTER = 5000;
const MARKS = /\s*\[\d{1,2}\]|[*_`]/g;

export class Aloud {
  #read = "";
  #seq = 0;
  #timer = 0;
  element = h("div", { class: "sr", role: "log", "aria-live": "polite", "aria-label": "New sentences" });

  /** Whether this message is one that is read out here. */
  has(message) {
    return message.seq === this.#seq || Boolean(message.extra.unfinished);
  }

  forget() {
    this.#seq = 0;
    this.element.replaceChildren();
  }

  say(message) {
    if (message.seq !== this.#seq || !message.text.startsWith(this.#read)) this.#read = "";
    const more = message.text.slice(this.#read.length).replace(MARKS, "").trim();
    clearTimeout(this.#timer);
    if (more) this.element.append(h("p", {}, more));
    this.#seq = message.seq;
    this.#read = message.text;
    if (!message.extra.unfinished) this.#timer = setTimeout(() => this.element.replaceChildren(), FORGET_AFTER);
  }
}
