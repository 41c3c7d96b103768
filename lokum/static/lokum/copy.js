/* `<button data-copy="61 1090 ..." data-copied="Copied">`: puts the text on the clipboard and says so. */
(function () {
  "use strict";

  function byHand(text) {
    const area = document.createElement("textarea");
    area.value = text;
    area.setAttribute("readonly", "");
    area.className = "visually-hidden";
    document.body.appendChild(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done ? Promise.resolve() : Promise.reject(new Error("copy refused"));
  }

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const text = button.dataset.copy;
    const write = navigator.clipboard ? navigator.clipboard.writeText(text) : byHand(text);
    write.then(function () {
      const place = button.querySelector("[data-copy-label]") || button;
      const before = place.textContent;
      place.textContent = button.dataset.copied || "✓";
      let live = document.getElementById("live");
      if (live) live.textContent = place.textContent;
      window.setTimeout(function () {
        place.textContent = before;
        if (live) live.textContent = "";
      }, 2500);
      button.focus();
    }, function () {});
  });
})();
