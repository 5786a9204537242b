// The card of a model on paper: the browser prints what the page shows.
(function () {
  "use strict";
  document.addEventListener("click", (event) => {
    if (event.target.closest && event.target.closest("[data-print]")) window.print();
  });
})();
