/* Light, dark or as the device says. Loaded in the head without defer, so that no page flashes in the wrong
   colours. The choice lives in the cookie `theme`; the server draws light or dark from it. */
(function () {
  "use strict";
  const root = document.documentElement;
  const device = window.matchMedia("(prefers-color-scheme: dark)");
  root.classList.add("js");

  function chosen() {
    const match = document.cookie.match(/(?:^|; )theme=(light|dark|auto)/);
    return match ? match[1] : "auto";
  }

  function show() {
    const choice = chosen();
    const theme = choice === "auto" ? (device.matches ? "dark" : "light") : choice;
    if (root.dataset.bsTheme !== theme) {
      root.dataset.bsTheme = theme;
      document.dispatchEvent(new CustomEvent("lokum:theme"));
    }
    document.querySelectorAll("[data-theme-choice]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice));
    });
  }

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-theme-choice]");
    if (!button) return;
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = "theme=" + button.dataset.themeChoice + "; Path=/; Max-Age=31536000; SameSite=Lax" + secure;
    show();
  });
  device.addEventListener("change", show);
  document.addEventListener("DOMContentLoaded", show);
  show();
})();
