// The picture of the groups: what is drawn around customers, the way back, and how wide the screen is.
(function () {
  "use strict";
  const NARROW = window.matchMedia("(max-width: 620px)");
  const plot = (id) => document.querySelector("#" + id + " .js-plotly-plot");
  const no_update = () => window.dash_clientside.no_update;

  // Whether the pointer is down, and whether it went anywhere since: then it turned the picture, and clicked nothing.
  const press = { x: 0, y: 0, is_down: false, is_drag: false };
  let after_press = [];
  // Whoever chose nobody is not to get back, with a picture that was on its way, what had been drawn in the one before.
  let is_cleared = false;
  const released = () => {
    press.is_down = false;
    after_press.forEach((go_on) => go_on());
    after_press = [];
  };
  document.addEventListener("pointerdown", (event) => {
    Object.assign(press, { x: event.clientX, y: event.clientY, is_down: true, is_drag: false });
    if (event.target.closest && event.target.closest(".js-plotly-plot")) is_cleared = false;
  }, true);
  document.addEventListener("pointermove", (event) => {
    if (press.is_down && Math.hypot(event.clientX - press.x, event.clientY - press.y) > 5) press.is_drag = true;
  }, true);
  for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, released, true);

  function corners(selected) {
    const line = selected && selected.lassoPoints, box = selected && selected.range;
    if (line && line.x && line.y) return line.x.map((x, place) => [x, line.y[place]]);
    if (!box || !box.x || !box.y) return null;
    const [[left, right], [low, high]] = [box.x, box.y];
    return [[left, low], [right, low], [right, high], [left, high]];
  }

  function clear(graph) {
    if (!graph || !window.Plotly || !graph.layout || !(graph.layout.selections || []).length) return;
    window.Plotly.update(graph, { selectedpoints: null }, { selections: [] });
  }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.cloud = {
    // Before the first drawing, so that a phone asks for its picture alone.
    measure: function () {
      return NARROW.matches ? "narrow" : "wide";
    },
    take_area: function (selected, _clicks, id) {
      const asked = window.dash_clientside.callback_context.triggered.map((item) => item.prop_id);
      const graph = plot(id);
      if (asked.some((name) => name.endsWith(".n_clicks"))) {
        is_cleared = true;
        clear(graph);
        return null;
      }
      const around = corners(selected);
      if (!around || around.length < 3) return selected ? no_update() : null;
      if (is_cleared) {
        clear(graph);
        return null;
      }
      // One area at a time: what was drawn before goes.
      const drawn = graph && graph.layout && graph.layout.selections;
      if (drawn && drawn.length > 1) window.Plotly.relayout(graph, { selections: drawn.slice(-1) });
      const meta = graph && graph.layout && graph.layout.meta;
      return { around: around, basis: (meta && meta.basis) || "" };
    },
    take_camera: function (moved) {
      return (moved && moved["scene.camera"]) || no_update();
    },
    take_click: function (clicked) {
      const point = clicked && clicked.points && clicked.points[0];
      if (!point) return no_update();
      const told = () => press.is_drag ? no_update() : { points: [{ curveNumber: point.curveNumber }], at: Date.now() };
      return press.is_down ? new Promise((resolve) => after_press.push(() => resolve(told()))) : told();
    },
    // A finger scrolls the page until it is told to draw.
    draw_by_hand: function (clicks, id) {
      const graph = plot(id);
      if (!clicks || !graph || !window.Plotly) return no_update();
      const draws = graph._fullLayout.dragmode === "lasso";
      window.Plotly.relayout(graph, { dragmode: draws ? false : "lasso" });
      document.getElementById("clusters-by-hand").setAttribute("aria-pressed", String(!draws));
      return draws ? "button by-hand" : "button by-hand is-on";
    },
  };

  NARROW.addEventListener("change", () => {
    if (document.getElementById("clusters-cloud")) {
      window.dash_clientside.set_props("clusters-width", { data: window.dash_clientside.cloud.measure() });
    }
  });

  document.addEventListener("keydown", (event) => {
    const bar = document.getElementById("clusters-chosen");
    const is_shown = bar && bar.style.display !== "none" && !document.querySelector(".offcanvas.show");
    if (event.key === "Escape" && is_shown) document.getElementById("clusters-chosen-clear").click();
  });
})();
