"""Scoring: what a kept model says of new cases: one that is typed in, a frame, or a file of any length.

All three go one way, so that a case has the same score wherever it is asked about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analytics.errors import RequestError
from analytics.predict.cases import Numbers
from analytics.predict.inputs import Input
from analytics.predict.scoring.files import Scored, score_file
from analytics.predict.scoring.unusual import unusual_values
from analytics.predict.trained import Contender, Fitted, Training
from analytics.text import in_unit, say

__all__ = ["CaseAnswer", "Scored", "answer_in_words", "case_values", "score_case", "score_file", "score_frame"]


@dataclass(frozen=True, slots=True)
class CaseAnswer:
    """What a model says of one case, and why."""

    score: float
    """The probability of yes, or the amount."""
    usual: float
    """What the reasons start from: the mean score of the cases that they were compared with."""
    words: str
    """The answer in a sentence."""
    reasons: tuple[Any, ...]
    """What each input adds to the score or takes from it, the largest first; with `usual` they add up to it."""
    sentences: tuple[str, ...]
    """The main reasons in words."""
    notes: tuple[str, ...]
    """What is unusual about the case."""


def score_frame(fitted: Fitted, frame: pd.DataFrame) -> Numbers:
    """The score of each row, shape (rows,): a probability of yes, or an amount. Columns may come in any order.

    Raises:
        MissingColumnsError: a column is not there.
        DataError: a text is where numbers were.
    """
    return fitted.score(frame) if len(frame) else np.empty(0)


def score_case(training: Training, learner: str, values: Mapping[str, Any]) -> CaseAnswer:
    """What a model says of one case, and why. `values` has what is known of it, as it was typed: what is left out is missing.

    Raises:
        RequestError: a value is no number where one is needed, or an input does not exist.
    """
    from analytics.predict.explaining.contributions import contributions, reasons

    contender = training.contender(learner)
    fitted = contender.fitted
    told = case_values(fitted.inputs, values)
    found = contributions(fitted, _row(fitted.inputs, told), training.test_frame)
    score = float(found.scores[0])
    parts = tuple(sorted(found.rows[0], key=lambda part: (-abs(part.effect), part.feature)))
    return CaseAnswer(
        score,
        found.base,
        answer_in_words(training, contender, score),
        parts,
        tuple(reasons(parts, unit=training.asked.unit, currency=training.currency)),
        unusual_values(fitted.inputs, told),
    )


def _row(inputs: Sequence[Input], told: Mapping[str, Any]) -> pd.DataFrame:
    """A case as a frame of one row."""
    made: dict[str, Any] = {}
    for item in inputs:
        value = told[item.name]
        if item.kind == "text":
            made[item.name] = pd.Categorical([value], categories=[] if value is None else [value])
        else:
            made[item.name] = np.array([np.nan if value is None else value], dtype=np.float64)
    return pd.DataFrame(made)


def case_values(inputs: Sequence[Input], values: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed, as values: numbers as numbers, texts as texts, blanks as missing.

    Raises:
        RequestError: a value is no number where one is needed, or an input does not exist.
    """
    known = {item.name: item for item in inputs}
    for name in values:
        if name not in known:
            raise RequestError(
                say("The model has no input '{name}'. It reads {names}.", name=str(name)[:60], names=", ".join(known))
            )
    return {name: _typed(item, values.get(name)) for name, item in known.items()}


def _typed(item: Input, value: Any) -> float | str | None:
    is_blank = (
        value is None
        or (isinstance(value, float) and np.isnan(value))
        or (isinstance(value, str) and not value.strip())
    )
    if is_blank:
        return None
    if item.kind == "text":
        return str(value).strip()
    if isinstance(value, bool | int | float):
        number = float(value)
    else:
        try:
            number = float(str(value).strip())
        except ValueError:
            number = float("nan")
    if not np.isfinite(number):
        raise RequestError(
            say(
                "'{value}' is no number, and '{label}' needs one, for example {usual}. Leave it empty if it is not known.",
                value=str(value)[:40],
                label=item.label,
                usual=f"{item.usual:g}" if isinstance(item.usual, float) else "1",
            )
        )
    return number


def answer_in_words(training: Training, contender: Contender, score: float) -> str:
    """What a score means, in a sentence."""
    if training.asked.kind == "regression":
        amount = in_unit(score, training.asked.unit, training.currency)
        # Eight of ten test cases lie so near their predicted amounts: the score of a single case is far less sure than a mean
        off = float(np.quantile(np.abs(training.test_target - contender.scores), 0.8))
        return say(
            "About {amount}. Of cases like those tested, 8 in 10 are off by {off} at most.",
            amount=amount,
            off=in_unit(off, training.asked.unit, training.currency),
        )
    side = training.positive if score >= contender.threshold else training.negative
    return say(
        "The chance of '{positive}' is {share:.1%}. The cut-off is {threshold:.1%}, so the answer is '{side}'.",
        share=score,
        positive=training.positive,
        threshold=contender.threshold,
        side=side,
    )
