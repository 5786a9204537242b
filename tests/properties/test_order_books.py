"""What holds for any shop: over random small order books."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from analytics.customers import CustomerTable, customer_table
from analytics.errors import RequestError
from analytics.request import AnalysisRequest
from analytics.rfm import with_segments
from analytics.rules import rule_from_json
from analytics.segmentation import segment
from analytics.trends import key_figures, monthly_orders, period_orders
from tests.conftest import Order, shop_in_memory

FIRST = datetime.fromisoformat("2020-01-01T00:00")
AS_OF = date(2021, 3, 1)
few = settings(max_examples=15, deadline=None)
fewer = settings(max_examples=5, deadline=None)


@st.composite
def an_order(draw: st.DrawFn) -> Order:
    at = FIRST + timedelta(minutes=draw(st.integers(0, 420 * 24 * 60)))
    return Order(
        draw(st.sampled_from(["ann", "bob", "cy", "dee", "eve", "Åse"])),
        at.isoformat(),
        str(Decimal(draw(st.integers(0, 10**7))) / 100),
        draw(st.sampled_from(["France", "Spain", None])),
        draw(st.integers(1, 9)),
        draw(st.one_of(st.none(), st.floats(0, 100).map(lambda value: round(value, 1)))),
    )


def numbered(orders: list[Order]) -> list[Order]:
    return [order._replace(order_id=str(number)) for number, order in enumerate(orders)]


BOOKS = st.lists(an_order(), min_size=1, max_size=25).map(numbered)


def scored(orders: list[Order], as_of: date = AS_OF) -> CustomerTable:
    return with_segments(customer_table(shop_in_memory(orders), as_of))


@few
@given(book=BOOKS, data=st.data())
def test_shuffled_rows_change_nothing(book: list[Order], data: st.DataObject) -> None:
    """The customer table, the scores and the RFM segments are the same to the last bit, however the rows are ordered."""
    shuffled = data.draw(st.permutations(book))
    assert_frame_equal(scored(shuffled).frame, scored(book).frame, check_exact=True)


@fewer
@given(book=BOOKS, data=st.data())
def test_shuffled_rows_change_no_cluster(book: list[Order], data: st.DataObject) -> None:
    """The clusters are the same to the last bit as well, or impossible for the same reason."""
    shuffled = data.draw(st.permutations(book))

    def answer(orders: list[Order]) -> object:
        try:
            return segment(AnalysisRequest("shop", as_of=AS_OF, algorithm="kmeans"), shop_in_memory(orders)).to_json()
        except RequestError as problem:
            return str(problem)

    assert answer(shuffled) == answer(book)


@few
@given(book=BOOKS, days=st.integers(-3000, 3000))
def test_shifted_times_change_nothing(book: list[Order], days: int) -> None:
    """All orders and the as-of date moved by the same number of days: across leap days and years every number stays."""
    by = timedelta(days=days)
    moved = [order._replace(ordered_at=(datetime.fromisoformat(order.ordered_at) + by).isoformat()) for order in book]
    assert_frame_equal(scored(moved, AS_OF + by).frame, scored(book).frame, check_exact=True)


@few
@given(book=BOOKS, more=an_order())
def test_an_added_order_never_lowers_a_frequency(book: list[Order], more: Order) -> None:
    """One more order of a customer is one more in the count, and never a lower frequency score or a lower revenue."""
    assume(any(order.customer_id == more.customer_id for order in book))
    columns = ["order_count", "frequency_score", "revenue_total"]
    before = scored(book).frame.set_index("customer_id").loc[more.customer_id, columns]
    after = scored(numbered([*book, more])).frame.set_index("customer_id").loc[more.customer_id, columns]
    assert after["order_count"] == before["order_count"] + 1
    assert after["frequency_score"] >= before["frequency_score"]
    assert after["revenue_total"] >= before["revenue_total"]


@few
@given(book=BOOKS)
def test_segments_add_up(book: list[Order]) -> None:
    """Customers, orders and money of the segments are those of the book; scores lie from 1 to 5."""
    found = segment(AnalysisRequest("shop", as_of=AS_OF), shop_in_memory(book))
    assert sum(group.customers for group in found.segments) == len({order.customer_id for order in book})
    assert sum(group.orders for group in found.segments) == len(book)
    cents = sum(round(group.revenue * 100) for group in found.segments)
    assert cents == sum(Decimal(order.revenue) * 100 for order in book)
    scores = found.table.frame[["recency_score", "frequency_score", "monetary_score"]].to_numpy()
    assert scores.min() >= 1
    assert scores.max() <= 5


@few
@given(book=BOOKS)
def test_money_adds_up_exactly(book: list[Order]) -> None:
    """Each customer's revenue is the exact sum of the orders, written as the nearest float: no cent is lost on the way."""
    frame = scored(book).frame.set_index("customer_id")
    for customer, revenue in frame["revenue_total"].items():
        exact = sum((Fraction(order.revenue) for order in book if order.customer_id == customer), Fraction(0))
        assert revenue == float(exact)


@few
@given(book=BOOKS)
def test_months_and_periods_add_up(book: list[Order]) -> None:
    """Orders by month and over all days are the orders of the book."""
    source = shop_in_memory(book)
    assert monthly_orders(source, AS_OF).by_month()["orders"].sum() == len(book)
    figures = {figure.name: figure.value for figure in key_figures(period_orders(source, AS_OF, "all"))}
    assert figures["orders"] == len(book)
    assert figures["customers"] == len({order.customer_id for order in book})


NUMBERS = ("order_count", "revenue_total", "days_between_orders_mean", "units_per_order_mean")
CONDITIONS = st.one_of(
    st.builds(
        lambda column, operator, value: {"column": column, "is": operator, "value": value},
        st.sampled_from(NUMBERS),
        st.sampled_from(["equal to", "not equal to", "at least", "at most", "above", "below"]),
        st.one_of(st.integers(-5, 50), st.floats(0, 1000)),
    ),
    st.builds(
        lambda column, operator, value: {"column": column, "is": operator, "value": value},
        st.sampled_from(["customer_id", "segment"]),
        st.sampled_from(["equal to", "not equal to", "contains", "does not contain", "starts with", "ends with"]),
        st.text("aeisoACLRå ", max_size=3),
    ),
    st.builds(
        lambda column, operator: {"column": column, "is": operator},
        st.sampled_from([*NUMBERS, "customer_id", "segment"]),
        st.sampled_from(["missing", "known"]),
    ),
)
RULES = st.recursive(
    CONDITIONS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=5,
)


@few
@given(book=BOOKS, told=RULES)
def test_a_rule_and_its_negation_part_the_customers(book: list[Order], told: dict[str, object]) -> None:
    """Every customer is in a rule or in its negation and never in both; the rule written as JSON and read again is the same."""
    frame = scored(book).frame
    rule = rule_from_json(told)
    mask, negated = rule.mask(frame), rule_from_json({"not": told}).mask(frame)
    assert np.array_equal(mask, ~negated)
    assert len(frame[mask]) + len(frame[negated]) == len(frame)
    assert rule_from_json(rule.to_json()) == rule
