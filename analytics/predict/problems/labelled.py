"""Questions about any column of a labelled table: yes or no, or how much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from analytics.errors import DataError, NotFoundError, RequestError
from analytics.predict.cases import Cases, Numbers, check_target, features
from analytics.predict.problems.problem import Problem
from analytics.sources import Source, fetch
from analytics.text import say

if TYPE_CHECKING:
    from analytics.predict.request import TrainingRequest

CASE: Final = "case"
IS_TEST: Final = "is_test"
_YES: Final = ("1", "true", "yes", "y", "t")


def _classified(source: Source, request: TrainingRequest) -> Cases:
    frame, target = _rows(source, request)
    texts = target.astype("string").str.strip()
    values = sorted(texts.dropna().unique())
    positive = _positive(values, request)
    known = texts.notna().to_numpy()
    others = ", ".join(value for value in values if value != positive)
    return _made(frame, known, np.where(texts.to_numpy(na_value="") == positive, 1.0, 0.0), request, positive, others)


def _measured(source: Source, request: TrainingRequest) -> Cases:
    frame, target = _rows(source, request)
    numbers = pd.to_numeric(target, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    wrong = np.flatnonzero(np.isnan(numbers) & target.notna().to_numpy())
    if len(wrong):
        raise DataError(
            say(
                "Column '{column}' has {n} values that are no numbers (first: '{value}' in row {row}). Predict amounts of a "
                "column of numbers, or ask for classification.",
                column=request.target,
                n=f"{len(wrong):,}",
                value=str(target.iloc[wrong[0]])[:40],
                row=f"{wrong[0] + 1:,}",
            )
        )
    return _made(frame, np.isfinite(numbers), numbers, request, "", "")


def _rows(source: Source, request: TrainingRequest) -> tuple[pd.DataFrame, pd.Series]:
    """The whole table in the order of its rows, and its target."""
    table = source.table("labelled")
    names = [name for name in table.columns if name not in (CASE, IS_TEST)]
    if request.target not in names:
        raise NotFoundError(
            say("There is no column '{name}'. There is {names}.", name=request.target[:60], names=", ".join(names[:40]))
        )
    frame = fetch(table.order_by(CASE))
    return frame, frame[request.target]


def _positive(values: list[str], request: TrainingRequest) -> str:
    """The value that means yes: the one that is told, or the one that is so by its name."""
    if request.positive:
        if request.positive not in values:
            raise RequestError(
                say(
                    "'{value}' is not a value of '{column}'. There is {values}.",
                    value=request.positive[:40],
                    column=request.target,
                    values=", ".join(values[:12]),
                )
            )
        return request.positive
    found = [value for value in values if value.lower() in _YES]
    if len(values) <= 2 and len(found) == 1:
        return found[0]
    raise RequestError(
        say(
            "Say which value of '{column}' means yes. There is {values}.",
            column=request.target,
            values=", ".join(values[:12]),
        )
    )


def _made(
    frame: pd.DataFrame, known: np.ndarray, target: Numbers, request: TrainingRequest, positive: str, negative: str
) -> Cases:
    told = frame.loc[known]
    check_target(target[known], request.target)
    is_test = told[IS_TEST].to_numpy(dtype=bool) if IS_TEST in told else None
    return Cases(
        features(told.drop(columns=[name for name in (CASE, IS_TEST, request.target) if name in told])),
        target[known],
        told[CASE].astype("string").reset_index(drop=True),
        is_test,
        say("The test part came as a file of its own.") if is_test is not None else "",
        positive,
        negative,
    )


CLASSIFICATION: Final = Problem(
    "classification",
    "Yes or no",
    "Which cases are '{target}'?",
    "classification",
    "row",
    ("labelled",),
    _classified,
    needs_target=True,
)
REGRESSION: Final = Problem(
    "regression",
    "An amount",
    "How much is '{target}'?",
    "regression",
    "row",
    ("labelled",),
    _measured,
    needs_target=True,
)
