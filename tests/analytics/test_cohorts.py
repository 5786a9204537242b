"""Cohorts: who came first when and by what, and whether they came back, by hand and as published."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from analytics.cohorts import COHORT_KINDS, Members, available, calendar_of, cohort_cells, cohort_table, tell
from analytics.customers import customer_table
from analytics.deeds import deed
from analytics.errors import EmptyDataError, NotFoundError, RequestError
from analytics.groups import group
from analytics.rfm import with_segments
from analytics.sources import Source
from tests.analytics.click_shops import Click, clicks_in_memory
from tests.conftest import Order, Return, shop_in_memory, varied_shop

AS_OF = date(2020, 4, 1)
ORDERS = [
    Order("a", "2020-01-01T00:00", "10"),
    Order("a", "2020-01-31T23:59", "5"),  # still in January, the first month
    Order("a", "2020-02-01T00:01", "20"),  # two minutes later: the month after
    Order("b", "2020-01-15T12:00", "30"),
    Order("b", "2020-03-31T23:59", "7"),
    Order("c", "2020-02-29T23:59", "40", "France"),
    Order("c", "2020-03-01T00:01", "50", "Spain"),
    Order("d", "2020-03-10T12:00", "60", "France"),
    Order("d", "2020-04-01T00:00", "1000", "France"),  # on the as-of date: not yet
]


def by_key(told: dict[str, Any]) -> dict[str | None, dict[str, Any]]:
    return {cohort["cohort"]: cohort for cohort in told["cohorts"]}


def people(source: Source, as_of: date, **details: Any) -> list[str]:
    return sorted(deed("cohort").customers(source, as_of, details))


def test_months_by_hand() -> None:
    """Two began in January; one minute past midnight is the month after, and what lies on the as-of date is not there."""
    told = cohort_table(shop_in_memory(ORDERS), AS_OF).to_json()
    assert (told["by"], told["partial_from"]) == ("month", None)
    cohorts = by_key(told)
    assert list(cohorts) == ["2020-01", "2020-02", "2020-03"]
    assert [cohort["size"] for cohort in cohorts.values()] == [2, 1, 1]
    assert [cohort["active"] for cohort in cohorts.values()] == [[2, 1, 1], [1, 1], [1]]
    assert [cohort["revenue"] for cohort in cohorts.values()] == [[45, 20, 7], [40, 50], [60]]
    assert [cohort["eligible"] for cohort in cohorts.values()] == [[2, 2, 2], [1, 1], [1]]


def test_what_cells_mean() -> None:
    """Shares of the cohort, money per customer added up, and nothing at all beyond the data."""
    found = cohort_table(shop_in_memory(ORDERS), AS_OF)
    assert found.share[0].tolist() == [1.0, 0.5, 0.5]
    assert found.value[0].tolist() == [22.5, 32.5, 36.0]
    assert found.exists.tolist() == [[True] * 3, [True, True, False], [True, False, False]]
    assert np.isnan(found.share[2]).tolist() == [False, True, True]
    assert found.mean_share().tolist() == [1.0, 2 / 3, 0.5]  # one of a and b, and c; then one of a and b
    assert found.mean_value().tolist() == pytest.approx([145 / 4, 145 / 4 + 70 / 3, 145 / 4 + 70 / 3 + 7 / 2])


def test_an_as_of_date_within_a_month() -> None:
    """Until the middle of March it is there in part: in every cohort the cell in it is partial, and no mean has it."""
    found = cohort_table(shop_in_memory(ORDERS), date(2020, 3, 11))
    assert found.to_json()["partial_from"] == "2020-03"
    assert found.active.tolist() == [[2, 1, 0], [1, 1, 0], [1, 0, 0]]
    assert found.partial.tolist() == [[False, False, True], [False, True, False], [True, False, False]]
    assert found.mean_share()[:2].tolist() == [1.0, 0.5]
    assert np.isnan(found.mean_share()[2])


def test_beyond_the_data_nothing_is_known() -> None:
    """An as-of date in the far future adds no periods: after the last order there is no data, not no orders."""
    source = shop_in_memory(ORDERS[:-1])
    late, at_end = cohort_table(source, date(2030, 1, 1)), cohort_table(source)
    assert late.to_json() == at_end.to_json()
    assert late.active.shape == (3, 3)


@pytest.mark.parametrize("by", ["month", "category", "segment"])
def test_clicks_alone_have_no_cohorts(by: str) -> None:
    """A dataset without orders gets a sentence that says what to import."""
    with pytest.raises(EmptyDataError, match=r"has no orders, .*Import its order file under the same name\."):
        cohort_table(clicks_in_memory([Click(at="10:30")]), None, by)


def test_data_that_begins_within_a_month() -> None:
    """The first month of the first cohort is partial when the data begins after its first day; the months after it are whole."""
    orders = [Order("a", "2020-01-02"), Order("b", "2020-02-03"), Order("a", "2020-02-29")]
    found = cohort_table(shop_in_memory(orders), date(2020, 3, 1))
    assert found.partial.tolist() == [[True, False], [False, False]]
    assert found.to_json()["partial_from"] is None


def test_weeks_begin_on_monday() -> None:
    """Sunday 23:59 and Monday 00:01 are two weeks; the last week of December and the first of January follow each other."""
    orders = [
        Order("a", "2019-12-29T23:59"),  # a Sunday
        Order("a", "2019-12-30T00:01"),
        Order("b", "2020-01-05T23:59"),
        Order("b", "2020-01-06T00:00"),
    ]
    told = cohort_table(shop_in_memory(orders), None, "week").to_json()
    cohorts = by_key(told)
    assert {key: cohort["active"] for key, cohort in cohorts.items()} == {"2019-12-23": [1, 1, 0], "2019-12-30": [1, 1]}
    assert told["partial_from"] == "2020-01-06"


def test_more_weeks_than_bits() -> None:
    """Three years of weeks, more than one number has bits: one who orders in each is active in each, another in two."""
    weekly = [Order("a", str(np.datetime64("2018-01-01") + 7 * week), "2") for week in range(157)]
    found = cohort_table(shop_in_memory([*weekly, Order("b", "2018-01-03"), Order("b", "2020-12-30")]), None, "week")
    assert found.active[0].tolist() == [2, *[1] * 155, 2]
    assert found.revenue[0].tolist() == [12.0, *[2.0] * 155, 12.0]


def test_countries_have_a_denominator_for_each_month() -> None:
    """France: c and d by their first orders, though c orders from Spain later. Only c has the month after the first behind it."""
    told = cohort_table(shop_in_memory(ORDERS), AS_OF, "country").to_json()
    cohorts = by_key(told)
    assert list(cohorts) == ["France", "United Kingdom"]  # equally large: by name
    assert cohorts["France"]["size"] == 2
    assert cohorts["France"]["active"] == [2, 1]
    assert cohorts["France"]["eligible"] == [2, 1]
    assert cohorts["United Kingdom"]["eligible"] == [2, 2, 2]
    assert cohorts["United Kingdom"]["active"] == [2, 1, 1]


def test_an_incomplete_month_counts_for_nobody() -> None:
    """Until the 11th of March nobody of France has a whole month after the first one: there is no cell, not one with 0."""
    cohorts = by_key(cohort_table(shop_in_memory(ORDERS), date(2020, 3, 11), "country").to_json())
    assert cohorts["France"] == {
        "cohort": "France",
        "name": "France",
        "size": 2,
        "active": [2],
        "revenue": [100],
        "eligible": [2],
    }
    assert cohorts["United Kingdom"]["eligible"] == [2, 2]


def lines(*rows: tuple[str, str, str, str, str | None, str | None]) -> pa.Table:
    """Order lines: customer, order, instant, revenue, product and category."""
    customer, order, at, revenue, product, category = zip(*rows, strict=True)
    return pa.table(
        {
            "customer_id": pa.array(customer),
            "order_id": pa.array(order),
            "ordered_at": pa.array(pd.to_datetime(list(at)), pa.timestamp("us")),
            "revenue": pa.array([Decimal(value) for value in revenue], pa.decimal128(18, 4)),
            "product_id": pa.array(product, pa.string()),
            "product_name": pa.array([f"The {name}" if name else None for name in product], pa.string()),
            "category": pa.array(category, pa.string()),
        }
    )


def shop_with_lines() -> Source:
    orders = [
        Order("a", "2020-01-05", order_id="1", products=("x",)),
        Order("a", "2020-02-05", order_id="2"),
        Order("b", "2020-01-06", order_id="4"),
        Order("b", "2020-01-06", order_id="3"),  # at the same instant: the first number counts
        Order("c", "2020-02-29", order_id="5"),
        Order("d", "2020-01-07", order_id="6"),  # its lines are gone
    ]
    source = shop_in_memory(orders, as_of=date(2020, 3, 1))
    table = lines(
        ("a", "1", "2020-01-05", "10", "cup", "Kitchen"),
        ("a", "1", "2020-01-05", "30", "pot", "Kitchen"),
        ("a", "2", "2020-02-05", "99", "jug", "Garden"),
        ("b", "4", "2020-01-06", "99", "jug", "Garden"),
        ("b", "3", "2020-01-06", "5", "zinc", "Kitchen"),
        ("b", "3", "2020-01-06", "5", "cup", "Office"),  # as much revenue: the first code, the first name
        ("c", "5", "2020-02-29", "5", None, None),
    )
    engine = source.tables["orders"].get_backend()
    name = f"lines_{source.version[:4]}"
    return Source(
        "shop", source.version, {**source.tables, "order_lines": engine.create_table(name, table)}, date(2020, 3, 1)
    )


def test_products_and_categories_of_the_first_order() -> None:
    """The line with the largest revenue of the first order, then the first code or name; the unknown are counted."""
    source = shop_with_lines()
    products = cohort_table(source, None, "product")
    assert dict(zip(products.keys, products.size.tolist(), strict=True)) == {None: 2, "cup": 1, "pot": 1}
    assert products.labels == ("unknown", "The cup", "The pot")
    categories = cohort_table(source, None, "category")
    assert dict(zip(categories.keys, categories.size.tolist(), strict=True)) == {None: 2, "Kitchen": 2}
    assert people(source, date(2020, 3, 1), by="product", cohort="pot", active=None) == ["a"]
    assert people(source, date(2020, 3, 1), by="product", cohort="pot", active=1) == ["a"]
    assert people(source, date(2020, 3, 1), by="category", cohort=None, active=None) == ["c", "d"]


def test_segments_keep_their_order() -> None:
    """Cohorts by segment are the segments of the same day, best first, with their customers."""
    source = shop_in_memory(varied_shop())
    found = cohort_table(source, None, "segment")
    frame = with_segments(customer_table(source)).frame
    sizes = frame["segment"].value_counts(sort=False)
    assert dict(zip(found.keys, found.size.tolist(), strict=True)) == {n: c for n, c in sizes.items() if c}
    assert [name for name in frame["segment"].cat.categories if sizes[name]] == list(found.keys)


def test_returns_play_no_part() -> None:
    """A return in a month without orders makes nobody active and takes nothing from the revenue."""
    with_returns = shop_in_memory(ORDERS, [Return("b", "2020-02-10", "30"), Return("c", "2020-03-02", "50")])
    assert cohort_table(with_returns, AS_OF).to_json() == cohort_table(shop_in_memory(ORDERS), AS_OF).to_json()


def test_one_customer() -> None:
    """A shop with one customer and one order has one cohort with one cell."""
    told = cohort_table(shop_in_memory([Order("a", "2020-01-01", "5")])).to_json()
    assert told["cohorts"] == [
        {"cohort": "2020-01", "name": "Jan 2020", "size": 1, "active": [1], "revenue": [5], "eligible": [1]}
    ]
    assert told["partial_from"] == "2020-01"


@pytest.mark.parametrize(
    ("by", "active", "ids"),
    [
        ({"by": "month", "cohort": "2020-01"}, None, ["a", "b"]),
        ({"by": "month", "cohort": "2020-01"}, 0, ["a", "b"]),
        ({"by": "month", "cohort": "2020-01"}, 1, ["a"]),
        ({"by": "month", "cohort": "2020-01"}, 2, ["b"]),
        ({"by": "week", "cohort": "2020-02-24"}, None, ["c"]),
        ({"by": "week", "cohort": "2020-02-24"}, 1, []),
        ({"by": "country", "cohort": "France"}, 1, ["c"]),
        ({"by": "everyone"}, 1, ["a", "c"]),
        ({"by": "everyone"}, None, ["a", "b", "c", "d"]),
    ],
)
def test_the_people_of_a_cell(by: dict[str, Any], active: int | None, ids: list[str]) -> None:
    """A cell opens into those whom it counts."""
    assert people(shop_in_memory(ORDERS), AS_OF, **by, active=active) == ids


@pytest.mark.parametrize("by", ["month", "week", "country"])
def test_every_cell_has_as_many_people_as_it_says(by: str) -> None:
    """Cell by cell: the deed finds as many as are active."""
    source, as_of = shop_in_memory(varied_shop(20)), date(2021, 6, 17)
    found = cohort_table(source, as_of, by)
    rows, periods = np.nonzero(found.exists)
    for row, since in zip(rows[:40], periods[:40], strict=True):
        ids = people(source, as_of, by=by, cohort=found.keys[row], active=int(since))
        assert len(ids) == found.active[row, since]


@pytest.mark.parametrize(
    ("details", "sentence"),
    [
        ({"by": "month", "cohort": "2011-01", "active": 3}, "First ordered in Jan 2011 and ordered again 3 months later"),
        ({"by": "month", "cohort": "2011-01", "active": 1}, "First ordered in Jan 2011 and ordered again in the month after"),
        ({"by": "month", "cohort": "2011-01", "active": None}, "First ordered in Jan 2011"),
        ({"by": "month", "cohort": "2011-01", "active": 0}, "First ordered in Jan 2011"),
        ({"by": "week", "cohort": "2011-12-05", "active": 2},
         "First ordered in the week of 5 Dec 2011 and ordered again 2 weeks later"),
        ({"by": "product", "cohort": "22", "name": "Cup"}, "First bought Cup"),
        ({"by": "product", "cohort": "22"}, "First bought 22"),
        ({"by": "country", "cohort": None, "active": 1}, "First country is not known and ordered again in the month after"),
        ({"by": "everyone", "active": 2}, "Ordered again 2 months after their first order"),
        ({"by": "everyone", "active": None}, "All customers"),
    ],
)  # fmt: skip
def test_the_people_in_words(details: dict[str, Any], sentence: str) -> None:
    """The rule of a cell is a sentence."""
    assert tell(details) == sentence == deed("cohort").sentence(details)


@pytest.mark.parametrize(
    ("details", "says"),
    [
        ({}, "by 'None'"),
        ({"by": "shoe size"}, "by 'shoe size'"),
        ({"by": "cluster", "cohort": "x"}, "by 'cluster'"),
        ({"by": ["month"], "cohort": "2011-01"}, "cannot be looked up"),
        ({"by": "month", "cohort": "2011-13"}, "'2011-13' is not a cohort by month"),
        ({"by": "month", "cohort": "2011-01-01"}, "Write it as 2011-12"),
        ({"by": "month", "cohort": None}, "'None' is not a cohort"),
        ({"by": "week", "cohort": "2011-12-06"}, "a Monday"),
        ({"by": "country", "cohort": 7}, "'7' is not a cohort"),
        ({"by": "month", "cohort": "2011-01", "active": -1}, "'-1' is not a number of periods"),
        ({"by": "month", "cohort": "2011-01", "active": "1"}, "not a number of periods"),
        ({"by": "month", "cohort": "2011-01", "active": True}, "not a number of periods"),
    ],
)
def test_details_that_mean_nothing_are_refused(details: dict[str, Any], says: str) -> None:
    """What a browser sends is not trusted: bad details get a sentence, for the words and for the people."""
    with pytest.raises(RequestError, match=says):
        tell(details)
    with pytest.raises(RequestError, match=says):
        deed("cohort").customers(shop_in_memory(ORDERS[:2]), AS_OF, details)


def test_what_a_dataset_does_not_know() -> None:
    """Kinds that the data cannot answer are not offered, and asking for one says which there are."""
    source = shop_in_memory([Order("a", "2020-01-01", country=None)])
    assert available(source) == ("month", "week", "segment")
    with pytest.raises(
        RequestError, match=r"does not know the country of an order\. There are cohorts by month, week, segment"
    ):
        cohort_table(source, None, "country")
    with pytest.raises(NotFoundError, match="no order lines"):
        cohort_table(source, None, "product")
    with pytest.raises(RequestError, match=r"by 'shoe size'\. There are those by month, week"):
        cohort_table(source, None, "shoe size")
    with pytest.raises(RequestError, match="need the clusters"):
        cohort_table(source, None, "cluster")
    with pytest.raises(EmptyDataError, match="Nobody ordered before 2020-01-01"):
        cohort_table(source, date(2020, 1, 1))


@pytest.mark.parametrize("by", ["month", "week", "country", "segment"])
def test_groups_add_up_and_filters_are_sums(by: str) -> None:
    """Over groups of alike customers the cohorts are the same; those of two halves of the groups add up to the whole."""
    source = shop_in_memory(varied_shop())
    known = with_segments(customer_table(source))
    groups = group(known)
    labels = known.frame["segment"] if by == "segment" else None
    cells = cohort_cells(source, None, by, Members(known.frame["customer_id"], groups.codes, labels))
    whole, alone = cells.table().frame(), cohort_table(source, None, by).frame()
    pd.testing.assert_frame_equal(whole, alone)
    half = np.arange(len(groups.table)) % 2 == 0
    columns = ["size", "eligible", "active", "revenue"]
    keys = ["cohort", whole.columns[3] if "name" in whole else whole.columns[2]]
    parts = [cells.table(keep).frame().set_index(keys)[columns] for keep in (half, ~half)]
    added = parts[0].add(parts[1], fill_value=0).astype(float)
    expected = whole.set_index(keys)[columns].astype(float).sort_index()
    # A row is as large as its cohort in each half that has the cell at all
    pd.testing.assert_frame_equal(added.sort_index()[["active", "revenue"]], expected[["active", "revenue"]])
    assert sum(cells.table(keep).size.sum() for keep in (half, ~half)) == len(known)


def test_a_filter_keeps_its_customers() -> None:
    """Customers of Spain alone, by the filter, are those of a shop that has only them."""
    orders = varied_shop()
    source = shop_in_memory(orders)
    known = with_segments(customer_table(source))
    groups = group(known)
    cells = cohort_cells(source, None, "month", Members(known.frame["customer_id"], groups.codes))
    spain = (groups.table.frame["country"] == "Spain").to_numpy()
    only = [order for order in orders if order.country == "Spain"]
    last = [order for order in orders if order not in only]
    alone = cohort_table(shop_in_memory(only, as_of=source.default_as_of), None, "month")
    assert last
    assert dict(zip(cells.table(spain).keys, cells.table(spain).size.tolist(), strict=True)) == dict(
        zip(alone.keys, alone.size.tolist(), strict=True)
    )
    assert cells.table(np.zeros(len(groups.table), dtype=bool)).keys == ()


def test_the_largest_are_shown_and_the_latest_months() -> None:
    """Of countries the largest come first; of months the latest are shown."""
    source = shop_in_memory(ORDERS)
    assert cohort_table(source, AS_OF, "country").largest(1).keys == ("France",)
    assert cohort_table(source, AS_OF).largest(2).keys == ("2020-02", "2020-03")


def test_a_calendar_says_what_is_whole() -> None:
    """Data from the 1st of January, known to the end of March: three whole months; to the middle of it, two."""
    source = shop_in_memory(ORDERS)
    whole, part = calendar_of(source, AS_OF, "month"), calendar_of(source, date(2020, 3, 11), "month")
    assert (whole.periods, whole.last_complete, whole.partial_from) == (3, 2, None)
    assert (part.periods, part.last_complete, part.partial_from) == (3, 1, date(2020, 3, 1))
    assert (whole.is_first_partial, calendar_of(source, AS_OF, "week").is_first_partial) == (False, True)


def test_the_table_for_a_file() -> None:
    """A row per cell, with its denominator and whether it is partial."""
    frame = cohort_table(shop_in_memory(ORDERS), date(2020, 3, 11)).frame()
    assert frame.iloc[1].to_dict() == {
        "cohort": "2020-01",
        "name": "Jan 2020",
        "size": 2,
        "months_since_first_order": 1,
        "eligible": 2,
        "active": 1,
        "share_active": 0.5,
        "revenue": 20.0,
        "revenue_per_customer_to_date": 32.5,
        "is_partial": False,
    }
    assert frame["is_partial"].tolist() == [False, False, True, False, True, True]


def test_kinds_say_what_they_mean() -> None:
    """Each kind has a name of its own, a label and a sentence."""
    assert len({kind.name for kind in COHORT_KINDS}) == len(COHORT_KINDS)
    assert all(kind.label and kind.meaning.endswith(".") for kind in COHORT_KINDS)


def test_the_published_cohorts(online_retail_source: Source) -> None:
    """Online Retail (Chen, Sain & Guo 2012): 885 customers of December 2010, 417 of January 2011; December 2011 is partial."""
    told = cohort_table(online_retail_source).to_json()
    cohorts = by_key(told)
    assert cohorts["2010-12"]["active"] == [885, 324, 286, 340, 321, 352, 321, 309, 313, 350, 331, 445, 235]
    assert cohorts["2011-01"]["active"] == [417, 92, 111, 96, 134, 120, 103, 101, 125, 136, 152, 49]
    assert told["partial_from"] == "2011-12"
    assert sum(cohort["size"] for cohort in cohorts.values()) == 4_338
    assert sum(sum(cohort["revenue"]) for cohort in cohorts.values()) == pytest.approx(8_911_407.904, abs=1e-3)


@pytest.mark.parametrize("by", ["product", "country", "segment", "week"])
def test_all_customers_are_in_some_cohort(online_retail_source: Source, by: str) -> None:
    """Online Retail: by whatever, its 4,338 customers are each in one cohort."""
    found = cohort_table(online_retail_source, None, by)
    assert found.size.sum() == 4_338
    assert (found.active <= found.eligible).all()
