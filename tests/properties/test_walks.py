"""Whatever the sessions are: flows conserve, shares add up, names do not matter, a filter is its sessions alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.behaviour.paths import GONE, flows, index_steps, index_ways
from analytics.behaviour.sequences import index_grams, sequences
from analytics.behaviour.walks import States, Walks, walk

STATES = 7
sessions = st.lists(st.lists(st.integers(0, STATES - 1), min_size=1, max_size=9), min_size=1, max_size=40)


def walked(letters: list[list[int]], *, merge: bool = True, buys: int | None = None) -> Walks:
    session = np.repeat(np.arange(len(letters)), [len(one) for one in letters])
    state = np.concatenate([np.asarray(one, dtype=np.int64) for one in letters])
    states = States("page", tuple(f"s{number}" for number in range(STATES)))
    purchase = None if buys is None else state == buys
    return walk(session, state, states, sessions=len(letters), purchase=purchase, merge=merge)


@settings(max_examples=60, deadline=None)
@given(sessions, st.integers(2, 6), st.booleans(), st.booleans())
def test_flows_conserve(letters: list[list[int]], steps: int, from_end: bool, merge: bool) -> None:
    """What flows into a node is its sessions, and so is what flows out; every step has all sessions that got there."""
    drawn = flows(index_ways(walked(letters, merge=merge), from_end=from_end), steps)
    assert drawn.sessions == len(letters)
    into, out = np.zeros(len(drawn.nodes), dtype=int), np.zeros(len(drawn.nodes), dtype=int)
    for flow in drawn.flows:
        out[flow.source] += flow.sessions
        into[flow.target] += flow.sessions
        assert drawn.nodes[flow.target].step == drawn.nodes[flow.source].step + 1
    for number, node in enumerate(drawn.nodes):
        first, last = node.step == 0, node.step == steps - 1
        if node.state == GONE:  # left, so nothing flows out; or not come yet, so nothing flows in
            assert (into[number], out[number]) == ((0, node.sessions) if from_end else (node.sessions, 0))
            continue
        assert first or into[number] == node.sessions
        assert last or out[number] == node.sessions
    whole = steps - 1 if from_end else 0
    assert sum(node.sessions for node in drawn.nodes if node.step == whole) == len(letters)


@settings(max_examples=60, deadline=None)
@given(sessions, st.booleans())
def test_shares_add_up(letters: list[list[int]], merge: bool) -> None:
    """A state's shares, with leaving, sum to 1; entries and exits are one for each session; steps in are steps out."""
    found = index_steps(walked(letters, merge=merge)).transitions()
    rows = np.nansum(found.shares, axis=1)
    np.testing.assert_allclose(rows[found.visits > 0], 1)
    assert found.entries.sum() == found.exits.sum() == found.sessions == len(letters)
    np.testing.assert_array_equal(found.entries + found.counts[:, :-1].sum(axis=0), found.visits)


@settings(max_examples=60, deadline=None)
@given(sessions, st.permutations(range(STATES)))
def test_names_do_not_matter(letters: list[list[int]], order: list[int]) -> None:
    """Renumbering the states renumbers the transitions and changes no count."""
    one = index_steps(walked(letters)).transitions().counts
    other = index_steps(walked([[order[state] for state in session] for session in letters])).transitions().counts
    moved = np.array([*order, STATES])
    np.testing.assert_array_equal(one, other[np.ix_(moved[:-1], moved)])


def _told(walks: Walks, keep: Any = None) -> dict[tuple[int, ...], tuple[int, int]]:
    grams = index_grams(walks, fewest=1)
    contain, then = grams.counted(keep)
    counted = zip(grams.paths, contain, then, strict=True)
    return {path: (int(have), int(bought)) for path, have, bought in counted if have}


@settings(max_examples=60, deadline=None)
@given(sessions, st.data())
def test_a_filter_is_its_sessions_alone(letters: list[list[int]], data: st.DataObject) -> None:
    """What is counted of the sessions kept is what is counted where there are no others."""
    keep = np.array(data.draw(st.lists(st.booleans(), min_size=len(letters), max_size=len(letters))))
    if not keep.any():
        return
    everyone = walked(letters, buys=0)
    alone = walked([one for one, kept in zip(letters, keep, strict=True) if kept], buys=0)
    kept, few = index_steps(everyone).transitions(keep), index_steps(alone).transitions()
    np.testing.assert_array_equal(kept.counts, few.counts)
    np.testing.assert_array_equal(kept.entries, few.entries)
    assert _told(everyone, keep) == _told(alone)
    assert sequences(index_grams(everyone), keep) == sequences(index_grams(alone))
    for from_end in (False, True):
        ways = index_ways(everyone, from_end=from_end), index_ways(alone, from_end=from_end)
        assert flows(ways[0], 4, keep) == flows(ways[1], 4)


@settings(max_examples=60, deadline=None)
@given(sessions)
def test_sequences_are_what_a_loop_finds(letters: list[list[int]]) -> None:
    """Every sequence of 2 to 5 steps before the first purchase, with its sessions and buyers, as a plain loop counts them."""
    expected: dict[tuple[int, ...], list[int]] = {}
    for one in letters:
        merged = [state for place, state in enumerate(one) if place == 0 or state != one[place - 1]]
        before = merged[: merged.index(0)] if 0 in merged else merged
        contained = {
            tuple(before[at : at + length]) for length in range(2, 6) for at in range(len(before) - length + 1)
        }
        for path in contained:
            counted = expected.setdefault(path, [0, 0])
            counted[0] += 1
            counted[1] += 0 in merged
    assert _told(walked(letters, buys=0)) == {path: tuple(counted) for path, counted in expected.items()}
