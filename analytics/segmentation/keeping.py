"""A clustering's segmentation as one file of plain arrays, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analytics.clusters import Fit, Projection, fit_arrays, fit_from_arrays, quality_from_json, space_from_json
from analytics.clusters.keeping import arrays_bytes
from analytics.customers import CustomerTable
from analytics.segmentation.segments import CLUSTER, Clustering, Segment, Segmentation, segment_from_json


def segmentation_bytes(found: Segmentation) -> bytes:
    """The segmentation as a file, without its customer table."""
    clustering = found.clustering
    assert clustering is not None  # noqa: S101 - RFM is not kept: it is computed in no time
    fit = Fit(found.codes, clustering.model, clustering.settings, clustering.exact, clustering.strength)
    arrays, about = fit_arrays(fit)
    projection = clustering.projection
    arrays |= {"points": projection.points, "rank": clustering.rank}
    told = {
        **about,
        "algorithm": found.algorithm,
        "seed": found.seed,
        "metrics": list(found.metrics),
        "attributes": list(clustering.attributes),
        "scaling": clustering.scaling,
        "quality": clustering.quality.to_json(),
        "qualities": [tried.to_json() for tried in clustering.qualities],
        "proposed": clustering.proposed,
        "near_ties": list(clustering.near_ties),
        "space": clustering.space.to_json(),
        "explained": projection.explained,
        "loadings": projection.loadings,
        "notes": list(found.notes),
        "segments": [group.to_json() for group in found.segments],
    }
    return arrays_bytes(arrays, told)


def segmentation_from_arrays(
    arrays: Mapping[str, np.ndarray[Any, Any]], told: Mapping[str, Any], *, table: CustomerTable
) -> Segmentation:
    """The segmentation that was kept, on the customer table that it was found on."""
    fit = fit_from_arrays(arrays, told)
    segments = tuple(segment_from_json(group) for group in told["segments"])
    clustering = Clustering(
        fit.settings,
        tuple(told["attributes"]),
        told["scaling"],
        quality_from_json(told["quality"]),
        fit.exact,
        fit.strength,
        space_from_json(told["space"]),
        Projection(arrays["points"], tuple(told["explained"]), tuple(map(tuple, told["loadings"]))),
        fit.model,
        arrays["rank"],
        tuple(quality_from_json(tried) for tried in told["qualities"]),
        told["proposed"],
        tuple(told["near_ties"]),
    )
    names = [group.name for group in segments]
    return Segmentation(
        told["algorithm"],
        told["seed"],
        with_clusters(table, fit.labels, names),
        CLUSTER,
        fit.labels,
        segments,
        tuple(told["metrics"]),
        clustering,
        tuple(told["notes"]),
    )


def segments_bytes(segments: Sequence[Segment]) -> bytes:
    """Segments as a file, without what each customer is in."""
    return json.dumps([group.to_json() for group in segments]).encode()


def load_segments(path: Path) -> tuple[Segment, ...] | None:
    """The segments of that file; None where there is none, or it is damaged, which is as good as none."""
    try:
        return tuple(segment_from_json(told) for told in json.loads(path.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def with_clusters(table: CustomerTable, codes: np.ndarray[Any, Any], names: list[str]) -> CustomerTable:
    """The customer table with the name of each customer's cluster."""
    clustered = pd.Categorical.from_codes(codes, categories=pd.Index(names), ordered=True)
    return table.with_columns(**{CLUSTER: clustered})
