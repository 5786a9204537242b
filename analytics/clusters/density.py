"""What the algorithms that look for crowds share: whom they look at, and what becomes of the customers in no group."""

from __future__ import annotations

from math import ceil
from typing import Any, Final

import numpy as np

from analytics.clusters.algorithm import NOISE, Labels, Matrix, Parameter
from analytics.clusters.nearest import count_within, nearest

EXACT_UP_TO: Final = 30_000
"""Above this the exact tree takes minutes for all the values that are tried."""
SAMPLE: Final = 20_000
"""Customers who are looked at above the limit: a million others are then placed by them within a minute."""
_FEWEST: Final = 5

NOISE_CHOICE: Final = Parameter(
    "noise",
    "Customers in no group",
    "Whether customers whom no group reaches are a segment of their own, or join the group that is nearest.",
    "choice",
    "segment",
    choices=(("segment", "A segment of their own"), ("nearest", "Join the nearest group")),
)


def sampled_rows(customers: int, seed: int) -> Labels:
    """Whom a fit looks at, ascending: everyone up to 30,000, above that a seeded sample of 20,000."""
    if customers <= EXACT_UP_TO:
        return np.arange(customers)
    drawn: Labels = np.random.default_rng(seed).choice(customers, min(SAMPLE, EXACT_UP_TO), replace=False)
    return np.sort(drawn)


def proposed_size(customers: int) -> int:
    """The smallest group worth telling: one customer in a hundred, but at least five, and never more than half."""
    return min(max(_FEWEST, ceil(customers / 100)), max(2, customers // 2))


def scaled_down(count: int, customers: int, sampled: int) -> int:
    """A number of customers as a number of those sampled, in proportion; not below five, unless it was."""
    return count if sampled == customers else max(min(count, _FEWEST), round(count * sampled / customers))


def alike_together(points: Matrix, values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The labels or strengths, shape (rows,), with customers who are alike together: all have the highest there is.

    Ties put some of several who are alike into a group, and others not.
    """
    different, place = np.unique(points, axis=0, return_inverse=True)
    place = place.reshape(-1)
    highest = np.full(len(different), NOISE, dtype=values.dtype)
    np.maximum.at(highest, place, values)
    together: np.ndarray[Any, Any] = highest[place]
    return together


def without_gaps(labels: Labels) -> tuple[Labels, Labels]:
    """The labels counted from 0 without a gap, noise as it is; and the old label of each new one."""
    kept = np.unique(labels[labels != NOISE])
    return np.where(labels == NOISE, NOISE, np.searchsorted(kept, labels)).astype(np.intp), kept


def place_by_crowds(
    points: Matrix,
    known: Labels,
    reach: np.ndarray[Any, Any],
    neighbours: int,
    matrix: Matrix,
    found: tuple[Labels, np.ndarray[Any, Any]] | None = None,
) -> tuple[Labels, Labels, np.ndarray[Any, Any]]:
    """The group of each customer, the known customer by whom it is placed, and the distance to that one.

    Who is known already is where they are. Anyone else joins the group of the nearest customer in one, if within the
    reach of that group are both this customer and as many of the others as make a crowd. `found` is the nearest known
    customer of each, and the distance, where the caller has it.
    """
    if not len(reach):
        nowhere = np.zeros(len(matrix))
        return np.full(len(matrix), NOISE, dtype=np.intp), nowhere.astype(np.intp), nowhere
    places, distances = found if found is not None else nearest(points, matrix)
    places, distances = places.copy(), distances.copy()
    is_new, inside = distances > 0, np.flatnonzero(known != NOISE)
    lost = np.flatnonzero(is_new & (known[places] == NOISE))
    if len(lost):
        near, distances[lost] = nearest(points[inside], matrix[lost])
        places[lost] = inside[near]
    labels = known[places]
    rows = np.flatnonzero(is_new)
    far = rows[distances[rows] > reach[labels[rows]]]
    labels[far] = NOISE
    asked = np.flatnonzero(is_new & (labels != NOISE) & np.isfinite(reach[labels]))
    if len(asked):
        labels[asked[count_within(points, matrix[asked], reach[labels[asked]]) < neighbours]] = NOISE
    return labels, places, distances
