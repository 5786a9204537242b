"""What holds for any clicks: over random small logs."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pandas as pd
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from analytics.sessions import numbered, sessions_of, summarise_clicks
from analytics.sources import connect

FIRST = datetime.fromisoformat("2024-02-27T00:00")
few = settings(max_examples=25, deadline=None)
_numbers = itertools.count()
Click = tuple[str, int, str | None, str | None, str | None]

CLICKS = st.lists(
    st.tuples(
        st.sampled_from(["ann", "bob", "Åse"]),
        # minutes about the gap, and many at one instant
        st.sampled_from([0, 0, 1, 29, 30, 31, 60, 61, 1_439, 1_440, 4_000]),
        st.sampled_from(["view", "cart", "purchase", "other", None]),
        st.sampled_from(["home", "shoe", None]),
        st.sampled_from(["shoes", "hats", None]),
    ),
    min_size=1,
    max_size=14,
)


@cache
def engine() -> Any:
    return connect()


def table(clicks: list[Click], *, days: int = 0) -> Any:
    visitors, minutes, types, pages, categories = zip(*clicks, strict=True)
    rows = pa.table(
        {
            "visitor_id": pa.array(visitors),
            "occurred_at": pa.array([FIRST + timedelta(days=days, minutes=m) for m in minutes], pa.timestamp("us")),
            "event_type": pa.array(types, pa.string()),
            "page": pa.array(pages, pa.string()),
            "category": pa.array(categories, pa.string()),
        }
    )
    return engine().create_table(f"log_{next(_numbers)}", rows)


def events(clicks: list[Click], gap_minutes: int = 30, **options: Any) -> pa.Table:
    found: pa.Table = numbered(table(clicks, **options), gap_minutes=gap_minutes).to_pyarrow()
    return found


def visits(numbered_clicks: pa.Table) -> pd.DataFrame:
    written = engine().create_table(f"written_{next(_numbers)}", numbered_clicks)
    frame: pd.DataFrame = sessions_of(written).order_by("session").to_pyarrow().to_pandas()
    return frame


@few
@given(clicks=CLICKS)
def test_every_click_is_in_exactly_one_session(clicks: list[Click]) -> None:
    """No click is lost or doubled; places count from 1, sessions from 0, without a hole; rows come out in their order."""
    frame = events(clicks).to_pandas()
    assert len(frame) == len(clicks)
    came = table(clicks).to_pyarrow().to_pandas()
    columns = list(came.columns)
    in_any_order = {"by": columns, "ignore_index": True}
    assert_frame_equal(frame[columns].sort_values(**in_any_order), came.sort_values(**in_any_order))
    numbers = list(zip(frame.session, frame.position, strict=True))
    assert numbers == [
        (session, place)
        for session, length in frame.groupby("session").size().items()
        for place in range(1, length + 1)
    ]
    assert set(frame.session) == set(range(frame.session.max() + 1))
    assert frame.groupby("session").visitor_id.nunique().eq(1).all()


@few
@given(clicks=CLICKS, shorter=st.integers(1, 90), more=st.integers(0, 90))
def test_a_longer_gap_never_makes_more_sessions(clicks: list[Click], shorter: int, more: int) -> None:
    """Whatever parts two visits by the longer gap parts them by the shorter one."""
    parted, joined = events(clicks, shorter).to_pandas(), events(clicks, shorter + more).to_pandas()
    assert joined.session.nunique() <= parted.session.nunique()


@few
@given(clicks=CLICKS, data=st.data())
def test_shuffled_clicks_change_nothing(clicks: list[Click], data: st.DataObject) -> None:
    """Numbers and sessions are the same to the last bit, however the rows are ordered."""
    shuffled = data.draw(st.permutations(clicks))
    assert events(shuffled).equals(events(clicks))
    assert_frame_equal(visits(events(shuffled)), visits(events(clicks)), check_exact=True)


@few
@given(clicks=CLICKS, days=st.integers(-3000, 3000))
def test_days_later_nothing_has_changed(clicks: list[Click], days: int) -> None:
    """All times moved by the same number of days: only the times themselves are others."""
    moved, here = visits(events(clicks, days=days)), visits(events(clicks))
    times = ["started_at", "started_on"]
    assert_frame_equal(moved.drop(columns=times), here.drop(columns=times), check_exact=True)
    assert (moved.started_at - here.started_at).eq(pd.Timedelta(days=days)).all()


@few
@given(clicks=CLICKS, gap=st.integers(1, 90))
def test_clicks_are_counted_as_their_sessions_are(clicks: list[Click], gap: int) -> None:
    """The summary that numbers no click says what the sessions say, each of them by hand."""
    known = [(visitor, minute, kind or "other", page, category) for visitor, minute, kind, page, category in clicks]
    told, rows = summarise_clicks(table(known), gap), visits(events(known, gap))
    assert (told.sessions, told.clicks) == (len(rows), len(clicks))
    assert told.visitors == len({click[0] for click in clicks})
    assert told.bounce_rate == rows.is_bounce.mean()
    assert told.clicks_per_session_median == rows.click_count.median()
    assert told.clicks_per_session_max == rows.click_count.max()
    assert told.seconds_per_session_mean == rows.session_seconds.sum() / len(rows)
    assert told.cart_rate == rows.has_cart.astype(bool).mean()
    assert told.purchase_rate == rows.has_purchase.astype(bool).mean()
    by_type = {row.visitor_type: (row.sessions, row.buyers) for row in told.by_visitor_type}
    kinds = rows.groupby("visitor_type").has_purchase
    assert by_type == {name: (len(bought), int(bought.astype(bool).sum())) for name, bought in kinds}
