"""What holds for any numbers: every customer in exactly one bar, group and cell, and boxes in their order."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import exploration
from analytics.customers import CustomerTable
from analytics.metrics import metric

many = settings(max_examples=60, deadline=None)
NAMES = ("revenue_total", "order_count")
VALUES = st.lists(
    st.one_of(
        st.none(),
        st.integers(-3, 40).map(float),
        st.floats(-1e6, 1e6).map(lambda value: round(value, 2)),
        st.floats(0, 1e9).map(lambda value: round(value, 4)),
    ),
    min_size=1,
    max_size=60,
)


def table_of(values: list[float | None]) -> CustomerTable:
    size = len(values)
    segments = pd.Categorical([("A", "B")[place % 2] for place in range(size)], ["A", "B"], ordered=True)
    known = pd.Series(values, dtype=float)
    frame = pd.DataFrame({"customer_id": map(str, range(size)), NAMES[0]: known, NAMES[1]: 1, "segment": segments})
    return CustomerTable(frame, date(2024, 1, 1), "", "x@1", tuple(metric(name) for name in NAMES), ("segment",))


@many
@given(values=VALUES, log=st.booleans())
def test_every_customer_is_in_one_bar_or_counted_beside(values: list[float | None], log: bool) -> None:
    """Bars follow on one another without a gap, each holds whom its rule finds, and together with those beside they are all."""
    table = table_of(values)
    found = exploration.distribution(table, "revenue_total", log=log)
    assert sum(item.customers for item in found.bins) + found.missing + found.not_positive == len(values)
    assert all(one.high == other.low for one, other in zip(found.bins, found.bins[1:], strict=False))
    for place, item in enumerate(found.bins):
        assert found.rule(place).mask(table.frame).sum() == item.customers


@many
@given(values=VALUES)
def test_every_customer_is_in_one_group(values: list[float | None]) -> None:
    """However numbers are parted, each group holds exactly whom its rule finds, and nobody is in two."""
    table = table_of(values)
    groups = exploration.grouped(table, "revenue_total")
    masks = np.array([rule.mask(table.frame) for rule in groups.rules])
    assert (masks.sum(axis=0) == 1).all()
    assert (masks.argmax(axis=0) == groups.codes).all()
    crossed = exploration.pivot(table, "segment", "revenue_total")
    assert crossed.values.sum() == len(values)
    assert (crossed.customers.sum(axis=0) == np.bincount(groups.codes, minlength=len(groups))).all()


@many
@given(values=VALUES)
def test_a_box_is_in_order(values: list[float | None]) -> None:
    """Whisker, quartile, median, quartile, whisker never cross, and outliers are the rest."""
    table = table_of(values)
    for box in exploration.boxes(table, "revenue_total"):
        if box.median is None:
            assert box.missing == box.customers
            continue
        assert box.low_whisker is not None
        assert box.high_whisker is not None
        assert box.lower_quartile <= box.median <= box.upper_quartile
        assert box.low_whisker <= box.high_whisker
        assert 0 <= box.outliers < box.customers - box.missing


@many
@given(values=VALUES)
def test_correlations_are_between_minus_one_and_one(values: list[float | None]) -> None:
    """However the numbers lie, r is symmetrical, 1 with itself, and never beyond 1."""
    table = table_of(values)
    squared = table.frame["revenue_total"] ** 2
    frame = table.frame.assign(order_count=np.where(squared.isna(), 1, np.arange(len(values))))
    found = exploration.correlations(CustomerTable(frame, table.as_of, "", "x@1", table.metrics, ("segment",)))
    assert np.array_equal(found.r, found.r.T, equal_nan=True)
    known = found.r[~np.isnan(found.r)]
    assert (np.abs(known) <= 1).all()
