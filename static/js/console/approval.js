// One approval's card: its state is looked at again whenever the list was, and every few seconds by itself; the form and
// what is typed stay as they are.

const LOOK_EVERY = 4000;

export function startApproval(status) {
  if (!status) return;
  const look = () => htmx.ajax("GET", status.dataset.url, { target: "#approval-status", swap: "innerHTML" });
  setInterval(look, LOOK_EVERY);
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "inbox-list") look();
  });
}
