/* Keyboard: `/` or Ctrl-K to the search, j and k through a list, Enter opens, x marks, ? shows the keys.
   Single keys are silent while somebody types, and can be switched off for good (WCAG 2.1.4) in the help. */
(function () {
  "use strict";
  const OFF = "lokum.keys.off";

  function typing(target) {
    return target.closest && target.closest("input, textarea, select, [contenteditable], dialog");
  }

  function rows() {
    return Array.from(document.querySelectorAll("[data-list] tbody tr, li[data-row]")).filter(function (row) {
      return row.querySelector("a[href]");
    });
  }

  function move(step) {
    const all = rows();
    if (!all.length) return;
    const now = all.findIndex(function (row) {
      return row.classList.contains("is-cursor");
    });
    const next = Math.min(all.length - 1, Math.max(0, now === -1 ? (step > 0 ? 0 : all.length - 1) : now + step));
    if (now !== -1) all[now].classList.remove("is-cursor");
    all[next].classList.add("is-cursor");
    const link = all[next].querySelector("[data-row-link]") || all[next].querySelector("a[href]");
    link.focus({ preventScroll: true });
    all[next].scrollIntoView({ block: "nearest" });
  }

  function help() {
    const dialog = document.getElementById("keys-help");
    if (!dialog) return;
    const box = dialog.querySelector("[data-keys-off]");
    if (box) box.checked = localStorage.getItem(OFF) === "1";
    dialog.showModal();
  }

  document.addEventListener("keydown", function (event) {
    const search = document.querySelector("[data-global-search]");
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k" && search) {
      event.preventDefault();
      search.focus();
      search.select();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (localStorage.getItem(OFF) === "1") return;
    if (event.key === "/" && search) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "j" || event.key === "k") {
      move(event.key === "j" ? 1 : -1);
    } else if (event.key === "x") {
      const row = document.querySelector("tr.is-cursor, li.is-cursor");
      const box = row && row.querySelector('input[name="selected"]');
      if (box) box.click();
    } else if (event.key === "?") {
      help();
    }
  });

  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-keys-help]")) help();
  });
  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-keys-off]")) localStorage.setItem(OFF, event.target.checked ? "1" : "0");
  });
})();
