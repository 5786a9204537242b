"""Options: choices that concern only how something is shown. They live in the view and in its link, beside the request.

An entry of `OPTIONS` is all that a tab needs for a choice of its own: the link, its checks and the wiring of the control
(`components/controls.py`) follow from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from analytics.errors import RequestError
from analytics.text import say

LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Option:
    """A choice: its name in the link, what it is unless chosen, and what it may be."""

    name: str
    default: str = ""
    """Of an option with one value; one with many is empty unless chosen."""
    allowed: tuple[str, ...] = ()
    """Empty allows any text: the tab checks it against the data, and shows its default where it does not fit."""
    most: int = 1
    """How many values it may have; 1 for a choice of one."""

    def checked(self, values: Sequence[str]) -> tuple[str, ...]:
        """The values themselves, if they are possible.

        Raises:
            RequestError: they are not.
        """
        if len(values) > self.most:
            raise RequestError(
                say("{name} can have {most} values at most, not {n}.", name=self.name, most=self.most, n=len(values))
            )
        for value in values:
            if self.allowed and value not in self.allowed:
                raise RequestError(
                    say(
                        "'{value}' is not possible for {name}. Allowed: {allowed}.",
                        value=value[:40],
                        name=self.name,
                        allowed=", ".join(self.allowed),
                    )
                )
            if len(value) > LONGEST:
                raise RequestError(say("{name} is longer than {n} letters.", name=self.name, n=LONGEST))
        return tuple(values)


OPTIONS: tuple[Option, ...] = (
    Option("measure", "customers", ("customers", "revenue")),  # what the RFM heatmap counts
    Option("compare", most=20),  # the segments whose profiles are side by side; empty is the first ones
)


def option(name: str) -> Option:
    """The option of that name.

    Raises:
        RequestError: there is none.
    """
    for known in OPTIONS:
        if known.name == name:
            return known
    raise RequestError(say("There is no option '{name}'.", name=name[:40]))


def is_option(name: str) -> bool:
    return any(known.name == name for known in OPTIONS)
