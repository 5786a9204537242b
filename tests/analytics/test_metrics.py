"""Every metric of a customer, computed by hand."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from typing import Any

import numpy as np
import pytest

from analytics.customers import customer_table
from analytics.errors import RequestError
from analytics.metrics import METRICS, metric, metrics_named
from tests.conftest import Order, Return, shop_in_memory


def of(
    customer: str, name: str, orders: list[Order], as_of: date | None = None, returns: list[Return] | None = None
) -> Any:
    """One metric of one customer."""
    frame = customer_table(shop_in_memory(orders, returns or ()), as_of).frame
    return frame.set_index("customer_id").at[customer, name]


NIGHT = [Order("a", "2020-01-01T23:59", "10.10"), Order("a", "2020-01-02T00:01", "20.20")]


def test_recency_counts_calendar_days() -> None:
    """An order at 23:59 is one day old on the next day, though only minutes have passed."""
    assert of("a", "recency_days", NIGHT[:1], date(2020, 1, 2)) == 1
    assert of("a", "recency_days", [Order("a", "2020-01-01T00:00")], date(2020, 1, 2)) == 1


def test_two_minutes_over_midnight_are_one_day_between_orders() -> None:
    """From 23:59 to 00:01 is one day: days are counted, not hours."""
    assert of("a", "days_between_orders_mean", NIGHT) == 1.0
    assert of("a", "tenure_days", NIGHT, date(2020, 1, 3)) == 2


def test_two_orders_on_one_day_have_no_days_between() -> None:
    """From 00:01 to 23:59 of the same day are no days: a known 0, which is not missing."""
    orders = [Order("a", "2020-01-01T00:01"), Order("a", "2020-01-01T23:59")]
    assert of("a", "days_between_orders_mean", orders) == 0.0


def test_days_across_a_leap_day() -> None:
    """The 29th of February is a day like any other."""
    assert of("a", "recency_days", [Order("a", "2020-02-28T12:00")], date(2020, 3, 1)) == 2
    assert of("a", "recency_days", [Order("a", "2021-02-28T12:00")], date(2021, 3, 1)) == 1


def test_one_order_has_no_gap() -> None:
    """A customer with one order has no days between orders: missing, not 0."""
    assert np.isnan(of("a", "days_between_orders_mean", NIGHT[:1]))


def test_days_between_orders_divides_by_the_gaps() -> None:
    """Three orders have two gaps: from the 1st to the 11th of January that is 10 days over 2."""
    assert of("a", "days_between_orders_mean", [*NIGHT, Order("a", "2020-01-11T12:00")]) == 5.0


def test_orders_on_the_as_of_date_do_not_count() -> None:
    """As of a day means its morning: the last instant of the day before counts, midnight does not."""
    orders = [
        Order("a", "2020-01-01T10:00", "1"),
        Order("a", "2020-01-09T23:59:59.999999", "2"),
        Order("a", "2020-01-10T00:00", "4"),
    ]
    assert of("a", "order_count", orders, date(2020, 1, 10)) == 2
    assert of("a", "revenue_total", orders, date(2020, 1, 10)) == 3.0
    assert of("a", "recency_days", orders, date(2020, 1, 10)) == 1


def test_the_as_of_date_is_the_day_after_the_last_order() -> None:
    """Where no day is asked for, the last order is one day old."""
    assert of("a", "recency_days", NIGHT) == 1


def test_revenue_adds_up_exactly() -> None:
    """Ten times ten pence is one pound, to the last bit; the same sum in floating point is not."""
    orders = [Order("a", f"2020-01-{day:02d}", "0.10") for day in range(1, 11)]
    assert sum([0.10] * 10) != 1.0
    assert of("a", "revenue_total", orders) == 1.0
    assert of("a", "order_value_mean", orders) == 0.1


def test_revenue_of_the_last_90_days() -> None:
    """The order 90 days before counts, the one 91 days before does not; a customer without one has 0, not missing."""
    orders = [Order("a", "2020-01-01", "1"), Order("a", "2020-01-02", "2"), Order("b", "2020-01-01", "4")]
    assert of("a", "revenue_last_90_days", orders, date(2020, 4, 1)) == 2.0
    assert of("b", "revenue_last_90_days", orders, date(2020, 4, 1)) == 0.0


def test_lines_and_units_per_order() -> None:
    """Lines and units are means over orders."""
    orders = [
        Order("a", "2020-01-01", line_count=1, unit_count=2),
        Order("a", "2020-01-02", line_count=4, unit_count=9),
    ]
    assert of("a", "lines_per_order_mean", orders) == 2.5
    assert of("a", "units_per_order_mean", orders) == 5.5


def test_fractions_of_units_add_up_in_any_order() -> None:
    """0.1, 0.2 and 0.3 kilograms are 0.6, whichever comes first; in floating point they are not always."""
    assert (0.1 + 0.2) + 0.3 != 0.1 + (0.2 + 0.3)
    for units in permutations((0.1, 0.2, 0.3)):
        orders = [Order("a", f"2020-01-0{day}", unit_count=unit) for day, unit in enumerate(units, start=1)]
        assert of("a", "units_per_order_mean", orders) == 0.6 / 3


def test_orders_without_quantities_take_no_part_in_the_units() -> None:
    """An order whose quantities are unknown is left out of the mean, not counted as none."""
    orders = [Order("a", "2020-01-01", unit_count=4), Order("a", "2020-01-02", unit_count=None)]
    assert of("a", "units_per_order_mean", orders) == 4.0


def test_units_are_missing_without_quantities() -> None:
    """Where the data came without quantities the units are missing, not 0."""
    assert np.isnan(of("a", "units_per_order_mean", [Order("a", "2020-01-01", unit_count=None)]))


def test_products_are_counted_once() -> None:
    """A product bought twice, on one order or on two, is one product; one bought on the as-of date is none."""
    orders = [
        Order("a", "2020-01-01", products=("cup", "cup", "pan")),
        Order("a", "2020-01-02", products=("pan",)),
        Order("a", "2020-01-03", products=("pot",)),
        Order("b", "2020-01-01", products=("cup",)),
    ]
    assert of("a", "product_count", orders, date(2020, 1, 3)) == 2
    assert of("a", "product_count", orders) == 3
    assert of("b", "product_count", orders) == 1


def test_returns() -> None:
    """Refunds before the as-of date are added up beside the revenue, which they do not lower."""
    orders = [Order("a", "2020-01-01", "80"), Order("b", "2020-01-01", "10")]
    returns = [
        Return("a", "2020-01-02T10:00", "15.50"),
        Return("a", "2020-01-03T10:00", "4.50"),
        Return("a", "2020-01-04T00:00", "60"),
    ]
    as_of = date(2020, 1, 4)
    assert of("a", "return_count", orders, as_of, returns) == 2
    assert of("a", "refund_total", orders, as_of, returns) == 20.0
    assert of("a", "refund_share", orders, as_of, returns) == 0.25
    assert of("a", "revenue_total", orders, as_of, returns) == 80.0
    assert of("b", "return_count", orders, as_of, returns) == 0
    assert of("b", "refund_share", orders, as_of, returns) == 0.0


def test_share_of_returns_can_exceed_the_revenue() -> None:
    """What came back may have been bought before the data begins."""
    assert (
        of("a", "refund_share", [Order("a", "2020-01-01", "10")], date(2020, 2, 1), [Return("a", "2020-01-02", "25")])
        == 2.5
    )


def test_share_of_returns_is_missing_without_revenue() -> None:
    """A customer whose orders were free has no share of returns."""
    assert np.isnan(of("a", "refund_share", [Order("a", "2020-01-01", "0")]))


def test_a_return_alone_makes_no_customer() -> None:
    """Who only sent something back, without an order before the as-of date, is not in the table."""
    frame = customer_table(shop_in_memory([Order("a", "2020-01-01")], [Return("z", "2020-01-01", "5")])).frame
    assert frame["customer_id"].tolist() == ["a"]


def test_unknown_metric() -> None:
    """A metric that does not exist is named, with those that do."""
    with pytest.raises(RequestError, match=r"There is no metric 'rfm'\. There are recency_days, order_count"):
        metric("rfm")


def test_metric_named_twice() -> None:
    """A metric named twice is refused."""
    with pytest.raises(RequestError, match="named twice"):
        metrics_named(("order_count", "order_count"))


def test_metrics_named_keeps_the_order_asked_for() -> None:
    """The metrics come in the order of the names, not of the registry."""
    names = tuple(known.name for known in reversed(METRICS))
    assert tuple(known.name for known in metrics_named(names)) == names
