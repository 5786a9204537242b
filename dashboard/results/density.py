"""What the Clusters tab shows of groups that are crowds: who is in none, and how far off neighbours are."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.clusters import Fit, KDistances, k_distances
from analytics.errors import NotFoundError
from analytics.segmentation import Segmentation
from analytics.text import say
from dashboard import results
from dashboard.state import View


def distances(view: View, found: Segmentation) -> KDistances:
    """The k-distance curve that the groups of a view were looked for by."""
    clustering = found.clustering
    assert clustering is not None  # noqa: S101 - it is one
    neighbours = int(clustering.settings["min_samples"])
    laid_out = (found.metrics, clustering.attributes, clustering.scaling)
    return results.reduced(
        ("k-distances", *laid_out, neighbours, found.seed),
        view.request,
        lambda _asked: k_distances(clustering.space.matrix(found.table.frame), neighbours, found.seed),
    )


def left_out(fit: Fit) -> float:
    """The share of the customers whom no group reached, whether or not they then joined the nearest."""
    return 0.0 if fit.strength is None else float((fit.strength == 0).mean())


def left_out_customers(view: View, found: Segmentation) -> tuple[int, int]:
    """How many of the customers that the filters keep are reached by no group, and how many there are."""
    clustering = found.clustering
    assert clustering is not None  # noqa: S101 - it is one
    keep = results.kept(view.request)
    chosen = slice(None) if keep is None else keep
    strength = clustering.strength if clustering.strength is not None else np.ones(len(found.codes))
    return int((strength[chosen] == 0).sum()), len(found.codes[chosen])


def distances_table(view: View) -> pd.DataFrame:
    """The k-distance curve: the place of a customer, and how far off its neighbours are.

    Raises:
        NotFoundError: nobody has looked for groups yet, or these are not looked for by a distance.
    """
    found = results.clusters(view.request) if view.request.algorithm_used.has("eps") else None
    if found is None:
        raise NotFoundError(
            say("There are no distances for this view. Find groups with DBSCAN in the Clusters tab first.")
        )
    curve = distances(view, found)
    return pd.DataFrame({"customer": curve.ranks, "distance": curve.distances})
