"""Anomalies: periods that are far from what was to be expected, each with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from analytics.customers import KEY, resolve_as_of
from analytics.errors import EmptyDataError
from analytics.sources import Source, fetch
from analytics.text import in_unit, say
from analytics.trends.members import joined
from analytics.trends.periods import Periods, place_of
from analytics.trends.seasons import knows_the_usual, seasonality
from analytics.trends.series import TREND_MEASURES, checked

Array = np.ndarray[Any, Any]
FEWEST_PERIODS: Final = 8
FARTHEST_SCORE: Final = 3.5
"""Iglewicz & Hoaglin (1993), How to Detect and Handle Outliers, p. 12: beyond this modified z-score."""
LEAST_DIFFERENCE: Final = 0.1
"""Closer than this share to the usual is not worth a word, however steady the series."""
_DUST: Final = 1e-9
"""A share that is rounding."""
_NEIGHBOURS: Final = 4
"""Periods on each side that a reason compares with."""
_LEAST_MOVE: Final = 0.05
_LEAST_CUSTOMER: Final = 0.25
_LEAST_PART: Final = 1 / 3
_LEAST_EXCESS: Final = 0.2
"""A part is named when it makes this much more of the difference than of what is usual."""


@dataclass(frozen=True, slots=True)
class Anomaly:
    """A period that is far from what was to be expected."""

    place: int
    start: date
    value: float
    usual: float
    score: float
    """The modified z-score; negative below the usual."""
    sentence: str
    """What happened."""
    reason: str = ""
    """Which of customers, orders and their value moved, and who or what made most of it."""


def anomalies(totals: pd.DataFrame, periods: Periods, measure: str, currency: str = "") -> tuple[Anomaly, ...]:
    """Complete periods whose value is far from the usual, in the order of time.

    The usual is trend plus season of STL, and the median of the nine periods around where the data has fewer than two cycles. Two
    do not tell STL which of them was the unusual one: there a period has to be far from those around it, and from what it
    would be were it as much above them as in the other cycle. Differences are shares of the usual, or
    of its median where it is below that: a busy season varies more, a quiet one not less. Far is a modified z-score
    0.6745 (x − median) / MAD beyond 3.5 (Iglewicz & Hoaglin 1993); where more than half of the differences are equal, with
    1.2533 × their mean absolute deviation in the place of MAD / 0.6745. And a tenth of the usual at least. Days of the week on
    which nothing ever happens are left out.

    Raises:
        RequestError: there is no such measure.
    """
    complete = periods.complete
    values = totals[checked(measure)].to_numpy(dtype=float)[complete]
    known = ~np.isnan(values) & ~_closed(values, periods.grain.cycle)
    if int(known.sum()) < FEWEST_PERIODS:
        return ()
    usuals = _usuals(totals, periods, measure, values)
    scores = np.array([_scores((values - usual) / _size(usual), known) for usual in usuals])
    least = LEAST_DIFFERENCE * np.maximum(np.abs(usuals), np.finfo(float).tiny)
    is_far = (np.abs(scores) > FARTHEST_SCORE) & (np.abs(values - usuals) >= least)
    is_one_way = np.abs(np.sign(scores).sum(axis=0)) == len(usuals)
    far = known & is_far.all(axis=0) & is_one_way
    nearest = np.abs(scores).argmin(axis=0)
    found = []
    for number in np.flatnonzero(far):
        place = complete.start + int(number)
        kind = int(nearest[number])
        value, expected = float(values[number]), max(float(usuals[kind][number]), 0.0)
        told = _sentence(periods.label(place), measure, value, expected, currency)
        found.append(Anomaly(place, periods.starts[place], value, expected, float(scores[kind][number]), told))
    return tuple(found)


def _closed(values: Array, cycle: int) -> Array:
    """Days of the week on which nothing ever happens: their differences are all 0, and would make every other one look large."""
    phase = np.arange(len(values)) % cycle
    active = np.bincount(phase, np.nan_to_num(values) != 0, cycle) > 0
    return np.asarray(~active[phase]) if len(values) >= 2 * cycle else np.zeros(len(values), dtype=bool)


def _usuals(totals: pd.DataFrame, periods: Periods, measure: str, values: Array) -> Array:
    """What each complete period is measured against, shape (1 or 2, complete periods)."""
    near = pd.Series(values).rolling(2 * _NEIGHBOURS + 1, center=True, min_periods=1).median()
    around = np.asarray(near, dtype=float)
    cycle = periods.grain.cycle
    if len(values) < 2 * cycle:
        return np.array([around])
    if not knows_the_usual(periods):
        return np.array([around, _as_in_other_cycles(values, around, cycle)])
    try:
        parts = seasonality(totals, periods, measure)
    except EmptyDataError:
        return np.array([around])
    return np.array([parts.trend + parts.season])


def _as_in_other_cycles(values: Array, around: Array, cycle: int) -> Array:
    """What each period would be, were it as much above those around it as the same period of the other cycles was."""
    lift = np.divide(values, around, out=np.ones(len(values)), where=np.nan_to_num(around) > 0)
    others = [np.delete(lift[place % cycle :: cycle], place // cycle) for place in range(len(values))]
    typical = np.array([float(np.nanmedian(other)) if np.isfinite(other).any() else 1.0 for other in others])
    return np.asarray(around * typical)


def _size(usual: Array) -> Array:
    """What a difference is a share of."""
    level = float(np.nanmedian(np.abs(usual))) or float(np.nanmax(np.abs(usual))) or 1.0
    return np.asarray(np.maximum(usual, level))


def _scores(difference: Array, known: Array) -> Array:
    middle = float(np.median(difference[known]))
    off = np.abs(difference[known] - middle)
    spread = float(np.median(off)) / 0.6745
    if spread <= _DUST:
        spread = 1.2533 * float(off.mean())
    if spread <= _DUST:
        return np.zeros(len(difference))
    return (difference - middle) / spread


def _sentence(label: str, measure: str, value: float, usual: float, currency: str) -> str:
    of = TREND_MEASURES[measure]
    label = label[:1].upper() + label[1:]
    what, unit = say(of.label).lower(), of.unit if of.unit == "money" else "count"
    expected = in_unit(round(usual, 0 if usual >= 10 else 2), unit, currency)
    if value == 0:
        return say("{when}: no {what}, where {usual} is usual.", when=label, what=what, usual=expected)
    now = in_unit(round(value, 0 if value >= 10 else 2), unit, currency)
    if usual <= 0 or value / usual >= 2:
        times = f"{value / usual:,.1f}" if usual > 0 else ""
        sentence = (
            "{when}: {what} {times}× the usual, {now} instead of {usual}."
            if times
            else "{when}: {what} of {now}, where none is usual."
        )
        return say(sentence, when=label, what=what, times=times, now=now, usual=expected)
    sentence = (
        "{when}: {what} {share} above the usual, {now} instead of {usual}."
        if value > usual
        else "{when}: {what} {share} below the usual, {now} instead of {usual}."
    )
    return say(sentence, when=label, what=what, share=f"{abs(value / usual - 1):.0%}", now=now, usual=expected)


def with_reasons(
    found: Sequence[Anomaly],
    totals: pd.DataFrame,
    periods: Periods,
    measure: str,
    source: Source,
    as_of: date | None = None,
    *,
    groups: pa.Table | None = None,
) -> tuple[Anomaly, ...]:
    """The anomalies with the reason of each: what moved, and which customer, country or category made most of it.

    A reason compares with the four periods before and after that are not anomalies themselves (for days: the same weekday).
    `groups` holds the customers that count, as `members` gives them; None counts all.
    """
    if not found:
        return ()
    ends_on = resolve_as_of(source, as_of)
    like = {item.place: _alike(item.place, periods, {other.place for other in found}) for item in found}
    needed = sorted({*like, *(place for places in like.values() for place in places)})
    leaders = _leaders(source, ends_on, periods, sorted(like), groups)
    splits = {kind: _split(source, ends_on, periods, needed, kind, groups) for kind in ("country", "category")}
    told = []
    for item in found:
        sentences = [_what_moved(item, totals, like[item.place], measure, source.currency)]
        if measure in ("revenue", "order_value_mean"):
            sentences.append(_who(item, totals, leaders, source.currency))
        if measure == "revenue":
            sentences += [_where(item, like[item.place], splits[kind]) for kind in splits]
        told.append(replace(item, reason=" ".join(sentence for sentence in sentences if sentence)))
    return tuple(told)


def _alike(place: int, periods: Periods, odd: set[int]) -> list[int]:
    apart = 7 if periods.grain.name == "day" else 1
    whole = periods.complete
    near = [place + step * apart for step in range(-_NEIGHBOURS, _NEIGHBOURS + 1) if step]
    return [other for other in near if whole.start <= other < whole.stop and other not in odd]


def _what_moved(item: Anomaly, totals: pd.DataFrame, like: list[int], measure: str, currency: str) -> str:
    if not like:
        return say("There is no like period to compare with.")
    now, usual = totals.iloc[item.place], totals.iloc[like].mean()
    if now["orders"] == 0:
        return say("Nobody ordered.")
    if not usual["orders"]:
        return say("At such times nobody orders otherwise.")
    each, each_usual = now["orders"] / now["customers"], usual["orders"] / usual["customers"]
    mean, mean_usual = now["revenue"] / now["orders"], usual["revenue"] / usual["orders"]
    factors = {"customers": (now["customers"], usual["customers"])}
    if measure in ("revenue", "orders"):
        factors["each"] = (each, each_usual)
    if measure == "revenue" and mean > 0 and mean_usual > 0:
        factors["mean"] = (mean, mean_usual)
    if measure == "order_value_mean":  # that it moved is what the anomaly says itself
        return ""
    sign = 1 if item.value > item.usual else -1
    moved = {name: sign * float(np.log(then / before)) for name, (then, before) in factors.items()}
    most = max(moved, key=lambda name: moved[name])
    if moved[most] < _LEAST_MOVE:
        return say("It is like the periods around it; trend and season let one expect otherwise.")
    then, before = (float(value) for value in factors[most])
    if most == "customers":
        sentence = (
            "More customers than usual ordered: {now} against {usual}."
            if then >= before
            else "Fewer customers than usual ordered: {now} against {usual}."
        )
        return say(sentence, now=f"{then:,.0f}", usual=f"{before:,.0f}")
    if most == "each":
        return say("Each ordered {now} times against {usual}.", now=f"{then:,.1f}", usual=f"{before:,.1f}")
    money = (in_unit(round(value, 0 if value >= 10 else 2), "money", currency) for value in (then, before))
    return say("The average order was {now} against {usual}.", **dict(zip(("now", "usual"), money, strict=True)))


def _who(item: Anomaly, totals: pd.DataFrame, leaders: dict[int, tuple[str, int, float]], currency: str) -> str:
    revenue = float(totals["revenue"].iloc[item.place])
    if item.value < item.usual or item.place not in leaders or revenue <= 0:
        return ""
    customer, orders, paid = leaders[item.place]
    if paid / revenue < _LEAST_CUSTOMER or totals["customers"].iloc[item.place] < 2:
        return ""
    sentence = (
        "One order of {paid} from customer {customer} is {share} of it."
        if orders == 1
        else "{n} orders of {paid} from customer {customer} are {share} of it."
    )
    told = in_unit(round(paid, 0 if paid >= 10 else 2), "money", currency)
    return say(sentence, paid=told, customer=customer, n=f"{orders:,}", share=f"{paid / revenue:.0%}")


def _where(item: Anomaly, like: list[int], split: pd.DataFrame) -> str:
    """The country or category that made most of the difference, where that is more than its usual part."""
    if split.empty or not like or split["name"].nunique() < 2:
        return ""
    now = split[split["place"] == item.place].groupby("name")["revenue"].sum()
    usual = split[split["place"].isin(like)].groupby("name")["revenue"].sum() / len(like)
    names = now.index.union(usual.index)
    now, usual = now.reindex(names, fill_value=0.0), usual.reindex(names, fill_value=0.0)
    difference = now - usual
    total = float(difference.sum())
    if not total or not float(usual.sum()) or (total > 0) != (item.value > item.usual):
        return ""
    parts = difference / total
    name = str(parts.idxmax())
    part = float(parts.max())
    if part < _LEAST_PART or part - float(usual[name]) / float(usual.sum()) < _LEAST_EXCESS:
        return ""
    return say("{name} makes {share} of the difference.", name=name, share=f"{min(part, 1):.0%}")


def _leaders(
    source: Source, ends_on: date, periods: Periods, places: list[int], groups: pa.Table | None
) -> dict[int, tuple[str, int, float]]:
    """The customer who paid most in each of some periods, with their orders in it and what they paid."""
    import ibis

    placed = _placed(source.table("orders"), ends_on, periods, places, groups)
    each = placed.group_by(KEY, "place").agg(orders=placed.count(), revenue=placed.revenue.sum())
    first = ibis.window(group_by="place", order_by=[each.revenue.desc(), each[KEY]])
    ranked = each.mutate(rank=ibis.row_number().over(first))
    ranked = ranked.filter(ranked["rank"] == 0).select(KEY, "place", "orders", revenue=ranked.revenue.cast("float64"))
    frame = fetch(ranked.order_by("place"))
    values = zip(frame[KEY].tolist(), frame["orders"].tolist(), frame["revenue"].tolist(), strict=True)
    return dict(zip(frame["place"].tolist(), values, strict=True))


def _split(
    source: Source, ends_on: date, periods: Periods, places: list[int], kind: str, groups: pa.Table | None
) -> pd.DataFrame:
    """Revenue of some periods by country of the order or category of the product. Columns place, name, revenue."""
    table = "orders" if kind == "country" else "order_lines"
    if not source.has(table):
        return pd.DataFrame({"place": [], "name": [], "revenue": []})
    rows = source.table(table)
    placed = _placed(rows.filter(rows[kind].notnull()), ends_on, periods, places, groups)
    reduced = placed.group_by("place", name=placed[kind]).agg(revenue=placed.revenue.sum().cast("float64"))
    return fetch(reduced.order_by("place", "name"))


def _placed(rows: Any, ends_on: date, periods: Periods, places: list[int], groups: pa.Table | None) -> Any:
    rows = rows.filter(rows.ordered_at < ends_on)
    rows = rows.mutate(place=place_of(rows.ordered_at, periods))
    rows = rows.filter(rows.place.isin(places))
    return rows if groups is None else joined(rows, groups)
