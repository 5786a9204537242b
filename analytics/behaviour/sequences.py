"""The sequences of states that sessions go through, how many go through each, and how often that ends in a purchase.

Everything is counted once for all sessions; a filter afterwards is a sum along lists of session numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from analytics.behaviour.walks import (
    FEWEST_SESSIONS,
    LONGEST_SEQUENCE,
    Array,
    Mask,
    States,
    Taken,
    Walks,
    group_sessions,
)

NORMAL_95: Final = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""
LEAST_SUPPORT: Final = 0.01
"""Sequences in a smaller share of the sessions are not listed."""
MOST_SEQUENCES: Final = 25


@dataclass(frozen=True, slots=True)
class Sequence:
    """States in a row, with the sessions that went through them before they bought anything."""

    path: tuple[int, ...]
    sessions: int
    support: float
    """Share of all sessions that contain it."""
    bought: int | None
    """Of the sessions that contain it, those that then bought; None where nothing says what was bought."""
    conversion: float | None
    conversion_low: float | None
    conversion_high: float | None
    """95 % interval of the conversion (Wilson 1927)."""
    lift: float | None
    """Conversion divided by that of all sessions; None where nobody bought."""


@dataclass(frozen=True, slots=True)
class Sequences:
    """The most frequent sequences of some sessions."""

    states: States
    sessions: int
    bought: int | None
    base_rate: float | None
    """Share of all sessions that bought something; None where nothing says so."""
    fewest_sessions: int
    """A sequence in fewer sessions is not listed."""
    found: tuple[Sequence, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Grams:
    """Every sequence of 2 to 5 states that ten sessions or more contain, with those sessions."""

    walks: Walks
    paths: tuple[tuple[int, ...], ...]
    place: Array
    """Of each list of sessions: twice the number of its path, and one more if those sessions then bought."""
    taken: Taken

    def counted(self, keep: Mask | None = None) -> tuple[Array, Array]:
        """Sessions that contain each path, and those of them that then bought. Shape (paths,) each."""
        each = np.zeros(2 * len(self.paths), dtype=np.int64)
        each[self.place] = self.taken.count(keep)
        return each[0::2] + each[1::2], each[1::2]


def index_grams(walks: Walks, *, fewest: int = FEWEST_SESSIONS) -> Grams:
    """The sequences of every session, up to its first purchase: one that holds the purchase itself would always convert."""
    size = max(len(walks.states), 1)
    steps = len(walks.state)
    counts = np.ones(steps, dtype=bool) if walks.before_purchase is None else walks.before_purchase
    did = np.zeros(steps, dtype=np.int64) if walks.bought is None else walks.bought[walks.session].astype(np.int64)
    paths: list[tuple[int, ...]] = []
    places, starts, sessions = [], [], []
    listed = 0
    codes = walks.state.astype(np.int64)
    for length in range(2, LONGEST_SEQUENCE + 1):
        whole = steps - length + 1
        if whole <= 0:
            break
        codes = codes[:whole] * size + walks.state[length - 1 :]
        # Steps that lie before the purchase are a session's first ones, so the last of the sequence decides
        inside = (walks.session[:whole] == walks.session[length - 1 :]) & counts[length - 1 :]
        things = codes[inside] * 2 + did[:whole][inside]
        found, taken = group_sessions(things, walks.session[:whole][inside], once=True)
        lengths = taken.count()
        different, place = np.unique(found // 2, return_inverse=True)
        common = np.bincount(place, lengths, len(different)) >= fewest
        kept = common[place]
        number = np.cumsum(common) - 1 + len(paths)
        places.append(2 * number[place[kept]] + found[kept] % 2)
        starts.append(listed + np.cumsum(lengths[kept]) - lengths[kept])
        sessions.append(taken.sessions[np.repeat(kept, lengths)])
        listed += len(sessions[-1])
        paths += [_digits(int(code), size, length) for code in different[common]]
    nobody = np.zeros(0, dtype=np.int64)
    taken = Taken(np.concatenate([nobody, *starts]), np.concatenate([nobody.astype(np.int32), *sessions]))
    return Grams(walks, tuple(paths), np.concatenate([nobody, *places]), taken)


def _digits(code: int, size: int, length: int) -> tuple[int, ...]:
    digits = []
    for _ in range(length):
        code, digit = divmod(code, size)
        digits.append(digit)
    return tuple(reversed(digits))


def sequences(grams: Grams, keep: Mask | None = None, *, most: int = MOST_SEQUENCES) -> Sequences:
    """The sequences that most of the sessions kept contain: in 1 % of them at least, and in ten."""
    walks = grams.walks
    total = walks.sessions(keep)
    bought = (
        None if walks.bought is None else int(np.count_nonzero(walks.bought if keep is None else walks.bought & keep))
    )
    contain, then = grams.counted(keep)
    return list_sequences(walks.states, grams.paths, contain, then if bought is not None else None, total, bought, most)


def list_sequences(
    states: States,
    paths: tuple[tuple[int, ...], ...],
    contain: Array,
    then: Array | None,
    total: int,
    bought: int | None,
    most: int = MOST_SEQUENCES,
    fewest: int = FEWEST_SESSIONS,
) -> Sequences:
    """The sequences above the minimum support by sessions, with conversion and lift; none through a bundle of states.

    Args:
        contain: sessions that contain each path. Shape (paths,).
        then: those of them that then bought; None where nothing says what was bought.
    """
    least = max(int(np.ceil(LEAST_SUPPORT * total)), fewest)
    base = bought / total if bought is not None and total else None
    listed = [place for place in np.flatnonzero(contain >= least) if not through_bundle(paths[place], states)]
    order = sorted(listed, key=lambda place: (-int(contain[place]), paths[place]))
    found = []
    for place in order[:most]:
        sessions = int(contain[place])
        converted = None if then is None else int(then[place])
        rate = None if converted is None else converted / sessions
        low, high = (None, None) if converted is None else wilson(converted, sessions)
        lift = rate / base if rate is not None and base else None
        found.append(Sequence(paths[place], sessions, sessions / total, converted, rate, low, high, lift))
    return Sequences(states, total, bought, base, least, tuple(found))


def through_bundle(path: tuple[int, ...], states: States) -> bool:
    """Whether a path goes through the bundled rest, which is many ways in one."""
    return states.bundled > 0 and len(states) - 1 in path


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927, score interval)."""
    z2 = NORMAL_95**2
    share = hits / of
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = NORMAL_95 / (1 + z2 / of) * float(np.sqrt(share * (1 - share) / of + z2 / (4 * of * of)))
    return max(middle - half, 0.0), min(middle + half, 1.0)
