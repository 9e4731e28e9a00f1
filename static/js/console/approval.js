// One approval's card: every few seconds, while somebody can see it, it says that it is looked at and hears how it stands.
// The form and what is typed stay as they are; when somebody else has decided meanwhile, its buttons rest.

const LOOK_EVERY = 4000;

export function startApproval(status) {
  if (!status) return;
  const token = document.querySelector("input[name=csrfmiddlewaretoken]").value;
  const look = () => {
    if (document.hidden) return;
    const said = { target: status, swap: "innerHTML", values: { csrfmiddlewaretoken: token } };
    htmx.ajax("POST", status.dataset.url, said).catch(() => {}); // without a connection the next look says it
  };
  look();
  setInterval(look, LOOK_EVERY);
  document.addEventListener("visibilitychange", look);
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "inbox-list") look();
    if (event.detail.target === status && status.querySelector("[data-over]")) rest();
  });
}

function rest() {
  document.querySelectorAll(".decide button").forEach((button) => (button.disabled = true));
  document.querySelectorAll("[data-meanwhile]").forEach((notice) => (notice.hidden = false));
}
