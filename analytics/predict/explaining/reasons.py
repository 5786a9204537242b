"""Reasons: what moved one case's score most, in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from analytics.text import in_unit, plain, say, say_count

MOST: Final = 3
Place = Literal["high", "low", "usual", "other", "missing"]


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one feature of a case adds to its score, or takes from it."""

    feature: str
    label: str
    value: float | str | None
    """None where it is not known."""
    effect: float
    """In probability, or in the unit of the amounts."""
    unit: str = ""
    """Of the value."""
    usual: float | str | None = None
    """The median, or the most frequent value."""
    place: Place = "usual"
    """Where the value lies: above or below the middle half of cases, among them; of a text, the most frequent or another."""
    is_share: bool = True
    """Whether the score is a probability."""


_FACTS: Final = {
    "high": "{label} of {value} is high (usual: {usual})",
    "low": "{label} of {value} is low (usual: {usual})",
    "usual": "{label} of {value} is nothing unusual",
    "other": "{label} is “{value}” (most often: “{usual}”)",
    "missing": "{label} is not known",
}
_USUAL_TEXT: Final = "{label} is “{value}”, as it mostly is"
_NOTHING: Final = "Nothing about this case moves its score: it is that of the usual case."


def reasons(parts: Sequence[Contribution], *, unit: str = "", currency: str = "", most: int = MOST) -> tuple[str, ...]:
    """What moved a case's score most, the largest first: `PageValues of 24.3 is high (usual: 0): raises the chance by 31 points.`

    Args:
        unit: of the amounts that are predicted, where they are amounts.
    """
    ordered = sorted(parts, key=lambda part: (-abs(part.effect), part.feature))
    told = [sentence for part in ordered if (sentence := _reason(part, ordered[0], unit, currency))]
    return tuple(told[:most]) or (say(_NOTHING),)


def _reason(part: Contribution, largest: Contribution, unit: str, currency: str) -> str:
    """A sentence; empty where the effect is too small to be told."""
    fact, size = _fact(part, currency), abs(part.effect)
    if part.is_share:
        points = round(100 * size)
        if not points:
            return ""
        if part.effect > 0:
            one, other = "{fact}: raises the chance by {n} point.", "{fact}: raises the chance by {n} points."
        else:
            one, other = "{fact}: lowers the chance by {n} point.", "{fact}: lowers the chance by {n} points."
        return say_count(points, one, other, fact=fact)
    if size <= abs(largest.effect) / 100:
        return ""
    amount = in_unit(size, unit, currency)
    if part.effect > 0:
        return say("{fact}: raises the prediction by {amount}.", fact=fact, amount=amount)
    return say("{fact}: lowers the prediction by {amount}.", fact=fact, amount=amount)


def _fact(part: Contribution, currency: str) -> str:
    if isinstance(part.value, str):
        pattern = _USUAL_TEXT if part.value == part.usual else _FACTS["other"]
        return say(pattern, label=part.label, value=part.value, usual=part.usual or "–")
    usual = part.usual if isinstance(part.usual, float) else None
    place = "usual" if part.place == "other" else part.place
    return say(
        _FACTS[place],
        label=part.label,
        value=written(part.value, part.unit, currency),
        usual=written(usual, part.unit, currency),
    )


def written(value: float | None, unit: str, currency: str) -> str:
    """A value of a feature as people say it: with three figures where it is no whole number."""
    if value is None or unit in ("share", "seconds", "days") or (unit == "money" and currency):
        return in_unit(value, unit, currency)
    return plain(value)
