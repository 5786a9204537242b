// What must happen in the browser: the colour scheme before the first paint, the link, the title, the grid's refresh.
(function () {
  "use strict";
  const root = document.documentElement;
  const KEY = "clientele-theme";
  const prefersDark = () => window.matchMedia("(prefers-color-scheme: dark)").matches;
  function remembered() {
    try { return window.localStorage.getItem(KEY); } catch { return null; }
  }
  function apply(theme) {
    root.setAttribute("data-bs-theme", theme);
    return theme;
  }
  apply(remembered() || (prefersDark() ? "dark" : "light"));

  // Changes that the shell has not answered yet. One that it could not answer is given up, lest it spoil all later ones.
  const LONGEST_WAIT_MS = 20_000;
  let number = 0, waiting = [];
  function unanswered(answered) {
    const now = Date.now();
    waiting = waiting.filter((one) => one.number > (answered || 0) && now - one.at < LONGEST_WAIT_MS);
    return Object.assign({}, ...waiting.map((one) => one.change));
  }

  let lastAsked = null;
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.clientele = {
    choose_theme: function (clicks) {
      if (!clicks) return root.getAttribute("data-bs-theme");
      const next = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
      try { window.localStorage.setItem(KEY, next); } catch { /* private windows forget */ }
      return apply(next);
    },
    // Who chooses two things quickly asks for the second before the first was answered, and is to have both.
    gather_changes: function (change, answered) {
      if (!change) return window.dash_clientside.no_update;
      const all = Object.assign(unanswered(answered), change);
      number += 1;
      waiting.push({ number: number, at: Date.now(), change: change });
      return window.dash_clientside.clientele.pass_on({ number: number, change: all }, "shell-asked");
    },
    // A control's value: nothing is asked for where the view has it already, or will have once it is answered. Where the data
    // decides what is shown unless chosen, `shown_unasked` is that: no choice.
    choose: function (value, view, answered, wires, shown_unasked) {
      const [pressed] = window.dash_clientside.callback_context.triggered;
      if (!view || !pressed) return window.dash_clientside.no_update;
      const control = wires[pressed.prop_id.slice(0, pressed.prop_id.lastIndexOf("."))];
      const shown = (control.is_option ? view.options || {} : view.request)[control.name];
      const asked = unanswered(answered);
      const now = control.name in asked ? asked[control.name] : shown;
      const plain = (one) => {
        const values = [].concat(one === undefined || one === null ? [] : one).filter((item) => item !== "");
        return JSON.stringify(values.length ? values : [shown_unasked || control.usual]);
      };
      if (plain(value) === plain(now)) return window.dash_clientside.no_update;
      const change = { [control.name]: shown_unasked && plain(value) === plain(null) ? null : value };
      if (control.lay_out_anew) change.lay_out_anew = true;
      return window.dash_clientside.clientele.gather_changes(change, answered);
    },
    // Written, not returned: Dash holds back whatever may follow from what is still under way. A change follows from the
    // view and the view from a change, so that with a link between them the whole page would stand still while a job runs.
    pass_on: function (value, to) {
      if (value) window.dash_clientside.set_props(to, { data: value });
      return window.dash_clientside.no_update;
    },
    copy_link: function (clicks, label, done) {
      if (!clicks) return window.dash_clientside.no_update;
      navigator.clipboard.writeText(window.location.href);
      window.setTimeout(() => window.dash_clientside.set_props("shell-copy", { children: label }), 1600);
      return done;
    },
    name_page: function (title) {
      if (title) document.title = title + " · Clientele";
      return window.dash_clientside.no_update;
    },
    // A click on a treemap's tile would zoom into it; here it means the tile's people, as on every other chart.
    steady_treemap: function (_figure, id) {
      const attach = (tries) => {
        const graph = document.querySelector("#" + id + " .js-plotly-plot");
        if (!graph || !graph.on) return tries && window.setTimeout(() => attach(tries - 1), 100);
        if (graph.dataset.steady) return undefined;
        graph.dataset.steady = "yes";
        graph.on("plotly_treemapclick", (event) => {
          graph.emit("plotly_click", event);
          return false;
        });
        return undefined;
      };
      attach(600);
      return window.dash_clientside.no_update;
    },
    // The grid asks for its rows itself when its own filters change; it is told here when the shell's do.
    refresh_grid: function (view, grid) {
      const asked = Object.assign({}, (view || {}).request);
      delete asked.where;
      delete asked.sort;
      delete asked.descending;
      delete asked.period;
      const key = JSON.stringify(asked);
      if (lastAsked !== null && lastAsked !== key) {
        window.dash_ag_grid.getApiAsync(grid).then((api) => api && api.purgeInfiniteCache());
      }
      lastAsked = key;
      return window.dash_clientside.no_update;
    },
  };
})();
