"""Placing by likeness: the known customer that is nearest to a new one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from analytics.clusters.algorithm import Matrix


def nearest(
    points: Matrix, matrix: Matrix
) -> tuple[np.ndarray[Any, np.dtype[np.intp]], np.ndarray[Any, np.dtype[np.float64]]]:
    """For each row of `matrix`, shape (rows, metrics), the number of the nearest point, and the distance to it."""
    from scipy.spatial import KDTree

    distances, places = KDTree(points).query(matrix, workers=-1)
    return np.asarray(places, dtype=np.intp), np.asarray(distances, dtype=np.float64)


def nearest_of(
    points: Matrix, matrix: Matrix, places: Sequence[int], within: float = np.inf
) -> tuple[np.ndarray[Any, np.dtype[np.intp]], np.ndarray[Any, np.dtype[np.float64]]]:
    """For each row of `matrix` the numbers of its nearest points, and the distances to them, shapes (rows, places).

    `places` says which: 1 is the nearest. Who is further off than `within` has the number of points, and is infinitely far.
    """
    from scipy.spatial import KDTree

    # The search looks for what is nearer than the bound; whoever is at the distance itself counts too.
    bound = float(np.nextafter(within, np.inf))
    distances, numbers = KDTree(points).query(matrix, k=list(places), distance_upper_bound=bound, workers=-1)
    return np.asarray(numbers, dtype=np.intp), np.asarray(distances, dtype=np.float64)


def count_within(
    points: Matrix, matrix: Matrix, within: np.ndarray[Any, np.dtype[np.float64]]
) -> np.ndarray[Any, np.dtype[np.intp]]:
    """How many points are within the distance of each row of `matrix`, its own distance for each; shape (rows,)."""
    from scipy.spatial import KDTree

    # Larger leaves than usual: most of the points within such a distance are counted one by one anyway.
    counts = KDTree(points, leafsize=32).query_ball_point(matrix, within, return_length=True, workers=-1)
    return np.asarray(counts, dtype=np.intp)
