/* Forms: nothing typed is lost, nothing is sent twice, long lists can be searched.
   `data-guard` on a form warns before leaving with unsaved changes; `data-enhance` on a select makes it
   searchable when tom-select is on the page; the words come from the page, in the reader's language. */
(function () {
  "use strict";
  const changed = new Set();

  document.addEventListener("input", function (event) {
    const form = event.target.form;
    if (form && form.hasAttribute("data-guard")) changed.add(form);
  });

  window.addEventListener("beforeunload", function (event) {
    const open = Array.from(changed).some(function (form) {
      return form.isConnected;
    });
    if (open) {
      event.preventDefault();
      event.returnValue = "";
    }
  });

  /* The second click waits; the button comes back when the browser returns to this page. */
  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (event.defaultPrevented) return;
    const question = event.submitter && event.submitter.dataset.confirm;
    if (question && !window.confirm(question)) {
      event.preventDefault();
      return;
    }
    if (form.method !== "post") return;
    if (form.dataset.sent === "1") {
      event.preventDefault();
      return;
    }
    changed.delete(form);
    if (form.target === "_blank" || form.hasAttribute("data-download")) return;
    const byHtmx = form.hasAttribute("hx-post") || form.hasAttribute("data-hx-post");
    if (byHtmx) return;
    form.dataset.sent = "1";
    buttonsOf(form).forEach(function (button) {
      button.setAttribute("aria-busy", "true");
    });
  });

  function buttonsOf(form) {
    return Array.from(form.elements).filter(function (each) {
      return each.type === "submit";
    });
  }

  window.addEventListener("pageshow", function () {
    document.querySelectorAll('form[data-sent="1"]').forEach(function (form) {
      delete form.dataset.sent;
      buttonsOf(form).forEach(function (button) {
        button.removeAttribute("aria-busy");
      });
    });
  });

  function enhance(scope) {
    if (!window.TomSelect || !scope.querySelectorAll) return;
    scope.querySelectorAll("select[data-enhance]").forEach(function (select) {
      if (select.tomselect) return;
      const settings = {
        maxOptions: 200,
        plugins: select.multiple ? ["remove_button"] : [],
        render: {
          no_results: function () {
            const box = document.createElement("div");
            box.className = "no-results";
            box.textContent = select.dataset.noResults || "–";
            return box;
          },
        },
      };
      /* data-url: options come from the server as [{"value": ..., "text": ...}] for what was typed. */
      if (select.dataset.url) {
        settings.load = function (query, done) {
          const address = new URL(select.dataset.url, location.href);
          address.searchParams.set("q", query);
          fetch(address, { headers: { Accept: "application/json" }, credentials: "same-origin" })
            .then(function (answer) {
              return answer.ok ? answer.json() : [];
            })
            .then(function (found) {
              done(found.results || found);
            })
            .catch(function () {
              done();
            });
        };
      }
      const box = new window.TomSelect(select, settings);
      /* The box has the label now; the select behind it is no second field for screen readers or the keyboard. */
      select.setAttribute("aria-hidden", "true");
      select.tabIndex = -1;
      const described = select.getAttribute("aria-describedby");
      if (described) box.control_input.setAttribute("aria-describedby", described);
    });
  }
  document.addEventListener("DOMContentLoaded", function () {
    enhance(document);
  });
  document.addEventListener("htmx:afterSettle", function (event) {
    enhance(event.target);
  });
})();
