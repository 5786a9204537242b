"""Columns that no model can learn from, whatever the question: empty ones, constant ones, names of cases, free text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.predict.cases import Cases
from analytics.predict.inputs import MOST_LEVELS
from analytics.text import say

_NAMING: Final = frozenset({"id", "ids", "uuid", "guid", "key", "identifier"})
"""Words in a heading that say that a column names the cases, or people."""
_MANY_NAMES: Final = 0.05
"""So many different values for each case make names of what is called one: a shop's number of a region has few."""
_FEW: Final = 20
_FREE_TEXT: Final = 0.5
"""A text with more different values than this for each case is a name or a remark."""
_PAGE_VALUE: Final = re.compile(r"page_?values?")


def usable(
    frame: pd.DataFrame, labels: Mapping[str, str] | None = None, leave_out: Sequence[str] = ()
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The columns that are features, and a sentence for each reason why others are not, naming them.

    Those that are left out on purpose, by name or heading, need no other reason: they stay, for the training to leave out.
    """
    headings = labels or {}
    gone: dict[str, list[str]] = {}
    for name in frame.columns:
        if name in leave_out or headings.get(str(name), name) in leave_out:
            continue
        if reason := _useless(str(name), frame[name]):
            gone.setdefault(reason, []).append(str(name))
    kept = frame[[name for name in frame.columns if not any(name in names for names in gone.values())]]
    return kept, tuple(_sentence(reason, _named(gone[reason], headings)) for reason in _REASONS if reason in gone)


def notes_on(cases: Cases) -> tuple[str, ...]:
    """What the reader should know of columns that are used: those that were left out are to be left out before."""
    return (
        *(
            say(
                "'{column}' has {n} different values: the {most} most frequent count on their own, all others are one.",
                column=cases.heading(name),
                n=f"{count:,}",
                most=MOST_LEVELS,
            )
            for name, count in _long_texts(cases.frame)
        ),
        *_page_value_notes(cases),
    )


def _page_value_notes(cases: Cases) -> tuple[str, ...]:
    """A word about page values, which are made from sales, where there is such a column."""
    return tuple(
        say(
            "'{column}' is worked out from the transactions that followed a page (Google Analytics), so it knows of sales. It "
            "does not decide the answer, but leave it out to see what is known without sales: on the Online Shoppers data "
            "ROC-AUC falls from about .93 to .79.",
            column=cases.heading(name),
        )
        for name in sorted(cases.frame.columns)
        if _PAGE_VALUE.fullmatch(tidy(name))
    )


def tidy(name: str) -> str:
    """A heading in small letters with `_` between its words: `PageValues` is `page_values`."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")


def words_of(name: str) -> frozenset[str]:
    return frozenset(tidy(name).split("_"))


_REASONS: Final = ("empty", "constant", "name", "text")


def _sentence(reason: str, columns: str) -> str:
    match reason:
        case "empty":
            return say("Not used, because no case has a value there: {columns}.", columns=columns)
        case "constant":
            return say("Not used, because all cases have the same value there: {columns}.", columns=columns)
        case "name":
            return say("Not used, because they name the cases and say nothing of new ones: {columns}.", columns=columns)
        case _:
            return say("Not used, because nearly every case has a text of its own there: {columns}.", columns=columns)


def _named(names: list[str], headings: Mapping[str, str]) -> str:
    shown = [f"'{headings.get(name, name)}'" for name in sorted(names)]
    return ", ".join(shown[:12]) + (", …" if len(shown) > 12 else "")


def _useless(name: str, values: pd.Series[Any]) -> str:
    """Why a column is no feature: empty, constant, name or text; nothing where it is one."""
    known = values.dropna()
    if known.empty:
        return "empty"
    distinct = int(known.nunique())
    if distinct == 1 and len(known) == len(values):
        return "constant"
    is_number = pd.api.types.is_numeric_dtype(values.dtype)
    is_text = not is_number and not pd.api.types.is_datetime64_any_dtype(values.dtype)
    is_whole = is_number and bool((known.to_numpy(dtype=float) % 1 == 0).all())
    is_many = distinct > max(_FEW, _MANY_NAMES * len(known))
    if words_of(name) & _NAMING and (is_text or is_whole) and (is_many or distinct == len(known)):
        return "name"
    if is_whole and _counts_rows(known.to_numpy(dtype=float), distinct):
        return "name"
    return "text" if is_text and distinct > max(_FEW, _FREE_TEXT * len(known)) else ""


def _counts_rows(known: np.ndarray[Any, Any], distinct: int) -> bool:
    """Whether the numbers are those of the rows: each once, and hardly one left out."""
    return distinct == len(known) > _FEW and float(np.ptp(known)) + 1 <= 1.05 * distinct


def _long_texts(frame: pd.DataFrame) -> list[tuple[str, int]]:
    counts = [
        (str(name), int(frame[name].nunique()))
        for name in sorted(frame.columns)
        if not pd.api.types.is_numeric_dtype(frame[name].dtype)
        and not pd.api.types.is_datetime64_any_dtype(frame[name].dtype)
    ]
    return [(name, count) for name, count in counts if count > MOST_LEVELS]
