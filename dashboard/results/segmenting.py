"""What the RFM and Clusters tabs' charts say, as tables that can be taken along."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics import rfm
from analytics.clusters import dendrogram
from analytics.clusters.dendrogram import joins
from analytics.errors import NotFoundError
from analytics.segmentation import Segmentation
from analytics.text import say
from dashboard import results
from dashboard.state import View


def scores_table(view: View) -> pd.DataFrame:
    """Customers and revenue of each pair of recency and frequency scores."""
    customers, revenue = rfm.score_grid(results.groups(view.request).table, results.kept_groups(view.request))
    recency, frequency = np.indices(customers.shape) + 1
    columns = {"recency_score": recency, "frequency_score": frequency, "customers": customers, "revenue": revenue}
    return pd.DataFrame({name: values.ravel() for name, values in columns.items()})


def cluster_ks_table(view: View) -> pd.DataFrame:
    """Each number of groups that was tried, with its quality.

    Raises:
        NotFoundError: nobody has looked for groups yet.
    """
    tried = results.panel(view.request)
    if tried is None:
        raise NotFoundError(say("No groups have been found for this view yet. Open the Clusters tab first."))
    return pd.DataFrame([{**one.to_json(), "jaccard": None} for one in tried.qualities]).drop(columns="jaccard")


def cluster_tree_table(view: View) -> pd.DataFrame:
    """Each merge of the tree, the last first: how many groups there were, at which height, and whom it joined.

    Raises:
        NotFoundError: nobody has looked for groups yet.
        RequestError: the method makes no tree.
    """
    found = _found(view).clustering
    assert found is not None  # noqa: S101 - it is one
    rows = [(join.groups, join.height, *join.customers) for join in joins(dendrogram(found.model))]
    return pd.DataFrame(rows, columns=["groups", "height", "customers_one", "customers_other"])


def cluster_components_table(view: View) -> pd.DataFrame:
    """The three directions of the cloud: what they explain, and the weight of each metric.

    Raises:
        NotFoundError: nobody has looked for groups yet.
    """
    found = _found(view).clustering
    assert found is not None  # noqa: S101 - it is one
    projection = found.projection
    rows = [
        (place + 1, float(share), *map(float, weights))
        for place, (share, weights) in enumerate(zip(projection.explained, projection.loadings, strict=True))
    ]
    return pd.DataFrame(rows, columns=["component", "explained", *found.space.names])


def _found(view: View) -> Segmentation:
    found = results.clusters(view.request)
    if found is None:
        raise NotFoundError(say("No groups have been found for this view yet. Open the Clusters tab first."))
    return found
