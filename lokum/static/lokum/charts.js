/* Draws `<canvas data-chart="ID">` from `<script type="application/json" id="ID">`, or
   `<canvas data-chart-table="ID">` from a table: first column the labels, one series per further column,
   numbers from `<data value>`. The table and the summary stay on the page for whoever would rather read.

   The JSON: {"type": "line"|"bar"|"doughnut", "labels": [...], "stacked": bool, "unit": "zł",
   "datasets": [{"label": "...", "data": [...], "tone": "primary"|"ok"|"warn"|"bad"|"muted"}]} */
(function () {
  "use strict";
  const order = ["primary", "warn", "ok", "bad", "muted"];
  const names = { primary: "--lk-primary", ok: "--lk-ok", warn: "--lk-warn", bad: "--lk-bad", muted: "--lk-line-strong" };
  const drawn = new Map();
  let still = false; /* on paper nothing moves, and nothing is drawn anew when the page takes its printed width */

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function parts(text) {
    const hex = text.replace("#", "");
    const full = hex.length === 3 ? hex.replace(/./g, "$&$&") : hex;
    return [0, 2, 4].map(function (place) {
      return parseInt(full.slice(place, place + 2), 16);
    });
  }

  /* "scale:0.4": between the colours of good and bad, for bands in an order. */
  function tint(name, fallback) {
    if (!name || name.indexOf("scale:") !== 0) return colour(names[name] || names[fallback]);
    const stops = ["--lk-primary", "--lk-warn", "--lk-bad"].map(colour).map(parts);
    const at = Math.min(1, Math.max(0, Number(name.slice(6)))) * (stops.length - 1);
    const low = Math.min(stops.length - 2, Math.floor(at));
    const mixed = stops[low].map(function (value, place) {
      return Math.round(value + (stops[low + 1][place] - value) * (at - low));
    });
    return "rgb(" + mixed.join(",") + ")";
  }

  function fromTable(table) {
    const heads = Array.from(table.querySelectorAll("thead th"));
    const lines = Array.from(table.querySelectorAll("tbody tr"));
    const number = function (cell) {
      const data = cell && cell.querySelector("data[value]");
      return data ? Number(data.value) : Number(cell && cell.textContent.trim());
    };
    return {
      type: table.dataset.chartType || "bar",
      stacked: table.hasAttribute("data-stacked"),
      labels: lines.map(function (line) {
        return line.cells[0].textContent.trim();
      }),
      datasets: heads.slice(1).map(function (head, place) {
        return {
          label: head.textContent.trim(),
          tone: head.dataset.tone,
          data: lines.map(function (line) {
            return number(line.cells[place + 1]);
          }),
        };
      }),
    };
  }

  function settings(facts) {
    const round = facts.type === "doughnut" || facts.type === "pie";
    const format = new Intl.NumberFormat(document.documentElement.lang || undefined);
    const ink = colour("--lk-ink");
    const axis = { stacked: Boolean(facts.stacked), ticks: { color: ink }, grid: { color: colour("--lk-line") } };
    const datasets = facts.datasets.map(function (set, place) {
      const tone = tint(set.tone, order[place % order.length]);
      const slices = set.data.map(function (_value, slice) {
        return colour(names[order[slice % order.length]]);
      });
      return Object.assign({}, set, {
        backgroundColor: round ? slices : tone,
        borderColor: round || facts.stacked ? colour("--lk-paper") : tone,
        borderWidth: round ? 2 : facts.type === "line" ? 2 : facts.stacked ? 1 : 0,
        /* Series differ by dashes and points too, not by colour alone. */
        borderDash: facts.type === "line" && place ? [6 / place, 4] : [],
        pointStyle: ["circle", "rect", "triangle", "rectRot"][place % 4],
        tension: 0,
        maxBarThickness: 72,
      });
    });
    return {
      type: facts.type || "bar",
      data: { labels: facts.labels, datasets: datasets },
      options: {
        responsive: !still,
        maintainAspectRatio: false,
        animation: still || window.matchMedia("(prefers-reduced-motion: reduce)").matches ? false : { duration: 250 },
        scales: round
          ? {}
          : {
              x: Object.assign({}, axis, { ticks: Object.assign({ color: ink }, facts.type === "line" ? { autoSkipPadding: 16, maxRotation: 0 } : {}) }),
              y: Object.assign({ beginAtZero: true }, axis, {
                ticks: {
                  color: ink,
                  callback: function (value) {
                    return format.format(value);
                  },
                },
              }),
            },
        plugins: {
          legend: { display: round || datasets.length > 1, labels: { color: ink } },
          tooltip: {
            callbacks: {
              label: function (point) {
                const value = round ? point.parsed : point.parsed.y;
                return point.dataset.label + ": " + format.format(value) + (facts.unit ? "\u00a0" + facts.unit : "");
              },
            },
          },
        },
      },
    };
  }

  function draw(scope) {
    if (!window.Chart || !scope.querySelectorAll) return;
    window.Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    scope.querySelectorAll("canvas[data-chart], canvas[data-chart-table]").forEach(function (canvas) {
      const source = document.getElementById(canvas.dataset.chart || canvas.dataset.chartTable);
      if (!source) return;
      const facts = canvas.dataset.chart ? JSON.parse(source.textContent) : fromTable(source);
      if (drawn.has(canvas)) drawn.get(canvas).destroy();
      drawn.set(canvas, new window.Chart(canvas, settings(facts)));
    });
    drawn.forEach(function (chart, canvas) {
      if (!canvas.isConnected) {
        chart.destroy();
        drawn.delete(canvas);
      }
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    draw(document);
  });
  document.addEventListener("htmx:afterSettle", function (event) {
    draw(event.target);
  });
  document.addEventListener("lokum:theme", function () {
    draw(document);
  });

  /* Paper: in the colours of the light theme, at a width that an A4 sheet holds. */
  const root = document.documentElement;
  let theme = null;
  window.addEventListener("beforeprint", function () {
    theme = root.getAttribute("data-bs-theme");
    root.setAttribute("data-bs-theme", "light");
    still = true;
    draw(document);
    drawn.forEach(function (chart) {
      chart.resize(640, 256);
    });
  });
  window.addEventListener("afterprint", function () {
    root.setAttribute("data-bs-theme", theme);
    still = false;
    draw(document);
  });
})();
