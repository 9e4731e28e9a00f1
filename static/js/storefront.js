// The demo's page: opens the chat, and switches whom it speaks for.

const KEY = "handrail:demo-who";
const chat = () => document.querySelector("handrail-chat");
const form = document.querySelector("[data-who]");

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
  } catch {
    now.textContent = "That didn't work. Load the page again and choose once more.";
  }
}

async function companyToken(who) {
  const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams({ who }) });
  if (!answer.ok) throw new Error(`No token: ${answer.status}`);
  return (await answer.json()).token;
}
