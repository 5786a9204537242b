"""Scaling, K-Means, the number of groups and the picture, against what can be computed another way."""

from __future__ import annotations

from importlib import import_module
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score, calinski_harabasz_score, davies_bouldin_score, silhouette_score
from threadpoolctl import threadpool_limits

from analytics.clusters import (
    KMEANS,
    Fit,
    algorithm,
    choose_k,
    load_panel,
    panel_bytes,
    project,
    silhouette,
)
from analytics.clusters.kmeans import SAMPLE
from analytics.clusters.quality import quality, within_sum_of_squares
from analytics.errors import RequestError

BLOBS, TRUE = make_blobs(400, centers=[[0, 0, 0], [9, 0, 0], [0, 9, 0], [9, 9, 9]], cluster_std=0.8, random_state=1)


def inertia(matrix: np.ndarray, fit: Fit) -> float:
    """The sum of squared distances to the groups' means."""
    return within_sum_of_squares(matrix, fit.labels, fit.groups)


def test_the_same_seed_gives_the_same_groups() -> None:
    """Two fits with one seed are equal to the last bit."""
    one, two = (KMEANS.fit(BLOBS, {"k": 5}, 3) for _ in range(2))
    assert np.array_equal(one.labels, two.labels)
    assert np.array_equal(one.model["centers"], two.model["centers"])


def test_true_groups_are_found() -> None:
    """Four groups that lie apart are found, and four is the number proposed."""
    found = choose_k(BLOBS, KMEANS)
    assert found.proposed == 4
    assert adjusted_rand_score(TRUE, found.fits[4].labels) == 1.0


def test_the_order_of_the_rows_does_not_matter() -> None:
    """Shuffled customers fall into the same groups; only the groups' numbers may differ."""
    order = np.random.default_rng(5).permutation(len(BLOBS))
    plain, shuffled = KMEANS.fit(BLOBS, {"k": 4}, 0), KMEANS.fit(BLOBS[order], {"k": 4}, 0)
    assert adjusted_rand_score(plain.labels[order], shuffled.labels) == 1.0
    assert inertia(BLOBS[order], shuffled) == pytest.approx(inertia(BLOBS, plain))


def test_inertia_is_the_distance_to_the_centres() -> None:
    """Inertia and labels say what the centres say, and the inertia falls as groups are added."""
    fits = [KMEANS.fit(BLOBS, {"k": k}, 0) for k in (2, 3, 4, 5)]
    for fit in fits:
        distances = ((BLOBS[:, None, :] - fit.model["centers"][None]) ** 2).sum(axis=2)
        assert np.array_equal(fit.labels, distances.argmin(axis=1))
        assert inertia(BLOBS, fit) == pytest.approx(distances.min(axis=1).sum(), rel=1e-3)
    assert all(inertia(BLOBS, more) < inertia(BLOBS, fewer) for fewer, more in pairwise(fits))


def test_a_sample_is_as_good_as_everyone() -> None:
    """Above 50,000 customers the starts run on a sample; the inertia is within .5 % of a fit on all from the true centres."""
    middles = np.array([[0.0, 0], [9, 0], [0, 9], [9, 9]])
    many, _ = make_blobs(SAMPLE + 3_000, centers=middles, cluster_std=2.0, random_state=2)
    with threadpool_limits(1):
        fit, full = KMEANS.fit(many, {"k": 4}, 0), KMeans(4, init=middles, n_init=1).fit(many)
    assert inertia(many, fit) == pytest.approx(full.inertia_, rel=0.005)
    assert np.bincount(fit.labels).sum() == SAMPLE + 3_000


def test_a_sample_is_drawn_by_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The way by a sample is as repeatable as the one without, and every customer is in the group of the nearest centre."""
    monkeypatch.setattr("analytics.clusters.kmeans.SAMPLE", 200)
    fit, again = KMEANS.fit(BLOBS, {"k": 4}, 0), KMEANS.fit(BLOBS, {"k": 4}, 0)
    assert np.array_equal(fit.model["centers"], again.model["centers"])
    assert adjusted_rand_score(TRUE, fit.labels) == 1.0
    assert np.array_equal(KMEANS.place(fit.model, BLOBS), fit.labels)


@pytest.mark.parametrize("customers", [9, 10_002])
def test_more_groups_than_different_customers(customers: int) -> None:
    """Three different customers, however often each is there, are three groups at most; a fourth is refused."""
    matrix = np.tile(np.array([[0.0, 0], [5, 5], [9, 0]]), (customers // 3, 1))
    assert sorted(np.bincount(KMEANS.fit(matrix, {"k": 3}, 0).labels)) == [customers // 3] * 3
    with pytest.raises(
        RequestError, match=r"4 groups need 4 different customers; there are 3\. Ask for fewer groups\."
    ):
        KMEANS.fit(matrix, {"k": 4}, 0)


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
    assert len(np.unique(KMEANS.fit(matrix, {"k": 3}, 0).labels)) == 3


def test_silhouette_equals_the_reference() -> None:
    """Up to 10,000 customers the silhouette is that of scikit-learn; of a single group it is 0."""
    labels = KMEANS.fit(BLOBS, {"k": 3}, 0).labels
    assert silhouette(BLOBS, labels, 0) == pytest.approx(silhouette_score(BLOBS, labels))
    assert silhouette(BLOBS, np.zeros(len(BLOBS), dtype=np.intp), 0) == 0.0


def test_silhouette_of_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of more customers than the sample holds a seeded part is measured: the same each time, and near that of all."""
    monkeypatch.setattr(import_module("analytics.clusters.quality"), "SILHOUETTE_SAMPLE", 1_000)
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
    panel = choose_k(BLOBS, KMEANS, (2, 3), seed=1)
    file = tmp_path / "panel.npz"
    assert load_panel(file) is None
    file.write_bytes(panel_bytes(panel))
    again = load_panel(file)
    assert again is not None
    assert again.qualities == panel.qualities
    assert (again.proposed, again.near_ties) == (panel.proposed, panel.near_ties)
    assert (again.rule, again.notes) == (panel.rule, panel.notes)
    assert list(again.fits) == [2, 3]
    for k in (2, 3):
        assert np.array_equal(again.fits[k].labels, panel.fits[k].labels)
        assert np.array_equal(KMEANS.place(again.fits[k].model, BLOBS), panel.fits[k].labels)
        assert again.fits[k].settings == panel.fits[k].settings
    file.write_bytes(b"no panel")
    assert load_panel(file) is None


def test_figures_equal_the_reference() -> None:
    """Davies-Bouldin and Calinski-Harabasz are scikit-learn's; customers in no group are left out and counted."""
    labels = KMEANS.fit(BLOBS, {"k": 3}, 0).labels.copy()
    labels[:40] = -1
    found = quality(BLOBS, Fit(labels, {}, {"k": 3}), 3, 0)
    assert found.davies_bouldin == pytest.approx(davies_bouldin_score(BLOBS[40:], labels[40:]))
    assert found.calinski_harabasz == pytest.approx(calinski_harabasz_score(BLOBS[40:], labels[40:]))
    assert found.noise_share == pytest.approx(0.1)
    assert found.smallest_share == np.bincount(labels[40:]).min() / 400
