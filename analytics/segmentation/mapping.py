"""The flat map of a clustering's customers by UMAP: made once, and kept beside the version. The groups know nothing of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analytics import clusters
from analytics.clusters import MOST_MAPPED, Report, fair_sample, shuffled
from analytics.clusters.keeping import arrays_bytes
from analytics.datasets import Version
from analytics.digest import code_digest
from analytics.predict.scoring.columns import stamp_for
from analytics.segmentation.segments import Segmentation
from analytics.text import say


@dataclass(frozen=True, slots=True, eq=False)
class CustomerMap:
    """Who is on the map, and where."""

    rows: np.ndarray[Any, np.dtype[np.int32]]
    """Row numbers in the customer table, ascending, shape (points,)."""
    points: np.ndarray[Any, np.dtype[np.float32]]
    """Shape (points, 2), without a unit."""


def customer_map(
    found: Segmentation, version: Version | None = None, seed: int = 0, report: Report | None = None
) -> CustomerMap:
    """Where UMAP puts a clustering's customers, or a fair sample of them where there are more than it takes.

    With a version it is kept beside it. It is made of what customers are clustered by, so that other groups of the same
    customers lie on the same map.

    Raises:
        RequestError: UMAP is not installed, or there are too few customers.
    """
    known = stored_map(found, version, seed) if version is not None else None
    if known is not None:
        return known
    assert found.clustering is not None  # noqa: S101 - the map is one of a clustering
    if report:
        report(0.9, say("Drawing the map by UMAP, which takes a minute or so the first time"))
    rows = fair_sample(shuffled(found.codes), MOST_MAPPED)
    matrix = found.clustering.space.matrix(found.table.frame.take(rows))
    made = CustomerMap(rows, clusters.neighbour_map(matrix, seed))
    if version is not None:
        version.keep(_path(found, version, seed).name, arrays_bytes({"rows": made.rows, "points": made.points}, {}))
    return made


def stored_map(found: Segmentation, version: Version, seed: int = 0) -> CustomerMap | None:
    """What `customer_map` has made before; None where it has not."""
    read = clusters.load_arrays(_path(found, version, seed))
    return CustomerMap(read[0]["rows"], read[0]["points"]) if read is not None else None


def _path(found: Segmentation, version: Version, seed: int) -> Path:
    assert found.clustering is not None  # noqa: S101 - the map is one of a clustering
    # Who is drawn depends on the groups only where not everyone is
    sampled = hashlib.sha256(found.codes.tobytes()).hexdigest() if len(found.codes) > MOST_MAPPED else ""
    asked = [found.table.as_of.isoformat(), found.metrics, found.clustering.attributes, found.clustering.scaling]
    scored_by = stamp_for(found.clustering.attributes, version)
    told = json.dumps([*asked, seed, sampled, scored_by, code_digest()])
    return version.cache_path(f"map-{hashlib.sha256(told.encode()).hexdigest()[:16]}.npz")
