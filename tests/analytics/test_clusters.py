"""Scaling, K-Means, the number of groups and the picture, against what can be computed another way."""

from __future__ import annotations

from importlib import import_module
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score, silhouette_score
from threadpoolctl import threadpool_limits

from analytics.clusters import (
    KMEANS,
    SCALINGS,
    algorithm,
    choose_k,
    load_panel,
    make_panel,
    panel_bytes,
    project,
    propose,
    scale,
    silhouette,
)
from analytics.clusters.choose_k import KQuality
from analytics.clusters.kmeans import SAMPLE
from analytics.errors import EmptyDataError, RequestError

BLOBS, TRUE = make_blobs(400, centers=[[0, 0, 0], [9, 0, 0], [0, 9, 0], [9, 9, 9]], cluster_std=0.8, random_state=1)


def test_log_scaling_by_hand() -> None:
    """log(1 + x) of 0 1 3 is 0 1 2 times log 2; standardised that is −√1.5, 0, √1.5."""
    scaled = scale(pd.DataFrame({"x": [0, 1, 3]}), ("x",))
    assert scaled.matrix[:, 0] == pytest.approx([-np.sqrt(1.5), 0, np.sqrt(1.5)])


def test_negative_values_are_mirrored() -> None:
    """−3 lies as far below 0 as 3 lies above."""
    scaled = scale(pd.DataFrame({"x": [-3, 0, 3]}), ("x",))
    assert scaled.matrix[:, 0] == pytest.approx([-np.sqrt(1.5), 0, np.sqrt(1.5)])


def test_standard_scaling() -> None:
    """Without the logarithm a metric is only centred and divided by its standard deviation."""
    scaled = scale(pd.DataFrame({"x": [0.0, 2.0], "y": [5.0, 1.0]}), ("y", "x"), SCALINGS[1])
    assert scaled.matrix.tolist() == [[1, -1], [-1, 1]]
    assert scaled.columns == ("y", "x")


def test_a_constant_metric_is_zero() -> None:
    """A metric that is the same for all says nothing, and does not divide by zero."""
    assert scale(pd.DataFrame({"x": [0.1] * 3}), ("x",)).matrix.tolist() == [[0.0]] * 3


def test_a_missing_value_is_the_median_of_the_others() -> None:
    """A missing value counts as the median, and how many did is told; it is not 0."""
    found = scale(pd.DataFrame({"x": [1, np.nan, 3, 100, np.nan], "y": [1, 2, 3, 4, 5]}), ("x", "y"))
    assert found.filled == {"x": 2}
    assert found.matrix[:, 0] == pytest.approx(scale(pd.DataFrame({"x": [1, 3, 3, 100, 3]}), ("x",)).matrix[:, 0])


def test_a_metric_that_nobody_has_cannot_be_scaled() -> None:
    """A metric missing for every customer is named."""
    with pytest.raises(EmptyDataError, match="'x' is missing for every customer"):
        scale(pd.DataFrame({"x": [np.nan, np.nan]}), ("x",))


def test_the_same_seed_gives_the_same_groups() -> None:
    """Two fits with one seed are equal to the last bit."""
    one, two = (KMEANS.fit(BLOBS, 5, 3) for _ in range(2))
    assert np.array_equal(one.labels, two.labels)
    assert np.array_equal(one.centers, two.centers)


def test_true_groups_are_found() -> None:
    """Four groups that lie apart are found, and four is the number proposed."""
    found = choose_k(BLOBS, KMEANS)
    assert found.proposed == 4
    assert adjusted_rand_score(TRUE, found.fits[4].labels) == 1.0


def test_the_order_of_the_rows_does_not_matter() -> None:
    """Shuffled customers fall into the same groups; only the groups' numbers may differ."""
    order = np.random.default_rng(5).permutation(len(BLOBS))
    plain, shuffled = KMEANS.fit(BLOBS, 4, 0), KMEANS.fit(BLOBS[order], 4, 0)
    assert adjusted_rand_score(plain.labels[order], shuffled.labels) == 1.0
    assert shuffled.inertia == pytest.approx(plain.inertia)


def test_inertia_is_the_distance_to_the_centres() -> None:
    """Inertia and labels say what the centres say, and the inertia falls as groups are added."""
    fits = [KMEANS.fit(BLOBS, k, 0) for k in (2, 3, 4, 5)]
    for fit in fits:
        distances = ((BLOBS[:, None, :] - fit.centers[None]) ** 2).sum(axis=2)
        assert np.array_equal(fit.labels, distances.argmin(axis=1))
        assert fit.inertia == pytest.approx(distances.min(axis=1).sum())
    assert all(more.inertia < fewer.inertia for fewer, more in pairwise(fits))


def test_a_sample_is_as_good_as_everyone() -> None:
    """Above 50,000 customers the starts run on a sample; the inertia is within .5 % of a fit on all from the true centres."""
    middles = np.array([[0.0, 0], [9, 0], [0, 9], [9, 9]])
    many, _ = make_blobs(SAMPLE + 3_000, centers=middles, cluster_std=2.0, random_state=2)
    with threadpool_limits(1):
        fit, full = KMEANS.fit(many, 4, 0), KMeans(4, init=middles, n_init=1).fit(many)
    assert fit.inertia == pytest.approx(full.inertia_, rel=0.005)
    assert np.bincount(fit.labels).sum() == SAMPLE + 3_000


def test_a_sample_is_drawn_by_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The way by a sample is as repeatable as the one without, and every customer is in the group of the nearest centre."""
    monkeypatch.setattr("analytics.clusters.kmeans.SAMPLE", 200)
    fit, again = KMEANS.fit(BLOBS, 4, 0), KMEANS.fit(BLOBS, 4, 0)
    assert np.array_equal(fit.centers, again.centers)
    assert adjusted_rand_score(TRUE, fit.labels) == 1.0
    assert np.array_equal(KMEANS.place(fit, BLOBS), fit.labels)


@pytest.mark.parametrize("customers", [9, 10_002])
def test_more_groups_than_different_customers(customers: int) -> None:
    """Three different customers, however often each is there, are three groups at most; a fourth is refused."""
    matrix = np.tile(np.array([[0.0, 0], [5, 5], [9, 0]]), (customers // 3, 1))
    assert sorted(np.bincount(KMEANS.fit(matrix, 3, 0).labels)) == [customers // 3] * 3
    with pytest.raises(
        RequestError, match=r"4 groups need 4 different customers; there are 3\. Ask for fewer groups\."
    ):
        KMEANS.fit(matrix, 4, 0)


def test_numbers_of_groups_that_cannot_be_are_left_out() -> None:
    """Three different customers are tried as two and as three groups, and not as more."""
    matrix = np.tile(np.array([[0.0, 0], [5, 5], [9, 0]]), (3, 1))
    assert [tried.k for tried in choose_k(matrix, KMEANS, (2, 3, 4, 5)).qualities] == [2, 3]


@pytest.mark.parametrize("customers", [5, 10_001])
def test_equal_customers_are_no_groups(customers: int) -> None:
    """Where all customers are equal there is nothing to part, and a sentence says so."""
    with pytest.raises(RequestError, match="1 different customers cannot be parted into 2 groups"):
        choose_k(np.zeros((customers, 2)), KMEANS)


def test_different_customers_after_many_equal_ones() -> None:
    """The customers that differ are found though they come after 10,000 that do not."""
    matrix = np.zeros((10_300, 1))
    matrix[10_000:10_150], matrix[10_150:] = 5.0, 9.0
    assert len(np.unique(KMEANS.fit(matrix, 3, 0).labels)) == 3


def test_silhouette_equals_the_reference() -> None:
    """Up to 10,000 customers the silhouette is that of scikit-learn; of a single group it is 0."""
    labels = KMEANS.fit(BLOBS, 3, 0).labels
    assert silhouette(BLOBS, labels, 0) == silhouette_score(BLOBS, labels)
    assert silhouette(BLOBS, np.zeros(len(BLOBS), dtype=np.intp), 0) == 0.0


def test_silhouette_of_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of more customers than the sample holds a seeded part is measured: the same each time, and near that of all."""
    monkeypatch.setattr(import_module("analytics.clusters.choose_k"), "SILHOUETTE_SAMPLE", 1_000)
    many, labels = make_blobs(2_000, centers=3, n_features=2, random_state=0)
    sampled = silhouette(many, labels, 1)
    assert sampled == silhouette(many, labels, 1)
    assert sampled != silhouette(many, labels, 2)
    assert sampled == pytest.approx(silhouette_score(many, labels), abs=0.02)


def test_a_group_of_outliers_is_flagged() -> None:
    """A handful far away makes the best silhouette by splitting off: the flag says how few they are."""
    plain, _ = make_blobs(500, centers=[[0, 0], [6, 0], [0, 6]], cluster_std=1.0, random_state=0)
    found = choose_k(np.vstack([plain, [[400.0, 400.0], [401.0, 401.0]]]), KMEANS, (2, 3, 4))
    best = max(found.qualities, key=lambda tried: tried.silhouette)
    assert best.k == 2
    assert best.degenerate == "One group holds only 2 of 502 customers: it splits off outliers."
    assert best.smallest_share == 2 / 502


@pytest.mark.parametrize(
    ("tried", "proposed"),
    [
        ([(2, 0.9, "flagged"), (3, 0.3, ""), (4, 0.4, "")], 4),
        ([(2, 0.9, "flagged"), (3, 0.3, "flagged")], 2),
        ([(2, 0.4, ""), (3, 0.4, "")], 2),
    ],
)
def test_proposal(tried: list[tuple[int, float, str]], proposed: int) -> None:
    """The highest silhouette that is not flagged; of equals the fewest groups; where all are flagged the highest of all."""
    assert propose(KQuality(k, value, 1.0, 0.5, flag) for k, value, flag in tried) == proposed


def test_progress_is_reported() -> None:
    """Each number of groups is announced, with a fraction that rises from 0."""
    told: list[tuple[float, str]] = []
    choose_k(BLOBS, KMEANS, (2, 3), report=lambda fraction, sentence: told.append((fraction, sentence)))
    assert told == [(0.0, "Trying 2 groups"), (0.5, "Trying 3 groups")]


def test_unknown_algorithm() -> None:
    """An algorithm that does not exist is named, with those that do."""
    with pytest.raises(RequestError, match=r"There is no algorithm 'magic'\. There is kmeans"):
        algorithm("magic")


def test_projection_equals_principal_components() -> None:
    """The picture and its shares of variance are scikit-learn's PCA, up to the sign of each component."""
    matrix = np.random.default_rng(0).normal(size=(300, 5)) @ np.random.default_rng(1).normal(size=(5, 5))
    found, reference = project(matrix), PCA(3).fit(matrix)
    points = reference.transform(matrix)
    for axis in range(3):
        sign = np.sign(found.points[0, axis] * points[0, axis])
        assert found.points[:, axis] == pytest.approx(sign * points[:, axis], abs=1e-4)
        assert found.loadings[axis] == pytest.approx(sign * reference.components_[axis])
        assert max(found.loadings[axis], key=abs) > 0
    assert found.explained == pytest.approx(reference.explained_variance_ratio_)


@pytest.mark.parametrize("columns", [1, 2])
def test_components_that_are_not_there_are_zero(columns: int) -> None:
    """One or two metrics have one or two components; the others are 0 and carry nothing."""
    found = project(BLOBS[:, :columns])
    assert found.points.shape == (400, 3)
    assert not found.points[:, columns:].any()
    assert found.explained[columns:] == (0.0,) * (3 - columns)
    assert sum(found.explained) == pytest.approx(1.0)
    assert len(found.loadings) == columns


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_equal_customers_lie_on_one_point(rows: int) -> None:
    """Customers without any difference lie at the origin, and no component carries anything."""
    found = project(np.full((rows, 2), 7.0))
    assert not found.points.any()
    assert found.explained == (0.0, 0.0, 0.0)


def test_panel_round_trip(tmp_path: Path) -> None:
    """A panel read from its file is the panel that was written; without a file there is none."""
    frame = pd.DataFrame(BLOBS, columns=["x", "y", "z"])
    frame.loc[3, "x"] = np.nan
    panel = make_panel(frame, ("x", "y"), KMEANS, (2, 3), seed=1)
    file = tmp_path / "panel.parquet"
    assert load_panel(file) is None
    file.write_bytes(panel_bytes(panel))
    again = load_panel(file)
    assert again is not None
    assert again.qualities == panel.qualities
    assert again.filled == panel.filled == {"x": 1}
    assert list(again.labels) == [2, 3]
    assert all(np.array_equal(again.labels[k], panel.labels[k]) for k in (2, 3))
    assert np.array_equal(again.projection.points, panel.projection.points)
    assert (again.projection.explained, again.projection.loadings) == (
        panel.projection.explained,
        panel.projection.loadings,
    )
