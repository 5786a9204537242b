"""Seasons, unusual periods, rising and falling products, and concentration, by hand and on published figures."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from analytics.customers import customer_table
from analytics.errors import EmptyDataError, RequestError
from analytics.sources import Source
from analytics.trends import (
    GRAINS,
    Periods,
    anomalies,
    concentration,
    concentration_of,
    item_sales,
    members,
    mover_span,
    orders_by,
    seasonality,
    with_reasons,
)
from tests.conftest import Order, Publish, shop_in_memory, varied_shop

MONDAY = date(2020, 1, 6)


def _days(values: list[float]) -> tuple[pd.DataFrame, Periods]:
    """A series of complete days from a Monday on."""
    starts = tuple(MONDAY + timedelta(days=place) for place in range(len(values)))
    frame = pd.DataFrame(dict.fromkeys(("revenue", "orders", "customers", "order_value_mean"), values), index=starts)
    return frame, Periods(GRAINS["day"], starts, (False,) * len(values))


def test_a_planted_week_comes_back() -> None:
    """A line plus a weekly pattern is taken apart into just these, with full strengths, Saturdays by their name."""
    pattern = [10.0, 0, 0, 0, 0, -40, 30]
    values = [100.0 + pattern[place % 7] for place in range(70)]
    found = seasonality(*_days(values), "revenue")
    np.testing.assert_allclose(found.trend + found.season + found.rest, values)
    np.testing.assert_allclose(found.trend, 100, atol=0.5)
    effects = {phase.name: phase.effect for phase in found.phases}
    assert next(iter(effects)) == "Mondays"
    assert effects["Saturdays"] == pytest.approx(-0.4, abs=0.01)
    assert effects["Sundays"] == pytest.approx(0.3, abs=0.01)
    assert found.season_strength > 0.999
    assert found.complete == slice(0, 70)


def test_a_flat_series_has_no_season() -> None:
    """What never changes has neither trend nor season."""
    found = seasonality(*_days([50.0] * 28), "revenue")
    assert (found.trend_strength, found.season_strength) == (0.0, 0.0)


def test_noise_has_a_weak_season() -> None:
    """Of pure noise, little is season; of a season with some noise, nearly all."""
    noise = np.random.default_rng(0).normal(0, 1, 364)
    weak = seasonality(*_days((100 + noise).tolist()), "revenue")
    strong = seasonality(*_days((100 + noise + np.tile([9, 0, 0, 0, 0, 0, -9], 52)).tolist()), "revenue")
    assert weak.season_strength < 0.4
    assert strong.season_strength > 0.9


def test_thirteen_days_are_too_few_for_a_season() -> None:
    """Two cycles are needed; with less, a sentence says what is missing."""
    with pytest.raises(EmptyDataError, match="needs 14 complete days; the data has 13"):
        seasonality(*_days([1.0] * 13), "revenue")
    assert seasonality(*_days([1.0] * 14), "revenue").season_strength == 0.0
    with pytest.raises(EmptyDataError, match="2 of 14 periods have none"):
        seasonality(*_days([1.0] * 12 + [float("nan")] * 2), "order_value_mean")


@pytest.mark.parametrize("length", [10, 40])
@pytest.mark.parametrize("value", [0.0, 300.0])
def test_a_planted_anomaly_is_found_and_only_it(length: int, value: float) -> None:
    """One day off in a flat series is found, whether the series is long enough for seasons or not; nothing else is."""
    values = [100.0] * length
    values[5] = value
    found = anomalies(*_days(values), "revenue", "GBP")
    assert [(item.place, item.value) for item in found] == [(5, value)]
    assert found[0].start == MONDAY + timedelta(days=5)
    assert found[0].usual == pytest.approx(100)
    assert np.sign(found[0].score) == np.sign(value - 100)
    assert found[0].sentence == (
        "11 Jan 2020: no revenue, where £100 is usual."
        if value == 0
        else "11 Jan 2020: revenue 3.0× the usual, £300 instead of £100."
    )


def test_a_flat_or_seasonal_series_has_no_anomalies() -> None:
    """A season is not an anomaly, nor is a series that never changes, nor one too short to know the usual."""
    assert anomalies(*_days([100.0] * 40), "revenue") == ()
    assert anomalies(*_days([100.0, 100, 100, 100, 100, 20, 180] * 6), "revenue") == ()
    assert anomalies(*_days([1.0, 1, 1, 1, 1, 1, 900]), "revenue") == ()


def test_of_two_cycles_the_usual_one_is_not_blamed() -> None:
    """In two weeks a day that is off does not make the same day of the other week unusual, nor is a season of both."""
    values = [100.0, 100, 100, 100, 100, 30, 250] * 2
    assert anomalies(*_days(values), "revenue") == ()
    values = [100.0, 103, 98, 101, 99, 102, 97, 101, 99, 500, 100, 98, 103, 100]
    assert [item.place for item in anomalies(*_days(values), "revenue")] == [9]


def test_small_differences_are_no_anomalies() -> None:
    """However steady a series, what is within a tenth of the usual is not worth a word."""
    values = [100.0] * 40
    values[20] = 109.0
    assert anomalies(*_days(values), "revenue") == ()
    values[20] = 112.0
    assert [item.sentence for item in anomalies(*_days(values), "revenue")] == [
        "26 Jan 2020: revenue 12% above the usual, 112 instead of 100."
    ]


def test_closed_days_do_not_make_the_others_unusual() -> None:
    """Days of the week on which the shop never sells are left out: their zeros say nothing of how the others vary."""
    noise = np.random.default_rng(1).normal(0, 10, 140)
    values = 100 + noise
    values[np.arange(140) % 7 >= 3] = 0
    assert len(anomalies(*_days(values.tolist()), "revenue")) <= 3


def _steady_shop() -> list[Order]:
    """Ten days with two orders of 10 in each of two countries; on the sixth one customer orders for 1,000 more."""
    orders = []
    for place in range(10):
        day = (MONDAY + timedelta(days=place)).isoformat()
        for number, country in enumerate(("France", "France", "Spain", "Spain")):
            orders.append(Order(f"c{number}", day, "10", country, products=("cup",)))
    orders.append(Order("whale", (MONDAY + timedelta(days=5)).isoformat(), "1000", "Spain", products=("cup",)))
    return orders


def test_the_reason_names_the_order_and_the_country() -> None:
    """One order that makes a day is named with its customer, its share and its country."""
    source = shop_in_memory(_steady_shop())
    found = orders_by(source, None, "day")
    totals = found.totals()
    odd = anomalies(totals, found.periods, "revenue", source.currency)
    assert [item.place for item in odd] == [5]
    (told,) = with_reasons(odd, totals, found.periods, "revenue", source)
    assert told.sentence == "11 Jan 2020: revenue 26.0× the usual, £1,040 instead of £40."
    assert "One order of £1,000 from customer whale is 96% of it." in told.reason


def test_the_reason_compares_with_the_same_weekday() -> None:
    """The average order moved, against that of the same weekday before and after; among those kept only they are named."""
    orders = [
        Order(f"c{number}", (MONDAY + timedelta(days=place)).isoformat(), "10", "France" if number < 2 else "Spain")
        for place in range(28)
        for number in range(4)
    ]
    orders.append(Order("whale", (MONDAY + timedelta(days=12)).isoformat(), "1000", "Spain"))
    source = shop_in_memory(orders)
    table = customer_table(source)
    found = orders_by(source, None, "day")
    totals = found.totals()
    odd = anomalies(totals, found.periods, "revenue", "GBP")
    assert [item.place for item in odd] == [12]
    (told,) = with_reasons(odd, totals, found.periods, "revenue", source)
    assert told.reason == (
        "The average order was £208 against £10. One order of £1,000 from customer whale is 96% of it. "
        "Spain makes 100% of the difference."
    )
    without = members(table, np.zeros(len(table))).slice(0, 4)
    (kept,) = with_reasons(odd, totals, found.periods, "revenue", source, groups=without)
    assert "whale" not in kept.reason
    assert with_reasons((), totals, found.periods, "revenue", source) == ()


def test_a_dip_is_explained_by_its_customers() -> None:
    """A day on which fewer customers came says so; the largest order is no reason for too little."""
    orders = [
        Order(f"c{number}", (MONDAY + timedelta(days=place)).isoformat(), "10")
        for place in range(28)
        for number in range(10 if place != 15 else 2)
    ]
    source = shop_in_memory(orders)
    found = orders_by(source, None, "day")
    totals = found.totals()
    told = with_reasons(anomalies(totals, found.periods, "revenue"), totals, found.periods, "revenue", source)
    assert [(item.place, item.reason) for item in told] == [(15, "Fewer customers than usual ordered: 2 against 10.")]


def test_gini_of_known_vectors() -> None:
    """All alike is 0; one of n with everything is 1 − 1/n; 1, 2, 3, 4 is a quarter."""
    assert concentration_of(np.array([5.0, 5, 5, 5])).gini == pytest.approx(0)
    assert concentration_of(np.array([8.0, 0, 0, 0])).gini == pytest.approx(0.75)
    assert concentration_of(np.array([4.0, 3, 2, 1])).gini == pytest.approx(0.25)
    for nobody in (np.zeros(0), np.zeros(3)):
        found = concentration_of(nobody)
        assert (found.gini, found.best, len(found.lorenz_revenue)) == (None, (), 0)


def test_lorenz_curve_by_hand() -> None:
    """Of 1, 2, 3, 4 the least quarter brings a tenth, the least half three tenths, the least three quarters six."""
    found = concentration_of(np.array([4.0, 3, 2, 1]))
    assert found.lorenz_customers.tolist() == [0, 0.25, 0.5, 0.75, 1]
    np.testing.assert_allclose(found.lorenz_revenue, [0, 0.1, 0.3, 0.6, 1])
    assert [(item.customers, item.revenue_share, item.revenue_least) for item in found.best] == [(1, 0.4, 4.0)] * 2
    assert found.of_best(0.2) == found.best[1]
    assert found.of_best(0.5) is None


def test_a_lorenz_curve_has_at_most_200_points() -> None:
    """However many customers, the curve has 200 points, rises from 0 to 1 and stays below the diagonal."""
    values = np.sort(np.random.default_rng(2).lognormal(3, 1.5, 10_000))[::-1]
    found = concentration_of(values)
    assert len(found.lorenz_customers) == len(found.lorenz_revenue) == 200
    assert (np.diff(found.lorenz_revenue) >= 0).all()
    assert (found.lorenz_revenue <= found.lorenz_customers + 1e-12).all()
    assert (found.lorenz_revenue[0], found.lorenz_revenue[-1]) == (0.0, 1.0)


def test_published_concentration(online_retail_source: Source) -> None:
    """Online Retail, published: the top 20 % of 4,338 customers bring 74.6 % of revenue, the top 10 % 61.3 %."""
    found = concentration(customer_table(online_retail_source))
    tenth, fifth = found.best
    assert (found.customers, tenth.customers, fifth.customers) == (4_338, 433, 867)
    assert (round(fifth.revenue_share, 3), round(tenth.revenue_share, 3)) == (0.746, 0.613)


def test_concentration_of_those_kept() -> None:
    """A filter keeps the order of the others: the same as the concentration of them alone."""
    table = customer_table(shop_in_memory(varied_shop()))
    keep = np.arange(len(table)) % 3 == 0
    alone = np.sort(table.frame["revenue_total"].to_numpy()[keep])[::-1]
    found, expected = concentration(table, keep), concentration_of(alone)
    assert found.gini == expected.gini
    assert found.best == expected.best


def _products() -> list[Order]:
    """In the thirty days before the 1st of March the pot doubled, the cup halved, the jug is new and the mug gone."""
    orders = []
    for number in range(10):
        for when, price, product in (
            ("2020-01-15", 10, "pot"),
            ("2020-02-15", 20, "pot"),
            ("2020-01-15", 40, "cup"),
            ("2020-02-15", 20, "cup"),
            ("2020-02-16", 5, "jug"),
            ("2020-01-16", 3, "mug"),
        ):
            orders.append(Order(f"c{number}", when, str(price), products=(product,)))
    orders.append(Order("c0", "2020-02-20", "900", products=("statue",)))
    orders.append(Order("c0", "2019-12-01", "1", products=("pot",)))
    return orders


def test_products_rise_and_fall() -> None:
    """The largest rise first, the largest fall last; what is new and gone says so; one order line is no trend."""
    source = shop_in_memory(_products(), as_of=date(2020, 3, 1))
    found = item_sales(source, None, "30").moves()
    told = [(row.id, row.revenue_before, row.revenue, row.change, row.state) for row in found.itertuples()]
    assert told == [
        ("pot", 100.0, 200.0, 100.0, ""),
        ("jug", 0.0, 50.0, 50.0, "new"),
        ("mug", 30.0, 0.0, -30.0, "gone"),
        ("cup", 400.0, 200.0, -200.0, ""),
    ]
    np.testing.assert_array_equal(found["change_share"], [1.0, float("nan"), -1.0, -0.5])


def test_products_of_those_kept() -> None:
    """A filter on customers counts only their order lines, and asks of them that there are enough."""
    source = shop_in_memory(_products(), as_of=date(2020, 3, 1))
    table = customer_table(source)
    sales = item_sales(source, None, "30", groups=members(table, np.arange(len(table)) % 2))
    half = sales.moves(np.array([True, False]))
    assert dict(zip(half["id"], half["change"], strict=True)) == {"pot": 50.0, "cup": -100.0}
    assert sales.moves(np.array([True, True]))["change"].sum() == sales.moves()["change"].sum() == -80.0


def test_the_last_full_month(publish: Publish) -> None:
    """`month` compares the last month that is covered whole with the one before."""
    source = publish([Order("a", day) for day in ("2019-11-30", "2020-01-20", "2020-02-29", "2020-03-15")])
    span = mover_span(source, None, "month")
    assert (span.before_on, span.starts_on, span.ends_on) == (date(2020, 1, 1), date(2020, 2, 1), date(2020, 3, 1))
    days = mover_span(source, date(2021, 1, 1), "30")
    assert (days.before_on, days.starts_on, days.ends_on) == (date(2020, 1, 16), date(2020, 2, 15), date(2020, 3, 16))


def test_movers_say_what_is_missing() -> None:
    """Too short a past, orders without lines, no categories and wrong names are each told in a sentence."""
    lines = shop_in_memory([Order("a", "2020-01-01", products=("cup",)), Order("a", "2020-02-15", products=("cup",))])
    with pytest.raises(EmptyDataError, match="Comparing 30 days with the 30 before needs 60 days"):
        item_sales(lines, None, "30")
    with pytest.raises(EmptyDataError, match=r"needs two full ones; the data has 1\. Choose 30 days"):
        item_sales(lines, None, "month")
    with pytest.raises(RequestError, match=r"'7' is not possible for period\. Allowed: 30, 90, month"):
        item_sales(lines, None, "7")
    with pytest.raises(RequestError, match="Allowed: product, category"):
        item_sales(lines, None, "30", "brand")
    long = [Order("a", "2019-01-01", products=("cup",)), Order("a", "2020-02-15", products=("cup",))]
    with pytest.raises(EmptyDataError, match="does not say which category"):
        item_sales(shop_in_memory(long), None, "30", "category")
    with pytest.raises(EmptyDataError, match="orders without lines"):
        item_sales(shop_in_memory([Order("a", "2019-01-01"), Order("a", "2020-02-15")]), None, "30")
