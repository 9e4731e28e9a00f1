// The open conversation: lines are only ever appended, but for one that is still being written, which is replaced;
// state is swapped beside the text box, never the box.

import { markRead } from "./unread.js";

const SETTLE = 80;
const PATIENCE = 8000;

export function startThread(conversation) {
  const thread = document.querySelector("#thread");
  const scroller = document.querySelector("#thread-scroll");
  const typingLine = document.querySelector("[data-typing]");
  const stateUrl = new URL("state/", location.href.replace(/[?#].*/, "")).pathname;
  let timer = 0;
  let typingTimer = 0;
  let asking = false;
  let again = false;

  // On a wide page the thread scrolls in its pane, on a narrow one with the page.
  const pane = scroller.closest(".pane-thread");
  const paged = () => getComputedStyle(pane.parentElement).display === "block";
  const below = () => (paged() ? pane.getBoundingClientRect().bottom - innerHeight : scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight);
  const atEnd = () => below() < 120;
  const toEnd = () => (paged() ? window.scrollBy({ top: below(), behavior: "instant" }) : (scroller.scrollTop = scroller.scrollHeight));

  // Each place asks in its own name: one request of an element waits for another, and one that is overtaken never
  // answers. The clock sees to it that this page goes on looking whatever becomes of a request.
  const fetched = (url, target, swap) =>
    Promise.race([
      htmx.ajax("GET", url, { source: target, target, swap }).catch(() => {}), // no connection: the next look has it
      new Promise((done) => setTimeout(done, PATIENCE)),
    ]);

  async function look() {
    if (asking) return void (again = true);
    asking = true;
    try {
      const stay = !atEnd();
      const { after, afterEvent, url } = thread.dataset;
      const unfinished = thread.querySelector("[data-unfinished]");
      const from = unfinished ? unfinished.dataset.seq - 1 : after;
      await fetched(`${url}?after=${from}&after_event=${afterEvent}`, thread, "beforeend");
      count();
      if (!stay) toEnd();
      const handoff = document.querySelector("#packet").dataset.handoff;
      await fetched(`${stateUrl}?handoff=${handoff}`, document.querySelector("#actions"), "innerHTML");
      freshenTrace();
    } finally {
      asking = false;
      if (again) {
        again = false;
        changed();
      }
    }
  }

  /** The newest numbers on the page; a line that came twice (two looks at once) leaves again, or ends the first. */
  function count() {
    const shown = new Map();
    let [seq, n] = [Number(thread.dataset.after), Number(thread.dataset.afterEvent)];
    for (const line of [...thread.children]) {
      const key = line.dataset.seq ? `m${line.dataset.seq}` : `e${line.dataset.n}`;
      const before = shown.get(key);
      if (before && readsOn(before, line)) before.replaceWith(line);
      else if (before) line.remove();
      shown.set(key, line.isConnected ? line : before);
      seq = Math.max(seq, Number(line.dataset.seq ?? 0));
      n = Math.max(n, Number(line.dataset.n ?? 0));
    }
    if (seq > Number(thread.dataset.after)) typing("");
    thread.dataset.after = seq;
    thread.dataset.afterEvent = n;
    markRead(conversation, seq);
  }

  function readsOn(before, line) {
    if (!before.matches("[data-unfinished]")) return false;
    const words = (each) => each.querySelector(".bubble-text").innerHTML;
    return !line.matches("[data-unfinished]") || words(before) !== words(line);
  }

  /** The trace keeps its open turns; while somebody reads it, it stays as it is. */
  function freshenTrace() {
    const trace = document.querySelector("#trace");
    if (!trace || trace.matches(":hover") || trace.contains(document.activeElement)) return;
    const open = [...trace.querySelectorAll("[data-turn][open]")].map((turn) => turn.dataset.turn);
    const last = [...trace.querySelectorAll("[data-turn]")].at(-1)?.dataset.turn;
    trace.addEventListener(
      "htmx:afterSwap",
      () => trace.querySelectorAll("[data-turn]").forEach((turn) => (turn.open = open.includes(turn.dataset.turn) || Number(turn.dataset.turn) > Number(last ?? 0))),
      { once: true },
    );
    htmx.trigger(trace, "refresh");
  }

  function typing(who) {
    clearTimeout(typingTimer);
    if (who === document.body.dataset.me) return;
    typingLine.textContent = who ? `${who === "customer" ? "The customer" : who} is typing…` : "";
    if (who) typingTimer = setTimeout(() => typing(""), 5000);
  }

  function changed() {
    clearTimeout(timer);
    timer = setTimeout(look, SETTLE);
  }

  // The button that was pressed says where the one form for all acts posts to; a button just swapped in counts too.
  document.querySelector("#act-form").addEventListener("htmx:configRequest", (event) => {
    event.detail.path = event.detail.triggeringEvent.submitter.getAttribute("formaction");
    event.detail.parameters.seen = thread.dataset.after; // what comes in between stops a "resolve"
  });
  document.body.addEventListener("handrail:acted", (event) => {
    changed();
    if (event.detail.value === "take_over") document.querySelector("#reply").focus();
  });
  document.body.addEventListener("handrail:replied", changed);
  toEnd();
  return { changed, typing };
}
