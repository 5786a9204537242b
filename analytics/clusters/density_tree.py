"""HDBSCAN (Campello, Moulavi & Sander 2013): groups are crowds that last while one looks ever closer.

Customers are joined in the order of their mutual reachability, the tree of it is condensed to branches with so many
customers or more, and the branches that last longest are the groups. The tree is the exact one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    Report,
    Settings,
    Value,
    whole_settings,
)
from analytics.clusters.density import (
    EXACT_UP_TO,
    NOISE_CHOICE,
    alike_together,
    place_by_crowds,
    proposed_size,
    sampled_rows,
    scaled_down,
    without_gaps,
)
from analytics.clusters.nearest import nearest
from analytics.errors import RequestError
from analytics.text import say

_MOST: Final = 1_000_000
_COMPONENTS: Final = 3
_STEPS: Final = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0)
"""Of the proposed size: what is tried. Larger ones take longest, and leave hardly anyone in a group."""
_NO_DISTANCE: Final = 1e-9
"""Customers who are alike are never parted, though the tree could be cut between them."""

MIN_CLUSTER_SIZE: Final = Parameter(
    "min_cluster_size",
    "Smallest group",
    "How many customers make a group. Left out, it is one in a hundred of them, and at least five.",
    "whole",
    None,
    2,
    _MOST,
    left_out="1 in 100",
)
MIN_SAMPLES: Final = Parameter(
    "min_samples",
    "Neighbours",
    "How many customers nearby make a crowd; more of them leave more people in no group. Left out, as the smallest group.",
    "whole",
    None,
    1,
    _MOST,
    left_out="As smallest group",
)
SELECTION: Final = Parameter(
    "selection",
    "Groups to take",
    "The groups that last longest while one looks closer, or the smallest ones at the tips of the tree.",
    "choice",
    "eom",
    choices=(("eom", "The longest lasting"), ("leaf", "The smallest")),
)
DIMENSIONS: Final = Parameter(
    "dimensions",
    "Look at",
    "All metrics, or their first three principal components: among many metrics hardly anyone has neighbours.",
    "choice",
    "all",
    choices=(("all", "All metrics"), ("3", "Three components")),
)
_PARAMETERS: Final = (MIN_CLUSTER_SIZE, MIN_SAMPLES, SELECTION, DIMENSIONS, NOISE_CHOICE)


@dataclass(frozen=True, slots=True, eq=False)
class _Tree:
    """What the tree says of the customers it was made of."""

    labels: Labels
    strength: np.ndarray[Any, np.dtype[np.float64]]
    reach: np.ndarray[Any, np.dtype[np.float64]]
    """The distance at which each group parts from the rest, shape (groups,)."""
    peak: np.ndarray[Any, np.dtype[np.float64]]
    """1 / the distance at which the innermost customers of each group part from it, shape (groups,)."""


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """The customers as the tree sees them: how they are turned, who is looked at, and who of those is nearest to each."""

    turned: Mapping[str, np.ndarray[Any, Any]]
    matrix: Matrix
    rows: Labels
    """Those who are looked at."""
    places: Labels
    distances: np.ndarray[Any, np.dtype[np.float64]]


def fit(matrix: Matrix, settings: Settings, seed: int) -> Fit:
    """Fit the exact tree; above 30,000 customers that of a seeded sample of 20,000, and everyone else is placed.

    In a sample the smallest group and the number of neighbours stand for as large a share as they are of everyone.
    A customer's strength is 1 / the distance at which it leaves its group, as a share of the largest there is in it;
    that of a customer who was placed is at most that of the customer by whom it was.

    Raises:
        RequestError: there are fewer customers than the smallest group is to have.
    """
    return fit_many(matrix, [settings], seed)[0]


def fit_many(matrix: Matrix, wanted: Sequence[Settings], seed: int, report: Report | None = None) -> list[Fit]:
    """Several fits of the same customers: they share the sample, and who of it is nearest to everyone.

    Raises:
        RequestError: there are fewer customers than the smallest group is to have.
    """
    seen: dict[Value | None, _Seen] = {}
    fits = []
    for done, settings in enumerate(wanted):
        told = _told(settings, len(matrix))
        if report:
            size = f"{told['min_cluster_size']:,}"
            report(done / len(wanted), say("Looking for groups of {n} customers or more", n=size))
        if told["dimensions"] not in seen:
            seen[told["dimensions"]] = _see(matrix, str(told["dimensions"]), seed)
        fits.append(_fit(seen[told["dimensions"]], told))
    return fits


def _told(settings: Settings, customers: int) -> dict[str, Value]:
    whole = whole_settings(_PARAMETERS, settings)
    told = {name: value for name, value in whole.items() if value is not None}
    size = int(told.setdefault("min_cluster_size", proposed_size(customers)))
    told.setdefault("min_samples", size)
    if size > customers and "min_cluster_size" in settings:
        raise RequestError(
            say(
                "Groups of {size} customers or more need as many; there are {n}. Ask for a smaller smallest group.",
                size=f"{size:,}",
                n=f"{customers:,}",
            )
        )
    return told


def _see(matrix: Matrix, dimensions: str, seed: int) -> _Seen:
    turned = _turn(matrix) if dimensions == "3" and matrix.shape[1] > _COMPONENTS else {}
    shown = _turned(turned, matrix)
    rows = sampled_rows(len(matrix), seed)
    if len(rows) == len(matrix):
        return _Seen(turned, shown, rows, rows, np.zeros(len(rows)))
    return _Seen(turned, shown, rows, *nearest(shown[rows], shown))


def _turn(matrix: Matrix) -> dict[str, np.ndarray[Any, Any]]:
    """What turns customers into their first three principal components (Pearson 1901)."""
    _, axes = np.linalg.eigh(np.cov(matrix, rowvar=False, bias=True))
    return {"middle": matrix.mean(axis=0), "axes": np.ascontiguousarray(axes[:, : -_COMPONENTS - 1 : -1])}


def _turned(model: Mapping[str, np.ndarray[Any, Any]], matrix: Matrix) -> Matrix:
    if "axes" not in model:
        return matrix
    # Metric by metric: a product of matrices rounds one customer differently from many.
    points = np.zeros((len(matrix), _COMPONENTS))
    for column, weights in enumerate(model["axes"]):
        points += (matrix[:, [column]] - model["middle"][column]) * weights
    return points


def _fit(seen: _Seen, told: Mapping[str, Value]) -> Fit:
    points, count = seen.matrix[seen.rows], len(seen.matrix)
    neighbours = scaled_down(int(told["min_samples"]), count, len(points))
    tree = _tree(
        points, scaled_down(int(told["min_cluster_size"]), count, len(points)), neighbours, str(told["selection"])
    )
    known, kept = without_gaps(alike_together(points, tree.labels))
    reach, peak = tree.reach[kept], tree.peak[kept]
    labels, places, distances = place_by_crowds(
        points, known, reach, neighbours, seen.matrix, (seen.places, seen.distances)
    )
    firm = np.where(labels == NOISE, 0.0, alike_together(points, tree.strength)[places])
    placed = np.flatnonzero((labels != NOISE) & (distances > 0))
    firm[placed] = np.minimum(firm[placed], 1.0 / (distances[placed] * peak[labels[placed]]))
    if told["noise"] == "nearest" and len(reach):
        inside = known != NOISE
        points, known, reach = points[inside], known[inside], np.full(len(reach), np.inf)
        outside = labels == NOISE
        labels[outside] = place_by_crowds(points, known, reach, neighbours, seen.matrix[outside])[0]
    model: dict[str, np.ndarray[Any, Any]] = {
        "points": points,
        "labels": known.astype(np.int32),
        "reach": reach,
        "neighbours": np.array([neighbours]),
        **seen.turned,
    }
    return Fit(labels, model, dict(told), len(seen.rows) == count, firm.astype(np.float32))


def _tree(points: Matrix, size: int, neighbours: int, selection: str) -> _Tree:
    nothing = np.zeros(0)
    if len(points) < 2 * size or (points == points[0]).all():
        # Two groups at least, or none: the whole is not a group of its own.
        return _Tree(np.full(len(points), NOISE, dtype=np.intp), np.zeros(len(points)), nothing, nothing)
    import hdbscan

    found = hdbscan.HDBSCAN(
        min_cluster_size=size,
        min_samples=neighbours,
        cluster_selection_method=selection,
        cluster_selection_epsilon=_NO_DISTANCE if selection == "leaf" else 0.0,
        approx_min_span_tree=False,
        core_dist_n_jobs=1,  # more would be processes of its own, started within a job
    ).fit(points)
    labels = found.labels_.astype(np.intp)
    reach, peak = _branches(found.condensed_tree_.to_numpy(), labels)
    return _Tree(labels, found.probabilities_, reach, peak)


def _branches(table: np.ndarray[Any, Any], labels: Labels) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Of each group, the distance at which its branch of the condensed tree begins, and the largest 1 / distance on it.

    A group's branch is the highest one below which all customers have its label.
    """
    first = len(labels)
    parents, children, inverse = table["parent"] - first, table["child"], table["lambda_val"]
    count = int(parents.max()) + 1
    low, high = np.full(count, len(labels)), np.full(count, NOISE - 1)
    is_point = children < first
    np.minimum.at(low, parents[is_point], labels[children[is_point]])
    np.maximum.at(high, parents[is_point], labels[children[is_point]])
    branches = np.flatnonzero(~is_point)
    for row in branches[np.argsort(-children[branches])]:  # a branch has a higher number than the one it comes from
        child, parent = children[row] - first, parents[row]
        low[parent], high[parent] = min(low[parent], low[child]), max(high[parent], high[child])
    is_one = (low == high) & (low >= 0)
    groups = int(labels.max(initial=NOISE)) + 1
    reach, peak = np.zeros(groups), np.zeros(groups)
    for row in branches:
        child = children[row] - first
        if is_one[child] and not is_one[parents[row]]:
            reach[low[child]] = 1.0 / inverse[row]
            peak[low[child]] = inverse[parents == child].max()
    return reach, peak


def place(model: Mapping[str, np.ndarray[Any, Any]], matrix: Matrix) -> Labels:
    """The group of the nearest customer in one, if this customer is as near, and as crowded, as the group begins."""
    return place_by_crowds(
        model["points"],
        model["labels"].astype(np.intp),
        model["reach"],
        int(model["neighbours"][0]),
        _turned(model, np.asarray(matrix, float)),
    )[0]


def tried(matrix: Matrix, _settings: Settings) -> tuple[int, ...]:
    """Smallest groups from a quarter of the proposed size to three times as many, five customers at least."""
    customers = len(matrix)
    middle = proposed_size(customers)
    sizes = {max(min(middle, 5), round(middle * step)) for step in _STEPS}
    return tuple(sorted(size for size in sizes if 2 <= size <= max(middle, customers // 2)))


HDBSCAN = Algorithm(
    name="hdbscan",
    label="HDBSCAN",
    meaning="Crowds of any shape and density. It finds how many there are, and leaves out who is in none.",
    parameters=_PARAMETERS,
    varied="min_cluster_size",
    tried=tried,
    exact_up_to=EXACT_UP_TO,
    above="Above {n} customers the groups are found in a sample of 20,000; everyone else is placed like a new customer.",
    placing=(
        "A new customer joins the group of the nearest customer in one, if that one and enough others are no further off "
        "than the distance at which the group parts from the rest."
    ),
    fit=fit,
    place=place,
    fit_many=fit_many,
)
