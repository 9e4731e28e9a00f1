// Relative times that stay true, with the exact local time on hover.

const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const STEPS = [
  [60, "s"],
  [3600, "min"],
  [86_400, "h"],
  [Infinity, "d"],
];
const SIZES = { s: 1, min: 60, h: 3600, d: 86_400 };

export function startTimes() {
  showTimes(document);
  setInterval(() => showTimes(document), 20_000);
  document.body.addEventListener("htmx:afterSettle", () => showTimes(document));
}

function showTimes(root) {
  for (const time of root.querySelectorAll("time[data-ago]")) {
    const moment = new Date(time.dateTime);
    const words = ago((Date.now() - moment) / 1000);
    if (time.textContent !== words) time.textContent = words;
    time.title = EXACT.format(moment);
  }
}

function ago(seconds) {
  if (seconds < 10) return "just now";
  const unit = STEPS.find(([limit]) => seconds < limit)[1];
  return `${Math.floor(seconds / SIZES[unit])} ${unit} ago`;
}
