"""Contributions: what each feature of one case adds to its score or takes from it, so that all of them and a base make the score.

XGBoost knows its own Shapley values exactly, in log-odds (Lundberg et al. 2020, TreeSHAP); the columns of a text are added
up to their feature. To speak of chances, all log-odds move from the base to the case at the same pace, and each feature gets
what the calibrated probability rises by while it moves (Aumann & Shapley 1974). As log-odds simply add up, that is its part of
them times one slope: (score - base) / (log-odds of the case - log-odds of the base). So signs and order stay, and the parts
add up to score - base after calibration. Amounts that were predicted in logarithms are treated alike.

For all other models Shapley values are sampled (Štrumbelj & Kononenko 2014): from some ordinary cases, spread evenly over the
scores, one walks to the case in question, feature by feature in a drawn order and then in the opposite order; what the score
changes by at a step is the feature's. Each walk ends at the score, so the sum is exact however few there are.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.predict.cases import Numbers
from analytics.predict.explaining.reasons import Contribution, Place, reasons
from analytics.predict.inputs import Input, checked_frame
from analytics.predict.learning.splitting import canonical_order
from analytics.predict.trained import Fitted

__all__ = ["Background", "Contribution", "Contributions", "background_of", "contributions", "reasons"]

WALKS: Final = 12
"""Ordinary cases from which one walks; each there and back."""
_MOST_BACKGROUND: Final = 500
_KEPT_BACKGROUNDS: Final = 8
_FLAT: Final = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Contributions:
    """Of each row, what its features add."""

    base: float
    """Where the parts start from: the score where nothing is known of a case. With a row's parts it adds up to its score."""
    scores: Numbers
    """Shape (rows,)."""
    rows: tuple[tuple[Contribution, ...], ...]
    """Of each row, a part for each feature, in the order of the model's inputs."""


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """Ordinary cases to compare with."""

    matrix: Any
    """Some of them as the model reads them, shape (walks, columns)."""
    scores: Numbers
    """Shape (walks,)."""
    quartiles: Mapping[str, tuple[float, float]]
    """Of each number, between which two values the middle half lies."""


def background_of(fitted: Fitted, frame: pd.DataFrame, *, seed: int = 0) -> Background:
    """Ordinary cases out of a frame: `WALKS` of them, spread evenly over the scores, whatever the order of the rows."""
    known = checked_frame(frame, fitted.inputs)
    known = known.iloc[canonical_order(known, np.zeros(len(known)), seed)[:_MOST_BACKGROUND]]
    matrix = fitted.pipeline.named_steps["prepare"].transform(known)
    scores = fitted.score_matrix(matrix)
    rising = np.argsort(scores, kind="stable")
    walks = min(WALKS, len(rising))
    chosen = rising[((np.arange(walks) + 0.5) * len(rising) / walks).astype(np.intp)]
    numbers = [item.name for item in fitted.inputs if item.kind == "number" and known[item.name].notna().any()]
    quartiles = {name: _quartiles(known[name].dropna().to_numpy(dtype=float)) for name in numbers}
    return Background(matrix[chosen], scores[chosen], quartiles)


def contributions(
    fitted: Fitted, frame: pd.DataFrame, background: pd.DataFrame | Background, *, seed: int = 0
) -> Contributions:
    """What each feature of a few rows adds to their scores. The same for a row whatever other rows there are.

    Args:
        background: cases to compare with, like those of the test part; a frame's `Background` is kept for the next call.

    Raises:
        MissingColumnsError: a column is not there.
        DataError: a text is where numbers were.
    """
    ordinary = background if isinstance(background, Background) else _kept_background(fitted, background, seed)
    known = checked_frame(frame, fitted.inputs)
    steps = fitted.pipeline.named_steps
    matrix = steps["prepare"].transform(known)
    origins = np.asarray(steps["prepare"].origins_)
    scores = fitted.score_matrix(matrix)
    if _has_own_values(steps["model"]):
        base, effects = _own_values(fitted, matrix, scores, origins)
    else:
        base = float(ordinary.scores.mean())
        effects = np.array(
            [_sampled(fitted, row, score, ordinary, origins, seed) for row, score in zip(matrix, scores, strict=True)]
        )
    values = known.to_dict("list")
    rows = tuple(
        tuple(
            _part(item, values[item.name][row], float(effects[row, place]), ordinary, fitted)
            for place, item in enumerate(fitted.inputs)
        )
        for row in range(len(known))
    )
    return Contributions(base, scores, rows)


def _has_own_values(model: Any) -> bool:
    return type(model).__name__ in ("XGBClassifier", "XGBRegressor")


def _own_values(fitted: Fitted, matrix: Any, scores: Numbers, origins: Any) -> tuple[float, Numbers]:
    """(base, effects of shape (rows, features)) by TreeSHAP."""
    from xgboost import DMatrix

    booster = fitted.pipeline.named_steps["model"].get_booster()
    found = np.asarray(booster.predict(DMatrix(matrix, nthread=1), pred_contribs=True), dtype=np.float64)
    parts = np.zeros((len(matrix), len(fitted.inputs)))
    for column, feature in enumerate(origins):
        parts[:, feature] += found[:, column]
    start = float(found[0, -1])  # of all rows the same
    base = _of_margin(fitted, start)
    moved = parts.sum(axis=1)
    slope = np.array([_slope(fitted, start, base, one, float(score)) for one, score in zip(moved, scores, strict=True)])
    return base, parts * slope[:, None]


def _of_margin(fitted: Fitted, margin: float) -> float:
    raw = 1 / (1 + np.exp(-margin)) if fitted.kind == "classification" else margin
    return float(fitted.honest(np.array([raw]))[0])


def _slope(fitted: Fitted, start: float, base: float, moved: float, score: float) -> float:
    if abs(moved) > _FLAT:
        return (score - base) / moved
    # Parts that cancel out: the slope of the probability at the base itself
    step = 1e-3
    return (_of_margin(fitted, start + step) - _of_margin(fitted, start - step)) / (2 * step)


def _sampled(fitted: Fitted, row: Any, score: float, ordinary: Background, origins: Any, seed: int) -> Numbers:
    """The effects of one row's features, shape (features,), by walks from ordinary cases."""
    rng = np.random.default_rng(seed)  # every row has the same walks
    features = len(fitted.inputs)
    differs = np.zeros((len(ordinary.matrix), features), dtype=bool)
    unlike = ordinary.matrix != row
    for column, feature in enumerate(origins):
        differs[:, feature] |= unlike[:, column]
    walks, states = [], []
    for start, apart in zip(ordinary.matrix, differs, strict=True):
        drawn = rng.permutation(features)
        order = drawn[apart[drawn]]
        rank = np.full(features, features)
        rank[order] = np.arange(len(order))
        forth = rank[origins] < np.arange(1, len(order))[:, None]
        back = (len(order) - 1 - rank)[origins] < np.arange(1, len(order))[:, None]
        back &= rank[origins] < features
        walks.append(order)
        states.append(np.where(np.concatenate([forth, back]), row, start))
    passed = _passed(fitted, np.concatenate(states)) if any(len(part) for part in states) else np.zeros(0)
    effects = np.zeros(features)
    first = 0
    for order, start_score in zip(walks, ordinary.scores, strict=True):
        between = max(0, len(order) - 1)
        for path in (order, order[::-1]):
            if len(path):
                along = np.concatenate(([start_score], passed[first : first + between], [score]))
                effects[path] += np.diff(along)
            first += between
    return effects / (2 * len(walks))


def _passed(fitted: Fitted, matrix: Any) -> Numbers:
    """The scores on the way. A forest's trees are asked one by one: each time it is asked itself it sets up threads for them."""
    model = fitted.pipeline.named_steps["model"]
    if type(model).__name__ != "RandomForestClassifier":
        return fitted.score_matrix(matrix)
    rows = np.ascontiguousarray(matrix, dtype=np.float32)
    total = np.zeros(len(rows))
    for tree in model.estimators_:
        total += tree.tree_.predict(rows)[:, 1]
    return fitted.honest(total / len(model.estimators_))


def _part(item: Input, value: Any, effect: float, ordinary: Background, fitted: Fitted) -> Contribution:
    is_known = not pd.isna(value)
    told = (str(value) if item.kind == "text" else float(value)) if is_known else None
    return Contribution(
        item.name, item.label, told, effect, item.unit, item.usual, _place(item, told, ordinary),
        fitted.kind == "classification",
    )  # fmt: skip


def _place(item: Input, value: float | str | None, ordinary: Background) -> Place:
    if value is None:
        return "missing"
    if isinstance(value, str) or not isinstance(item.usual, float):
        return "usual" if value == item.usual else "other"
    low, high = ordinary.quartiles.get(item.name, (item.usual, item.usual))
    if value > max(high, item.usual):
        return "high"
    return "low" if value < min(low, item.usual) else "usual"


def _quartiles(values: Numbers) -> tuple[float, float]:
    low, high = (float(end) for end in np.quantile(values, (0.25, 0.75)))
    return low, high


_lock = threading.Lock()
_backgrounds: list[tuple[Fitted, pd.DataFrame, int, Background]] = []
"""Those that were asked for last: one case after the other is asked about the same model while somebody types."""


def _kept_background(fitted: Fitted, frame: pd.DataFrame, seed: int) -> Background:
    with _lock:
        for model, cases, drawn_by, known in _backgrounds:
            if model is fitted and cases is frame and drawn_by == seed:
                return known
    made = background_of(fitted, frame, seed=seed)
    with _lock:
        _backgrounds.append((fitted, frame, seed, made))
        del _backgrounds[:-_KEPT_BACKGROUNDS]
    return made
