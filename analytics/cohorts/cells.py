"""Orders reduced on the engine to cohorts and periods, by group of customers.

Who was active in which period is a bit per period and customer, so that orders are counted once for each customer and not
once for each customer and period: grouping ten million orders by customer alone takes a sixth of the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from analytics.cohorts.kinds import COHORT_KINDS, EVERYONE, CohortKind, kind_named, label_of, meant, started_on
from analytics.cohorts.periods import Array, Calendar, calendar_of, key_of, number_expression, number_of
from analytics.cohorts.tables import Cohorts, dense
from analytics.customers import KEY
from analytics.errors import RequestError
from analytics.matching import Mask
from analytics.sources import Source, fetch
from analytics.text import say

_BITS: Final = 62
"""Periods to one integer; a 63rd would reach the sign."""
_UNKNOWN: Final = ""
"""What stands for an attribute that is missing, while keys are joined: a missing key equals nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Members:
    """What the caller knows of each customer: parallel to `ids`."""

    ids: pd.Series[Any]
    """Every customer of the source with an order before the as-of date, as in the customer table."""
    codes: Array | None = None
    """Which group each is in, counted from 0: a filter on groups is then a sum."""
    labels: pd.Series[Any] | None = None
    """The segment or cluster of each, a category in the order to be shown."""


@dataclass(frozen=True, slots=True, eq=False)
class CohortCells:
    """Active customers and revenue by group, cohort and periods since the first order: parallel arrays of shape (cells,)."""

    kind: CohortKind
    calendar: Calendar
    currency: str
    keys: tuple[str | None, ...]
    """The cohorts' keys: months, weeks, products …; None is the one of those of whom it is not known."""
    labels: tuple[str, ...]
    is_ordered: bool
    """Whether the cohorts have an order of their own; otherwise the largest come first."""
    group: Array = field(repr=False)
    row: Array = field(repr=False)
    """Which cohort."""
    first: Array = field(repr=False)
    """The period of the first order."""
    since: Array = field(repr=False)
    customers: Array = field(repr=False)
    revenue: Array = field(repr=False)

    def table(self, keep: Mask | None = None) -> Cohorts:
        """The cohorts of the groups kept; those with nobody in them are left out."""
        chosen: Any = slice(None) if keep is None else np.flatnonzero(keep[self.group])
        return dense(
            self.kind,
            self.calendar,
            self.currency,
            self.keys,
            self.labels,
            self.is_ordered,
            (self.row[chosen], self.first[chosen], self.since[chosen]),
            self.customers[chosen],
            self.revenue[chosen],
        )


def available(source: Source) -> tuple[str, ...]:
    """The kinds of cohorts for which the dataset knows what they need; clusters are for the caller to know."""
    known = []
    for name in ("orders", "order_lines"):
        columns = [kind.column for kind in _kinds_of(name)]
        if source.has(name) and columns:
            rows = source.table(name)
            counted = fetch(rows.agg(**{column: rows[column].count() for column in columns})).iloc[0]
            known += [kind.name for kind in _kinds_of(name) if counted[kind.column]]
    return tuple(
        kind.name for kind in COHORT_KINDS if kind.name in known or (not kind.table and kind.column != "cluster")
    )


def _kinds_of(table: str) -> list[CohortKind]:
    return [kind for kind in COHORT_KINDS if kind.table == table]


def cohort_cells(
    source: Source, as_of: date | None = None, by: str | CohortKind = "month", members: Members | None = None
) -> CohortCells:
    """Reduce a source's orders before `as_of` to cohorts, by a kind of `COHORT_KINDS` or by the groups that `members` tells.

    Raises:
        RequestError: there is no such kind of cohorts, the dataset does not know what it needs, or labels are not given.
        EmptyDataError: nobody ordered before `as_of`.
    """
    kind = kind_named(by) if isinstance(by, str) else by
    if kind.is_of_groups and (members is None or members.labels is None):
        raise RequestError(say("Cohorts by {by} need the label of each customer.", by=kind.name))
    calendar = calendar_of(source, as_of, kind.unit)
    orders = _orders(source, as_of, calendar)
    joined = _firsts(orders, calendar, with_instant=bool(kind.table))
    dimensions = ["first"]
    with ExitStack() as kept:
        if kind.table:
            joined = _kept(kept, joined)
            joined = joined.join(_of_first_order(source, orders, joined, kind, kept), KEY)
            dimensions.append("label")
        if members is not None:
            joined = joined.join(_known(members, kind), KEY)
            dimensions += [name for name in ("group", "code") if name in joined.columns]
        if len(dimensions) > 1:
            joined = _kept(kept, joined)
        frame = fetch(_counted(orders, joined, dimensions, calendar).order_by(*dimensions, "period"))
    if kind.table and not (frame["label"] != _UNKNOWN).any():
        raise RequestError(
            say(
                "Dataset '{name}' does not know the {label} of an order. There are cohorts by {known}.",
                name=source.name,
                label=kind.name,
                known=", ".join(available(source)),
            )
        )
    return _cells(source, frame, kind, calendar, members)


def _kept(stack: ExitStack, table: Any) -> Any:
    """A table kept on the engine while it is asked for more than once: computed anew each time, a million customers would
    take five times as long."""
    return stack.enter_context(table.cache())


def _orders(source: Source, as_of: date | None, calendar: Calendar) -> Any:
    """Orders before the as-of date with the number of their period, counted from 0."""
    orders = source.table("orders")
    # Comparing every instant costs a fifth of the whole, and by default no order lies on the as-of date or after it
    if as_of is not None and as_of < source.default_as_of:
        orders = orders.filter(orders.ordered_at < as_of)
    return orders.mutate(period=number_expression(calendar.unit, orders.ordered_at, calendar.first))


def _firsts(orders: Any, calendar: Calendar, *, with_instant: bool) -> Any:
    """One row per customer: the period of the first order, its instant `at`, and a bit for each period with an order."""
    import ibis

    one = ibis.literal(1, "int64")
    bits = {}
    for number in range(_masks(calendar)):
        low = number * _BITS
        bit = one << (orders.period - low)
        if _masks(calendar) > 1:
            is_here = (orders.period >= low) & (orders.period < low + _BITS)
            bit = ibis.ifelse(is_here, one << ibis.ifelse(is_here, orders.period - low, 0), 0)
        bits[f"bits_{number}"] = bit.bit_or()
    instant = {"at": orders.ordered_at.min()} if with_instant else {}
    return orders.group_by(KEY).agg(first=orders.period.min(), **bits, **instant)


def _masks(calendar: Calendar) -> int:
    return -(-calendar.periods // _BITS)


def _counted(orders: Any, joined: Any, dimensions: list[str], calendar: Calendar) -> Any:
    """Active customers and revenue by the dimensions and the period."""
    import ibis

    parts = []
    for number in range(_masks(calendar)):
        low = number * _BITS
        here = np.arange(low, min(low + _BITS, calendar.periods), dtype=np.int64)
        periods = ibis.memtable(pa.table({"period": here, "bit": np.left_shift(1, here - low)}))
        crossed = joined.cross_join(periods)
        parts.append(crossed.filter((crossed[f"bits_{number}"] & crossed["bit"]) != 0).select(*dimensions, "period"))
    active = reduce(lambda one, other: one.union(other), parts)
    counted = active.group_by(*dimensions, "period").agg(customers=active.count())
    paid = orders.select(KEY, "period", "revenue").join(joined.select(KEY, *dimensions), KEY)
    paid = paid.group_by(*dimensions, "period").agg(revenue=paid.revenue.sum())
    both = counted.join(paid, [*dimensions, "period"])
    return both.select(*dimensions, "period", "customers", revenue=both.revenue.cast("float64"))


def _known(members: Members, kind: CohortKind) -> Any:
    """The caller's knowledge as a table on the engine."""
    import ibis

    columns: dict[str, Any] = {KEY: pa.array(members.ids, pa.string(), from_pandas=True)}
    if members.codes is not None:
        columns["group"] = np.asarray(members.codes, dtype=np.int64)
    if members.labels is not None and kind.is_of_groups:
        columns["code"] = members.labels.cat.codes.to_numpy(dtype=np.int64)
    return ibis.memtable(pa.table(columns))


def _of_first_order(source: Source, orders: Any, firsts: Any, kind: CohortKind, kept: ExitStack) -> Any:
    """`label` of each customer: the country, channel, product or category of the first order. Of two orders at one instant it is
    the one with the first number; of two lines with the same revenue the one with the first label."""
    early = orders.join(firsts.select(KEY, "at"), KEY)
    early = early.filter(early.ordered_at == early["at"])
    if kind.table == "orders":
        labels = early.group_by(KEY).agg(label=early[kind.column].argmin(early.order_id))
    else:
        lines = source.table("order_lines")
        lines = lines.join(early.group_by(KEY).agg(order_id=early.order_id.min()), [KEY, "order_id"])
        lines = _kept(kept, lines.select(KEY, "revenue", kind.column))
        most = lines.group_by(KEY).agg(most=lines.revenue.max())
        best = lines.join(most, [KEY, lines.revenue == most["most"]])
        labels = best.group_by(KEY).agg(label=best[kind.column].min())
        # An order without a line has no product, and its customer is counted all the same
        labels = firsts.select(KEY).left_join(labels, KEY)
    return labels.select(KEY, label=labels.label.fill_null(_UNKNOWN))


def _cells(
    source: Source, frame: pd.DataFrame, kind: CohortKind, calendar: Calendar, members: Members | None
) -> CohortCells:
    first, period = (frame[name].to_numpy(dtype=np.int32) for name in ("first", "period"))
    keys: tuple[str | None, ...]
    if kind.is_time:
        rows, starts = first, [calendar.start(number) for number in range(calendar.periods)]
        keys = tuple(key_of(calendar.unit, start) for start in starts)
        labels = tuple(label_of(calendar.unit, start) for start in starts)
    elif kind.table:
        found = frame["label"].astype("category")
        rows = found.cat.codes.to_numpy(dtype=np.int64)
        keys = tuple(str(name) if name != _UNKNOWN else None for name in found.cat.categories)
        named = _product_names(source) if kind.column == "product_id" else {}
        labels = tuple(say("unknown") if key is None else named.get(key, key) for key in keys)
    else:
        assert members is not None  # noqa: S101 - cohort_cells() checked it
        assert members.labels is not None  # noqa: S101 - so have its labels been
        rows = frame["code"].to_numpy(dtype=np.int64)
        labels = tuple(say(str(name)) for name in members.labels.cat.categories)
        keys = tuple(map(str, members.labels.cat.categories))
    # Periods of a cohort that lie on different days are those that every customer counted has behind them whole
    is_whole = np.full(len(frame), True) if kind.is_time else (period == first) | (period <= calendar.last_complete)
    group = frame["group"].to_numpy(dtype=np.int32) if "group" in frame.columns else np.zeros(len(frame), np.int32)
    values = (group, rows, first, period - first, frame["customers"].to_numpy(np.int64), frame["revenue"].to_numpy())
    return CohortCells(
        kind,
        calendar,
        source.currency,
        keys,
        labels,
        kind.is_time or not kind.table,
        *(value[is_whole] for value in values),
    )


def _product_names(source: Source) -> dict[str, str]:
    """Each product's name: the one that is written most often, then the first in the alphabet."""
    lines = source.table("order_lines")
    lines = lines.filter(lines.product_id.notnull(), lines.product_name.notnull())
    counted = lines.group_by("product_id", "product_name").agg(lines=lines.count())
    frame = fetch(counted).sort_values(["lines", "product_name"], ascending=[False, True])
    return dict(frame.drop_duplicates("product_id")[["product_id", "product_name"]].itertuples(index=False))


def cohort_customers(source: Source, as_of: date, details: Mapping[str, Any]) -> pd.Series[Any]:
    """The `customer_id`s that a cell means: those of the cohort, or those of them who were active in the period.

    They are as many as the cell says: where customers of a cohort began in different months, a period counts for those
    only who have it behind them whole. `details` are `by`, `cohort` and `active`, the periods since the first order.

    Raises:
        RequestError: the details are not possible.
    """
    told = meant(details)
    calendar = calendar_of(source, as_of, told.unit)
    orders = _orders(source, as_of, calendar)
    firsts = orders.group_by(KEY).agg(first=orders.period.min(), at=orders.ordered_at.min())
    is_time = told.by in ("month", "week")
    with ExitStack() as kept:
        if is_time:
            firsts = firsts.filter(firsts["first"] == number_of(told.unit, started_on(told)) - calendar.first)
        elif told.by != EVERYONE:
            labels = _of_first_order(source, orders, firsts, kind_named(told.by), kept)
            firsts = firsts.join(labels.filter(labels.label == (told.cohort or _UNKNOWN)), KEY)
        if told.active is None:
            return fetch(firsts.select(KEY))[KEY]
        joined = orders.join(firsts, KEY)
        joined = joined.filter(joined.period == joined["first"] + told.active)
        if not is_time:
            joined = joined.filter(joined.period <= calendar.last_complete)
        return fetch(joined.select(KEY).distinct())[KEY]
