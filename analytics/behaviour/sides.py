"""Groups of sessions that can be set against each other: by the customer's segment, by country, device, visitor or purchase."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from analytics.behaviour.visits import Coded, Visits
from analytics.behaviour.walks import FEWEST_SESSIONS, Mask
from analytics.errors import RequestError
from analytics.rfm import SEGMENT
from analytics.text import say

KINDS: Final = {
    "segment": "RFM segment",
    "country": "Country",
    "device": "Device",
    "visitor": "Visitor",
    "bought": "Purchase",
}
_COLUMNS: Final = {"segment": SEGMENT, "country": "country", "device": "device", "visitor": "visitor_type"}
MOST_OFFERED: Final = 30
"""Countries, say, that a menu holds: the largest."""


@dataclass(frozen=True, slots=True)
class Side:
    """One group of sessions: `segment=Champions`, `country=France`, `device=phone`, `visitor=new`, `bought=yes`."""

    kind: str
    value: str

    def __str__(self) -> str:
        return f"{self.kind}={self.value}"

    @property
    def label(self) -> str:
        """What people call it."""
        if self.kind == "bought":
            return say("Visits with a purchase") if self.value == "yes" else say("Visits without a purchase")
        if self.kind == "visitor":
            return say("{kind} visitors", kind=self.value.capitalize())
        return self.value


def side_of(text: str) -> Side:
    """The group that a text means; a bare name is an RFM segment.

    Raises:
        RequestError: there is no such kind of group.
    """
    kind, equals, value = text.partition("=")
    if not equals:
        return Side("segment", text.strip())
    if kind.strip() not in KINDS or not value.strip():
        raise RequestError(
            say(
                "'{text}' is no group of visits. Write a segment's name, or {kinds} = a value, for example country=France.",
                text=text[:60],
                kinds=", ".join(KINDS),
            )
        )
    return Side(kind.strip(), value.strip())


def offered_sides(visits: Visits) -> Iterator[tuple[Side, int]]:
    """The groups with enough visits to be compared, with how many they have."""
    for kind in KINDS:
        column = _column(visits, kind)
        if column is None:
            continue
        known = column.codes[visits.counted]
        counts = np.bincount(known[known >= 0], minlength=len(column.names))
        named = column.names[: len(column.names) - (column.others > 0)]
        for place, name in enumerate(named[:MOST_OFFERED]):
            if counts[place] >= FEWEST_SESSIONS:
                yield Side(kind, name), int(counts[place])


def mask_of(visits: Visits, side: Side) -> Mask:
    """Which sessions are in a group, shape (sessions,).

    Raises:
        RequestError: the data does not know it.
    """
    column = _column(visits, side.kind)
    kind = KINDS[side.kind] if side.kind == "segment" else KINDS[side.kind].lower()
    if column is None:
        raise RequestError(say("No visit of this dataset says its {kind}. Choose another group.", kind=kind))
    if side.value not in column.names:
        known = ", ".join(column.names[:MOST_OFFERED])
        raise RequestError(
            say("No visit has the {kind} '{value}'. There is {known}.", kind=kind, value=side.value, known=known)
        )
    found: Mask = (column.codes == column.names.index(side.value)) & visits.counted
    return found


def pair(visits: Visits, a: Side, b: Side) -> tuple[Mask, Mask]:
    """Which sessions are in A and in B; those in both are in neither, so that the two are independent.

    Raises:
        RequestError: A is B, or the data does not know one.
    """
    if a == b:
        raise RequestError(say("{a} cannot be compared with itself. Choose two different groups.", a=a.label))
    in_a, in_b = mask_of(visits, a), mask_of(visits, b)
    return in_a & ~in_b, in_b & ~in_a


def _column(visits: Visits, kind: str) -> Coded | None:
    if kind != "bought":
        return visits.groups.get(_COLUMNS[kind])
    if visits.has_purchase is None:
        return None
    return Coded((~visits.has_purchase).astype(np.int16), ("yes", "no"))
