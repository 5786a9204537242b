"""Drift: how far the customers of now are from those that a kept segmentation was made on, by the index of `shifts`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analytics.shifts import Bins, Shares, Verdict, stability_index, verdict


@dataclass(frozen=True, slots=True)
class Drift:
    """How far a kept segmentation's customers have moved."""

    segments: float
    """The index of the segments' shares."""
    features: tuple[tuple[str, float], ...]
    """(column, index) of what the segments were made by, the largest first."""

    @property
    def most(self) -> float:
        """The largest of all."""
        return max((self.segments, *(index for _, index in self.features)))

    @property
    def verdict(self) -> Verdict:
        return verdict(self.most)

    def to_json(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict,
            "segments": {"psi": self.segments, "verdict": verdict(self.segments)},
            "features": [{"column": name, "psi": index, "verdict": verdict(index)} for name, index in self.features],
        }


def drift(
    bins: Sequence[Bins],
    frame: pd.DataFrame,
    shares_then: Sequence[float] | Shares,
    shares_now: Sequence[float] | Shares,
) -> Drift:
    """The drift of some columns and of the segments' shares. The frame has every column of the bins."""
    found = [(known.column, stability_index(known.shares, known.count(frame[known.column]))) for known in bins]
    return Drift(stability_index(shares_then, shares_now), tuple(sorted(found, key=lambda item: (-item[1], item[0]))))
