"""How a segment differs from everyone else, metric by metric, and the plain words for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from analytics.metrics import Metric
from analytics.text import say

NOTICEABLE = 0.3
"""A standardised difference (Cohen's d) below this is not worth a word; .2 is called small, .5 medium, .8 large."""


@dataclass(frozen=True, slots=True)
class MetricProfile:
    """One metric inside a segment and outside it; missing values are left out, None where nothing is left."""

    metric: str
    mean: float | None
    median: float | None
    rest_mean: float | None
    rest_median: float | None
    difference: float | None
    """Mean inside minus mean outside."""
    effect: float
    """The difference of the means of log(1 + value) in pooled standard deviations (Cohen 1988, d); 0 where there is no spread."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Profile:
    """A segment's metrics against the rest."""

    metrics: tuple[MetricProfile, ...]

    def of(self, metric: str) -> MetricProfile:
        return next(item for item in self.metrics if item.metric == metric)


def profiles(
    frame: pd.DataFrame, codes: np.ndarray[Any, Any], segments: int, metrics: Sequence[Metric]
) -> tuple[Profile, ...]:
    """The profile of each segment. `codes` has shape (customers,) and counts from 0."""
    rows: list[list[MetricProfile]] = [[] for _ in range(segments)]
    for metric in metrics:
        values = frame[metric.name].to_numpy(dtype=float, na_value=np.nan)
        known = ~np.isnan(values)
        for code, row in enumerate(rows):
            inside = codes == code
            row.append(_profile(metric.name, values[inside & known], values[~inside & known]))
    return tuple(Profile(tuple(row)) for row in rows)


def _profile(name: str, inside: np.ndarray[Any, Any], outside: np.ndarray[Any, Any]) -> MetricProfile:
    mean, median = _middle(inside)
    rest_mean, rest_median = _middle(outside)
    difference = None if mean is None or rest_mean is None else mean - rest_mean
    return MetricProfile(name, mean, median, rest_mean, rest_median, difference, _effect(inside, outside))


def _middle(values: np.ndarray[Any, Any]) -> tuple[float | None, float | None]:
    return (float(values.mean()), float(np.median(values))) if len(values) else (None, None)


def _effect(inside: np.ndarray[Any, Any], outside: np.ndarray[Any, Any]) -> float:
    if len(inside) < 2 or len(outside) < 2:
        return 0.0
    one, other = (np.sign(values) * np.log1p(np.abs(values)) for values in (inside, outside))
    pooled = ((len(one) - 1) * one.var(ddof=1) + (len(other) - 1) * other.var(ddof=1)) / (len(one) + len(other) - 2)
    return float((one.mean() - other.mean()) / np.sqrt(pooled)) if pooled > 1e-24 else 0.0


def names(described: Sequence[Profile], metrics: Sequence[Metric]) -> tuple[str, ...]:
    """A different plain-words name for each cluster, from the metrics that set it apart most."""
    by_name = {metric.name: metric for metric in metrics}
    taken: list[str] = []
    for profile in described:
        told = sorted((item for item in profile.metrics if item.metric in by_name), key=lambda item: -abs(item.effect))
        words = [
            say(by_name[item.metric].high if item.effect > 0 else by_name[item.metric].low)
            for item in told
            if abs(item.effect) >= NOTICEABLE
        ]
        choices = [_joined(words[:count]) for count in range(2, len(words) + 1)] if len(words) > 1 else []
        choices = choices or [_joined(words) if words else say("Close to average")]
        free = [choice for choice in choices if choice not in taken]
        name, again = (free or choices[:1])[0], 2
        while name in taken:
            name, again = say("{name} ({number})", name=(free or choices[:1])[0], number=again), again + 1
        taken.append(name)
    return tuple(taken)


def _joined(words: Sequence[str]) -> str:
    patterns = {1: "{a}", 2: "{a}, {b}", 3: "{a}, {b}, {c}"}
    chosen = words[:3]
    text = say(patterns[len(chosen)], **dict(zip("abc", chosen, strict=False)))
    return text[:1].upper() + text[1:]
