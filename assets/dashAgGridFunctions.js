// How the grid writes numbers. Named functions, because the page's policy forbids evaluating text.
(function () {
  "use strict";
  const dagfuncs = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  const written = (options) => {
    const format = new Intl.NumberFormat("en", options);
    return (value) => (value === null || value === undefined ? "–" : format.format(value));
  };
  dagfuncs.clienteleNumber = written({ maximumFractionDigits: 1 });
  dagfuncs.clienteleMoney = written({ minimumFractionDigits: 2, maximumFractionDigits: 2 });
  dagfuncs.clienteleShare = written({ style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
})();
