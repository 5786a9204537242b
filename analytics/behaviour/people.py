"""The customers behind a funnel's numbers and behind the carts that were left: what `analytics.deeds` looks up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from analytics.behaviour.carts import choose_carts, find_carts
from analytics.behaviour.funnels import read_within, within_sentence
from analytics.behaviour.reaching import find_funnel, visitors
from analytics.behaviour.steps import Step, check_count, read_steps, step_names, written_step
from analytics.behaviour.until import sessions_before
from analytics.customers import KEY
from analytics.errors import RequestError
from analytics.sources import Source, fetch
from analytics.text import say

_CART_NUMBERS = ("within_days", "older_than_days", "min_value", "below_value")


def lost_sentence(details: Mapping[str, Any]) -> str:
    """`Reached Cart and never Checkout, within one session`."""
    steps, step, within = _funnel_details(details, first=2)
    names = step_names(steps)
    return say(
        "Reached {before} and never {step}, {within}",
        before=names[step - 2],
        step=names[step - 1],
        within=within_sentence(within),
    )


def reached_sentence(details: Mapping[str, Any]) -> str:
    """`Reached Checkout, within one session`."""
    steps, step, within = _funnel_details(details, first=1)
    return say("Reached {step}, {within}", step=step_names(steps)[step - 1], within=within_sentence(within))


def lost_customers(source: Source, as_of: date, details: Mapping[str, Any]) -> Any:
    """The customers who came to the step before in some session, or within the time, and in none to the step itself."""
    furthest, step = _furthest(source, as_of, details, first=2)
    return furthest.index[furthest == step - 1]


def reached_customers(source: Source, as_of: date, details: Mapping[str, Any]) -> Any:
    """The customers who came to the step in some session, or within the time."""
    furthest, step = _furthest(source, as_of, details, first=1)
    return furthest.index[furthest >= step]


def customers_of(source: Source, as_of: date, *, visitors_counted: bool) -> pd.DataFrame:
    """Under which session number (`place`) which customer is counted: one row per pair, by customer.

    That is the session itself, or where visitors are counted, the place that `visitors` gives them.
    """
    sessions = sessions_before(source, as_of)
    known = sessions.filter(sessions[KEY].notnull()).select("session", KEY)
    if visitors_counted:
        known = known.join(visitors(source, as_of), "session").select("place", KEY).distinct()
    else:
        known = known.rename(place="session")
    return fetch(known.order_by(KEY, "place"), at_most=None)


def _furthest(source: Source, as_of: date, details: Mapping[str, Any], *, first: int) -> tuple[pd.Series[Any], int]:
    """How far each known customer came, and the step that is asked for."""
    steps, step, within = _funnel_details(details, first=first)
    funnel = find_funnel(source, read_steps([known.text for known in steps], source), within, as_of=as_of)
    pairs = customers_of(source, as_of, visitors_counted=bool(within))
    depths = pd.Series(funnel.deepest[pairs["place"].to_numpy(dtype=np.intp)], index=pd.Index(pairs[KEY]))
    return depths.groupby(level=0).max(), step


def _funnel_details(details: Mapping[str, Any], *, first: int) -> tuple[tuple[Step, ...], int, str]:
    texts, step, within = details.get("steps"), details.get("step"), details.get("within") or ""
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts) or not isinstance(within, str):
        raise RequestError(say("The funnel's steps are not readable. Build the funnel again."))
    check_count(len(texts))
    if not isinstance(step, int) or isinstance(step, bool) or not first <= step <= len(texts):
        raise RequestError(
            say(
                "'{step}' is not a step of the funnel. It has {first} to {last}.",
                step=step,
                first=first,
                last=len(texts),
            )
        )
    return tuple(written_step(text) for text in texts), step, read_within(within)


def left_cart_sentence(details: Mapping[str, Any]) -> str:
    """`Left a cart worth 50 or more in the last 7 days`."""
    known = _cart_details(details)
    what, when = _what(known), _when(known)
    if what and when:
        return say("Left a cart {what}, {when}", what=what, when=when)
    return say("Left a cart {which}", which=what or when) if what or when else say("Left a cart")


def _what(known: Mapping[str, Any]) -> str:
    low, high, product = (known.get(name) for name in ("min_value", "below_value", "product"))
    worth = ""
    if low is not None and high is not None:
        worth = say("worth {low} to {high}", low=_number(low), high=_number(high))
    elif low is not None:
        worth = say("worth {low} or more", low=_number(low))
    elif high is not None:
        worth = say("worth less than {high}", high=_number(high))
    if product is None:
        return worth
    if worth:
        return say("with product {product} {worth}", product=product, worth=worth)
    return say("with product {product}", product=product)


def _when(known: Mapping[str, Any]) -> str:
    newest, oldest = known.get("older_than_days"), known.get("within_days")
    if newest is not None and oldest is not None:
        return say("{newest} to {oldest} days ago", newest=_number(newest + 1), oldest=_number(oldest))
    if oldest is not None:
        return say("in the last day") if oldest == 1 else say("in the last {n} days", n=_number(oldest))
    return say("more than {n} days ago", n=_number(newest)) if newest is not None else ""


def _number(value: float) -> str:
    return f"{value:,.10g}"


def left_cart_customers(source: Source, as_of: date, details: Mapping[str, Any]) -> Any:
    """The known customers who left such a cart."""
    carts = find_carts(source, as_of)
    chosen = carts.customer[choose_carts(carts, _cart_details(details))]
    return carts.customer_ids[np.unique(chosen[chosen >= 0])]


def _cart_details(details: Mapping[str, Any]) -> Mapping[str, Any]:
    for name in details:
        if name not in (*_CART_NUMBERS, "product"):
            allowed = ", ".join((*_CART_NUMBERS, "product"))
            raise RequestError(
                say("'{name}' is not possible for carts. Allowed: {allowed}.", name=name, allowed=allowed)
            )
    for name in _CART_NUMBERS:
        value = details.get(name)
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")
        if value is not None and not is_number:
            raise RequestError(
                say("'{value}' is not possible for {name}. Use a number from 0 on.", value=value, name=name)
            )
    if not isinstance(details.get("product"), str | None):
        raise RequestError(say("'{value}' is not a product's code.", value=details["product"]))
    return details
