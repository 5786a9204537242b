"""What the paths on the Behaviour tab count in: made once for a dataset, summed anew for each filter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
import pandas as pd

from analytics.behaviour import path_tables
from analytics.behaviour.differences import Differences, Moves, index_moves, sequence_differences, step_differences
from analytics.behaviour.paths import GONE, Flows, Steps, Transitions, Ways, flows, index_steps, index_ways
from analytics.behaviour.sequences import Grams, Sequences, index_grams, sequences
from analytics.behaviour.sides import Side, offered_sides, pair, side_of
from analytics.behaviour.until import knows
from analytics.behaviour.walks import STATES_BY, Walks
from analytics.customers import KEY
from analytics.errors import RequestError
from analytics.request import AnalysisRequest
from analytics.sources import open_source
from analytics.text import say
from dashboard import results
from dashboard.results import Kept
from dashboard.results.behaviour import kept_visits, visits
from dashboard.state import View

T = TypeVar("T")

_INDEXES: Final = Kept(12)
"""Six make up what is shown of one kind of step: 180 MB for a million visits."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a dataset's clicks can say."""

    by: tuple[str, ...]
    """What a step can be: what has two names or more, the usual one first; where nothing has, what has one."""
    varied: bool
    """Whether there is more than one place to be."""
    purchases: bool
    people: bool
    """Whether the customers behind a path can be shown."""


@dataclass(frozen=True, slots=True)
class Asked:
    """How paths are looked at."""

    by: str
    merge: bool
    steps: int
    from_end: bool


def known(request: AnalysisRequest) -> Known:
    """What the dataset's clicks can say."""

    def compute(asked: AnalysisRequest) -> Known:
        version = results.version_of(asked)
        source = open_source(version)
        names = {by: path_tables.names_of(source, by) for by in STATES_BY}
        usual = path_tables.usual_by(source)
        various = [by for by, count in names.items() if count > 1]
        possible = sorted(various or [by for by, count in names.items() if count], key=lambda by: by != usual)
        people = version.manifest.has_orders and knows(source.table("sessions"), KEY)
        return Known(tuple(possible), bool(various), path_tables.knows_purchases(source), people)

    return results.reduced("paths-known", request, compute)


def asked_of(view: View) -> Asked:
    """What the view asks; what the data cannot say is the usual."""
    possible = known(view.request).by
    by = view.one("paths_by")
    if by not in possible:
        by = possible[0] if possible else "page"
    return Asked(by, view.one("paths_merge") == "yes", int(view.one("paths_steps")), view.one("paths_from") == "end")


def _index(view: View, what: str, make: Callable[[Walks], T]) -> T:
    """What is made of all walks of a dataset, whatever the day and the filters."""
    resolved, asked = results.resolved(view.request), asked_of(view)
    key = (resolved.dataset, resolved.version, asked.by, asked.merge)

    def load() -> Walks:
        source = open_source(results.version_of(resolved))
        return path_tables.load_walks(source, path_tables.states_of(source, asked.by), merge=asked.merge)

    return _INDEXES.get((what, *key), lambda: make(_INDEXES.get(("walks", *key), load)))


def find_flows(view: View) -> Flows:
    """The first or last steps of the visits kept."""
    asked = asked_of(view)

    def make(walks: Walks) -> Ways:
        return index_ways(walks, from_end=asked.from_end)

    ways = _index(view, "ends" if asked.from_end else "starts", make)
    return flows(ways, asked.steps, kept_visits(view.request))


def find_transitions(view: View) -> Transitions:
    """From which state to which, for the visits kept."""
    steps: Steps = _index(view, "steps", index_steps)
    return steps.transitions(kept_visits(view.request))


def find_sequences(view: View) -> Sequences:
    """The most frequent sequences of the visits kept."""
    grams: Grams = _index(view, "grams", index_grams)
    return sequences(grams, kept_visits(view.request))


def offered(request: AnalysisRequest) -> tuple[tuple[Side, int], ...]:
    """The groups with enough visits to be compared, with how many they have."""
    return results.reduced("paths-sides", request, lambda asked: tuple(offered_sides(visits(asked))))


def chosen_sides(view: View) -> tuple[Side, Side] | None:
    """A and B as chosen; else the two largest groups of the first kind that has two; None where there are none."""
    sizes = dict(offered(view.request))
    of_kind: dict[str, list[Side]] = {}
    for side in sizes:
        of_kind.setdefault(side.kind, []).append(side)
    usual = next((sides for sides in of_kind.values() if len(sides) > 1), None)
    if usual is None:
        return None
    a, b = sorted(usual, key=lambda side: -sizes[side])[:2]
    return _chosen(view.one("paths_a"), a, sizes), _chosen(view.one("paths_b"), b, sizes)


def _chosen(told: str, otherwise: Side, sizes: dict[Side, int]) -> Side:
    if not told:
        return otherwise
    try:
        side = side_of(told)
    except RequestError:
        return otherwise
    return side if side in sizes else otherwise


def find_differences(view: View, a: Side, b: Side) -> Differences:
    """What visits in A do more often than visits in B, among those kept.

    Raises:
        RequestError: A is B.
    """
    in_a, in_b = pair(visits(view.request), a, b)
    keep = kept_visits(view.request)
    if keep is not None:
        in_a, in_b = in_a & keep, in_b & keep
    if view.one("paths_compare") == "sequences":
        grams: Grams = _index(view, "grams", index_grams)
        return sequence_differences(grams, in_a, in_b)
    moves: Moves = _index(view, "moves", index_moves)
    return step_differences(moves, in_a, in_b)


def flows_table(view: View) -> pd.DataFrame:
    """How many of the visits kept went from a place at one step to one at the next, as the chart has them."""
    drawn = find_flows(view)

    def name(number: int) -> str:
        state = drawn.nodes[number].state
        if state is None:
            return say("the rest")
        return say("left") if state == GONE else drawn.states.names[state]

    rows = [(drawn.nodes[one.source].step + 1, name(one.source), name(one.target), one.sessions) for one in drawn.flows]
    return pd.DataFrame(rows, columns=["step", "from", "to", "visits"])


def transitions_table(view: View) -> pd.DataFrame:
    """From which place to which, with the share of all steps in the place; leaving is a place of its own."""
    found = find_transitions(view)
    names = [*found.states.names, say("left")]
    at, to = np.nonzero(found.counts)
    counts = found.counts[at, to]
    return pd.DataFrame(
        {
            "from": [names[place] for place in at],
            "to": [names[place] for place in to],
            "steps": counts,
            "share": counts / found.visits[at],
        }
    )


def differences_table(view: View) -> pd.DataFrame:
    """What the two groups do differently, as the chart has it.

    Raises:
        RequestError: there are no two groups of visits to compare.
    """
    sides = chosen_sides(view)
    if sides is None:
        raise RequestError(say("There are no two groups of visits to compare."))
    compared = find_differences(view, *sides)
    names = [*compared.states.names, say("left")]
    rows = [
        (
            " → ".join(names[code] for code in item.path),
            item.share_a,
            item.a_of,
            item.share_b,
            item.b_of,
            item.difference,
            item.is_significant,
        )
        for item in compared.found
    ]
    headings = ["way", "share_a", "visits_a", "share_b", "visits_b", "difference", "is_not_by_chance"]
    return pd.DataFrame(rows, columns=headings)
