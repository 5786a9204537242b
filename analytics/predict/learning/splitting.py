"""Parts and folds: which cases are learnt from and which are only tested on, whatever the order of rows or columns.

Cases with the same features are one group and stay on one side of every split: otherwise a model would be asked what it was
told. A group's place is drawn from its own features and the seed, never from its row number.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.predict.cases import Flags, Numbers

Places = np.ndarray[Any, np.dtype[np.intp]]
Hashes = np.ndarray[Any, np.dtype[np.uint64]]
_BINS: Final = 10
_MULTIPLIER: Final = 0x9E3779B97F4A7C15


def fingerprints(frame: pd.DataFrame, seed: int) -> Hashes:
    """A number per row that depends on its values and the seed alone; equal rows have equal ones. Shape (rows,)."""
    ordered = frame[sorted(frame.columns)]
    plain = pd.DataFrame(
        {
            name: values.astype(object) if isinstance(values.dtype, pd.CategoricalDtype) else values + 0.0
            for name, values in ordered.items()
        }
    )
    found = pd.util.hash_pandas_object(plain, index=False).to_numpy(dtype=np.uint64)
    mixed: Hashes = np.bitwise_xor(found, np.uint64((seed * _MULTIPLIER + 1) % 2**64))
    for _ in range(2):
        mixed = np.bitwise_xor(mixed, np.right_shift(mixed, np.uint64(33)))
        mixed = np.multiply(mixed, np.uint64(0xFF51AFD7ED558CCD))
    return mixed


def canonical_order(frame: pd.DataFrame, target: Numbers, seed: int, ids: pd.Series[Any] | None = None) -> Places:
    """An order of the rows that does not depend on the one they came in, shape (rows,): what is fitted in it is the same.

    Cases with equal features and answers stand in the order of their ids, where these are given.
    """
    names = np.zeros(len(frame)) if ids is None else pd.factorize(ids, sort=True)[0]
    return np.lexsort((names, target, fingerprints(frame, seed)))


def dealt(
    frame: pd.DataFrame, target: Numbers, parts: int, seed: int, *, is_classes: bool, ids: pd.Series[Any] | None = None
) -> Places:
    """The part of each case, 0 to parts - 1, shape (cases,): equal in size, alike in their answers, groups of equals whole.

    Cases with the same id, one customer on several days, are one group too.
    """
    group, first, size, answer = _groups(frame, target, seed, ids)
    strata = (answer >= 0.5).astype(int) if is_classes else _bins(answer)
    part = np.empty(len(first), dtype=np.intp)
    for stratum in np.unique(strata):
        inside = np.flatnonzero(strata == stratum)  # in the order of fingerprints
        before = np.cumsum(size[inside]) - size[inside]
        part[inside] = (before * parts // max(1, size[inside].sum()) + stratum) % parts
    return part[group]


def drawn_test(
    frame: pd.DataFrame,
    target: Numbers,
    percent: int,
    seed: int,
    *,
    is_classes: bool,
    ids: pd.Series[Any] | None = None,
) -> Flags:
    """The cases of a test part of that size, drawn at random. Shape (cases,)."""
    return dealt(frame, target, 100, seed, is_classes=is_classes, ids=ids) < percent


def _groups(
    frame: pd.DataFrame, target: Numbers, seed: int, ids: pd.Series[Any] | None
) -> tuple[Places, Places, Places, Numbers]:
    """(group of each row, a row of each group, its size, the mean answer in it), groups in the order of fingerprints."""
    marks = fingerprints(frame, seed)
    if ids is not None and not ids.is_unique:
        marks = _joined(marks, ids)
    _, first, group, size = np.unique(marks, return_index=True, return_inverse=True, return_counts=True)
    # Summed in the order of fingerprints: in another the last bits of a mean would vary
    order = np.lexsort((target, group))
    sums = np.bincount(group[order], weights=target[order])
    return group, first, size, sums / size


def _joined(marks: Hashes, ids: pd.Series[Any]) -> Hashes:
    """The marks of rows that hang together by equal features or by equal ids: the smallest among them."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    looks, alike = np.unique(marks, return_inverse=True)
    names = pd.factorize(ids)[0]
    count = len(looks) + int(names.max()) + 1
    links = coo_array((np.ones(len(marks)), (alike, len(looks) + names)), shape=(count, count))
    part = connected_components(links, directed=False)[1][alike]
    smallest = np.full(int(part.max()) + 1, np.iinfo(np.uint64).max, dtype=np.uint64)
    np.minimum.at(smallest, part, marks)
    joined: Hashes = smallest[part]
    return joined


def _bins(answer: Numbers) -> Places:
    edges = np.unique(np.quantile(answer, np.linspace(0, 1, _BINS + 1)[1:-1]))
    return np.searchsorted(edges, answer, side="right")
