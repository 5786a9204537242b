"""How a metric is spread: a histogram, quantiles, and for each segment its box and the outline of its violin."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from analytics.customers import CustomerTable
from analytics.exploration.columns import Array, Column, column, grouped, plain, rows_of, values_of
from analytics.matching import Mask
from analytics.rfm import SEGMENT
from analytics.rules import AllOf, Condition, Rule

MOST_BINS: Final = 50
_PERCENTILES: Final = (1, 5, 10, 25, 50, 75, 90, 95, 99)
QUANTILES: Final = tuple((f"p{percent}", percent / 100) for percent in _PERCENTILES)
GRID_POINTS: Final = 96
"""Points of a violin's outline."""
_NICE: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
_FINE: Final = 1_024


@dataclass(frozen=True, slots=True)
class Bin:
    """A bar of a histogram: values from `low` up to but not including `high`; the last one includes it."""

    low: float
    high: float
    customers: int
    is_tail: bool = False
    """Whether it gathers the few far values beyond the drawn range."""


@dataclass(frozen=True, slots=True)
class Box:
    """A segment's values in five numbers (Tukey 1977). All are None where nobody has a value."""

    segment: str
    customers: int
    missing: int
    mean: float | None = None
    low_whisker: float | None = None
    """The lowest value that is not further than 1.5 interquartile ranges below the lower quartile."""
    lower_quartile: float | None = None
    median: float | None = None
    upper_quartile: float | None = None
    high_whisker: float | None = None
    outliers: int = 0
    """Customers beyond the whiskers."""


@dataclass(frozen=True, slots=True)
class Violin:
    """The outline of a segment's values: a density over a grid, the largest scaled to 1. Empty where there is no spread."""

    segment: str
    at: tuple[float, ...]
    density: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Distribution:
    """How a metric is spread over some customers; statistics are of those who have a value."""

    column: Column
    log: bool
    customers: int
    missing: int
    not_positive: int
    """With `log`, the customers with 0 or less: they have no logarithm and are counted beside the bars."""
    mean: float | None
    sd: float | None
    """With n - 1 in the denominator; None for one customer."""
    minimum: float | None
    maximum: float | None
    quantiles: dict[str, float]
    bins: tuple[Bin, ...]

    @property
    def median(self) -> float | None:
        return self.quantiles.get("p50")

    def rule(self, place: int) -> Rule:
        """Who is in a bar."""
        found, name = self.bins[place], self.column.name
        is_last = place == len(self.bins) - 1
        high = Condition(name, "at most" if is_last else "below", plain(found.high))
        return AllOf((Condition(name, "at least", plain(found.low)), high))

    def to_json(self) -> dict[str, Any]:
        return {
            "metric": self.column.name,
            "label": self.column.label,
            "unit": self.column.unit,
            "customers": self.customers,
            "missing": self.missing,
            "mean": self.mean,
            "median": self.median,
            "sd": self.sd,
            "min": self.minimum,
            "max": self.maximum,
            "quantiles": self.quantiles,
            "histogram": [{"low": item.low, "high": item.high, "customers": item.customers} for item in self.bins],
        }


def distribution(
    table: CustomerTable, name: str, keep: Mask | None = None, *, log: bool = False, most_bins: int = MOST_BINS
) -> Distribution:
    """Count the customers kept by the values of a metric.

    Bars are as wide as Freedman & Diaconis (1981) say, 2 IQR n^(-1/3), rounded up to a nice number. Where a few far values
    would squeeze the rest, the last bar gathers everything beyond the range of the others. With `log` bars are equally
    wide in log10.

    Raises:
        RequestError: the column is not a number.
    """
    values = values_of(table, name, rows_of(keep))
    inside = np.sort(values[~np.isnan(values)])  # everything below is a look into sorted values
    shown = inside[np.searchsorted(inside, 0, side="right") :] if log else inside
    bins = _log_bins(shown, most_bins) if log else _bins(shown, most_bins)
    named, mean, sd = _statistics(inside)
    return Distribution(
        column(table, name),
        log,
        len(values),
        len(values) - len(inside),
        len(inside) - len(shown),
        mean,
        sd,
        float(inside[0]) if len(inside) else None,
        float(inside[-1]) if len(inside) else None,
        named,
        bins,
    )


def _statistics(inside: Array) -> tuple[dict[str, float], float | None, float | None]:
    if not len(inside):
        return {}, None, None
    named = {label: quantile(inside, share) for label, share in QUANTILES}
    return named, float(inside.mean()), float(inside.std(ddof=1)) if len(inside) > 1 else None


def quantile(ordered: Array, share: float) -> float:
    """The linearly interpolated quantile of sorted values (Hyndman & Fan 1996, type 7)."""
    place = share * (len(ordered) - 1)
    below = int(place)
    low, high = float(ordered[below]), float(ordered[min(below + 1, len(ordered) - 1)])
    return low + (high - low) * (place - below)


def _bins(values: Array, most: int) -> tuple[Bin, ...]:
    if not len(values):
        return ()
    low, high = float(values[0]), float(values[-1])
    if low == high:
        return (Bin(low, high, len(values)),)
    lower, upper, far = (quantile(values, share) for share in (0.25, 0.75, 0.99))
    width = 2 * (upper - lower) * len(values) ** (-1 / 3)
    whole = bool((values % 1 == 0).all())
    drawn = high
    if width > 0 and (high - low) / width > most:  # far values: draw nearly all of them, gather the rest
        drawn = max(far, upper + width)
    nice = _nice_width(max(width, (drawn - low) / most), whole=whole)
    start = np.floor(low / nice)
    stop = np.ceil(drawn / nice) if drawn < high else np.floor(drawn / nice) + 1
    edges = np.round(np.arange(start, stop + 1) * nice, 10)
    return _counted(values, edges, high)


def _log_bins(values: Array, most: int) -> tuple[Bin, ...]:
    if not len(values):
        return ()
    if values[0] == values[-1]:
        return (Bin(float(values[0]), float(values[-1]), len(values)),)
    low, high = np.log10(values[[0, -1]]).tolist()
    lower, upper = (float(np.log10(quantile(values, share))) for share in (0.25, 0.75))
    width = max(2 * (upper - lower) * len(values) ** (-1 / 3), (high - low) / most, 0.01)
    nice = _nice_width(width, whole=False)
    powers = np.round(np.arange(np.floor(low / nice), np.floor(high / nice) + 2) * nice, 10)
    edges = np.array([float(f"{edge:.4g}") for edge in 10.0**powers])
    # Rounding may have moved the first edge above the lowest value
    edges[0] = min(edges[0], float(values[0]))
    return _counted(values, edges, float(values[-1]))


def _counted(values: Array, edges: Array, high: float) -> tuple[Bin, ...]:
    """The bars between edges; what lies beyond the last edge is one bar more."""
    counts = np.diff(np.searchsorted(values, edges), append=len(values))
    bins = [
        Bin(float(low), float(up), int(count))
        for low, up, count in zip(edges[:-1], edges[1:], counts[:-1], strict=True)
    ]
    if high >= edges[-1]:
        bins.append(Bin(float(edges[-1]), high, int(counts[len(edges) - 1]), is_tail=True))
    while bins and not bins[-1].customers:
        bins.pop()
    return tuple(bins)


def _nice_width(width: float, *, whole: bool) -> float:
    """The next number upwards of 1, 2, 2.5, 5 times a power of ten; at least 1, and whole, for whole numbers."""
    if whole and width <= 1:
        return 1.0
    power = 10.0 ** np.floor(np.log10(width))
    steps = [step for step in _NICE if not (whole and step * power % 1)]
    return float(next(step * power for step in steps if step * power >= width * (1 - 1e-9)))


def boxes(
    table: CustomerTable, name: str, keep: Mask | None = None, *, log: bool = False, by: str = SEGMENT
) -> tuple[Box, ...]:
    """The box of each segment, best segment first; whiskers and outliers after Tukey (1977).

    With `log` they are those of the logarithms of the positive values, told in the metric's own unit.
    """
    groups = grouped(table, by)
    rows = rows_of(keep)
    values = values_of(table, name, rows)
    codes = groups.codes if rows is None else groups.codes[rows]
    return tuple(_box(label, values[codes == code], log=log) for code, label in enumerate(groups.labels))


def _box(segment: str, values: Array, *, log: bool) -> Box:
    inside = np.sort(values[~np.isnan(values)])
    missing = len(values) - len(inside)
    if log:
        inside = np.log10(inside[inside > 0])

    def told(value: Any) -> float:
        return float(10.0**value) if log else float(value)

    if not len(inside):
        return Box(segment, len(values), missing)
    lower, median, upper = (quantile(inside, share) for share in (0.25, 0.5, 0.75))
    reach = 1.5 * (upper - lower)
    first, last = np.searchsorted(inside, [lower - reach, upper + reach], side="left").tolist()
    last += int(np.searchsorted(inside[last:], upper + reach, side="right"))
    within = inside[first:last]
    mean = told(inside.mean())  # of logarithms it is the geometric mean
    ends = (told(within[0]), told(lower), told(median), told(upper), told(within[-1]))
    return Box(segment, len(values), missing, mean, *ends, len(inside) - len(within))


def boxes_json(found: tuple[Box, ...]) -> list[dict[str, Any]]:
    """Boxes as the command line tells them."""
    return [asdict(box) for box in found]


def violins(
    table: CustomerTable, name: str, keep: Mask | None = None, *, log: bool = False, by: str = SEGMENT
) -> tuple[Violin, ...]:
    """The outline of each segment's values, from a Gaussian kernel whose width is Silverman's (1986, eq. 3.31).

    The grid runs from the lowest value to the 99th percentile, or in log10 over all positive values; `at` is in the
    metric's own unit.
    """
    groups = grouped(table, by)
    rows = rows_of(keep)
    values = values_of(table, name, rows)
    codes = groups.codes if rows is None else groups.codes[rows]
    usable = ~np.isnan(values) if not log else values > 0
    values, codes = values[usable], codes[usable]
    if not len(values):
        return tuple(Violin(label, (), ()) for label in groups.labels)
    ordered = np.sort(values)
    low, high = float(ordered[0]), float(ordered[-1]) if log else quantile(ordered, 0.99)
    if log:
        low, high = float(np.log10(low)), float(np.log10(high))
    outlines = []
    for code, label in enumerate(groups.labels):
        mine = values[codes == code]
        at, density = _outline(np.log10(mine) if log else mine, low, high)
        outlines.append(Violin(label, tuple((10.0**at if log else at).tolist()), tuple(density.tolist())))
    return tuple(outlines)


def _outline(values: Array, low: float, high: float) -> tuple[Array, Array]:
    """A density over the range, from values counted in fine bins first: as exact as a picture needs, whatever their number."""
    nothing = np.empty(0)
    if len(values) < 2 or high <= low:
        return nothing, nothing
    values = np.sort(values)
    lower, upper = quantile(values, 0.25), quantile(values, 0.75)
    sd = float(values.std(ddof=1))
    spread = min(sd, (upper - lower) / 1.34) or sd
    if spread <= 0:
        return nothing, nothing
    step = (high - low) / _FINE
    width = max(0.9 * spread * len(values) ** -0.2, 2 * step)
    edges = np.linspace(low, high, _FINE + 1)
    counts = np.diff(np.searchsorted(values, edges))
    middles = (edges[:-1] + edges[1:]) / 2
    grid = np.linspace(low, high, GRID_POINTS)
    density = np.exp(-0.5 * ((grid[:, None] - middles[None, :]) / width) ** 2) @ counts
    most = density.max()
    return grid, density / most if most > 0 else density
