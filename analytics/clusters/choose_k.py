"""How many groups: the silhouette over several k, with winners flagged that only split off a handful of customers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from analytics.clusters.algorithm import Algorithm, Fit, Labels, Matrix, distinct_rows
from analytics.errors import RequestError
from analytics.text import say

DEGENERATE_SHARE = 0.01
"""A grouping whose smallest group holds less of the customers than this splits outliers off; it describes nobody."""
SILHOUETTE_SAMPLE = 10_000
DEFAULT_KS = tuple(range(2, 9))
Report = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class KQuality:
    """How good a number of groups is."""

    k: int
    silhouette: float
    """Mean silhouette (Rousseeuw 1987), -1 to 1: how much nearer customers are to their own group than to the next."""
    inertia: float
    """Sum of squared distances to the centres; its elbow is where more groups stop helping."""
    smallest_share: float
    degenerate: str = ""
    """Why this number of groups should not be trusted; empty if nothing is wrong."""


@dataclass(frozen=True, slots=True, eq=False)
class KPanel:
    """Every k that was tried, its fit, and the proposal."""

    qualities: tuple[KQuality, ...]
    fits: dict[int, Fit]
    proposed: int


def silhouette(matrix: Matrix, labels: Labels, seed: int) -> float:
    """The mean silhouette, on a seeded sample of 10,000 above that many customers (standard error below .002).

    The silhouette is not defined for a single group; it is then 0.
    """
    from sklearn.metrics import silhouette_score

    if len(matrix) > SILHOUETTE_SAMPLE:
        rows = np.sort(np.random.default_rng(seed).choice(len(matrix), SILHOUETTE_SAMPLE, replace=False))
        matrix, labels = matrix[rows], labels[rows]
    if not 1 < len(np.unique(labels)) < len(labels):
        return 0.0
    return float(silhouette_score(matrix, labels))


def quality(matrix: Matrix, fit: Fit, k: int, seed: int) -> KQuality:
    """The figures of one fit."""
    sizes = np.bincount(fit.labels, minlength=k)
    smallest = int(sizes.min())
    degenerate = ""
    if smallest < DEGENERATE_SHARE * len(matrix):
        degenerate = say(
            "One group holds only {n} of {total} customers: it splits off outliers.",
            n=f"{smallest:,}",
            total=f"{len(matrix):,}",
        )
    return KQuality(k, silhouette(matrix, fit.labels, seed), fit.inertia, smallest / len(matrix), degenerate)


def choose_k(
    matrix: Matrix,
    algorithm: Algorithm,
    ks: Iterable[int] = DEFAULT_KS,
    *,
    seed: int = 0,
    report: Report | None = None,
) -> KPanel:
    """Fit every k and propose the one with the highest silhouette that is not degenerate.

    Where all are degenerate the highest silhouette is proposed, flag and all. Numbers above the distinct customers are left out.

    Raises:
        RequestError: no number of groups fits the customers.
    """
    asked = sorted(set(ks))
    distinct = distinct_rows(matrix, asked[-1])
    possible = [k for k in asked if k <= distinct]
    if not possible:
        raise RequestError(
            f"{distinct} different customers cannot be parted into {asked[0]} groups or more. Choose a later as-of date."
        )
    fits: dict[int, Fit] = {}
    qualities = []
    for done, k in enumerate(possible):
        if report:
            report(done / len(possible), say("Trying {k} groups", k=k))
        fits[k] = algorithm.fit(matrix, k, seed)
        qualities.append(quality(matrix, fits[k], k, seed))
    return KPanel(tuple(qualities), fits, propose(qualities))


def propose(qualities: Iterable[KQuality]) -> int:
    """The k with the highest silhouette that is not degenerate; where all are, the highest of all."""
    return max(qualities, key=lambda tried: (not tried.degenerate, tried.silhouette)).k
