"""What a clustering algorithm is to the rest of the project: its words, its parameters as data, and a function that fits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Matrix = np.ndarray[Any, np.dtype[np.float64]]
Labels = np.ndarray[Any, np.dtype[np.intp]]


_GLANCE = 10_000


def distinct_rows(matrix: Matrix, enough: int) -> int:
    """How many different customers there are; where the first 10,000 show `enough` of them, the rest are not looked at."""
    seen = len(np.unique(matrix[:_GLANCE], axis=0))
    return seen if seen >= enough or len(matrix) <= _GLANCE else len(np.unique(matrix, axis=0))


@dataclass(frozen=True, slots=True)
class Parameter:
    """A whole number that the algorithm is told, with its allowed range; controls are generated from it."""

    name: str
    label: str
    meaning: str
    low: int
    high: int


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Groups found: a label per row counted from 0, shape (rows,), and their centres, shape (groups, metrics)."""

    labels: Labels
    centers: Matrix
    inertia: float
    """Sum of squared distances to the centres."""


@dataclass(frozen=True, slots=True)
class Algorithm:
    """A way to group customers. `fit(matrix, k, seed)` takes scaled metrics of shape (customers, metrics)."""

    name: str
    label: str
    meaning: str
    parameters: tuple[Parameter, ...]
    fit: Callable[[Matrix, int, int], Fit]
    place: Callable[[Fit, Matrix], Labels]
    """Where new customers belong, without fitting again."""
