// The unsent reply stays in this browser until it is sent, one for each conversation.

export function keepDraft(conversation, typed) {
  const key = `handrail:console:draft:${conversation}`;
  const form = document.querySelector("#reply-form");
  const box = form.elements.text;
  box.value ||= read(key);

  box.addEventListener("input", () => {
    write(key, box.value);
    if (mayReply()) typed();
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (mayReply() && box.value.trim()) form.requestSubmit();
  });
  document.body.addEventListener("handrail:replied", (event) => {
    box.value = "";
    write(key, "");
    form.elements.client_id.value = event.detail.value;
    box.focus();
  });
}

const mayReply = () => document.querySelector("#send") !== null;

function read(key) {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

function write(key, text) {
  try {
    if (text) localStorage.setItem(key, text);
    else localStorage.removeItem(key);
  } catch {
    // not kept; the box still has it
  }
}
