"""Carts as rows: what was put into them and what was bought afterwards, reduced on the engine."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import pandas as pd

from analytics.behaviour.until import clicks_before, has_clock
from analytics.calendar import days_between, microseconds_between
from analytics.customers import KEY
from analytics.sources import Source, fetch

CART: Final = "cart"
PURCHASE: Final = "purchase"
_MICROSECONDS_PER_HOUR: Final = 3_600_000_000


def carts(source: Source, day: date) -> pd.DataFrame:
    """One row per session with something put into the cart, by session; clicks before a day."""
    events = clicks_before(source, day)
    is_timed = has_clock(events)
    filling = events.filter(events["event_type"] == CART)
    buying = events.filter(events["event_type"] == PURCHASE)
    when = filling["occurred_at"] if is_timed else filling["occurred_on"]
    found = filling.group_by("session").agg(clicks=filling.count(), cart_at=when.max())
    bought = buying.select("session", is_bought=True).distinct()
    found = found.left_join(bought, "session").drop("session_right")
    sessions = source.table("sessions")
    found = found.join(sessions.select("session", "visitor_id", KEY), "session")
    found = found.mutate(is_bought=found["is_bought"].fill_null(False))
    found = found.mutate(age_days=days_between(found["cart_at"], day).cast("float64"))
    if is_timed:
        found = _with_hours(source, found, buying, day)
    if source.has("customers") and "has_email_consent" in source.table("customers").columns:
        consent = source.table("customers").select(KEY, "has_email_consent")
        found = found.left_join(consent, KEY).drop(f"{KEY}_right")
    frame = fetch(found.drop("cart_at", "visitor_id").order_by("session"), at_most=None)
    frame[KEY] = frame[KEY].astype("category")
    return frame


def _with_hours(source: Source, carts: Any, buying: Any, day: date) -> Any:
    """With the hours until the next purchase of the same visitor or customer, or the customer's next order.

    Where orders have no time of day, one on the cart's day counts as bought at once.
    """
    import ibis

    is_open = carts.filter(~carts["is_bought"])
    bought = [(name, buying.select(name, bought_at="occurred_at")) for name in ("visitor_id", KEY)]
    by_day = None
    if source.has("orders"):
        orders = source.table("orders")
        orders = orders.filter(orders["ordered_at"] < day)
        if _have_a_clock(orders):
            bought.append((KEY, orders.select(KEY, bought_at="ordered_at")))
        else:
            by_day = orders.select(KEY, bought_on=orders["ordered_at"].date()).distinct()
    found = []
    for name, purchases in bought:
        known = purchases.filter(purchases[name].notnull()).distinct()
        pairs = is_open.select("session", "cart_at", name).join(known, name)
        pairs = pairs.filter(pairs["bought_at"] >= pairs["cart_at"])
        found.append(pairs.group_by("session").agg(bought_at=pairs["bought_at"].min()))
    if by_day is not None:
        # An order of the same day may have come before the cart or after it: nobody is reminded of what may be bought.
        pairs = is_open.select("session", "cart_at", KEY).join(by_day, KEY)
        pairs = pairs.filter(pairs["bought_on"] >= pairs["cart_at"].date())
        same_day = pairs["bought_on"] == pairs["cart_at"].date()
        at = same_day.ifelse(pairs["cart_at"], pairs["bought_on"].cast("timestamp(6)"))
        found.append(pairs.mutate(at=at).group_by("session").agg(bought_at=ibis._.at.min()))
    together = ibis.union(*found)
    first = together.group_by("session").agg(bought_at=together["bought_at"].min())
    carts = carts.left_join(first, "session").drop("session_right")
    waited = microseconds_between(carts["cart_at"], carts["bought_at"])
    return carts.mutate(hours_until_bought=waited / float(_MICROSECONDS_PER_HOUR)).drop("bought_at")


def products(source: Source, day: date) -> pd.DataFrame:
    """What was put into carts: one row per session and product."""
    events = clicks_before(source, day)
    filling = events.filter(events["event_type"] == CART)
    pairs = filling.group_by("session", "product_id").agg(
        clicks=filling.count(),
        added=filling["price"].sum(),
        last_price=filling["price"].argmax(filling["position"], where=filling["price"].notnull()),
    )
    # Clicks that do not say of which product they are have no last price of it: each has its own.
    value = pairs["product_id"].notnull().ifelse(pairs["last_price"] * pairs["clicks"], pairs["added"])
    pairs = pairs.mutate(value=value).drop("added", "last_price")
    if source.has("order_lines") and {"product_id", "product_name"} <= set(source.table("order_lines").columns):
        lines = source.table("order_lines")
        names = lines.filter(lines["product_id"].notnull()).group_by("product_id").agg(name=lines["product_name"].max())
        pairs = pairs.left_join(names, "product_id").drop("product_id_right")
    frame = fetch(pairs.order_by("session", "product_id"), at_most=None)
    if "name" not in frame:
        frame["name"] = None
    frame["name"] = frame["name"].fillna(frame["product_id"])
    for name in ("product_id", "name"):
        frame[name] = frame[name].astype("category")
    return frame


def _have_a_clock(orders: Any) -> bool:
    """Whether any order has a time of day; without one, all of them are dated at midnight."""
    is_timed = orders["ordered_at"] != orders["ordered_at"].date().cast("timestamp(6)")
    return not fetch(orders.filter(is_timed).select(KEY).limit(1)).empty
