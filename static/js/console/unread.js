// What this operator has seen, kept in this browser: a customer's words after that make a row unread.

const KEY = "handrail:console:seen";
const KEEP = 500;

function seen() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

export function markRead(id, seq) {
  const { [id]: before = 0, ...others } = seen();
  const kept = Object.entries(others).slice(-KEEP);
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...Object.fromEntries(kept), [id]: Math.max(before, seq) }));
  } catch {
    // nothing is kept: everything unanswered looks unread
  }
}

export function showUnread(list) {
  const known = seen();
  list.querySelectorAll(".row").forEach((row) => {
    const unread = row.dataset.author === "customer" && Number(row.dataset.seq) > (known[row.dataset.id] ?? 0);
    row.classList.toggle("unread", unread);
    if (!unread || row.querySelector("[data-unread]")) return;
    const words = document.createElement("span");
    words.className = "sr";
    words.dataset.unread = "";
    words.textContent = " unread";
    row.querySelector(".row-name").append(words);
  });
}
