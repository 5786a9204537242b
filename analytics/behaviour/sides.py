"""Groups of sessions that can be set against each other: by the customer's segment, by country, device, visitor or purchase."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from analytics.behaviour.walks import FEWEST_SESSIONS, Array, Mask
from analytics.customers import KEY
from analytics.errors import RequestError
from analytics.rfm import SEGMENT
from analytics.sources import Source, fetch
from analytics.text import say

KINDS: Final = {
    "segment": "RFM segment",
    "country": "Country",
    "device": "Device",
    "visitor": "Visitor",
    "bought": "Purchase",
}
_COLUMNS: Final = {"country": "country", "device": "device", "visitor": "visitor_type", "bought": "has_purchase"}
_MOST_SESSIONS: Final = 100_000_000
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


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """Which group each session is in, for each kind of group that the data knows."""

    names: Mapping[str, tuple[str, ...]]
    """Kind → its values, largest first."""
    codes: Mapping[str, Array]
    """Kind → each session number's place in the values, −1 where it is not known. Shape (session numbers,), int16."""

    def offered(self) -> Iterator[tuple[Side, int]]:
        """The groups with enough sessions to be compared, with how many they have."""
        for kind, names in self.names.items():
            counts = np.bincount(self.codes[kind] + 1, minlength=len(names) + 1)[1:]
            for place, name in enumerate(names[:MOST_OFFERED]):
                if counts[place] >= FEWEST_SESSIONS:
                    yield Side(kind, name), int(counts[place])

    def mask(self, side: Side) -> Mask:
        """Which session numbers are in a group.

        Raises:
            RequestError: the data does not know it.
        """
        names = self.names.get(side.kind, ())
        if side.value not in names:
            known = ", ".join(names[:MOST_OFFERED])
            if not known:
                raise RequestError(
                    say(
                        "No visit of this dataset says its {kind}. Choose another group.", kind=KINDS[side.kind].lower()
                    )
                )
            raise RequestError(
                say("No visit has the {kind} '{value}'. There is {known}.",
                    kind=KINDS[side.kind].lower(), value=side.value, known=known)
            )  # fmt: skip
        found: Mask = self.codes[side.kind] == names.index(side.value)
        return found

    def pair(self, a: Side, b: Side) -> tuple[Mask, Mask]:
        """Which sessions are in A and in B; those in both are in neither, so that the two are independent.

        Raises:
            RequestError: A is B, or the data does not know one.
        """
        if a == b:
            raise RequestError(say("{a} cannot be compared with itself. Choose two different groups.", a=a.label))
        in_a, in_b = self.mask(a), self.mask(b)
        return in_a & ~in_b, in_b & ~in_a


def load_sides(source: Source, customers: pd.DataFrame | None = None) -> Sides:
    """The groups of a dataset's sessions.

    Args:
        customers: the customer table with segments; None where there are no customers.
    """
    sessions = source.table("sessions")
    told = [
        name for name in (*_COLUMNS.values(), *([KEY] if customers is not None else [])) if name in sessions.columns
    ]
    frame = fetch(sessions.select("session", *told).order_by("session"), at_most=_MOST_SESSIONS)
    number = frame["session"].to_numpy()
    count = int(number[-1]) + 1 if len(number) else 0
    found: dict[str, tuple[list[str], Array]] = {}
    if customers is not None and KEY in frame.columns and SEGMENT in customers.columns:
        row = pd.Index(customers[KEY]).get_indexer(frame[KEY])
        segment = customers[SEGMENT].astype("category")
        known = segment.cat.codes.to_numpy()
        found["segment"] = [str(name) for name in segment.cat.categories], np.where(row >= 0, known[row], -1)
    for kind, column in _COLUMNS.items():
        if column in frame.columns:
            values = frame[column].astype("category")
            words = [{True: "yes", False: "no"}.get(name, str(name)) for name in values.cat.categories]
            found[kind] = words, values.cat.codes.to_numpy()
    names: dict[str, tuple[str, ...]] = {}
    codes: dict[str, Array] = {}
    for kind, (values_of, code) in found.items():
        sizes = np.bincount(code + 1, minlength=len(values_of) + 1)[1:]
        order = [int(place) for place in np.lexsort((np.array(values_of, dtype=str), -sizes)) if sizes[place]]
        if not order:
            continue
        names[kind] = tuple(values_of[place] for place in order)
        place_of = np.full(len(values_of) + 1, -1, dtype=np.int16)
        place_of[order] = np.arange(len(order))
        codes[kind] = np.full(count, -1, dtype=np.int16)
        codes[kind][number] = place_of[code]  # an unknown one, -1, is the last place, which is -1
    return Sides(names, codes)
