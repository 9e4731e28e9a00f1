// The help centre's pages open their own chat; without this, the link leads to the page of the chat.

for (const link of document.querySelectorAll("[data-open-chat]")) {
  link.addEventListener("click", (event) => {
    const chat = document.querySelector("handrail-chat");
    if (!chat?.open) return;
    event.preventDefault();
    chat.open();
    chat.suggest(link.dataset.words ?? "");
  });
}
