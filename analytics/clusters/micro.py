"""Micro-clusters: some hundreds of centres that stand for a million customers, each as heavy as those it stands for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from analytics.clusters.algorithm import Labels, Matrix
from analytics.clusters.nearest import nearest

Weights = np.ndarray[Any, np.dtype[np.float64]]
COUNT: Final = 1_000
SAMPLE: Final = 50_000
_STEPS: Final = 10
_FEWEST: Final = 40


@dataclass(frozen=True, slots=True, eq=False)
class Micro:
    """Customers by the centre that is nearest to each."""

    points: Matrix
    """The centres, shape (centres, metrics). Every one is nearest to someone."""
    means: Matrix
    """The mean of those to whom each is nearest, shape (centres, metrics)."""
    weights: Weights
    """How many they are, shape (centres,)."""
    members: Labels
    """The number of the nearest centre of each customer, shape (customers,)."""


def micro_clusters(matrix: Matrix, seed: int, count: int = COUNT, sample: int = SAMPLE) -> Micro:
    """At most `count` micro-clusters: the centres of K-Means on a seeded sample; everyone then joins the nearest one."""
    rows = np.sort(np.random.default_rng(seed).choice(len(matrix), min(sample, len(matrix)), replace=False))
    drawn = matrix[rows]
    distinct = np.unique(drawn, axis=0)
    points = distinct if len(distinct) <= count else _centers(drawn, count, seed)
    if len(points) < _FEWEST:  # nearly all customers are alike: the others must not be lost among them
        points = np.unique(np.vstack([points, np.unique(matrix, axis=0)[:_FEWEST]]), axis=0)
    members, _ = nearest(points, matrix)
    weights = np.bincount(members, minlength=len(points)).astype(np.float64)
    used = weights > 0
    number = np.cumsum(used) - 1
    members, points, weights = number[members], points[used], weights[used]
    sums = np.column_stack([np.bincount(members, column, minlength=len(points)) for column in matrix.T])
    return Micro(points, sums / weights[:, None], weights, members)


def _centers(drawn: Matrix, count: int, seed: int) -> Matrix:
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # several threads add up in an order of their own: the last bits would vary
        centers: Matrix = KMeans(count, n_init=1, max_iter=_STEPS, random_state=seed).fit(drawn).cluster_centers_
    return centers


@dataclass(frozen=True, slots=True)
class _Linkage:
    """How far apart two clusters are, from their sizes; `of_merged` is the formula of Lance and Williams (1967)."""

    at_first: Callable[[Matrix, Weights], Matrix]
    """(distances between means, sizes) → how far the clusters are apart."""
    of_merged: Callable[[Matrix, Matrix, float, float, float, Weights], Matrix]
    """(distances to one, to another, between these, their sizes, all sizes) → the distances to both together."""
    height: Callable[[Matrix], Matrix]


def _ward_at_first(apart: Matrix, sizes: Weights) -> Matrix:
    """Twice the rise of the sum of squares when two clusters join (Ward 1963): 2ab/(a+b) times the squared distance of means."""
    one, other = sizes[:, None], sizes[None, :]
    risen: Matrix = 2.0 * one * other / (one + other) * apart**2
    return risen


def _ward_of_merged(
    to_one: Matrix, to_other: Matrix, between: float, one: float, other: float, sizes: Weights
) -> Matrix:
    """Murtagh and Legendre (2014), eq. 9, on squared distances: it holds for clusters of any size to begin with."""
    both: Matrix = ((one + sizes) * to_one + (other + sizes) * to_other - sizes * between) / (one + other + sizes)
    return np.maximum(both, 0.0)


def _average_at_first(apart: Matrix, _sizes: Weights) -> Matrix:
    return apart


def _average_of_merged(
    to_one: Matrix, to_other: Matrix, _between: float, one: float, other: float, _sizes: Weights
) -> Matrix:
    """The mean over all pairs of members (Sokal and Michener 1958)."""
    both: Matrix = (one * to_one + other * to_other) / (one + other)
    return both


_LINKAGES: Final[Mapping[str, _Linkage]] = {
    "ward": _Linkage(_ward_at_first, _ward_of_merged, np.sqrt),
    "average": _Linkage(_average_at_first, _average_of_merged, np.asarray),
}


def weighted_linkage(means: Matrix, weights: Weights, linkage: str) -> Matrix:
    """The tree over clusters that have sizes already, in SciPy's form, shape (clusters - 1, 4), by height.

    With every weight 1 it is the ordinary linkage. Ward is exact: joining clusters depends on their means and sizes alone.
    Average takes the distance between two means for the mean distance between their members. Found along chains of nearest
    neighbours (Murtagh 1983), in quadratic time and memory: 1,000 clusters take 8 MB.
    """
    from scipy.spatial.distance import cdist

    rule = _LINKAGES[linkage]
    sizes = weights.astype(np.float64)
    apart = rule.at_first(cdist(means, means), sizes)
    np.fill_diagonal(apart, np.inf)
    is_left = np.ones(len(means), dtype=bool)
    reached = np.zeros(len(means))
    joined, heights = [], []
    chain: list[int] = []
    for _ in range(len(means) - 1):
        if not chain:
            chain = [int(np.argmax(is_left))]
        one, other = _mutual(apart, chain)
        between = float(apart[one, other])
        reached[other] = max(between, reached[one], reached[other])  # rounding must not put a merge below its branches
        joined.append((one, other))
        heights.append(reached[other])
        both = rule.of_merged(apart[one], apart[other], between, sizes[one], sizes[other], sizes)
        both[[one, other]] = np.inf
        apart[other], apart[:, other] = both, both
        apart[one], apart[:, one] = np.inf, np.inf
        sizes[other] += sizes[one]
        is_left[one] = False
    return _by_height(np.array(joined, dtype=np.intp).reshape(-1, 2), rule.height(np.array(heights)), weights)


def _mutual(apart: Matrix, chain: list[int]) -> tuple[int, int]:
    """Follow nearest neighbours until two are each other's; they leave the chain. A tie goes back, so that it ends."""
    while True:
        row = apart[chain[-1]]
        there = int(row.argmin())
        if len(chain) > 1 and row[chain[-2]] <= row[there]:
            return chain.pop(), chain.pop()
        chain.append(there)


def _by_height(joined: Labels, heights: Matrix, weights: Weights) -> Matrix:
    """The merges by height, with what each makes as a node of its own."""
    node, size = list(range(len(weights))), weights.tolist()
    parts = len(weights)
    told = np.empty((len(joined), 4))
    for place, merge in enumerate(np.argsort(heights, kind="stable")):
        one, other = joined[merge]
        size[other] += size[one]
        told[place] = (*sorted((node[one], node[other])), heights[merge], size[other])
        node[other] = parts + place
    return told
