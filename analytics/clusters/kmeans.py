"""K-Means (Lloyd 1982, k-means++ starts): round groups around k centres."""

from __future__ import annotations

import numpy as np

from analytics.clusters.algorithm import Algorithm, Fit, Labels, Matrix, Parameter, distinct_rows
from analytics.errors import RequestError

SAMPLE = 50_000
_STARTS = 10
_FULL_STEPS = 10
_ONE_THREAD = 20_000


def fit(matrix: Matrix, k: int, seed: int) -> Fit:
    """Fit k centres: the best of ten seeded starts.

    Above 50,000 customers the ten starts run on a seeded sample, and the winner takes at most ten steps on everyone:
    the same inertia in a tenth of the time.

    Raises:
        RequestError: there are fewer different customers than groups.
    """
    from threadpoolctl import threadpool_limits

    distinct = distinct_rows(matrix, k)
    if distinct < k:
        raise RequestError(f"{k} groups need {k} different customers; there are {distinct}. Ask for fewer groups.")
    # Threads that wait for one another cost more than they bring on so few rows, the more so on a busy machine.
    with threadpool_limits(1 if len(matrix) <= _ONE_THREAD else None):
        return _fit(matrix, k, seed)


def _fit(matrix: Matrix, k: int, seed: int) -> Fit:
    from sklearn.cluster import KMeans
    from sklearn.metrics import pairwise_distances_argmin

    if len(matrix) <= SAMPLE:
        found = KMeans(k, n_init=_STARTS, random_state=seed).fit(matrix)
    else:
        rows = np.random.default_rng(seed).choice(len(matrix), SAMPLE, replace=False)
        first = KMeans(k, n_init=_STARTS, random_state=seed).fit(matrix[np.sort(rows)])
        found = KMeans(k, init=first.cluster_centers_, n_init=1, max_iter=_FULL_STEPS).fit(matrix)
    centers = found.cluster_centers_
    # The last centres decide, so that a customer is placed now as it would be placed later.
    labels = pairwise_distances_argmin(matrix, centers).astype(np.intp)
    return Fit(labels, centers, float(((matrix - centers[labels]) ** 2).sum()))


def place(fitted: Fit, matrix: Matrix) -> Labels:
    """The nearest centre of each customer."""
    from sklearn.metrics import pairwise_distances_argmin

    labels: Labels = pairwise_distances_argmin(matrix, fitted.centers).astype(np.intp)
    return labels


KMEANS = Algorithm(
    name="kmeans",
    label="K-Means",
    meaning="Round groups around centres; everyone belongs to the nearest one. You choose how many.",
    parameters=(Parameter("k", "Groups", "How many groups to find.", 2, 20),),
    fit=fit,
    place=place,
)
