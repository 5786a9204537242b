"""Metrics on one scale, so that none outweighs the others by its unit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analytics.clusters.algorithm import Matrix
from analytics.errors import EmptyDataError


@dataclass(frozen=True, slots=True)
class Scaling:
    """A transformation of each metric before it is standardised."""

    name: str
    label: str
    meaning: str
    transform: Callable[[Matrix], Matrix]


def _signed_log(values: Matrix) -> Matrix:
    logged: Matrix = np.sign(values) * np.log1p(np.abs(values))
    return logged


SCALINGS: tuple[Scaling, ...] = (
    Scaling(
        "log",
        "Logarithm, then standardised",
        "log(1 + value), mean 0, standard deviation 1: twice as much counts the same at every level.",
        _signed_log,
    ),
    Scaling(
        "standard", "Standardised", "Mean 0, standard deviation 1: a few very large customers dominate.", np.asarray
    ),
)


@dataclass(frozen=True, slots=True, eq=False)
class Scaled:
    """Scaled metrics, shape (customers, metrics), with what placing a new customer needs."""

    matrix: Matrix
    columns: tuple[str, ...]
    filled: dict[str, int]
    """Metric → customers whose missing value was taken as the median of the others."""


def scale(frame: pd.DataFrame, columns: tuple[str, ...], scaling: Scaling = SCALINGS[0]) -> Scaled:
    """Transform and standardise some columns; a constant one becomes 0, a missing value the median.

    Raises:
        EmptyDataError: a metric is missing for every customer.
    """
    matrix: Matrix = np.empty((len(frame), len(columns)), dtype=np.float64)
    filled: dict[str, int] = {}
    for place, name in enumerate(columns):
        values: np.ndarray[Any, Any] = frame[name].to_numpy(dtype=np.float64, na_value=np.nan)
        missing = np.isnan(values)
        if missing.all():
            raise EmptyDataError(f"'{name}' is missing for every customer. Choose other metrics to cluster by.")
        if missing.any():
            filled[name] = int(missing.sum())
            values = np.where(missing, np.median(values[~missing]), values)
        values = scaling.transform(values)
        spread = values.std()
        matrix[:, place] = (values - values.mean()) / spread if spread > 1e-12 else 0.0
    return Scaled(matrix, columns, filled)
