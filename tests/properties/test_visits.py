"""What holds of any visits: parts add up to the whole, and what a filter leaves out is in no number."""

from __future__ import annotations

from datetime import date

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analytics.behaviour import measures
from analytics.behaviour.visits import UNKNOWN_DAY, Coded, Visits
from analytics.matching import Mask

FIRST = (date(2024, 1, 1) - date(1970, 1, 1)).days

visit = st.fixed_dictionaries(
    {
        "clicks": st.integers(1, 300),
        "seconds": st.floats(0, 9_000, width=32),
        "day": st.one_of(st.just(int(UNKNOWN_DAY)), st.integers(FIRST, FIRST + 120)),
        "hour": st.integers(-1, 23),
        "has_cart": st.booleans(),
        "has_purchase": st.booleans(),
        "visitor": st.integers(-1, 6),
        "device": st.integers(-1, 2),
        "kept": st.booleans(),
    }
)


def _visits(rows: list[dict[str, float]]) -> tuple[Visits, Mask]:
    def column(name: str, dtype: str) -> np.ndarray:
        return np.array([row[name] for row in rows], dtype=dtype)

    return Visits(
        counted=np.ones(len(rows), dtype=bool),
        clicks=column("clicks", "int32"),
        seconds=column("seconds", "float32"),
        day=column("day", "int32"),
        hour=column("hour", "int8"),
        has_cart=column("has_cart", "bool"),
        has_purchase=column("has_purchase", "bool"),
        days_since_last=np.full(len(rows), np.nan, dtype=np.float32),
        visitor=column("visitor", "int32"),
        customer=None,
        groups={"device": Coded(column("device", "int16"), ("phone", "desktop", "tablet"))},
    ), column("kept", "bool")


@given(st.lists(visit, min_size=1, max_size=40))
def test_a_filter_and_its_opposite_add_up_to_all(rows: list[dict[str, float]]) -> None:
    """Hours, weeks, clicks, lengths and devices: those kept and those left out are together everyone."""
    visits, keep = _visits(rows)
    for count in (measures.by_hour, measures.by_weekday):
        whole, part, rest = count(visits), count(visits, keep), count(visits, ~keep)
        assert (whole == part + rest).all()
    for binned in (measures.clicks_binned, measures.seconds_binned):
        whole, part, rest = binned(visits), binned(visits, keep), binned(visits, ~keep)
        assert (whole.counts == part.counts + rest.counts).all()
        assert whole.unknown == part.unknown + rest.unknown
    device = [measures.breakdown(visits, "device", mask)["sessions"].sum() for mask in (None, keep, ~keep)]
    assert device[0] == device[1] + device[2]
    weeks = measures.by_week(visits)
    if weeks is not None:
        parts = [measures.by_week(visits, mask)[["sessions", "purchases"]] for mask in (keep, ~keep)]
        assert (weeks[["sessions", "purchases"]] == parts[0] + parts[1]).all(axis=None)


@given(st.lists(visit, min_size=1, max_size=40))
def test_no_visit_is_counted_twice_or_lost(rows: list[dict[str, float]]) -> None:
    """Bins and those not in any are all visits; an interval holds its share; shares lie between nought and one."""
    visits, _ = _visits(rows)
    clicks, seconds = measures.clicks_binned(visits), measures.seconds_binned(visits)
    assert clicks.counts.sum() == len(rows)
    assert seconds is not None
    assert seconds.counts.sum() + seconds.unknown == len(rows)
    found = measures.breakdown(visits, "device")
    assert (found["low"] <= found["purchase_rate"] + 1e-12).all()
    assert (found["purchase_rate"] <= found["high"] + 1e-12).all()
    assert found["sessions"].sum() == sum(row["device"] >= 0 for row in rows)


@given(st.lists(visit, min_size=1, max_size=40))
def test_fewer_visitors_had_a_longer_time_to_return(rows: list[dict[str, float]]) -> None:
    """The longer the time that is asked for, the fewer were there long enough; of those, no more returned than there are."""
    visits, _ = _visits(rows)
    found = measures.returning(visits)
    assert [item.visitors for item in found] == sorted((item.visitors for item in found), reverse=True)
    assert all(0 <= item.returned <= item.visitors for item in found)


@given(st.lists(visit, min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_the_order_of_visits_changes_no_sum(rows: list[dict[str, float]], random: object) -> None:
    """Sums do not ask which visit came first in the file."""
    shuffled = rows[:]
    random.shuffle(shuffled)
    one, other = _visits(rows)[0], _visits(shuffled)[0]
    assert (measures.by_hour(one) == measures.by_hour(other)).all()
    assert measures.returning(one) == measures.returning(other)
    ours, theirs = measures.visit_figures(one), measures.visit_figures(other)
    assert (ours.sessions, ours.visitors, ours.bounce_rate) == (theirs.sessions, theirs.visitors, theirs.bounce_rate)
