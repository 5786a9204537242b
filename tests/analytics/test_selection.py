"""Which customers a request means, and in which order."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pyarrow as pa
import pytest

from analytics.customers import CustomerTable, customer_table
from analytics.errors import RequestError
from analytics.request import AnalysisRequest
from analytics.rfm import with_segments
from analytics.rules import Condition
from analytics.selection import rule_of, selected, selected_rows
from tests.conftest import Order, shop_in_memory

ORDERS = [
    Order("a", "2020-01-05", "30", "France"),
    Order("b", "2020-01-04", "10", "Spain"),
    Order("c", "2020-01-03", "30", "France"),
    Order("d", "2020-01-02", "20", None),
    Order("d", "2020-01-05", "20", None),
]
NAMES = pa.table(
    {
        "customer_id": ["a", "b", "c"],
        "email": ["Zoe@x.org", "info@shop.com", None],
        "first_name": ["Zoë", "Bert (2)", "Carl"],
        "city": ["Zagreb", "Bonn", "Bonn"],
    }
)


@pytest.fixture(scope="module")
def table() -> CustomerTable:
    return with_segments(customer_table(shop_in_memory(ORDERS, customers=NAMES)))


def ids(table: CustomerTable, request: AnalysisRequest) -> str:
    return "".join(table.frame["customer_id"].to_numpy()[selected_rows(request, table)])


def test_everyone_by_revenue(table: CustomerTable) -> None:
    """Without filters everyone is kept: highest revenue first, equal ones in the order of their ids."""
    assert ids(table, AnalysisRequest("shop")) == "dacb"
    assert selected(AnalysisRequest("shop"), table).all()


def test_order_asked_for(table: CustomerTable) -> None:
    """A request's order is kept, up or down; missing values come last."""
    assert ids(table, AnalysisRequest("shop", sort="recency_days", descending=False)) == "adbc"
    assert ids(table, AnalysisRequest("shop", sort="recency_days")) == "cbad"
    assert ids(table, AnalysisRequest("shop", sort="country", descending=False)) == "acbd"


def test_countries(table: CustomerTable) -> None:
    """Any of the countries is kept; who has none is not."""
    assert ids(table, AnalysisRequest("shop", countries=("Spain", "france"))) == "acb"
    assert ids(table, AnalysisRequest("shop", countries=("Mars",))) == ""


def test_segments(table: CustomerTable) -> None:
    """Any of the RFM segments is kept, and together they are everyone."""
    names = table.frame["segment"].cat.categories
    found = [ids(table, AnalysisRequest("shop", segments=(name,))) for name in names]
    assert sorted("".join(found)) == list("abcd")
    assert sum(bool(kept) for kept in found) > 1


def test_conditions_join_the_filters(table: CustomerTable) -> None:
    """Countries, conditions and search all have to hold."""
    where = Condition("recency_days", "at most", 2)
    assert ids(table, AnalysisRequest("shop", where=where)) == "dab"
    assert ids(table, AnalysisRequest("shop", where=where, countries=("France",))) == "a"
    assert ids(table, AnalysisRequest("shop", where=where, search="b")) == "b"


@pytest.mark.parametrize(
    ("words", "found"),
    [("zoe", "a"), ("ZOË", "a"), (" carl ", "c"), ("(2)", "b"), (".", "ab"), ("bonn", ""), ("D", "d"), ("  ", "dacb")],
)
def test_search(table: CustomerTable, words: str, found: str) -> None:
    """Search looks into what names a person, without regard to case and not as a pattern; a city is no name."""
    assert ids(table, AnalysisRequest("shop", search=words)) == found


def test_rule_of() -> None:
    """The filters as one rule: none, the only one, or all of them."""
    where = Condition("order_count", "at least", 2)
    assert rule_of(AnalysisRequest("shop")) is None
    assert rule_of(AnalysisRequest("shop", where=where)) == where
    both = rule_of(AnalysisRequest("shop", where=where, countries=("France",), segments=("New", "Lost")))
    assert both is not None
    assert both.sentence() == "country is France and segment is one of New, Lost and order_count is at least 2"


def test_unknown_order(table: CustomerTable) -> None:
    """A column that customers do not have cannot order them."""
    with pytest.raises(RequestError, match=r"Customers have no 'height' to sort by\. They have customer_id, "):
        selected_rows(AnalysisRequest("shop", sort="height"), table)


def test_a_country_filter_needs_countries() -> None:
    """Where the data came without countries a filter on them is refused with the columns that there are."""
    table = with_segments(customer_table(shop_in_memory([Order("a", "2020-01-01", country=None)])))
    with pytest.raises(RequestError, match="Customers have no 'country'"):
        selected_rows(AnalysisRequest("shop", countries=("France",)), table)


def test_a_search_among_many_is_the_search_among_few() -> None:
    """Above a hundred thousand customers two threads search; they find whom one would."""
    ids = [f"K-{number:06d}" for number in range(120_001)]
    table = CustomerTable(pd.DataFrame({"customer_id": ids}), date(2020, 1, 1), "", "many@1", (), ())
    found = selected(AnalysisRequest("many", search="k-1199"), table)
    assert [name for name, is_found in zip(ids, found, strict=True) if is_found] == [n for n in ids if "K-1199" in n]
    assert selected(AnalysisRequest("many", search="K-120000"), table).nonzero()[0].tolist() == [120_000]
