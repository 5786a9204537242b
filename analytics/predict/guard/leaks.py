"""The leakage guard: columns that know the answer, or what comes after it, are named and left out unless kept on purpose.

It looks at the training part only. A column is named where the problem says that it knows the future, where it is the
answer in another dress, or where it alone is nearly perfect on cases that were not looked at before.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.predict.cases import Cases, Numbers
from analytics.predict.guard.alone import (
    Alone,
    alone,
    auc_within,
    bands,
    codes_of,
    dealt_folds,
    is_beyond_chance,
    sided,
    unseen_answers,
)
from analytics.predict.guard.oversampled import Multiplied, Straddling, multiplied, straddling
from analytics.predict.learning.splitting import Places, canonical_order
from analytics.predict.problems.definition import Kind
from analytics.predict.trained import Leak, Training
from analytics.text import say

__all__ = ["Straddling", "find_leaks", "straddling", "too_good"]

MOST_LOOKED_AT: Final = 50_000
"""Cases that are enough to see whether a column alone is nearly perfect."""
PERFECT_AUC: Final = 0.99
"""Nothing that is known before a decision of people tells it this well; published models of all columns reach .93."""
PERFECT_R2: Final = 0.98
_DECIDING_R2: Final = 0.9
"""Where every value has one amount only, but some are too rare to be met again."""
_WORTH_PAIRING: Final = 0.9
"""From here on a column may be the answer as soon as one knows of what kind a case is."""
_MOST_GROUPS: Final = 50
_ERRORS_GONE: Final = 0.9
"""Of the errors of always giving the commoner answer, the share that is too large to be true: honest models of Online Shoppers
lose 40 % of them, those of whom a shop will lose up to 87 %."""


def find_leaks(
    cases: Cases, training_rows: np.ndarray[Any, Any], *, kind: Kind, keep: Collection[str] = ()
) -> tuple[Leak, ...]:
    """The columns that know too much, as the file calls them, each with its reason; those in `keep` (by name or heading) stay.

    `training_rows` are the places of the cases to learn from; of many, `MOST_LOOKED_AT` are looked at, the same each time.
    """
    found = {name: reason for name, reason in cases.suspects.items() if name in cases.frame.columns}
    frame, target = _looked_at(cases, training_rows)
    left = [name for name in sorted(frame.columns) if name not in found]
    if left and is_beyond_chance(target, len(left), kind):
        folds = dealt_folds(frame, target, kind)
        measured = {name: alone(frame[name], target, folds, kind) for name in left}
        found |= {name: _reason(one, kind) for name, one in measured.items() if _is_perfect(one, kind)}
        rest = {name: one for name, one in measured.items() if name not in found}
        found |= _among_alike(cases, frame, target, folds, rest, kind)
    kept = set(keep)
    return tuple(
        Leak(cases.in_file.get(name, name), reason, name not in kept and cases.heading(name) not in kept)
        for name, reason in sorted(found.items())
    )


def _looked_at(cases: Cases, rows: np.ndarray[Any, Any]) -> tuple[pd.DataFrame, Numbers]:
    """Some of the cases, drawn by what they are called, in an order that does not depend on the one they came in."""
    if len(rows) > MOST_LOOKED_AT:
        drawn = pd.util.hash_pandas_object(cases.ids.iloc[rows].astype("string"), index=False).to_numpy()
        rows = rows[drawn <= np.partition(drawn, MOST_LOOKED_AT)[MOST_LOOKED_AT]]
    frame, target = cases.frame.iloc[rows].reset_index(drop=True), cases.target[rows]
    order = canonical_order(frame, target, 0)
    return frame.iloc[order].reset_index(drop=True), target[order]


def _is_perfect(one: Alone, kind: Kind) -> bool:
    if one.how in ("equal", "recoded", "in step", "cut"):
        return True
    if kind == "classification":
        return one.figure >= PERFECT_AUC
    return one.figure >= (_DECIDING_R2 if one.how == "decides" else PERFECT_R2)


def _reason(one: Alone, kind: Kind) -> str:
    figure, is_class = f"{one.figure:.3f}", kind == "classification"
    match one.how, is_class:
        case "equal", _:
            return say("It is the answer itself: equal to it in every case.")
        case "recoded", _:
            return say("It is the answer in other words: each of its values goes with one answer only.")
        case "in step", _:
            return say("It moves in step with the answer: where one is higher the other is too, or always lower.")
        case "cut", _:
            return say("It decides the answer: one cut-off of it parts yes from no without an error.")
        case "decides", True:
            return say(
                "Its values decide the answer: cases with the same value have the same one (ROC-AUC {figure} alone).",
                figure=figure,
            )
        case "decides", False:
            return say(
                "Its values decide the amount: cases with the same value have the same one (R² {figure} alone).",
                figure=figure,
            )
        case _, True:
            return say(
                "It is nearly perfect alone: ROC-AUC {figure} on cases that were not looked at. Little that is known in time is.",
                figure=figure,
            )
        case _:
            return say(
                "It is nearly perfect alone: R² {figure} on cases that were not looked at. Little that is known in time is.",
                figure=figure,
            )


def _among_alike(
    cases: Cases, frame: pd.DataFrame, target: Numbers, folds: Places, rest: dict[str, Alone], kind: Kind
) -> dict[str, str]:
    """Columns that decide the answer as soon as another column says of what kind a case is."""
    groups = {name: codes_of(frame[name])[0] for name in rest}
    groups = {name: codes for name, codes in groups.items() if 2 <= codes.max() + 1 <= _MOST_GROUPS}
    found: dict[str, str] = {}
    for name, one in rest.items():
        others = {other: codes for other, codes in groups.items() if other != name}
        if kind == "regression":
            figure, other = bands(frame[name], target, others)
            if figure >= PERFECT_AUC:
                found[name] = _band_reason(figure, cases.heading(other) if other else "")
        elif one.figure >= _WORTH_PAIRING:
            scores = _scores(frame[name], target, folds)
            figures = {other: sided(auc_within(scores, target, codes)) for other, codes in others.items()}
            figures = {other: figure for other, figure in figures.items() if figure >= PERFECT_AUC}
            if figures:
                other = max(figures, key=lambda each: (figures[each], each))
                found[name] = say(
                    "With '{other}' it decides the answer: ROC-AUC {figure} among cases with the same '{other}'.",
                    other=cases.heading(other),
                    figure=f"{figures[other]:.3f}",
                )
    return found


def _band_reason(figure: float, other: str) -> str:
    if other:
        return say(
            "It is made from the answer: among cases with the same '{other}', it says whether the answer is high or low "
            "(ROC-AUC {figure}).",
            other=other,
            figure=f"{figure:.3f}",
        )
    return say(
        "It is made from the answer: it says whether the answer is high or low (ROC-AUC {figure}).",
        figure=f"{figure:.3f}",
    )


def _scores(values: pd.Series[Any], target: Numbers, folds: Places) -> Numbers:
    """Numbers as they are, missing ones lowest; texts by the answers of other cases with the same value."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return unseen_answers(codes_of(values)[0], target, folds)[0]
    numbers: Numbers = np.nan_to_num(values.to_numpy(dtype=float), nan=-np.inf)
    return numbers


def too_good(training: Training, cases: Cases | None = None) -> tuple[str, ...]:
    """Sentences about figures that are too good to be true, and what to do; none where all is as it should be.

    `cases` are those that the training had; without them only its test part can be looked at.
    """
    is_class = training.asked.kind == "classification"
    told = [
        say(
            "'{column}' was kept on purpose, though it knows too much: the figures are those of somebody who knows the answer.",
            column=leak.column,
        )
        for leak in training.leaks
        if not leak.excluded
    ]
    if is_class:
        frame, target = (cases.frame, cases.target) if cases else (training.test_frame, training.test_target)
        if (seen := multiplied(frame, target)) is not None:
            told.append(_multiplied_words(seen, training))
    figures = training.contender().figures
    found = _suspicious(figures, training.test_target) if is_class else _suspicious_amounts(figures)
    return (*told, found) if found else tuple(told)


def _suspicious(figures: Mapping[str, float], truth: Numbers) -> str:
    commoner = max(truth.mean(), 1 - truth.mean()) if len(truth) else 1.0
    area, accuracy = figures.get("roc_auc", float("nan")), figures.get("accuracy", float("nan"))
    if area >= PERFECT_AUC:
        return say(
            "A ROC-AUC of {figure} is too good to be true for what people do: a column probably knows the answer. Look at what "
            "the model goes by most, ask when that is known, and leave it out.",
            figure=f"{area:.3f}",
        )
    if commoner < 1 and (accuracy - commoner) / (1 - commoner) >= _ERRORS_GONE:
        return say(
            "An accuracy of {accuracy} where the commoner answer alone has {commoner} is too good to be true for what people do: "
            "either a column knows the answer, or cases were balanced before they came here.",
            accuracy=f"{accuracy:.1%}",
            commoner=f"{commoner:.1%}",
        )
    return ""


def _suspicious_amounts(figures: Mapping[str, float]) -> str:
    if not figures.get("r2", 0.0) >= PERFECT_R2:  # not defined where all tested amounts are the same
        return ""
    return say(
        "An R² of {figure} is too good to be true for what people do: a column probably knows the amount. Look at what the model "
        "goes by most, ask when that is known, and leave it out.",
        figure=f"{figures['r2']:.3f}",
    )


def _multiplied_words(seen: Multiplied, training: Training) -> str:
    answer = training.positive if seen.is_yes else training.negative
    if seen.how == "copies":
        return say(
            "{share} of the cases '{answer}' are exact copies of each other, and {other} of the rest: the rare answer was copied "
            "before the cases came here. Import them as they were, and choose a balance here: it is then done inside each fold.",
            share=f"{seen.share:.0%}",
            other=f"{seen.other_share:.0%}",
            answer=answer,
        )
    return say(
        "{share} of the cases '{answer}' lie exactly between two others, and {other} of the rest: they were made (SMOTE) before "
        "the split, so models are tested on what they have seen, and figures are too good. Import the cases as they were, and "
        "choose the balance 'smote' here: it is then done inside each fold.",
        share=f"{seen.share:.0%}",
        other=f"{seen.other_share:.0%}",
        answer=answer,
    )
