"""The customer table: who is in it, which columns it has, and that keeping it changes nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pandas.testing import assert_frame_equal

from analytics.customers import customer_table, summary
from analytics.errors import DataError, EmptyDataError, NotFoundError, RequestError
from analytics.metrics import METRICS, needs_sessions
from analytics.sources import fetch
from tests.conftest import Order, Publish, Return, shop_in_memory, varied_shop

TWO = [
    Order("b", "2020-01-05T12:00", "5"),
    Order("a", "2020-01-01T23:59", "10.10", "Germany"),
    Order("a", "2020-01-02T00:01", "20.20", "France"),
]


def test_two_customers_by_hand() -> None:
    """Every metric of two customers, in the order of their ids whatever the order of the orders."""
    frame = customer_table(shop_in_memory(TWO), date(2020, 1, 12)).frame
    expected = pd.DataFrame(
        {
            "customer_id": pd.Series(["a", "b"], dtype="str"),
            "recency_days": [10, 7],
            "order_count": [2, 1],
            "revenue_total": [30.30, 5.0],
            "order_value_mean": [15.15, 5.0],
            "revenue_last_90_days": [30.30, 5.0],
            "tenure_days": [11, 7],
            "days_between_orders_mean": [1.0, np.nan],
            "lines_per_order_mean": [1.0, 1.0],
            "units_per_order_mean": [1.0, 1.0],
            "return_count": [0, 0],
            "refund_total": [0.0, 0.0],
            "refund_share": [0.0, 0.0],
            "country": pd.Categorical(["France", "United Kingdom"]),
        }
    )
    assert_frame_equal(frame, expected, check_exact=True, check_categorical=False)


def test_columns_and_types_do_not_depend_on_the_tables() -> None:
    """The id, the metrics in the order of the registry, then attributes; a metric has one type with and without returns."""
    with_all = [Order("a", "2020-01-01", products=("cup",)), Order("b", "2020-01-01", products=("pan",))]
    rich = customer_table(shop_in_memory(with_all, [Return("a", "2020-01-01", "1")])).frame
    poor = customer_table(shop_in_memory(with_all[:1])).frame
    assert list(rich.columns) == [
        "customer_id",
        *(metric.name for metric in METRICS if not needs_sessions(metric)),
        "country",
    ]
    whole = {"recency_days", "order_count", "tenure_days", "product_count", "return_count"}
    for frame in (rich, poor):
        types = {name: str(frame[name].dtype) for name in frame.columns[1:-1]}
        assert types == {name: "int64" if name in whole else "float64" for name in types}
        assert str(frame["country"].dtype) == "category"


def test_a_metric_without_its_table_is_left_out() -> None:
    """A dataset without order lines has no count of products; one without returns has 0 returns."""
    columns = customer_table(shop_in_memory(TWO)).frame.columns
    assert "product_count" not in columns
    assert "return_count" in columns


def test_a_metric_asked_for_by_name_without_its_table_is_missing() -> None:
    """Asked for by name, a metric whose table did not come is missing for everyone, as a number."""
    values = customer_table(shop_in_memory(TWO), metrics=["product_count"]).frame["product_count"]
    assert values.dtype == np.float64
    assert values.isna().all()


def test_before_the_first_order_there_is_nobody() -> None:
    """As of the day of the first order nobody has ordered yet, and a sentence says so."""
    source = shop_in_memory(TWO)
    sentence = r"Nobody ordered before 2020-01-01 in dataset 'shop'\. Choose a later as-of date\."
    with pytest.raises(EmptyDataError, match=sentence):
        customer_table(source, date(2020, 1, 1))
    assert len(customer_table(source, date(2020, 1, 2))) == 1


def test_a_subset_of_metrics_equals_the_whole() -> None:
    """A few metrics are the same numbers as all of them, in the order asked for and without attributes."""
    source = shop_in_memory(varied_shop(), [Return("c001", "2021-03-01", "7.5"), Return("c009", "2021-04-01", "3")])
    whole = customer_table(source).frame
    for names in (["refund_share"], ["return_count", "recency_days"], ["revenue_total", "order_count", "tenure_days"]):
        part = customer_table(source, metrics=names).frame
        assert_frame_equal(part, whole[["customer_id", *names]], check_exact=True)


def test_an_unknown_metric_is_refused() -> None:
    """A metric that does not exist is an error, not an empty column."""
    with pytest.raises(RequestError, match="There is no metric 'loyalty'"):
        customer_table(shop_in_memory(TWO), metrics=["loyalty"])


def test_the_country_is_that_of_the_latest_order() -> None:
    """A customer who moved lives where the latest order before the as-of date went; an order without a country says nothing."""
    orders = [
        Order("a", "2020-01-01", country="Germany"),
        Order("a", "2020-01-02", country="France"),
        Order("a", "2020-01-03", country=None),
        Order("a", "2020-01-04", country="Spain"),
    ]
    source = shop_in_memory(orders)
    assert customer_table(source, date(2020, 1, 2)).frame["country"].tolist() == ["Germany"]
    assert customer_table(source, date(2020, 1, 4)).frame["country"].tolist() == ["France"]
    assert customer_table(source).frame["country"].tolist() == ["Spain"]


def test_of_two_countries_at_one_instant_the_first_by_name() -> None:
    """Two orders at one instant do not make the country depend on the order of the rows."""
    orders = [Order("a", "2020-01-01", country="Spain"), Order("a", "2020-01-01", country="France")]
    for written in (orders, orders[::-1]):
        assert customer_table(shop_in_memory(written)).frame["country"].tolist() == ["France"]


ATTRIBUTES = pa.table(
    {
        "customer_id": ["b", "a", "z"],
        "country": ["Italy", None, "Malta"],
        "email": ["b@example.com", "a@example.com", "z@example.com"],
        "tier": ["gold", "silver", "gold"],
        "has_email_consent": [False, True, True],
        "signed_up_on": pa.array([date(2019, 5, 1), None, None], pa.date32()),
        "income": pa.array([Decimal("-5.50"), Decimal("1000.25"), None], pa.decimal128(10, 2)),
        "recency_days": [99, 99, 99],
        "unknown": pa.nulls(3, pa.string()),
    }
)


def test_attributes_come_from_the_customers_table() -> None:
    """Attributes are kept and typed; the shop's own country wins over the orders', which stands in where it is missing."""
    table = customer_table(shop_in_memory(TWO, customers=ATTRIBUTES))
    frame = table.frame
    assert frame["customer_id"].tolist() == ["a", "b"]
    assert table.attributes == (
        "country",
        "email",
        "tier",
        "has_email_consent",
        "signed_up_on",
        "income",
        "own_recency_days",
    )
    assert frame["country"].tolist() == ["France", "Italy"]
    assert str(frame["email"].dtype) == "str"
    assert str(frame["tier"].dtype) == "category"
    assert frame["has_email_consent"].tolist() == [True, False]
    assert pd.Timestamp(frame["signed_up_on"].tolist()[1]) == pd.Timestamp("2019-05-01")


def test_an_attribute_cannot_replace_a_metric() -> None:
    """A column of the shop that is named like a metric does not take its place."""
    frame = customer_table(shop_in_memory(TWO, customers=ATTRIBUTES)).frame
    assert frame["recency_days"].tolist() == [4, 1]


def test_exact_numbers_are_numbers() -> None:
    """A decimal attribute can be compared and charted: it is a number, not an object."""
    income = customer_table(shop_in_memory(TWO, customers=ATTRIBUTES)).frame["income"]
    assert income.dtype == np.float64
    assert income.tolist() == [1000.25, -5.5]


def test_an_attribute_that_nobody_has_is_left_out() -> None:
    """A column without a single value is no attribute."""
    assert "unknown" not in customer_table(shop_in_memory(TWO, customers=ATTRIBUTES)).frame.columns


def test_the_kept_table_is_the_computed_one(publish: Publish) -> None:
    """Read back from beside the version, the table equals the computed one: values, types, columns and their order."""
    seen = pa.array([datetime(2020, 1, 1, 5, tzinfo=UTC), None, None], pa.timestamp("us", tz="UTC"))
    source = publish(TWO, [Return("a", "2020-01-02", "1.10")], ATTRIBUTES.append_column("seen_at", seen))
    computed = customer_table(source)
    assert source.stored is not None
    kept = list(source.stored.cache_path("x").parent.glob("customers-2020-01-06-*.parquet"))
    assert len(kept) == 1
    before = kept[0].stat().st_mtime_ns
    again = customer_table(source)
    assert kept[0].stat().st_mtime_ns == before
    assert_frame_equal(again.frame, computed.frame, check_exact=True)
    assert again.attributes == computed.attributes
    in_memory = customer_table(shop_in_memory(TWO, [Return("a", "2020-01-02", "1.10")], ATTRIBUTES)).frame
    assert_frame_equal(computed.frame.drop(columns="seen_at"), in_memory, check_exact=True)


def test_each_as_of_date_is_kept_by_itself(publish: Publish) -> None:
    """The table of one day is not given for another."""
    source = publish(TWO)
    assert customer_table(source, date(2020, 1, 3)).frame["recency_days"].tolist() == [1]
    assert customer_table(source, date(2020, 1, 8)).frame["recency_days"].tolist() == [6, 3]
    assert customer_table(source, date(2020, 1, 3)).frame["recency_days"].tolist() == [1]


def test_order_of_rows() -> None:
    """Sorted by a column, missing values come last in both directions and ties stay in the order of the ids."""
    orders = [
        Order("a", "2020-01-01", country="Spain"),
        Order("b", "2020-01-01", country=None),
        Order("c", "2020-01-01", country="France"),
        Order("d", "2020-01-01", country="Spain"),
        Order("d", "2020-01-04", country="Spain"),
    ]
    table = customer_table(shop_in_memory(orders, customers=pa.table({"customer_id": ["c", "a"], "email": ["x", "y"]})))
    ids = table.frame["customer_id"].to_numpy()

    def by(column: str, *, descending: bool) -> str:
        return "".join(ids[table.sorted_by(column, descending=descending)])

    assert by("country", descending=False) == "cadb"
    assert by("country", descending=True) == "adcb"
    assert by("order_count", descending=False) == "abcd"
    assert by("order_count", descending=True) == "dabc"
    assert by("days_between_orders_mean", descending=True) == "dabc"
    assert by("email", descending=False) == "cabd"
    assert by("email", descending=True) == "acbd"


def test_summary() -> None:
    """Customers, orders and revenue of some rows."""
    frame = customer_table(shop_in_memory(TWO)).frame
    assert summary(frame) == {"customers": 2, "orders": 3, "revenue": 35.30}
    assert summary(frame.iloc[:0]) == {"customers": 0, "orders": 0, "revenue": 0.0}


def test_a_table_that_did_not_come_is_named() -> None:
    """Asking a source for a table that it lacks names the table and those that there are."""
    with pytest.raises(NotFoundError, match=r"Dataset 'shop' has no order lines\. It has orders\."):
        shop_in_memory(TWO).table("order_lines")


def test_fetch_refuses_too_many_rows() -> None:
    """The one door into memory lets no more rows through than it was told; exactly that many pass."""
    orders = shop_in_memory(TWO).table("orders")
    assert len(fetch(orders, at_most=3)) == 3
    with pytest.raises(DataError, match="more than 2 rows"):
        fetch(orders, at_most=2)


def test_a_full_disk_costs_only_time(publish: Publish, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the table cannot be kept beside the version, it is there all the same."""
    source = publish(TWO)

    def full(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("analytics.datasets.write_atomically", full)
    assert len(customer_table(source)) == 2


def test_a_damaged_table_is_computed_anew(publish: Publish, home: Path) -> None:
    """A kept file that a power cut left empty is as good as none."""
    source = publish(TWO)
    whole = customer_table(source).frame
    (kept,) = (file for file in home.rglob("cache/customers-*.parquet"))
    kept.write_bytes(b"")
    pd.testing.assert_frame_equal(customer_table(source).frame, whole)
