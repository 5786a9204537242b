"""Questions about customers and the days to come: who will be lost, and what each will bring.

The answer comes from a split in time. For the models to learn from: what was known of each customer two horizons before the
last day, and what happened in the first of them. To test them: what was known one horizon before, and what happened in the
last. Where the data is too short for two, one day parts what is known from the answer, and the test part is drawn at random.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from analytics.customers import KEY, PERSONAL, CustomerTable, customer_table, resolve_as_of
from analytics.errors import DataError
from analytics.predict.cases import Cases, Numbers, check_target, features
from analytics.predict.problems.problem import Problem
from analytics.sources import Source, fetch
from analytics.text import say

if TYPE_CHECKING:
    from analytics.predict.request import TrainingRequest

_NEEDED_DAYS: Final = 30
"""How much must be known of customers before the first cut."""


def _churn(source: Source, request: TrainingRequest) -> Cases:
    return _cases(source, request, is_churn=True)


def _revenue(source: Source, request: TrainingRequest) -> Cases:
    return _cases(source, request, is_churn=False)


def _cases(source: Source, request: TrainingRequest, *, is_churn: bool) -> Cases:
    end = resolve_as_of(source, request.as_of)
    horizon = timedelta(days=request.horizon_days)
    first = _first_day(source)
    if end - horizon < first + timedelta(days=_NEEDED_DAYS):
        raise DataError(
            say(
                "The orders are from {days} days only: too few to know customers, and then what they do in {horizon} days. "
                "Choose a shorter horizon.",
                days=f"{(end - first).days:,}",
                horizon=f"{request.horizon_days:,}",
            )
        )
    cuts = [end - horizon]
    if request.split in ("auto", "time") and end - 2 * horizon >= first + timedelta(days=_NEEDED_DAYS):
        cuts.insert(0, end - 2 * horizon)
    tables = [customer_table(source, cut) for cut in cuts]
    spent = [_revenue_between(source, table, cut, cut + horizon) for table, cut in zip(tables, cuts, strict=True)]
    amounts = np.concatenate([amount for amount, _ in spent])
    ordered = np.concatenate([orders for _, orders in spent])
    target = np.where(ordered > 0, 0.0, 1.0) if is_churn else amounts
    check_target(target, say("churn") if is_churn else say("revenue"))
    table = tables[-1]
    is_test = np.concatenate([np.full(len(each), place > 0) for place, each in enumerate(tables)])
    frame = pd.concat([_known(each) for each in tables], ignore_index=True)
    return Cases(
        features(frame),
        target,
        pd.concat([each.frame[KEY] for each in tables], ignore_index=True),
        is_test if len(cuts) > 1 else None,
        _split_sentence(cuts, request.horizon_days) if len(cuts) > 1 else "",
        say("will be lost"),
        say("will order again"),
        labels={metric.name: say(metric.label) for metric in table.metrics} | dict(table.labels),
        units={metric.name: metric.unit for metric in table.metrics},
    )


def _current(source: Source, request: TrainingRequest) -> Cases:
    """Everyone who ordered before the as-of date: what is known of them now."""
    table = customer_table(source, resolve_as_of(source, request.as_of))
    return Cases(features(_known(table)), np.full(len(table), np.nan), table.frame[KEY].reset_index(drop=True))


def _known(table: CustomerTable) -> pd.DataFrame:
    return table.frame.drop(columns=[name for name in PERSONAL if name in table.frame.columns])


def _split_sentence(cuts: list[date], horizon_days: int) -> str:
    return say(
        "Models learn from what was known on {first} and happened in the {days} days after it; they are tested on what was "
        "known on {second} and happened after that.",
        first=cuts[0].isoformat(),
        second=cuts[1].isoformat(),
        days=horizon_days,
    )


def _first_day(source: Source) -> date:
    orders = source.table("orders")
    first: Any = fetch(orders.aggregate(first=orders.ordered_at.min()))["first"].iloc[0]
    found: date = first.date()
    return found


def _revenue_between(source: Source, table: CustomerTable, first: date, end: date) -> tuple[Numbers, Numbers]:
    """(revenue, orders) of each customer of the table from a day on and before another."""
    orders = source.table("orders")
    orders = orders.filter(orders.ordered_at >= first, orders.ordered_at < end)
    summed = fetch(
        orders.group_by(KEY).agg(revenue=orders.revenue.sum().cast("float64"), orders=orders.count()).order_by(KEY)
    )
    found = table.frame[[KEY]].merge(summed, on=KEY, how="left")
    return found["revenue"].fillna(0.0).to_numpy(dtype=float), found["orders"].fillna(0).to_numpy(dtype=float)


REVENUE: Final = Problem(
    "revenue",
    "Revenue to come",
    "How much will each customer bring in the next {days} days?",
    "regression",
    "customer",
    ("orders",),
    _revenue,
    _current,
    looks_ahead=True,
    unit="money",
)
CHURN: Final = Problem(
    "churn",
    "Lost customers",
    "Who will not order in the next {days} days?",
    "classification",
    "customer",
    ("orders",),
    _churn,
    _current,
    looks_ahead=True,
)
