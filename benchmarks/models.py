"""Comparing models: six of them in five folds, ours against bare fits of the same estimators on a matrix that is ready."""

from __future__ import annotations

import os
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analytics.predict import TrainingRequest, learners_of, train_on
from analytics.predict.cases import Cases, features
from analytics.predict.learning.preparing import pipeline
from benchmarks.measure import Line, in_turn

FOLDS = 5
VISITS = 12_330
"""As many as Online Shoppers has (Sakar et al. 2018)."""
REQUEST = TrainingRequest("shop", problem="classification", target="Revenue", folds=FOLDS)


def online_shoppers() -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
    """Online Shoppers where `CLIENTELE_REAL_DATA` says it is; else drawn visits of the same shape and share of buyers."""
    folder = os.environ.get("CLIENTELE_REAL_DATA")
    if folder:
        table = pd.read_csv(Path(folder) / "online_shoppers_intention.csv")
        return table.drop(columns="Revenue"), table["Revenue"].to_numpy(dtype=float)
    draw = np.random.default_rng(0)
    counts = {f"pages_{place}": draw.poisson(2 + 5 * place, VISITS).astype(float) for place in range(4)}
    seconds = {f"seconds_{place}": draw.lognormal(3 + place, 1.5, VISITS) for place in range(4)}
    codes = {f"code_{place}": draw.integers(1, 4 + 4 * place, VISITS).astype(float) for place in range(6)}
    texts = {
        "month": draw.choice([f"m{month}" for month in range(10)], VISITS),
        "visitor": draw.choice(list("abc"), VISITS),
    }
    worth = np.where(draw.random(VISITS) < 0.22, draw.lognormal(2.5, 1, VISITS), 0.0)
    likely = 1 / (1 + np.exp(3.4 - 3.2 * (worth > 0) - 0.05 * counts["pages_1"]))
    return pd.DataFrame({**counts, **seconds, **codes, **texts, "worth": worth}), (draw.random(VISITS) < likely).astype(
        float
    )


@cache
def cases() -> Cases:
    frame, target = online_shoppers()
    return Cases(features(frame), target, pd.Series([f"v{row:06}" for row in range(len(frame))]))


def ours() -> object:
    """Everything that the comparison does: guard, folds, calibration, cut-offs, intervals."""
    return train_on(cases(), REQUEST)


def bare() -> None:
    """The same fits, five on four fifths of the training part and one on all of it, of matrices that are ready."""
    frame, target = cases().frame, cases().target
    training = np.arange(len(target)) % 5 > 0
    for learner in learners_of("classification"):
        made = pipeline(REQUEST, learner, {})
        matrix = made.named_steps["prepare"].fit_transform(frame[training])
        answers = target[training]
        fold = np.arange(len(answers)) % FOLDS
        for left in range(FOLDS + 1):  # the last time nothing is left out
            model = learner.make({}, 0)
            model.fit(matrix[fold != left], answers[fold != left])


def run() -> list[Line]:
    from threadpoolctl import threadpool_limits

    with (
        threadpool_limits(1),
        warnings.catch_warnings(),
    ):  # XGBoost and forests have two threads of their own, here and there
        warnings.filterwarnings("ignore", message="Stochastic Optimizer")  # its rounds are a budget
        took, plain, ratio = in_turn(ours, bare, runs=3, warm=False)
    return [
        Line(
            "Six models compared in five folds, against bare fits",
            ratio,
            "×",
            most=1.3,
            remark=f"{took:.1f} s, {plain:.1f} s",
        )
    ]
