"""The customers behind a path: what `analytics.deeds` looks up for a flow, a cell or a sequence that was clicked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from analytics.behaviour.path_tables import walkers
from analytics.behaviour.walks import LONGEST_SEQUENCE, MOST_STEPS, NONE, check_by
from analytics.errors import RequestError
from analytics.rules import Did
from analytics.sources import Source
from analytics.text import say

WALKED: Final = "walked"
PLACES: Final = ("anywhere", "start", "end")
_KNOWN: Final = {"by", "path", "at", "step", "whole", "merge", "before_purchase"}


@dataclass(frozen=True, slots=True)
class Way:
    """A path through a session, and where in it."""

    by: str
    path: tuple[str, ...]
    at: str = "anywhere"
    step: int = 1
    """Where the path begins, counted from the start; where it ends, counted from the end."""
    whole: bool = False
    """From the start: that the session left after the path. From the end: that it came with it."""
    merge: bool = True
    before_purchase: bool = False

    def did(self) -> dict[str, Any]:
        """The rule's leaf that means the customers who walked it, as JSON."""
        usual = Way(self.by, self.path)
        told = {name: getattr(self, name) for name in ("step", "whole", "merge", "before_purchase")}
        changed = {name: value for name, value in told.items() if value != getattr(usual, name)}
        return Did.of(WALKED, by=self.by, path=list(self.path), at=self.at, **changed).to_json()


def way_of(details: Mapping[str, Any]) -> Way:
    """The way that a rule's details mean; nothing in them is trusted.

    Raises:
        RequestError: a detail is unknown or not possible.
    """
    unknown = sorted(details.keys() - _KNOWN)
    if unknown:
        raise RequestError(f"'{unknown[0]}' is not possible for a path. Allowed: {', '.join(sorted(_KNOWN))}.")
    path, at, step = details.get("path"), details.get("at", "anywhere"), details.get("step", 1)
    names_states = isinstance(path, list) and all(isinstance(name, str) for name in path)
    if not isinstance(path, list) or not names_states or not 1 <= len(path) <= LONGEST_SEQUENCE:
        raise RequestError(f"A path is a list of 1 to {LONGEST_SEQUENCE} names, not '{path}'.")
    if at not in PLACES:
        raise RequestError(f"'{at}' is not possible for at. Allowed: {', '.join(PLACES)}.")
    if isinstance(step, bool) or not isinstance(step, int) or not 1 <= step <= MOST_STEPS:
        raise RequestError(f"'{step}' is not possible for step. Use 1 to {MOST_STEPS}.")
    flags = {name: details.get(name, name == "merge") for name in ("whole", "merge", "before_purchase")}
    for name, value in flags.items():
        if not isinstance(value, bool):
            raise RequestError(f"'{value}' is not possible for {name}. Use true or false.")
    by = details.get("by")
    return Way(check_by(by if isinstance(by, str) else str(by)), tuple(path), at, step, **flags)


def walked_sentence(details: Mapping[str, Any]) -> str:
    """`Went Home → Category → Product at the start of a visit`."""
    way = way_of(details)
    path = " → ".join(say("none") if name == NONE else name for name in way.path)
    one = len(way.path) == 1
    if way.before_purchase:
        return say("Went {path} in a visit, before buying anything", path=path)
    if way.at == "anywhere":
        return say("Were at {path} in a visit", path=path) if one else say("Went {path} in a visit", path=path)
    if way.at == "start":
        if way.whole:
            return say("Left a visit at {path}, at step {n}", path=path, n=way.step + len(way.path) - 1)
        if one:
            return say("Were at {path} at step {n} of a visit", path=path, n=way.step)
        return say("Went {path} from step {n} of a visit", path=path, n=way.step)
    if way.whole:
        if way.step == 1:
            return say("Had a visit of one step, at {path}", path=path)
        return say("Began a visit at {path}, {n} steps before its end", path=path, n=way.step - 1)
    if way.step == 1:
        return say("Left a visit at {path}", path=path) if one else say("Went {path} at the end of a visit", path=path)
    if one:
        return say("Were at {path}, {n} steps before the end of a visit", path=path, n=way.step - 1)
    return say("Went {path}, {n} steps before the end of a visit", path=path, n=way.step - 1)


def walked_customers(source: Source, as_of: date, details: Mapping[str, Any]) -> Any:
    """The known customers who walked it in some session before `as_of`."""
    way = way_of(details)
    return walkers(
        source,
        as_of,
        by=way.by,
        path=way.path,
        at=way.at,
        step=way.step,
        whole=way.whole,
        merge=way.merge,
        before_purchase=way.before_purchase,
    )
