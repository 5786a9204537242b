"""The rule language: a nested AND/OR/NOT condition over the customer table, as JSON, as an English sentence and as a mask.

{"all": [{"column": "country", "is": "one of", "value": ["France", "Spain"]},
         {"not": {"column": "revenue_total", "is": "at most", "value": 100}}]}

What people did, and no column says, is a leaf of its own, whose meaning `analytics.deeds` knows:

{"did": "cohort", "with": {"by": "month", "cohort": "2011-01", "active": 3}}
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.errors import RequestError
from analytics.matching import Mask, matches
from analytics.schema import PINNED, SCORED
from analytics.text import is_sound, say

MOST_CONDITIONS: Final = 100
DEEPEST: Final = 8
LONGEST_DETAILS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Operator:
    """One way to compare: its name in JSON, its sentence, what value it takes and what it is for."""

    name: str
    sentence: str
    value: str
    """`text`, `number`, `pair`, `list` or `none`."""


OPERATORS: tuple[Operator, ...] = (
    Operator("equal to", "{column} is {value}", "text"),
    Operator("not equal to", "{column} is not {value}", "text"),
    Operator("one of", "{column} is one of {value}", "list"),
    Operator("contains", "{column} contains {value}", "text"),
    Operator("does not contain", "{column} does not contain {value}", "text"),
    Operator("starts with", "{column} starts with {value}", "text"),
    Operator("ends with", "{column} ends with {value}", "text"),
    Operator("at least", "{column} is at least {value}", "number"),
    Operator("at most", "{column} is at most {value}", "number"),
    Operator("above", "{column} is above {value}", "number"),
    Operator("below", "{column} is below {value}", "number"),
    Operator("between", "{column} is between {low} and {high}", "pair"),
    Operator("missing", "{column} is missing", "none"),
    Operator("known", "{column} is known", "none"),
)
_OPERATORS = {operator.name: operator for operator in OPERATORS}


Label = Callable[[str], str]
"""A column's name → its heading."""
Tell = Callable[["Did"], str]
"""What people did → a sentence."""
Find = Callable[["Did"], Mask]
"""What people did → which rows of the customer table did it."""


def _untold(did: Did) -> str:
    return did.deed


def _unfound(did: Did) -> Mask:
    raise RequestError(
        f"'{did.deed}' cannot be looked up here: only the customers of a dataset are known by what they did."
    )


@dataclass(frozen=True, slots=True)
class Did:
    """Customers who did something that no column says; `analytics.deeds` has the deeds."""

    deed: str
    details: str
    """A JSON object in canonical form: sorted keys, no blanks."""

    @classmethod
    def of(cls, deed: str, **details: Any) -> Did:
        """A deed with its details as plain JSON values."""
        return cls(deed, json.dumps(details, sort_keys=True, separators=(",", ":"), ensure_ascii=False))

    def known(self) -> dict[str, Any]:
        """The details."""
        told: dict[str, Any] = json.loads(self.details)
        return told

    def to_json(self) -> dict[str, Any]:
        return {"did": self.deed, "with": self.known()}

    def sentence(self, label: Label = str, tell: Tell = _untold) -> str:  # noqa: ARG002 - the signature of every rule
        return tell(self)

    def mask(self, frame: pd.DataFrame, find: Find = _unfound) -> Mask:  # noqa: ARG002 - the signature of every rule
        return find(self)


@dataclass(frozen=True, slots=True)
class Condition:
    """One column compared with a value."""

    column: str
    operator: str
    value: Any = None

    def to_json(self) -> dict[str, Any]:
        told: dict[str, Any] = {"column": self.column, "is": self.operator}
        if _OPERATORS[self.operator].value != "none":
            told["value"] = list(self.value) if isinstance(self.value, tuple) else self.value
        return told

    def sentence(self, label: Label = str, tell: Tell = _untold) -> str:  # noqa: ARG002 - the signature of every rule
        operator = _OPERATORS[self.operator]
        if operator.value == "pair":
            return say(operator.sentence, column=label(self.column), low=self.value[0], high=self.value[1])
        value = ", ".join(map(str, self.value)) if isinstance(self.value, tuple) else self.value
        return say(operator.sentence, column=label(self.column), value=value)

    def mask(self, frame: pd.DataFrame, find: Find = _unfound) -> Mask:  # noqa: ARG002 - the signature of every rule
        if self.column not in frame.columns:
            raise _no_column(self.column, frame)
        return matches(frame[self.column], self.operator, self.value)


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one of the parts holds."""

    parts: tuple[Rule, ...]

    def to_json(self) -> dict[str, Any]:
        return {"all": [part.to_json() for part in self.parts]}

    def sentence(self, label: Label = str, tell: Tell = _untold) -> str:
        return say(" and ").join(_bracketed(part, label, tell) for part in self.parts)

    def mask(self, frame: pd.DataFrame, find: Find = _unfound) -> Mask:
        mask: Mask = np.logical_and.reduce([part.mask(frame, find) for part in self.parts])
        return mask


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of the parts holds."""

    parts: tuple[Rule, ...]

    def to_json(self) -> dict[str, Any]:
        return {"any": [part.to_json() for part in self.parts]}

    def sentence(self, label: Label = str, tell: Tell = _untold) -> str:
        return say(" or ").join(_bracketed(part, label, tell) for part in self.parts)

    def mask(self, frame: pd.DataFrame, find: Find = _unfound) -> Mask:
        mask: Mask = np.logical_or.reduce([part.mask(frame, find) for part in self.parts])
        return mask


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Rule

    def to_json(self) -> dict[str, Any]:
        return {"not": self.part.to_json()}

    def sentence(self, label: Label = str, tell: Tell = _untold) -> str:
        return say("not ({rule})", rule=self.part.sentence(label, tell))

    def mask(self, frame: pd.DataFrame, find: Find = _unfound) -> Mask:
        return ~self.part.mask(frame, find)


Rule = Condition | Did | AllOf | AnyOf | Not


def _no_column(name: str, frame: pd.DataFrame) -> RequestError:
    if name.startswith(PINNED):
        return RequestError(
            say(
                "The kept segmentation '{name}' is not there, or cannot be placed on these customers. Take it out of the "
                "filter, or keep it again.",
                name=name.removeprefix(PINNED),
            )
        )
    if name.startswith(SCORED):
        return RequestError(no_score(name))
    return RequestError(f"Customers have no '{name}'. They have {', '.join(frame.columns)}.")


def no_score(name: str) -> str:
    """How to get a column of scores that is not there, in a sentence."""
    return say(
        "Customers have no '{name}': no model for it is in use. Put one in use on the Models tab, or with "
        "'python -m analytics models --use MODEL'.",
        name=name,
    )


def is_pinned(rule: Rule) -> bool:
    """Whether a rule is a plain choice of segments of a kept segmentation: what the shell's filter bar asks for."""
    return isinstance(rule, Condition) and rule.column.startswith(PINNED) and rule.operator in ("equal to", "one of")


def parted(rule: Rule | None) -> tuple[Rule | None, Rule | None]:
    """A rule as two that hold together: the choices of kept segments, which every tab honours, and all the rest."""
    parts = rule.parts if isinstance(rule, AllOf) else () if rule is None else (rule,)
    return joined(*filter(is_pinned, parts)), joined(*(part for part in parts if not is_pinned(part)))


def joined(*rules: Rule | None) -> Rule | None:
    """The rule that all of these hold; None where there are none."""
    parts: list[Rule] = []
    for rule in rules:
        if rule is not None:
            parts += rule.parts if isinstance(rule, AllOf) else (rule,)
    return AllOf(tuple(parts)) if len(parts) > 1 else parts[0] if parts else None


def columns_of(rule: Rule) -> tuple[str, ...]:
    """The columns that a rule looks at, each once, in the order of the rule."""
    match rule:
        case Condition():
            return (rule.column,)
        case Not():
            return columns_of(rule.part)
        case AllOf() | AnyOf():
            return tuple(dict.fromkeys(name for part in rule.parts for name in columns_of(part)))
    return ()


def rule_from_json(told: object) -> Rule:
    """The rule that the JSON means.

    Raises:
        RequestError: it is not a rule, or has more than 100 conditions or 8 levels.
    """
    rule, conditions = _read(told, DEEPEST)
    if conditions > MOST_CONDITIONS:
        raise RequestError(f"The rule has {conditions} conditions. {MOST_CONDITIONS} are the most.")
    return rule


def _read(told: object, levels: int) -> tuple[Rule, int]:
    if levels == 0:
        raise RequestError(f"The rule is nested more than {DEEPEST} levels deep. Split it into simpler ones.")
    match told:
        case {"all": [_, *_] as parts, **others} if not others:
            read = [_read(part, levels - 1) for part in parts]
            return AllOf(tuple(rule for rule, _ in read)), sum(count for _, count in read)
        case {"any": [_, *_] as parts, **others} if not others:
            read = [_read(part, levels - 1) for part in parts]
            return AnyOf(tuple(rule for rule, _ in read)), sum(count for _, count in read)
        case {"not": part, **others} if not others:
            rule, count = _read(part, levels - 1)
            return Not(rule), count
        case {"did": str(deed), **others} if others.keys() <= {"with"}:
            return _did(deed, others.get("with", {})), 1
        case {"column": str(column), "is": str(operator), **others} if operator in _OPERATORS and others.keys() <= {
            "value"
        }:
            return Condition(column, operator, _value(operator, column, others.get("value"))), 1
    raise RequestError(
        f"'{told}' is not a rule. Use all, any, not, did, or a column that is {', '.join(_OPERATORS)} with a value."
    )


def _did(deed: str, details: object) -> Did:
    is_plain = isinstance(details, dict) and all(isinstance(name, str) for name in details)
    if not is_plain:
        raise RequestError(f"'{deed}' needs its details as names with values.")
    assert isinstance(details, dict)  # noqa: S101 - just checked
    did = Did.of(deed, **details)
    if len(did.details) > LONGEST_DETAILS:
        raise RequestError(f"'{deed}' has more than {LONGEST_DETAILS} letters of details. Leave some out.")
    if not is_sound(did.details.replace(r"\u0000", "\0")):  # as JSON writes it
        raise RequestError("Its details have letters that no text has. Choose it again.")
    return did


def _value(operator: str, column: str, value: object) -> Any:
    kind = _OPERATORS[operator].value
    if kind == "none":
        return None
    if kind == "list" and isinstance(value, list) and all(_is_scalar(item) for item in value):
        return tuple(value)
    if kind == "pair" and isinstance(value, list) and len(value) == 2 and all(_is_scalar(item) for item in value):
        return tuple(value)
    if kind in ("number", "text") and _is_scalar(value):
        return value
    raise RequestError(f"'{column} is {operator}' cannot be compared with '{value}'.")


def _is_scalar(value: object) -> bool:
    return isinstance(value, str | int | float) and value == value  # noqa: PLR0124 - not-a-number differs from itself


def _bracketed(part: Rule, label: Label, tell: Tell) -> str:
    nested = isinstance(part, AllOf | AnyOf) and len(part.parts) > 1
    return say("({rule})", rule=part.sentence(label, tell)) if nested else part.sentence(label, tell)
