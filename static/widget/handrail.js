// <script type="module" src="…/widget/handrail.js" data-brand="…"></script> puts the chat on a page.
// A page with signed-in customers calls: document.querySelector("handrail-chat").identify(() => fetchTheJwt()).

import { Aloud } from "./aloud.js";
import { Chat } from "./chat.js";
import { fetchToken, known, visitor } from "./identity.js";
import { h, icon } from "./markup.js";
import { Memory } from "./memory.js";
import { messageItem, pendingItem } from "./message.js";
import { Survey } from "./survey.js";

const BASE = new URL(import.meta.url);
const PERSON = "I'd like to talk to a person.";
const WRITING = "The assistant is typing";
const LONGEST = 4000;
const NARROW = matchMedia("(max-width: 30rem)");
const STATES = {
  active: () => "With the assistant",
  escalated: (state) => (state.position ? `Waiting for a person: number ${state.position} in line` : "Waiting for a person"),
  human: (state) => `With ${state.owner}`,
  resolved: () => "Resolved. Write again to reopen it.",
  closed: () => "This conversation is closed.",
};

class HandrailChat extends HTMLElement {
  #settings = new Memory("page");
  #unread = 0;
  #shownOnce = false;
  #typingTimer = 0;
  #asked = null; // the conversation whose survey this page has shown

  connectedCallback() {
    this.attachShadow({ mode: "open" });
    this.#build();
    this.#listen();
    const source = this.dataset.identity;
    if (source) this.identify(() => fetchToken(new URL(source, location.href))).catch(() => this.#use(visitor(BASE)));
    else this.#use(visitor(BASE));
    if (this.#settings.get("open")) this.open(false);
  }

  /** Speak for the customer whose JWT `source` returns; without a source, for a visitor. */
  async identify(source) {
    this.#use(source ? await known(source) : visitor(BASE));
  }

  open(focus = true) {
    this.panel.hidden = false;
    this.launcher.setAttribute("aria-expanded", "true");
    this.#settings.set("open", true);
    this.#fit();
    this.#count(0);
    this.#toEnd();
    this.#ask();
    if (focus) this.box.focus();
  }

  /** Words that wait in the box to be sent; what the customer has begun to write stays. */
  suggest(words) {
    if (!words || this.box.value.trim()) return;
    this.box.value = words.slice(0, LONGEST);
    this.memory.set("draft", this.box.value);
    this.#grow();
  }

  close() {
    this.panel.hidden = true;
    this.launcher.setAttribute("aria-expanded", "false");
    this.#settings.set("open", false);
    this.launcher.focus();
  }

  // ---- one customer at a time

  #use(identity) {
    this.chat?.end();
    this.memory = new Memory(identity.scope);
    const url = new URL("/ws/chat/", BASE);
    url.protocol = url.protocol.replace("http", "ws");
    const chat = new Chat(url, identity, this.memory);
    const on = (name, act) => chat.addEventListener(name, (event) => this.chat === chat && act(event.detail));
    this.chat = chat;
    on("fresh", (messages) => this.#show(messages));
    on("again", (message) => this.#showAgain(message));
    on("pending", (pending) => this.#showPending(pending));
    on("state", (state) => this.#showState(state));
    on("typing", (name) => this.#showTyping(`${name} is typing`));
    on("status", (status) => this.#showStatus(status));
    on("notice", (sentence) => this.#notice(sentence));
    on("reset", () => this.#clear());
    this.#clear();
    this.#count(0);
    this.#shownOnce = false;
    this.#showPending(chat.pending);
    this.box.value = this.memory.get("draft", "");
    this.#grow();
    chat.start();
  }

  #startNew() {
    const identity = this.chat.identity;
    this.memory.set("conversation", null);
    this.#use(identity);
    this.box.focus();
  }

  // ---- what it shows

  #clear() {
    this.list.replaceChildren();
    this.aloud.forget();
    this.choices.replaceChildren();
    this.#showState(null);
    this.#notice("");
  }

  #show(messages) {
    const atEnd = this.#isAtEnd();
    this.list.append(...messages.map((message) => this.#item(message)));
    const last = messages.at(-1);
    if (messages.some((message) => message.author !== "customer")) this.#showTyping(this.#writing());
    this.#offer(last.extra.choices ?? []);
    const heard = messages.filter((message) => message.author !== "customer").length;
    if (this.panel.hidden && this.#shownOnce) this.#count(this.#unread + heard);
    this.#shownOnce = true;
    if (atEnd || last.author === "customer") this.#toEnd();
    else this.jump.hidden = false;
  }

  /** More of a message that is being written, or its end. */
  #showAgain(message) {
    const atEnd = this.#isAtEnd();
    this.list.querySelector(`[data-seq="${message.seq}"]`)?.replaceWith(this.#item(message));
    this.#showTyping(this.#writing());
    if (message.seq === this.chat.log.seen) this.#offer(message.extra.choices ?? []);
    if (atEnd) this.#toEnd();
  }

  #item(message) {
    const aloud = this.aloud.has(message);
    if (aloud) this.aloud.say(message);
    return messageItem(message, aloud);
  }

  #writing() {
    return this.chat.log.part ? WRITING : "";
  }

  #showPending(pending) {
    const items = pending.map((words) => pendingItem(words, this.chat));
    this.unsent.replaceChildren(...items);
    if (items.length) this.#toEnd();
  }

  #showState(state) {
    this.stateLine.textContent = state ? STATES[state.status](state) : "An AI assistant answers first";
    const over = state?.status === "resolved" || state?.status === "closed";
    this.fresh.hidden = !over;
    this.#survey(state?.survey ?? null);
    const person = state?.status === "human" || state?.status === "escalated";
    this.person.setAttribute("aria-disabled", String(person));
    this.personLabel.textContent = person ? (state.status === "human" ? "You're with a person" : "In line for a person") : "Talk to a person";
    this.#showTyping(state?.busy ? WRITING : "");
  }

  #survey(survey) {
    const atEnd = this.#isAtEnd();
    this.survey.show(survey);
    if (atEnd) this.#toEnd();
    this.#ask();
  }

  /** It counts as asked when somebody has it before their eyes: with the panel closed nothing happens. */
  #ask() {
    const survey = this.chat?.state?.survey;
    const conversation = this.chat?.conversation;
    if (this.panel.hidden || !survey?.open || survey.score !== null || this.#asked === conversation) return;
    if (this.chat.survey({ seen: true })) this.#asked = conversation;
  }

  #rate(said) {
    this.#notice("");
    if (!this.chat.survey(said)) this.#notice("Connection lost. Try once more when it is back.");
  }

  #showTyping(sentence) {
    clearTimeout(this.#typingTimer);
    this.typing.hidden = !sentence;
    if (this.typingWords.textContent !== sentence) this.typingWords.textContent = sentence; // said once, not again
    if (!sentence) return;
    if (!this.chat.state?.busy) this.#typingTimer = setTimeout(() => this.#showTyping(""), 5000);
    if (this.#isAtEnd()) this.#toEnd();
  }

  #showStatus(status) {
    this.#notice(status === "lost" ? "Connection lost. Reconnecting… Your words are kept." : "");
  }

  #notice(sentence) {
    this.notice.textContent = sentence;
    this.notice.hidden = !sentence;
  }

  #offer(choices) {
    const buttons = choices.map((choice) => {
      const button = h("button", { type: "button", class: "choice" }, choice.label);
      button.addEventListener("click", () => {
        this.choices.replaceChildren();
        this.chat.say(choice.say);
        this.box.focus();
      });
      return button;
    });
    this.choices.replaceChildren(...buttons);
  }

  #count(number) {
    this.#unread = number;
    this.badge.hidden = number === 0;
    this.badge.textContent = number > 9 ? "9+" : String(number);
    this.launcherLabel.textContent = number ? `Open chat, ${number} unread` : "Open chat";
  }

  #isAtEnd() {
    return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < 80;
  }

  #toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.jump.hidden = true;
  }

  #grow() {
    this.box.rows = Math.min(6, Math.max(1, this.box.value.split("\n").length));
  }

  #fit() {
    this.panel.setAttribute("aria-modal", String(NARROW.matches));
  }

  // ---- what it does

  #send() {
    const text = this.box.value.trim();
    if (!text) return;
    this.box.value = "";
    this.memory.set("draft", null);
    this.#grow();
    this.choices.replaceChildren();
    this.chat.say(text);
  }

  #listen() {
    this.launcher.addEventListener("click", () => (this.panel.hidden ? this.open() : this.close()));
    this.closer.addEventListener("click", () => this.close());
    this.person.addEventListener("click", () => this.person.getAttribute("aria-disabled") !== "true" && this.chat.say(PERSON));
    this.fresh.addEventListener("click", () => this.#startNew());
    this.jump.addEventListener("click", () => this.#toEnd());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.box.addEventListener("input", () => {
      this.memory.set("draft", this.box.value || null);
      this.#grow();
      this.chat.typing();
    });
    this.box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#send();
    });
    this.panel.addEventListener("keydown", (event) => this.#keys(event));
    this.scroller.addEventListener("scroll", () => this.#isAtEnd() && (this.jump.hidden = true), { passive: true });
    NARROW.addEventListener("change", () => this.#fit());
  }

  /** Escape closes; on a narrow screen the panel covers the page, so Tab stays inside. */
  #keys(event) {
    if (event.key === "Escape") return this.close();
    if (event.key !== "Tab" || !NARROW.matches) return undefined;
    const stops = [...this.panel.querySelectorAll("button, a[href], textarea")].filter((each) => each.offsetParent);
    const edge = event.shiftKey ? stops[0] : stops.at(-1);
    if (this.shadowRoot.activeElement !== edge) return undefined;
    event.preventDefault();
    return (event.shiftKey ? stops.at(-1) : stops[0]).focus();
  }

  #build() {
    const brand = this.dataset.brand || "us";
    this.badge = h("span", { class: "badge", hidden: true, "aria-hidden": "true" });
    this.launcherLabel = h("span", { class: "sr" }, "Open chat");
    this.launcher = h("button", { type: "button", class: "launcher", "aria-expanded": "false", "aria-controls": "panel" }, icon("chat"), this.launcherLabel, this.badge);
    this.stateLine = h("p", { class: "state", role: "status" });
    this.personLabel = h("span", {}, "Talk to a person");
    this.person = h("button", { type: "button", class: "person" }, icon("person"), this.personLabel);
    this.closer = h("button", { type: "button", class: "square", "aria-label": "Close chat" }, icon("close"));
    this.notice = h("p", { class: "notice", role: "status", hidden: true });
    this.list = h("ol", { class: "list", role: "log", "aria-live": "polite", "aria-label": "Messages" });
    this.aloud = new Aloud();
    this.unsent = h("ol", { class: "list", "aria-label": "Not yet acknowledged" });
    this.typingWords = h("span", {});
    this.typing = h("p", { class: "typing", role: "status", hidden: true }, h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), this.typingWords);
    this.choices = h("div", { class: "choices", role: "group", "aria-label": "Quick replies" });
    this.survey = new Survey({ answer: (score, comment) => this.#rate({ score, comment }), later: () => this.#rate({ later: true }) });
    this.jump = h("button", { type: "button", class: "jump", hidden: true }, icon("down"), "New messages");
    this.scroller = h("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": "Conversation" }, this.#hello(brand), this.list, this.unsent, this.typing, this.choices, this.survey.element);
    this.fresh = h("button", { type: "button", class: "fresh", hidden: true }, "Start a new conversation");
    this.box = h("textarea", { id: "words", rows: "1", maxlength: LONGEST, placeholder: "Write a message", enterkeyhint: "send" });
    this.form = h("form", {}, h("label", { for: "words", class: "sr" }, "Your message"), this.box, h("button", { type: "submit", class: "square send", "aria-label": "Send" }, icon("send")));
    this.panel = h(
      "section",
      { id: "panel", class: "panel", role: "dialog", "aria-label": `Chat with ${brand}`, hidden: true },
      h("header", {}, h("div", { class: "title" }, h("h2", {}, brand), this.stateLine), this.person, this.closer),
      this.notice,
      this.aloud.element,
      h("div", { class: "middle" }, this.scroller, this.jump),
      this.fresh,
      this.form,
    );
    const sheet = (path) => h("link", { rel: "stylesheet", href: new URL(path, BASE) });
    const styles = [sheet("../css/tokens.css"), sheet("./widget.css")];
    const frame = h("div", { class: "frame", hidden: true }, this.panel, this.launcher);
    const loaded = styles.map((link) => new Promise((done) => ["load", "error"].forEach((name) => link.addEventListener(name, done))));
    Promise.all(loaded).then(() => {
      frame.hidden = false;
      this.#toEnd();
    });
    this.shadowRoot.append(...styles, frame);
  }

  #hello(brand) {
    return h("div", { class: "intro" }, h("p", {}, `Ask ${brand} about orders, returns or your account. Answers name their sources, and a person is always one tap away.`));
  }
}

customElements.define("handrail-chat", HandrailChat);

const script = [...document.querySelectorAll("script[type=module][src]")].find((each) => each.src === import.meta.url);
if (script && !document.querySelector("handrail-chat")) document.body.append(h("handrail-chat", dataOf(script)));

function dataOf(element) {
  return Object.fromEntries([...element.attributes].filter((each) => each.name.startsWith("data-")).map((each) => [each.name, each.value]));
}
