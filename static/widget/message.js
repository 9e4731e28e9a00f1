// One message, and one that still waits for its acknowledgement, as list items.

import { h, link, safe } from "./markup.js";

const HIDDEN_KINDS = { card: "a card number", cvv: "a security code", code: "a one-time code", otp: "a one-time code", proof: "the code" };
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

/** `aloud`: its sentences are read out elsewhere (aloud.js), so nobody hears them twice. */
export function messageItem(message, aloud = false) {
  if (message.author === "system") return h("li", { class: "line", "data-seq": message.seq }, message.text);
  const own = message.author === "customer";
  return h(
    "li",
    { class: `message ${message.author}`, "data-seq": message.seq, "aria-live": aloud ? "off" : null },
    h("div", { class: "who" }, h("span", {}, own ? "You" : message.name), time(message.at)),
    h("div", { class: "text" }, safe(message.html)),
    sources(message.extra.citations ?? []),
    masked(message.extra.masked ?? []),
  );
}

export function pendingItem(words, chat) {
  const button = (label, act) => {
    const made = h("button", { type: "button", class: "plain" }, label);
    made.addEventListener("click", () => act.call(chat, words.client_id));
    return made;
  };
  return h(
    "li",
    { class: `message customer ${words.failed ? "failed" : "waiting"}`, "data-client-id": words.client_id },
    h("div", { class: "text" }, h("p", {}, words.text)),
    words.failed
      ? h("div", { class: "who", role: "alert" }, `Not sent. ${words.failed}`, button("Try again", chat.again), button("Remove", chat.drop))
      : h("div", { class: "who" }, words.seq ? "Sent" : "Sending…"),
  );
}

function time(at) {
  const moment = new Date(at);
  return h("time", { datetime: at, title: EXACT.format(moment) }, CLOCK.format(moment));
}

function sources(citations) {
  if (!citations.length) return null;
  const items = citations.map((each) =>
    h(
      "li",
      {},
      link(
        each.linked === false ? null : each.url,
        { class: each.stale ? "source stale" : "source", title: each.updated ? `Last updated ${DAY.format(new Date(each.updated))}` : null },
        `${each.n} ${each.title}`,
        each.stale ? h("span", { class: "age" }, "older page") : null,
      ),
    ),
  );
  return h("ul", { class: "sources", "aria-label": "Sources" }, ...items);
}

function masked(kinds) {
  if (!kinds.length) return null;
  const names = [...new Set(kinds.map((kind) => HIDDEN_KINDS[kind.toLowerCase()] ?? "a private number"))].join(" and ");
  return h("div", { class: "who" }, `We hid ${names} to keep it safe.`);
}
