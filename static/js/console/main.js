// The console's page: what is live, what the keys do, what is kept. Server fragments come through htmx.

import { startApproval } from "./approval.js";
import { keepDraft } from "./draft.js";
import { startInbox } from "./inbox.js";
import { startKeys } from "./keys.js";
import { startLive } from "./live.js";
import { startThread } from "./thread.js";
import { startTimes } from "./times.js";

startTimes();
startKeys();
// A fragment that turns out to be the sign-in page means that the session is over: show that page whole.
document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (new URL(event.detail.xhr.responseURL).pathname.endsWith("/login/")) {
    event.detail.shouldSwap = false;
    location.reload();
  }
});

if ("console" in document.body.dataset) {
  const list = startInbox(document.querySelector("[data-inbox]"));
  const conversation = document.body.dataset.conversation;
  startApproval(document.querySelector("#approval-status"));
  const thread = conversation ? startThread(conversation) : null;
  const live = startLive(conversation, { list, thread });
  if (thread) keepDraft(conversation, () => live.typing());
}
