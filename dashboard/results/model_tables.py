"""The numbers behind the charts of models, as tables that can be taken along."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import pandas as pd

from analytics.errors import NotFoundError
from analytics.predict import Contender, Training, measures_of
from analytics.text import say
from dashboard.results import model_curves as found
from dashboard.results.models import contender_for, training_for
from dashboard.state import View


def _shown(view: View) -> tuple[Training, Contender]:
    training = training_for(view)
    if training is None:
        raise NotFoundError(say("No models of this dataset yet. Open the Models tab and train some."))
    return training, contender_for(view, training)


def measures_table(view: View) -> pd.DataFrame:
    """A row for each rule of thumb and each model: every measure, its interval, its value in the folds."""
    training, _ = _shown(view)
    names = [item.name for item in measures_of(training.asked.kind)]
    nothing = float("nan")
    rows = [
        {"model": rule.name, "is_rule": True, **{name: rule.figures.get(name, nothing) for name in names}}
        for rule in training.baselines
    ]
    for known in training.contenders:
        row: dict[str, object] = {"model": known.name, "is_rule": False, "is_best": known.name == training.best}
        for name in names:
            low, high = known.intervals.get(name, (nothing, nothing))
            row |= {name: known.figures.get(name, nothing), f"{name}_low": low, f"{name}_high": high}
            row[f"{name}_in_folds"] = known.in_folds.get(name, nothing)
        rows.append(row | {"fit_seconds": known.fit_seconds})
    return pd.DataFrame(rows)


def balance_table(view: View) -> pd.DataFrame:
    """How many are yes and no in each part; of amounts, what they are like."""
    training, _ = _shown(view)
    balance = found.balance_of(training)
    if training.asked.kind == "classification":
        return pd.DataFrame(
            [
                {"part": part, "yes": yes, "no": no, "share_yes": yes / (yes + no)}
                for part, (yes, no) in balance.parts.items()
            ]
        )
    return pd.DataFrame([{"mean": balance.mean, "median": balance.median, "share_zero": balance.share_zero}])


def roc_table(view: View) -> pd.DataFrame:
    """The points of the ROC curve."""
    training, shown = _classes(view)
    curve = found.roc_of(training, shown)
    return pd.DataFrame(
        {"threshold": curve.thresholds, "true_yes_rate": curve.true_yes_rate, "false_yes_rate": curve.false_yes_rate}
    )


def precision_recall_table(view: View) -> pd.DataFrame:
    """The points of precision over recall."""
    training, shown = _classes(view)
    curve = found.precision_recall_of(training, shown)
    return pd.DataFrame({"threshold": curve.thresholds, "precision": curve.precision, "recall": curve.recall})


def calibration_table(view: View) -> pd.DataFrame:
    """Mean score and share of yes of each tenth."""
    training, shown = _classes(view)
    curve = found.calibration_of(training, shown)
    return pd.DataFrame(
        {
            "cases": curve.cases.astype(int),
            "mean_score": curve.mean_score,
            "share_yes": curve.share_yes,
            "share_yes_low": curve.low,
            "share_yes_high": curve.high,
        }
    )


def gains_table(view: View) -> pd.DataFrame:
    """What is found among the best, and how many times more than at random."""
    training, shown = _shown(view)
    curve = found.gains_of(training, shown)
    return pd.DataFrame({"share_taken": curve.share_taken, "share_found": curve.share_found, "lift": curve.lift})


def confusion_table(view: View) -> pd.DataFrame:
    """The four numbers and their rates at the cut-off of the view."""
    training, shown = _classes(view)
    at = found.confusion_at(training, shown, found.cut_of(view, shown))
    names = ("threshold", "true_yes", "false_yes", "true_no", "false_no", "accuracy", "precision", "recall", "f1")
    return pd.DataFrame([{name: getattr(at, name) for name in (*names, "specificity", "called_share")}])


def residuals_table(view: View) -> pd.DataFrame:
    """Mean prediction and mean of what came, of each tenth of the predictions."""
    training, shown = _amounts(view)
    curve = found.residuals_of(training, shown)
    return pd.DataFrame(
        {
            "predicted": curve.tenth_predicted,
            "actual": curve.tenth_actual,
            "actual_low": curve.tenth_low,
            "actual_high": curve.tenth_high,
        }
    )


def errors_table(view: View) -> pd.DataFrame:
    """How many predictions are off by how much."""
    training, shown = _amounts(view)
    curve = found.residuals_of(training, shown)
    return pd.DataFrame({"from": curve.edges[:-1], "to": curve.edges[1:], "cases": curve.counts.astype(np.int64)})


def _classes(view: View) -> tuple[Training, Contender]:
    training, shown = _shown(view)
    if training.asked.kind != "classification":
        raise NotFoundError(say("These models predict amounts: there is no such table of them."))
    return training, shown


def _amounts(view: View) -> tuple[Training, Contender]:
    training, shown = _shown(view)
    if training.asked.kind != "regression":
        raise NotFoundError(say("These models answer yes or no: there is no such table of them."))
    return training, shown


MODEL_TABLES: Final[dict[str, Callable[[View], pd.DataFrame]]] = {
    "models_measures": measures_table,
    "models_balance": balance_table,
    "models_roc": roc_table,
    "models_precision_recall": precision_recall_table,
    "models_calibration": calibration_table,
    "models_gains": gains_table,
    "models_confusion": confusion_table,
    "models_residuals": residuals_table,
    "models_errors": errors_table,
}
