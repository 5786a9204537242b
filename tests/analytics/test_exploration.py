"""What the numbers look like: cases computed by hand, traps, and the counts that must add up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import stats

from analytics import exploration, rfm
from analytics.customers import CustomerTable, customer_table
from analytics.errors import EmptyDataError, RequestError
from analytics.metrics import METRICS, metric
from analytics.sources import Source
from tests.conftest import Order, shop_in_memory, varied_shop

SEGMENTS = ("Best", "Rest")


def table_of(segments: Sequence[str] | None = None, **columns: Any) -> CustomerTable:
    """A customer table with those columns, and the segments Best and Rest."""
    size = len(next(iter(columns.values())))
    frame = pd.DataFrame({"customer_id": [f"c{number:03d}" for number in range(size)], **columns})
    for name, default in (("revenue_total", 1.0), ("order_count", 1)):
        if name not in frame:
            frame[name] = [default] * size
    frame["segment"] = pd.Categorical(segments or ["Rest"] * size, categories=list(SEGMENTS), ordered=True)
    measured = tuple(item for item in METRICS if item.name in frame.columns)
    others = tuple(name for name in frame.columns if name not in {item.name for item in measured} | {"customer_id"})
    return CustomerTable(frame, date(2024, 1, 1), "EUR", "hand@1", measured, others)


@pytest.fixture(scope="module")
def shop() -> CustomerTable:
    """Sixty customers who differ in everything."""
    return rfm.with_segments(customer_table(shop_in_memory(varied_shop())))


# Distributions


def test_a_histogram_is_as_wide_as_freedman_and_diaconis_say() -> None:
    """1 to 8: quartiles 2.75 and 6.25, so 2 × 3.5 / 2 = 3.5, rounded up to 5: [0, 5) has four, [5, 10) has four."""
    found = exploration.distribution(table_of(order_value_mean=[1.5, 2, 3, 4, 5, 6, 7, 8]), "order_value_mean")
    assert [(item.low, item.high, item.customers) for item in found.bins] == [(0, 5, 4), (5, 10, 4)]
    assert found.mean == pytest.approx(36.5 / 8)
    assert found.median == 4.5
    assert found.quantiles["p25"] == pytest.approx(2.75)
    assert (found.minimum, found.maximum) == (1.5, 8)
    assert found.sd == pytest.approx(np.std([1.5, 2, 3, 4, 5, 6, 7, 8], ddof=1))


def test_a_value_on_an_edge_belongs_to_the_bar_that_begins_there() -> None:
    """5 is in [5, 10), and the rule of the bar says so."""
    table = table_of(order_value_mean=[1.5, 2, 3, 4, 5, 6, 7, 8])
    found = exploration.distribution(table, "order_value_mean")
    assert found.rule(1).mask(table.frame).tolist() == [False] * 4 + [True] * 4


def test_far_values_share_the_last_bar() -> None:
    """One customer with a million does not squeeze ninety-nine with 1 to 99 into one bar, and is not dropped."""
    found = exploration.distribution(table_of(revenue_total=[*map(float, range(1, 100)), 1e6]), "revenue_total")
    *_, last = found.bins
    assert last.is_tail
    assert last.high == 1e6
    assert last.customers >= 1
    assert len(found.bins) >= 4
    assert sum(item.customers for item in found.bins) == 100


def test_whole_numbers_get_whole_bars() -> None:
    """Orders are counted one by one where few are possible."""
    found = exploration.distribution(table_of(order_count=[1] * 60 + [2] * 25 + [3] * 10 + [4] * 5), "order_count")
    assert [(item.low, item.customers) for item in found.bins][:2] == [(1, 60), (2, 25)]
    assert all(item.low % 1 == 0 for item in found.bins)


def test_missing_is_counted_with_its_meaning_and_is_not_zero() -> None:
    """Two of four have no gap between orders: the mean is of the others, and the metric says why."""
    found = exploration.distribution(
        table_of(days_between_orders_mean=[np.nan, 10, np.nan, 20]), "days_between_orders_mean"
    )
    assert (found.customers, found.missing, found.mean) == (4, 2, 15)
    assert found.column.missing == metric("days_between_orders_mean").missing


def test_a_logarithm_leaves_nobody_out_in_silence() -> None:
    """Zeros and negatives have no logarithm: they are counted beside the bars, which hold all others."""
    table = table_of(refund_total=[0, 0, -5, 1, 10, 100, 1000, np.nan])
    found = exploration.distribution(table, "refund_total", log=True)
    assert (found.not_positive, found.missing) == (3, 1)
    assert sum(item.customers for item in found.bins) == 4
    assert found.bins[0].low <= 1
    assert found.minimum == -5
    rules = [found.rule(place).mask(table.frame).sum() for place in range(len(found.bins))]
    assert rules == [item.customers for item in found.bins]


def test_a_constant_metric_is_one_bar() -> None:
    """The same value for everyone: one bar with everyone, no spread, no outline."""
    table = table_of(order_value_mean=[7.0] * 5)
    for log in (False, True):
        found = exploration.distribution(table, "order_value_mean", log=log)
        assert [(item.low, item.high, item.customers) for item in found.bins] == [(7, 7, 5)]
        assert all(not violin.at for violin in exploration.violins(table, "order_value_mean", log=log))
    assert found.sd == 0


def test_a_metric_that_nobody_has_is_empty_not_zero() -> None:
    """All missing: no bars, no statistics, everyone counted as missing."""
    found = exploration.distribution(table_of(days_between_orders_mean=[np.nan] * 3), "days_between_orders_mean")
    assert (found.bins, found.missing, found.mean, found.median, found.quantiles) == ((), 3, None, None, {})
    box, rest = exploration.boxes(table_of(days_between_orders_mean=[np.nan] * 3), "days_between_orders_mean")
    assert (box.customers, rest.customers, rest.missing, rest.median) == (0, 3, 3, None)


def test_one_customer_has_no_spread() -> None:
    """One customer: a mean, no standard deviation, and no crash anywhere."""
    table = rfm.with_segments(customer_table(shop_in_memory([Order("ada", "2024-01-10T10:00", "20", "France")])))
    found = exploration.distribution(table, "revenue_total")
    assert (found.mean, found.sd, found.median) == (20, None, 20)
    (place,) = exploration.geography(table)
    assert (place.customers, place.sd, place.median) == (1, None, 20)
    assert exploration.correlations(table).columns == ()
    assert exploration.strongest(exploration.correlations(table)) is None
    assert exploration.pivot(table, "country", "segment").customers.sum() == 1
    assert exploration.completeness(table).customers == 1


def test_nobody_is_no_error() -> None:
    """A filter that keeps nobody leaves empty results everywhere."""
    table = rfm.with_segments(customer_table(shop_in_memory(varied_shop(20))))
    nobody = np.zeros(len(table), dtype=bool)
    assert exploration.distribution(table, "revenue_total", nobody).customers == 0
    assert all(box.customers == 0 for box in exploration.boxes(table, "revenue_total", nobody))
    assert exploration.violins(table, "revenue_total", nobody)[0].at == ()
    assert exploration.correlations(table, keep=nobody).columns == ()
    assert exploration.geography(table, nobody) == ()
    assert exploration.demographics(table, "country", nobody).customers.sum() == 0
    assert np.isnan(exploration.demographics(table, "country", nobody).index).all()
    assert exploration.pivot(table, "country", "segment", "median:order_count", nobody).customers.sum() == 0
    assert len(exploration.fair_sample(table, nobody)) == 0
    assert exploration.completeness(table, nobody).customers == 0


def test_a_box_is_tukeys() -> None:
    """1 2 3 4 5 6 7 8 9 30: quartiles 3.25 and 7.75, fences -3.5 and 14.5, so the whiskers end at 1 and 9, and 30 is outside."""
    values = [1, 2, 3, 4, 5, 6, 7, 8, 9, 30.0]
    best, rest = exploration.boxes(table_of(["Best"] * 10, order_value_mean=values), "order_value_mean")
    assert (best.low_whisker, best.lower_quartile, best.median) == (1, 3.25, 5.5)
    assert (best.upper_quartile, best.high_whisker, best.outliers) == (7.75, 9, 1)
    assert rest.customers == 0
    assert rest.median is None


def test_a_whisker_reaches_a_value_on_the_fence() -> None:
    """Exactly 1.5 interquartile ranges away is not further: 0 0 4 4 with 10 has quartiles 0 and 4, and the fence at 10."""
    best, _ = exploration.boxes(table_of(["Best"] * 5, order_value_mean=[0, 0, 4, 4, 10.0]), "order_value_mean")
    assert (best.high_whisker, best.outliers) == (10, 0)


def test_a_box_of_logarithms_is_in_the_metrics_unit() -> None:
    """1 10 100 1000 10000 and a zero: the quartiles of the logarithms are 1, 2 and 3, so 10, 100 and 1000."""
    table = table_of(["Best"] * 6, refund_total=[0, 1, 10, 100, 1000, 10000.0])
    best, _ = exploration.boxes(table, "refund_total", log=True)
    assert (best.lower_quartile, best.median, best.upper_quartile) == pytest.approx((10, 100, 1000))
    assert (best.low_whisker, best.high_whisker, best.outliers) == pytest.approx((1, 10000, 0))


def test_a_violin_is_the_gaussian_density() -> None:
    """The outline agrees with SciPy's kernel of the same width, up to its scale."""
    values = np.random.default_rng(1).normal(100, 15, 400)
    (violin, _) = exploration.violins(table_of(["Best"] * 400, order_value_mean=values), "order_value_mean")
    lower, upper = np.quantile(values, [0.25, 0.75])
    width = 0.9 * min(values.std(ddof=1), (upper - lower) / 1.34) * 400**-0.2
    inside = values[values <= np.quantile(values, 0.99)]
    expected = stats.gaussian_kde(inside, width / inside.std(ddof=1))(violin.at)
    assert np.allclose(violin.density, expected / expected.max(), atol=0.02)


# Relations


def test_spearman_is_scipys_with_missing_values() -> None:
    """Each pair is ranked among the customers who have both, ties sharing their mean rank."""
    draw = np.random.default_rng(3)
    one, other = draw.integers(0, 12, 200).astype(float), draw.normal(size=200)
    third = one * 2 + draw.normal(size=200)
    third[draw.random(200) < 0.3] = np.nan
    other[draw.random(200) < 0.2] = np.nan
    table = table_of(recency_days=one, revenue_total=other, order_value_mean=third)
    names = ("recency_days", "revenue_total", "order_value_mean")
    data = dict(zip(names, (one, other, third), strict=True))
    for method, reference in (("spearman", stats.spearmanr), ("pearson", stats.pearsonr)):
        found = exploration.correlations(table, names, method=method)
        for i, a in enumerate(found.columns):
            for j, b in enumerate(found.columns):
                both = ~np.isnan(data[a.name]) & ~np.isnan(data[b.name])
                assert found.customers[i, j] == both.sum()
                expected = reference(data[a.name][both], data[b.name][both]).statistic
                assert found.r[i, j] == pytest.approx(expected, abs=1e-12)


def test_a_constant_column_is_named_and_left_out() -> None:
    """What is the same for everyone, or missing for everyone, goes together with nothing: it is explained, not NaN."""
    table = table_of(
        recency_days=[1, 2, 3, 5],
        revenue_total=[2.0, 4, 6, 9],
        order_count=[1] * 4,
        days_between_orders_mean=[np.nan] * 4,
    )
    found = exploration.correlations(table)
    assert {item.name for item in found.constant} == {"order_count", "days_between_orders_mean"}
    assert not np.isnan(found.r).any()
    assert len(found.columns) == 2


def test_large_numbers_lose_no_digits() -> None:
    """A metric around a billion with differences of 1 correlates as it does around zero."""
    small = np.array([1.0, 2, 3, 4, 5, 7])
    other = np.array([2.0, 1, 4, 3, 6, 5])
    table = table_of(revenue_total=small + 1e9, order_value_mean=other)
    found = exploration.correlations(table, ("revenue_total", "order_value_mean"))
    assert found.r[0, 1] == pytest.approx(stats.pearsonr(small, other).statistic, abs=1e-9)


def test_alike_metrics_stand_side_by_side() -> None:
    """Two pairs that go together are not parted by the order."""
    draw = np.random.default_rng(5)
    a, b = draw.normal(size=(2, 300))
    table = table_of(
        recency_days=a,
        order_count=b,
        revenue_total=a + draw.normal(size=300) / 10,
        order_value_mean=-b + draw.normal(size=300) / 10,
    )
    names = [
        item.name
        for item in exploration.correlations(
            table, ("recency_days", "order_count", "revenue_total", "order_value_mean")
        ).columns
    ]
    assert abs(names.index("recency_days") - names.index("revenue_total")) == 1
    assert abs(names.index("order_count") - names.index("order_value_mean")) == 1


def test_the_strongest_pair_is_found() -> None:
    """The pair with the largest |r| is named with its sign."""
    table = table_of(recency_days=[1, 2, 3, 4], revenue_total=[8.0, 6, 4, 2], order_count=[1, 5, 2, 3])
    found = exploration.strongest(exploration.correlations(table, ("recency_days", "revenue_total", "order_count")))
    assert found is not None
    assert {found[0].name, found[1].name} == {"recency_days", "revenue_total"}
    assert found[2] == pytest.approx(-1)


def test_many_customers_are_ranked_by_a_sample_that_says_so(
    monkeypatch: pytest.MonkeyPatch, shop: CustomerTable
) -> None:
    """Beyond the limit a seeded sample stands in: the result says how large, and is the same each time."""
    monkeypatch.setattr("analytics.exploration.relations.MOST_RANKED", 30)
    found, again = (exploration.correlations(shop, method="spearman") for _ in range(2))
    assert found.sampled == 30
    assert found.customers.max() == 30
    assert np.array_equal(found.r, again.r, equal_nan=True)
    assert exploration.correlations(shop, method="pearson").sampled is None


def test_a_fair_sample_has_every_segment() -> None:
    """A segment of three among five thousand is there in full, the sample keeps its size, and is the same each time."""
    table = table_of(["Best"] * 3 + ["Rest"] * 4997, revenue_total=np.arange(5000.0))
    rows = exploration.fair_sample(table, most=500)
    assert {0, 1, 2} <= set(rows.tolist())
    assert 480 <= len(rows) <= 500
    assert len(set(rows.tolist())) == len(rows)
    assert np.array_equal(rows, exploration.fair_sample(table, most=500))
    assert len(exploration.fair_sample(table, table.frame["revenue_total"].to_numpy() < 100, most=500)) == 100


# Parting into groups


def test_numbers_are_parted_by_nice_edges_and_rules_agree() -> None:
    """Every group has a rule, and the rule finds exactly the group's customers, whatever the column."""
    table = rfm.with_segments(customer_table(shop_in_memory(varied_shop(), customers=attributes())))
    for item in exploration.columns(table):
        groups = exploration.grouped(table, item.name)
        for code, rule in enumerate(groups.rules):
            assert rule.mask(table.frame).tolist() == (groups.codes == code).tolist(), (item.name, groups.labels[code])


def attributes() -> pa.Table:
    """Ages, days, flags, a decimal, many cities, and gaps in them."""
    ids = [f"c{number:03d}" for number in range(60)]
    return pa.table(
        {
            "customer_id": ids,
            "age": [None if number % 9 == 0 else 18 + number for number in range(60)],
            "city": [f"Town {number % 25}" for number in range(60)],
            "income_band": [("over 90k", "under 25k", "25k-40k")[number % 3] for number in range(60)],
            "signed_up_on": [date(2010 + number // 4, 1, 1 + number % 28) for number in range(60)],
            "is_member": [None if number % 7 == 0 else number % 2 == 0 for number in range(60)],
        }
    )


def test_bands_stand_in_their_own_order() -> None:
    """ "under 25k" comes before "25k-40k" and "over 90k" last, which the alphabet does not know."""
    table = rfm.with_segments(customer_table(shop_in_memory(varied_shop(), customers=attributes())))
    assert exploration.grouped(table, "income_band").labels == ("under 25k", "25k-40k", "over 90k")


def test_a_category_with_many_values_keeps_the_largest() -> None:
    """Twenty-five towns become eleven and all others; nobody is lost."""
    table = rfm.with_segments(customer_table(shop_in_memory(varied_shop(), customers=attributes())))
    towns = exploration.grouped(table, "city")
    assert len(towns) == 12
    assert towns.labels[-1] == "All others"
    assert np.bincount(towns.codes).sum() == 60


def test_zero_is_a_group_of_its_own_where_many_have_it() -> None:
    """Half have no refunds: they are one group, and the others are parted among themselves."""
    groups = exploration.grouped(table_of(refund_total=[0.0] * 50 + list(range(1, 51))), "refund_total")
    assert groups.labels[0] == "0"
    assert np.bincount(groups.codes)[0] == 50
    assert len(groups) > 3


def test_who_is_asked_by_name_cannot_be_explored(shop: CustomerTable) -> None:
    """Columns that name a person are not offered, and asking for one is refused."""
    assert "customer_id" not in {item.name for item in exploration.columns(shop)}
    with pytest.raises(RequestError, match="no metric or attribute 'customer_id'"):
        exploration.distribution(shop, "customer_id")
    with pytest.raises(RequestError, match="'country' is not a number"):
        exploration.distribution(shop, "country")


# Demographics and pivot


def test_the_index_is_computed_as_by_hand() -> None:
    """Of 4 Best 3 are women, of all 8 customers 4: the index of women among the Best is 100 × .75 / .5 = 150."""
    genders = pd.Categorical(["f", "f", "f", "m", "f", "m", "m", "m"])
    table = table_of(["Best"] * 4 + ["Rest"] * 4, gender=genders)
    found = exploration.demographics(table, "gender")
    assert found.attribute.labels == ("f", "m")
    assert found.customers.tolist() == [[3, 1], [1, 3]]
    assert found.shares.tolist() == [[0.75, 0.25], [0.25, 0.75]]
    assert found.everyone.tolist() == [0.5, 0.5]
    assert found.index.tolist() == [[150, 50], [50, 150]]
    assert found.rule(0, 0).mask(table.frame).sum() == 3


def test_who_does_not_say_is_a_group() -> None:
    """A missing gender is counted as missing and not left out of the shares."""
    genders = pd.Categorical(["f", None, "m", None])
    found = exploration.demographics(table_of(["Best"] * 4, gender=genders), "gender")
    assert found.attribute.labels == ("f", "m", "Missing")
    assert found.customers[0].tolist() == [1, 1, 2]


def test_a_pivot_is_computed_as_by_hand() -> None:
    """Customers, revenue, mean and median of each cell, with how many they are over; an empty cell has no mean."""
    table = table_of(
        ["Best", "Best", "Best", "Rest"],
        gender=pd.Categorical(["f", "f", "m", "m"]),
        revenue_total=[10.0, 30, 5, 7],
        days_between_orders_mean=[4.0, np.nan, 1, 9],
    )
    assert exploration.pivot(table, "segment", "gender").values.tolist() == [[2, 1], [0, 1]]
    assert exploration.pivot(table, "segment", "gender", "revenue").values.tolist() == [[40, 5], [0, 7]]
    mean = exploration.pivot(table, "segment", "gender", "mean:revenue_total")
    assert np.array_equal(mean.values, [[20, 5], [np.nan, 7]], equal_nan=True)
    assert mean.customers.tolist() == [[2, 1], [0, 1]]
    median = exploration.pivot(table, "segment", "gender", "median:days_between_orders_mean")
    assert np.array_equal(median.values, [[4, 1], [np.nan, 9]], equal_nan=True)
    assert median.measured.tolist() == [[1, 1], [0, 1]]
    assert median.rule(0, 0).mask(table.frame).tolist() == [True, True, False, False]


def test_a_median_of_an_even_cell_lies_between() -> None:
    """The median of 10, 30, 31, 100 is 30.5, in whatever order they come."""
    table = table_of(["Best"] * 4, gender=pd.Categorical(["f"] * 4), revenue_total=[100.0, 10, 31, 30])
    assert exploration.pivot(table, "gender", "segment", "median:revenue_total").values[0, 0] == 30.5


@pytest.mark.parametrize("measure", ["", "mean", "mean:", "sum:revenue_total", "mean:segment", "mean:nothing"])
def test_a_measure_that_is_none_is_refused(measure: str, shop: CustomerTable) -> None:
    """The sentence names the measures that there are, or the column that is not."""
    with pytest.raises(RequestError):
        exploration.pivot(shop, "segment", "country", measure)


# Completeness


def test_what_is_missing_together_is_seen_together() -> None:
    """Two lack city and age, one lacks city alone: shares, and the ways in which gaps come together."""
    table = table_of(
        city=pd.Categorical(["Rome", None, None, None]), age=[30, np.nan, np.nan, 40], revenue_total=[1.0, 2, 3, 4]
    )
    found = exploration.completeness(table)
    gaps = {gap.name: gap for gap in found.gaps}
    assert [gap.name for gap in found.gaps][:2] == ["city", "age"]
    assert gaps["city"].share == 0.75
    assert gaps["revenue_total"].missing == 0
    patterns = {pattern.missing: pattern for pattern in found.patterns}
    assert {names: pattern.customers for names, pattern in patterns.items()} == {
        ("city", "age"): 2,
        ("city",): 1,
        (): 1,
    }
    rule = patterns["city", "age"].rule
    assert rule is not None
    assert rule.mask(table.frame).tolist() == [False, True, True, False]
    assert found.other_patterns == 0


# Geography


def test_countries_are_known_by_the_names_that_shops_write() -> None:
    """EIRE, USA, RSA and codes are countries; Unspecified and a union of countries are not."""
    expected = {"EIRE": "IRL", "USA": "USA", "RSA": "ZAF", "gb": "GBR", "Czech Republic": "CZE", "Côte d'Ivoire": "CIV"}
    for text, code in expected.items():
        found = exploration.country_named(text)
        assert found is not None, text
        assert found.iso_a3 == code
    for text in ("European Community", "Unspecified", "Channel Islands", ""):
        assert exploration.country_named(text) is None


def test_a_country_is_computed_as_by_hand() -> None:
    """Two French customers with 30 and 10 in three orders, one of nowhere with 60."""
    orders = [
        Order("ada", "2024-01-10T10:00", "20", "France"),
        Order("ada", "2024-01-12T10:00", "10", "France"),
        Order("bo", "2024-01-11T10:00", "10", "France"),
        Order("cem", "2024-01-11T10:00", "60", None),
    ]
    france, nowhere = exploration.geography(rfm.with_segments(customer_table(shop_in_memory(orders))))
    assert (france.name, france.customers, france.orders, france.revenue) == ("France", 2, 3, 40)
    assert france.order_value_mean == pytest.approx(40 / 3)
    assert (france.revenue_per_customer, france.median, france.lower_quartile) == (20, 20, 15)
    assert france.sd == pytest.approx(200**0.5)
    assert (france.customer_share, france.revenue_share) == (pytest.approx(2 / 3), 0.4)
    assert (nowhere.name, nowhere.customers) == ("", 1)
    assert exploration.off_the_map((france, nowhere)) == (nowhere,)


def test_a_shop_without_countries_says_so() -> None:
    """Where no order names a country, there is no map to draw, and the sentence says it."""
    table = rfm.with_segments(customer_table(shop_in_memory([Order("ada", "2024-01-10T10:00", "20", None)])))
    assert not exploration.has_geography(table)
    with pytest.raises(EmptyDataError, match="does not say in which country"):
        exploration.geography(table)


def test_the_countries_of_online_retail(online_retail_source: Source) -> None:
    """United Kingdom: 3,920 customers, 16,646 orders and revenue 7,308,391.554."""
    table = rfm.with_segments(customer_table(online_retail_source))
    places = exploration.geography(table)
    assert sum(place.customers for place in places) == len(table)
    assert sum(place.orders for place in places) == table.frame["order_count"].sum()
    kingdom = places[0]
    assert (kingdom.name, kingdom.customers, kingdom.orders) == ("United Kingdom", 3_920, 16_646)
    assert kingdom.revenue == pytest.approx(7_308_391.554, abs=0.001)
    named = {place.name for place in exploration.off_the_map(places)}
    assert named <= {"European Community", "Unspecified", "Channel Islands"}


# What must add up, whatever the filter

SPREADS = (
    "recency_days",
    "revenue_total",
    "days_between_orders_mean",
    "return_count",
    "refund_total",
    "units_per_order_mean",
)


@pytest.mark.parametrize("name", SPREADS)
def test_every_customer_is_counted_once(name: str, shop: CustomerTable) -> None:
    """Bars, missing and not positive add up to the customers kept, and the parts of a filter to the whole."""
    keep = np.arange(len(shop)) % 3 == 0
    for log in (False, True):
        for mask in (None, keep, ~keep):
            found = exploration.distribution(shop, name, mask, log=log)
            counted = sum(item.customers for item in found.bins) + found.missing + found.not_positive
            assert counted == found.customers == (60 if mask is None else mask.sum())
    whole = exploration.demographics(shop, name).customers
    parts = exploration.demographics(shop, name, keep).customers + exploration.demographics(shop, name, ~keep).customers
    assert (whole == parts).all()
    assert whole.sum() == 60
    revenue = [exploration.pivot(shop, name, "country", "revenue", mask).values.sum() for mask in (None, keep, ~keep)]
    assert revenue[0] == pytest.approx(revenue[1] + revenue[2])


def test_shuffled_customers_look_the_same(shop: CustomerTable) -> None:
    """The order of the rows plays no part."""
    mixed = replace(shop, frame=shop.frame.sample(frac=1, random_state=3).reset_index(drop=True), _kept={})
    for name in ("revenue_total", "order_count"):
        assert exploration.distribution(mixed, name).bins == exploration.distribution(shop, name).bins
        assert [box.median for box in exploration.boxes(mixed, name)] == [
            box.median for box in exploration.boxes(shop, name)
        ]
    assert [place.customers for place in exploration.geography(mixed)] == [
        place.customers for place in exploration.geography(shop)
    ]
