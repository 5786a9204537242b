"""The revenue bridge: three customers over three months, by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from analytics.customers import customer_table
from analytics.deeds import deed
from analytics.errors import RequestError
from analytics.rules import Did
from analytics.trends import PARTS, members, movement_customers, movement_sentence, revenue_bridge
from tests.conftest import Order, shop_in_memory, varied_shop

ORDERS = [
    Order("ada", "2020-01-31T23:59", "10"),
    Order("bo", "2020-01-05", "30.10"),
    Order("ada", "2020-02-01T00:00", "20"),
    Order("ada", "2020-02-29T23:59", "5"),
    Order("cem", "2020-02-10", "7"),
    Order("bo", "2020-03-10", "40.30"),
    Order("cem", "2020-03-31", "6"),
]


def test_three_customers_over_three_months() -> None:
    """February: Ada stays, Cem is new, Bo is lost. March: Bo comes back, Cem stays, Ada is lost."""
    found = revenue_bridge(shop_in_memory(ORDERS)).totals()
    assert found.index.tolist() == [date(2020, 2, 1), date(2020, 3, 1)]
    february, march = (row._asdict() for row in found.itertuples(index=False))
    assert february == {
        "revenue_before": 40.1,
        "new": 7.0,
        "reactivated": 0.0,
        "retained": 25.0,
        "retained_change": 15.0,
        "lost": 30.1,
        "revenue": 32.0,
        "new_customers": 1,
        "reactivated_customers": 0,
        "retained_customers": 1,
        "lost_customers": 1,
    }
    assert march == {
        "revenue_before": 32.0,
        "new": 0.0,
        "reactivated": 40.3,
        "retained": 6.0,
        "retained_change": -1.0,
        "lost": 25.0,
        "revenue": 46.3,
        "new_customers": 0,
        "reactivated_customers": 1,
        "retained_customers": 1,
        "lost_customers": 1,
    }


def test_the_bridge_holds_for_any_groups() -> None:
    """Revenue before + new + reactivated + change of the retained − lost = revenue now, exactly, whoever is kept."""
    source = shop_in_memory(varied_shop())
    table = customer_table(source)
    codes = np.arange(len(table)) % 5
    bridge = revenue_bridge(source, groups=members(table, codes))
    for keep in (None, *np.eye(5, dtype=bool), np.zeros(5, dtype=bool)):
        found = bridge.totals(keep)
        told = found["revenue_before"] + found["new"] + found["reactivated"] + found["retained_change"] - found["lost"]
        assert (told - found["revenue"]).round(4).eq(0).all()
        assert (found["new"] + found["reactivated"] + found["retained"] - found["revenue"]).round(4).eq(0).all()
    assert bridge.totals()["revenue"].sum() > 0


def test_a_month_without_orders_loses_everyone() -> None:
    """After a month without any order nobody is retained; those who come are back or new."""
    orders = [Order("a", "2020-01-10", "5"), Order("a", "2020-03-10", "6"), Order("b", "2020-03-11", "7")]
    found = revenue_bridge(shop_in_memory(orders)).totals()
    assert found["lost"].tolist() == [5.0, 0.0]
    assert found["lost_customers"].tolist() == [1, 0]
    assert found["reactivated"].tolist() == [0.0, 6.0]
    assert found["new"].tolist() == [0.0, 7.0]
    assert found["revenue"].tolist() == [0.0, 13.0]


def test_nobody_is_lost_to_a_month_beyond_the_data() -> None:
    """Customers of the last month are not lost: the month after is not known."""
    found = revenue_bridge(shop_in_memory([Order("a", "2020-01-10"), Order("b", "2020-01-20")])).totals()
    assert found.empty


@pytest.mark.parametrize(
    ("month", "part", "who"),
    [
        ("2020-02", "new", ["cem"]),
        ("2020-02", "retained", ["ada"]),
        ("2020-02", "reactivated", []),
        ("2020-02", "lost", ["bo"]),
        ("2020-03", "new", []),
        ("2020-03", "retained", ["cem"]),
        ("2020-03", "reactivated", ["bo"]),
        ("2020-03", "lost", ["ada"]),
        ("2020-04", "lost", []),
        ("2020-01", "new", []),
        ("1999-01", "new", []),
    ],
)
def test_the_people_of_a_part(month: str, part: str, who: list[str]) -> None:
    """The customers behind a bar are those that it counts."""
    source = shop_in_memory(ORDERS)
    assert movement_customers(source, source.default_as_of, {"month": month, "part": part}).tolist() == who


def test_the_people_are_as_many_as_the_bars_say() -> None:
    """For every month and part of a varied shop, the list is as long as the count."""
    source = shop_in_memory(varied_shop())
    for month, row in revenue_bridge(source).totals().iterrows():
        for part in PARTS:
            details = {"month": str(month)[:7], "part": part}
            assert len(movement_customers(source, source.default_as_of, details)) == row[f"{part}_customers"]


def test_the_as_of_date_hides_later_orders() -> None:
    """As of mid March, Cem's order of the 31st has not happened: he is lost."""
    source = shop_in_memory(ORDERS)
    assert movement_customers(source, date(2020, 3, 15), {"month": "2020-03", "part": "lost"}).tolist() == [
        "ada",
        "cem",
    ]
    assert revenue_bridge(source, date(2020, 3, 15)).totals()["lost_customers"].tolist() == [1, 2]


def test_a_movement_says_who_is_meant() -> None:
    """The deed has a sentence, and a rule finds its people in the customer table."""
    source = shop_in_memory(ORDERS)
    did = Did.of("month_movement", month="2020-02", part="lost")
    known = deed("month_movement")
    assert known.sentence(did.known()) == "Customers who ordered in the month before Feb 2020 and not in Feb 2020"
    assert known.customers(source, source.default_as_of, did.known()).tolist() == ["bo"]
    sentences = {movement_sentence({"month": "2020-02", "part": part}) for part in PARTS}
    assert len(sentences) == 4


@pytest.mark.parametrize(
    ("details", "told"),
    [
        ({"month": "2020-13", "part": "new"}, "'2020-13' is not possible for month"),
        ({"part": "new"}, "'None' is not possible for month"),
        ({"month": "2020-02", "part": "gone"}, "'gone' is not possible for part. Allowed: new, reactivated"),
        ({"month": "2020-02", "part": ["new"]}, "is not possible for part"),
        ({"month": "2020-02", "part": "new", "x": 1}, "has no 'x'"),
    ],
)
def test_details_are_checked(details: dict[str, Any], told: str) -> None:
    """A month or part that is not possible is an error that names it."""
    with pytest.raises(RequestError, match=told):
        movement_sentence(details)
