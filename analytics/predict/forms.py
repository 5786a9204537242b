"""Forms: in which order a model's inputs are asked for, in which groups, and tested cases that fill them in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from analytics.errors import RequestError
from analytics.metrics import is_metric, metric
from analytics.predict.cases import Numbers
from analytics.predict.inputs import Input
from analytics.predict.trained import Contender, Training
from analytics.text import say

MOST_LOOKED_AT: Final = 5_000
"""Test cases that the order of inputs is found on: more would not change it."""
Example = Literal["high", "edge", "low", "wrong"]
EXAMPLES: Final[Mapping[Example, str]] = {
    "high": "One with a high score",
    "edge": "One near the cut-off",
    "low": "One with a low score",
    "wrong": "One that the model got wrong",
}
"""Kinds of tested cases, in the order offered. Of amounts, `edge` is one in the middle."""
_GROUPS: Final = {
    "orders": "Orders",
    "order_lines": "What they buy",
    "returns": "Returns",
    "sessions": "Visits",
    "customer": "In all",
}
_OTHERS: Final = "Further inputs"


@dataclass(frozen=True, slots=True)
class ExampleCase:
    """A case of the test part: what was known of it, what the model said, and what was true."""

    name: str
    values: dict[str, float | str | None]
    score: float
    truth: float


def ordered_inputs(training: Training, contender: Contender) -> tuple[Input, ...]:
    """The inputs of a model, first those that its score follows most closely among the tested cases, whichever way.

    Of a number that is the rank correlation with the score (Spearman 1904), of a text the correlation ratio (Fisher 1925,
    §45), which are both between 0 and 1. It takes milliseconds, and needs no further fit.
    """
    frame, scores = training.test_frame.iloc[:MOST_LOOKED_AT], contender.scores[:MOST_LOOKED_AT]
    ranks = _ranks(pd.Series(scores))
    weight = {item.name: _follows(frame[item.name], ranks) for item in contender.fitted.inputs}
    return tuple(sorted(contender.fitted.inputs, key=lambda item: (-round(weight[item.name], 9), item.name)))


def grouped_inputs(inputs: tuple[Input, ...]) -> dict[str, tuple[Input, ...]]:
    """Inputs by what they are about, each group in the order that it came in; what is no metric comes last."""
    groups: dict[str, list[Input]] = {}
    for item in inputs:
        label = _GROUPS[metric(item.name).table] if is_metric(item.name) else _OTHERS
        groups.setdefault(label, []).append(item)
    known = [*_GROUPS.values(), _OTHERS]
    return {say(label): tuple(groups[label]) for label in known if label in groups}


def example_case(training: Training, contender: Contender, example: str, place: int = 0) -> ExampleCase:
    """A case of the test part of that kind; another `place` is another one, and after the last comes the first again.

    Raises:
        RequestError: there is no such kind, or no case of it.
    """
    found = _found(training, contender, example)
    if not len(found):
        raise RequestError(say("The model got none of the tested cases wrong."))
    row = int(found[place % len(found)])
    return ExampleCase(
        str(training.test_ids.iloc[row]),
        {name: _plain(training.test_frame[name].iloc[row]) for name in training.test_frame.columns},
        float(contender.scores[row]),
        float(training.test_target[row]),
    )


def _found(training: Training, contender: Contender, example: str) -> np.ndarray[Any, np.dtype[np.intp]]:
    """The rows of the cases of a kind, the clearest first; equals in the order of their names."""
    scores, truth = contender.scores, training.test_target
    names = np.argsort(np.argsort(training.test_ids.astype("string").to_numpy(dtype=str), kind="stable"), kind="stable")
    is_classes = training.asked.kind == "classification"
    match example:
        case "high":
            return np.lexsort((names, -scores))
        case "low":
            return np.lexsort((names, scores))
        case "edge":
            middle = contender.threshold if is_classes else float(np.median(scores))
            return np.lexsort((names, np.abs(scores - middle)))
        case "wrong":
            off = np.abs(scores - truth)
            order = np.lexsort((names, -off))
            return order[((scores >= contender.threshold) != (truth == 1))[order]] if is_classes else order
    raise RequestError(
        say("There are no cases of kind '{name}'. There is {names}.", name=example[:40], names=", ".join(EXAMPLES))
    )


def _ranks(values: pd.Series[Any]) -> Numbers:
    return np.asarray(values.rank(), dtype=np.float64)


def _follows(values: pd.Series[Any], ranks: Numbers) -> float:
    if isinstance(values.dtype, pd.CategoricalDtype):
        groups = values.astype("string").fillna("").to_numpy()
        means = pd.Series(ranks).groupby(groups).transform("mean").to_numpy()
        whole = float(np.var(ranks))
        return float(np.sqrt(np.var(means) / whole)) if whole else 0.0
    known = values.notna().to_numpy()
    own, theirs = _ranks(values[known]), ranks[known]
    if len(own) < 2 or np.ptp(own) == 0 or np.ptp(theirs) == 0:
        return 0.0
    return abs(float(np.corrcoef(own, theirs)[0, 1])) * float(np.sqrt(known.mean()))


def _plain(value: Any) -> float | str | None:
    if value is None or value is pd.NA or value != value:  # noqa: PLR0124 - not-a-number differs from itself
        return None
    return value if isinstance(value, str) else float(value)
