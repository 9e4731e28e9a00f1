// One approval's card: its state is looked at again whenever the list was; the form and what is typed stay as they are.

export function startApproval(status) {
  if (!status) return;
  const url = status.dataset.url;
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "inbox-list") htmx.ajax("GET", url, { target: "#approval-status", swap: "innerHTML" });
  });
}
