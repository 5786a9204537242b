"""Groups: what is counted over groups is what is counted over customers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analytics.customers import CustomerTable
from analytics.groups import CUSTOMERS, group
from analytics.rfm import SCORES, score_grid, summarise, with_segments
from analytics.rules import AllOf, Condition, Not


@pytest.fixture(scope="module")
def table() -> CustomerTable:
    """Three thousand invented customers in three countries, some in none."""
    draw = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "customer_id": [f"{number:05d}" for number in range(3000)],
            "recency_days": draw.integers(1, 400, 3000),
            "order_count": draw.integers(1, 30, 3000),
            "revenue_total": draw.gamma(2.0, 100.0, 3000),
            "country": pd.Categorical.from_codes(draw.integers(-1, 3, 3000), ["France", "Malta", "Spain"]),
        }
    )
    return with_segments(CustomerTable(frame, pd.Timestamp("2020-01-01").date(), "EUR", "shop@1", (), ("country",)))


FILTERS = (
    Condition("country", "one of", ("Spain", "Malta")),
    Condition("segment", "one of", ("Champions", "Lost")),
    AllOf((Not(Condition("country", "equal to", "France")), Condition("recency_score", "at least", 4))),
    Condition("country", "missing"),
)


@pytest.mark.parametrize("rule", FILTERS, ids=lambda rule: rule.sentence())
def test_a_filter_means_the_same_on_groups(table: CustomerTable, rule: Condition) -> None:
    """Segments and scores, counted over the groups kept, are those of the customers kept."""
    groups = group(table)
    on_customers, on_groups = rule.mask(table.frame), rule.mask(groups.table.frame)
    assert on_groups[groups.codes].tolist() == on_customers.tolist()
    pd.testing.assert_frame_equal(summarise(groups.table, on_groups), summarise(table, on_customers))
    for one, other in zip(score_grid(groups.table, on_groups), score_grid(table, on_customers), strict=True):
        assert one == pytest.approx(other)


def test_every_customer_is_in_the_group_of_their_like(table: CustomerTable) -> None:
    """A group has one country, one of each score and one segment, and counts its customers."""
    groups = group(table)
    alike = table.frame[["country", *SCORES, "segment"]].astype(object)
    of_group = (
        groups.table.frame[["country", *SCORES, "segment"]].astype(object).iloc[groups.codes].reset_index(drop=True)
    )
    pd.testing.assert_frame_equal(of_group, alike)
    assert groups.table.frame[CUSTOMERS].sum() == len(table)
    assert len(groups.table) <= 4 * 125


def test_a_table_without_countries_is_grouped_by_scores_alone(table: CustomerTable) -> None:
    """Data that came without countries has at most 125 groups."""
    bare = with_segments(
        CustomerTable(
            table.frame[["customer_id", "recency_days", "order_count", "revenue_total"]], table.as_of, "", "x@1", (), ()
        )
    )
    groups = group(bare)
    assert "country" not in groups.table.frame.columns
    assert len(groups.table) <= 125
