"""Where profiles are shown: what the tabs that show them have of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from analytics.segmentation import Segment, Segmentation
from analytics.text import say
from dashboard.figures.profiles import Color
from dashboard.results.profiles import segment_of
from dashboard.state import View


@dataclass(frozen=True, slots=True)
class Words:
    """The sentences that name the kind: a clustering finds groups, RFM has segments."""

    appear: str
    none: str
    differ: str
    glance: str
    inside: str
    averages: str
    lines: str


GROUPS: Final = Words(
    "Groups appear here",
    "There are no groups to show",
    "How the groups differ",
    "Groups at a glance",
    "In the group",
    "Each group's average in standard deviations from everyone's: blue is higher, orange lower. Numbers in brackets "
    "could be chance. Click a cell to see who they are.",
    "Further out is higher. As lines, each customer is a thin one, and the typical one of each group is thick.",
)
SEGMENTS: Final = Words(
    "Segments appear here",
    "There are no segments to show",
    "How the segments differ",
    "Segments at a glance",
    "In the segment",
    "Each segment's average in standard deviations from everyone's: blue is higher, orange lower. Numbers in brackets "
    "could be chance. Click a cell to see who they are.",
    "Further out is higher. As lines, each customer is a thin one, and the typical one of each segment is thick.",
)


@dataclass(frozen=True, slots=True)
class Place:
    """A tab, or a part of one, that shows profiles."""

    prefix: str
    """What its ids begin with."""
    found: Callable[[Any, Any], tuple[View, Segmentation | None]]
    """(the view's JSON, what its job has found) → the view and its segments; None while they are being found."""
    ready: str
    """The store that its job fills."""
    chosen: str
    """The control that says which segment is looked at."""
    compared: str
    """The control that says which are side by side: names, or one name."""
    color: Color
    tables: str
    """What the names of its tables begin with: `cluster` or `rfm`."""
    words: Words

    def id(self, thing: str) -> str:
        return f"{self.prefix}-profile-{thing}"

    def absent(self, ready: Any) -> str:
        """What a chart says while there is nothing: that it will come, or that it will not."""
        return say(self.words.none if ready else self.words.appear)


def compared(found: Segmentation, names: object) -> list[tuple[int, Segment]]:
    """The segments that a control names, with their places."""
    told: Sequence[object] = names if isinstance(names, list | tuple) else [names]
    return [(code, group) for code, group in enumerate(found.segments) if group.name in told]


def chosen(found: Segmentation, name: object) -> tuple[int, Segment]:
    """The segment that a control names; the first where it names none."""
    return segment_of(found, name)
