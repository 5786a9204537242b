"""What visits in memory know of themselves: their customer, their country, their names, and the columns that came along."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from analytics.behaviour.visits import MOST_NAMES, Coded, kept_visits, load_visits, resolve_span
from analytics.customers import CustomerTable, customer_table
from analytics.request import AnalysisRequest
from analytics.rfm import preset, with_segments
from analytics.sources import Source
from tests.analytics.click_shops import Click, clicks_in_memory
from tests.conftest import Order

AS_OF = date(2024, 2, 1)
ORDERS = (Order("ada", "2024-01-28T09:00", "90", "France"), Order("bo", "2023-06-01T09:00", "5", "Spain"))


def _people(source: Source) -> CustomerTable:
    return with_segments(customer_table(source, AS_OF), preset("grid"))


def _told(column: Coded) -> list[str | None]:
    return [column.names[code] if code >= 0 else None for code in column.codes]


def test_a_visit_knows_its_customer_only_where_there_is_one() -> None:
    """The row of the customer table; a visitor without a name and a name that never ordered are nobody."""
    clicks = [
        Click("v1", "10:00", customer_id="bo"),
        Click("v2", "10:00"),
        Click("v3", "10:00", customer_id="nobody"),
        Click("v4", "10:00", customer_id="ada"),
    ]
    source = clicks_in_memory(clicks, ORDERS, as_of=AS_OF)
    found = load_visits(source, AS_OF, _people(source))
    assert found.customer is not None
    assert found.customer.tolist() == [1, -1, -1, 0]
    assert _told(found.groups["segment"])[1:3] == [None, None]


def test_what_no_visit_knows_is_not_offered() -> None:
    """A visit without a device is in no group of devices; a column that no visit knows is not there to break down by."""
    found = load_visits(clicks_in_memory([Click("v1", "10:00", device="phone"), Click("v2", "10:00")]), AS_OF)
    assert _told(found.groups["device"]) == ["phone", None]
    assert {"source", "country", "main_category"}.isdisjoint(found.groups)


def test_a_visit_that_says_its_country_is_from_there() -> None:
    """The visit's own country counts, not its customer's; the customer's only where the visit is silent."""
    clicks = [Click("v1", "10:00", customer_id="ada"), Click("v2", "10:00", customer_id="ada")]
    source = clicks_in_memory(clicks, ORDERS, as_of=AS_OF)
    sessions = source.table("sessions")
    said = sessions.mutate(country=(sessions.visitor_id == "v1").ifelse("Italy", None))
    source = Source("s", "0001-00000000", {**source.tables, "sessions": said}, AS_OF, "EUR")
    people = _people(source)
    found = load_visits(source, AS_OF, people)
    for country, expected in (("Italy", [True, False]), ("France", [False, True]), ("Spain", [False, False])):
        kept = kept_visits(found, AnalysisRequest("shop", countries=(country,)), people)
        assert kept is not None
        assert kept.tolist() == expected


def test_many_names_are_bundled() -> None:
    """Of more names than can be told apart the largest keep theirs; the rest are one, which says how many it stands for."""
    clicks = [Click(f"v{number}", "10:00", page=f"page {number:03d}") for number in range(MOST_NAMES + 50)]
    clicks += [Click("often", f"2024-01-{day:02d}T10:00", page="home") for day in (2, 3)]
    entry = load_visits(clicks_in_memory(clicks), AS_OF).groups["entry_page"]
    assert len(entry.names) == MOST_NAMES
    assert (entry.names[0], entry.names[1]) == ("home", "page 000")
    assert entry.others == 52
    assert np.bincount(entry.codes)[[0, 1, -1]].tolist() == [2, 1, 52]


@pytest.mark.parametrize(
    ("first", "compared"), [("2024-01-01", date(2024, 1, 1)), ("2024-01-02", None)], ids=["sixty days", "a day less"]
)
def test_a_period_is_compared_where_the_data_reaches_back(first: str, compared: date | None) -> None:
    """Sixty days of visits are thirty, and thirty before them; with a day less there is nothing to compare with."""
    clicks = [Click("v", f"{first}T10:00"), Click("w", "2024-02-29T23:59")]
    as_of = date(2024, 3, 1)
    span = resolve_span(load_visits(clicks_in_memory(clicks, as_of=as_of), as_of), as_of, "30")
    assert span is not None
    assert (span.starts_on, span.ends_on, span.compared_from) == (date(2024, 1, 31), as_of, compared)


def test_imported_visits_keep_their_own_columns() -> None:
    """A table of ready visits: texts and flags that came along can be broken down by; what is unknown stays unknown."""
    table = pa.table(
        {
            "session": pa.array([0, 1, 2], pa.int64()),
            "click_count": pa.array([3, 1, 2], pa.int64()),
            "has_purchase": pa.array([True, None, False]),
            "month": ["Feb", "Feb", None],
            "weekend": [True, False, None],
            "page_values": [0.5, 1.5, 2.5],
        }
    )
    engine = clicks_in_memory([Click("v", "10:00")]).table("sessions").get_backend()
    came = engine.create_table("visits_that_came", table, overwrite=True)
    found = load_visits(Source("s", "0001-00000000", {"sessions": came}, AS_OF, "EUR"), AS_OF)
    assert set(found.groups) == {"month", "weekend"}
    assert _told(found.groups["month"]) == ["Feb", "Feb", None]
    assert _told(found.groups["weekend"]) == ["yes", "no", None]
    assert found.has_purchase is not None
    assert found.has_purchase.tolist() == [True, False, False]
    assert (found.day, found.visitor, found.customer) == (None, None, None)
