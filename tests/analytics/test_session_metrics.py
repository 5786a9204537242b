"""What visits say about a customer: computed by hand, absent without clicks, and never 0 where it is not known."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from analytics.clusters import fit_space
from analytics.customers import CustomerTable, customer_table
from analytics.metrics import METRICS, metric, needs_sessions
from analytics.request import AnalysisRequest
from analytics.segmentation import segment
from analytics.sources import Source
from tests.analytics.click_shops import Click, clicks_in_memory
from tests.conftest import Order, shop_in_memory, varied_shop

AS_OF = date(2024, 1, 20)
OF_VISITS = {entry.name for entry in METRICS if needs_sessions(entry)}
ORDERS = [
    Order("ann", "2024-01-01T12:00", "10"),
    Order("ann", "2024-01-08T12:00", "10"),
    Order("bob", "2024-01-02T12:00", "10"),
    Order("cy", "2024-01-03T12:00", "10"),
]
CLICKS = [
    # ann: four visits, one before she is known
    Click("a", "2024-01-01T09:00", "view", "home", "hats"),
    Click("a", "2024-01-01T11:50", "view", "hat", "hats", customer_id="ann"),
    Click("a", "2024-01-01T11:51", "view", "hat", "hats", customer_id="ann"),
    Click("a", "2024-01-01T11:59", "purchase", "done", "hats", customer_id="ann"),
    Click("a", "2024-01-08T11:50", "view", "shoe", "shoes", customer_id="ann"),
    Click("a", "2024-01-08T11:51", "cart", "shoe", "shoes", customer_id="ann"),
    Click("a", "2024-01-09T23:59", "cart", "shoe", "shoes", customer_id="ann"),
    Click("a", "2024-01-10T00:01", "purchase", "done", "shoes", customer_id="ann"),
    # bob: one visit of one click on the day before, one on the as-of date
    Click("b", "2024-01-19T23:59", "view", "home", customer_id="bob"),
    Click("b", "2024-01-20T10:00", "view", "home", customer_id="bob"),
]


def shop(**options: Any) -> Source:
    return clicks_in_memory(CLICKS, ORDERS, as_of=AS_OF, **options)


def row(table: CustomerTable, customer: str) -> pd.Series[Any]:
    return table.frame.set_index("customer_id").loc[customer]


def test_a_customer_who_visits() -> None:
    """Ann's three visits as ann: of 540, 60 and 120 seconds, a week and a day apart, two with a cart of which one was left."""
    ann = row(customer_table(shop()), "ann")
    assert (ann.session_count, ann.view_count, ann.views_per_order) == (3, 3, 1.5)
    assert ann.session_seconds_mean == (540 + 60 + 120) / 3
    assert ann.bounce_rate == 0
    assert ann.days_since_session == 11
    assert ann.days_between_sessions_mean == 8 / 2
    assert ann.cart_abandon_rate == 0.5
    assert (ann.favourite_category, ann.favourite_visit_hour) == ("shoes", "11:00")


def test_visits_before_the_as_of_date() -> None:
    """A visit that begins on the as-of date does not count, one that began a minute before midnight does."""
    bob = row(customer_table(shop()), "bob")
    assert (bob.session_count, bob.days_since_session, bob.bounce_rate) == (1, 1, 1)
    assert pd.isna(bob.days_between_sessions_mean)
    assert pd.isna(bob.cart_abandon_rate)
    assert row(customer_table(shop(), date(2024, 1, 21)), "bob").session_count == 2
    assert row(customer_table(shop(), date(2024, 1, 19)), "bob").session_count == 0


def test_a_customer_without_visits() -> None:
    """Where visits are known, no visit is 0 sessions; what would have been measured in them is missing."""
    cy = row(customer_table(shop()), "cy")
    assert cy.session_count == 0
    others = sorted(OF_VISITS - {"session_count"})
    assert cy[others].isna().all()
    assert pd.isna(cy.favourite_category)


def test_ties_of_a_favourite() -> None:
    """Of two categories with as many visits the first by name, of two hours the earlier."""
    clicks = [
        Click("a", "2024-01-02T18:00", category="shoes", customer_id="ann"),
        Click("a", "2024-01-03T09:00", category="hats", customer_id="ann"),
    ]
    ann = row(customer_table(clicks_in_memory(clicks, ORDERS)), "ann")
    assert (ann.favourite_category, ann.favourite_visit_hour) == ("hats", "09:00")


@pytest.mark.parametrize("clicks", [None, [Click("a", "2024-01-02T18:00", category="hats")]])
def test_a_shop_without_known_visitors(clicks: list[Click] | None) -> None:
    """Without clicks, or with clicks of nobody who is known, the metrics are absent, not 0; asked for, they are missing."""
    source = shop_in_memory(ORDERS) if clicks is None else clicks_in_memory(clicks, ORDERS)
    columns = set(customer_table(source).frame.columns)
    assert not columns & (OF_VISITS | {"favourite_category", "favourite_visit_hour"})
    if clicks is None:
        asked = customer_table(source, metrics=("order_count", "session_count", "views_per_order")).frame
        assert asked[["session_count", "views_per_order"]].isna().all(axis=None)


def test_metrics_by_name_are_those_of_the_whole_table() -> None:
    """A metric of visits asked for alone, and one that is made of others, is what the whole table says."""
    whole = customer_table(shop()).frame
    for name in sorted(OF_VISITS):
        pd.testing.assert_frame_equal(
            customer_table(shop(), metrics=(name,)).frame, whole[["customer_id", name]], check_dtype=False
        )


def test_clusters_by_visits_take_the_median_where_a_visit_is_missing() -> None:
    """A cluster needs a number for everyone: who has no visits gets the median length of the others, and it is counted."""
    table = customer_table(shop())
    scaled = fit_space(table.frame, ("order_count", "session_seconds_mean"))
    assert scaled.filled == {"session_seconds_mean": 1}
    clicks = [
        Click(f"v{number}", f"2021-0{1 + number % 9}-0{1 + visit}T{8 + number % 9:02}:00", customer_id=f"c{number:03d}")
        for number in range(40)
        for visit in range(1 + number % 5)
    ]
    source = clicks_in_memory(clicks, varied_shop(), as_of=date(2022, 1, 1))
    found = segment(
        AnalysisRequest("clicks", algorithm="kmeans", k=3, metrics=("order_count", "days_since_session")), source
    )
    assert sum(group.customers for group in found.segments) == 60


def test_a_rule_over_visits() -> None:
    """A metric of visits and a favourite can be asked for in a rule."""
    frame = customer_table(shop()).frame
    from analytics.rules import rule_from_json

    rule = rule_from_json(
        {
            "all": [
                {"column": "session_count", "is": "at least", "value": 2},
                {"column": "favourite_visit_hour", "is": "equal to", "value": "11:00"},
            ]
        }
    )
    assert frame.loc[rule.mask(frame), "customer_id"].tolist() == ["ann"]


def test_metrics_without_visits_read_no_sessions() -> None:
    """The recency of an order needs no visit: sessions that cannot be read are not read."""
    source = shop()
    without = Source(source.name, source.version, _Unreadable(source.tables), source.default_as_of)
    assert len(customer_table(without, metrics=("recency_days", "order_count", "revenue_total", "refund_share"))) == 3
    assert metric("session_count").without_rows == 0


class _Unreadable(dict[str, Any]):
    def __getitem__(self, name: str) -> Any:
        assert name not in ("sessions", "events")
        return super().__getitem__(name)


def test_a_metric_of_visits_has_one_type() -> None:
    """Sessions are counted in whole numbers, all else is a number with a place for missing, whoever is in the table."""
    for orders in (ORDERS, ORDERS[:1]):
        types = customer_table(clicks_in_memory(CLICKS, orders, as_of=AS_OF)).frame[sorted(OF_VISITS)].dtypes
        assert {str(name): str(kind) for name, kind in types.items()} == {
            name: "int64" if name == "session_count" else "float64" for name in OF_VISITS
        }
