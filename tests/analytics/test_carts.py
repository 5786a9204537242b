"""Carts that were left, against cases worked out by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from analytics.behaviour.carts import (
    Carts,
    by_age,
    by_age_and_value,
    find_carts,
    left_products,
    summarise_carts,
    value_edges,
)
from analytics.behaviour.people import left_cart_customers, left_cart_sentence
from analytics.errors import RequestError
from tests.analytics.click_shops import Click, clicks_in_memory
from tests.conftest import Order

DAY = date(2024, 1, 9)


def filled(visitor: str, at: str = "10:00", product: str | None = "mug", price: float | None = 5, **more: Any) -> Click:
    """A click that puts something into the cart."""
    return Click(visitor, at, "cart", product_id=product, price=price, **more)


def bought(visitor: str, at: str, **more: Any) -> Click:
    """A click that buys."""
    return Click(visitor, at, "purchase", **more)


def left(carts: Carts) -> list[int]:
    """The session numbers of the carts left."""
    found: list[int] = carts.session[carts.left()].tolist()
    return found


def test_what_is_bought_in_the_session_is_not_left() -> None:
    """Also where the cart was filled after the purchase: nobody knows what it was then."""
    shop = clicks_in_memory(
        [
            filled("ada"),
            bought("ada", "10:05"),
            bought("bo", "10:00"),
            filled("bo", "10:05"),
            filled("cem"),
            Click("dee", "10:00", "view"),
        ]
    )
    carts = find_carts(shop, DAY)
    assert carts.session.tolist() == [0, 1, 2]
    assert left(carts) == [2]


def test_the_grace_counts_to_its_edge() -> None:
    """Bought exactly 24 hours after the last click that filled the cart: not left; a second later: left, and bought later."""
    shop = clicks_in_memory(
        [
            filled("ada", "2024-01-01T09:50", customer_id="A"),
            filled("ada", "2024-01-01T10:00", customer_id="A"),
            bought("ada", "2024-01-02T10:00:00", customer_id="A"),
            filled("bo", "2024-01-01T10:00", customer_id="B"),
            bought("bo", "2024-01-02T10:00:01", customer_id="B"),
        ]
    )
    carts = find_carts(shop, DAY)
    assert left(carts) == [2]
    figures = summarise_carts(carts)
    assert (figures.filled, figures.left, figures.share, figures.customers) == (2, 1, 0.5, 1)
    assert figures.bought_later == 1.0
    assert figures.hours_until_bought_median == pytest.approx(24 + 1 / 3600)


def test_a_purchase_before_the_cart_clears_nothing() -> None:
    """Only what comes after the cart can have been its purchase."""
    shop = clicks_in_memory([bought("ada", "2024-01-01T08:00"), filled("ada", "2024-01-01T10:00")])
    carts = find_carts(shop, DAY)
    assert left(carts) == [1]
    assert np.isnan(carts.hours_until_bought).all()


def test_the_customer_may_buy_as_another_visitor_or_in_the_store() -> None:
    """A purchase by the same customer from another device clears the cart, and so does an order without a click."""
    clicks = [
        filled("phone", customer_id="A"),
        bought("desktop", "2024-01-01T20:00", customer_id="A"),
        filled("tablet", customer_id="B"),
        filled("watch", customer_id="C"),
    ]
    orders = [Order("B", "2024-01-02T09:59"), Order("C", "2024-01-02T10:01"), Order("C", "2023-12-31")]
    carts = find_carts(clicks_in_memory(clicks, orders), DAY)
    who = [carts.customer_ids[code] for code in carts.customer[carts.left()]]
    assert who == ["C"]
    without_orders = find_carts(clicks_in_memory(clicks), DAY)
    assert [without_orders.customer_ids[code] for code in without_orders.customer[without_orders.left()]] == ["B", "C"]


def test_orders_without_a_time_of_day_clear_the_carts_of_their_day() -> None:
    """An order dated 1 January may be after the cart of that day at 10:00: nobody is reminded of what may be bought."""
    shop = clicks_in_memory(
        [filled("ada", "2024-01-01T10:00", customer_id="a"), filled("bo", "2024-01-01T10:00", customer_id="b")],
        [Order("a", "2024-01-01"), Order("b", "2023-12-31"), Order("b", "2024-01-03")],
    )
    carts = find_carts(shop, DAY)
    assert left(carts) == [1]
    assert carts.hours_until_bought.tolist() == [0.0, 38.0]


def test_customers_are_counted_as_their_list_is() -> None:
    """Those whom the filters leave, by all their carts: a customer who cannot be listed is not counted."""
    shop = clicks_in_memory(
        [filled("ada", customer_id="a"), filled("bo", customer_id="b"), filled("cem", customer_id="c")]
    )
    carts = find_carts(shop, DAY)
    assert summarise_carts(carts).customers == 3
    only_first = np.array([True, False, False])
    assert summarise_carts(carts, only_first, pd.Series(["b", "c", "x"])).customers == 2


def test_an_order_after_the_as_of_date_is_not_known_yet() -> None:
    """On the morning after, nobody knows of what is bought that day."""
    clicks = [filled("ada", "2024-01-01T22:00", customer_id="A"), bought("ada", "2024-01-02T08:00", customer_id="A")]
    shop = clicks_in_memory(clicks, [Order("A", "2024-01-02T08:00")])
    assert left(find_carts(shop, date(2024, 1, 2))) == [0]
    assert left(find_carts(shop, date(2024, 1, 3))) == []
    assert len(find_carts(shop, date(2024, 1, 1)).session) == 0


def test_the_value_is_the_last_known_price_times_the_clicks() -> None:
    """Two mugs at 5 and then 6 are 12; a jug without any price adds nothing; nothing but a jug has no value."""
    shop = clicks_in_memory(
        [
            filled("ada", "10:00", "mug", 5),
            filled("ada", "10:01", "mug", 6),
            filled("ada", "10:02", "mug", None),
            filled("ada", "10:03", "jug", None),
            filled("bo", "10:00", "jug", None),
            filled("cem", "10:00", None, 4),
            filled("cem", "10:01", None, 3),
        ]
    )
    carts = find_carts(shop, DAY)
    np.testing.assert_array_equal(carts.value, [18, np.nan, 7])
    figures = summarise_carts(carts)
    assert (figures.value, figures.priced, figures.left, figures.unknown) == (25, 2, 3, 3)
    assert figures.bought_later is None
    top = left_products(carts)
    assert top[["product_id", "carts", "clicks"]].to_numpy().tolist() == [["jug", 2, 2], ["mug", 1, 3]]
    np.testing.assert_array_equal(top["value"], [np.nan, 18])


def test_age_is_in_calendar_days() -> None:
    """A cart of one minute before midnight is one day old at the as-of date, one of a minute later eight days at another."""
    shop = clicks_in_memory([filled("ada", "2024-01-08T23:59"), filled("bo", "2024-01-01T00:00")])
    carts = find_carts(shop, DAY)
    assert carts.age_days.tolist() == [1, 8]
    counts, values = by_age(carts)
    assert (counts.tolist(), values.tolist()) == ([1, 0, 0, 1, 0, 0], [5, 0, 0, 5, 0, 0])
    counts, values = by_age_and_value(carts, (5, 10), np.array([True, False]))
    assert counts[0].tolist() == [0, 1, 0]
    assert values.sum() == 5


def test_value_bands_are_round() -> None:
    """Bands begin at amounts that people say."""
    shop = clicks_in_memory([filled(f"v{place:03d}", price=1 + place) for place in range(100)])
    assert value_edges(find_carts(shop, DAY)) == (25.0, 50.0, 75.0, 100.0)
    assert value_edges(find_carts(clicks_in_memory([Click("ada", "10:00", "view")]), DAY)) == ()


def test_consent_is_counted_where_it_is_known() -> None:
    """Of three known customers who left a cart, one agreed, one did not, of one nobody knows."""
    customers = pa.table({"customer_id": ["A", "B"], "has_email_consent": [True, False]})
    clicks = [filled(name.lower(), customer_id=name) for name in "ABC"]
    figures = summarise_carts(find_carts(clicks_in_memory(clicks, customers=customers), DAY))
    assert (figures.customers, figures.with_consent) == (3, 1)
    assert summarise_carts(find_carts(clicks_in_memory(clicks), DAY)).with_consent is None


def test_a_filter_keeps_some_sessions() -> None:
    """Every figure follows from the sessions that are kept."""
    shop = clicks_in_memory([filled("ada"), filled("bo", price=7), bought("cem", "10:00"), filled("cem", "10:01")])
    figures = summarise_carts(find_carts(shop, DAY), np.array([False, True, True]))
    assert (figures.filled, figures.left, figures.value) == (2, 1, 7)
    assert summarise_carts(find_carts(shop, DAY), np.array([False, False, False])).share is None


def test_without_a_clock_the_session_alone_decides() -> None:
    """Nobody knows what came first: only a purchase in the session clears its cart, and its age is not known."""
    clicks = [
        Click("ada", None, "cart", session_id="1", position=1, product_id="mug", price=3),
        Click("ada", None, "purchase", session_id="2", position=1),
        Click("bo", None, "cart", session_id="3", position=1),
        Click("bo", None, "purchase", session_id="3", position=2),
    ]
    carts = find_carts(clicks_in_memory([*clicks, clicks[0]._replace(session_id="4", customer_id="A")]), DAY)
    assert left(carts) == [0, 2]
    assert summarise_carts(carts).bought_later is None
    assert np.isnan(carts.age_days).all()
    assert by_age(carts)[0].sum() == 0


def test_the_people_who_left_a_cart() -> None:
    """Days, values and products choose among the carts left; each customer is there once."""
    clicks = [
        filled("ada", "2024-01-08T10:00", "mug", 5, customer_id="A"),
        filled("ada", "2024-01-05T10:00", "jug", 50, customer_id="A"),
        filled("bo", "2024-01-01T10:00", "jug", 50, customer_id="B"),
        filled("cem", "2024-01-08T10:00", "jug", 50),
        filled("dee", "2024-01-08T10:00", "jug", None, customer_id="D"),
    ]
    shop = clicks_in_memory(clicks)
    for details, expected in (
        ({}, "ABD"),
        ({"within_days": 4}, "AD"),
        ({"within_days": 1, "min_value": 5}, "A"),
        ({"within_days": 1, "min_value": 5.01}, ""),
        ({"older_than_days": 4}, "B"),
        ({"min_value": 50}, "AB"),
        ({"below_value": 50}, "A"),
        ({"product": "mug"}, "A"),
        ({"product": "cup"}, ""),
    ):
        assert list(left_cart_customers(shop, DAY, details)) == list(expected), details


@pytest.mark.parametrize(
    ("details", "sentence"),
    [
        ({}, "Left a cart"),
        ({"within_days": 1}, "Left a cart in the last day"),
        ({"within_days": 7, "min_value": 50}, "Left a cart worth 50 or more, in the last 7 days"),
        (
            {"within_days": 7, "older_than_days": 3, "below_value": 12.5},
            "Left a cart worth less than 12.5, 4 to 7 days ago",
        ),
        (
            {"older_than_days": 90, "min_value": 1000, "below_value": 2000},
            "Left a cart worth 1,000 to 2,000, more than 90 days ago",
        ),
        ({"product": "M-1"}, "Left a cart with product M-1"),
    ],
)
def test_the_sentence_of_the_people(details: dict[str, Any], sentence: str) -> None:
    """Who is meant, in English."""
    assert left_cart_sentence(details) == sentence


@pytest.mark.parametrize(
    "details", [{"days": 3}, {"within_days": "3"}, {"min_value": True}, {"min_value": -1}, {"product": 3}]
)
def test_impossible_details_are_refused(details: dict[str, Any]) -> None:
    """What a link says of carts is checked."""
    with pytest.raises(RequestError):
        left_cart_sentence(details)
