"""The questions that models answer, as cards: those that a dataset can answer, and what the others lack."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from dash import html

from analytics.manifest import Manifest
from analytics.predict import PROBLEMS, Problem
from analytics.text import say

_TABLES: Final = {
    "orders": "orders",
    "order_lines": "products on orders",
    "events": "clicks",
    "sessions": "visits",
    "customers": "a customer list",
    "labelled": "a table of cases with known answers",
}


def question_of(known: Problem, horizon_days: int, target: str) -> str:
    """The question as a person asks it."""
    return say(known.question, days=f"{horizon_days:,}", target=target or say("a column"))


def lacking(known: Problem, about: Manifest) -> tuple[str, ...]:
    """The tables that a question needs and a dataset came without."""
    return tuple(name for name in known.needs if name not in about.tables)


def answerable(about: Manifest) -> tuple[Problem, ...]:
    """The questions that a dataset can answer, in the order shown."""
    return tuple(known for known in PROBLEMS if not lacking(known, about))


def question_options(about: Manifest, horizon_days: int, target: str) -> list[dict[str, Any]]:
    """A card for each question: those that can be asked first, then the others with what they lack."""
    ordered = sorted(PROBLEMS, key=lambda known: bool(lacking(known, about)))
    return [
        {
            "label": _card(known, lacking(known, about), about.dataset, horizon_days, target),
            "value": known.name,
            "disabled": bool(lacking(known, about)),
        }
        for known in ordered
    ]


def _card(known: Problem, missing: Sequence[str], dataset: str, horizon_days: int, target: str) -> html.Span:
    why = None
    if missing:
        names = ", ".join(say(_TABLES.get(name, name.replace("_", " "))) for name in missing)
        why = html.Span(
            say("Needs {tables}, and '{dataset}' came without.", tables=names, dataset=dataset),
            className="question-lacks",
        )
    return html.Span(
        [
            html.Span(say(known.label), className="question-label"),
            html.Span(question_of(known, horizon_days, target), className="question-words"),
            why,
        ],
        className="question off" if missing else "question",
    )
