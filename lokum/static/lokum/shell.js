/* The frame around every page: menus that close, the drawer on narrow screens, remembered sections, the
   button that prints, and where the focus goes after a page part was swapped. */
(function () {
  "use strict";
  const root = document.documentElement;

  function closeMenus(except) {
    document.querySelectorAll("details.drop[open]").forEach(function (menu) {
      if (menu !== except) menu.open = false;
    });
  }

  function setDrawer(open) {
    const button = document.querySelector("[data-nav-toggle]");
    if (!button) return;
    root.classList.toggle("nav-open", open);
    button.setAttribute("aria-expanded", String(open));
    if (open) {
      const first = document.querySelector("#side summary, #side a");
      if (first) first.focus();
    } else {
      button.focus();
    }
  }

  document.addEventListener("click", function (event) {
    closeMenus(event.target.closest("details.drop"));
    if (event.target.closest("[data-nav-toggle]")) setDrawer(!root.classList.contains("nav-open"));
    else if (event.target.closest("[data-nav-close]")) setDrawer(false);
    if (event.target.closest("[data-print]")) window.print();
  });

  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    if (root.classList.contains("nav-open")) {
      setDrawer(false);
      return;
    }
    const menu = document.querySelector("details.drop[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  /* Leaving an open menu with Tab closes it. */
  document.addEventListener("focusin", function (event) {
    closeMenus(event.target.closest("details.drop"));
  });

  /* Tabs stand in one line on a phone: the present one is brought into sight. */
  document.querySelectorAll(".tabs a[aria-current]").forEach(function (tab) {
    const line = tab.closest(".tabs");
    line.scrollLeft = tab.offsetLeft - line.offsetLeft - (line.clientWidth - tab.offsetWidth) / 2;
  });

  /* Which sections of the menu are open is remembered for this tab. */
  document.querySelectorAll("details[data-remember]").forEach(function (section) {
    const key = "lokum.open." + section.dataset.remember;
    const before = sessionStorage.getItem(key);
    if (before !== null && !section.querySelector("[aria-current]")) section.open = before === "1";
    section.addEventListener("toggle", function () {
      sessionStorage.setItem(key, section.open ? "1" : "0");
    });
  });

  /* The page that is open stays in sight in a long menu. */
  const here = document.querySelector('#side a[aria-current="page"]');
  if (here && here.scrollIntoView) {
    const side = document.getElementById("side");
    const box = here.getBoundingClientRect();
    const frame = side.getBoundingClientRect();
    if (box.top < frame.top || box.bottom > frame.bottom) side.scrollTop += box.top - frame.top - frame.height / 3;
  }

  /* "Select all" and the count in the bulk bar. */
  function countChosen() {
    const chosen = document.querySelectorAll('input[name="selected"]:checked').length;
    document.querySelectorAll("[data-bulk]").forEach(function (bar) {
      bar.hidden = chosen === 0;
      bar.querySelectorAll("[data-bulk-count]").forEach(function (place) {
        place.textContent = chosen.toLocaleString(root.lang || undefined);
      });
    });
  }
  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-select-all]")) {
      document.querySelectorAll('input[name="selected"]').forEach(function (box) {
        box.checked = event.target.checked;
      });
    }
    if (event.target.matches('[data-select-all], input[name="selected"]')) countChosen();
    if (event.target.matches("[data-submit-on-change]") && event.target.form) event.target.form.requestSubmit();
  });
  document.addEventListener("DOMContentLoaded", countChosen);
  document.addEventListener("htmx:afterSettle", countChosen);

  /* Filled from the server: errors first, so that the reader hears what went wrong. */
  function focusErrors(scope) {
    const summary = scope.querySelector && scope.querySelector("[data-error-summary]");
    if (summary) summary.focus();
  }
  document.addEventListener("DOMContentLoaded", function () {
    focusErrors(document);
  });
  document.addEventListener("htmx:afterSettle", function (event) {
    focusErrors(event.target);
  });
})();
