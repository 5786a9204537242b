"""Preparing and fitting: missing values, texts and scales, balance and a learner, as one scikit-learn pipeline."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from analytics.predict.cases import Numbers
from analytics.predict.inputs import MOST_LEVELS
from analytics.predict.learners import Learner, Value
from analytics.predict.learning.balancing import balanced
from analytics.predict.steady import steady_scores

_FEWEST_STEPS: Final = 600
"""Steps without which a network has not begun to learn."""
_BATCH: Final = 200
"""Cases that a network looks at in one step."""

if TYPE_CHECKING:
    from analytics.predict.request import TrainingRequest


def pipeline(request: TrainingRequest, learner: Learner, settings: Mapping[str, Value]) -> Any:
    """An unfitted pipeline `prepare` → `model`; `fitted_pipeline` balances in between."""
    from sklearn.pipeline import Pipeline

    from analytics.predict.learning.encoder import Encoder

    prepare = Encoder(
        scaling=request.scaling,
        encoding=request.encoding,
        imputation=request.imputation,
        most_levels=MOST_LEVELS,
        bend=not learner.is_tree and learner.kind == "classification",
        dtype="float64" if learner.is_exact else "float32",
    )
    return Pipeline([("prepare", prepare), ("model", learner.make(settings, request.seed))])


def fitted_pipeline(
    request: TrainingRequest, learner: Learner, settings: Mapping[str, Value], frame: pd.DataFrame, target: Numbers
) -> Any:
    """A pipeline that has learnt from the cases, of which only those were looked at that it was given.

    What balances is no part of it: it invents or drops cases for the fit, and cases that are scored are never touched.
    """
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    made = pipeline(request, learner, settings)
    prepare, model = made.named_steps["prepare"], made.named_steps["model"]
    # Threads that wait for one another beside a busy server cost more than they bring; XGBoost and forests have two of their own
    with threadpool_limits(1), warnings.catch_warnings():
        # A network's rounds are a budget that is chosen; that it could go on is nothing that went wrong
        warnings.filterwarnings("ignore", category=ConvergenceWarning, message="Stochastic Optimizer")
        matrix, answers, weights = balanced(
            request.balance, prepare.fit_transform(frame), target, prepare.choices_, request.seed
        )
        if learner.name == "neural":
            rounds = -(-_FEWEST_STEPS // -(-len(matrix) // _BATCH))
            model.set_params(max_iter=max(model.max_iter, rounds))  # of few cases a round has few steps
        if weights is None:
            model.fit(matrix, answers)
        else:
            model.fit(matrix, answers, sample_weight=weights)
    if learner.name == "forest":
        # Its threads add up trees as they end: the last bits would vary; and one case is quicker without them
        model.set_params(n_jobs=1)
    return made


def raw_scores(made: Any, frame: pd.DataFrame) -> Numbers:
    """What a fitted pipeline says of each case: a share of yes, or an amount, shape (cases,)."""
    return steady_scores(made.named_steps["model"], made.named_steps["prepare"].transform(frame))
