"""What was found on the way to a clustering: a fit for each number of groups, and the picture; kept as one Parquet file."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analytics.clusters.algorithm import Algorithm
from analytics.clusters.choose_k import KQuality, Report, choose_k
from analytics.clusters.projection import DIMENSIONS, Projection, project
from analytics.clusters.scaling import scale
from analytics.text import say

_ABOUT = b"clientele"


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """A fit for each number of groups, on the same scaled metrics."""

    qualities: tuple[KQuality, ...]
    labels: dict[int, np.ndarray[Any, Any]]
    """k → the group of each customer, shape (customers,), counted from 0."""
    projection: Projection
    filled: dict[str, int]
    """Metric → customers whose missing value was taken as the median of the others."""


def make_panel(
    frame: pd.DataFrame,
    metrics: tuple[str, ...],
    algorithm: Algorithm,
    ks: Iterable[int],
    *,
    seed: int,
    report: Report | None = None,
) -> Panel:
    """Scale the metrics, fit every k, and project."""
    scaled = scale(frame, metrics)
    chosen = choose_k(scaled.matrix, algorithm, ks, seed=seed, report=report)
    if report:
        report(0.9, say("Drawing the picture"))
    labels = {k: fit.labels.astype(np.int8) for k, fit in chosen.fits.items()}
    return Panel(chosen.qualities, labels, project(scaled.matrix), scaled.filled)


def panel_bytes(panel: Panel) -> bytes:
    """A panel as a Parquet file."""
    columns = {f"axis_{place}": panel.projection.points[:, place] for place in range(DIMENSIONS)}
    columns |= {f"k_{k}": labels for k, labels in panel.labels.items()}
    about = {
        "qualities": [asdict(quality) for quality in panel.qualities],
        "explained": panel.projection.explained,
        "loadings": panel.projection.loadings,
        "filled": panel.filled,
    }
    table = pa.table(columns).replace_schema_metadata({_ABOUT: json.dumps(about).encode()})
    target = BytesIO()
    pq.write_table(table, target, compression="zstd")
    return target.getvalue()


def load_panel(path: Path) -> Panel | None:
    """The panel in a file; None where there is no such file, or a damaged one."""
    if not path.is_file():
        return None
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowInvalid):
        return None
    about = json.loads(table.schema.metadata[_ABOUT])
    points = np.column_stack([table[f"axis_{place}"].to_numpy() for place in range(DIMENSIONS)])
    labels = {int(name[2:]): table[name].to_numpy() for name in table.column_names if name.startswith("k_")}
    projection = Projection(points, tuple(about["explained"]), tuple(map(tuple, about["loadings"])))
    qualities = tuple(KQuality(**quality) for quality in about["qualities"])
    return Panel(qualities, labels, projection, about["filled"])
