"""A training's figures as people read them: with their units, and how sure they are."""

from __future__ import annotations

from analytics.predict import Contender, Measure, Training
from analytics.predict.evaluation.measures import RANKED_BY
from analytics.text import say
from dashboard import formats


def told(measure: Measure, value: float | None, training: Training) -> str:
    """A figure with its unit; a dash where it is not defined."""
    if value is None or value != value:  # noqa: PLR0124 - not-a-number differs from itself
        return formats.NOTHING
    match measure.unit:
        case "share":
            return formats.share(value)
        case "target":
            return amount(value, training)
        case "squared":
            return formats.compact(value) if abs(value) >= 1 else formats.number(value, 3)
    return formats.number(value, 3)


def amount(value: float | None, training: Training) -> str:
    """An amount of what is predicted."""
    if training.asked.unit == "money":
        return formats.money(value, training.currency, 2 if value is not None and abs(value) < 100 else 0)
    return formats.number(value, 2 if value is not None and abs(value) < 100 else 0)


def interval(measure: Measure, contender: Contender, training: Training) -> str:
    """Where a figure lies in 95 of 100 test parts like this one; nothing where that was not computed."""
    found = contender.intervals.get(measure.name)
    if found is None:
        return ""
    low, high = (told(measure, end, training) for end in found)
    return say("{low} to {high}", low=low, high=high)


def ranking(training: Training) -> str:
    """The name of the measure by which the best model was chosen."""
    return RANKED_BY[training.asked.kind]


def answer_is(training: Training) -> str:
    """What a yes means, as a short name: 'will be lost', or the value of the column."""
    return say(training.positive)


def answer_is_not(training: Training) -> str:
    return say(training.negative)
