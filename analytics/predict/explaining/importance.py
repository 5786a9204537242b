"""Importance: how much worse a model is at telling cases apart when one feature's values are shuffled among them."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from analytics.predict.cases import Numbers
from analytics.predict.evaluation.measures import RANKED_BY, measure
from analytics.predict.inputs import Input, checked_frame
from analytics.predict.learning.splitting import canonical_order
from analytics.predict.trained import Fitted
from analytics.text import say

ALIKE: Final = 0.7
"""Features whose values go together as closely as this share their importance."""
_MOST_ROWS_AT_ONCE: Final = 50_000


@dataclass(frozen=True, slots=True)
class Importance:
    """What a model owes to one feature."""

    feature: str
    label: str
    drop: float
    """How much worse the measure is without it, in the mean of the shuffles; near 0, or below, where it plays no part."""
    low: float
    """The least and the most of the shuffles."""
    high: float


def permutation(
    fitted: Fitted, frame: pd.DataFrame, truth: Numbers, *,
    seed: int = 0, repeats: int = 5, most: int = 2_000, measured_by: str = "",
) -> tuple[Importance, ...]:  # fmt: skip
    """The importance of each feature, the most important first (Breiman 2001, 10; Fisher, Rudin & Dominici 2019).

    Args:
        frame: the features of cases that the model has not learnt from; `most` of them are drawn.
        truth: their true answers, shape (cases,).
        measured_by: the measure that gets worse; the one that models are ranked by where none is given.
    """
    known = checked_frame(frame, fitted.inputs)
    chosen = canonical_order(known, truth, seed)[:most]
    known, told = known.iloc[chosen].reset_index(drop=True), truth[chosen]
    judge = measure(measured_by or RANKED_BY[fitted.kind])
    sign = 1 if judge.is_higher_better else -1
    whole = judge.compute(told, fitted.score_known(known), 0.5)
    found = []
    for item in fitted.inputs:
        scores = _shuffled_scores(fitted, known, item.name, seed, repeats)
        drops = [sign * (whole - judge.compute(told, one, 0.5)) for one in scores]
        found.append(Importance(item.name, item.label, float(np.mean(drops)), float(min(drops)), float(max(drops))))
    return tuple(sorted(found, key=_by_drop))


def _by_drop(one: Importance) -> tuple[bool, float, str]:
    """The largest first, and last what is not defined."""
    return math.isnan(one.drop), 0.0 if math.isnan(one.drop) else -one.drop, one.feature


def _shuffled_scores(fitted: Fitted, known: pd.DataFrame, feature: str, seed: int, repeats: int) -> list[Numbers]:
    # A feature's shuffles are drawn by its name: what other columns there are, and in which order, plays no part
    rng = np.random.default_rng([seed, zlib.crc32(feature.encode())])
    rows = np.arange(len(known))
    orders = [rng.permutation(rows) for _ in range(repeats)]
    at_once = max(1, _MOST_ROWS_AT_ONCE // max(1, len(known)))
    scores: list[Numbers] = []
    for first in range(0, repeats, at_once):
        group = orders[first : first + at_once]
        together = known.iloc[np.tile(rows, len(group))].reset_index(drop=True)
        together[feature] = known[feature].iloc[np.concatenate(group)].reset_index(drop=True)
        scores += np.split(fitted.score_known(together), len(group))
    return scores


@dataclass(frozen=True, slots=True)
class Pair:
    """Two features that say much the same."""

    first: str
    second: str
    labels: tuple[str, str]
    strength: float
    """0 to 1: how closely their values go together."""


def alike(frame: pd.DataFrame, inputs: Sequence[Input], *, most: int = 2_000) -> tuple[Pair, ...]:
    """The pairs of features that share their importance, the closest first.

    Of two numbers, Spearman's rank correlation (1904) without its sign; of two texts, Cramér's V (1946); of a number and a
    text, the correlation ratio of the ranks (Kruskal & Wallis 1952). Missing values are in the middle, or a value of their own.
    """
    if len(frame) < 3:
        return ()
    known = checked_frame(frame, inputs)
    order = canonical_order(known, np.zeros(len(known)), 0)[:most]
    known = known.iloc[np.sort(order)]
    columns = {item.name: _values(known[item.name], item) for item in sorted(inputs, key=lambda one: one.name)}
    of_name = {item.name: item for item in inputs}
    names = list(columns)
    found = []
    for place, first in enumerate(names):
        for second in names[place + 1 :]:
            strength = _strength(columns[first], columns[second], of_name[first].kind, of_name[second].kind)
            if strength >= ALIKE:
                found.append(Pair(first, second, (of_name[first].label, of_name[second].label), strength))
    return tuple(sorted(found, key=lambda pair: (-pair.strength, pair.first, pair.second)))


def pairs_sentence(pairs: Sequence[Pair], *, most: int = 3) -> str:
    """What the reader should know of features that say the same; empty where there are none."""
    if not pairs:
        return ""
    named = [say("{first} and {second}", first=pair.labels[0], second=pair.labels[1]) for pair in pairs[:most]]
    return say(
        "Some features say much the same: {pairs}. Shuffling one leaves the other to go by, so each looks less important "
        "than the two are together.",
        pairs="; ".join(named),
    )


def _values(column: pd.Series, item: Input) -> Numbers:
    """The ranks of a number, around 0, or the codes of a text."""
    if item.kind == "text":
        return column.cat.codes.to_numpy().astype(np.float64) + 1
    ranks = np.asarray(column.fillna(column.median()).rank(), dtype=np.float64)
    around: Numbers = np.nan_to_num(ranks - float(ranks.mean()))  # NaN where no value is known at all
    return around


def _strength(first: Numbers, second: Numbers, first_kind: str, second_kind: str) -> float:
    if first_kind == "number" and second_kind == "number":
        spread = float(np.sqrt((first**2).sum() * (second**2).sum()))
        return abs(float((first * second).sum())) / spread if spread else 0.0
    if first_kind == "text" and second_kind == "text":
        return _cramers_v(first.astype(np.intp), second.astype(np.intp))
    numbers, codes = (second, first) if first_kind == "text" else (first, second)
    groups = codes.astype(np.intp)
    sizes = np.bincount(groups)
    sums = np.bincount(groups, numbers)
    between = float((sums[sizes > 0] ** 2 / sizes[sizes > 0]).sum())
    whole = float((numbers**2).sum())
    is_told_apart = (sizes > 0).sum() <= len(numbers) / 10  # with a value for each case any number is explained
    return float(np.sqrt(between / whole)) if whole and is_told_apart else 0.0


def _cramers_v(first: np.ndarray, second: np.ndarray) -> float:
    table = np.zeros((first.max() + 1, second.max() + 1))
    np.add.at(table, (first, second), 1)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    least = min(table.shape) - 1
    if not least or max(table.shape) > len(first) / 10:
        return 0.0
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / len(first)
    return float(np.sqrt(((table - expected) ** 2 / expected).sum() / (len(first) * least)))
