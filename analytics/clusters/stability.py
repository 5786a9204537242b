"""Whether groups come back: customers drawn anew, grouped anew, and each group compared with its like."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from analytics.clusters.algorithm import Labels, Matrix, Value

FEW: Final = 5_000
"""Up to this many customers as many as there are are drawn, 100 times; of more 3,000, 40 times: chance shifts less there."""

Groupings = Callable[[Matrix, int], Mapping[Value, Labels]]
"""(customers, seed) → for each value that is tried and possible, the group of each customer, counted from 0."""


def draws(customers: int, most_rows: int, most_times: int) -> tuple[int, int]:
    """How many of so many customers are drawn, and how often, with an algorithm that allows so much."""
    rows, times = (customers, 100) if customers <= FEW else (3_000, 40)
    return min(rows, most_rows), min(times, most_times)


def jaccards(
    matrix: Matrix,
    labels: Mapping[Value, Labels],
    regroup: Groupings,
    seed: int,
    *,
    most: int,
    resamples: int,
    told: Callable[[float], None] | None = None,
) -> dict[Value, tuple[float, ...]]:
    """For each value and each of its groups the mean Jaccard similarity with its like in resampled customers (Hennig 2007).

    A resample is as many customers as there are, `most` at most, drawn with replacement; who is drawn twice is there
    once. They are grouped anew, and each group of `labels`, restricted to them, is compared with the group most like it.

    Args:
        labels: value → the group of each customer, shape (customers,), counted from 0 without a gap.
        told: hears how far it is, as a share.
    """
    sums = {value: np.zeros(int(known.max()) + 1) for value, known in labels.items()}
    counts = {value: np.zeros(int(known.max()) + 1) for value, known in labels.items()}
    for time in range(resamples):
        if told:
            told(time / resamples)
        draw = np.random.default_rng([seed, 2, time])
        rows = np.unique(draw.integers(0, len(matrix), min(len(matrix), most)))
        for value, new in regroup(matrix[rows], seed + 1 + time).items():
            known = labels[value][rows]
            there = np.bincount(known, minlength=len(sums[value])) > 0
            sums[value][there] += best_matches(known, new, len(there))[there]
            counts[value] += there
    return {
        value: tuple(float(it) for it in sums[value] / np.maximum(counts[value], 1))
        for value in labels
        if counts[value].all()
    }


def best_matches(old: Labels, new: Labels, groups: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """For each old group the largest Jaccard similarity, shared / either, with a new one; 0 for a group without anyone.

    Shape (groups,). Both labels count from 0.
    """
    others = int(new.max()) + 1
    shared = np.bincount(old * others + new, minlength=groups * others).reshape(groups, others)
    either = shared.sum(axis=1)[:, None] + shared.sum(axis=0)[None, :] - shared
    found: np.ndarray[Any, np.dtype[np.float64]] = (shared / np.maximum(either, 1)).max(axis=1)
    return found
