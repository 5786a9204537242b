"""How well each customer fits its group: silhouettes of the groups that are shown, computed once and kept."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analytics.clusters.quality import silhouette_rows, silhouettes
from analytics.errors import NotFoundError
from analytics.request import AnalysisRequest
from analytics.segmentation import Segmentation
from analytics.text import say
from dashboard import results
from dashboard.state import View


@dataclass(frozen=True, slots=True, eq=False)
class Silhouettes:
    """The silhouettes of everyone in a group, or of a fair sample of them."""

    bands: tuple[np.ndarray[Any, Any], ...]
    """For each group those of its customers, whom noise is not among."""
    customers: int
    """How many customers are in a group; more than there are silhouettes where these are a sample."""

    @property
    def values(self) -> np.ndarray[Any, Any]:
        return np.concatenate(self.bands)

    @property
    def mean(self) -> float:
        return float(self.values.mean()) if len(self.values) else 0.0

    @property
    def below(self) -> float:
        """The share of customers who are nearer to another group than to their own."""
        return float((self.values < 0).mean()) if len(self.values) else 0.0

    @property
    def is_sample(self) -> bool:
        return self.customers > len(self.values)


def silhouettes_of(request: AnalysisRequest, found: Segmentation) -> Silhouettes:
    """The silhouettes of a clustering: of 10,000 customers at most, drawn by its seed, so that it takes half a second."""
    asked = results.resolved(request).clustering()
    key = ("silhouettes", json.dumps(asked.to_json(), sort_keys=True))
    return results.reduced(key, request, lambda _asked: _computed(found))


def _computed(found: Segmentation) -> Silhouettes:
    clustering = found.clustering
    assert clustering is not None  # noqa: S101 - it is one
    inside = np.flatnonzero(found.codes < found.k)
    rows = inside[silhouette_rows(len(inside), found.seed)]
    codes = found.codes[rows].astype(np.intp)
    matrix = clustering.space.matrix(found.table.frame.iloc[rows])
    values = silhouettes(matrix, [codes])[0]
    return Silhouettes(tuple(values[codes == code] for code in range(found.k)), len(inside))


def cluster_silhouettes_table(view: View) -> pd.DataFrame:
    """Each group with the mean silhouette of its customers, and the share who are nearer to another group.

    Raises:
        NotFoundError: nobody has looked for groups yet.
    """
    found = results.clusters(view.request)
    if found is None:
        raise NotFoundError(say("No groups have been found for this view yet. Open the Clusters tab first."))
    told = silhouettes_of(view.request, found)
    return pd.DataFrame(
        {
            "group": group.name,
            "customers": group.customers,
            "measured": len(values),
            "silhouette_mean": float(values.mean()) if len(values) else None,
            "share_below_zero": float((values < 0).mean()) if len(values) else None,
        }
        for group, values in zip(found.segments, told.bands, strict=False)
    )
