"""What the RFM and Clusters tabs' charts say, as tables that can be taken along."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pandas as pd

from analytics import rfm
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
    return pd.DataFrame([asdict(tried) for tried in _found(view).qualities])


def cluster_components_table(view: View) -> pd.DataFrame:
    """The three directions of the cloud: what they explain, and the weight of each metric.

    Raises:
        NotFoundError: nobody has looked for groups yet.
    """
    found = _found(view)
    projection = found.projection
    if projection is None:
        return pd.DataFrame(columns=["component", "explained", *found.metrics])
    rows = [
        (place + 1, float(share), *map(float, weights))
        for place, (share, weights) in enumerate(zip(projection.explained, projection.loadings, strict=True))
    ]
    return pd.DataFrame(rows, columns=["component", "explained", *found.metrics])


def cluster_profiles_table(view: View) -> pd.DataFrame:
    """Each group and each metric: mean and median inside and outside, and the effect size.

    Raises:
        NotFoundError: nobody has looked for groups yet.
    """
    return pd.DataFrame(
        {"group": group.name, "customers": group.customers, **profile.to_json()}
        for group in _found(view).segments
        for profile in group.profile.metrics
    )


def _found(view: View) -> Segmentation:
    found = results.clusters(view.request)
    if found is None:
        raise NotFoundError(say("No groups have been found for this view yet. Open the Clusters tab first."))
    return found
