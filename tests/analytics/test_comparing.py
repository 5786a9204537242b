"""Segmentations side by side: by hand, against scikit-learn, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

from analytics.errors import RequestError
from analytics.request import AnalysisRequest
from analytics.segmentation import compare, segment, stored_comparison
from analytics.segmentation.comparing import adjusted_mutual_information, adjusted_rand
from tests.conftest import Order, Publish, shop_in_memory, varied_shop

RFM = AnalysisRequest("shop")


def crossed(one: list[int], other: list[int]) -> np.ndarray:
    """The cross-table of two lists of labels, with an empty row and an empty column that mean nothing."""
    table = np.zeros((max(one) + 2, max(other) + 2), dtype=np.int64)
    np.add.at(table, (one, other), 1)
    return table


labels = st.integers(2, 60).flatmap(
    lambda size: st.tuples(*(st.lists(st.integers(0, 5), min_size=size, max_size=size) for _ in range(2)))
)


@given(labels)
def test_the_indices_are_scikit_learns(pair: tuple[list[int], list[int]]) -> None:
    """On any two labellings both indices equal scikit-learn's, one group or a group each included."""
    table = crossed(*pair)
    assert adjusted_rand(table) == pytest.approx(adjusted_rand_score(*pair), abs=1e-12)
    assert adjusted_mutual_information(table) == pytest.approx(adjusted_mutual_info_score(*pair), abs=1e-9)


@given(labels)
def test_the_order_of_the_segments_does_not_matter(pair: tuple[list[int], list[int]]) -> None:
    """Turning the table over or exchanging its sides changes neither index."""
    table = crossed(*pair)
    for index in (adjusted_rand, adjusted_mutual_information):
        assert index(table[::-1, ::-1]) == pytest.approx(index(table), abs=1e-9)
        assert index(table.T) == pytest.approx(index(table), abs=1e-9)


def test_the_rand_index_by_hand() -> None:
    """Six customers, 2+1 and 0+3: pairs together 1+3 = 4, rows 3+3, columns 1+6, of 15: (4 - 2.8) / (6.5 - 2.8)."""
    assert adjusted_rand(np.array([[2, 1], [0, 3]])) == pytest.approx((4 - 2.8) / (6.5 - 2.8))


def test_a_comparison_by_hand() -> None:
    """Two rich and two poor customers: two clusters and the RFM segments are told apart cell by cell."""
    orders = [Order("a", "2021-01-01", "1000"), Order("b", "2021-01-02", "990"), Order("c", "2020-01-01", "1"),
              Order("d", "2020-01-02", "2")]  # fmt: skip
    source = shop_in_memory(orders)
    asked = AnalysisRequest("shop", algorithm="kmeans", k=2)
    found = compare(RFM, source, ["rfm", "kmeans:k=2"])
    clustered, scored = segment(asked, source), segment(RFM, source)
    assert clustered.codes.tolist() == [0, 0, 1, 1]
    pair = found.pair(0, 1)
    assert pair.table.sum() == 4
    assert pair.table.sum(axis=0).tolist() == [2, 2]
    for rfm_code, code in zip(scored.codes, clustered.codes, strict=True):
        assert pair.table[rfm_code, code] >= 1
    assert pair.row_shares.sum() == (pair.table.sum(axis=1) > 0).sum()
    assert [side.name for side in found.sides] == ["rfm", "kmeans:k=2"]
    assert found.sides[1].customers == (2, 2)
    assert (found.sides[1].k, found.sides[1].smallest_share, found.sides[1].noise_share) == (2, 0.5, 0.0)
    assert found.sides[1].silhouette == clustered.silhouette


def test_every_customer_is_in_every_table() -> None:
    """Of three segmentations there are three pairs, each with all customers, and the JSON begins with the first two."""
    source = shop_in_memory(varied_shop())
    found = compare(RFM, source, ["kmeans:k=3", "rfm", "kmeans:k=5,scaling=robust"])
    assert [(pair.one, pair.other) for pair in found.pairs] == [(0, 1), (0, 2), (1, 2)]
    assert all(pair.table.sum() == found.customers == 60 for pair in found.pairs)
    for pair in found.pairs:
        assert tuple(pair.table.sum(axis=1)) == found.sides[pair.one].customers
        assert tuple(pair.table.sum(axis=0)) == found.sides[pair.other].customers
    told = json.loads(json.dumps(found.to_json()))
    assert told["adjusted_rand"] == told["pairs"][0]["adjusted_rand"] == found.pairs[0].adjusted_rand
    assert told["table"]["customers"] == found.pairs[0].table.tolist()
    assert len(told["pairs"]) == 3
    assert "pairs" not in compare(RFM, source, ["rfm", "kmeans:k=3"]).to_json()


def test_a_segmentation_agrees_with_itself() -> None:
    """The same groups by another name, here the same k with k as it is proposed, agree in full."""
    source = shop_in_memory(varied_shop())
    proposed = segment(AnalysisRequest("shop", algorithm="kmeans"), source).k
    found = compare(RFM, source, ["kmeans", f"kmeans:k={proposed}"])
    assert found.pairs[0].adjusted_rand == pytest.approx(1.0)
    assert found.pairs[0].adjusted_mutual_information == pytest.approx(1.0)


def test_what_was_compared_is_found_again(publish: Publish) -> None:
    """A comparison of a stored version is kept beside it, and the same when it is read."""
    source = publish(varied_shop())
    names = ["rfm", "kmeans:k=3"]
    assert source.stored is not None
    assert stored_comparison(RFM, source.stored, names) is None
    found = compare(RFM, source, names)
    again = stored_comparison(RFM, source.stored, names)
    assert again is not None
    assert json.dumps(again.to_json()) == json.dumps(found.to_json())


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["rfm"], "Compare 2 to 4 segmentations, not 1"),
        (["rfm"] * 5, "Compare 2 to 4 segmentations, not 5"),
        (["rfm", "rfm "], "'rfm' is there twice"),
        (["kmeans:k=3,seed=0", "kmeans:k=3"], "'kmeans:k=3' is there twice"),
        (["rfm", "Spring"], "There is no segmentation 'Spring'"),
        (["rfm", "kmeans:k=4,attributes=shoe_size"], "shoe_size"),
    ],
)
def test_what_cannot_be_compared_is_refused(names: list[str], said: str) -> None:
    """Too few, too many, the same twice, or what there is not: a sentence says which."""
    with pytest.raises(RequestError) as refused:
        compare(RFM, shop_in_memory(varied_shop()), names)
    assert said in str(refused.value)
