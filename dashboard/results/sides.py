"""What stands side by side on the Clusters tab: which segmentations, what was found of them, and what is kept."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Final

import pandas as pd

from analytics.clusters import ALGORITHMS
from analytics.errors import AnalyticsError, NotFoundError
from analytics.request import FEWEST_GROUPS, MOST_GROUPS, RFM, AnalysisRequest
from analytics.rfm import SEGMENT
from analytics.segmentation import (
    CLUSTER,
    Comparison,
    Pin,
    drift_of,
    label_of,
    name_of,
    pins,
    problem_of,
    request_named,
    stored_comparison,
)
from analytics.segmentation.comparing import FEWEST, MOST, meant
from analytics.segmentation.drift import Drift
from analytics.text import say
from dashboard import results
from dashboard.results import Kept
from dashboard.state import View

_FOUND: Final = Kept(8)


@dataclass(frozen=True, slots=True)
class Listed:
    """Something kept: how far its customers have moved, or why they cannot be placed."""

    pin: Pin
    drift: Drift | None
    problem: str


def present(view: View) -> str:
    """The name of the clustering that the tab shows."""
    return name_of(base(view))


def base(view: View) -> AnalysisRequest:
    """The clustering that the tab shows, with version and day written out."""
    return results.resolved(view.request).clustering()


def choices(view: View) -> dict[str, str]:
    """Name → label of what can be put side by side: RFM, the present groups, what is kept, and quick variants."""
    asked = base(view)
    told = {RFM: say("RFM segments"), name_of(asked): say("Present groups: {name}", name=label_of(asked))}
    told |= {pin.name: say("Kept: {name}", name=pin.name) for pin in pins(results.version_of(asked))}
    known = results.clusters(view.request)
    around = known.k if known is not None else asked.k or 4
    around = min(max(around, FEWEST_GROUPS), MOST_GROUPS)  # crowds may be none, or very many
    variants = []
    if asked.algorithm_used.has("k"):
        near = (k for k in range(around - 2, around + 3) if FEWEST_GROUPS <= k <= MOST_GROUPS)
        variants += [replace(asked, k=k) for k in near]
    others = (known for known in ALGORITHMS if known.name != asked.algorithm)
    variants += [
        replace(asked, algorithm=other.name, k=around if other.has("k") else None, params=()) for other in others
    ]
    for variant in variants:
        told.setdefault(name_of(variant), label_of(variant))
    for name in view.many("sides"):
        told.setdefault(name, _label(view, name))
    return told


def _label(view: View, name: str) -> str:
    try:
        return label_of(request_named(name, base(view)))
    except AnalyticsError:
        return say("{name} (gone)", name=name)


def chosen(view: View) -> tuple[str, ...]:
    """The names that are put side by side: those of the view, or RFM and the present groups."""
    names = view.many("sides")
    return names if len(names) >= FEWEST else (RFM, present(view))


def problem(view: View) -> str:
    """Why the chosen ones cannot be put side by side, in a sentence; empty where they can be."""
    asked, version, names = base(view), results.version_of(view.request), chosen(view)
    if len(names) > MOST:
        return say("Choose {most} at most.", most=MOST)
    try:
        known = [meant(asked, version, name) for name in names]
    except AnalyticsError as gone:
        return str(gone)
    table = results.customers(view.request)
    told = (problem_of(pin, table) for pin in known if isinstance(pin, Pin))
    return next((sentence for sentence in told if sentence), "")


def comparison(view: View) -> Comparison | None:
    """What a job has found of the chosen ones; None where none has yet."""
    asked, names = base(view), chosen(view)
    key = (json.dumps(asked.to_json(), sort_keys=True), names, results.pins_stamp(asked))
    if _FOUND.has(key):
        return _FOUND.get(key, lambda: None)
    found = stored_comparison(asked, results.version_of(asked), names)
    return _FOUND.get(key, lambda: found) if found is not None else None


def column_of(view: View, name: str) -> str | None:
    """The column of the customers that says in which segment of a segmentation they are; None where there is none."""
    if name == RFM:
        return SEGMENT
    if name == present(view):
        return CLUSTER
    pin = next((pin for pin in pins(results.version_of(view.request)) if pin.name == name), None)
    return pin.column if pin is not None else None


def kept(view: View) -> tuple[Listed, ...]:
    """What is kept of the dataset, with how far its customers have moved."""
    table = results.customers(view.request)
    stamp = results.pins_stamp(view.request)

    def look() -> tuple[Listed, ...]:
        found = []
        for pin in pins(results.version_of(view.request)):
            moved = drift_of(pin, table)
            why = problem_of(pin, table) or ("" if moved else say("Its rule cannot be looked up on these customers."))
            found.append(Listed(pin, moved, why))
        return tuple(found)

    return _FOUND.get(("kept", table.key, table.as_of, stamp), look)


def sides_table(view: View) -> pd.DataFrame:
    """Every two segmentations, segment by segment: customers, and their share of the first one's segment.

    Raises:
        NotFoundError: they have not been put side by side yet.
    """
    found = comparison(view)
    if found is None:
        raise NotFoundError(say("These have not been put side by side yet. Open the Clusters tab first."))
    return pd.DataFrame(
        {
            "one": found.sides[pair.one].name,
            "segment_of_one": row,
            "other": found.sides[pair.other].name,
            "segment_of_other": column,
            "customers": int(pair.table[i, j]),
            "share_of_one": float(pair.row_shares[i, j]),
            "adjusted_rand": pair.adjusted_rand,
            "adjusted_mutual_information": pair.adjusted_mutual_information,
        }
        for pair in found.pairs
        for i, row in enumerate(found.sides[pair.one].segments)
        for j, column in enumerate(found.sides[pair.other].segments)
    )
