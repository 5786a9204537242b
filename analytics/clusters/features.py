"""What scaling makes of the features that customers are grouped by: skew, weight, what stands in, and pairs that say the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any, Final, Literal

import numpy as np

from analytics.clusters.columns import is_flag, named, numbers
from analytics.clusters.coordinates import space_of
from analytics.clusters.feature_sets import correlation
from analytics.clusters.space import Axis, CategoryAxis, NumberAxis, Space
from analytics.customers import CustomerTable
from analytics.metrics import Metric, heading
from analytics.rules import AllOf, Condition, Not, Rule
from analytics.text import in_unit, say, say_count

Array = np.ndarray[Any, Any]
NEARLY_THE_SAME: Final = 0.9
"""From this correlation on, positive or negative, two features are pointed out: together they count nearly twice."""
_BARS: Final = 32
_FIGURES: Final = 5
"""Figures to which the ends of bars are rounded, so that rules can be read."""


@dataclass(frozen=True, slots=True)
class Feature:
    """Something that customers are grouped by, and what scaling makes of it."""

    name: str
    label: str
    kind: Literal["number", "day", "flag", "category"]
    unit: str
    meaning: str
    missing: str
    """What it means that a value is missing."""
    missing_customers: int
    stand_in: str
    """`median`, `highest`, `lowest` or `zero` for numbers; `own` where missing is a value of its own."""
    stand_in_value: float | str | None
    """The number, or the day, that stands in; None where missing is a value of its own."""
    skew_before: float | None
    """Skewness with what stands in, before scaling; None for named values and where there is no spread."""
    skew_after: float | None
    weight: float
    """The share of customers' mean squared distance that it decides."""
    values: int
    """How many values are told apart; 0 for numbers."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two features that say nearly the same."""

    one: str
    other: str
    one_label: str
    other_label: str
    r: float

    @property
    def sentence(self) -> str:
        told = (
            "{one} and {other} say nearly the same (r = {r}): leaving one out keeps it from counting twice."
            if self.r > 0
            else "{one} and {other} say nearly the same, one up where the other is down (r = {r}): leaving one out keeps it "
            "from counting twice."
        )
        return say(told, one=self.one_label, other=self.other_label, r=f"{self.r:.2f}".replace("0.", ".", 1))


@dataclass(frozen=True, slots=True)
class Features:
    """What customers are grouped by, in the order of the request."""

    customers: int
    scaling: str
    features: tuple[Feature, ...]
    pairs: tuple[Pair, ...]
    """Those whose correlation is `NEARLY_THE_SAME` or more, strongest first."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Bar:
    """Customers from `low` up to but not including `high`; the last bar of a histogram includes it."""

    low: float
    high: float
    customers: int
    """Those whose value is known."""
    stood_in: int
    """Those whose missing value counts as one in here."""
    rule: Rule
    """Who of the first they are."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How customers lie by one feature, before and after scaling. Of named values there is one bar each, the same in both."""

    name: str
    label: str
    unit: str
    skew_before: float | None
    skew_after: float | None
    before: tuple[Bar, ...]
    """In the feature's own unit; days count back from the as-of date."""
    after: tuple[Bar, ...]
    """As groups are found in: 0 is the middle, and 1 is a standard deviation, or what the scaling takes for it."""
    labels: tuple[str, ...] = ()
    """Of named values: what each bar stands for."""


def describe_space(
    table: CustomerTable, metrics: Sequence[str], attributes: Sequence[str] = (), scaled: str = "log"
) -> Features:
    """What scaling makes of the features that customers are to be grouped by, over all customers.

    Skewness is g1 = m3 / m2^1.5 (Joanes & Gill 1998), with what stands in for missing values. Correlations are Pearson's r of
    numbers and days after scaling.

    Raises:
        RequestError: the table does not have a column, a column is not suitable, or there is one customer.
        EmptyDataError: a column is missing for every customer.
    """
    space = space_of(table, metrics, attributes, scaled)
    places = [axis.coordinates(table.frame) for axis in space.axes]
    variances = np.array([float(part.var(axis=0).sum()) for part in places])
    weights = variances / variances.sum() if variances.sum() > 0 else variances
    described = tuple(
        _feature(table, space, axis, part, float(weight))
        for axis, part, weight in zip(space.axes, places, weights, strict=True)
    )
    counted = [place for place, axis in enumerate(space.axes) if isinstance(axis, NumberAxis)]
    pairs = _pairs([described[place] for place in counted], [places[place] for place in counted])
    return Features(len(table), scaled, described, pairs)


def _pairs(features: Sequence[Feature], places: Sequence[Array]) -> tuple[Pair, ...]:
    if len(features) < 2:
        return ()
    r = correlation([place[:, 0] for place in places])
    found = [
        Pair(one.name, other.name, one.label, other.label, float(r[i, j]))
        for i, one in enumerate(features)
        for j, other in enumerate(features)
        if i < j and abs(r[i, j]) >= NEARLY_THE_SAME
    ]
    return tuple(sorted(found, key=lambda pair: -abs(pair.r)))


def _feature(table: CustomerTable, space: Space, axis: Axis, places: Array, weight: float) -> Feature:
    column = table.frame[axis.column]
    metric = next((known for known in table.metrics if known.name == axis.column), None)
    label = say(metric.label) if metric else heading(axis.column)
    meaning = say(metric.meaning) if metric else say("An attribute that came with the data: {label}.", label=label)
    missing = say(metric.missing) if metric else say("Missing where the data does not say.")
    if isinstance(axis, CategoryAxis):
        absent = int(column.isna().sum())
        kind: Literal["flag", "category"] = "flag" if is_flag(column) else "category"
        values = len(axis.centers)
        return Feature(axis.column, label, kind, "", meaning, missing, absent, "own", None, None, None, weight, values)
    return Feature(
        axis.column,
        label,
        "day" if axis.origin else "number",
        metric.unit if metric else "days" if axis.origin else "",
        meaning,
        missing,
        space.filled.get(axis.column, 0),
        metric.stand_in if metric else "median",
        day_of(axis, axis.stand_in).isoformat() if axis.origin else axis.stand_in,
        skewness(axis.numbers(table.frame)),
        skewness(places[:, 0]),
        weight,
        0,
    )


def skewness(values: Array) -> float | None:
    """g1 = m3 / m2^1.5 (Joanes & Gill 1998): 0 where both sides are alike, positive with a long tail upwards; None without
    spread."""
    centred = values - values.mean()
    squares = centred * centred
    variance = float(squares.mean())
    if variance <= 1e-18 * max(float(np.abs(values).max(initial=0.0)) ** 2, 1e-300):
        return None
    return float((squares * centred).mean() / variance**1.5)


def day_of(axis: NumberAxis, days_before: float) -> date:
    """The day so many days before the origin of an axis of days."""
    return date.fromisoformat(axis.origin) - timedelta(days=round(days_before))


def feature_spread(table: CustomerTable, name: str, scaled: str = "log") -> Spread:
    """How all customers lie by a metric or an attribute, before and after scaling; each bar has the rule of its people.

    Raises:
        RequestError: the table does not have the column, it is not suitable, or there is one customer.
        EmptyDataError: the column is missing for every customer.
    """
    is_metric = any(known.name == name for known in table.metrics)
    space = space_of(table, (name,) if is_metric else (), () if is_metric else (name,), scaled)
    (axis,) = space.axes
    places = axis.coordinates(table.frame)
    feature = _feature(table, space, axis, places, 1.0)
    told = (name, feature.label, feature.unit, feature.skew_before, feature.skew_after)
    if isinstance(axis, CategoryAxis):
        bars = _named_bars(table, axis)
        return Spread(*told, bars, bars, axis.values)
    values = axis.numbers(table.frame)
    missing = table.frame[name].isna().to_numpy() | ~np.isfinite(numbers(table.frame[name]))
    low, high = float(places.min()), float(places.max())
    before = _edges(values, is_day=bool(axis.origin))
    after = axis.unscaled(np.linspace(low, high, _BARS + 1))
    rounded = np.array([_rounded(float(edge)) for edge in after]) if not axis.origin else np.round(after)
    after = _around(rounded, values)
    return Spread(
        *told,
        _bars(axis, values, missing, before, before),
        _bars(axis, values, missing, after, axis.scaled(after)),
    )


def _edges(values: Array, *, is_day: bool) -> Array:
    """The ends of equally wide bars over all values; of few whole numbers, and of days, whole ones."""
    low, high = float(values.min()), float(values.max())
    if bool((values % 1 == 0).all()) or is_day:
        low = np.floor(low)
        step = max(np.ceil((high + 1 - low) / _BARS), 1.0)
        return np.arange(low, high + step + 0.5, step)[: _BARS + 2] if high > low else np.array([low, low + 1])
    return _around(np.array([_rounded(edge) for edge in np.linspace(low, high, _BARS + 1)]), values)


def _around(edges: Array, values: Array) -> Array:
    """The edges, each once, so that all values lie between them."""
    low, high = float(values.min()), float(values.max())
    found = np.unique(edges)
    found = np.unique([min(low, float(found[0])), *found[1:-1], max(high, float(found[-1]))])
    inner = found[(found > low) & (found < high)]
    return np.unique([found[0], *inner, found[-1]]) if len(found) > 1 else np.array([found[0], found[0] + 1.0])


def _rounded(value: float) -> float:
    return float(f"{value:.{_FIGURES}g}")


def _bars(axis: NumberAxis, values: Array, missing: Array, edges: Array, drawn: Array) -> tuple[Bar, ...]:
    known = _counted(values[~missing], edges)
    stood_in = _counted(values[missing], edges)
    last = len(known) - 1
    return tuple(
        Bar(
            float(drawn[place]),
            float(drawn[place + 1]),
            int(known[place]),
            int(stood_in[place]),
            _rule(axis, float(edges[place]), float(edges[place + 1]), is_last=place == last),
        )
        for place in range(len(known))
    )


def _counted(values: Array, edges: Array) -> Array:
    """How many lie from each edge up to but not including the next; the last includes its end."""
    places = np.searchsorted(edges, values, side="right") - 1
    return np.bincount(np.minimum(places, len(edges) - 2), minlength=len(edges) - 1)


def _rule(axis: NumberAxis, low: float, high: float, *, is_last: bool) -> Rule:
    """Who lies between two edges; of days, who has a day between two days, counted backwards."""
    name = axis.column
    if axis.origin:
        first, last = day_of(axis, high).isoformat(), day_of(axis, low).isoformat()
        return AllOf((Condition(name, "at least" if is_last else "above", first), Condition(name, "at most", last)))
    ends = [int(edge) if edge.is_integer() else edge for edge in (low, high)]
    return AllOf((Condition(name, "at least", ends[0]), Condition(name, "at most" if is_last else "below", ends[1])))


def _named_bars(table: CustomerTable, axis: CategoryAxis) -> tuple[Bar, ...]:
    column = table.frame[axis.column]
    counts = np.bincount(axis.parted(*named(column)), minlength=len(axis.centers))
    known: Rule = Condition(axis.column, "known")
    truth: dict[str, bool] = {"yes": True, "no": False} if is_flag(column) else {}
    rules: list[Rule] = [Condition(axis.column, "equal to", truth.get(level, level)) for level in axis.levels]
    rules += [AllOf((known, Not(Condition(axis.column, "one of", axis.levels))))] if axis.has_others else []
    rules += [Condition(axis.column, "missing")] if axis.has_missing else []
    return tuple(
        Bar(place, place + 1, int(count), 0, rule)
        for place, (count, rule) in enumerate(zip(counts, rules, strict=True))
    )


def stand_in_notes(space: Space, metrics: Sequence[Metric], currency: str) -> tuple[str, ...]:
    """For each feature that is missing for some customers, a sentence on what stands in."""
    by_name = {metric.name: metric for metric in metrics}
    return tuple(
        _note(axis, by_name.get(axis.column), space.filled[axis.column], currency)
        for axis in space.axes
        if isinstance(axis, NumberAxis) and space.filled.get(axis.column)
    )


def _note(axis: NumberAxis, metric: Metric | None, count: int, currency: str) -> str:
    label = say(metric.label) if metric else heading(axis.column)
    how = metric.stand_in if metric else "median"
    value = (
        day_of(axis, axis.stand_in).isoformat()
        if axis.origin
        else in_unit(axis.stand_in, metric.unit if metric else "", currency)
    )
    is_wait = metric is not None and metric.unit == "days"
    one, other = _SENTENCES["longest" if how == "highest" and is_wait else how]
    return say_count(count, one, other, metric=label, value=value)


_SENTENCES: Final = {
    "longest": (
        "{metric} is missing for one customer; {value}, the longest known, stands in.",
        "{metric} is missing for {n} customers; {value}, the longest known, stands in.",
    ),
    "highest": (
        "{metric} is missing for one customer; {value}, the highest known, stands in.",
        "{metric} is missing for {n} customers; {value}, the highest known, stands in.",
    ),
    "lowest": (
        "{metric} is missing for one customer; {value}, the lowest known, stands in.",
        "{metric} is missing for {n} customers; {value}, the lowest known, stands in.",
    ),
    "zero": (
        "{metric} is missing for one customer; {value} stands in.",
        "{metric} is missing for {n} customers; {value} stands in.",
    ),
    "median": (
        "{metric} is missing for one customer; {value}, the median of the others, stands in.",
        "{metric} is missing for {n} customers; {value}, the median of the others, stands in.",
    ),
}
