"""Whatever the clicks are: steps never grow, a further step changes none before it, more time never means fewer."""

from __future__ import annotations

from functools import reduce

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.behaviour.chains import MICROSECONDS, Followed, follow
from analytics.behaviour.funnels import Funnel, summarise, summarise_groups
from analytics.behaviour.steps import Step

KINDS = 4
visitors = st.lists(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, KINDS - 1)), min_size=1, max_size=12), min_size=1, max_size=8
)
"""Of each visitor, clicks: seconds since the one before, and what each is."""
ways = st.lists(st.integers(0, KINDS - 1), min_size=2, max_size=5)
ENDLESS = 10**15


def followed(clicks: list[list[tuple[int, int]]], steps: list[int], limit: int) -> Followed:
    units = np.repeat(np.arange(len(clicks)), [len(each) for each in clicks])
    at = np.concatenate([np.cumsum([pause for pause, _ in each]) for each in clicks]).astype(np.int64) * MICROSECONDS
    kind = np.concatenate([[what for _, what in each] for each in clicks])
    met = reduce(np.bitwise_or, [(kind == step).astype(np.int32) << place for place, step in enumerate(steps)])
    return follow(units, at, met, len(steps), limit)


def reached(found: Followed, depth: int) -> list[int]:
    return [int((found.deepest >= place).sum()) for place in range(1, depth + 1)]


@settings(max_examples=150, deadline=None)
@given(visitors, ways, st.integers(0, 120))
def test_steps_never_grow(clicks: list[list[tuple[int, int]]], steps: list[int], seconds: int) -> None:
    """No step is reached by more than the step before, and shares lie between 0 and 1."""
    found = followed(clicks, steps, seconds * MICROSECONDS)
    counts = reached(found, len(steps))
    assert counts == sorted(counts, reverse=True)
    funnel = Funnel(tuple(Step("event", str(step)) for step in steps), "1m", found.deepest, found.waits)
    counted = summarise(funnel)
    assert [step.reached for step in counted] == counts
    assert all(step.of_previous is None or 0 <= step.of_previous <= 1 for step in counted)
    assert counted[0].reached - sum(step.lost for step in counted) == counts[-1]


@settings(max_examples=150, deadline=None)
@given(visitors, ways, st.integers(0, KINDS - 1), st.integers(0, 120))
def test_a_further_step_changes_none_before(
    clicks: list[list[tuple[int, int]]], steps: list[int], further: int, seconds: int
) -> None:
    """Who reached the steps so far did so whatever is asked next."""
    without = followed(clicks, steps, seconds * MICROSECONDS).deepest
    with_it = followed(clicks, [*steps, further], seconds * MICROSECONDS).deepest
    assert np.minimum(with_it, len(steps)).tolist() == without.tolist()


@settings(max_examples=150, deadline=None)
@given(visitors, ways, st.integers(0, 120), st.integers(0, 120))
def test_more_time_never_means_fewer(
    clicks: list[list[tuple[int, int]]], steps: list[int], seconds: int, more: int
) -> None:
    """Each visitor comes at least as far in a longer time; and in endless time as far as in order alone."""
    short = followed(clicks, steps, seconds * MICROSECONDS).deepest
    long = followed(clicks, steps, (seconds + more) * MICROSECONDS).deepest
    assert (long >= short).all()
    for visitor, deepest in zip(clicks, followed(clicks, steps, ENDLESS).deepest, strict=True):
        remaining = iter([what for _, what in visitor])
        in_order = 0
        while in_order < len(steps) and steps[in_order] in remaining:  # `in` goes on until it has found one
            in_order += 1
        assert deepest == in_order


@settings(max_examples=150, deadline=None)
@given(visitors, ways, st.integers(0, 120))
def test_waits_fit_into_the_window(clicks: list[list[tuple[int, int]]], steps: list[int], seconds: int) -> None:
    """A visitor has a time for each step reached; none is negative, and together they fit into the window."""
    found = followed(clicks, steps, seconds * MICROSECONDS)
    total = np.zeros(len(clicks))
    for step, (units, waited) in enumerate(found.waits, start=2):
        assert units.tolist() == np.flatnonzero(found.deepest >= step).tolist()
        assert (waited >= 0).all()
        total[units] += waited
    assert (total <= seconds).all()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(-1, 3), st.integers(-1, 2), st.booleans()), min_size=1, max_size=40))
def test_groups_add_up(units: list[tuple[int, int, bool]]) -> None:
    """Over all groups, and those of none, each step has as many as in the whole; a filter is its units alone."""
    deepest, codes, keep = (np.array(values) for values in zip(*units, strict=True))
    funnel = Funnel((Step("event", "a"), Step("event", "b"), Step("event", "c")), "", deepest.astype(np.int8), ())
    kept = Funnel(funnel.steps, "", funnel.deepest[keep], ())
    assert summarise(funnel, keep) == summarise(kept)
    everyone = summarise_groups(funnel, codes + 1, 4, keep).sum(axis=0)
    assert everyone.tolist() == [step.reached for step in summarise(kept)]
