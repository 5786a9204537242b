"""The gap statistic: how much tighter groups are than groups that one would find where there are none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from analytics.clusters.algorithm import Matrix, Value

REFERENCES: Final = 20
SAMPLE: Final = 1_500
"""Customers that take part at most; of more a seeded sample does."""

Inertias = Callable[[Matrix, int], dict[Value, float]]
"""(customers, seed) → for each value that is tried, the sum of squared distances within the groups it finds."""


@dataclass(frozen=True, slots=True)
class Gap:
    """The gap for one number of groups, and its standard error."""

    gap: float
    error: float


def gaps(matrix: Matrix, inertias: Inertias, seed: int, references: int = REFERENCES) -> dict[Value, Gap]:
    """The gap of each value (Tibshirani, Walther & Hastie 2001): E*[log W] - log W, and s = sd* √(1 + 1/B).

    The reference is uniform in the box that the customers' principal components span, drawn `references` times. Values
    that part nobody, or that leave no distance within the groups, have none.
    """
    draw = np.random.default_rng([seed, 1])
    if len(matrix) > SAMPLE:
        matrix = matrix[np.sort(draw.choice(len(matrix), SAMPLE, replace=False))]
    middle = matrix.mean(axis=0)
    _, _, axes = np.linalg.svd(matrix - middle, full_matrices=False)
    turned = (matrix - middle) @ axes.T
    low, high = turned.min(axis=0), turned.max(axis=0)
    found = inertias(matrix, seed)
    expected = [
        inertias(draw.uniform(low, high, turned.shape) @ axes + middle, seed + 1 + time) for time in range(references)
    ]
    total = float(((matrix - middle) ** 2).sum())
    told = {}
    for value, inertia in found.items():
        logs = [np.log(one[value]) for one in expected if one.get(value, 0.0) > 0]
        if inertia > 1e-12 * total and len(logs) == references:
            error = float(np.std(logs) * np.sqrt(1 + 1 / references))
            told[value] = Gap(float(np.mean(logs) - np.log(inertia)), error)
    return told
