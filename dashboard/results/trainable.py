"""What can be trained on a dataset: columns to predict, and features that may be left out."""

from __future__ import annotations

from analytics.errors import AnalyticsError
from analytics.metrics import METRICS
from analytics.predict import Problem, TrainingRequest
from analytics.predict.targets import Target, targets_of, untellable
from analytics.sources import open_source
from analytics.text import say
from dashboard import results
from dashboard.results import Kept
from dashboard.results.models import training_for
from dashboard.state import View

_TARGETS = Kept(8)
_UNTELLABLE = Kept(8)


def targets(view: View) -> tuple[Target, ...]:
    """The columns of the dataset's labelled table that may be predicted; none where there is no such table."""
    version = results.version_of(view.request)
    if "labelled" not in version.manifest.tables:
        return ()
    key = (version.manifest.dataset, version.manifest.version)
    return _TARGETS.get(key, lambda: targets_of(open_source(version)))


def untellable_of(view: View) -> dict[str, int]:
    """The columns of the labelled table that cannot be predicted → how many different values each has: one, or none."""
    version = results.version_of(view.request)
    if "labelled" not in version.manifest.tables:
        return {}
    key = (version.manifest.dataset, version.manifest.version)
    return _UNTELLABLE.get(key, lambda: untellable(open_source(version)))


def heading_of(view: View, column: str) -> str:
    """A column of the labelled table as it is headed in its file."""
    return results.version_of(view.request).manifest.mapping_of("labelled").get(column) or column


def last_request(view: View) -> TrainingRequest | None:
    """What was asked for the training that is shown; None where there is none, or it cannot be opened."""
    try:
        found = training_for(view)
    except AnalyticsError:  # the tab says why
        return None
    return found.request if found is not None else None


def features_of(view: View, asked: Problem, target: str) -> dict[str, str]:
    """Feature → its label, of those that may be left out, as far as they are known before a training."""
    try:
        found = training_for(view)
    except AnalyticsError:  # the tab says why
        found = None
    if found is not None and (found.request.problem, found.request.target) == (asked.name, target):
        known = {item.name: item.label for item in found.inputs}
        known |= {leak.column: leak.column for leak in found.leaks if leak.column not in known}
        return known | {name: name for name in found.request.leave_out if name not in known}
    if "labelled" in asked.needs:
        return {item.name: heading_of(view, item.name) for item in targets(view) if item.name != target}
    if asked.one_case_is == "customer":
        return {item.name: say(item.label) for item in METRICS}
    return {}
