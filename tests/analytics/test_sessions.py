"""Sessions: clicks parted into visits by hand-computed cases, and what each visit was."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from analytics.errors import EmptyDataError, RequestError
from analytics.schema import EVENTS, SESSIONS
from analytics.sessions import (
    VisitorType,
    complete,
    dwell,
    numbered,
    session_summary,
    sessions_of,
    sessions_with_gap,
    time_by,
)
from analytics.sources import Source, connect

_ARROW = {
    "string": pa.string(),
    "timestamp(6)": pa.timestamp("us"),
    "date": pa.date32(),
    "float64": pa.float64(),
    "int64": pa.int64(),
}
_numbers = itertools.count()


@cache
def engine() -> Any:
    return connect()


def in_engine(rows: pa.Table) -> Any:
    return engine().create_table(f"clicks_{next(_numbers)}", rows)


def clicks(columns: str, *rows: Sequence[object]) -> Any:
    """Clicks as a test writes them: the names of canonical columns, and a row each; times as text."""
    names = columns.split()
    table = {}
    for name, values in zip(names, zip(*rows, strict=True), strict=True):
        kind = EVENTS.column(name).type
        read = {"timestamp(6)": datetime.fromisoformat, "date": date.fromisoformat}.get(kind, lambda value: value)
        table[name] = pa.array([None if value is None else read(value) for value in values], _ARROW[kind])
    return in_engine(pa.table(table))


def places(events: Any, *columns: str) -> list[tuple[Any, ...]]:
    """Session, position and further columns of numbered clicks, row by row as they come out."""
    frame = numbered(events).to_pyarrow().select(["session", "position", *columns]).to_pylist()
    return [tuple(row.values()) for row in frame]


def visits(events: Any, **options: Any) -> pd.DataFrame:
    """The sessions of clicks, by session."""
    written = in_engine(numbered(events, **options).to_pyarrow())
    return sessions_of(written).to_pyarrow().to_pandas().set_index("session").sort_index()


def test_a_gap_of_exactly_30_minutes_is_in_the_session() -> None:
    """30 minutes to the microsecond is the same session; one microsecond more is the next."""
    events = clicks(
        "visitor_id occurred_at",
        ("ann", "2024-05-01T10:00:00"),
        ("ann", "2024-05-01T10:30:00"),
        ("ann", "2024-05-01T11:00:00.000001"),
    )
    assert places(events) == [(0, 1), (0, 2), (1, 1)]
    assert visits(events).session_seconds.tolist() == [1800.0, 0.0]


def test_the_gap_can_be_chosen() -> None:
    """With 10 minutes, 11 minutes part two sessions; with 11 they do not."""
    events = clicks("visitor_id occurred_at", ("ann", "2024-05-01T10:00"), ("ann", "2024-05-01T10:11"))
    assert visits(events, gap_minutes=10).click_count.tolist() == [1, 1]
    assert visits(events, gap_minutes=11).click_count.tolist() == [2]


def test_two_visitors_interleaved() -> None:
    """Clicks of two visitors at the same time are two sessions, and a click of one never ends the other's gap."""
    events = clicks(
        "visitor_id occurred_at page",
        ("bob", "2024-05-01T10:00", "b1"),
        ("ann", "2024-05-01T10:01", "a1"),
        ("bob", "2024-05-01T10:20", "b2"),
        ("ann", "2024-05-01T10:25", "a2"),
        ("bob", "2024-05-01T10:51", "b3"),
    )
    assert places(events, "page") == [(0, 1, "a1"), (0, 2, "a2"), (1, 1, "b1"), (1, 2, "b2"), (2, 1, "b3")]
    assert visits(events).visitor_id.tolist() == ["ann", "bob", "bob"]


def test_midnight_does_not_end_a_session() -> None:
    """23:59 to 00:01 is one session, which began on the day before; the next visit is one calendar day later."""
    events = clicks(
        "visitor_id occurred_at",
        ("ann", "2024-02-29T23:59"),
        ("ann", "2024-03-01T00:01"),
        ("ann", "2024-03-01T00:32"),
    )
    found = visits(events)
    assert found.click_count.tolist() == [2, 1]
    assert [str(day)[:10] for day in found.started_on] == ["2024-02-29", "2024-03-01"]
    assert found.days_since_last.tolist()[1:] == [1]
    assert pd.isna(found.days_since_last[0])
    assert found.visitor_type.tolist() == ["new", "returning"]


def test_equal_times_have_one_order() -> None:
    """At one instant a look comes before the cart, the cart before anything else, and buying comes last, then pages by
    name; however the rows came."""
    rows = [
        ("ann", "2024-05-01T10:00", "purchase", "a"),
        ("ann", "2024-05-01T10:00", "checkout", "a"),
        ("ann", "2024-05-01T10:00", "view", "z"),
        ("ann", "2024-05-01T10:00", "cart", "a"),
        ("ann", "2024-05-01T10:00", "view", "b"),
    ]
    expected = [
        (0, 1, "view", "b"),
        (0, 2, "view", "z"),
        (0, 3, "cart", "a"),
        (0, 4, "checkout", "a"),
        (0, 5, "purchase", "a"),
    ]
    for order in itertools.permutations(rows):
        assert places(clicks("visitor_id occurred_at event_type page", *order), "event_type", "page") == expected


def test_sessions_that_came_with_the_data() -> None:
    """A session_id parts the clicks whatever the clock says, and the position that came orders them; it is counted anew."""
    events = clicks(
        "session_id position occurred_at page",
        ("s2", 1, "2024-05-01T10:00", "a"),
        ("s1", 7, "2024-05-01T09:00", "c"),
        ("s1", 3, "2024-05-03T09:00", "b"),
    )
    assert places(events, "page") == [(0, 1, "b"), (0, 2, "c"), (1, 1, "a")]


def test_sessions_without_a_clock() -> None:
    """With session ids and positions alone there are clicks and pages; seconds, days and visitors are missing, not 0."""
    events = clicks("session_id position page", ("s1", 1, "home"), ("s1", 2, "shoe"), ("s2", 1, "hat"))
    found = visits(events)
    assert found.click_count.tolist() == [2, 1]
    assert found.is_bounce.tolist() == [False, True]
    assert found.entry_page.tolist() == ["home", "hat"]
    assert found.exit_page.tolist() == ["shoe", "hat"]
    unknown = [
        "session_seconds",
        "started_at",
        "started_on",
        "visitor_type",
        "view_count",
        "has_purchase",
        "product_count",
    ]
    assert found[unknown].isna().all(axis=None)


def test_days_without_a_clock() -> None:
    """Days alone say how long ago the last visit was, and nothing about seconds."""
    events = clicks(
        "visitor_id session_id position occurred_on",
        ("ann", "s1", 1, "2024-05-01"),
        ("ann", "s2", 1, "2024-05-08"),
        ("ann", "s2", 2, "2024-05-08"),
    )
    found = visits(events)
    assert found.days_since_last.tolist()[1] == 7
    assert found.visitor_type.tolist() == ["new", "returning"]
    assert found.session_seconds.isna().all()


def test_two_visitors_under_one_session_id() -> None:
    """A session id is the visitor's own: the first session of two visitors is two sessions."""
    events = clicks(
        "visitor_id session_id occurred_at",
        ("ann", "1", "2024-05-01T10:00"),
        ("bob", "1", "2024-05-01T10:00"),
        ("ann", "1", "2024-05-01T12:00"),
    )
    assert visits(events).click_count.tolist() == [2, 1]


def test_clicks_without_the_session_id_that_others_have() -> None:
    """They are parted by the gap, and belong to none of the sessions that came."""
    events = clicks(
        "visitor_id session_id occurred_at",
        ("ann", "1", "2024-05-01T10:00"),
        ("ann", None, "2024-05-01T10:01"),
        ("ann", None, "2024-05-01T10:31"),
        ("ann", None, "2024-05-01T12:00"),
    )
    assert visits(events).click_count.tolist() == [1, 2, 1]


def test_one_click_is_a_bounce_of_no_seconds() -> None:
    """One click has an entry that is its exit, 0 seconds that are known, and is a bounce."""
    found = visits(clicks("visitor_id occurred_at page", ("ann", "2024-05-01T10:00", "home"))).loc[0]
    assert found.is_bounce
    assert (found.click_count, found.session_seconds) == (1, 0)
    assert (found.entry_page, found.exit_page) == ("home", "home")


def test_a_purchase_without_a_view() -> None:
    """Who buys without looking has bought: no view, no cart, one purchase."""
    found = visits(clicks("visitor_id occurred_at event_type", ("ann", "2024-05-01T10:00", "purchase"))).loc[0]
    assert (found.view_count, found.cart_count, found.purchase_count) == (0, 0, 1)
    assert (found.has_cart, found.has_purchase) == (False, True)


def test_a_session_in_all_columns() -> None:
    """Products are counted once, the main category is the one clicked most and of two the first by name, the customer is
    known once logged in, and the device is that of the first click."""
    events = clicks(
        "visitor_id occurred_at customer_id event_type page category product_id country device source",
        ("v1", "2024-05-01T10:00", None, "view", "home", None, None, None, "phone", "search"),
        ("v1", "2024-05-01T10:01", None, "view", "shoe", "shoes", "p1", "France", "tablet", "search"),
        ("v1", "2024-05-01T10:02", "c7", "cart", "shoe", "shoes", "p1", "France", "tablet", "search"),
        ("v1", "2024-05-01T10:03", "c7", "view", "hat", "hats", "p2", "France", "tablet", "search"),
        ("v1", "2024-05-01T10:04:30", "c7", "purchase", None, "hats", "p2", "France", "tablet", "search"),
        ("v1", "2024-05-01T11:00", None, "view", "home", None, None, "France", "phone", None),
    )
    first, second = visits(events).itertuples()
    assert (first.product_count, first.main_category, first.customer_id) == (2, "hats", "c7")
    assert (first.view_count, first.cart_count, first.purchase_count) == (3, 1, 1)
    assert (first.entry_page, first.session_seconds) == ("home", 270.0)
    assert pd.isna(first.exit_page)
    assert (first.device, first.source) == ("phone", "search")
    assert pd.isna(first.country)
    assert second.product_count == 0
    assert pd.isna(second.main_category)
    assert pd.isna(second.customer_id)


def test_sessions_have_the_canonical_columns() -> None:
    """Whatever the clicks know, a session has every canonical column, in order and in type."""
    found = sessions_of(numbered(clicks("visitor_id occurred_at", ("ann", "2024-05-01T10:00"))))
    assert found.columns == SESSIONS.names
    assert [str(kind) for kind in found.schema().values()] == [column.type for column in SESSIONS.columns]


@pytest.mark.parametrize("columns", ["visitor_id occurred_at", "session_id position"])
def test_the_numbers_are_whole(columns: str) -> None:
    """Session and position are 64-bit integers, and take the place of a position that came."""
    row = ("ann", "2024-05-01T10:00") if "visitor_id" in columns else ("s1", 4)
    schema = numbered(clicks(columns, row)).schema()
    assert (str(schema["session"]), str(schema["position"])) == ("int64", "int64")
    assert list(schema.names).count("position") == 1


def shop(events: Any, gap_minutes: int = 30) -> Source:
    """The clicks as a dataset has them: numbered, complete, with their sessions."""
    written = in_engine(numbered(events, gap_minutes=gap_minutes).to_pyarrow())
    tables = {"events": complete(written, EVENTS), "sessions": sessions_of(written)}
    return Source("clicks", "0001-00000000", tables, date(2025, 1, 1))


WEEK = (
    "visitor_id occurred_at event_type category",
    ("ann", "2024-05-01T10:00", "view", "hats"),
    ("ann", "2024-05-01T10:01:30", "cart", "hats"),
    ("ann", "2024-05-01T10:40", "view", "shoes"),
    ("ann", "2024-05-01T10:41", "purchase", "shoes"),
    ("bob", "2024-05-01T10:00", "view", "hats"),
    ("bob", "2024-05-02T10:00", "cart", None),
    ("cy", "2024-05-02T11:00", "purchase", "hats"),
)
"""Sessions by 30 minutes: ann 2 clicks of 90 seconds with a cart, ann 2 of 60 with a purchase, bob 1, bob 1 with a cart, cy 1."""


def test_a_summary() -> None:
    """Sessions, bounces, clicks, seconds and rates of five sessions of three visitors, by hand."""
    found = session_summary(shop(clicks(*WEEK)))
    assert (found.sessions, found.visitors, found.clicks) == (5, 3, 7)
    assert found.bounce_rate == 3 / 5
    assert (found.clicks_per_session_mean, found.clicks_per_session_median, found.clicks_per_session_max) == (1.4, 1, 2)
    assert found.seconds_per_session_mean == 150 / 5
    assert (found.cart_rate, found.purchase_rate) == (2 / 5, 2 / 5)
    assert found.by_visitor_type == (VisitorType("new", 3, 1, 1 / 3), VisitorType("returning", 2, 1, 1 / 2))
    assert found.gap_minutes == 30


@pytest.mark.parametrize("gap_minutes", [1, 2, 30, 40, 1_440])
def test_another_gap(gap_minutes: int) -> None:
    """Counted without numbering the clicks again, the summary of another gap is that of clicks which were parted by it."""
    other = session_summary(shop(clicks(*WEEK)), gap_minutes)
    parted = shop(clicks(*WEEK), gap_minutes)
    assert other == replace(session_summary(parted), gap_minutes=gap_minutes)
    again = sessions_with_gap(shop(clicks(*WEEK)), gap_minutes).to_pyarrow().to_pandas()
    expected = parted.table("sessions").to_pyarrow().to_pandas()
    pd.testing.assert_frame_equal(
        again.sort_values("session", ignore_index=True), expected.sort_values("session", ignore_index=True)
    )


def test_the_median_of_an_even_number() -> None:
    """Of sessions with 1 and with 4 clicks the median is 2.5."""
    rows = [("ann", "2024-05-01T10:00"), *(("bob", f"2024-05-01T10:0{n}") for n in range(4))]
    assert session_summary(shop(clicks("visitor_id occurred_at", *rows))).clicks_per_session_median == 2.5


def test_a_summary_says_what_it_does_not_know() -> None:
    """Without visitors, clock and kinds of events there are sessions and clicks, and the rest is None; a gap plays no part."""
    rows = [("s1", 1, "home"), ("s1", 2, "shoe"), ("s2", 1, "hat")]
    source = shop(clicks("session_id position page", *rows))
    found = session_summary(source, 5)
    assert (found.sessions, found.clicks, found.bounce_rate) == (2, 3, 0.5)
    assert (found.visitors, found.seconds_per_session_mean, found.purchase_rate, found.cart_rate) == (None,) * 4
    assert (found.by_visitor_type, found.gap_minutes) == ((), None)
    assert sessions_with_gap(source, 5) is source.table("sessions")


def test_sessions_that_came_as_a_table() -> None:
    """A table of visits is summarised as it is: whoever is neither new nor returning comes last."""
    table = in_engine(
        pa.table(
            {
                "session": [0, 1, 2, 3],
                "click_count": [1, 5, 2, 4],
                "has_purchase": [False, True, False, True],
                "visitor_type": ["returning", "other", "new", "new"],
            }
        )
    )
    found = session_summary(Source("visits", "0001-00000000", {"sessions": table}, date(2025, 1, 1)))
    assert (found.sessions, found.visitors, found.clicks, found.bounce_rate) == (4, None, 12, 0.25)
    assert (found.purchase_rate, found.cart_rate) == (0.5, None)
    assert found.by_visitor_type == (
        VisitorType("new", 2, 1, 0.5),
        VisitorType("returning", 1, 0, 0.0),
        VisitorType("other", 1, 1, 1.0),
    )


def test_a_shop_without_clicks() -> None:
    """The sentence says what to import."""
    with pytest.raises(EmptyDataError, match="has no clicks and no visits"):
        session_summary(Source("orders", "0001-00000000", {}, date(2025, 1, 1)))


@pytest.mark.parametrize("gap", [0, -5, 43_201, True, 2.5])
def test_an_impossible_gap(gap: Any) -> None:
    """A gap is a whole number of minutes, at least one."""
    with pytest.raises(RequestError, match="cannot part visits"):
        session_summary(shop(clicks(*WEEK)), gap)


def test_the_time_on_the_last_page_is_not_known() -> None:
    """Seconds to the next click stop at the end of a session: they are missing there, and no zero enters a mean."""
    source = shop(clicks(*WEEK))
    timed = dwell(source.table("events")).order_by("session", "position").to_pyarrow().to_pandas()
    assert timed.seconds_to_next.dropna().tolist() == [90.0, 60.0]
    assert timed.seconds_to_next.isna().sum() == 5
    told = time_by(source.table("events"), "category").to_pyarrow().to_pylist()
    assert told == [
        {"category": "hats", "click_count": 4, "timed_count": 1, "seconds_total": 90.0, "seconds_mean": 90.0},
        {"category": "shoes", "click_count": 2, "timed_count": 1, "seconds_total": 60.0, "seconds_mean": 60.0},
    ]


def test_without_a_clock_no_time_is_known() -> None:
    """The time with a page is missing, not 0."""
    source = shop(clicks("session_id position page", ("s1", 1, "home"), ("s1", 2, "shoe")))
    told = time_by(source.table("events"), "page").to_pyarrow().to_pylist()
    assert [(row["page"], row["timed_count"], row["seconds_total"]) for row in told] == [
        ("home", 0, None),
        ("shoe", 0, None),
    ]
