"""Many metrics as a flat map of who resembles whom: UMAP, where it is installed (requirements-umap.txt)."""

from __future__ import annotations

import warnings
from functools import cache
from importlib import metadata
from typing import Any, Final

import numpy as np

from analytics.clusters.algorithm import Matrix
from analytics.clusters.projection import project
from analytics.errors import RequestError
from analytics.text import say

MOST_MAPPED: Final = 20_000
"""More customers than this take minutes; of them a fair sample is on the map."""
FEWEST_MAPPED: Final = 30
"""Of fewer, nearly everyone is a neighbour of everyone."""
NEIGHBOURS: Final = 15
Points = np.ndarray[Any, np.dtype[np.float32]]


@cache
def can_map() -> bool:
    """Whether UMAP is installed. It is not imported for that: importing it alone takes ten seconds."""
    try:
        metadata.version("umap-learn")
        metadata.version("numba")
    except metadata.PackageNotFoundError:
        return False
    return True


def neighbour_map(matrix: Matrix, seed: int = 0) -> Points:
    """A place for each row such that those who are alike are near one another (UMAP; McInnes, Healy & Melville 2018).

    It begins at the first two principal components, so that what is far apart at large stays so rather than falling as
    chance has it (Kobak & Linderman 2021), and runs on one core, without which a seed would decide nothing.

    Args:
        matrix: scaled metrics, shape (rows, metrics); at most MOST_MAPPED rows.

    Returns:
        Shape (rows, 2), without a unit.

    Raises:
        RequestError: UMAP is not installed, or there are too few rows or too many.
    """
    if not can_map():
        raise RequestError(
            say("UMAP is not installed here. Install requirements-umap.txt, or look at the principal components.")
        )
    if not FEWEST_MAPPED <= len(matrix) <= MOST_MAPPED:
        raise RequestError(
            say(
                "UMAP needs {few} to {many} customers, and these are {n}.",
                few=FEWEST_MAPPED,
                many=f"{MOST_MAPPED:,}",
                n=f"{len(matrix):,}",
            )
        )
    start = project(matrix).points[:, :2].astype(float)
    largest = float(np.abs(start).max())
    if largest == 0:  # all customers are alike: there is one place for all
        return np.zeros((len(matrix), 2), dtype=np.float32)
    # Those at one place would stay there for good: they are set apart by less than one can see
    start = start / largest * 10 + np.random.default_rng(seed).normal(scale=1e-4, size=start.shape)
    with warnings.catch_warnings():
        # About parts of it that are not used here, and about customers who are far from all others
        warnings.simplefilter("ignore")
        from umap import UMAP

        model = UMAP(n_neighbors=NEIGHBOURS, init=start.astype(np.float32), random_state=seed, n_jobs=1)
        points: Points = np.asarray(model.fit_transform(matrix), dtype=np.float32)
    return points
