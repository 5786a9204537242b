"""What a clustering algorithm is to the rest of the project: words, parameters as data, and functions that fit and place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np

from analytics.errors import RequestError
from analytics.text import say

Matrix = np.ndarray[Any, np.dtype[np.float64]]
Labels = np.ndarray[Any, np.dtype[np.intp]]
Value = float | int | str
Settings = Mapping[str, Value]
"""Parameter → value. What a fit is asked for may leave parameters out; what it was fitted with has every one of them."""
Report = Callable[[float, str], None]
"""How a long computation says how far it is: a share from 0 to 1, and a sentence on what it is doing."""

NOISE: Final = -1
"""The label, within this package, of a customer who is in no group. Everyone else meets noise as a segment with a name."""
_GLANCE: Final = 10_000


def distinct_rows(matrix: Matrix, enough: int) -> int:
    """How many different customers there are; where the first 10,000 show `enough` of them, the rest are not looked at."""
    seen = len(np.unique(matrix[:_GLANCE], axis=0))
    return seen if seen >= enough or len(matrix) <= _GLANCE else len(np.unique(matrix, axis=0))


@dataclass(frozen=True, slots=True)
class Parameter:
    """Something that the algorithm is told, with what it may be; controls, checks and the command line follow from it."""

    name: str
    label: str
    meaning: str
    kind: Literal["whole", "number", "choice"]
    default: Value | None
    """None: the algorithm proposes a value from the customers themselves."""
    low: float = 0
    high: float = 0
    choices: tuple[tuple[str, str], ...] = ()
    """(value, label) of a choice."""
    left_out: str = "As proposed"
    """What the control says while the algorithm is to find the value itself."""

    def checked(self, value: object) -> Value:
        """The value as the algorithm takes it; a text is read as the number that it spells.

        Raises:
            RequestError: it is not possible.
        """
        if self.kind == "choice":
            names = [name for name, _ in self.choices]
            if value in names:
                return str(value)
            raise self._impossible(value, ", ".join(names))
        number = _number(value)
        if number is not None and self.low <= number <= self.high and (self.kind == "number" or number == int(number)):
            return int(number) if self.kind == "whole" else number
        kind = say("a whole number") if self.kind == "whole" else say("a number")
        raise self._impossible(
            value, say("{kind} from {low} to {high}", kind=kind, low=f"{self.low:,.9g}", high=f"{self.high:,.9g}")
        )

    def _impossible(self, value: object, allowed: str) -> RequestError:
        return RequestError(
            say(
                "'{value}' is not possible for {name}. Allowed: {allowed}.",
                value=str(value)[:40],
                name=self.name,
                allowed=allowed,
            )
        )


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """What an algorithm found among some customers."""

    labels: Labels
    """The group of each customer, shape (rows,), counted from 0 without a gap; `NOISE` where it is in none."""
    model: Mapping[str, np.ndarray[Any, Any]]
    """All that placing a new customer needs, as plain arrays."""
    settings: Settings
    """Every parameter with the value that was used."""
    exact: bool = True
    """Whether every customer took part, as the algorithm is published; False above `Algorithm.exact_up_to`."""
    strength: np.ndarray[Any, np.dtype[np.float32]] | None = None
    """How firmly each customer belongs to its group, 0 to 1, shape (rows,), where the algorithm says so."""

    @property
    def groups(self) -> int:
        """How many groups there are, without noise."""
        return int(self.labels.max(initial=NOISE)) + 1


@dataclass(frozen=True, slots=True)
class Algorithm:
    """A way to group customers."""

    name: str
    label: str
    meaning: str
    parameters: tuple[Parameter, ...]
    varied: str
    """The parameter over which one looks for the best grouping: `k` where groups are counted."""
    tried: Callable[[Matrix, Settings], tuple[Value, ...]]
    """(scaled metrics, the other settings) → the values of it that are tried, ascending."""
    exact_up_to: int
    """The largest number of customers that it fits exactly."""
    above: str
    """What it does above that, in a sentence that may name {n}, the limit."""
    placing: str
    """How it places a new customer, in a sentence."""
    fit: Callable[[Matrix, Settings, int], Fit]
    """(scaled metrics, shape (customers, metrics), settings, seed) → the groups; RequestError where there can be none."""
    place: Callable[[Mapping[str, np.ndarray[Any, Any]], Matrix], Labels]
    """(a fit's model, scaled metrics) → the group of each customer, without fitting again."""
    fit_many: Callable[[Matrix, Sequence[Settings], int, Report | None], list[Fit]] | None = field(default=None)
    """Several settings at once, where that is cheaper than one after the other."""
    refit: Callable[[Matrix, Settings, int], Fit] | None = field(default=None)
    """A quicker fit, for the many that say how stable groups are; where there is none, `fit_many` or `fit` are used."""
    resampled: int = 5_000
    """Customers that such a fit has at most; less where it takes longer."""
    resamples: int = 100
    """How often customers are drawn anew at most; less often where a fit takes longer."""

    def parameter(self, name: str) -> Parameter:
        """The parameter of that name.

        Raises:
            RequestError: the algorithm has none.
        """
        for known in self.parameters:
            if known.name == name:
                return known
        names = ", ".join(known.name for known in self.parameters)
        raise RequestError(
            say("{algorithm} has no parameter '{name}'. It has {names}.", algorithm=self.label, name=name, names=names)
        )

    def has(self, name: str) -> bool:
        return any(known.name == name for known in self.parameters)

    def checked(self, settings: Mapping[str, object]) -> dict[str, Value]:
        """The settings with their values as the algorithm takes them.

        Raises:
            RequestError: a parameter does not exist, or a value is not possible.
        """
        return {name: self.parameter(name).checked(value) for name, value in settings.items()}


def whole_settings(algorithm_parameters: Sequence[Parameter], settings: Settings) -> dict[str, Value | None]:
    """The settings with the default of every parameter that they leave out; None where the algorithm is to propose it."""
    return {known.name: settings.get(known.name, known.default) for known in algorithm_parameters}
