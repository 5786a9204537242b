"""The revenue bridge: from one month's revenue to the next, by who came, stayed, came back and stayed away.

revenue of the month before + new + reactivated + change of the retained − lost = revenue of the month
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from analytics.customers import KEY, resolve_as_of
from analytics.errors import RequestError
from analytics.matching import Mask
from analytics.sources import MOST_CUSTOMERS, Source, fetch
from analytics.text import say
from analytics.trends.members import WHO, joined
from analytics.trends.periods import Periods, period_label, periods_of, place_of

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """How a month's customers stand to the month before."""

    name: str
    label: str
    meaning: str
    sentence: str
    """Who is meant, with a place for the month."""


PARTS: Final[Mapping[str, Part]] = {
    part.name: part
    for part in (
        Part(
            "new",
            "New",
            "Customers whose first order ever was in the month.",
            "Customers whose first order ever was in {month}",
        ),
        Part(
            "reactivated",
            "Reactivated",
            "Customers who had ordered before, but not in the month before.",
            "Customers who ordered in {month} after at least one whole month without an order",
        ),
        Part(
            "retained",
            "Retained",
            "Customers who also ordered in the month before.",
            "Customers who ordered in {month} and in the month before",
        ),
        Part(
            "lost",
            "Lost",
            "Customers of the month before who did not order in the month; what they had paid then is missing now.",
            "Customers who ordered in the month before {month} and not in {month}",
        ),
    )
}
_NAMES: Final = tuple(PARTS)


@dataclass(frozen=True, slots=True, eq=False)
class Bridge:
    """Who moved between months: parallel arrays of shape (cells,), a cell being a group's customers of one part in a month."""

    months: Periods
    place: Array
    """The number of the month, counted from 0."""
    part: Array
    """The number of the part, in the order of `PARTS`."""
    who: Array
    customers: Array
    revenue: Array
    """What they paid in the month; 0 for those lost."""
    revenue_before: Array
    """What those retained or lost paid in the month before; 0 for the others."""

    def totals(self, keep: Mask | None = None) -> pd.DataFrame:
        """The bridge of each month from the second on, for the groups kept. Shape (months − 1, 11), by month.

        `revenue_before + new + reactivated + retained_change − lost = revenue`, to the last ten-thousandth. `new`,
        `reactivated` and `retained` are the month's revenue from those customers, `lost` is what those who stayed away paid
        in the month before; `…_customers` count them.
        """
        chosen: Any = slice(None) if keep is None else np.flatnonzero(keep[self.who])
        shape = (len(self.months), len(_NAMES))
        cells = self.place[chosen] * len(_NAMES) + self.part[chosen]

        def total(values: Array) -> Array:
            return np.bincount(cells, values[chosen], shape[0] * shape[1]).reshape(shape).round(4)

        customers, revenue, before = total(self.customers), total(self.revenue), total(self.revenue_before)
        at = {name: number for number, name in enumerate(_NAMES)}
        now = revenue.sum(axis=1).round(4)
        frame = pd.DataFrame(
            {
                "revenue_before": np.concatenate([[np.nan], now[:-1]]),
                "new": revenue[:, at["new"]],
                "reactivated": revenue[:, at["reactivated"]],
                "retained": revenue[:, at["retained"]],
                "retained_change": (revenue[:, at["retained"]] - before[:, at["retained"]]).round(4),
                "lost": before[:, at["lost"]],
                "revenue": now,
                **{f"{name}_customers": customers[:, at[name]].astype(np.int64) for name in _NAMES},
            },
            index=pd.Index(self.months.starts, name="month"),
        )
        return frame.iloc[1:]


def revenue_bridge(source: Source, as_of: date | None = None, *, groups: pa.Table | None = None) -> Bridge:
    """Reduce orders to who came, stayed, came back and stayed away in each month, by group of customers.

    Raises:
        EmptyDataError: nobody ordered before `as_of`.
    """
    ends_on = resolve_as_of(source, as_of)
    months = periods_of(source, ends_on, "month")
    known = joined(_steps(source, ends_on, months), groups)
    came = known.mutate(part=_part_of_arrival(known))
    came = came.group_by(WHO, "place", "part").agg(
        customers=came.count().cast("int64"),
        revenue=came.revenue.sum().cast("float64"),
        revenue_before=came.previous_revenue.sum(where=came.part == _NAMES.index("retained")).cast("float64"),
    )
    left = known.filter(_leaves(known) & (known.place + 1 < len(months)))
    left = left.mutate(place=(left.place + 1).cast("int32"))
    left = left.group_by(WHO, "place").agg(
        customers=left.count().cast("int64"), revenue_before=left.revenue.sum().cast("float64")
    )
    arrived = fetch(came, at_most=MOST_CUSTOMERS)
    lost = fetch(left, at_most=MOST_CUSTOMERS).assign(part=_NAMES.index("lost"), revenue=0.0)
    frame = pd.concat([arrived, lost], ignore_index=True).fillna({"revenue_before": 0.0})
    frame = frame.sort_values(["place", "part", WHO], kind="stable")
    return Bridge(
        months,
        frame["place"].to_numpy(dtype=np.intp),
        frame["part"].to_numpy(dtype=np.intp),
        frame[WHO].to_numpy(dtype=np.intp),
        frame["customers"].to_numpy(dtype=np.int64),
        frame["revenue"].to_numpy(dtype=float),
        frame["revenue_before"].to_numpy(dtype=float),
    )


def movement_sentence(details: Mapping[str, Any]) -> str:
    """Who is meant by a part of a month's bridge, in English.

    Raises:
        RequestError: the month or the part is not possible.
    """
    month, part = _checked(details)
    return say(part.sentence, month=period_label(month, "month"))


def movement_customers(source: Source, as_of: date, details: Mapping[str, Any]) -> Any:
    """The `customer_id`s behind a part of a month's bridge, as pandas: `{"month": "2011-11", "part": "lost"}`.

    Raises:
        RequestError: the month or the part is not possible.
    """
    month, part = _checked(details)
    months = periods_of(source, as_of, "month")
    if month not in months.starts[1:]:
        return pd.Series([], dtype="str")
    place = months.starts.index(month)
    orders = source.table("orders")
    orders = orders.filter(orders.ordered_at < min(as_of, months.ends_on(place)))
    placed = orders.mutate(place=place_of(orders.ordered_at, months))
    each = placed.group_by(KEY).agg(
        now=(placed.place == place).cast("int64").sum(),
        before=(placed.place == place - 1).cast("int64").sum(),
        first=placed.place.min(),
    )
    wanted = {
        "new": each["first"] == place,
        "reactivated": (each["first"] < place) & (each.now > 0) & (each.before == 0),
        "retained": (each.now > 0) & (each.before > 0),
        "lost": (each.now == 0) & (each.before > 0),
    }[part.name]
    return fetch(each.filter(wanted).select(KEY).order_by(KEY))[KEY]


def _steps(source: Source, ends_on: date, months: Periods) -> Any:
    """One row per customer and month with an order, with the customer's month and revenue before it and the month after."""
    import ibis

    orders = source.table("orders")
    orders = orders.filter(orders.ordered_at < ends_on)
    placed = orders.mutate(place=place_of(orders.ordered_at, months))
    each = placed.group_by(KEY, "place").agg(revenue=placed.revenue.sum())
    own = ibis.window(group_by=KEY, order_by="place")
    return each.mutate(
        previous=each.place.lag().over(own),
        previous_revenue=each.revenue.lag().over(own),
        following=each.place.lead().over(own),
    )


def _part_of_arrival(steps: Any) -> Any:
    import ibis

    number = {name: ibis.literal(place, "int32") for place, name in enumerate(_NAMES)}
    return ibis.cases(
        (~steps.previous.notnull(), number["new"]),
        (steps.previous == steps.place - 1, number["retained"]),
        else_=number["reactivated"],
    )


def _leaves(steps: Any) -> Any:
    """Whether no order follows in the month after."""
    return ~steps.following.notnull() | (steps.following > steps.place + 1)


def _checked(details: Mapping[str, Any]) -> tuple[date, Part]:
    told, name = details.get("month"), details.get("part")
    try:
        month = date.fromisoformat(f"{told}-01")
    except ValueError:
        raise RequestError(f"'{told}' is not possible for month. Write year and month, for example 2011-11.") from None
    if not isinstance(name, str) or name not in PARTS:
        raise RequestError(f"'{name}' is not possible for part. Allowed: {', '.join(PARTS)}.")
    if unknown := set(details) - {"month", "part"}:
        raise RequestError(f"A movement between months has no '{sorted(unknown)[0]}'. It has month and part.")
    return month, PARTS[name]
