"""Questions about customers and the days to come: who will be lost, and what each will bring.

The answer comes from a split in time. To test models: what was known one horizon before the last day, at the cut, and what
happened since. To learn from: what was known at earlier cuts, and what happened in the horizon after each: in the same season
a year before, since a shop's winter is not its summer; without a year of data, just before the test. No answer that models
learn from reaches past the cut of the test. Where the data is too short for that, one day parts what is known from the
answer, and the test part is drawn at random.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from analytics.calendar import in_words
from analytics.customers import KEY, CustomerTable, resolve_as_of
from analytics.errors import DataError
from analytics.metrics import heading
from analytics.predict.cases import Cases, Numbers, check_target, features
from analytics.predict.problems.columns import usable
from analytics.predict.problems.definition import Problem
from analytics.predict.problems.known import attribute_notes, attribute_suspects, known_before
from analytics.sources import Source, fetch
from analytics.text import say

if TYPE_CHECKING:
    from analytics.predict.request import TrainingRequest

NEEDED_DAYS: Final = 30
"""How much must be known of customers before a cut."""
SEASON_DAYS: Final = (392, 364, 336)
"""How many days before the test models learn: a year in whole weeks, and four weeks to either side of it."""
MOST_CUTS: Final = 3
"""Cuts to learn from without a year of data, each a horizon before the next."""
MOST_LEARNT: Final = 400_000
"""Customers to learn from at all cuts together: above it, one cut is enough."""
SAME_AGAIN: Final = "same_as_last"
LONG_AWAY: Final = "long_away"


def _churn(source: Source, request: TrainingRequest) -> Cases:
    return _cases(source, request, is_churn=True)


def _revenue(source: Source, request: TrainingRequest) -> Cases:
    return _cases(source, request, is_churn=False)


def _cases(source: Source, request: TrainingRequest, *, is_churn: bool) -> Cases:
    if request.split == "given":
        raise DataError(say("There is no test file with customers: they are parted by time. Choose another split."))
    end, late = _end(source, request)
    first = _first_day(source)
    cuts = _few_enough(source, _cuts(first, end, request))
    horizon = timedelta(days=request.horizon_days)
    tables = [known_before(source, cut) for cut in cuts]
    after = [_bought(source, table, cut, cut + horizon) for table, cut in zip(tables, cuts, strict=True)]
    before = [_bought(source, table, cut - horizon, cut) for table, cut in zip(tables, cuts, strict=True)]
    amounts, orders = (np.concatenate(each) for each in zip(*after, strict=True))
    target = np.where(orders > 0, 0.0, 1.0) if is_churn else amounts
    check_target(target, say("lost customers") if is_churn else say("revenue"))
    whole = pd.concat([_features(table) for table in tables], ignore_index=True)
    kept, notes = usable(whole, leave_out=request.leave_out)
    is_test = np.concatenate([np.full(len(each), place == len(tables) - 1) for place, each in enumerate(tables)])
    away = whole["recency_days"].to_numpy(dtype=float)
    naive = (
        {LONG_AWAY: away / (away + request.horizon_days)}  # one half where somebody is away for as long as the horizon
        if is_churn
        else {SAME_AGAIN: np.concatenate([amount for amount, _ in before])}
    )
    suspects = {name: why for table in tables for name, why in attribute_suspects(table).items()}
    return Cases(
        features(kept),
        target,
        pd.concat([each.frame[KEY] for each in tables], ignore_index=True),
        is_test if len(cuts) > 1 else None,
        _split_sentence(cuts, request.horizon_days) if len(cuts) > 1 else "",
        say("will be lost"),
        say("will order again"),
        suspects,
        naive,
        _labels(tables[-1]) | _naive_labels(request.horizon_days),
        {metric.name: metric.unit for metric in tables[-1].metrics} | _UNITS,
        (*late, *_short_words(cuts), *notes, *attribute_notes(source, tables[-1])),
    )


def _current(source: Source, request: TrainingRequest) -> Cases:
    """Everyone who ordered before the as-of date: what is known of them now."""
    table = known_before(source, _end(source, request)[0])
    return Cases(
        features(_features(table)),
        np.full(len(table), np.nan),
        table.frame[KEY].reset_index(drop=True),
        labels=_labels(table),
        units={metric.name: metric.unit for metric in table.metrics} | _UNITS,
    )


def _end(source: Source, request: TrainingRequest) -> tuple[date, tuple[str, ...]]:
    """The day until which orders are known: the as-of date, though none after the last order, with a word on that."""
    asked = resolve_as_of(source, request.as_of)
    if asked <= source.default_as_of:
        return asked, ()
    return source.default_as_of, (
        say(
            "Orders are known until {day} only; what happened from then until {asked} cannot be learnt.",
            day=in_words(source.default_as_of),
            asked=in_words(asked),
        ),
    )


def _cuts(first: date, end: date, request: TrainingRequest) -> list[date]:
    """The days at which customers are looked at, the one of the test last.

    Raises:
        DataError: not even one has enough before it and a whole horizon after it.
    """
    horizon, needed = timedelta(days=request.horizon_days), timedelta(days=NEEDED_DAYS)
    test = end - horizon
    season = [test - timedelta(days=days) for days in SEASON_DAYS if days >= request.horizon_days]
    before = [test - place * horizon for place in range(MOST_CUTS, 0, -1)]
    season, before = ([cut for cut in cuts if cut >= first + needed] for cuts in (season, before))
    if test < first + needed:
        raise DataError(
            say(
                "The orders are from {days} days only: too few to know customers, and then what they do in {horizon} days. "
                "Choose a shorter horizon.",
                days=f"{(end - first).days:,}",
                horizon=f"{request.horizon_days:,}",
            )
        )
    if request.split == "random":
        return [test]
    if request.split == "time" and not before:
        raise DataError(
            say(
                "The orders are from {days} days only: too few for a horizon of {horizon} days to learn from and a later one to "
                "test on. Choose a shorter horizon or another split.",
                days=f"{(end - first).days:,}",
                horizon=f"{request.horizon_days:,}",
            )
        )
    has_season = test - timedelta(days=SEASON_DAYS[1]) in season
    return [*(season if has_season else before), test]


def _few_enough(source: Source, cuts: list[date]) -> list[date]:
    """Of many customers one cut to learn from: exactly a year before the test, or else the last one."""
    if len(cuts) <= 2:
        return cuts
    orders = source.table("orders")
    known = orders.filter(orders.ordered_at < cuts[-1]).select(KEY).distinct()
    if int(fetch(known.aggregate(n=known.count()))["n"].iloc[0]) * (len(cuts) - 1) <= MOST_LEARNT:
        return cuts
    year_before = cuts[-1] - timedelta(days=SEASON_DAYS[1])
    return [year_before if year_before in cuts else cuts[-2], cuts[-1]]


def _features(table: CustomerTable) -> pd.DataFrame:
    return table.frame.drop(columns=[KEY])


def _split_sentence(cuts: list[date], horizon_days: int) -> str:
    return say(
        "Models learn from what was known on {cuts} and happened in the {days} days after each; they are tested on what was "
        "known on {test} and happened after that.",
        cuts=", ".join(in_words(cut) for cut in cuts[:-1]),
        test=in_words(cuts[-1]),
        days=horizon_days,
    )


def _short_words(cuts: list[date]) -> tuple[str, ...]:
    if len(cuts) > 1:
        return ()
    return (
        say(
            "Customers are looked at on one day, {cut}, and some of them are the test part: how models do in later seasons "
            "is not seen.",
            cut=in_words(cuts[0]),
        ),
    )


def _labels(table: CustomerTable) -> dict[str, str]:
    signed_up = {"days_since_signed_up_on": say("Days since signing up")}
    return {name: heading(name) for name in table.frame.columns if name != KEY} | signed_up | dict(table.labels)


def _naive_labels(horizon_days: int) -> dict[str, str]:
    return {
        SAME_AGAIN: say("Same as the last {days} days", days=horizon_days),
        LONG_AWAY: say("Lost who is away for {days} days", days=horizon_days),
    }


def _first_day(source: Source) -> date:
    orders = source.table("orders")
    first: Any = fetch(orders.aggregate(first=orders.ordered_at.min()))["first"].iloc[0]
    found: date = first.date()
    return found


def _bought(source: Source, table: CustomerTable, first: date, end: date) -> tuple[Numbers, Numbers]:
    """(revenue, orders) of each customer of the table from a day on and before another; returns are not deducted."""
    orders = source.table("orders")
    orders = orders.filter(orders.ordered_at >= first, orders.ordered_at < end)
    summed = fetch(
        orders.group_by(KEY).agg(revenue=orders.revenue.sum().cast("float64"), orders=orders.count()).order_by(KEY)
    )
    found = table.frame[[KEY]].merge(summed, on=KEY, how="left")
    return found["revenue"].fillna(0.0).to_numpy(dtype=float), found["orders"].fillna(0).to_numpy(dtype=float)


_UNITS: Final = {"days_since_signed_up_on": "days"}
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
