"""Drift: how far today's customers are from those that a model learnt from."""

from __future__ import annotations

from typing import Final

from analytics.predict.inputs import checked_frame
from analytics.predict.scoring.drift import Moved, drift
from analytics.sources import open_source
from dashboard import results
from dashboard.results import Kept
from dashboard.results.chosen_model import Chosen
from dashboard.state import View

_DRIFTS: Final = Kept(12)


def of_today(view: View, one: Chosen) -> tuple[Moved, ...] | None:
    """The drift of each input, the largest first; None where a question has no cases of today.

    Raises:
        AnalyticsError: today's cases lack an input.
    """
    current = one.training.asked.current
    if current is None:
        return None
    asked = results.resolved(view.request)

    def compute() -> tuple[Moved, ...]:
        request = one.training.request.resolved(str(asked.version), asked.as_of)  # type: ignore[arg-type]  # it is written out
        cases = current(open_source(results.version_of(asked)), request)
        inputs = one.contender.fitted.inputs
        return drift(inputs, checked_frame(cases.frame, inputs))

    return _DRIFTS.get((*one.key, asked.version, asked.as_of), compute)
