// Relative times and deadlines that stay true, with the exact local time on hover.

const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const STEPS = [
  [60, "s"],
  [3600, "min"],
  [86_400, "h"],
  [Infinity, "d"],
];
const SPANS = [
  [60, 1, "s"],
  [7200, 60, "min"],
  [172_800, 3600, "h"],
  [Infinity, 86_400, "d"],
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
  root.querySelectorAll("time[data-left]").forEach(showLeft);
}

/** "12 min left", and its badge: as approvals/listing.py says it, which counts no further once the page is there. */
function showLeft(time) {
  const moment = new Date(time.dateTime);
  const left = (moment - Date.now()) / 1000;
  const words = left > 0 ? `${span(left)} left` : `${span(-left)} over`;
  if (time.textContent !== words) time.textContent = words;
  time.title = EXACT.format(moment);
  time.parentElement.classList.toggle("badge-bad", left <= 0);
  time.parentElement.classList.toggle("badge-warn", left > 0 && left <= Number(time.dataset.soon));
}

function span(seconds) {
  const [, size, unit] = SPANS.find(([limit]) => seconds < limit);
  return `${Math.floor(seconds / size)} ${unit}`;
}

function ago(seconds) {
  if (seconds < 10) return "just now";
  const unit = STEPS.find(([limit]) => seconds < limit)[1];
  return `${Math.floor(seconds / SIZES[unit])} ${unit} ago`;
}
