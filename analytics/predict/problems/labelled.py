"""Questions about any column of a labelled table: yes or no, or how much."""

from __future__ import annotations

from collections.abc import Sized
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from analytics.calendar import in_words
from analytics.customers import KEY
from analytics.errors import DataError, NotFoundError, RequestError
from analytics.predict.cases import Cases, Flags, Numbers, check_target, features, later_part
from analytics.predict.problems.columns import usable
from analytics.predict.problems.definition import Problem
from analytics.sources import Source, fetch
from analytics.text import say, say_count

if TYPE_CHECKING:
    from analytics.predict.request import TrainingRequest

CASE: Final = "case"
IS_TEST: Final = "is_test"
_OWN: Final = (CASE, IS_TEST, KEY)
"""Columns that say which case it is: no features."""
_YES: Final = ("1", "true", "yes", "y", "t")
_SHOWN: Final = 12


def _classified(source: Source, request: TrainingRequest) -> Cases:
    frame, labels = _rows(source)
    target = _target(frame, labels, request)
    texts = _texts(frame[target])
    values = sorted(texts.dropna().unique())
    _check_any(values, request)
    positive = _positive(values, request)
    others = ", ".join(value for value in values if value != positive)
    answers = np.where(texts.to_numpy(na_value="") == positive, 1.0, 0.0)
    return _made(frame, labels, target, texts.notna().to_numpy(), answers, request, (positive, others))


def _measured(source: Source, request: TrainingRequest) -> Cases:
    frame, labels = _rows(source)
    target = _target(frame, labels, request)
    told = frame[target]
    if pd.api.types.is_datetime64_any_dtype(told.dtype):
        raise DataError(
            say(
                "Column '{column}' holds days, and days are no amounts. Predict a column of numbers.",
                column=request.target,
            )
        )
    told = told.mask(told.astype("string").str.strip().eq("").fillna(False).to_numpy(dtype=bool))
    numbers = pd.to_numeric(told, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    wrong = np.flatnonzero(np.isnan(numbers) & told.notna().to_numpy())
    if len(wrong):
        raise DataError(
            say(
                "Column '{column}' has {n} values that are no numbers (first: '{value}' in row {row}). Predict amounts of a "
                "column of numbers, or ask for classification.",
                column=request.target,
                n=f"{len(wrong):,}",
                value=str(told.iloc[wrong[0]])[:40],
                row=f"{wrong[0] + 1:,}",
            )
        )
    return _made(frame, labels, target, np.isfinite(numbers), numbers, request, ("", ""))


def _rows(source: Source) -> tuple[pd.DataFrame, dict[str, str]]:
    """The whole table in the order of its rows, and the headings that its columns had in the file."""
    rows = source.table("labelled")
    frame = fetch(rows.order_by(CASE))
    for name, kind in rows.schema().items():
        if kind.is_date():
            frame[name] = pd.to_datetime(frame[name])  # a day is an instant, not a text
    raw = source.stored.manifest.mapping_of("labelled") if source.stored is not None else {}
    return frame, {name: raw[name] for name in frame.columns if name in raw and raw[name] != name}


def _target(frame: pd.DataFrame, labels: dict[str, str], request: TrainingRequest) -> str:
    """The column to predict, by its tidy name or its heading in the file."""
    names = [str(name) for name in frame.columns if name not in _OWN]
    if request.target in names:
        return request.target
    by_heading = {heading: name for name, heading in labels.items() if name in names}
    if request.target in by_heading:
        return by_heading[request.target]
    headings = [labels.get(name, name) for name in names]
    raise NotFoundError(
        say("There is no column '{name}'. There is {names}.", name=request.target[:60], names=", ".join(headings[:40]))
    )


def _texts(values: pd.Series[Any]) -> pd.Series[Any]:
    """Values as people write them: 1 and not 1.0, whatever else the column holds."""
    if pd.api.types.is_float_dtype(values.dtype) and (values.dropna() % 1 == 0).all():
        values = values.astype("Int64")
    texts: pd.Series[Any] = values.astype("string").str.strip()
    return texts.mask(texts == "")


def _positive(values: list[str], request: TrainingRequest) -> str:
    """The value that means yes: the one that is told, or the one that is so by its name.

    1 and 2 are yes and no, as questionnaires have it; 0 and 1 are no and yes.
    """
    shown = ", ".join(values[:_SHOWN]) + (", …" if len(values) > _SHOWN else "")
    if request.positive:
        alike = [value for value in values if value.casefold() == request.positive.strip().casefold()]
        if request.positive in values:
            return request.positive
        if len(alike) == 1:
            return alike[0]
        raise RequestError(
            say(
                "'{value}' is not a value of '{column}'. There is {values}.",
                value=request.positive[:40],
                column=request.target,
                values=shown,
            )
        )
    found = [value for value in values if value.lower() in _YES]
    if len(values) <= 2 and len(found) == 1:
        return found[0]
    if len(values) == 1:
        raise DataError(
            say(
                "All cases have the same answer for '{target}': {value}. There is nothing to tell apart.",
                target=request.target,
                value=shown,
            )
        )
    raise RequestError(
        say("Say which value of '{column}' means yes. There is {values}.", column=request.target, values=shown)
    )


def _check_any(known: Sized, request: TrainingRequest) -> None:
    """
    Raises:
        DataError: no case has an answer.
    """
    if not len(known):
        raise DataError(
            say(
                "No case has an answer in '{target}': every cell is empty. Choose another column, or fill it in.",
                target=request.target,
            )
        )


def _made(
    frame: pd.DataFrame, labels: dict[str, str], target: str, known: Flags, answers: Numbers, request: TrainingRequest,
    names: tuple[str, str],
) -> Cases:  # fmt: skip
    told = frame.loc[known].reset_index(drop=True)
    _check_any(told, request)
    check_target(answers[known], request.target)
    is_test, split, parting = _parts(told, labels, request)
    candidates = told.drop(columns=[name for name in (*_OWN, target, parting) if name in told])
    kept, notes = usable(candidates, labels, request.leave_out)
    if kept.empty or not len(kept.columns):
        raise DataError(
            say("No column is left to learn '{target}' from. {notes}", target=request.target, notes=" ".join(notes))
        )
    unknown = int((~known).sum())
    left_out = say_count(
        unknown, "{n} case has no answer and was left out.", "{n} cases have no answer and were left out."
    )
    return Cases(
        features(kept),
        answers[known],
        told[CASE].astype("string"),
        is_test,
        split,
        *names,
        labels={name: heading for name, heading in labels.items() if name in kept},
        in_file={name: heading for name, heading in labels.items() if name in kept},
        notes=(
            *((left_out,) if unknown else ()),
            *_several(told),
            *notes,
        ),
    )


def _several(told: pd.DataFrame) -> tuple[str, ...]:
    """A word on customers with several cases: a model may have met a tested customer, though not the tested case."""
    cases_of = told[KEY].value_counts() if KEY in told.columns else pd.Series(dtype=int)
    count = int((cases_of > 1).sum())
    if not count:
        return ()
    return (
        say_count(
            count,
            "{n} customer has several cases, which may be on both sides of a split: figures for customers who are new may be "
            "lower.",
            "{n} customers have several cases, which may be on both sides of a split: figures for customers who are new may be "
            "lower.",
        ),
    )


def _parts(told: pd.DataFrame, labels: dict[str, str], request: TrainingRequest) -> tuple[Flags | None, str, str]:
    """(which cases are of the test part, how that came about, the column of days that parted them)."""
    has_file = IS_TEST in told.columns and bool(told[IS_TEST].any()) and not bool(told[IS_TEST].all())
    if request.split == "given" and not has_file:
        raise DataError(say("There is no test file with these cases. Import them with one, or choose another split."))
    if request.split == "time":
        column = _day_column(told, labels, request)
        parted = later_part(told[column].dt.normalize(), request.test_percent)
        if parted is None:
            raise DataError(
                say("All cases have the same day in '{column}', so none are later.", column=labels.get(column, column))
            )
        first = told[column][parted].min()
        sentence = say(
            "Models learn from the cases before {day}, by '{column}', and are tested on those from then on.",
            day=in_words(first.date()),
            column=labels.get(column, column),
        )
        return parted, sentence, column
    if has_file and request.split != "random":
        return told[IS_TEST].to_numpy(dtype=bool), say("The test part came as a file of its own."), ""
    return None, "", ""


def _day_column(told: pd.DataFrame, labels: dict[str, str], request: TrainingRequest) -> str:
    """The column of days; of several, the only one that is not left out."""
    days = [str(name) for name in told.columns if pd.api.types.is_datetime64_any_dtype(told[name].dtype)]
    if not days:
        raise DataError(say("No column holds days, so the cases cannot be parted by time. Choose another split."))
    left = [name for name in days if name not in request.leave_out and labels.get(name, name) not in request.leave_out]
    if len(left) != 1:
        raise DataError(
            say(
                "Several columns hold days: {columns}. Leave out all but the one that parts the cases.",
                columns=", ".join(f"'{labels.get(name, name)}'" for name in days),
            )
        )
    return left[0]


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
