"""What visits add up to: figures, hours, lengths, breakdowns, returns. Sums over arrays, so that a filter costs milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.behaviour.visits import UNKNOWN_DAY, Array, Visits, day_of
from analytics.matching import Mask

_Z: Final = 1.959963984540054
CLICK_EDGES: Final = (1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 50, 100)
"""A visit is in the bin of the last edge that its clicks reach."""
SECOND_EDGES: Final = (0, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600)
GAP_EDGES: Final = (0, 1, 2, 4, 8, 15, 31, 61, 91, 181, 366)
"""Days since the visit before; the first bin is the same day."""
RETURN_DAYS: Final = (7, 30, 90)


@dataclass(frozen=True, slots=True)
class VisitFigures:
    """The numbers of some visits; None where the data does not say."""

    sessions: int
    visitors: int | None
    bounce_rate: float | None
    clicks_mean: float | None
    seconds_mean: float | None
    """From the first click to the last: 0 for a visit of one click, as the time on the last page is not known."""
    cart_rate: float | None
    purchase_rate: float | None
    abandon_rate: float | None
    """Of visits with something in the cart, the share without a purchase."""


@dataclass(frozen=True, slots=True, eq=False)
class Binned:
    """How many visits are in each bin: `edges` are where bins begin, the last one is open."""

    edges: tuple[int, ...]
    counts: Array
    median: float | None
    """None where there are no visits."""
    unknown: int
    """Visits of which it is not known."""


@dataclass(frozen=True, slots=True)
class Returning:
    """Of visitors who were there long enough to be seen again, how many were."""

    days: int
    visitors: int
    """Whose first visit is at least so many days before the last day of the data."""
    returned: int

    @property
    def share(self) -> float | None:
        return self.returned / self.visitors if self.visitors else None


@dataclass(frozen=True, slots=True, eq=False)
class FirstPurchase:
    """Visits up to and with the first purchase, of the visitors who bought: how many came to it on which visit."""

    visitors: Array
    """At place k − 1 those who bought first on their k-th visit; the last place is that or a later one."""
    days_median: float | None
    """Calendar days from the first visit to the one of the first purchase."""

    @property
    def at_once_share(self) -> float | None:
        """The share who bought on their first visit."""
        total = int(self.visitors.sum())
        return float(self.visitors[0]) / total if total else None


def visit_figures(visits: Visits, keep: Mask | None = None) -> VisitFigures:
    """The numbers of the visits kept."""
    chosen = _chosen(visits, keep)
    clicks = visits.clicks[chosen]
    count = len(clicks)
    if not count:
        return VisitFigures(0, None, None, None, None, None, None, None)
    visitors = None
    if visits.visitor is not None:
        seen = np.zeros(int(visits.visitor.max()) + 2, dtype=bool)
        seen[visits.visitor[chosen]] = True
        visitors = int(seen[:-1].sum())
    seconds = None
    if visits.seconds is not None:
        known = visits.seconds[chosen]
        known = known[~np.isnan(known)]
        seconds = float(known.mean(dtype=np.float64)) if len(known) else None
    told = chosen if visits.says_what is None else chosen & visits.says_what
    carts = visits.has_cart[told] if visits.has_cart is not None else None
    bought = visits.has_purchase[told] if visits.has_purchase is not None else None
    abandoned = None
    if carts is not None and bought is not None and carts.any():
        abandoned = float((carts & ~bought).sum() / carts.sum())
    return VisitFigures(
        count,
        visitors,
        float((clicks == 1).sum() / count),
        float(clicks.sum(dtype=np.int64) / count),
        seconds,
        float(carts.mean()) if carts is not None and len(carts) else None,
        float(bought.mean()) if bought is not None and len(bought) else None,
        abandoned,
    )


def by_hour(visits: Visits, keep: Mask | None = None) -> Array | None:
    """How many visits began on which weekday (Monday first) at which hour, shape (7, 24); None without a clock."""
    if visits.hour is None or visits.day is None:
        return None
    chosen = _chosen(visits, keep)
    day, hour = visits.day[chosen], visits.hour[chosen]
    known = (day != UNKNOWN_DAY) & (hour >= 0)
    weekday = (day[known] + 3) % 7  # 1 January 1970 was a Thursday
    return np.bincount(weekday * 24 + hour[known], minlength=168).reshape(7, 24)


def by_weekday(visits: Visits, keep: Mask | None = None) -> Array | None:
    """How many visits began on which weekday (Monday first), shape (7,); None where visits have no day."""
    if visits.day is None:
        return None
    day = visits.day[_chosen(visits, keep)]
    return np.bincount((day[day != UNKNOWN_DAY] + 3) % 7, minlength=7)


def by_week(visits: Visits, keep: Mask | None = None) -> pd.DataFrame | None:
    """Visits and purchases of each week that begins on a Monday, without gaps; None where visits have no day.

    Index `week`; columns `sessions`, `purchases` (missing where unknown), `is_partial`: the data covers not all of it.
    """
    if visits.day is None:
        return None
    everyone = visits.day[visits.counted & (visits.day != UNKNOWN_DAY)]
    if not len(everyone):
        return None
    first, last = int(everyone.min()), int(everyone.max())
    start = _monday(first)
    weeks = (_monday(last) - start) // 7 + 1
    chosen = _chosen(visits, keep)
    day = visits.day[chosen]
    known = day != UNKNOWN_DAY
    week = (day[known] - start) // 7
    bought = visits.has_purchase[chosen][known] if visits.has_purchase is not None else None
    begins = [start + 7 * number for number in range(weeks)]
    return pd.DataFrame(
        {
            "sessions": np.bincount(week, minlength=weeks),
            "purchases": np.bincount(week[bought], minlength=weeks) if bought is not None else np.nan,
            "is_partial": [monday < first or monday + 6 > last for monday in begins],
        },
        index=pd.Index([day_of(monday) for monday in begins], name="week"),
    )


def clicks_binned(visits: Visits, keep: Mask | None = None) -> Binned:
    """How many visits had how many clicks."""
    return _binned(visits.clicks[_chosen(visits, keep)].astype(np.float64), CLICK_EDGES)


def seconds_binned(visits: Visits, keep: Mask | None = None) -> Binned | None:
    """How long visits of more than one click were, from the first click to the last; None without a clock.

    The length of a visit of one click is not known, and counted so.
    """
    if visits.seconds is None:
        return None
    chosen = _chosen(visits, keep)
    seconds = visits.seconds[chosen].astype(np.float64)
    seconds[visits.clicks[chosen] <= 1] = np.nan
    return _binned(seconds, SECOND_EDGES)


def gaps_binned(visits: Visits, keep: Mask | None = None) -> Binned | None:
    """How many days lie between a visit and the visitor's one before; None where visitors are not known."""
    if visits.days_since_last is None:
        return None
    return _binned(visits.days_since_last[_chosen(visits, keep)].astype(np.float64), GAP_EDGES)


def breakdown(visits: Visits, by: str, keep: Mask | None = None) -> pd.DataFrame:
    """Visits by a column of `groups`, largest first (segments in their own order).

    Columns: `sessions`, `bounces`, `bounce_rate`, and where purchases are known `purchases`, `purchase_rate` with `low` and
    `high`, its 95 % interval (Wilson 1927). Index: the names; empty for those that are counted together.
    """
    column = visits.groups[by]
    chosen = _chosen(visits, keep)
    codes = column.codes[chosen]
    known = codes >= 0
    count = len(column.names)
    sessions = np.bincount(codes[known], minlength=count)
    bounces = np.bincount(codes[known & (visits.clicks[chosen] == 1)], minlength=count)
    told: dict[str, Any] = {"sessions": sessions, "bounces": bounces, "bounce_rate": _share(bounces, sessions)}
    if visits.has_purchase is not None:
        purchases = np.bincount(codes[known & visits.has_purchase[chosen]], minlength=count)
        tell = known if visits.says_what is None else known & visits.says_what[chosen]
        telling = np.bincount(codes[tell], minlength=count)
        low, high = wilson(purchases, telling)
        told |= {"purchases": purchases, "purchase_rate": _share(purchases, telling), "low": low, "high": high}
    frame = pd.DataFrame(told, index=pd.Index(column.names, name=by))
    return frame[frame["sessions"] > 0]


def wilson(successes: Array, trials: Array) -> tuple[Array, Array]:
    """The 95 % interval of a share (Wilson 1927); not a number without trials."""
    n = np.where(trials > 0, trials, np.nan).astype(float)
    share, square = successes / n, _Z * _Z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = _Z / (1 + square / n) * np.sqrt(share * (1 - share) / n + square / (4 * n * n))
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)


def returning(visits: Visits, keep: Mask | None = None) -> tuple[Returning, ...]:
    """Which share of visitors came again within 7, 30 and 90 days of their first visit in the data.

    Counted are only visitors whose first visit lies that many days before the last day of the data, so that everyone had
    the time. Empty where visitors or days are not known.
    """
    if visits.visitor is None or visits.day is None:
        return ()
    chosen = _chosen(visits, keep) & (visits.visitor >= 0) & (visits.day != UNKNOWN_DAY)
    if not chosen.any():
        return ()
    visitor, day = visits.visitor[chosen], visits.day[chosen]
    first, second = _first_two(visitor, day)
    last = int(visits.day[visits.counted].max())
    found = []
    for days in RETURN_DAYS:
        long_enough = (first != UNKNOWN_DAY) & (first <= last - days)
        came = long_enough & (second != UNKNOWN_DAY) & (second - first <= days)
        found.append(Returning(days, int(long_enough.sum()), int(came.sum())))
    return tuple(found)


def first_purchases(visits: Visits, keep: Mask | None = None, *, most: int = 6) -> FirstPurchase | None:
    """On which of their visits visitors bought first; None where visitors, days or purchases are not known.

    A visitor's visits before the data begins are not known, so that a late beginner counts as an early buyer.
    """
    if visits.visitor is None or visits.day is None or visits.has_purchase is None:
        return None
    chosen = np.flatnonzero(_chosen(visits, keep) & (visits.visitor >= 0) & (visits.day != UNKNOWN_DAY))
    visitor, day = visits.visitor[chosen], visits.day[chosen]
    hour = visits.hour[chosen] if visits.hour is not None else np.zeros(len(chosen), dtype=np.int8)
    # sessions of a visitor are numbered in the order of time, which settles what day and hour leave open
    order = np.lexsort((hour, day, visitor))
    visitor, day, bought = visitor[order], day[order], visits.has_purchase[chosen][order]
    begins = np.flatnonzero(np.append(True, visitor[1:] != visitor[:-1])) if len(visitor) else np.empty(0, np.intp)
    start = np.repeat(begins, np.diff(np.append(begins, len(visitor))))
    places = np.flatnonzero(bought)
    _, earliest = np.unique(visitor[places], return_index=True)
    places = places[earliest]
    nth = places - start[places]
    waited = day[places] - day[start[places]]
    counts = np.bincount(np.minimum(nth, most - 1), minlength=most)
    return FirstPurchase(counts, float(np.median(waited)) if len(waited) else None)


def customers_seen(visits: Visits, mask: Mask) -> Array:
    """The rows of the customer table of those who had one of these sessions. Shape (customers,)."""
    if visits.customer is None:
        return np.empty(0, dtype=np.intp)
    rows = visits.customer[mask]
    return np.unique(rows[rows >= 0])


def _chosen(visits: Visits, keep: Mask | None) -> Mask:
    return visits.counted if keep is None else keep


def _share(part: Array, whole: Array) -> Array:
    return part / np.where(whole > 0, whole, np.nan)


def _binned(values: Array, edges: tuple[int, ...]) -> Binned:
    known = values[~np.isnan(values)]
    places = np.searchsorted(np.array(edges, dtype=float), known, side="right") - 1
    counts = np.bincount(np.maximum(places, 0), minlength=len(edges))
    return Binned(edges, counts, float(np.median(known)) if len(known) else None, int(len(values) - len(known)))


def _monday(day: int) -> int:
    return day - (day + 3) % 7


def _first_two(visitor: Array, day: Array) -> tuple[Array, Array]:
    """Each visitor's first day and the day of the second visit, `UNKNOWN_DAY` where there is none."""
    order = np.lexsort((day, visitor))
    visitor, day = visitor[order], day[order]
    begins = np.append(True, visitor[1:] != visitor[:-1])
    size = int(visitor.max()) + 1
    first = np.full(size, UNKNOWN_DAY, dtype=np.int64)
    second = np.full(size, UNKNOWN_DAY, dtype=np.int64)
    first[visitor[begins]] = day[begins]
    follows = np.append(False, begins[:-1]) & ~begins
    second[visitor[follows]] = day[follows]
    return first, second


def kept_by(visits: Visits, conditions: Mapping[str, Any]) -> Mask:
    """Which counted sessions meet conditions: `weekday` (0 is Monday), `hour`, `clicks_from`, `clicks_below`, `week`, and
    names of `groups` with a value. Shape (sessions,)."""
    mask = visits.counted.copy()
    for name, value in conditions.items():
        if name == "weekday":
            mask &= _known(visits.day) & ((_or_unknown(visits.day, len(visits)) + 3) % 7 == value)
        elif name == "hour":
            mask &= (visits.hour == value) if visits.hour is not None else False
        elif name == "week":
            start = (date.fromisoformat(str(value)) - date(1970, 1, 1)).days
            day = _or_unknown(visits.day, len(visits))
            mask &= (day >= start) & (day < start + 7)
        elif name == "clicks_from":
            mask &= visits.clicks >= value
        elif name == "clicks_below":
            mask &= visits.clicks < value
        else:
            column = visits.groups.get(name)
            code = column.names.index(value) if column is not None and value in column.names else -2
            mask &= (column.codes == code) if column is not None else False
    return mask


def _or_unknown(day: Array | None, count: int) -> Array:
    return np.full(count, UNKNOWN_DAY, dtype=np.int64) if day is None else day.astype(np.int64)


def _known(day: Array | None) -> Any:
    return False if day is None else day != UNKNOWN_DAY
