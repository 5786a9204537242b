"""scikit-learn's own toy sets: K-Means and Gaussian mixture find what the reference implementation finds, no less and no more."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs, make_circles, make_moons
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits

from analytics.clusters import KMEANS, MIXTURE, Matrix
from analytics.clusters.mixture import first_guess, posterior

N = 500
STRETCHED = np.array([[0.6, -0.6], [-0.4, 0.8]])


def toys() -> dict[str, tuple[Matrix, Any, int]]:
    """Name → (points standardised, true groups, how many)."""
    blobs, of_blobs = make_blobs(N, random_state=8)
    slanted, of_slanted = make_blobs(N, random_state=170)
    varied, of_varied = make_blobs(N, cluster_std=[1.0, 2.5, 0.5], random_state=170)
    made = {
        "circles": (*make_circles(N, factor=0.5, noise=0.05, random_state=30), 2),
        "moons": (*make_moons(N, noise=0.05, random_state=30), 2),
        "varied": (varied, of_varied, 3),
        "anisotropic": (slanted @ STRETCHED, of_slanted, 3),
        "blobs": (blobs, of_blobs, 3),
    }
    return {
        name: ((points - points.mean(axis=0)) / points.std(axis=0), true, k) for name, (points, true, k) in made.items()
    }


TOYS = toys()
each = pytest.mark.parametrize("name", TOYS)


@each
def test_k_means_is_as_good_as_the_reference(name: str) -> None:
    """With the same number of starts and the same seed the adjusted Rand index is the reference's, and so are the groups."""
    points, true, k = TOYS[name]
    with threadpool_limits(1):
        reference = KMeans(k, n_init=10, random_state=0).fit(points)
    found = KMEANS.fit(points, {"k": k}, 0)
    assert adjusted_rand_score(true, found.labels) == adjusted_rand_score(true, reference.labels_)
    assert adjusted_rand_score(reference.labels_, found.labels) == 1.0


@each
@pytest.mark.parametrize("covariance", ["full", "diag", "spherical", "tied"])
def test_mixture_is_as_good_as_the_reference(name: str, covariance: str) -> None:
    """From the same beginning the adjusted Rand index is the reference's, and so is each customer's probability."""
    points, true, k = TOYS[name]
    weights, means, precisions = first_guess(points, KMEANS.fit(points, {"k": k}, 0).labels, covariance)
    reference = GaussianMixture(
        k,
        covariance_type=covariance,
        weights_init=weights,
        means_init=means,
        precisions_init=precisions,
        max_iter=200,
    ).fit(points)
    found = MIXTURE.fit(points, {"k": k, "covariance": covariance}, 0)
    told = reference.predict(points)
    assert adjusted_rand_score(true, found.labels) == adjusted_rand_score(true, told)
    assert posterior(found.model, points) == pytest.approx(reference.predict_proba(points), abs=1e-6)
    assert found.strength == pytest.approx(reference.predict_proba(points).max(axis=1), abs=1e-6)
    assert found.model["bic"][0] == pytest.approx(reference.bic(points))
    assert bool(found.model["converged"][0])


def test_stretched_groups_are_the_mixture_s_own() -> None:
    """Where groups are stretched the mixture finds them all but whole, and K-Means, which knows round ones, does not."""
    points, true, k = TOYS["anisotropic"]
    assert adjusted_rand_score(true, MIXTURE.fit(points, {"k": k}, 0).labels) > 0.99
    assert adjusted_rand_score(true, KMEANS.fit(points, {"k": k}, 0).labels) < 0.7


def test_the_first_guess_by_hand() -> None:
    """Two groups of two on a line: half the weight each, means in the middle, precision one over the variance of 1 or 4."""
    points, labels = np.array([[0.0], [2.0], [10.0], [14.0]]), np.array([0, 0, 1, 1])
    weights, means, precisions = first_guess(points, labels, "full")
    assert weights.tolist() == [0.5, 0.5]
    assert means.tolist() == [[1.0], [12.0]]
    assert precisions == pytest.approx(np.array([[[1.0]], [[0.25]]]), rel=1e-5)
    assert first_guess(points, labels, "spherical")[2] == pytest.approx([1.0, 0.25], rel=1e-5)
    assert first_guess(points, labels, "tied")[2] == pytest.approx(np.array([[1 / 2.5]]), rel=1e-5)


def test_a_mixture_of_many_is_fitted_to_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the limit a seeded sample is fitted and everyone is placed; groups that lie apart are found all the same."""
    monkeypatch.setattr("analytics.clusters.mixture.EXACT_UP_TO", 300)
    points, true, k = TOYS["blobs"]
    found, again = MIXTURE.fit(points, {"k": k}, 4), MIXTURE.fit(points, {"k": k}, 4)
    assert not found.exact
    assert np.array_equal(found.labels, again.labels)
    assert adjusted_rand_score(true, found.labels) == pytest.approx(1.0, abs=0.02)


def test_a_mixture_that_does_not_settle_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """One step is not enough: the model says so, and no warning reaches anybody."""
    monkeypatch.setattr("analytics.clusters.mixture._STEPS", 1)
    points, _, k = TOYS["varied"]
    assert not MIXTURE.fit(points, {"k": k}, 0).model["converged"][0]
