"""A profile in plain words: a name of its own for each segment, one sentence of facts, and how large an effect is.

Only differences that count after the control of false discoveries, and that are not negligible, are put into words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from analytics.metrics import is_metric, metric
from analytics.profiles.attributes import YES, ValueProfile
from analytics.profiles.effects import MetricProfile
from analytics.profiles.phrases import (
    amount,
    label_of,
    number_clause,
    topic_of,
    unit_of,
    value_clause,
    value_word,
    word_for,
)
from analytics.profiles.profile import Profile
from analytics.text import say

NOTICEABLE: Final = 0.3
"""An effect below this does not name a segment, nor is it told of it; .2 is called small, .5 medium, .8 large."""
STRIKING: Final = 0.5
"""What a segment was not made by is told of it from this effect on."""
MOST_FACTS: Final = 3
_OWN_WEIGHT: Final = 1.5
"""How much more a fact is worth that the segments were made by, where it is the last to be told."""

_OF_D: Final = ((0.8, "large"), (0.5, "medium"), (0.2, "small"), (0.0, "negligible"))
_OF_DELTA: Final = ((0.474, "large"), (0.33, "medium"), (0.147, "small"), (0.0, "negligible"))


def size_of_d(effect: float) -> str:
    """A standardised difference in a word (Cohen 1988): from .2 small, .5 medium, .8 large."""
    return _size(effect, _OF_D)


def size_of_delta(delta: float) -> str:
    """Cliff's delta in a word (Romano, Kromrey, Coraggio & Skowronek 2006): from .147 small, .33 medium, .474 large."""
    return _size(delta, _OF_DELTA)


def _size(effect: float, steps: Sequence[tuple[float, str]]) -> str:
    return say(next(word for least, word in steps if abs(effect) >= least))


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that sets a segment apart."""

    topic: str
    clause: str
    effect: float
    kind: str
    """`typical` for medians, `average` for means, `share` for attributes: the order in which they are told."""


_KINDS: Final = ("typical", "average", "share")
_TOLD: Final = {
    ("typical", 1): "Typically {a}.",
    ("typical", 2): "Typically {a}; {b}.",
    ("typical", 3): "Typically {a}; {b}; {c}.",
    ("average", 1): "{a}.",
    ("average", 2): "{a}; {b}.",
    ("average", 3): "{a}; {b}; {c}.",
    ("share", 1): "{a}.",
    ("share", 2): "{a}; {b}.",
    ("share", 3): "{a}; {b}; {c}.",
}
NOTHING_SETS_APART: Final = "Nothing sets them clearly apart from everyone else."
TOO_FEW: Final = "There are too few customers to tell what sets them apart."
EVERYONE: Final = "Every customer is in this group: there is nobody to set them apart from."
NOBODY: Final = "No customer is in this group."


def sentence(profile: Profile, made_by: Sequence[str], currency: str) -> str:
    """The two or three facts that set a segment apart, with their numbers and units.

    `made_by` are the columns that the segments were made by: they are told first.
    """
    told = facts(profile, made_by, currency)
    if not told:
        return say(_why_nothing(profile))
    told = sorted(told, key=lambda fact: _KINDS.index(fact.kind))
    places = dict(zip("abc", (fact.clause for fact in told), strict=False))
    return _capitalised(say(_TOLD[told[0].kind, len(told)], **places))


def _why_nothing(profile: Profile) -> str:
    if profile.shares.customers == 0.0:
        return NOBODY
    if profile.shares.customers == 1.0:
        return EVERYONE
    return TOO_FEW if profile.is_too_small else NOTHING_SETS_APART


def facts(profile: Profile, made_by: Sequence[str], currency: str) -> list[Fact]:
    """The facts of the sentence, those that the segments were made by first, each about something else."""
    numbers = [
        (item.metric in made_by, fact)
        for item in profile.metrics
        if item.counts and (fact := _number_fact(item, currency)) is not None
    ]
    values = [
        (item.attribute in made_by, _value_fact(item)) for item in profile.values if item.counts and _can_be_told(item)
    ]
    # What they are says more than what they are not, unless there is nothing else to say
    ordered = sorted((*numbers, *values), key=lambda pair: (_is_lack(pair[1]), -abs(pair[1].effect)))
    own = [fact for is_own, fact in ordered if is_own and abs(fact.effect) >= NOTICEABLE]
    others = [fact for is_own, fact in ordered if not is_own and abs(fact.effect) >= STRIKING]
    third = sorted((*own, *others), key=lambda fact: -abs(fact.effect) * (_OWN_WEIGHT if fact in own else 1.0))
    chosen: list[Fact] = []
    for candidates, most in ((own, MOST_FACTS - 1), (third, MOST_FACTS)):
        for fact in candidates:
            if len(chosen) < most and all(fact.topic != other.topic for other in chosen):
                chosen.append(fact)
    return chosen


def _is_lack(fact: Fact) -> bool:
    return fact.kind == "share" and fact.effect < 0


def _number_fact(item: MetricProfile, currency: str) -> Fact | None:
    """The fact by medians; by means where the medians say nothing, or the opposite; None where those do too."""
    unit = unit_of(item.metric)
    for kind, value, rest in (("typical", item.median, item.rest_median), ("average", item.mean, item.rest_mean)):
        if value is None or rest is None or (value > rest) != (item.effect > 0):
            continue
        if amount(value, unit, currency) == amount(rest, unit, currency):
            continue
        clause = number_clause(item.metric, value, rest, currency)
        if kind == "average":
            clause = say("on average {fact}", fact=clause)
        return Fact(topic_of(item.metric), clause, item.effect, kind)
    return None


def _value_fact(item: ValueProfile) -> Fact:
    clause = value_clause(item.attribute, item.value, item.share, item.rest_share)
    return Fact(topic_of(item.attribute), clause, item.effect, "share")


def _can_be_told(item: ValueProfile) -> bool:
    return f"{item.share:.0%}" != f"{item.rest_share:.0%}"


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def names(described: Sequence[Profile], made_by: Sequence[str], taken: Sequence[str] = ()) -> tuple[str, ...]:
    """A different plain-words name for each segment, from what sets it apart most among the columns it was made by.

    Where that is the same for two, a further fact tells them apart, and a number where there is none. `taken` are names that
    are not free.
    """
    given: list[str] = []
    used: set[frozenset[str]] = set()
    for profile in described:
        own, others = _words(profile, made_by)
        choices = [own[:count] for count in range(min(2, len(own)), min(3, len(own)) + 1) if count]
        choices += [[*own[:2], word] for word in (*own[3:], *others)]
        # The same words in another order are another name to a computer only
        free = [words for words in choices if frozenset(words) not in used and _joined(words) not in taken]
        words = (free or choices or [[_nameless(profile)]])[0]
        is_used = frozenset(words) in used
        used.add(frozenset(words))
        first = _joined(words)
        name, again = first, 2
        while name in given or name in taken or (is_used and name == first):
            name, again = say("{name} ({number})", name=first, number=again), again + 1
        given.append(name)
    return tuple(given)


def _nameless(profile: Profile) -> str:
    if profile.shares.customers == 1.0:
        return say("All customers")
    return say("A handful of customers") if profile.is_too_small else say("Close to average")


def _words(profile: Profile, made_by: Sequence[str]) -> tuple[list[str], list[str]]:
    """Words for what sets a segment apart, most first: of what it was made by, and of all else."""
    found: list[tuple[float, bool, str]] = [
        (abs(item.effect), item.metric in made_by, _metric_word(item)) for item in profile.metrics if item.counts
    ]
    found += [
        (item.effect, item.attribute in made_by, _value_word(item))
        for item in profile.values
        if item.counts and item.effect > 0
    ]
    told = sorted((item for item in found if item[0] >= NOTICEABLE), key=lambda item: -item[0])
    return [word for _, is_own, word in told if is_own], [word for _, is_own, word in told if not is_own]


def _metric_word(item: MetricProfile) -> str:
    is_high = item.effect > 0
    if is_metric(item.metric):
        return word_for(metric(item.metric), is_high=is_high)
    pattern = "high {label}" if is_high else "low {label}"
    return say(pattern, label=label_of(item.metric))


def _value_word(item: ValueProfile) -> str:
    if item.value == YES:
        return label_of(item.attribute)
    return value_word(item.attribute, item.value)


def _joined(words: Sequence[str]) -> str:
    patterns = {1: "{a}", 2: "{a}, {b}", 3: "{a}, {b}, {c}"}
    chosen = words[:3]
    return _capitalised(say(patterns[len(chosen)], **dict(zip("abc", chosen, strict=False))))
