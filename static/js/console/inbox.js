// The list. A live refresh never moves focus, scroll, selection or the order under the pointer: while somebody points at
// the list or is inside it, updates only count up in a pill; they are shown on leaving, or by pressing the pill.

import { markRead, showUnread } from "./unread.js";

const SETTLE = 300;

export function startInbox(frame) {
  const list = frame.querySelector("#inbox-list");
  const pill = frame.querySelector("[data-updates]");
  const changed = new Set();
  let pointed = false;
  let timer = 0;
  let asking = false;

  const chosen = () => [...list.querySelectorAll("input:checked")];
  const held = () => pointed || list.contains(document.activeElement) || selected() || chosen().length > 0;
  const selected = () => {
    const selection = getSelection();
    return !selection.isCollapsed && list.contains(selection.anchorNode);
  };

  async function refresh() {
    if (asking) return;
    asking = true;
    const focused = list.contains(document.activeElement) ? document.activeElement.id : "";
    const scroll = [frame.closest(".pane-list")?.scrollTop ?? 0, window.scrollY];
    const kept = new Set(chosen().map((box) => box.value));
    changed.clear();
    pill.hidden = true;
    try {
      await htmx.ajax("GET", address(), { source: list, target: list, swap: "innerHTML" });
      list.querySelectorAll("input[type=checkbox]").forEach((box) => (box.checked = kept.has(box.value)));
      if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
      if (frame.closest(".pane-list")) frame.closest(".pane-list").scrollTop = scroll[0];
      window.scrollTo({ top: scroll[1], behavior: "instant" });
    } catch {
      changed.add("some"); // no connection: shown when it is back
    } finally {
      asking = false;
    }
  }

  /** The search box may have changed what the list shows. */
  function address() {
    const url = new URL(frame.dataset.url, location.href);
    const box = document.querySelector("form[role=search] input[hx-get]");
    if (box) url.searchParams.set("q", box.value);
    return url.pathname + url.search;
  }

  function settle() {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (!changed.size) return;
      if (!held()) return void refresh();
      pill.textContent = changed.size === 1 ? "1 update · show" : `${changed.size} updates · show`;
      pill.hidden = false;
    }, SETTLE);
  }

  list.addEventListener("pointerenter", (event) => (pointed = event.pointerType === "mouse"));
  list.addEventListener("pointerleave", () => {
    pointed = false;
    settle();
  });
  list.addEventListener("focusout", () => setTimeout(settle, 0));
  pill.addEventListener("click", () => refresh());
  document.body.addEventListener("htmx:afterSwap", (event) => event.detail.target === list && dress());

  /** The page knows which row is open; the refreshed list doesn't. */
  function dress() {
    const current = frame.dataset.current;
    list.querySelectorAll(".row").forEach((row) => {
      if (current && row.dataset.id === current) row.setAttribute("aria-current", "page");
    });
    showUnread(list);
  }

  const thread = document.querySelector("#thread"); // an approval has none
  if (frame.dataset.current && thread) markRead(frame.dataset.current, Number(thread.dataset.after));
  dress();
  return {
    changed(id) {
      changed.add(id ?? "some");
      settle();
    },
  };
}
