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
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analytics.errors import RequestError
from analytics.text import is_sound, say

MOST_CONDITIONS: Final = 100
DEEPEST: Final = 8
LONGEST_DETAILS: Final = 2_000
Mask = np.ndarray[Any, np.dtype[np.bool_]]


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
_TEXT_ONLY = ("contains", "does not contain", "starts with", "ends with")


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
            raise RequestError(f"Customers have no '{self.column}'. They have {', '.join(frame.columns)}.")
        return _compare(frame[self.column], self.operator, self.value)


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


def _compare(values: pd.Series[Any], operator: str, value: Any) -> Mask:
    if operator == "missing":
        return values.isna().to_numpy()
    if operator == "known":
        return values.notna().to_numpy()
    if isinstance(values.dtype, pd.CategoricalDtype):
        # Compared once for each category, not once for each customer.
        categories = pd.Series(values.cat.categories.astype(str))
        of_category = np.append(_compare_text(categories, operator, value), _holds_for_missing(operator))
        found: Mask = of_category[values.cat.codes.to_numpy()]
        return found
    if pd.api.types.is_bool_dtype(values.dtype) or _is_flag(values):
        flags = values.map({True: "yes", False: "no"}).astype("str")
        return _compare_text(flags, operator, _said(value))
    if pd.api.types.is_numeric_dtype(values.dtype) and operator not in _TEXT_ONLY:
        return _compare_numbers(values.to_numpy(dtype=float, na_value=np.nan), operator, value, str(values.name))
    return _compare_text(values.astype("str"), operator, value)


def _is_flag(values: pd.Series[Any]) -> bool:
    return values.dtype == object and bool(values.dropna().map(lambda item: isinstance(item, bool)).all())


def _said(value: Any) -> Any:
    """JSON's true and false as flags are compared: yes and no."""
    if isinstance(value, tuple):
        return tuple(_said(item) for item in value)
    return ("yes" if value else "no") if isinstance(value, bool) else value


def _holds_for_missing(operator: str) -> bool:
    return operator in ("not equal to", "does not contain")


def _compare_numbers(numbers: np.ndarray[Any, Any], operator: str, value: Any, column: str) -> Mask:
    def number(told: Any) -> float:
        try:
            return float(told)
        except (TypeError, ValueError, OverflowError):
            raise RequestError(f"'{column}' is a number; '{told}' is not.") from None

    compared: Mask
    match operator:
        case "equal to":
            compared = numbers == number(value)
        case "not equal to":
            compared = numbers != number(value)
        case "one of":
            compared = np.isin(numbers, [number(item) for item in value])
        case "at least":
            compared = numbers >= number(value)
        case "at most":
            compared = numbers <= number(value)
        case "above":
            compared = numbers > number(value)
        case "below":
            compared = numbers < number(value)
        case _:
            compared = (numbers >= number(value[0])) & (numbers <= number(value[1]))
    return compared


def _compare_text(texts: pd.Series[Any], operator: str, value: Any) -> Mask:
    """Text is compared without regard to case; days compare as their ISO form."""
    array = pa.array(texts, type=pa.large_string(), from_pandas=True)

    def folded(item: Any) -> str:
        # By the same function as the column: Python's casefold makes "ss" of "ß", and "Straße" would not equal itself.
        text = str(item.isoformat() if isinstance(item, date) else item)
        return str(pc.utf8_lower(pa.scalar(text, pa.large_string())).as_py())

    lowered = pc.utf8_lower(array)
    match operator:
        case "equal to":
            answer = pc.equal(lowered, folded(value))
        case "not equal to":
            answer = pc.not_equal(lowered, folded(value))
        case "one of":
            answer = pc.is_in(lowered, value_set=pa.array([folded(item) for item in value], type=pa.large_string()))
        case "contains":
            answer = pc.match_substring(lowered, folded(value))
        case "does not contain":
            answer = pc.invert(pc.match_substring(lowered, folded(value)))
        case "starts with":
            answer = pc.starts_with(lowered, folded(value))
        case "ends with":
            answer = pc.ends_with(lowered, folded(value))
        case "at least":
            answer = pc.greater_equal(lowered, folded(value))
        case "at most":
            answer = pc.less_equal(lowered, folded(value))
        case "above":
            answer = pc.greater(lowered, folded(value))
        case "below":
            answer = pc.less(lowered, folded(value))
        case _:
            answer = pc.and_(pc.greater_equal(lowered, folded(value[0])), pc.less_equal(lowered, folded(value[1])))
    mask: Mask = pc.fill_null(answer, _holds_for_missing(operator)).to_numpy(zero_copy_only=False)
    return mask
