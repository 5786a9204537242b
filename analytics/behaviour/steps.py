"""Steps of a funnel: what a click must be, as people write it, and what a dataset's clicks can be.

`event:cart`, `page:checkout`, `category:Candles` and `product:TT-05` are steps; a bare word is looked up among the events,
then the pages, then the categories.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from analytics.digest import code_digest
from analytics.errors import NotFoundError, RequestError
from analytics.sources import Source, fetch
from analytics.text import is_sound, say

FEWEST_STEPS: Final = 2
MOST_STEPS: Final = 20
MOST_CHOICES: Final = 200
"""A menu of more values than this is not read; the ones with fewer clicks can still be named."""
_TOLD_CHOICES: Final = 12
_LONGEST_SUGGESTION: Final = 5


@dataclass(frozen=True, slots=True)
class Kind:
    """What a step can ask of a click: the column that it looks at, and how it is said."""

    name: str
    column: str
    label: str
    is_bare: bool = True
    """Whether a word without a kind is looked up here."""


KINDS: Final = (
    Kind("event", "event_type", "Event: {value}"),
    Kind("page", "page", "Page: {value}"),
    Kind("category", "category", "Category: {value}"),
    Kind("product", "product_id", "Product: {value}", is_bare=False),
)
_KINDS: Final = {kind.name: kind for kind in KINDS}


@dataclass(frozen=True, slots=True)
class Step:
    """One step: a click whose event, page, category or product is this one."""

    kind: str
    value: str

    @property
    def text(self) -> str:
        """The step as it is written: `page:checkout`."""
        return f"{self.kind}:{self.value}"

    @property
    def label(self) -> str:
        """The step as it is chosen: `Page: Checkout`."""
        return say(_KINDS[self.kind].label, value=_capital(self.value))

    @property
    def name(self) -> str:
        """The step as it stands in a sentence: `Checkout`, but `Category 1` and `Product TT-05`."""
        if self.kind in ("event", "page") and not self.value.isdigit():
            return _capital(self.value)
        return say(_KINDS[self.kind].label.replace(": ", " "), value=self.value)

    def met(self, events: Any) -> Any:
        """Whether each click is this step, as an Ibis expression."""
        return events[_KINDS[self.kind].column] == self.value


def step_names(steps: Sequence[Step]) -> list[str]:
    """Each step's name in a sentence; two steps that would be called alike say what they are."""
    unlike = {step.name.casefold(): {other.kind for other in steps if _alike(step, other)} for step in steps}
    return [step.label if len(unlike[step.name.casefold()]) > 1 else step.name for step in steps]


@dataclass(frozen=True, slots=True)
class Choices:
    """What the clicks of a dataset can be: of each kind the values with most clicks, most first, and steps to begin with."""

    clicks: Mapping[str, Mapping[str, int]]
    """Kind → value → clicks."""
    suggested: tuple[Step, ...]
    """Empty where there is nothing to tell clicks apart by."""

    def steps(self) -> Iterator[tuple[Step, int]]:
        """Every step that can be chosen, with its clicks."""
        for kind, values in self.clicks.items():
            for value, count in values.items():
                yield Step(kind, value), count


def step_choices(source: Source) -> Choices:
    """What the clicks of a dataset can be; kept beside a stored version.

    Raises:
        NotFoundError: the dataset has no clicks.
    """
    path = source.stored.cache_path(f"steps-{code_digest()}.json") if source.stored else None
    if path is not None and path.is_file():
        told = json.loads(path.read_text(encoding="utf-8"))
        return Choices(told["clicks"], tuple(Step(*pair) for pair in told["suggested"]))
    events = source.table("events")
    clicks = {kind.name: counted for kind in KINDS if (counted := _counted(events, kind))}
    found = Choices(clicks, _suggested(events, clicks))
    if path is not None and source.stored is not None:
        suggested = [[step.kind, step.value] for step in found.suggested]
        content = json.dumps({"clicks": clicks, "suggested": suggested}, ensure_ascii=False)
        source.stored.keep(path.name, content.encode())
    return found


def _counted(events: Any, kind: Kind) -> dict[str, int]:
    """The values of a kind with most clicks, most first, ties by name."""
    if kind.column not in events.columns:
        return {}
    named = events.select(value=events[kind.column]).filter(events[kind.column].notnull())
    counted = named.group_by("value").agg(clicks=named.count())
    frame = fetch(counted.order_by([counted["clicks"].desc(), counted["value"]]).limit(MOST_CHOICES))
    return {str(value): int(clicks) for value, clicks in zip(frame["value"], frame["clicks"], strict=True)}


def read_steps(texts: Sequence[str], source: Source) -> tuple[Step, ...]:
    """The steps that people wrote, in their order.

    Raises:
        RequestError: there are fewer than 2 or more than 20, or a word means two things.
        NotFoundError: nothing in the dataset's clicks is called that.
    """
    check_count(len(texts))
    choices = step_choices(source)
    return tuple(read_step(text, choices, source) for text in texts)


def check_count(steps: int) -> None:
    """Refuse a funnel of too few or too many steps."""
    if steps < FEWEST_STEPS:
        raise RequestError(
            say(
                "A funnel needs {fewest} steps or more; {n} was given. Name them in order, for example view,cart,purchase.",
                fewest=FEWEST_STEPS,
                n=steps,
            )
        )
    if steps > MOST_STEPS:
        raise RequestError(say("A funnel has at most {most} steps; {n} were given.", most=MOST_STEPS, n=steps))


def split_steps(text: str) -> list[str]:
    """Steps separated by commas; one that has a comma itself stands in quotation marks."""
    return [word.strip() for word in next(csv.reader([text], skipinitialspace=True), []) if word.strip()]


def written_step(text: str) -> Step:
    """The step that our own text means, `page:checkout`, whether or not there is such a click.

    Raises:
        RequestError: it is not such a text.
    """
    kind, _, value = text.partition(":")
    if kind not in _KINDS or not value:
        raise RequestError(
            say("'{text}' is not a step. Write its kind first: {kinds}.", text=text, kinds=", ".join(_KINDS))
        )
    return Step(kind, value)


def read_step(text: str, choices: Choices, source: Source) -> Step:
    """The step that people wrote: with its kind, or as a bare word. Letters may be large or small.

    Raises:
        RequestError: a bare word means clicks of two kinds.
        NotFoundError: no click is that.
    """
    before, colon, after = text.partition(":")
    kind = _KINDS.get(before.strip().casefold()) if colon else None
    if kind is not None:
        if value := _found(after.strip(), kind, choices, source):
            return Step(kind.name, value)
        raise NotFoundError(_unknown(text, choices, (kind,)))
    bare = [known for known in KINDS if known.is_bare]
    found = [Step(known.name, value) for known in bare if (value := _found(text.strip(), known, choices, source))]
    if not found:
        raise NotFoundError(_unknown(text, choices, KINDS))
    if len(found) > 1 and not _same_clicks(found, source):
        raise RequestError(
            say("'{word}' can be {forms}. Write the one that is meant.", word=text, forms=_either(found))
        )
    return found[0]


def _found(value: str, kind: Kind, choices: Choices, source: Source) -> str | None:
    """The value as the clicks have it; None where no click has it."""
    known = choices.clicks.get(kind.name, {})
    if value in known:
        return value
    folded = [other for other in known if other.casefold() == value.casefold()]
    if folded:
        return folded[0]
    events = source.table("events")
    # The menu holds those with most clicks; where it is full there are others.
    if (
        len(known) < MOST_CHOICES
        or not is_sound(value)
        or not fetch(events.filter(events[kind.column] == value).limit(1)).shape[0]
    ):
        return None
    return value


def _same_clicks(steps: Sequence[Step], source: Source) -> bool:
    """Whether the steps are met by the very same clicks, so that it does not matter which is meant."""
    events = source.table("events")
    met = [step.met(events).fill_null(False) for step in steps]
    differs = met[0] != met[1]
    for other in met[2:]:
        differs |= met[0] != other
    return fetch(events.filter(differs).select("session").limit(1)).empty


def _unknown(text: str, choices: Choices, kinds: Sequence[Kind]) -> str:
    told = []
    for kind in kinds:
        values = list(choices.clicks.get(kind.name, {}))
        if values and (kind.is_bare or len(kinds) == 1):
            more = say(" and {n} more", n=len(values) - _TOLD_CHOICES) if len(values) > _TOLD_CHOICES else ""
            told.append(", ".join(f"{kind.name}:{value}" for value in values[:_TOLD_CHOICES]) + more)
    there_is = "; ".join(told) or say("nothing to tell clicks apart by")
    return say("No click is '{step}'. There is {there_is}.", step=text, there_is=there_is)


def _either(steps: Sequence[Step]) -> str:
    return say(" or ").join(step.text for step in steps)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _alike(one: Step, other: Step) -> bool:
    return one.name.casefold() == other.name.casefold()


# Steps to begin with

_TYPICAL = (
    re.compile(r"(page.?)?view(ed|s)?(.?(item|product|content))?"),
    re.compile(r"(add(ed)?.?to.?)?(cart|basket)"),
    re.compile(r"(begin|start|initiate)?.?check.?out"),
    re.compile(r"purchase[sd]?|order(ed)?|transaction|buy|bought"),
)
"""What shops call the clicks on the way to an order."""


def _suggested(events: Any, clicks: Mapping[str, Mapping[str, int]]) -> tuple[Step, ...]:
    """Steps to begin with: the usual events, else the pages or categories with most clicks in the order of first visits."""
    usual = [_typical(pattern, clicks) for pattern in _TYPICAL]
    of_events = [step for step in usual if step is not None]
    if sum(step.kind == "event" for step in of_events) >= FEWEST_STEPS:
        return tuple(of_events)
    for name in ("page", "event", "category", "product"):
        values = list(clicks.get(name, {}))[:_LONGEST_SUGGESTION]
        if len(values) >= FEWEST_STEPS:
            return tuple(Step(name, value) for value in _in_order(events, _KINDS[name].column, values))
    only = [Step(name, value) for name, values in clicks.items() for value in values]
    return tuple(only[:1] * 2)  # the same thing twice is a funnel too


def _typical(pattern: re.Pattern[str], clicks: Mapping[str, Mapping[str, int]]) -> Step | None:
    """The usual event; of the checkout also a page."""
    kinds = ("event", "page") if pattern is _TYPICAL[2] else ("event",)
    for kind in kinds:
        for value in clicks.get(kind, {}):
            if pattern.fullmatch(value.casefold().strip("/")):
                return Step(kind, value)
    return None


def _in_order(events: Any, column: str, values: Sequence[str]) -> list[str]:
    """The values in the order in which sessions typically come to them first."""
    rows = events.filter(events[column].isin(list(values)))
    first = rows.group_by("session", value=rows[column]).agg(place=rows["position"].min())
    typical = fetch(first.group_by("value").agg(place=first["place"].mean()))
    place = dict(zip(typical["value"].astype(str), typical["place"], strict=True))
    return sorted(values, key=lambda value: (place[value], value))
