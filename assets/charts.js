// Charts as files: a picture is made in the browser, numbers come from the server by the view in the address.
(function () {
  "use strict";
  // Plotly draws a map from country shapes of its own and would fetch them from another host. Ours come with the figure.
  const none = { type: "GeometryCollection", geometries: [] };
  const names = ["coastlines", "land", "ocean", "lakes", "rivers", "countries", "subunits"];
  const objects = Object.fromEntries(names.map((name) => [name, none]));
  const shapes = (window.PlotlyGeoAssets = window.PlotlyGeoAssets || { topojson: {} });
  shapes.topojson.world_110m = { type: "Topology", arcs: [], objects: objects };

  const SPACE_FOR_TITLE = 40;
  function picture(graph, title, form) {
    const width = graph.clientWidth, height = graph.clientHeight;
    const layout = Object.assign({}, graph.layout);
    const margin = Object.assign({}, graph._fullLayout.margin);
    layout.margin = Object.assign(margin, { t: margin.t + SPACE_FOR_TITLE });
    const font = { size: 16, color: graph._fullLayout.font.color };
    layout.title = { text: title, x: 0.02, xanchor: "left", y: 1 - 22 / (height + SPACE_FOR_TITLE), yanchor: "middle", font: font };
    const size = { width: width, height: height + SPACE_FOR_TITLE };
    Object.assign(layout, size, { autosize: false });
    const file = title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 80) || "chart";
    const scale = form === "png" ? 2 : 1;
    return window.Plotly.downloadImage({ data: graph.data, layout: layout }, Object.assign(size, { format: form, scale: scale, filename: file }));
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("[data-chart]");
    if (!button) return;
    const graph = document.querySelector("#" + CSS.escape(button.dataset.chart) + " .js-plotly-plot");
    const title = document.getElementById(button.dataset.chart + "-title");
    if (graph && window.Plotly) picture(graph, (title && title.textContent) || "", button.dataset.form);
  });

  // The address of the page holds the view; the link takes it along at the moment when it is used.
  const aim = (event) => {
    const link = event.target.closest && event.target.closest("a[data-table]");
    if (link) link.href = link.dataset.table + window.location.search;
  };
  for (const name of ["pointerdown", "focusin", "click"]) document.addEventListener(name, aim, true);
})();
