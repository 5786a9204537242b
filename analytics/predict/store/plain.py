"""A training as plain JSON and arrays, and back: everything of it but the estimators and the features of the test part."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from analytics.predict.inputs import input_from_json
from analytics.predict.request import training_request_from_json
from analytics.predict.trained import Baseline, Calibrator, Contender, Fitted, Leak, Training

Arrays = dict[str, np.ndarray[Any, Any]]


def training_json(training: Training) -> dict[str, Any]:
    """What a training says, as plain JSON; a figure that is not defined is null."""
    return {
        "id": training.id,
        "request": training.request.to_json(),
        "currency": training.currency,
        "positive": training.positive,
        "negative": training.negative,
        "split": training.split,
        "leaks": [[leak.column, leak.reason, leak.excluded] for leak in training.leaks],
        "inputs": [item.to_json() for item in training.inputs],
        "baselines": [[one.name, one.label, _figures(one.figures)] for one in training.baselines],
        "contenders": [_contender_json(one) for one in training.contenders],
        "best": training.best,
        "cases": training.cases,
        "notes": list(training.notes),
        "warnings": list(training.warnings),
        "made_at": training.made_at,
        "libraries": dict(training.libraries),
    }


def _contender_json(one: Contender) -> dict[str, Any]:
    fitted = one.fitted
    return {
        "name": one.name,
        "settings": dict(one.settings),
        "figures": _figures(one.figures),
        "intervals": {name: [_figure(low), _figure(high)] for name, (low, high) in one.intervals.items()},
        "in_folds": _figures(one.in_folds),
        "threshold": one.threshold,
        "fit_seconds": one.fit_seconds,
        "kind": fitted.kind,
        "inputs": [item.name for item in fitted.inputs],
        "calibrator": {
            "method": fitted.calibrator.method,
            "points": [list(point) for point in fitted.calibrator.points],
        },
        "is_log": fitted.is_log,
    }


def training_arrays(training: Training) -> Arrays:
    """The answers, the scores and the names of the cases; the values of each text, in the order of their codes."""
    arrays: Arrays = {
        "training_target": training.training_target,
        "test_target": training.test_target,
        "test_ids": training.test_ids.astype("string").to_numpy(dtype=str, na_value=""),
    }
    for place, one in enumerate(training.contenders):
        arrays |= {f"scores/{place}": one.scores, f"fold_scores/{place}": one.fold_scores}
    for place, (_, values) in enumerate(training.test_frame.items()):
        if isinstance(values.dtype, pd.CategoricalDtype):
            arrays[f"levels/{place}"] = values.cat.categories.to_numpy(dtype=str)
    return arrays


def coded_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """The features as numbers, texts as codes: what a table of columns gives back exactly."""
    made: dict[str, Any] = {}
    for name, values in frame.items():
        is_text = isinstance(values.dtype, pd.CategoricalDtype)
        made[str(name)] = values.cat.codes.astype("int32") if is_text else values.astype("float64")
    return pd.DataFrame(made, index=pd.RangeIndex(len(frame)))


def frame_from_columns(columns: pd.DataFrame, arrays: Arrays) -> pd.DataFrame:
    """The features that `coded_columns` took apart."""
    made: dict[str, Any] = {}
    for place, (name, values) in enumerate(columns.items()):
        levels = arrays.get(f"levels/{place}")
        made[str(name)] = (
            values
            if levels is None
            else pd.Categorical.from_codes(values, dtype=pd.CategoricalDtype([str(level) for level in levels]))
        )
    return pd.DataFrame(made, index=pd.RangeIndex(len(columns)))


def training_from_json(
    told: Mapping[str, Any], arrays: Arrays, test_frame: pd.DataFrame, pipelines: Mapping[str, Any]
) -> Training:
    """The training that was taken apart; `pipelines` has the fitted pipeline of each contender."""
    inputs = tuple(input_from_json(item) for item in told["inputs"])
    by_name = {item.name: item for item in inputs}
    contenders = []
    for place, one in enumerate(told["contenders"]):
        points = tuple((float(score), float(honest)) for score, honest in one["calibrator"]["points"])
        fitted = Fitted(
            one["kind"],
            one["name"],
            pipelines[one["name"]],
            tuple(by_name[name] for name in one["inputs"]),
            Calibrator(one["calibrator"]["method"], points),
            one["is_log"],
        )
        contenders.append(
            Contender(
                one["name"],
                one["settings"],
                _read_figures(one["figures"]),
                {name: (_read(low), _read(high)) for name, (low, high) in one["intervals"].items()},
                _read_figures(one["in_folds"]),
                one["threshold"],
                one["fit_seconds"],
                arrays[f"scores/{place}"],
                arrays[f"fold_scores/{place}"],
                fitted,
            )
        )
    return Training(
        told["id"],
        training_request_from_json(told["request"]),
        told["currency"],
        told["positive"],
        told["negative"],
        told["split"],
        tuple(Leak(*leak) for leak in told["leaks"]),
        inputs,
        tuple(Baseline(name, label, _read_figures(figures)) for name, label, figures in told["baselines"]),
        tuple(contenders),
        told["best"],
        arrays["training_target"],
        arrays["test_target"],
        test_frame,
        pd.Series([str(name) for name in arrays["test_ids"]], dtype="string"),
        tuple(told["notes"]),
        tuple(told["warnings"]),
        told["made_at"],
        told["libraries"],
    )


def _figure(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _figures(told: Mapping[str, float]) -> dict[str, float | None]:
    return {name: _figure(value) for name, value in told.items()}


def _read(value: float | None) -> float:
    return float("nan") if value is None else value


def _read_figures(told: Mapping[str, float | None]) -> dict[str, float]:
    return {name: _read(value) for name, value in told.items()}
