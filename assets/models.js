// Models: what a training in the background tells the page, and the card of a model on paper.
(function () {
  "use strict";
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.models = {
    // Who comes back to the tab finds a fresh page: its first word of the job shows that one is running.
    show_busy: function (label) {
      const block = { display: "block" }, none = { display: "none" };
      return label ? [block, true, none] : [none, false, block];
    },
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest && event.target.closest("[data-print]")) window.print();
  });
})();
