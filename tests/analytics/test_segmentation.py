"""Every customer in a segment: by RFM, by clusters, and what is kept beside a version."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from pandas.testing import assert_frame_equal

from analytics.customers import customer_table
from analytics.errors import EmptyDataError, RequestError
from analytics.recommend import play_for
from analytics.request import AnalysisRequest
from analytics.rfm import with_segments
from analytics.segmentation import Segmentation, segment, stored_segmentation
from tests.conftest import Order, Publish, shop_in_memory, varied_shop

RFM = AnalysisRequest("shop")
CLUSTERS = AnalysisRequest("shop", algorithm="kmeans")


@pytest.fixture(autouse=True)
def few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stability and gap rest on three draws here: how they are measured is told elsewhere."""
    monkeypatch.setattr(
        "analytics.clusters.stability.draws", lambda customers, most_rows, _times: (min(customers, most_rows), 3)
    )
    monkeypatch.setattr("analytics.clusters.gap.REFERENCES", 3)


def twelve_kinds() -> list[Order]:
    """Twelve kinds of customers, three of each, all of a kind alike: twelve groups are perfect."""
    return [
        Order(f"c{kind:02d}{twin}", f"2021-{1 + kind % 4 * 3:02d}-{1 + again:02d}", f"{10 ** (kind % 3 + 1)}")
        for kind in range(12)
        for twin in "abc"
        for again in range(1 + kind % 5 * 2)
    ]


def same(one: Segmentation, other: Segmentation) -> None:
    """Two segmentations are one."""
    assert json.dumps(one.to_json()) == json.dumps(other.to_json())
    assert np.array_equal(one.codes, other.codes)
    assert_frame_equal(one.table.frame, other.table.frame, check_exact=True)


def test_rfm_by_hand() -> None:
    """Two customers: the one who came later, more often and for more is a champion, the other is lost."""
    orders = [Order("a", "2020-01-01", "5"), Order("b", "2020-01-09", "10.5"), Order("b", "2020-01-10", "20")]
    found = segment(RFM, shop_in_memory(orders))
    assert {
        group.name: (group.customers, group.orders, group.revenue) for group in found.segments if group.customers
    } == {
        "Champions": (1, 2, 30.5),
        "Lost": (1, 1, 5.0),
    }
    assert found.table.frame["segment"].tolist() == ["Lost", "Champions"]
    assert len(found.segments) == found.k == 11
    lost = found.segments[-1]
    assert (lost.name, lost.play) == ("Lost", play_for("Lost"))
    assert (lost.profile.of("revenue_total").mean, lost.profile.of("revenue_total").rest_mean) == (5.0, 30.5)
    empty = found.segments[1]
    assert (empty.customers, empty.revenue, empty.profile.of("revenue_total").mean) == (0, 0.0, None)


def test_filters_play_no_part() -> None:
    """A filter chooses what is shown, not who is scored against whom."""
    source = shop_in_memory(varied_shop())
    filtered = replace(RFM, countries=("France",), segments=("Lost",), search="c00", sort="recency_days")
    same(segment(filtered, source), segment(RFM, source))


def test_clusters_are_best_first_with_different_names() -> None:
    """The group that brings the most per customer comes first; no two groups share a name."""
    found = segment(replace(CLUSTERS, k=6), shop_in_memory(varied_shop()))
    means = [group.revenue / group.customers for group in found.segments]
    assert means == sorted(means, reverse=True)
    assert len({group.name for group in found.segments}) == 6
    assert all(group.meaning.endswith(".") for group in found.segments)


def test_every_customer_is_in_one_cluster() -> None:
    """Codes, the column of the table and the counts say the same."""
    found = segment(replace(CLUSTERS, k=4), shop_in_memory(varied_shop()))
    assert found.column == "cluster"
    assert np.array_equal(found.table.frame["cluster"].cat.codes, found.codes)
    assert tuple(found.table.frame["cluster"].cat.categories) == tuple(group.name for group in found.segments)
    assert np.bincount(found.codes).tolist() == [group.customers for group in found.segments]
    assert sum(group.customers for group in found.segments) == 60
    assert sum(group.orders for group in found.segments) == len(varied_shop())
    assert "segment" in found.table.frame.columns


def test_without_k_the_proposal_is_taken() -> None:
    """No number of groups asked for is the same as asking for the one proposed, and all from 2 to 10 were tried."""
    source = shop_in_memory(varied_shop())
    found = segment(CLUSTERS, source)
    assert found.clustering is not None
    qualities = found.clustering.qualities
    assert [tried.k for tried in qualities] == list(range(2, 11))
    assert found.k == found.clustering.proposed
    assert not any(tried.degenerate for tried in qualities if tried.k == found.k)
    assert np.array_equal(segment(replace(CLUSTERS, k=found.k), source).codes, found.codes)


def test_the_seed_is_part_of_the_request() -> None:
    """The same request gives the same groups; the seed is told with them."""
    source = shop_in_memory(varied_shop())
    asked = replace(CLUSTERS, k=7, seed=11)
    same(segment(asked, source), segment(asked, source))
    assert segment(asked, source).to_json()["seed"] == 11


def test_kept_clusters_give_the_same_answer(publish: Publish) -> None:
    """Computed, read from beside the version, or without any store: one request has one answer."""
    source = publish(varied_shop())
    assert source.stored is not None
    table = with_segments(customer_table(source))
    assert stored_segmentation(CLUSTERS, source.stored, lambda: table) is None
    computed = segment(CLUSTERS, source)
    kept = stored_segmentation(CLUSTERS, source.stored, lambda: table)
    assert kept is not None
    same(kept, computed)
    same(segment(CLUSTERS, source), computed)
    assert segment(CLUSTERS, shop_in_memory(varied_shop())).to_json() == computed.to_json()


def test_each_request_has_clusters_of_its_own(publish: Publish) -> None:
    """What was kept for one day, seed or choice of metrics is not given for another."""
    source = publish(varied_shop())
    assert source.stored is not None
    segment(CLUSTERS, source)
    table = with_segments(customer_table(source))
    for other in (
        replace(CLUSTERS, seed=1),
        replace(CLUSTERS, metrics=("order_count", "tenure_days")),
        replace(CLUSTERS, as_of=date(2021, 6, 1)),
        replace(CLUSTERS, k=12),
    ):
        assert stored_segmentation(other, source.stored, lambda: table) is None
    assert stored_segmentation(replace(CLUSTERS, countries=("France",)), source.stored, lambda: table) is not None


def test_an_earlier_request_does_not_change_a_later_one(publish: Publish) -> None:
    """Asking for twelve groups, which fit best, changes neither the numbers tried nor the proposal of who does not ask."""
    fresh = segment(CLUSTERS, shop_in_memory(twelve_kinds()))
    source = publish(twelve_kinds())
    twelve = segment(replace(CLUSTERS, k=12), source)
    assert twelve.silhouette == pytest.approx(1.0)
    assert (twelve.k, len(twelve.segments)) == (12, 12)
    same(segment(CLUSTERS, source), fresh)
    same(segment(replace(CLUSTERS, k=12), source), twelve)


def test_two_alike_customers_cannot_be_parted() -> None:
    """Customers who are the same in every metric are one group; asking for two is an error that says why."""
    orders = [Order("a", "2020-01-01"), Order("b", "2020-01-01")]
    with pytest.raises(RequestError, match="1 different customers cannot be parted into 2 groups"):
        segment(CLUSTERS, shop_in_memory(orders))


def test_two_different_customers_are_two_groups() -> None:
    """The smallest clustering there is."""
    found = segment(CLUSTERS, shop_in_memory([Order("a", "2020-01-01", "5"), Order("b", "2020-01-02", "10")]))
    assert [group.customers for group in found.segments] == [1, 1]
    assert found.table.frame["cluster"].cat.codes.tolist() == [1, 0]


def test_one_customer_is_no_clustering() -> None:
    """A single customer can be scored but not grouped."""
    source = shop_in_memory([Order("a", "2020-01-01")])
    assert sum(group.customers for group in segment(RFM, source).segments) == 1
    with pytest.raises(RequestError, match="There is one customer; groups need two or more"):
        segment(CLUSTERS, source)


def test_a_constant_metric_does_no_harm() -> None:
    """A metric that all share parts nobody and leaves the others their say."""
    source = shop_in_memory(varied_shop())
    plain = segment(replace(CLUSTERS, k=3), source)
    constant = replace(CLUSTERS, k=3, metrics=(*CLUSTERS.metrics, "return_count"))
    assert np.array_equal(segment(constant, source).codes, plain.codes)


@pytest.mark.parametrize("k", [3, 20])
def test_more_groups_than_different_customers(k: int, publish: Publish) -> None:
    """Two kinds of customers make two groups at most: more are refused with the most that is possible, kept panel or not."""
    orders = [Order(name, "2020-01-01", "5" if name < "c" else "50") for name in "abcd"]
    source = publish(orders)
    sentence = rf"{k} groups need {k} different customers; there are 2\. Ask for fewer groups\."
    for _ in range(2):
        with pytest.raises(RequestError, match=sentence):
            segment(replace(CLUSTERS, k=k), source)
    assert segment(CLUSTERS, source).k == 2


def test_missing_values_are_told() -> None:
    """A note says for which metric and for how many customers something stood in, and what: of days the longest."""
    orders = varied_shop()
    once = sum(1 for number in range(60) if number % 7 == 0)
    found = segment(replace(CLUSTERS, k=2, metrics=("days_between_orders_mean", "order_count")), shop_in_memory(orders))
    longest = found.table.frame["days_between_orders_mean"].max()
    sentence = f"Days between orders is missing for {once} customers; {longest:.0f} days, the longest known, stands in."
    assert found.notes == (sentence,)


def test_a_metric_that_the_dataset_lacks() -> None:
    """Clustering by a metric whose table did not come is refused by name."""
    with pytest.raises(RequestError, match="This dataset does not have product_count"):
        segment(replace(CLUSTERS, metrics=("product_count", "order_count")), shop_in_memory(varied_shop()))


@pytest.mark.parametrize("request_", [RFM, CLUSTERS], ids=["rfm", "kmeans"])
def test_before_the_first_order(request_: AnalysisRequest) -> None:
    """As of a day before the first order there is nobody to segment."""
    with pytest.raises(EmptyDataError, match="Nobody ordered before 2020-12-31"):
        segment(replace(request_, as_of=date(2020, 12, 31)), shop_in_memory(varied_shop()))


def test_a_table_at_hand_is_used() -> None:
    """With the customer table given, the answer is the same as without."""
    source = shop_in_memory(varied_shop())
    same(segment(CLUSTERS, source, table=customer_table(source)), segment(CLUSTERS, source))


@pytest.mark.parametrize("slip", [1e39, 1e300, -1e300, np.inf])
@pytest.mark.parametrize("attributes", [(), ("points",)])
def test_a_number_beyond_measure_is_missing(slip: float, attributes: tuple[str, ...]) -> None:
    """A slip in a column of the shop's own, whose square is no number, counts as missing: in the groups and in what is said."""
    source = shop_in_memory(varied_shop(40))
    points = np.where(np.arange(40) % 5 == 0, slip, np.arange(40) * 1.5)
    told = []
    for column in (points, np.where(np.abs(points) > 1e30, np.nan, points)):
        table = customer_table(source).with_columns(points=column)
        asked = AnalysisRequest("shop", algorithm="kmeans", k=3, attributes=attributes, scaling="standard")
        found = segment(asked, source, table=table).to_json()
        told.append(json.dumps(found, allow_nan=False))
    assert told[0] == told[1]
