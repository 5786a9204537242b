"""Paths by hand: three sessions written down, one-click sessions, repeats, a purchase first; and the same on the engine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pytest

from analytics.behaviour import path_tables
from analytics.behaviour.paths import GONE, Flows, flows, index_steps, index_ways
from analytics.behaviour.sequences import index_grams, sequences, wilson
from analytics.behaviour.walks import NONE, OTHER, States, Walks, choose_states, walk
from analytics.errors import EmptyDataError, RequestError
from analytics.sources import Source
from tests.analytics.click_shops import Click, clicks_in_memory

H, C, P = "Home", "Category", "Product"


def shop(*sessions: str, customers: bool = False) -> Source:
    """A shop whose sessions are written as letters: h home, c category, p product, b a purchase on the basket page."""
    pages = {"h": H, "c": C, "p": P, "b": "Basket", "-": None}
    clicks = [
        Click(
            visitor_id=f"v{number:04d}",
            session_id=f"s{number:04d}",
            position=place,
            page=pages[letter],
            event_type="purchase" if letter == "b" else "view",
            customer_id=f"c{number:04d}" if customers else None,
        )
        for number, letters in enumerate(sessions)
        for place, letter in enumerate(letters, start=1)
    ]
    return clicks_in_memory(clicks)


def walks(*sessions: str, merge: bool = True) -> Walks:
    source = shop(*sessions)
    return path_tables.load_walks(source, path_tables.states_of(source, "page"), merge=merge)


def named(found: Flows) -> dict[tuple[object, ...], int]:
    """Flows by step and names."""

    def name(number: int) -> object:
        state = found.nodes[number].state
        return {None: "rest", GONE: "gone"}.get(state) or found.states.names[state]

    return {
        (found.nodes[flow.source].step + 1, name(flow.source), name(flow.target)): flow.sessions for flow in found.flows
    }


THREE = ("hcp", "hp", "c")


def test_three_sessions_written_down() -> None:
    """Transitions, entries, exits and shares of three sessions are those that one counts by hand."""
    found = index_steps(walks(*THREE)).transitions()
    assert found.states.names == (C, H, P)  # two clicks each, so by name
    assert found.sessions == 3
    #                                    C  H  P  left
    np.testing.assert_array_equal(found.counts, [[0, 0, 1, 1], [1, 0, 1, 0], [0, 0, 0, 2]])
    np.testing.assert_array_equal(found.entries, [1, 2, 0])
    np.testing.assert_array_equal(found.exits, [1, 0, 2])
    np.testing.assert_array_equal(found.visits, [2, 2, 2])
    np.testing.assert_array_equal(found.shares[0], [0, 0, 0.5, 0.5])


def test_a_filter_counts_the_sessions_that_it_keeps() -> None:
    """The transitions of two of three sessions are those of the two alone."""
    steps = index_steps(walks(*THREE))
    kept = steps.transitions(np.array([True, False, True]))
    assert kept.sessions == 2
    np.testing.assert_array_equal(kept.counts, [[0, 0, 1, 1], [1, 0, 0, 0], [0, 0, 0, 1]])
    np.testing.assert_array_equal(kept.entries, [1, 1, 0])


def test_one_click_sessions_enter_and_leave() -> None:
    """A session of one click is an entry and an exit, no transition and no sequence."""
    one = walks("h", "h", "c")
    found = index_steps(one).transitions()
    np.testing.assert_array_equal(found.counts, [[0, 0, 2], [0, 0, 1]])
    np.testing.assert_array_equal(found.entries, [2, 1])
    assert sequences(index_grams(one, fewest=1)).found == ()


def test_repeats_are_merged_unless_one_wants_them() -> None:
    """Home, Home, Product is one step to the product; unmerged it is a step from home to home too."""
    merged = index_steps(walks("hhp")).transitions()
    np.testing.assert_array_equal(merged.counts, [[0, 1, 0], [0, 0, 1]])
    raw = index_steps(walks("hhp", merge=False)).transitions()
    np.testing.assert_array_equal(raw.counts, [[1, 1, 0], [0, 0, 1]])


def test_states_beyond_the_largest_are_bundled() -> None:
    """The largest keep their names, ties by name; a single state more is shown, because bundling it hides its name."""
    clicks = {"a": 5, "b": 3, "c": 3, "d": 1, None: 2}
    assert choose_states(clicks, "page", 5) == States("page", ("a", "b", "c", NONE, "d"))
    assert choose_states(clicks, "page", 4) == States("page", ("a", "b", "c", NONE, "d"))
    assert choose_states(clicks, "page", 3) == States("page", ("a", "b", "c", OTHER), 2)
    assert choose_states(clicks, "page", 3).code("d") == 3
    assert choose_states(clicks, "page", 3).code(None) == 3


def test_the_first_steps_of_three_sessions() -> None:
    """From the start: who went where, who left; what flows into a step flows out of it."""
    found = flows(index_ways(walks(*THREE), from_end=False), 3)
    assert found.sessions == 3
    assert named(found) == {(1, C, "gone"): 1, (1, H, C): 1, (1, H, P): 1, (2, C, P): 1, (2, P, "gone"): 1}


def test_the_last_steps_of_three_sessions() -> None:
    """From the end, the last step is to the right, and who came later begins at a later step."""
    found = flows(index_ways(walks(*THREE), from_end=True), 2)
    assert named(found) == {(1, H, P): 1, (1, C, P): 1, (1, "gone", C): 1}
    assert [(node.step, node.sessions) for node in found.nodes if node.state == GONE] == [(0, 1)]


def test_small_states_of_a_step_are_its_rest() -> None:
    """A step names five states at most; the sessions of the others are in one node, and none is lost."""
    letters = "abcdefgh"
    codes = np.repeat(np.arange(8), [100, 90, 80, 70, 60, 50, 1, 1])
    states = States("page", tuple(letters))
    many = walk(np.arange(len(codes)), codes, states, sessions=len(codes))
    found = flows(index_ways(many, from_end=False), 2)
    first = [node for node in found.nodes if node.step == 0]
    assert [(node.state, node.sessions) for node in first] == [(0, 100), (1, 90), (2, 80), (3, 70), (4, 60), (None, 52)]
    assert found.bundled == 3
    assert sum(flow.sessions for flow in found.flows) == 452


@pytest.mark.parametrize("steps", [1, 7])
def test_a_number_of_steps_that_is_not_possible(steps: int) -> None:
    """Fewer than 2 or more than 6 steps are refused with what is allowed."""
    with pytest.raises(RequestError, match="Use 2 to 6"):
        flows(index_ways(walks("hc"), from_end=False), steps)


def test_sequences_with_support_conversion_and_lift() -> None:
    """Support is of all sessions, conversion of those that contain it, lift against the base rate."""
    found = sequences(index_grams(walks("hcpb", "hcp", "hpb", "h"), fewest=1), most=99)
    assert (found.sessions, found.bought, found.base_rate) == (4, 2, 0.5)
    # the rule of ten sessions cannot hold with four
    assert found.found == ()
    many = walks(*(("hcpb", "hcp", "hpb", "h") * 10))
    listed = {tuple(many.states.names[code] for code in item.path): item for item in sequences(index_grams(many)).found}
    assert set(listed) == {(H, C), (C, P), (H, C, P), (H, P)}
    home_category = listed[H, C]
    assert (home_category.sessions, home_category.support) == (20, 0.5)
    assert (home_category.bought, home_category.conversion, home_category.lift) == (10, 0.5, 1.0)
    assert (listed[H, P].sessions, listed[H, P].conversion, listed[H, P].lift) == (10, 1.0, 2.0)


def test_a_sequence_that_holds_the_purchase_is_not_listed() -> None:
    """Only what came before the first purchase leads to it: what came after it does not count for the session."""
    many = walks(*(("bhc",) * 10), *(("hc",) * 10))
    found = sequences(index_grams(many))
    assert found.base_rate == 0.5
    assert [(item.path, item.sessions, item.bought) for item in found.found] == [
        ((many.states.code(H), many.states.code(C)), 10, 0)
    ]


def test_a_sequence_counts_once_for_a_session() -> None:
    """A session that goes the same way twice contains the sequence once."""
    found = sequences(index_grams(walks(*(("hchc",) * 10))))
    assert {item.path: item.sessions for item in found.found}[(1, 0)] == 10


def test_a_bundle_is_no_way() -> None:
    """A sequence through the bundled rest is many ways in one, and is not listed."""
    source = shop(*(("hcp",) * 10), *(("hc",) * 10), "b", "-")
    states = path_tables.states_of(source, "page", most=2)
    assert states.names == (C, H, OTHER)
    found = sequences(index_grams(path_tables.load_walks(source, states)))
    assert [(item.path, item.sessions) for item in found.found] == [((1, 0), 20)]


def test_without_event_types_there_is_no_lift() -> None:
    """Where nothing says what was bought, conversion is missing and not zero."""
    clicks = [
        Click(session_id=f"s{n:02d}", position=place, page=page) for n in range(10) for place, page in ((1, H), (2, C))
    ]
    source = clicks_in_memory(clicks)
    states = path_tables.states_of(source, "page")
    for found in (
        sequences(index_grams(path_tables.load_walks(source, states))),
        path_tables.sequences(source, states),
    ):
        assert found.base_rate is None
        assert [(item.support, item.conversion, item.lift) for item in found.found] == [(1.0, None, None)]


def test_the_interval_of_a_share() -> None:
    """Wilson (1927): 15 of 50 is 19.1 % to 43.8 %; nothing of ten reaches up to 27.8 %."""
    assert wilson(15, 50) == pytest.approx((0.1910, 0.4375), abs=1e-4)
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)


MIXED = ("hcpb", "hhcpp", "p", "bhc", "h-cp", "hchchc", "cpcpb", "ccc", "hpcphpcb", "-") * 5


@pytest.mark.parametrize("merge", [True, False])
@pytest.mark.parametrize("most", [12, 2])
def test_the_engine_counts_the_same(merge: bool, most: int) -> None:
    """Transitions, first and last steps and sequences are equal in memory and on the engine, filtered or not."""
    source = shop(*MIXED)
    states = path_tables.states_of(source, "page", most=most)
    loaded = path_tables.load_walks(source, states, merge=merge)
    keep = np.arange(len(loaded.present)) % 3 > 0
    visits = source.table("sessions")
    some = visits.filter(visits.session % 3 > 0).select("session")
    for mask, sessions in ((None, None), (keep, some)):
        here = index_steps(loaded).transitions(mask)
        there = path_tables.transitions(source, states, merge=merge, sessions=sessions)
        np.testing.assert_array_equal(here.counts, there.counts)
        np.testing.assert_array_equal(here.entries, there.entries)
        assert here.sessions == there.sessions
        for from_end in (False, True):
            ways, counted = path_tables.ways(source, states, from_end=from_end, merge=merge, sessions=sessions)
            drawn = flows(index_ways(loaded, from_end=from_end), 4, mask)
            assert flows(ways, 4, counted=counted) == drawn
        one = sequences(index_grams(loaded), mask)
        assert one.found
        assert path_tables.sequences(source, states, merge=merge, sessions=sessions) == one


def test_the_usual_state() -> None:
    """A state is a page, unless the data knows one page at most: then the category."""
    assert path_tables.usual_by(shop("hc")) == "page"
    clicks = [Click(session_id="s", position=n, page="1", category=name) for n, name in ((1, "a"), (2, "b"))]
    assert path_tables.usual_by(clicks_in_memory(clicks)) == "category"


def test_what_no_click_says_is_refused() -> None:
    """Products cannot be walked where no click has one; a state that does not exist is named with those that do."""
    with pytest.raises(EmptyDataError, match="says its product"):
        path_tables.states_of(shop("hc"), "product")
    with pytest.raises(RequestError, match="page, category, event, product"):
        path_tables.states_of(shop("hc"), "colour")


WALKED = ("hcp", "hhcp", "hc", "chc", "bhc", "p")


def walked(**details: object) -> Sequence[str]:
    source = shop(*WALKED, customers=True)
    told = {"by": "page", "at": "anywhere", **details}
    return sorted(path_tables.walkers(source, date(2024, 2, 1), **told))


def test_who_walked_a_path() -> None:
    """Anywhere, at the start, at the end, at a step, to the very end: each is the sessions that one counts by hand."""
    assert walked(path=[H, C]) == ["c0000", "c0001", "c0002", "c0003", "c0004"]
    assert walked(path=[H, C], at="start") == ["c0000", "c0001", "c0002"]
    assert walked(path=[H, C], at="start", merge=False) == ["c0000", "c0002"]
    assert walked(path=[H, C], at="end") == ["c0002", "c0003", "c0004"]
    assert walked(path=[C, P], at="start", step=2) == ["c0000", "c0001"]
    assert walked(path=[C], at="start", step=2, whole=True) == ["c0002"]
    assert walked(path=[H], at="end", step=2, whole=True) == ["c0002"]
    assert walked(path=[P], at="end", whole=True) == ["c0005"]
    assert walked(path=[H, C], at="end", step=2) == ["c0000", "c0001"]
    assert walked(path=[H, C], before_purchase=True) == ["c0000", "c0001", "c0002", "c0003"]


def test_a_path_through_no_known_state() -> None:
    """A state that is not there is refused by its name."""
    with pytest.raises(RequestError, match="no page 'Sale'"):
        walked(path=["Sale"])
