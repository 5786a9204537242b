"""What holds of the cohorts of any order book."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.cohorts import cohort_table
from tests.conftest import Order, shop_in_memory
from tests.properties.test_order_books import AS_OF, BOOKS

few = settings(max_examples=15, deadline=None)
KINDS = st.sampled_from(["month", "week", "country"])


def known(book: list[Order]) -> list[Order]:
    """The book with a country on every order, so that each kind of cohort has an answer."""
    return [order._replace(country=order.country or "Malta") for order in book]


@few
@given(book=BOOKS, by=KINDS, as_of=st.dates(date(2020, 3, 1), AS_OF))
def test_rows_start_whole_and_never_exceed_it(book: list[Order], by: str, as_of: date) -> None:
    """Everyone is active in the first period; no cell counts more than its denominator, nor that more than the cohort."""
    before = [order for order in known(book) if order.ordered_at < as_of.isoformat()]
    if not before:
        return
    found = cohort_table(shop_in_memory(known(book)), as_of, by)
    assert (found.share[:, 0] == 1.0).all()
    assert (found.active <= found.eligible).all()
    assert (found.eligible <= found.size[:, None]).all()
    assert found.size.sum() == len({order.customer_id for order in before})
    assert not found.partial[~found.exists].any()
    shares = found.mean_share()
    assert ((shares >= 0) & (shares <= 1) | np.isnan(shares)).all()


@few
@given(book=BOOKS, by=st.sampled_from(["month", "week"]))
def test_money_adds_up(book: list[Order], by: str) -> None:
    """The cells of all months or weeks together are the revenue of all orders, to the cent."""
    found = cohort_table(shop_in_memory(book), AS_OF, by)
    cents = round(float(found.revenue.sum()) * 100)
    assert cents == sum(Fraction(order.revenue) * 100 for order in book)


@few
@given(book=BOOKS, by=KINDS, data=st.data())
def test_shuffled_rows_change_no_cohort(book: list[Order], by: str, data: st.DataObject) -> None:
    """The order of the rows plays no part, to the last bit."""
    shuffled = data.draw(st.permutations(known(book)))
    one, other = (cohort_table(shop_in_memory(orders), AS_OF, by).to_json() for orders in (known(book), shuffled))
    assert one == other


@few
@given(book=BOOKS)
def test_active_is_who_ordered(book: list[Order]) -> None:
    """Month by month: the customers active in the cells of a month are those who ordered in it."""
    found = cohort_table(shop_in_memory(book), AS_OF, "month")
    first = [found.keys.index(key) for key in found.keys]
    starts = [int(key[:4]) * 12 + int(key[5:]) for key in map(str, found.keys)]
    for month in range(min(starts), max(starts) + found.active.shape[1]):
        counted = sum(
            int(found.active[row, month - starts[row]])
            for row in first
            if 0 <= month - starts[row] < found.active.shape[1]
        )
        text = f"{(month - 1) // 12:04d}-{(month - 1) % 12 + 1:02d}"
        assert counted == len({order.customer_id for order in book if order.ordered_at.startswith(text)})
