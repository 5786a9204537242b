"""The settings of a training: what each means, what it may be, and the controls that are made from that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dash import dcc, html

from analytics.predict import TrainingRequest
from analytics.predict.problems.definition import Kind
from analytics.text import say
from dashboard.components.basics import term

SETTING: Final = "models-setting"
SETTING_BOX: Final = "models-setting-box"


@dataclass(frozen=True, slots=True)
class Setting:
    """A field of the training request that is chosen from a list."""

    name: str
    label: str
    meaning: str
    choices: tuple[tuple[str | int, str], ...]
    """(value, label)."""
    kind: Kind | None = None
    """The kind of question that it is for; None for both."""


SETTINGS: Final = (
    Setting(
        "search_seconds",
        "Search for better settings",
        "How long to try other settings of each model, of all models together. The usual ones are mostly good.",
        (
            (0, "No, take the usual ones"),
            (30, "30 seconds"),
            (120, "2 minutes"),
            (600, "10 minutes"),
            (1_800, "30 minutes"),
        ),
    ),
    Setting(
        "balance",
        "When yes is rare",
        "What is done about it among the cases that a model learns from; those that it is tested on are left as they are.",
        (
            ("none", "Nothing"),
            ("weight", "Count the rare answer more"),
            ("smote", "Make up cases in between (SMOTE)"),
            ("undersample", "Leave out some of the others"),
        ),
        "classification",
    ),
    Setting(
        "calibration",
        "Honest probabilities",
        "Bends scores so that of cases with a score of 30% about 30 in 100 are yes.",
        (
            ("auto", "Where it helps"),
            ("sigmoid", "By a smooth curve (sigmoid)"),
            ("isotonic", "By steps (isotonic)"),
            ("none", "Leave scores as they are"),
        ),
        "classification",
    ),
    Setting(
        "target_scale",
        "Scale of amounts",
        "In logarithms a few very large amounts count less.",
        (("auto", "Where it helps, logarithms"), ("plain", "As they are"), ("log", "Logarithms")),
        "regression",
    ),
    Setting(
        "folds",
        "Folds",
        "The training part is cut into so many; each is scored by models that learnt from the others. More is slower.",
        tuple((count, str(count)) for count in (3, 5, 10)),
    ),
    Setting(
        "split",
        "Cases to test on",
        "Which cases are held back. Models never see them before the end.",
        (
            ("auto", "A given file, else later days, else random"),
            ("time", "Later days"),
            ("random", "Drawn at random"),
            ("given", "The given test file"),
        ),
    ),
    Setting(
        "test_percent",
        "How many of them",
        "The share that is held back where it is drawn at random.",
        tuple((share, f"{share}%") for share in (10, 20, 30, 40, 50)),
    ),
    Setting(
        "imputation",
        "Missing numbers",
        "What stands for a number that is missing.",
        (("median", "The median"), ("mode", "The most frequent one")),
    ),
    Setting(
        "scaling",
        "Scale of numbers",
        "How numbers are made comparable, for models that look at their size.",
        (("standard", "Mean 0, deviation 1"), ("minmax", "From 0 to 1")),
    ),
    Setting(
        "encoding",
        "Texts as numbers",
        "How a text such as a country becomes numbers.",
        (("onehot", "A column for each value"), ("ordinal", "One column of codes")),
    ),
)
"""In the order shown. What is left out here is chosen elsewhere in the form."""


def setting_controls(base: TrainingRequest, kind: Kind) -> list[html.Div]:
    """A control for each setting, with the value that a request has."""
    return [
        html.Div(
            _control(known, getattr(base, known.name)),
            id={"type": SETTING_BOX, "name": known.name},
            style=shown(known.kind in (None, kind)),
        )
        for known in SETTINGS
    ]


def _control(known: Setting, value: str | int) -> html.Div:
    choices = [(choice, say(label)) for choice, label in known.choices]
    if value not in {choice for choice, _ in choices}:  # the command line allows more than the lists offer
        choices.append((value, str(value)))
    control = dcc.Dropdown(
        id={"type": SETTING, "name": known.name},
        options=[{"label": label, "value": choice} for choice, label in choices],
        value=value,
        clearable=False,
        searchable=False,
    )
    return html.Div([html.Label(term(say(known.label), say(known.meaning))), control], className="field control")


def setting_styles(kind: Kind, ids: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Which of the settings are shown for a kind of question."""
    of = {known.name: known.kind for known in SETTINGS}
    return [shown(of.get(str(told.get("name"))) in (None, kind)) for told in ids]


def chosen_settings(kind: Kind, ids: Sequence[Mapping[str, Any]], values: Sequence[Any]) -> dict[str, Any]:
    """Setting → what is chosen, of those that the kind of question has."""
    of = {known.name: known.kind for known in SETTINGS}
    names = [str(told.get("name")) for told in ids]
    return {
        name: value
        for name, value in zip(names, values, strict=True)
        if name in of and of[name] in (None, kind) and value is not None
    }


def shown(is_shown: bool) -> dict[str, str]:
    return {} if is_shown else {"display": "none"}
