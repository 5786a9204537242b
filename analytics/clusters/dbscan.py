"""DBSCAN (Ester, Kriegel, Sander & Xu 1996): groups are chains of customers who have so many others within one distance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from analytics.clusters.algorithm import (
    NOISE,
    Algorithm,
    Fit,
    Labels,
    Matrix,
    Parameter,
    Settings,
    Value,
    whole_settings,
)
from analytics.clusters.density import EXACT_UP_TO, NOISE_CHOICE, sampled_rows
from analytics.clusters.nearest import nearest, nearest_of

MOST_POINTS: Final = 500
_STEPS: Final = (0.5, 0.7, 0.85, 1.0, 1.2, 1.5, 2.0)
"""Of the distance at the knee: what is tried."""
_FEWEST: Final = 4
_LEAST: Final = 1e-6
_MOST: Final = 1_000.0
_DIGITS: Final = 3
_AT_ONCE: Final = 4_000_000
"""Pairs of neighbours in memory at a time: all of them together can be a thousand times the customers."""
_NEARBY: Final = 10
_FEW: Final = 40
"""Groups for each of which a search of its own is quicker than a list of everyone's neighbours."""

EPS: Final = Parameter(
    "eps",
    "Distance",
    "How near customers have to be to be neighbours. Left out, it is where the curve of distances bends.",
    "number",
    None,
    _LEAST,
    _MOST,
    left_out="Where it bends",
)
MIN_SAMPLES: Final = Parameter(
    "min_samples",
    "Neighbours",
    "How many customers within the distance, oneself among them, make a crowd. Left out, it is twice as many as there are "
    "metrics, and at least four.",
    "whole",
    None,
    1,
    100_000,
    left_out="Twice the metrics",
)
_PARAMETERS: Final = (EPS, MIN_SAMPLES, NOISE_CHOICE)


@dataclass(frozen=True, slots=True, eq=False)
class KDistances:
    """How near the so-manieth neighbour is, from the customer with the nearest to the one with the furthest."""

    customers: int
    """How many were looked at."""
    min_samples: int
    ranks: np.ndarray[Any, np.dtype[np.intp]]
    """The place of each point among the customers, counted from 1, ascending; at most 500 points."""
    distances: np.ndarray[Any, np.dtype[np.float64]]
    """The distance within which that customer has `min_samples` customers, itself among them; ascending."""
    knee: int
    """The point where the curve bends most."""
    eps: float
    """The distance there, to three figures."""


def k_distances(matrix: Matrix, min_samples: int | None = None, seed: int = 0) -> KDistances:
    """The k-distance curve (Ester et al. 1996) of the customers that a fit looks at, and its knee.

    The knee is the point that is furthest below the straight line between the ends, both axes taken as shares
    (Satopää, Albrecht, Irwin & Raghavan 2011). `min_samples` left out is twice the coordinates (Sander, Ester, Kriegel
    & Xu 1998), and at least 4. A curve that is flat has its knee at its only distance.
    """
    told = usual_neighbours(matrix) if min_samples is None else min_samples
    looked_at = matrix[sampled_rows(len(matrix), seed)]
    within = min(told, len(looked_at))
    curve = np.sort(nearest_of(looked_at, looked_at, [within])[1][:, 0])
    shown = np.unique(np.linspace(0, len(curve) - 1, min(MOST_POINTS, len(curve))).round().astype(np.intp))
    distances = curve[shown]
    knee = _knee(shown.astype(float), distances)
    return KDistances(len(looked_at), told, shown + 1, distances, knee, _possible(float(distances[knee]), distances))


def usual_neighbours(matrix: Matrix) -> int:
    """Twice as many as there are coordinates that differ (Sander et al. 1998), and at least four (Ester et al. 1996)."""
    return max(_FEWEST, 2 * int((np.ptp(matrix, axis=0) > 0).sum()))


def _knee(x: np.ndarray[Any, Any], y: np.ndarray[Any, Any]) -> int:
    if y[-1] <= y[0]:
        return 0
    return int(((x - x[0]) / (x[-1] - x[0]) - (y - y[0]) / (y[-1] - y[0])).argmax())


def _possible(eps: float, distances: np.ndarray[Any, Any]) -> float:
    """The distance to three figures; where most customers are alike and it is none, the least that is one."""
    if eps <= 0:
        apart = distances[distances > 0]
        eps = float(apart[0]) if len(apart) else 1.0
    return float(f"{min(max(eps, _LEAST), _MOST):.{_DIGITS}g}")


def fit(matrix: Matrix, settings: Settings, seed: int) -> Fit:
    """Fit everyone; above 30,000 customers a seeded sample of 20,000, in which distance and neighbours count as told.

    A customer's strength is 1 in a group, and 0 where it is in none or only joined the nearest.
    """
    told = whole_settings(_PARAMETERS, settings)
    neighbours = int(told["min_samples"] or usual_neighbours(matrix))
    eps = float(told["eps"] or k_distances(matrix, neighbours, seed).eps)
    joins = told["noise"] == "nearest"
    rows = sampled_rows(len(matrix), seed)
    looked_at = matrix[rows]
    is_core, of_core = _crowds(looked_at, eps, neighbours)
    cores, first = np.unique(looked_at[is_core], axis=0, return_index=True)
    model = {
        "cores": cores,
        "labels": of_core[first].astype(np.int32),
        "eps": np.array([eps]),
        "min_samples": np.array([neighbours]),
        "joins": np.array([joins]),
    }
    within, labels = _placed(model, matrix)
    used: dict[str, Value] = {"eps": eps, "min_samples": neighbours, "noise": str(told["noise"])}
    return Fit(labels, model, used, len(rows) == len(matrix), within.astype(np.float32))


def _crowds(points: Matrix, eps: float, neighbours: int) -> tuple[np.ndarray[Any, np.dtype[np.bool_]], Labels]:
    """Who has so many within the distance, shape (rows,), and the group of each of those: the first one's is 0, and so on."""
    if neighbours > len(points):
        return np.zeros(len(points), dtype=bool), np.zeros(0, dtype=np.intp)
    is_core = np.isfinite(nearest_of(points, points, [neighbours], eps)[1][:, 0])
    cores = points[is_core]
    labels = _linked(cores, np.arange(len(cores)), *_nearby(cores, eps))
    labels = _chains_of_few(cores, labels, eps) if labels.max(initial=0) < _FEW else _chains_of_many(cores, labels, eps)
    _, first, numbers = np.unique(labels, return_index=True, return_inverse=True)
    return is_core, np.argsort(np.argsort(first))[numbers.reshape(-1)].astype(np.intp)


def _nearby(cores: Matrix, eps: float) -> tuple[Labels, Labels]:
    """The nearest few of each customer, within the distance: nearly all of a group hangs together by these already."""
    if not len(cores):
        return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp)
    count = min(_NEARBY, len(cores))
    near = nearest_of(cores, cores, range(1, count + 1), eps)[0]
    one, column = np.nonzero(near < len(cores))
    return one, near[one, column]


def _linked(cores: Matrix, labels: Labels, one: Labels, other: Labels) -> Labels:
    """The labels when the groups of each pair of customers are one."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not len(cores):
        return labels
    links = coo_array((np.ones(len(one), dtype=np.int8), (labels[one], labels[other])), shape=(len(cores), len(cores)))
    numbers = connected_components(links, directed=False)[1][labels]
    return np.unique(numbers, return_inverse=True)[1].reshape(-1).astype(np.intp)


def _chains_of_few(cores: Matrix, labels: Labels, eps: float) -> Labels:
    """Link groups whose customers come within the distance, by whoever is nearest outside of each, until none are left."""
    before = -1
    while before != (groups := int(labels.max(initial=0))) and groups:
        before = groups
        largest = int(np.bincount(labels).argmax())
        ones, others = [], []
        for label in range(groups + 1):
            if label == largest:  # whoever it can be linked with finds it
                continue
            inside, outside = np.flatnonzero(labels == label), np.flatnonzero(labels != label)
            near = nearest_of(cores[outside], cores[inside], [1], eps)[0][:, 0]
            found = near < len(outside)
            ones.append(inside[found])
            others.append(outside[near[found]])
        labels = _linked(cores, labels, np.concatenate(ones), np.concatenate(others))
    return labels


def _chains_of_many(cores: Matrix, labels: Labels, eps: float) -> Labels:
    """Link groups whose customers come within the distance, by everyone's neighbours, some customers at a time."""
    from sklearn.neighbors import KDTree

    asked = np.flatnonzero(labels != np.bincount(labels).argmax())
    tree = KDTree(cores)
    ends = np.cumsum(tree.query_radius(cores[asked], eps, count_only=True))
    start = 0
    while start < len(asked):
        before = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + _AT_ONCE, side="right")))
        near = tree.query_radius(cores[asked[start:stop]], eps)
        labels = _linked(
            cores, labels, np.repeat(asked[start:stop], [len(rows) for rows in near]), np.concatenate(near)
        )
        start = stop
    return labels


def place(model: Mapping[str, np.ndarray[Any, Any]], matrix: Matrix) -> Labels:
    """The group with a core customer within the distance; of several groups the one that was found first."""
    return _placed(model, matrix)[1]


def _placed(
    model: Mapping[str, np.ndarray[Any, Any]], matrix: Matrix
) -> tuple[np.ndarray[Any, np.dtype[np.bool_]], Labels]:
    """Whether each customer is within the distance of a core customer, and its group."""
    cores, known, eps = model["cores"], model["labels"].astype(np.intp), float(model["eps"][0])
    if not len(cores):
        return np.zeros(len(matrix), dtype=bool), np.full(len(matrix), NOISE, dtype=np.intp)
    places, distances = nearest(cores, matrix)
    within, labels = distances <= eps, known[places]
    # A core customer is in its own group. Anyone else may be within reach of a group that was found before the nearest.
    asked = np.flatnonzero(within & (distances > 0) & (labels > 0))
    first = _first_group(cores, known, matrix[asked], eps, int(model["min_samples"][0]))
    labels[asked] = np.minimum(first, labels[asked])
    return within, labels if model["joins"][0] else np.where(within, labels, NOISE)


def _first_group(cores: Matrix, known: Labels, matrix: Matrix, eps: float, neighbours: int) -> Labels:
    """The lowest group among the nearest core customers within the distance.

    Whoever is not a core customer has fewer of them than `neighbours`, so that no more have to be looked at.
    """
    count = min(neighbours, len(cores))
    numbers = np.append(known, np.iinfo(np.intp).max)  # the last stands for whoever is not there
    found: Labels = np.empty(len(matrix), dtype=np.intp)
    step = max(1, _AT_ONCE // count)
    for start in range(0, len(matrix), step):
        part = matrix[start : start + step]
        near = nearest_of(cores, part, range(1, count + 1), eps)[0]
        found[start : start + step] = numbers[near].min(axis=1)
    return found


def tried(matrix: Matrix, settings: Settings) -> tuple[float, ...]:
    """Distances from half of that at the knee to twice as much."""
    neighbours = settings.get("min_samples")
    knee = k_distances(matrix, None if neighbours is None else int(neighbours)).eps
    return tuple(sorted({float(f"{min(max(knee * step, _LEAST), _MOST):.{_DIGITS}g}") for step in _STEPS}))


DBSCAN = Algorithm(
    name="dbscan",
    label="DBSCAN",
    meaning="Chains of customers who are near to many others, of any shape; who is near to too few is in no group.",
    parameters=_PARAMETERS,
    varied="eps",
    tried=tried,
    exact_up_to=EXACT_UP_TO,
    above="Above {n} customers the groups are found in a sample of 20,000; everyone else is placed like a new customer.",
    placing=(
        "A new customer joins a group that has a core customer within the distance; of several groups, the one that was "
        "found first."
    ),
    fit=fit,
    place=place,
)
