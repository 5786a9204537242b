"""What customers are grouped by, kept for the page and as tables that can be taken along."""

from __future__ import annotations

from dataclasses import asdict

import pandas as pd

from analytics.clusters.features import Features, Spread, describe_space, feature_spread
from dashboard import results
from dashboard.state import View


def features(view: View) -> Features:
    """What scaling makes of the view's features, over all customers."""
    asked = view.request
    key = ("features", asked.metrics, asked.attributes, asked.scaling)
    return results.reduced(
        key,
        asked,
        lambda request: describe_space(results.customers(request), asked.metrics, asked.attributes, asked.scaling),
    )


def chosen_feature(view: View) -> str:
    """The feature whose spread is shown: the one that is asked for, or the one that scaling changes most."""
    found = features(view).features
    asked = view.one("clusters_feature")
    if any(item.name == asked for item in found):
        return asked
    changed = {item.name: abs((item.skew_before or 0) - (item.skew_after or 0)) for item in found}
    return max(changed, key=lambda name: changed[name])


def spread(view: View) -> Spread:
    """How all customers lie by the feature that is shown, before and after scaling."""
    name, scaled = chosen_feature(view), view.request.scaling
    return results.reduced(
        ("feature spread", name, scaled),
        view.request,
        lambda request: feature_spread(results.customers(request), name, scaled),
    )


def features_table(view: View) -> pd.DataFrame:
    """Each feature: its kind, what stands in for how many missing values, its skew before and after, its weight."""
    left_out = ("unit", "meaning", "missing", "values")
    rows = [asdict(item) for item in features(view).features]
    return pd.DataFrame(rows).drop(columns=list(left_out)).rename(columns={"name": "feature"})


def feature_spread_table(view: View) -> pd.DataFrame:
    """The bars of the feature that is shown, before and after scaling."""
    found = spread(view)
    rows = [
        (found.name, side, found.labels[place] if found.labels else "", bar.low, bar.high, bar.customers, bar.stood_in)
        for side, bars in (("before", found.before), ("after", found.after))
        for place, bar in enumerate(bars)
    ]
    return pd.DataFrame(rows, columns=["feature", "side", "value", "low", "high", "customers", "stood_in"])
