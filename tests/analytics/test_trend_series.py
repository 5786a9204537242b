"""Revenue, orders, customers and average order value by day, week and month, by hand."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from analytics.customers import customer_table
from analytics.deeds import deed
from analytics.errors import EmptyDataError, RequestError
from analytics.trends import (
    members,
    members_kept,
    monthly_orders,
    orderers,
    orderers_sentence,
    orders_by,
    period_label,
    rolling_mean,
    year_before,
)
from tests.conftest import Order, Publish, shop_in_memory, varied_shop

NAN = float("nan")


def test_days_by_hand() -> None:
    """A day without orders is a true zero, and has no average order value; nothing comes after the data."""
    orders = [
        Order("a", "2020-01-01T00:00", "10"),
        Order("a", "2020-01-01T23:59", "20"),
        Order("b", "2020-01-01T12:00", "6"),
        Order("b", "2020-01-03T12:00", "4.50"),
    ]
    found = orders_by(shop_in_memory(orders), None, "day")
    assert found.periods.starts == (date(2020, 1, 1), date(2020, 1, 2), date(2020, 1, 3))
    totals = found.totals()
    assert totals["revenue"].tolist() == [36.0, 0.0, 4.5]
    assert totals["orders"].tolist() == [3, 0, 1]
    assert totals["customers"].tolist() == [2, 0, 1]
    np.testing.assert_array_equal(totals["order_value_mean"], [12.0, NAN, 4.5])


def test_weeks_begin_on_monday() -> None:
    """Sunday 23:59 and Monday 00:01 are two weeks; the first and last week are partial where the data covers a part."""
    orders = [
        Order("a", "2020-01-05T23:59", "1"),
        Order("a", "2020-01-06T00:01", "2"),
        Order("a", "2020-01-12T23:59", "4"),
        Order("b", "2020-01-13T00:00", "8"),
    ]
    found = orders_by(shop_in_memory(orders), None, "week")
    assert found.periods.starts == (date(2019, 12, 30), date(2020, 1, 6), date(2020, 1, 13))
    assert found.periods.partial == (True, False, True)
    assert found.totals()["revenue"].tolist() == [1.0, 6.0, 8.0]
    assert found.totals()["customers"].tolist() == [1, 1, 1]
    assert found.totals()["orders"].tolist() == [1, 2, 1]
    assert found.periods.label(1) == "the week of 6 Jan 2020"


@pytest.mark.parametrize(
    ("first", "last", "grain", "partial"),
    [
        ("2020-01-06", "2020-01-12", "week", (False,)),
        ("2020-01-06", "2020-01-11", "week", (True,)),
        ("2020-01-07", "2020-01-12", "week", (True,)),
        ("2020-01-01", "2020-01-31", "month", (False,)),
        ("2020-01-01", "2020-01-30", "month", (True,)),
        ("2020-01-02", "2020-02-29", "month", (True, False)),
        ("2020-01-02", "2020-01-03", "day", (False, False)),
    ],
)
def test_partial_periods(first: str, last: str, grain: str, partial: tuple[bool, ...]) -> None:
    """A period is whole when the data reaches from its first day to its last."""
    source = shop_in_memory([Order("a", first), Order("a", last)])
    assert orders_by(source, None, grain).periods.partial == partial


def test_the_as_of_date_cuts_a_period() -> None:
    """What happened on the as-of date or after does not count, and its period is partial."""
    orders = [Order("a", "2020-01-01", "1"), Order("a", "2020-02-10", "2"), Order("b", "2020-02-20", "4")]
    found = orders_by(shop_in_memory(orders), date(2020, 2, 20), "month")
    assert found.totals()["revenue"].tolist() == [1.0, 2.0]
    assert found.periods.partial == (False, True)


def test_periods_do_not_go_beyond_the_data(publish: Publish) -> None:
    """An as-of date long after the last order adds no empty periods: nothing is known of them."""
    source = publish([Order("a", "2020-01-01"), Order("a", "2020-01-31")])
    for as_of in (None, date(2020, 5, 1)):
        found = orders_by(source, as_of, "month")
        assert (found.periods.starts, found.periods.partial) == ((date(2020, 1, 1),), (False,))


def test_nobody_before_the_as_of_date() -> None:
    """An as-of date before the first order is an error that says so."""
    with pytest.raises(EmptyDataError, match="Nobody ordered before 2019-01-01"):
        orders_by(shop_in_memory([Order("a", "2020-01-01")]), date(2019, 1, 1), "day")


def test_grains_and_measures_are_checked() -> None:
    """A grain or a measure that is not one is an error that names those there are."""
    source = shop_in_memory([Order("a", "2020-01-01")])
    with pytest.raises(RequestError, match=r"'hour' is not possible for grain\. Allowed: day, week, month"):
        orders_by(source, None, "hour")
    found = orders_by(source, None, "day")
    with pytest.raises(RequestError, match="Allowed: revenue, orders, customers, order_value_mean"):
        rolling_mean(found.totals(), found.periods, "profit")


def test_months_equal_monthly_orders(publish: Publish) -> None:
    """Both ways to months say the same, for all customers and for any group of them, stored or in memory."""
    for source in (publish(varied_shop()), shop_in_memory(varied_shop())):
        table = customer_table(source)
        codes = np.arange(len(table)) % 4
        by_group = orders_by(source, None, "month", groups=members(table, codes))
        each = monthly_orders(source)
        for keep in (None, *np.eye(4, dtype=bool)):
            columns = ["revenue", "orders", "customers"]
            expected = each.by_month(None if keep is None else keep[codes])
            found = by_group.totals(keep)[columns]
            np.testing.assert_allclose(found.to_numpy(dtype=float), expected[columns].to_numpy(dtype=float))
        assert by_group.periods.starts == each.months
        assert by_group.periods.partial == each.partial


def test_only_the_members_kept_count() -> None:
    """Of groups, those kept are left with their customers."""
    source = shop_in_memory(varied_shop(10))
    table = customer_table(source)
    codes = np.arange(10) % 2
    kept = members_kept(members(table, codes), np.array([False, True]))
    assert kept["customer_id"].to_pylist() == table.frame["customer_id"][1::2].tolist()


def test_rolling_mean_by_hand() -> None:
    """Four weeks: only where all four are complete; average order values weigh each order alike."""
    orders = [Order("a", "2020-01-06", "2")] + [
        Order(f"c{week}{number}", (date(2020, 1, 6) + timedelta(weeks=week)).isoformat(), str(10 * (week + 1)))
        for week in range(1, 6)
        for number in range(week)
    ]
    found = orders_by(shop_in_memory(orders), None, "week")
    assert found.periods.partial == (False,) * 5 + (True,)
    totals = found.totals()
    assert totals["revenue"].tolist() == [2.0, 20.0, 60.0, 120.0, 200.0, 300.0]
    np.testing.assert_allclose(rolling_mean(totals, found.periods, "revenue"), [NAN, NAN, NAN, 50.5, 100.0, NAN])
    np.testing.assert_allclose(
        rolling_mean(totals, found.periods, "order_value_mean"), [NAN, NAN, NAN, 202 / 7, 40.0, NAN]
    )


def test_a_window_without_orders_has_no_average_order_value() -> None:
    """Seven days without an order: their mean revenue is 0, their average order value is missing."""
    found = orders_by(shop_in_memory([Order("a", "2020-01-01", "0.1"), Order("a", "2020-01-20", "0.7")]), None, "day")
    totals = found.totals()
    assert rolling_mean(totals, found.periods, "revenue")[10] == pytest.approx(0)
    assert np.isnan(rolling_mean(totals, found.periods, "order_value_mean")[10])


def test_a_year_before() -> None:
    """Days compare with the same weekday 364 days before, months with the same month; partial ones are no comparison."""
    orders = [Order("a", "2020-01-02", "5"), Order("a", "2020-01-06", "7"), Order("a", "2021-01-04", "9")]
    source = shop_in_memory(orders)
    days = orders_by(source, None, "day")
    before = year_before(days.totals(), days.periods, "revenue")
    assert days.periods.starts[-1] == date(2021, 1, 4)
    assert before[-1] == 7.0
    assert date(2021, 1, 4).weekday() == date(2020, 1, 6).weekday()
    assert np.isnan(before[:364]).all()
    months = orders_by(source, None, "month")
    assert np.isnan(year_before(months.totals(), months.periods, "revenue")).all()
    short = orders_by(shop_in_memory([Order("a", "2020-01-02", "5")]), None, "month")
    assert np.isnan(year_before(short.totals(), short.periods, "revenue")).tolist() == [True]


def test_labels() -> None:
    """A period is said as people say it."""
    assert [period_label(date(2011, 12, 5), grain) for grain in ("day", "week", "month")] == [
        "5 Dec 2011",
        "the week of 5 Dec 2011",
        "Dec 2011",
    ]


def test_who_ordered_in_a_period() -> None:
    """Each customer once, from the first instant of the period to before the next, and not after the as-of date."""
    orders = [
        Order("a", "2020-01-05T23:59"),
        Order("b", "2020-01-06T00:00"),
        Order("b", "2020-01-08"),
        Order("c", "2020-01-12T23:59"),
        Order("d", "2020-01-13T00:00"),
    ]
    source = shop_in_memory(orders)
    week = {"grain": "week", "start": "2020-01-06"}
    assert orderers(source, source.default_as_of, week).tolist() == ["b", "c"]
    assert orderers(source, date(2020, 1, 12), week).tolist() == ["b"]
    assert orderers_sentence(week) == "Customers who ordered in the week of 6 Jan 2020"
    assert orderers_sentence({"grain": "day", "start": "2020-01-05"}) == "Customers who ordered on 5 Jan 2020"
    assert deed("ordered_in").sentence({"grain": "month", "start": "2020-01-01"}) == "Customers who ordered in Jan 2020"


@pytest.mark.parametrize(
    ("details", "told"),
    [
        ({"grain": "hour", "start": "2020-01-06"}, "'hour' is not possible for grain"),
        ({"grain": "day", "start": "soon"}, "'soon' is not a day"),
        ({"grain": "week", "start": "2020-01-07"}, "No week begins on 2020-01-07; it would be 2020-01-06"),
        ({"grain": "day", "start": "2020-01-07", "x": 1}, "A period has no 'x'"),
        ({"grain": "week", "start": "9999-12-27"}, "9999-12-27 is later than any order"),
    ],
)
def test_a_period_that_is_none(details: dict[str, object], told: str) -> None:
    """Details that mean no period are an error that says what is wrong."""
    with pytest.raises(RequestError, match=told):
        orderers_sentence(details)
