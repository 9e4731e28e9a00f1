// The demo's page: opens the chat, and switches whom it speaks for.

const KEY = "handrail:demo-who";
const chat = () => document.querySelector("handrail-chat");
const form = document.querySelector("[data-who]");
const mailbox = document.querySelector("[data-mails]");
const LOOKS = 3000; // how often the inbox is looked into, in ms

document.querySelector("[data-open-chat]")?.addEventListener("click", () => chat().open());

if (form) {
  form.addEventListener("change", () => speakFor(new FormData(form).get("who")));
  await customElements.whenDefined("handrail-chat");
  const kept = localStorage.getItem(KEY);
  const choice = kept && [...form.elements.who].find((each) => each.value === kept);
  if (choice) {
    choice.checked = true;
    await speakFor(kept);
  }
}

async function speakFor(who) {
  const now = form.querySelector("[data-who-now]");
  try {
    await chat().identify(who ? () => companyToken(who) : null);
    localStorage.setItem(KEY, who);
    now.textContent = who ? `The chat knows you as ${who}.` : "The chat doesn't know who you are.";
    await readMails();
  } catch {
    now.textContent = "That didn't work. Load the page again and choose once more.";
  }
}

async function companyToken(who) {
  const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams({ who }) });
  if (!answer.ok) throw new Error(`No token: ${answer.status}`);
  return (await answer.json()).token;
}

const looking = mailbox && setInterval(() => document.hidden || readMails(), LOOKS);

// What the company has mailed to whom the page speaks for: codes, and notes of changes.
async function readMails() {
  const who = new FormData(form).get("who");
  if (!mailbox) return;
  const answer = who ? await fetch(mailbox.dataset.mails, { method: "POST", body: new URLSearchParams({ who }) }).catch(() => null) : null;
  const found = answer?.ok ? (await answer.json()).mails : [];
  if (found === null) clearInterval(looking);
  const mails = found ?? [];
  mailbox.hidden = !mails.length;
  const list = mailbox.querySelector("ol");
  if (list.dataset.shown === JSON.stringify(mails)) return;
  list.dataset.shown = JSON.stringify(mails);
  list.replaceChildren(...mails.map(mailLine));
}

function mailLine(mail) {
  const line = document.createElement("li");
  const head = document.createElement("strong");
  head.textContent = `${mail.subject}, to ${mail.to}`;
  line.append(head, ...(mail.body ? [document.createElement("br"), mail.body] : []));
  return line;
}
