// Runs before the first paint, so that a chosen theme doesn't flash. No choice: the system decides.
(() => {
  "use strict";
  const root = document.documentElement;
  const apply = (theme) => {
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    document.querySelectorAll("handrail-chat").forEach((chat) => {
      if (theme) chat.dataset.theme = theme;
      else delete chat.dataset.theme;
    });
  };
  let chosen = null;
  try {
    chosen = localStorage.getItem("handrail:theme");
  } catch {
    // storage is blocked: the system decides
  }
  apply(chosen);
  const isDark = () => (chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-switch]");
    if (!button) return;
    chosen = isDark() ? "light" : "dark";
    try {
      localStorage.setItem("handrail:theme", chosen);
    } catch {
      // this page keeps it until it closes
    }
    apply(chosen);
  });
  customElements.whenDefined("handrail-chat").then(() => apply(chosen));
})();
