"""The choice of kept segments in the shell's bar: what is offered, what is chosen, and the rule that it means."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from analytics.errors import RequestError
from analytics.rules import AllOf, Condition, Rule, joined, parted
from analytics.schema import PINNED
from analytics.segmentation import pins
from analytics.text import say
from dashboard import results
from dashboard.state import View


def kept_choices(view: View) -> list[dict[str, str]]:
    """Every segment of what is kept of the dataset; with what the view asks for and there is not any more."""
    known = pins(results.version_of(view.request))
    offered = {
        _value(pin.column, name): say("{kept}: {segment}", kept=pin.name, segment=name)
        for pin in known
        for name in pin.names()
    }
    for value in kept_values(view):
        if value not in offered:
            column, name = json.loads(value)
            offered[value] = say("{kept}: {segment} (gone)", kept=column.removeprefix(PINNED), segment=name)
    return [{"label": label, "value": value} for value, label in offered.items()]


def kept_values(view: View) -> list[str]:
    """The kept segments that the view asks for, as the control has them."""
    chosen, _ = parted(view.request.where)
    parts = chosen.parts if isinstance(chosen, AllOf) else (chosen,)
    return [_value(part.column, str(name)) for part in parts if isinstance(part, Condition) for name in _names(part)]


def with_kept(rule: Rule | None, values: Sequence[Any]) -> Rule | None:
    """A rule with these kept segments instead of those that it asks for: one of each segmentation's, of every segmentation.

    Raises:
        RequestError: a value is not one of the control's.
    """
    names: dict[str, list[str]] = {}
    for column, name in map(_read, values):
        names.setdefault(column, []).append(name)
    return joined(*_conditions(names.items()), parted(rule)[1])


def _conditions(chosen: Iterable[tuple[str, list[str]]]) -> list[Condition]:
    return [
        Condition(column, "equal to", names[0]) if len(names) == 1 else Condition(column, "one of", tuple(names))
        for column, names in chosen
    ]


def _names(part: Condition) -> tuple[Any, ...]:
    return part.value if isinstance(part.value, tuple) else (part.value,)


def _value(column: str, name: str) -> str:
    return json.dumps([column, name], ensure_ascii=False)


def _read(value: Any) -> tuple[str, str]:
    try:
        column, name = json.loads(value)
    except (TypeError, ValueError):
        column, name = None, None
    if not isinstance(column, str) or not isinstance(name, str) or not column.startswith(PINNED):
        raise RequestError(say("That choice of kept groups is not readable. Choose it again."))
    return column, name
