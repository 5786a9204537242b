"""Products and categories that rise and fall: a period against the one before, for any groups of customers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from analytics.calendar import months_after
from analytics.customers import resolve_as_of
from analytics.errors import EmptyDataError, RequestError
from analytics.matching import Mask
from analytics.sources import MOST_CUSTOMERS, Source, fetch
from analytics.text import say
from analytics.trends.members import WHO, joined
from analytics.trends.periods import first_day, known_to, last_days, periods_of

Array = np.ndarray[Any, Any]
MOVER_PERIODS: Final = ("30", "90", "month")
MOVER_KINDS: Final = ("product", "category")
FEWEST_LINES: Final = 10
"""Order lines, in the period and the one before together, below which a change says nothing."""


@dataclass(frozen=True, slots=True)
class Span:
    """A period and the one before."""

    before_on: date
    starts_on: date
    ends_on: date
    """The day after its last."""


@dataclass(frozen=True, slots=True, eq=False)
class ItemSales:
    """What groups of customers paid for each product or category: parallel arrays of shape (pairs,)."""

    kind: str
    span: Span
    items: pd.DataFrame
    """One row per product or category: `id`, `name`, and `first_on`, the day of its first sale ever."""
    item: Array
    """The row in `items`."""
    who: Array
    lines: Array
    """Order lines in the period and the one before."""
    revenue: Array
    revenue_before: Array

    def moves(self, keep: Mask | None = None) -> pd.DataFrame:
        """Each product or category with revenue now and before, from the largest rise to the largest fall.

        Columns `id`, `name`, `revenue`, `revenue_before`, `change`, `change_share` (missing where nothing was sold before)
        and `state`: `new` for one that was first sold in the period, `gone` for one that was not sold in it, else empty.
        Those with fewer than `FEWEST_LINES` order lines in the two periods together are left out.
        """
        chosen: Any = slice(None) if keep is None else np.flatnonzero(keep[self.who])

        def total(values: Array) -> Array:
            return np.bincount(self.item[chosen], values[chosen], len(self.items))

        now, before = total(self.revenue).round(4), total(self.revenue_before).round(4)
        is_new = (self.items["first_on"] >= self.span.starts_on).to_numpy(dtype=bool)
        share = np.divide(now - before, before, out=np.full(len(now), np.nan), where=before > 0)
        frame = pd.DataFrame(
            {
                "id": self.items["id"],
                "name": self.items["name"],
                "revenue": now,
                "revenue_before": before,
                "change": (now - before).round(4),
                "change_share": share,
                "state": np.where(is_new, "new", np.where((now == 0) & (before > 0), "gone", "")),
            }
        )
        frame = frame[total(self.lines) >= FEWEST_LINES]
        return frame.sort_values(["change", "id"], ascending=[False, True], kind="stable", ignore_index=True)


def mover_span(source: Source, as_of: date | None, period: str) -> Span:
    """The last complete period and the one before: `30` or `90` days, or the last full `month`.

    Raises:
        RequestError: there is no such period.
        EmptyDataError: the data does not reach back far enough.
    """
    if period not in MOVER_PERIODS:
        raise RequestError(f"'{period}' is not possible for period. Allowed: {', '.join(MOVER_PERIODS)}.")
    ends_on = resolve_as_of(source, as_of)
    if period == "month":
        months = periods_of(source, ends_on, "month")
        whole = months.starts[months.complete]
        if len(whole) < 2:
            raise EmptyDataError(
                say("Comparing months needs two full ones; the data has {n}. Choose 30 days.", n=len(whole))
            )
        return Span(whole[-2], whole[-1], months_after(whole[-1], 1))
    span = Span(*last_days(known_to(source, ends_on), int(period)))
    first = first_day(source)
    if span.before_on < first:
        raise EmptyDataError(
            say(
                "Comparing {n} days with the {n} before needs {all} days of orders; the data begins on {first}.",
                n=period,
                all=2 * int(period),
                first=first.isoformat(),
            )
        )
    return span


def item_sales(
    source: Source,
    as_of: date | None = None,
    period: str = "30",
    kind: str = "product",
    *,
    groups: pa.Table | None = None,
) -> ItemSales:
    """Reduce order lines of a period and the one before to one row per product or category and group of customers.

    Raises:
        RequestError: the period or the kind is not possible.
        EmptyDataError: the data does not reach back far enough, or does not say products or categories.
    """
    if kind not in MOVER_KINDS:
        raise RequestError(f"'{kind}' is not possible for kind. Allowed: {', '.join(MOVER_KINDS)}.")
    span = mover_span(source, as_of, period)
    if not source.has("order_lines"):
        raise EmptyDataError(say("The data has orders without lines, so it does not say what was bought."))
    lines = source.table("order_lines")
    if kind == "product":
        import ibis

        lines = lines.mutate(item=ibis.coalesce(lines.product_id, lines.product_name))
    else:
        lines = lines.mutate(item=lines.category)
    lines = lines.filter(lines.item.notnull(), lines.ordered_at < span.ends_on)
    known = fetch(_items(lines, kind, span).order_by("id"), at_most=MOST_CUSTOMERS)
    if known.empty:
        raise EmptyDataError(
            say("The data does not say which product was bought.")
            if kind == "product"
            else say("The data does not say which category a product is in.")
        )
    known["first_on"] = pd.to_datetime(known["first_on"]).dt.date
    lately = joined(lines.filter(lines.ordered_at >= span.before_on), groups)
    is_now = lately.ordered_at >= span.starts_on
    reduced = lately.group_by("item", WHO).agg(
        lines=lately.count().cast("int64"),
        revenue=lately.revenue.sum(where=is_now).cast("float64").fill_null(0.0),
        revenue_before=lately.revenue.sum(where=~is_now).cast("float64").fill_null(0.0),
    )
    frame = fetch(reduced.order_by("item", WHO), at_most=MOST_CUSTOMERS)
    return ItemSales(
        kind,
        span,
        known,
        pd.Index(known["id"]).get_indexer(pd.Index(frame["item"])).astype(np.intp),
        frame[WHO].to_numpy(dtype=np.intp),
        frame["lines"].to_numpy(),
        frame["revenue"].to_numpy(),
        frame["revenue_before"].to_numpy(),
    )


def _items(lines: Any, kind: str, span: Span) -> Any:
    """Each product or category sold lately: the name on most of its lines, and when it was first sold."""
    import ibis

    dated = lines.group_by(id=lines["item"]).agg(first_on=lines.ordered_at.min().date(), last_at=lines.ordered_at.max())
    dated = dated.filter(dated.last_at >= span.before_on).drop("last_at")
    if kind == "category":
        return dated.mutate(name=dated.id)
    named = lines.filter(lines.product_name.notnull())
    named = named.group_by(id=named["item"], name=named.product_name).agg(lines=named.count())
    most = ibis.window(group_by="id", order_by=[named["lines"].desc(), named["name"]])
    named = named.mutate(rank=ibis.row_number().over(most))
    named = named.filter(named["rank"] == 0).select("id", "name")
    both = dated.left_join(named, "id")
    return both.select("id", "first_on", name=ibis.coalesce(both["name"], both["id"]))
