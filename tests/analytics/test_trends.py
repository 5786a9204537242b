"""How the shop is doing: key figures of a period against the one before, and months, by hand."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from analytics.customers import customer_table
from analytics.trends import KEY_FIGURES, key_figures, last_day, monthly_orders, period_orders, resolve_period
from tests.conftest import Order, Publish, shop_in_memory, varied_shop

AS_OF = date(2020, 3, 1)
ORDERS = [
    Order("c", "2019-12-31T10:00", "100"),
    Order("a", "2020-01-15T10:00", "10"),
    Order("b", "2020-01-30T23:59", "30"),
    Order("a", "2020-01-31T00:00", "20.50"),
    Order("a", "2020-02-29T23:59", "29.50"),
    Order("d", "2020-02-01T12:00", "40"),
    Order("a", "2020-03-01T00:00", "1000"),
]


def test_key_figures_by_hand() -> None:
    """Thirty days to the 1st of March begin on the 31st of January; the thirty before begin on the 1st."""
    figures = {figure.name: figure for figure in key_figures(period_orders(shop_in_memory(ORDERS), AS_OF, "30"))}
    assert {name: (figure.value, figure.before) for name, figure in figures.items()} == {
        "customers": (2, 2),
        "revenue": (90.0, 40.0),
        "orders": (3, 2),
        "order_value_mean": (30.0, 20.0),
        "repeat_rate": (0.5, 0.0),
    }
    assert figures["customers"].change == 0.0
    assert figures["revenue"].change == 1.25
    assert figures["orders"].change == 0.5
    assert figures["order_value_mean"].change == 0.5
    assert figures["repeat_rate"].change == 0.5


def test_key_figures_of_those_kept() -> None:
    """A filter on customers counts only theirs, in the order of the customer table."""
    source = shop_in_memory(ORDERS)
    ids = customer_table(source, AS_OF).frame["customer_id"].tolist()
    reduced = period_orders(source, AS_OF, "30")
    only_a = key_figures(reduced, np.array([name == "a" for name in ids]))
    assert [figure.value for figure in only_a] == [1, 50.0, 2, 25.0, 1.0]
    assert [figure.before for figure in only_a] == [1, 10.0, 1, 10.0, 0.0]
    nobody = key_figures(reduced, np.zeros(4, dtype=bool))
    assert [figure.value for figure in nobody] == [0, 0.0, 0, None, None]
    assert [figure.change for figure in nobody] == [None] * 5


def test_all_days_have_no_period_before() -> None:
    """Over all days every order before the as-of date counts, and there is nothing to compare with."""
    source = shop_in_memory(ORDERS)
    figures = key_figures(period_orders(source, AS_OF, "all"))
    assert [figure.value for figure in figures] == [4, 230.0, 6, pytest.approx(230 / 6), 0.25]
    assert [figure.before for figure in figures] == [None] * 5
    period = resolve_period(source, AS_OF, "all")
    assert (period.days, period.starts_on, last_day(period)) == (None, date(2019, 12, 31), date(2020, 2, 29))


@pytest.mark.parametrize(
    ("days_of_data", "days", "is_compared"),
    [
        (730, 365, True),
        (729, 90, True),
        (180, 90, True),
        (179, 30, True),
        (60, 30, True),
        (59, 30, False),
        (1, 30, False),
    ],
)
def test_auto_is_the_longest_period_that_fits_twice(days_of_data: int, days: int, is_compared: bool) -> None:
    """A day too few for twice 365, 90 or 30 days, and the next shorter period is taken; a comparison needs all its days."""
    first = np.datetime64("2022-01-01") - days_of_data
    period = resolve_period(shop_in_memory([Order("a", str(first))]), date(2022, 1, 1), "auto")
    assert period.days == days
    assert (period.compared_from is not None) == is_compared
    assert (period.ends_on - period.starts_on).days == days


@pytest.mark.parametrize(("asked", "days"), [("30", 30), ("90", 90), ("365", 365)])
def test_a_period_asked_for_is_taken(asked: str, days: int) -> None:
    """A period asked for is taken though the data is shorter; then there is no comparison rather than one with nothing."""
    period = resolve_period(shop_in_memory([Order("a", "2021-12-31")]), None, asked)
    assert (period.days, period.compared_from) == (days, None)


def test_months_by_hand() -> None:
    """A month without orders is there with 0; the first and the last month are partial where the data covers a part."""
    orders = [
        Order("a", "2020-01-15", "10"),
        Order("a", "2020-01-31T23:59", "5"),
        Order("b", "2020-01-20", "1"),
        Order("b", "2020-04-01T00:00", "2.5"),
    ]
    monthly = monthly_orders(shop_in_memory(orders), date(2020, 4, 20))
    assert monthly.months == (date(2020, 1, 1), date(2020, 2, 1), date(2020, 3, 1), date(2020, 4, 1))
    assert monthly.partial == (True, False, False, True)
    by_month = monthly.by_month()
    assert by_month["revenue"].tolist() == [16.0, 0.0, 0.0, 2.5]
    assert by_month["orders"].tolist() == [3, 0, 0, 1]
    assert by_month["customers"].tolist() == [2, 0, 0, 1]
    assert by_month.index.tolist() == list(monthly.months)
    only_b = monthly.by_month(np.array([False, True]))
    assert only_b["revenue"].tolist() == [1.0, 0.0, 0.0, 2.5]
    assert only_b["orders"].tolist() == [1, 0, 0, 1]


@pytest.mark.parametrize(
    ("first", "as_of", "partial"),
    [
        ("2020-01-01", date(2020, 3, 1), (False, False)),
        ("2020-01-02", date(2020, 3, 1), (True, False)),
        ("2020-01-01", date(2020, 2, 29), (False, True)),
        ("2020-01-01", date(2020, 3, 2), (False, False, True)),
    ],
)
def test_partial_months(first: str, as_of: date, partial: tuple[bool, ...]) -> None:
    """A month is whole when the data reaches from its first day to the first of the next."""
    last = (as_of - timedelta(days=1)).isoformat()
    assert monthly_orders(shop_in_memory([Order("a", first), Order("a", last)]), as_of).partial == partial


def test_after_the_last_order_nothing_is_known() -> None:
    """Months between the end of the data and a later as-of date are not months without revenue: they are partial."""
    monthly = monthly_orders(shop_in_memory([Order("a", "2020-01-01"), Order("a", "2020-01-31")]), date(2020, 4, 1))
    assert monthly.partial == (False, True, True)


def test_months_across_years() -> None:
    """December is followed by January."""
    monthly = monthly_orders(shop_in_memory([Order("a", "2019-11-30", "1"), Order("a", "2020-01-01", "2")]))
    assert monthly.months == (date(2019, 11, 1), date(2019, 12, 1), date(2020, 1, 1))
    assert monthly.by_month()["revenue"].tolist() == [1.0, 0.0, 2.0]


def test_months_and_periods_add_up_to_the_customer_table(publish: Publish) -> None:
    """The same orders, counted by month, over all days and per customer, and numbered alike; stored or in memory."""
    for source in (publish(varied_shop()), shop_in_memory(varied_shop())):
        frame = customer_table(source).frame
        whole, monthly = period_orders(source, None, "all"), monthly_orders(source)
        for row, one in enumerate(np.eye(len(frame), dtype=bool)):
            figures = {figure.name: figure.value for figure in key_figures(whole, one)}
            months = monthly.by_month(one)
            assert figures["orders"] == months["orders"].sum() == frame["order_count"].iloc[row]
            assert figures["revenue"] == pytest.approx(frame["revenue_total"].iloc[row])
            assert months["revenue"].sum() == pytest.approx(frame["revenue_total"].iloc[row])


def test_key_figures_say_what_they_mean() -> None:
    """Each key figure has a name of its own, a label and a sentence."""
    assert len({figure.name for figure in KEY_FIGURES}) == len(KEY_FIGURES) == 5
    assert all(figure.label and figure.meaning.endswith(".") for figure in KEY_FIGURES)
    assert {figure.unit for figure in KEY_FIGURES} <= {"customers", "orders", "money", "share"}
