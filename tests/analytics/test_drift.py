"""Drift: the population stability index by hand, and the bins that it is counted in."""

from __future__ import annotations

from math import log

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.segmentation.drift import drift
from analytics.shifts import bins_from_json, bins_of, stability_index, verdict

shares = st.lists(st.integers(1, 100), min_size=4, max_size=4).map(lambda parts: [part / sum(parts) for part in parts])


def test_the_index_by_hand() -> None:
    """Half and half become a quarter and three quarters: -.25 ln .5 + .25 ln 1.5."""
    assert stability_index([0.5, 0.5], [0.25, 0.75]) == pytest.approx(-0.25 * log(0.5) + 0.25 * log(1.5))
    assert stability_index([0.5, 0.5], [0.5, 0.5]) == 0


@given(shares, shares)
def test_the_index_is_never_negative_and_knows_no_direction(one: list[float], other: list[float]) -> None:
    """Then against now is now against then, and is 0 where nothing moved."""
    assert stability_index(one, other) >= 0
    assert stability_index(one, other) == pytest.approx(stability_index(other, one))
    assert stability_index(one, one) == 0


def test_a_bin_that_empties_is_a_large_index_and_no_failure() -> None:
    """Nobody left in a bin counts as one in ten thousand."""
    assert stability_index([0.5, 0.5], [0.0, 1.0]) == pytest.approx((1e-4 - 0.5) * log(2e-4) + 0.5 * log(2))


@pytest.mark.parametrize(
    ("index", "word"), [(0.0, "stable"), (0.0999, "stable"), (0.1, "moved"), (0.25, "moved"), (0.2501, "changed")]
)
def test_the_words(index: float, word: str) -> None:
    """Below .1 is stable, to .25 moved, above it changed."""
    assert verdict(index) == word


def test_a_number_is_counted_by_its_deciles() -> None:
    """A hundred different values are ten bins of ten; the bin for missing ones is empty."""
    found = bins_of("x", pd.Series(np.arange(100.0)))
    assert len(found.edges) == 9
    assert found.shares == pytest.approx((0.1,) * 10 + (0.0,))
    moved = found.count(pd.Series([-5.0, 1000.0, np.nan, np.nan]))
    assert moved.tolist() == [0.25, 0, 0, 0, 0, 0, 0, 0, 0, 0.25, 0.5]


def test_ties_make_fewer_bins() -> None:
    """Where nearly all have one value there is one edge, and those above it are a bin."""
    found = bins_of("x", pd.Series([1.0] * 95 + [2.0] * 5))
    assert found.edges == (1.0,)
    assert found.shares == pytest.approx((0.95, 0.05, 0.0))


def test_a_category_is_counted_by_its_values() -> None:
    """A value that is new is among the others, and missing is a bin."""
    found = bins_of("x", pd.Series(["a", "a", "b", None]).astype("category"))
    assert found.levels == ("a", "b")
    assert found.shares == (0.5, 0.25, 0.0, 0.25)
    assert found.count(pd.Series(["c", "b"])).tolist() == [0, 0.5, 0.5, 0]
    assert bins_from_json(found.to_json()) == found


def test_drift_says_the_worst_first() -> None:
    """What moved most comes first, and the word is that of the largest index."""
    frame = pd.DataFrame({"still": np.arange(100.0), "gone": np.arange(100.0)})
    known = [bins_of(name, frame[name]) for name in frame]
    found = drift(known, frame.assign(gone=frame["gone"] + 500), (0.5, 0.5), (0.5, 0.5))
    assert [name for name, _ in found.features] == ["gone", "still"]
    assert (found.segments, found.features[1][1], found.verdict) == (0.0, 0.0, "changed")
    assert found.to_json()["features"][1] == {"column": "still", "psi": 0.0, "verdict": "stable"}
