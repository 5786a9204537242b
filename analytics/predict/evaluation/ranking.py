"""Ranking: cases in the order of their scores, counted step by step. Curves, areas and cut-offs all read off these counts.

Equal scores are one step, because no cut-off parts them; so nothing depends on the order in which rows came.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from analytics.predict.cases import Numbers

Places = np.ndarray[Any, np.dtype[np.intp]]


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """Cases with the highest scores first."""

    order: Places
    """The row of each place, shape (cases,); equal scores in the order of their answers."""
    truth: Numbers
    """The true answer at each place, shape (cases,)."""
    ends: Places
    """The last place of each step, shape (steps,)."""
    levels: Numbers
    """The score of each step, falling, shape (steps,)."""

    def cumulated(self, weights: Numbers | None = None) -> tuple[Numbers, Numbers]:
        """(sum of the true answers, number of cases) down to the end of each step, each of shape (steps,).

        `weights` say how often each place counts, shape (cases,).
        """
        if weights is None:
            return np.cumsum(self.truth)[self.ends], (self.ends + 1).astype(np.float64)
        return np.cumsum(self.truth * weights)[self.ends], np.cumsum(weights)[self.ends]


def ranked(truth: Numbers, scores: Numbers) -> Ranked:
    """The cases of true answers and scores, both of shape (cases,), in the order of their scores."""
    order = np.lexsort((truth, scores))[::-1]
    falling = scores[order]
    ends = np.flatnonzero(np.append(falling[1:] != falling[:-1], True)) if len(order) else np.zeros(0, np.intp)
    return Ranked(order, truth[order], ends, falling[ends])


def area_under_roc(found: Numbers, called: Numbers) -> float:
    """The area under the ROC curve by trapezoids (Hanley & McNeil 1982), from cumulated yes and cases; NaN without both."""
    if not len(found):
        return float("nan")
    wrong = called - found
    yes, no = found[-1], wrong[-1]
    if yes <= 0 or no <= 0:
        return float("nan")
    steps = np.diff(wrong, prepend=0.0)
    heights = found - np.diff(found, prepend=0.0) / 2
    return float((steps * heights).sum() / (yes * no))


def average_precision_of(found: Numbers, called: Numbers) -> float:
    """Σ (recall - recall before) · precision over the steps (Manning, Raghavan & Schütze 2008, 8.4); NaN without a yes."""
    if not len(found) or found[-1] <= 0:
        return float("nan")
    gained = np.diff(found, prepend=0.0)
    precision = np.divide(found, called, out=np.zeros_like(found), where=called > 0)
    return float((gained * precision).sum() / found[-1])


def binned(truth: Numbers, scores: Numbers, bins: int) -> tuple[Numbers, Numbers, Numbers]:
    """Bins of equal size over the ranks, lowest scores first: (cases, mean score, mean true answer), each of shape (bins,).

    Among equal scores each case counts with their mean answer, so that it does not matter which of them falls into which bin.
    """
    seen = ranked(truth, scores)
    count = len(seen.order)
    if not count:
        return np.zeros(0), np.zeros(0), np.zeros(0)
    sizes = np.diff(seen.ends, prepend=-1)
    answers = np.repeat(np.add.reduceat(seen.truth, np.append(0, seen.ends[:-1] + 1)) / sizes, sizes)[::-1]
    rising = scores[seen.order][::-1]
    edges = np.round(np.linspace(0, count, min(bins, count) + 1)).astype(np.intp)
    starts, cases = edges[:-1], np.diff(edges).astype(np.float64)
    return cases, np.add.reduceat(rising, starts) / cases, np.add.reduceat(answers, starts) / cases
