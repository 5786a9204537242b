"""What holds for the trends of any shop: over random small order books."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from analytics.customers import customer_table
from analytics.trends import (
    GRAINS,
    PARTS,
    concentration_of,
    members,
    movement_customers,
    orders_by,
    revenue_bridge,
)
from tests.conftest import Order, shop_in_memory
from tests.properties.test_order_books import BOOKS

few = settings(max_examples=12, deadline=None)
GRAIN = st.sampled_from(sorted(GRAINS))
AMOUNTS = st.lists(st.floats(0, 1e6, allow_subnormal=False), min_size=1, max_size=60)


@few
@given(book=BOOKS, grain=GRAIN)
def test_every_order_is_in_exactly_one_period(book: list[Order], grain: str) -> None:
    """Periods follow each other without gaps, and orders and revenue of all of them are those of the shop."""
    found = orders_by(shop_in_memory(book), None, grain)
    starts = found.periods.starts
    assert [found.periods.ends_on(place) for place in range(len(starts) - 1)] == list(starts[1:])
    totals = found.totals()
    assert totals["orders"].sum() == len(book)
    np.testing.assert_allclose(totals["revenue"].sum(), sum(float(order.revenue) for order in book), atol=1e-6)
    assert (totals["customers"] <= totals["orders"]).all()
    assert (totals["order_value_mean"].isna() == (totals["orders"] == 0)).all()


@few
@given(book=BOOKS, grain=GRAIN, data=st.data())
def test_the_order_of_the_rows_changes_nothing(book: list[Order], grain: str, data: st.DataObject) -> None:
    """Periods and bridge are the same to the last bit, however the rows are ordered."""
    one, other = shop_in_memory(book), shop_in_memory(data.draw(st.permutations(book)))
    assert_frame_equal(orders_by(one, None, grain).totals(), orders_by(other, None, grain).totals(), check_exact=True)
    assert_frame_equal(revenue_bridge(one).totals(), revenue_bridge(other).totals(), check_exact=True)


@few
@given(book=BOOKS, groups=st.integers(1, 3))
def test_the_bridge_always_holds(book: list[Order], groups: int) -> None:
    """Revenue before + new + reactivated + change of the retained − lost = revenue, and groups add up to everyone."""
    source = shop_in_memory(book)
    table = customer_table(source)
    codes = np.arange(len(table)) % groups
    bridge = revenue_bridge(source, groups=members(table, codes))
    everyone = bridge.totals()
    parts = [bridge.totals(keep) for keep in np.eye(int(codes.max()) + 1, dtype=bool)]
    for found in (everyone, *parts):
        told = found["revenue_before"] + found["new"] + found["reactivated"] + found["retained_change"] - found["lost"]
        assert (told - found["revenue"]).round(4).eq(0).all()
    for name in ("revenue", "new_customers", "lost_customers", "retained_customers", "reactivated_customers"):
        assert (sum(part[name] for part in parts) - everyone[name]).abs().round(4).eq(0).all()


@few
@given(book=BOOKS)
def test_each_active_customer_is_in_one_part(book: list[Order]) -> None:
    """New, reactivated and retained customers of a month are all who ordered in it, and those lost are none of them."""
    source = shop_in_memory(book)
    for month, row in revenue_bridge(source).totals().iterrows():
        of = {
            part: set(movement_customers(source, source.default_as_of, {"month": str(month)[:7], "part": part}))
            for part in PARTS
        }
        assert {part: len(who) for part, who in of.items()} == {part: row[f"{part}_customers"] for part in PARTS}
        active = {order.customer_id for order in book if order.ordered_at[:7] == str(month)[:7]}
        assert of["new"] | of["reactivated"] | of["retained"] == active
        assert sum(len(of[part]) for part in ("new", "reactivated", "retained")) == len(active)
        assert not of["lost"] & active


@few
@given(book=BOOKS, weeks=st.integers(1, 60), grain=st.sampled_from(["day", "week"]))
def test_weeks_later_the_weeks_are_the_same(book: list[Order], weeks: int, grain: str) -> None:
    """Shifting all times by whole weeks shifts days and weeks, and changes none of their numbers."""
    later = [
        order._replace(ordered_at=(datetime.fromisoformat(order.ordered_at) + timedelta(weeks=weeks)).isoformat())
        for order in book
    ]
    one, other = orders_by(shop_in_memory(book), None, grain), orders_by(shop_in_memory(later), None, grain)
    assert [start + timedelta(weeks=weeks) for start in one.periods.starts] == list(other.periods.starts)
    assert one.periods.partial == other.periods.partial
    np.testing.assert_array_equal(one.totals().to_numpy(), other.totals().to_numpy())


@given(amounts=AMOUNTS, factor=st.floats(0.01, 100))
def test_concentration_knows_no_currency(amounts: list[float], factor: float) -> None:
    """Gini lies between 0 and 1 − 1/n, does not change with the unit of money, and the best tenth is not above the fifth."""
    values = np.sort(np.array(amounts))[::-1]
    found, scaled = concentration_of(values), concentration_of(values * factor)
    if found.gini is None or scaled.gini is None:
        assert values.sum() == 0 or (values * factor).sum() == 0
        return
    assert 0 <= found.gini <= 1 - 1 / len(values) + 1e-9
    assert abs(found.gini - scaled.gini) < 1e-6
    tenth, fifth = found.best
    assert tenth.revenue_share <= fifth.revenue_share <= 1 + 1e-9
    assert (np.diff(found.lorenz_revenue) >= -1e-9).all()


@few
@given(book=BOOKS)
def test_a_later_as_of_date_changes_no_complete_month(book: list[Order]) -> None:
    """What is known of a month that is over does not change with time."""
    source = shop_in_memory(book)
    early = orders_by(source, None, "month")
    last = max(datetime.fromisoformat(order.ordered_at) for order in book)
    late = orders_by(shop_in_memory([*book, Order("zoe", (last + timedelta(days=40)).isoformat(), "7")]), None, "month")
    for start, is_partial in zip(early.periods.starts, early.periods.partial, strict=True):
        if not is_partial:
            assert late.totals().loc[start].equals(early.totals().loc[start])
