"""Cohorts by a segmentation: each of its groups is a cohort, with the customers that the segmentation puts in it."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pytest
from click.testing import CliRunner

from analytics import cohorts
from analytics.__main__ import main
from analytics.errors import RequestError
from analytics.request import AnalysisRequest
from analytics.rules import Condition
from analytics.segmentation import cohort_table, keep, keep_rule, scored, segment
from tests.conftest import Order, Publish, shop_in_memory, varied_shop

FOUR = AnalysisRequest("shop", algorithm="kmeans", k=4)
SHOP = [
    Order("ada", "2021-01-05", "10"),
    Order("ada", "2021-02-05", "10"),
    Order("ada", "2021-03-01", "10"),
    Order("bo", "2021-01-10", "30"),
    Order("cy", "2021-01-20", "20"),
    Order("cy", "2021-02-20", "5"),
    Order("dee", "2021-03-02", "99"),
]


def test_a_kept_rule_by_hand(publish: Publish) -> None:
    """Ada and Cy ordered again, both in the month after; of Bo and Dee, February is known of Bo alone, who did not."""
    source = publish(SHOP)
    pin = keep_rule(Condition("order_count", "at least", 2), scored(AnalysisRequest("shop"), source), "Came back")
    found = cohort_table(source, None, "Came back")
    assert found.to_json()["by"] == found.kind.name == pin.column
    assert (found.keys, found.size.tolist()) == (("Came back", "Everyone else"), [2, 2])
    assert found.active[:, :2].tolist() == [[2, 2], [2, 0]]
    assert found.eligible[:, :2].tolist() == [[2, 2], [2, 1]]
    assert found.revenue[:, :2].tolist() == [[30.0, 15.0], [129.0, 0.0]]
    assert "'Came back'" in found.kind.meaning


@pytest.mark.parametrize("name", ["Spring groups", "spring GROUPS", "pinned_spring_groups"])
def test_a_kept_clustering_is_the_clustering(publish: Publish, name: str) -> None:
    """By its name, however it is written, or by its column: on the same customers as by the clustering it was kept of."""
    source = publish(varied_shop())
    keep(segment(FOUR, source), FOUR, "Spring groups")
    kept, own = cohort_table(source, None, name), cohort_table(source, None, "kmeans:k=4")
    assert kept.keys == own.keys
    assert {**kept.to_json(), "by": "kmeans:k=4"} == own.to_json()


def test_groups_are_counted_as_segment_counts_them() -> None:
    """The sizes of the cohorts by a clustering are those of its segments, also on an earlier day and in memory."""
    source, day = shop_in_memory(varied_shop()), date(2021, 11, 1)
    found = cohort_table(source, day, "kmeans:k=3")
    expected = segment(AnalysisRequest(source.name, as_of=day, algorithm="kmeans", k=3), source)
    assert found.labels == tuple(group.name for group in expected.segments)
    assert found.size.tolist() == [group.customers for group in expected.segments]
    assert np.all(found.active[:, 0] == found.size)


@pytest.mark.parametrize(("by", "same"), [("rfm", "segment"), ("segment", "segment"), ("week", "week")])
def test_kinds_stay_what_they_are(by: str, same: str) -> None:
    """RFM is the kind `segment`; every kind is what the cohorts say of it."""
    source = shop_in_memory(SHOP)
    assert cohort_table(source, None, by).to_json() == cohorts.cohort_table(source, None, same).to_json()


def test_a_name_that_means_nothing_is_told_the_kinds() -> None:
    """Whoever mistypes is told both: the kinds of cohorts, and how a segmentation is named."""
    with pytest.raises(RequestError, match=r"by month, week, .*, segment, or by a segmentation\. There is no .*'wek'"):
        cohort_table(shop_in_memory(SHOP), None, "wek")
    with pytest.raises(RequestError, match="kmeans:k=4"):
        cohort_table(shop_in_memory(SHOP), None, "cluster")


def test_the_command(publish: Publish) -> None:
    """The command line answers by a kept name and by a clustering, and in one sentence where it cannot."""
    source = publish(varied_shop())
    keep(segment(FOUR, source), FOUR, "Spring")
    for by in ("Spring", "kmeans:k=4"):
        ran = CliRunner().invoke(main, ["cohorts", "shop", "--by", by, "--json"])
        assert ran.exit_code == 0, ran.output
        assert json.loads(ran.output) == cohort_table(source, None, by).to_json()
    assert "Customers" in CliRunner().invoke(main, ["cohorts", "shop", "--by", "Spring"]).output
    failed = CliRunner().invoke(main, ["cohorts", "shop", "--by", "Autumn"])
    assert failed.exit_code != 0
    assert "Traceback" not in failed.output
    assert "'Autumn'" in failed.output
