"""Hierarchical clustering: the two groups that are most alike join, again and again; a cut of the tree gives the groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from analytics.clusters.algorithm import (
    Algorithm,
    Fit,
    Labels,
    Matrix,
    Parameter,
    Report,
    Settings,
    distinct_rows,
    whole_settings,
)
from analytics.clusters.dendrogram import MOST_BUNDLES, Heights, Numbers, cut, upper_part
from analytics.clusters.kmeans import K, enough_different, tried
from analytics.clusters.micro import COUNT, SAMPLE, micro_clusters, weighted_linkage
from analytics.clusters.nearest import nearest
from analytics.text import say

EXACT: Final = 20_000
EXACT_AVERAGE: Final = 10_000
"""Average linkage holds the distance of every pair: 400 MB of them here, four times as many for twice the customers."""
LINKAGE: Final = Parameter(
    "linkage",
    "Join",
    "Ward joins the two groups whose spread rises least: groups of like size. Average joins the two that are nearest on "
    "average: outliers stay alone.",
    "choice",
    "ward",
    choices=(("ward", "Ward: compact groups"), ("average", "Average: outliers apart")),
)
PARAMETERS: Final = (K, LINKAGE)
_DIGITS: Final = 12


@dataclass(frozen=True, slots=True, eq=False)
class _Grown:
    """A tree, before it is cut."""

    points: Matrix
    """Places that stand for customers, shape (points, metrics)."""
    bundles: Numbers
    """The bundle of each point, shape (points,)."""
    members: Labels
    """The point of each customer, shape (customers,)."""
    merges: Numbers
    heights: Heights
    sizes: Numbers
    exact: bool


def fit(matrix: Matrix, settings: Settings, seed: int) -> Fit:
    """The k groups of a tree: Ward (1963) or average linkage over Euclidean distances.

    Up to 20,000 customers, 10,000 for average linkage, the tree is that of every customer. Above, it is that of 1,000
    micro-clusters with the sizes that they have, and everyone is where their micro-cluster is.

    Raises:
        RequestError: there are fewer different customers than groups.
    """
    return fit_many(matrix, [settings], seed, None)[0]


def fit_many(matrix: Matrix, wanted: Sequence[Settings], seed: int, report: Report | None) -> list[Fit]:
    """A fit for each of several settings; a tree is grown once, however often it is cut.

    Raises:
        RequestError: there are fewer different customers than groups.
    """
    asked = [whole_settings(PARAMETERS, settings) for settings in wanted]
    enough_different(matrix, max(int(settings["k"] or 0) for settings in asked))
    grown: dict[str, _Grown] = {}
    fits = []
    for settings in asked:
        k, linkage = int(settings["k"] or 0), str(settings["linkage"])
        if linkage not in grown:
            if report:
                report(0.1, say("Joining customers that are alike"))
            grown[linkage] = _grow(matrix, linkage, seed)
        fits.append(_cut(grown[linkage], k, linkage))
    return fits


def _grow(matrix: Matrix, linkage: str, seed: int) -> _Grown:
    if len(matrix) <= (EXACT if linkage == "ward" else EXACT_AVERAGE):
        return _exactly(matrix, linkage)
    return _by_micro_clusters(matrix, linkage, seed)


def _exactly(matrix: Matrix, linkage: str) -> _Grown:
    """The tree of all customers. They come in an order of their coordinates, so that ties do not depend on any other."""
    import fastcluster

    points, members, counts = np.unique(_rounded(matrix), axis=0, return_inverse=True, return_counts=True)
    rows = np.repeat(points, counts, axis=0)
    whole = fastcluster.linkage_vector(rows, "ward") if linkage == "ward" else fastcluster.linkage(rows, "average")
    bundles = min(MOST_BUNDLES, len(points))  # those who are alike are never parted
    merges, heights, sizes, bundle_of = upper_part(whole, np.ones(len(rows), dtype=np.intp), bundles)
    return _Grown(points, bundle_of[np.cumsum(counts) - 1], members.reshape(-1), merges, heights, sizes, exact=True)


def _by_micro_clusters(matrix: Matrix, linkage: str, seed: int) -> _Grown:
    """The tree of weighted micro-clusters; exact where there are no more different customers than that."""
    is_exact = distinct_rows(matrix, COUNT + 1) <= COUNT
    if is_exact:
        points, members, counts = np.unique(_rounded(matrix), axis=0, return_inverse=True, return_counts=True)
        means, weights, members = points, counts.astype(np.float64), members.reshape(-1)
    else:
        micro = micro_clusters(_rounded(matrix), seed, COUNT, SAMPLE)
        points, means, weights, members = micro.points, micro.means, micro.weights, micro.members
    whole = weighted_linkage(means, weights, linkage)
    merges, heights, sizes, bundle_of = upper_part(whole, weights.astype(np.intp))
    return _Grown(points, bundle_of, members, merges, heights, sizes, is_exact)


def _rounded(matrix: Matrix) -> Matrix:
    """Coordinates to 12 places: a difference below that is the rounding of sums, and would part customers who are alike."""
    return np.round(matrix, _DIGITS) + 0.0


def _cut(grown: _Grown, k: int, linkage: str) -> Fit:
    groups = cut(grown.merges, grown.sizes, k)
    model = {
        "points": grown.points,
        "bundles": grown.bundles,
        "merges": grown.merges,
        "heights": grown.heights,
        "sizes": grown.sizes,
        "groups": groups,
    }
    return Fit(groups[grown.bundles[grown.members]], model, {"k": k, "linkage": linkage}, grown.exact)


def place(model: Mapping[str, np.ndarray[Any, Any]], matrix: Matrix) -> Labels:
    """The group of the nearest known customer, or of the nearest micro-cluster where the tree is of those."""
    places, _ = nearest(model["points"], _rounded(matrix))
    labels: Labels = model["groups"][model["bundles"][places]].astype(np.intp)
    return labels


HIERARCHICAL = Algorithm(
    name="hierarchical",
    label="Hierarchical",
    meaning="A tree: the two groups that are most alike join, until all are one. You choose where to cut it.",
    parameters=PARAMETERS,
    varied="k",
    tried=tried,
    exact_up_to=EXACT,
    above="Above {n} customers, 10,000 with average linkage, the tree is built of 1,000 micro-clusters, each as heavy as "
    "the customers in it; everyone belongs where their micro-cluster does.",
    placing="A new customer joins the group of the known customer, or micro-cluster, who is most like it.",
    fit=fit,
    place=place,
    fit_many=fit_many,
    resampled=3_000,
)
