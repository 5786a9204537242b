"""Scores from 1 to 5 by value, and the segments that they name."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from analytics import rfm
from analytics.customers import CustomerTable, customer_table
from analytics.errors import RequestError
from tests.conftest import Order, shop_in_memory

# Copied from TRUTHS.md: scores written R F M, 5 best.
GRID = {
    "Champions": "555 554 544 545 454 455 445",
    "Loyal": "543 444 435 355 354 345 344 335",
    "Potential Loyalist": "553 551 552 541 542 533 532 531 452 451 442 441 431 453 433 432 423 353 352 351 342 341 333 323",
    "New": "512 511 422 421 412 411 311",
    "Promising": "525 524 523 522 521 515 514 513 425 424 413 414 415 315 314 313",
    "Need Attention": "535 534 443 434 343 334 325 324",
    "About To Sleep": "331 321 312 221 213 231 241 251",
    "At Risk": "255 254 245 244 253 252 243 242 235 234 225 224 153 152 145 143 142 135 134 133 125 124",
    "Cannot Lose": "155 154 144 214 215 115 114 113",
    "Hibernating": "332 322 233 232 223 222 132 123 122 212 211",
    "Lost": "111 112 121 131 141 151",
}


def measured(recency: list[int], orders: list[int], revenue: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"recency_days": recency, "order_count": orders, "revenue_total": revenue})


FIVE = measured([10, 20, 30, 40, 50], [1, 1, 1, 2, 10], [7.0, 7.0, 7.0, 7.0, 7.0])


def table_of(frame: pd.DataFrame) -> CustomerTable:
    ids = pd.Series([f"c{row:03d}" for row in range(len(frame))], dtype="str")
    return CustomerTable(frame.assign(customer_id=ids), date(2020, 1, 1), "", "shop@1", (), ())


def test_breaks_by_hand() -> None:
    """Type 7 quantiles of 1 1 1 2 10: at .6 four tenths of the way from 1 to 2, at .8 a fifth of the way from 2 to 10."""
    at = rfm.breaks(FIVE)
    assert at.order_count == pytest.approx((1, 1, 1.4, 3.6))
    assert at.recency_days == pytest.approx((18, 26, 34, 42))
    assert at.revenue_total == (7, 7, 7, 7)


def test_scores_by_hand() -> None:
    """One more than the breaks that lie below: 1 1 1 2 10 orders score 1 1 1 4 5, and ties share a score."""
    scored = rfm.scores(FIVE)
    assert scored["frequency_score"].tolist() == [1, 1, 1, 4, 5]


def test_the_most_recent_scores_five() -> None:
    """For recency few days are good: the latest customer scores 5, the longest away 1."""
    assert rfm.scores(FIVE)["recency_score"].tolist() == [5, 4, 3, 2, 1]


def test_a_constant_metric_parts_nobody() -> None:
    """Where all are equal nobody is above a break: monetary 1 for all; recency, counted down from the best, 5 for all."""
    scored = rfm.scores(measured([9] * 4, [2] * 4, [7.0] * 4))
    assert scored.to_numpy().tolist() == [[5, 1, 1]] * 4


def test_one_customer() -> None:
    """A single customer is new: recency 5, frequency 1, monetary 1."""
    table = rfm.with_segments(table_of(measured([400], [30], [9000.0])))
    assert table.frame.loc[0, ["recency_score", "frequency_score", "monetary_score"]].tolist() == [5, 1, 1]
    assert table.frame["segment"].tolist() == ["New"]


def test_equal_values_have_equal_scores() -> None:
    """Half of the customers have one order, and all of these have the same score, wherever their rows are."""
    orders = [1] * 10 + [2] * 4 + [3] * 3 + [9] * 3
    shuffled = np.random.default_rng(3).permutation(20)
    frame = measured(list(range(20)), orders, [float(value) for value in orders])
    scored = rfm.scores(frame)["frequency_score"]
    assert scored.groupby(frame["order_count"]).nunique().tolist() == [1, 1, 1, 1]
    assert scored.groupby(frame["order_count"]).first().tolist() == [1, 3, 4, 5]
    again = rfm.scores(frame.iloc[shuffled])["frequency_score"]
    assert again.sort_index().tolist() == scored.tolist()


def test_scores_rise_with_the_value() -> None:
    """More orders or more revenue never score less, more days never score more."""
    rng = np.random.default_rng(0)
    frame = measured(
        rng.integers(1, 400, 200).tolist(), rng.integers(1, 20, 200).tolist(), rng.gamma(2, 50, 200).tolist()
    )
    scored = rfm.scores(frame)
    for metric, score, sign in (
        ("order_count", "frequency_score", 1),
        ("revenue_total", "monetary_score", 1),
        ("recency_days", "recency_score", -1),
    ):
        in_order = scored[score].to_numpy()[np.argsort(sign * frame[metric].to_numpy(), kind="stable")]
        assert (np.diff(in_order) >= 0).all()
        assert set(in_order) == {1, 2, 3, 4, 5}


@pytest.mark.parametrize("name", GRID)
def test_grid_cells(name: str) -> None:
    """TRUTHS: each segment of the grid of 125 has exactly the published cells."""
    segment = next(known for known in rfm.GRID.segments if known.name == name)
    assert set(segment.cells) == set(GRID[name].split())
    assert len(segment.cells) == len(GRID[name].split())


def test_grid_has_the_published_segments_in_their_order() -> None:
    """TRUTHS: the eleven segments, best first."""
    assert rfm.GRID.names == tuple(GRID)


@pytest.mark.parametrize(
    ("cell", "name"), [("555", "Champions"), ("511", "New"), ("155", "Cannot Lose"), ("111", "Lost")]
)
def test_cells_are_read_as_recency_frequency_monetary(cell: str, name: str) -> None:
    """The first digit is recency: 511 is new and 155 cannot be lost, not the other way round."""
    scored = pd.DataFrame([list(map(int, cell))], columns=list(rfm.SCORES))
    assert rfm.GRID.names[rfm.segment_codes(scored)[0]] == name


def test_all_125_cells_are_looked_up_as_they_are_listed() -> None:
    """Every combination of three scores finds the segment that lists it."""
    for segment, cells in GRID.items():
        scored = pd.DataFrame([list(map(int, cell)) for cell in cells.split()], columns=list(rfm.SCORES))
        assert {rfm.GRID.names[code] for code in rfm.segment_codes(scored)} == {segment}


def test_summary_adds_up() -> None:
    """Each segment's customers, orders and revenue by hand; a segment without customers has 0 and no means."""
    table = rfm.with_segments(table_of(FIVE))
    found = rfm.summarise(table)
    assert table.frame["segment"].tolist() == ["New", "New", "New", "About To Sleep", "Lost"]
    assert found["customers"].sum() == 5
    assert found["orders"].sum() == 15
    assert found["revenue"].sum() == 35.0
    assert found.loc["New", ["customers", "orders", "revenue"]].tolist() == [3, 3, 21.0]
    assert found.loc["New", ["recency_days_mean", "order_count_mean", "revenue_total_mean"]].tolist() == [
        20.0,
        1.0,
        7.0,
    ]
    assert found.loc["Champions", "customers"] == 0
    assert np.isnan(found.loc["Champions", "revenue_total_mean"])


def test_summary_of_those_kept() -> None:
    """Only the customers kept are counted; the others do not change them."""
    table = rfm.with_segments(table_of(FIVE))
    found = rfm.summarise(table, np.array([True, False, False, False, True]))
    assert found["customers"].sum() == 2
    assert found.loc["New", ["customers", "orders", "revenue"]].tolist() == [1, 1, 7.0]


def test_score_grid() -> None:
    """Rows are recency, columns frequency, from 1 to 5."""
    table = rfm.with_segments(table_of(FIVE))
    customers, revenue = rfm.score_grid(table)
    expected = np.zeros((5, 5), dtype=int)
    expected[[4, 3, 2, 1, 0], [0, 0, 0, 3, 4]] = 1
    assert customers.tolist() == expected.tolist()
    assert revenue.tolist() == (expected * 7.0).tolist()
    kept, _ = rfm.score_grid(table, np.array([True, False, False, False, False]))
    assert (kept.sum(), kept[4, 0]) == (1, 1)


def test_scores_join_the_table() -> None:
    """The three scores and the segment come after the attributes; the segment is ordered, best first."""
    table = rfm.with_segments(
        customer_table(shop_in_memory([Order("a", "2020-01-01"), Order("b", "2020-01-02", "20")]))
    )
    assert table.attributes == ("country", "recency_score", "frequency_score", "monetary_score", "segment")
    assert list(table.frame.columns)[-4:] == list(table.attributes)[-4:]
    assert table.frame["segment"].cat.ordered
    assert tuple(table.frame["segment"].cat.categories) == tuple(GRID)


def test_unknown_preset() -> None:
    """A preset that does not exist is named, with those that do."""
    with pytest.raises(RequestError, match=r"There is no RFM preset 'stars'\. There is grid\."):
        rfm.preset("stars")
