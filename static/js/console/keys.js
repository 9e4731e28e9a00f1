// One table of keys. A key presses the button that the page shows: what has no button can't be done by key either.

const LETTERS = "handrail:console:letters";
const press = (selector) => () => document.querySelector(selector)?.click();
const WITH_ALT = {
  KeyJ: () => step(1),
  KeyK: () => step(-1),
  KeyL: () => document.querySelector("#reply")?.focus(),
  KeyT: () => (document.querySelector("#decide-take_over") ? decide("#decide-take_over") : press("#act-take_over")()),
  KeyG: press("#act-give_back"),
  KeyU: press("#act-requeue"),
  KeyE: press("#act-resolve"),
  KeyA: () => (document.querySelector("#decide-publish") ? twice("#decide-publish") : decide("#decide-approve")),
  KeyR: () => decide("#decide-reject"),
};

// On the desk of approvals the letter alone will do: a hundred decisions a day, and no text box has the focus there.
const ALONE = {
  KeyC: () => unfold("#decide-change", "#decide-changed"),
  KeyW: () => unfold("#decide-ask", "#decide-asked"),
  KeyY: () => unfold("#decide-tell", "#decide-reject"),
  ...WITH_ALT,
  KeyX: () => document.activeElement.closest("li")?.querySelector(".pick input")?.click(),
};

export function startKeys() {
  const dialog = document.querySelector("#keys");
  startLetters(dialog?.querySelector("#letters"));
  document.querySelectorAll("[data-keys-open]").forEach((button) => button.addEventListener("click", () => dialog.showModal()));
  document.addEventListener("keydown", (event) => {
    if (dialog?.open) return;
    if (event.ctrlKey || event.metaKey) return send(event);
    if (event.altKey) {
      const act = WITH_ALT[event.code];
      if (!act) return;
      event.preventDefault();
      act();
    } else plain(event, dialog);
  });
}

/** Whoever speaks to the computer, or hits keys by accident, turns the letters off; it is kept in this browser. */
function startLetters(box) {
  if (!box) return;
  box.checked = letters();
  box.addEventListener("change", () => {
    try {
      localStorage.setItem(LETTERS, box.checked ? "on" : "off");
    } catch {
      // not kept: they work on the next page
    }
  });
}

function letters() {
  try {
    return localStorage.getItem(LETTERS) !== "off";
  } catch {
    return true;
  }
}

function plain(event, dialog) {
  const writing = event.target.closest("input, textarea, select");
  if (event.key === "Escape") {
    if (writing) writing.blur();
    else document.querySelector("[data-back]")?.click();
  } else if (!writing && event.key === "?") {
    dialog?.showModal();
  } else if (!writing && event.key === "/") {
    const box = document.querySelector("#q");
    if (!box) return;
    event.preventDefault();
    box.focus();
  } else if (!writing && !event.shiftKey && "desk" in document.body.dataset && letters() && ALONE[event.code]) {
    event.preventDefault();
    ALONE[event.code]();
  }
}

/** The first press asks for the reason; with one typed, the second decides, and so does Ctrl and Enter in the box. */
function decide(button) {
  const reason = document.querySelector("#decide-reason");
  if (!reason && button === "#decide-reject") return document.querySelector("#bulk input[name=reason]")?.focus();
  if (!reason) return;
  reason.dataset.answer = button;
  if (reason.value.trim()) document.querySelector(button)?.click();
  else reason.focus();
}

/** The first press goes there, the second does it. */
function twice(button) {
  const found = document.querySelector(button);
  if (document.activeElement === found) found.click();
  else found.focus();
}

/** Open an answer that needs more than a reason, and stand in its first box. */
function unfold(details, button) {
  const more = document.querySelector(details);
  if (!more && details === "#decide-tell") return document.querySelector("#bulk input[name=told]")?.focus();
  if (!more) return;
  more.open = true;
  document.querySelector("#decide-reason").dataset.answer = button;
  more.querySelector("input, textarea").focus();
}

/** Ctrl and Enter: the answer whose key was pressed, or the form that the box stands in. */
function send(event) {
  const form = event.target.closest("form.decide");
  const reason = form?.querySelector("#decide-reason");
  if (event.key !== "Enter" || !reason) return;
  event.preventDefault();
  if (reason.dataset.answer) document.querySelector(reason.dataset.answer)?.click();
}

/** In the inbox the focus moves from row to row; on a conversation's page the next row opens. */
function step(by) {
  const rows = [...document.querySelectorAll(".row[id]")];
  if (!rows.length) return;
  const open = document.body.dataset.conversation ?? document.body.dataset.approval;
  const here = rows.findIndex((row) => (open ? row.dataset.id === open : row === document.activeElement));
  const next = rows[here === -1 ? (by > 0 ? 0 : rows.length - 1) : here + by];
  if (!next) return;
  if (open) next.click();
  else next.focus();
}
