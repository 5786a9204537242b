"""Will this cart be left? Asked at the click that first puts something into it, of what the visit has been until then.

A cart is left as the screen of carts has it: nothing bought in that visit, nor by the same visitor or customer within a day
after the last click that filled it. Carts of the last day may yet be bought: their answer is not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from analytics.behaviour.cart_rows import CART, PURCHASE
from analytics.behaviour.carts import check_carts, find_carts
from analytics.behaviour.until import clicks_before
from analytics.calendar import in_words, microseconds_between
from analytics.customers import resolve_as_of
from analytics.errors import EmptyDataError
from analytics.predict.cases import Cases, check_target, features
from analytics.predict.problems.arrivals import DAY, arrivals, visits
from analytics.predict.problems.arrivals import LABELS as ARRIVAL_LABELS
from analytics.predict.problems.columns import usable
from analytics.predict.problems.definition import Problem
from analytics.predict.problems.visits import by_day
from analytics.sources import Source, fetch
from analytics.text import say, say_count

if TYPE_CHECKING:
    from analytics.predict.request import TrainingRequest

_OVER_AFTER_DAYS: Final = 2
"""A cart of so many calendar days ago has had its whole day of grace."""
LABELS: Final = ARRIVAL_LABELS | {
    "clicks_so_far": "Clicks until the cart",
    "views_so_far": "Views until the cart",
    "products_so_far": "Products looked at until the cart",
    "seconds_so_far": "Time until the cart",
    "price_mean_so_far": "Average price looked at",
    "cart_price": "Price of what was put in first",
    "cart_category": "Category of what was put in first",
    "cart_hour": "Hour of the cart",
}
_UNITS: Final = {
    "seconds_so_far": "seconds",
    "cart_price": "money",
    "price_mean_so_far": "money",
    "first_price": "money",
}


def _abandonment(source: Source, request: TrainingRequest) -> Cases:
    told, answers = _told(source, request)
    known = np.isfinite(answers)
    if not known.any():
        raise EmptyDataError(
            say("No cart of '{name}' is old enough to say whether it was left. Wait a day.", name=source.name)
        )
    told, answers = told[known].reset_index(drop=True), answers[known]
    check_target(answers, say("a cart that is left"))
    is_test, split = by_day(told[DAY], request)
    kept, notes = usable(told.drop(columns=[DAY, "session"]), leave_out=request.leave_out)
    open_carts = int((~known).sum())
    asked = say(
        "The question is asked at the click that first puts something into the cart: what comes after it plays no part."
    )
    return _as_cases(told, kept, answers, is_test, split, (asked, *_open_words(open_carts), *notes))


def _current(source: Source, request: TrainingRequest) -> Cases:
    """The carts of the last day that are not bought yet: whether they will be left is open."""
    told, answers = _told(source, request)
    told = told[~np.isfinite(answers)].reset_index(drop=True)
    if told.empty:
        raise EmptyDataError(
            say("No cart of '{name}' is still open: those of the last day are all bought.", name=source.name)
        )
    return _as_cases(told, told.drop(columns=[DAY, "session"]), np.full(len(told), np.nan), None, "", ())


def _as_cases(
    told: pd.DataFrame, kept: pd.DataFrame, answers: Any, is_test: Any, split: str, notes: tuple[str, ...]
) -> Cases:
    return Cases(
        features(kept),
        answers,
        told["session"].astype("string"),
        is_test,
        split,
        say("is left"),
        say("is bought"),
        labels={name: say(label) for name, label in LABELS.items() if name in kept},
        units={name: unit for name, unit in _UNITS.items() if name in kept},
        notes=notes,
    )


def _told(source: Source, request: TrainingRequest) -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
    """(session, day and features of each cart, by session; 1 left, 0 bought, missing where it is open)."""
    check_carts(source)
    day = resolve_as_of(source, request.as_of)
    carts = find_carts(source, day)
    if not len(carts.session):
        raise EmptyDataError(say("There are no carts before {day}. Choose a later as-of date.", day=in_words(day)))
    is_left = carts.left()
    is_open = is_left & (np.nan_to_num(carts.age_days, nan=np.inf) < _OVER_AFTER_DAYS)
    answers = pd.Series(np.where(is_open, np.nan, is_left.astype(float)), index=carts.session)
    until = _until_the_cart(clicks_before(source, day))
    told, _ = visits(source)
    told = told[told["session"].isin(until["session"])].reset_index(drop=True)
    frame = arrivals(source, told).assign(session=told["session"], **{DAY: told[DAY].astype("datetime64[us]")})
    frame = frame.merge(until, on="session", how="inner", validate="1:1")
    return frame, answers.reindex(frame["session"]).to_numpy(dtype=float)


def _until_the_cart(events: Any) -> pd.DataFrame:
    """What each visit was until something was first put into the cart; visits that had bought before that are left out."""
    has = set(events.columns)
    filling = events.filter(events["event_type"] == CART)
    first = filling.group_by("session").agg(cart_position=filling["position"].min())
    clicks = events.join(first, "session")
    clicks = clicks.filter(clicks["position"] <= clicks["cart_position"])
    at_cart = clicks["position"] == clicks["cart_position"]
    found: dict[str, Any] = {
        "clicks_so_far": clicks.count(),
        "views_so_far": clicks.count(where=(clicks["event_type"] == "view").fill_null(False)),
        "bought": clicks.count(where=(clicks["event_type"] == PURCHASE).fill_null(False)),
    }
    if "product_id" in has:
        found["products_so_far"] = clicks["product_id"].nunique()
    if "price" in has:
        # Added up as exact numbers: a sum of fractions depends on the order of the rows.
        exact = clicks["price"].cast("decimal(38, 4)")
        found["price_mean_so_far"] = exact.sum().cast("float64") / clicks["price"].count().nullif(0)
        found["cart_price"] = clicks["price"].max(where=at_cart)
    if "category" in has:
        found["cart_category"] = clicks["category"].max(where=at_cart)
    if "occurred_at" in has:
        seconds = microseconds_between(clicks["occurred_at"].min(), clicks["occurred_at"].max())
        found["seconds_so_far"] = seconds.cast("float64") / 1_000_000
        found["cart_hour"] = clicks["occurred_at"].max(where=at_cart).hour()
    summed = clicks.group_by("session").agg(**found)
    frame = fetch(summed.filter(summed["bought"] == 0).drop("bought").order_by("session"), at_most=None)
    return frame[[name for name in frame.columns if name == "session" or frame[name].notna().any()]]


def _open_words(count: int) -> tuple[str, ...]:
    if not count:
        return ()
    return (
        say_count(
            count,
            "{n} cart of the last day may yet be bought and was left out.",
            "{n} carts of the last day may yet be bought and were left out.",
        ),
    )


ABANDONMENT: Final = Problem(
    "abandonment",
    "Carts left",
    "Will this cart be left?",
    "classification",
    "cart",
    ("events",),
    _abandonment,
    _current,
)
