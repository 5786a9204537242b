"""The profiles of RFM segments and of clusters, as results and as tables that can be taken along."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.errors import NotFoundError
from analytics.profiles import Spread, heading_of, spread
from analytics.request import AnalysisRequest
from analytics.segmentation import Segment, Segmentation, are_profiled
from analytics.text import say
from dashboard import results
from dashboard.state import View

MOST_WAITED_FOR: Final = 30_000
"""RFM profiles of so many customers take about a second; more are the work of a job."""
_FURTHER: Final = ("order_value_mean", "tenure_days", "days_between_orders_mean", "lines_per_order_mean")
"""What is shown of a segment beside what it was made by."""


def found_groups(view: View) -> Segmentation:
    """The clusters of a view.

    Raises:
        NotFoundError: nobody has looked for groups yet.
    """
    found = results.clusters(view.request)
    if found is None:
        raise NotFoundError(say("No groups have been found for this view yet. Open the Clusters tab first."))
    return found


def found_segments(view: View) -> Segmentation:
    """The RFM segments of a view.

    Raises:
        NotFoundError: they are many, and nobody has profiled them yet.
    """
    found = rfm_profiles(view.request)
    if found is None:
        raise NotFoundError(say("These segments are not described yet. Open the RFM tab first."))
    return found


def rfm_profiles(request: AnalysisRequest) -> Segmentation | None:
    """RFM segments with their profiles: at once where they are there or take no time, else None until a job has been."""
    asked = results.resolved(request)
    version = results.version_of(asked)
    if version.manifest.customers > MOST_WAITED_FOR and not are_profiled(asked, version):
        return None
    return results.segmentation(request)


def made_by(found: Segmentation) -> tuple[str, ...]:
    """The columns that the segments were made by."""
    return (*found.metrics, *(found.clustering.attributes if found.clustering else ()))


def shown_metrics(found: Segmentation) -> list[str]:
    """The numbers that are drawn side by side: those that the segments were made by, and a few that everyone has."""
    profile = found.segments[0].profile
    return [name for name in dict.fromkeys([*made_by(found), *_FURTHER]) if profile.has(name)]


def all_metrics(found: Segmentation) -> list[str]:
    """Every number that there is a profile of, those that the segments were made by first."""
    names = [item.metric for item in found.segments[0].profile.metrics]
    own = made_by(found)
    return [*(name for name in names if name in own), *(name for name in names if name not in own)]


def segment_of(found: Segmentation, name: object) -> tuple[int, Segment]:
    """The segment of that name with its place; the first where there is none."""
    pairs = list(enumerate(found.segments))
    return next((pair for pair in pairs if pair[1].name == name), pairs[0])


def metric_of(found: Segmentation, name: object) -> str:
    """The metric of that name; the first that the segments were made by where there is none."""
    names = all_metrics(found)
    return str(name) if name in names else names[0]


def spread_of(view: View, found: Segmentation, code: int, name: str, *, logarithmic: bool) -> Spread | None:
    """How a metric is spread in a segment and among all others; None where nobody has a value."""

    def compute(_asked: Any) -> Spread | None:
        values = found.table.frame[name].to_numpy(dtype=float, na_value=np.nan)
        return spread(values, found.codes == code, logarithmic=logarithmic)

    asked = json.dumps({**view.request.unfiltered().to_json(), "dataset": ""}, sort_keys=True)
    return results.reduced(("spread", found.algorithm, asked, code, name, logarithmic), view.request, compute)


def _metrics_table(found: Segmentation) -> pd.DataFrame:
    return pd.DataFrame(
        {"group": group.name, "customers": group.customers, **profile.to_json(), "known": profile.customers}
        for group in found.segments
        for profile in group.profile.metrics
    )


def _attributes_table(found: Segmentation) -> pd.DataFrame:
    rows = [
        {"group": group.name, "group_customers": group.customers, **item.to_json()}
        for group in found.segments
        for item in group.profile.values
    ]
    return pd.DataFrame(rows or {"group": [], "attribute": [], "value": []})


def _groups_table(found: Segmentation) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "group": group.name,
            "customers": group.customers,
            "orders": group.orders,
            "revenue": group.revenue,
            **{f"{name}_share": share for name, share in group.profile.shares.to_json().items()},
            "sentence": group.sentence,
            "rule": group.rule.sentence if group.rule else group.no_rule,
            "precision": group.rule.precision if group.rule else None,
            "recall": group.rule.recall if group.rule else None,
            "typical_customers": ", ".join(group.typical),
        }
        for group in found.segments
    )


def _spread_table(view: View, found: Segmentation, chosen: str) -> pd.DataFrame:
    code, group = segment_of(found, chosen)
    name = metric_of(found, view.one("profile_metric"))
    told = spread_of(view, found, code, name, logarithmic=view.one("profile_scale") == "log")
    if told is None:
        raise NotFoundError(say("{metric} is missing for every customer.", metric=heading_of(name)))
    columns = {"from": told.edges[:-1], "to": told.edges[1:], "customers": told.inside, "others": told.rest}
    return pd.DataFrame({"group": group.name, "metric": name, **columns})


def cluster_spread_table(view: View) -> pd.DataFrame:
    """The bins of the chosen metric, within the chosen group and among everyone else."""
    return _spread_table(view, found_groups(view), view.one("profile_of"))


def rfm_spread_table(view: View) -> pd.DataFrame:
    """The bins of the chosen metric, within the chosen segment and among everyone else."""
    return _spread_table(view, found_segments(view), next(iter(view.many("compare")), ""))


_KINDS: Final = {"cluster": found_groups, "rfm": found_segments}


def _of(kind: str, write: Callable[[Segmentation], pd.DataFrame]) -> Callable[[View], pd.DataFrame]:
    return lambda view: write(_KINDS[kind](view))


PROFILE_TABLES: Final[dict[str, Callable[[View], pd.DataFrame]]] = {
    **{f"{kind}_profiles": _of(kind, _metrics_table) for kind in _KINDS},
    **{f"{kind}_attributes": _of(kind, _attributes_table) for kind in _KINDS},
    **{f"{kind}_cards": _of(kind, _groups_table) for kind in _KINDS},
    "cluster_spread": cluster_spread_table,
    "rfm_spread": rfm_spread_table,
}
"""The tables behind the charts of profiles."""
