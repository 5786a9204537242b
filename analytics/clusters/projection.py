"""Many metrics as a picture: principal components in three dimensions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from analytics.clusters.algorithm import Matrix

DIMENSIONS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """Principal components (Pearson 1901) of scaled metrics."""

    points: np.ndarray[Any, np.dtype[np.float32]]
    """Shape (customers, 3); components that the metrics do not have are 0."""
    explained: tuple[float, ...]
    """Share of the variance that each component carries, three numbers."""
    loadings: tuple[tuple[float, ...], ...]
    """Shape (components, metrics): how much each metric weighs in each component."""


def project(matrix: Matrix) -> Projection:
    """The first three principal components; a component's largest loading is positive, so that pictures do not flip."""
    covariance = np.cov(matrix, rowvar=False, bias=True).reshape(matrix.shape[1], matrix.shape[1])
    variances, vectors = np.linalg.eigh(covariance if len(matrix) > 1 else np.zeros_like(covariance))
    order = np.argsort(variances)[::-1][:DIMENSIONS]
    axes = vectors[:, order]
    axes *= np.where(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])] < 0, -1.0, 1.0)
    points = np.zeros((len(matrix), DIMENSIONS), dtype=np.float32)
    points[:, : len(order)] = (matrix - matrix.mean(axis=0)) @ axes
    total = float(variances.sum()) or 1.0
    explained = tuple(float(max(variances[place], 0.0)) / total for place in order)
    return Projection(
        points,
        explained + (0.0,) * (DIMENSIONS - len(order)),
        tuple(tuple(float(weight) for weight in axes[:, place]) for place in range(len(order))),
    )
