"""Kept segmentations: named, never fitted again, and a column of the customer table of every version of their dataset.

A pin is one file of plain arrays beside the dataset's versions: the space, the model that places customers, the segments'
names, and how the customers were spread when it was made. A pin of a rule has two segments: those whom the rule means, and
everyone else.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics import clusters, deeds
from analytics.beside import pin_files
from analytics.clusters import NOISE, Space
from analytics.clusters.columns import is_number
from analytics.clusters.keeping import arrays_bytes
from analytics.clusters.space import NumberAxis
from analytics.customers import CustomerTable
from analytics.datasets import Version
from analytics.digest import code_digest
from analytics.errors import AnalyticsError
from analytics.predict.scoring.columns import are_scored, scores_stamp, stamp_for, with_scores
from analytics.rules import Rule, columns_of, rule_from_json
from analytics.schema import PINNED, SCORED
from analytics.segmentation.drift import Drift, drift
from analytics.segmentation.pin_names import OUTSIDE, column_named, slug
from analytics.shifts import Bins, bins_from_json
from analytics.text import say

MOST_PINS: Final = 12
LARGE: Final = 100_000
"""Where there are more customers than this, where they are placed is kept beside the version."""
_MOST_IN_MEMORY: Final = 36
Codes = np.ndarray[Any, np.dtype[np.int16]]


@dataclass(frozen=True, slots=True)
class PinnedSegment:
    """A segment of a pin: what it was called, and how many it had when it was kept."""

    name: str
    meaning: str
    customers: int
    is_noise: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Placer:
    """What places customers in the groups of a clustering."""

    algorithm: str
    space: Space
    model: Mapping[str, np.ndarray[Any, Any]]
    rank: np.ndarray[Any, np.dtype[np.int16]]
    """The fit's label → the segment's code, shape (groups,)."""
    codes: Codes
    """The segment of each customer that it was fitted on, shape (customers,): on them it is this, and not what placing gives."""

    def place(self, frame: pd.DataFrame) -> Codes:
        """The segment of each customer, shape (customers,), without fitting; those in no group come after the last."""
        labels = clusters.algorithm(self.algorithm).place(self.model, self.space.matrix(frame))
        groups = len(self.rank)
        return np.where(labels == NOISE, groups, self.rank[labels]).astype(np.int16)


@dataclass(frozen=True, slots=True, eq=False)
class Pin:
    """A kept segmentation."""

    name: str
    segments: tuple[PinnedSegment, ...]
    """Best first, customers in no group last."""
    dataset: str
    version: str
    as_of: date
    """The day and the version whose customers it was made on."""
    kept_at: str
    request: Mapping[str, Any]
    """The request that it was made by, as JSON."""
    placer: Placer | None
    """None for a rule."""
    rule: Rule | None
    """None for a clustering."""
    bins: tuple[Bins, ...]
    """How what it is made by was spread."""
    shares: tuple[float, ...]
    """The share of each segment, as placing gives it, those in no group last: what drift is measured from."""
    silhouette: float | None = None
    digest: str = ""
    """A text that no other pin has."""

    @property
    def column(self) -> str:
        """The column of the customer table that says in which of its segments a customer is."""
        return column_named(self.name)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the customer table that it needs."""
        if self.placer is not None:
            return self.placer.space.columns
        return columns_of(self.rule) if self.rule is not None else ()

    @property
    def customers(self) -> int:
        return sum(group.customers for group in self.segments)

    def names(self) -> list[str]:
        """The names of all segments that a customer may be placed in."""
        told = [group.name for group in self.segments]
        has_outside = self.rule is not None or any(group.is_noise for group in self.segments)
        return told if has_outside else [*told, say(OUTSIDE)]


def pins(version: Version) -> tuple[Pin, ...]:
    """What is kept of a version's dataset, by name. A damaged file is as good as none."""
    found = [_loaded(str(path), *_stat(path)) for path in pin_files(version)]
    return tuple(sorted((pin for pin in found if pin is not None), key=lambda pin: (pin.name.casefold(), pin.name)))


def pin_named(version: Version, name: str) -> Pin | None:
    """The pin of that name; None where there is none."""
    return next((pin for pin in pins(version) if slug(pin.name) == slug(name)), None)


def stamp(version: Version) -> str:
    """A text that is another one as soon as a pin was kept, replaced or dropped, or another model is in use."""
    told: list[Any] = [(path.name, *_stat(path)) for path in pin_files(version)]
    if scored_by := scores_stamp(version):
        told.append(scored_by)
    return hashlib.sha256(repr(told).encode()).hexdigest()[:12] if told else ""


def with_pins(table: CustomerTable) -> CustomerTable:
    """The customer table with a column for each pin that its customers can be placed in, and for each model in use; those that
    cannot be are left out.

    The table has RFM segments, which rules may ask for. What was pinned in it before is as if it were not there.
    """
    version = table.source.stored if table.source is not None else None
    if version is None:
        return table
    table = with_scores(table)
    scores = {name: label for name, label in table.labels.items() if name.startswith(SCORED)}
    known = pins(version)
    stale = [name for name in table.frame.columns if name.startswith(PINNED)]
    if stale:
        attributes = tuple(name for name in table.attributes if name not in stale)
        table = replace(table, frame=table.frame.drop(columns=stale), attributes=attributes, labels=scores, _kept={})
    # A rule may ask for another pin: it is placed after it
    waiting = sorted(known, key=lambda pin: pin.rule is not None)
    placed: dict[str, Any] = {}
    columns, labels = table, {}
    while waiting:
        ready = [pin for pin in waiting if problem_of(pin, columns) is None]
        for pin in ready:
            codes = _placed(pin, columns, version, known)
            if codes is not None:
                names = pin.names()
                count = max(len(pin.segments), int(codes.max(initial=0)) + 1)
                placed[pin.column] = pd.Categorical.from_codes(codes, categories=pd.Index(names[:count]), ordered=True)
                labels[pin.column] = pin.name
        waiting = [pin for pin in waiting if pin not in ready]
        if not ready or not any(pin.rule is not None for pin in waiting):
            break
        columns = table.with_columns(**placed)
    ordered = {pin.column: placed[pin.column] for pin in known if pin.column in placed}
    return replace(table.with_columns(**ordered), labels={**scores, **labels}) if ordered else table


def problem_of(pin: Pin, table: CustomerTable) -> str | None:
    """Why the customers of a table cannot be placed, in a sentence; None where they can be."""
    frame = table.frame
    missing = [name for name in pin.columns if name not in frame.columns]
    if missing:
        return say(
            "'{name}' cannot be placed on these customers: they have no {columns}. Import it again, or drop '{name}'.",
            name=pin.name,
            columns=", ".join(missing),
        )
    axes = pin.placer.space.axes if pin.placer is not None else ()
    other = [axis.column for axis in axes if isinstance(axis, NumberAxis) and not is_number(frame[axis.column])]
    if other:
        return say(
            "'{name}' cannot be placed on these customers: {columns} was a number and is none now.",
            name=pin.name,
            columns=", ".join(other),
        )
    return None


def place(pin: Pin, table: CustomerTable) -> Codes:
    """The segment of each customer of a table, shape (customers,), counted from 0; nothing is fitted.

    Raises:
        RequestError: a column is missing, or a rule's condition cannot be looked up.
    """
    if pin.rule is not None:
        return np.where(pin.rule.mask(table.frame, lambda did: deeds.find(did, table)), 0, 1).astype(np.int16)
    assert pin.placer is not None  # noqa: S101 - it is a rule or a clustering
    if table.key == f"{pin.dataset}@{pin.version}" and table.as_of == pin.as_of and len(table) == len(pin.placer.codes):
        return pin.placer.codes
    return pin.placer.place(table.frame)


def drift_of(pin: Pin, table: CustomerTable) -> Drift | None:
    """How far the customers of a table with pins are from those that a pin was made on; None where it is not placed."""
    if pin.column not in table.frame.columns:
        return None
    frame = table.frame
    known = [one for one in pin.bins if one.column in frame.columns and _counts(one, frame[one.column])]
    now = np.bincount(frame[pin.column].cat.codes, minlength=len(pin.shares)) / max(len(table), 1)
    is_same = table.key == f"{pin.dataset}@{pin.version}" and table.as_of == pin.as_of
    then = now if is_same else np.pad(np.asarray(pin.shares), (0, len(now) - len(pin.shares)))
    return drift(known, frame, then, now)


def _counts(bins: Bins, column: pd.Series[Any]) -> bool:
    """Whether a column is still of the kind that the bins are of."""
    return bool(bins.levels) != is_number(column)


# Where customers are placed: in memory, and where there are many beside the version

_IN_MEMORY: OrderedDict[tuple[Any, ...], Codes | None] = OrderedDict()
_LOCK: Final = threading.Lock()


def are_placed(version: Version, as_of: date) -> bool:
    """Whether the pins of a large version's customers were placed before, so that it only has to be read."""
    if not are_scored(version, as_of):
        return False
    known = pins(version)
    if not known:
        return True
    kept = clusters.load_arrays(_placed_path(version, as_of))
    return kept is not None and {_key(pin, known, version) for pin in known} <= set(kept[1]["pins"])


def _placed(pin: Pin, table: CustomerTable, version: Version, known: tuple[Pin, ...]) -> Codes | None:
    """Where the customers are; None where the rule cannot be looked up."""
    key = (version.key, table.as_of, len(table), _key(pin, known, version))
    with _LOCK:
        if key in _IN_MEMORY:
            _IN_MEMORY.move_to_end(key)
            return _IN_MEMORY[key]
    codes = _stored_or_placed(pin, table, version, known)
    with _LOCK:
        _IN_MEMORY[key] = codes
        while len(_IN_MEMORY) > _MOST_IN_MEMORY:
            _IN_MEMORY.popitem(last=False)
    return codes


def _stored_or_placed(pin: Pin, table: CustomerTable, version: Version, known: tuple[Pin, ...]) -> Codes | None:
    key = _key(pin, known, version)
    path = _placed_path(version, table.as_of)
    arrays, told = (clusters.load_arrays(path) if len(table) > LARGE else None) or ({}, {"pins": []})
    about = set(told["pins"])
    if key in about:
        return arrays.get(key)
    try:
        codes: Codes | None = place(pin, table)
    except AnalyticsError:  # what the rule asks for cannot be looked up here: it is as if the column were missing
        codes = None
    if len(table) > LARGE:
        wanted = {_key(other, known, version) for other in known}
        kept = {name: values for name, values in arrays.items() if name in wanted}
        kept |= {key: codes} if codes is not None else {}
        version.keep(path.name, arrays_bytes(kept, {"pins": sorted((about & wanted) | {key})}))
    return codes


def _key(pin: Pin, known: tuple[Pin, ...], version: Version) -> str:
    """What a placing depends on beside the customers: the pin, and for a rule the other pins that it may ask for."""
    asks = any(name.startswith(PINNED) for name in pin.columns)
    scored_by = stamp_for(pin.columns, version)
    return "+".join(
        (pin.digest, *(sorted(other.digest for other in known) if asks else ()), *filter(None, [scored_by]))
    )


def _placed_path(version: Version, as_of: date) -> Path:
    return version.cache_path(f"placed-{as_of.isoformat()}-{code_digest()}.npz")


# A pin as a file


def pin_bytes(pin: Pin) -> bytes:
    """The pin as one file of plain arrays."""
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    told: dict[str, Any] = {
        "name": pin.name,
        "segments": [[group.name, group.meaning, group.customers, group.is_noise] for group in pin.segments],
        "dataset": pin.dataset,
        "version": pin.version,
        "as_of": pin.as_of.isoformat(),
        "kept_at": pin.kept_at,
        "request": dict(pin.request),
        "rule": pin.rule.to_json() if pin.rule is not None else None,
        "bins": [found.to_json() for found in pin.bins],
        "shares": list(pin.shares),
        "silhouette": pin.silhouette,
    }
    if pin.placer is not None:
        arrays = {f"model/{name}": values for name, values in pin.placer.model.items()}
        arrays |= {"rank": pin.placer.rank, "codes": pin.placer.codes}
        told |= {"algorithm": pin.placer.algorithm, "space": pin.placer.space.to_json()}
    return arrays_bytes(arrays, told)


def _stat(path: Path) -> tuple[int, int, int]:
    try:
        about = path.stat()
    except FileNotFoundError:  # dropped in between
        return 0, 0, 0
    return about.st_mtime_ns, about.st_size, about.st_ino


@lru_cache(maxsize=4 * MOST_PINS)
def _loaded(path: str, *_about: int) -> Pin | None:
    read = clusters.load_arrays(Path(path))
    if read is None:
        return None
    arrays, told = read
    try:
        return _pin(arrays, told)
    except (KeyError, TypeError, ValueError, AnalyticsError):
        return None


def _pin(arrays: Mapping[str, np.ndarray[Any, Any]], told: Mapping[str, Any]) -> Pin:
    placer = None
    if "algorithm" in told:
        model = {name.removeprefix("model/"): values for name, values in arrays.items() if name.startswith("model/")}
        space = clusters.space_from_json(told["space"])
        placer = Placer(told["algorithm"], space, model, arrays["rank"], arrays["codes"])
    about = hashlib.sha256(json.dumps(told, sort_keys=True).encode())
    for name in sorted(arrays):
        about.update(np.ascontiguousarray(arrays[name]).tobytes())
    return Pin(
        told["name"],
        tuple(PinnedSegment(*group) for group in told["segments"]),
        told["dataset"],
        told["version"],
        date.fromisoformat(told["as_of"]),
        told["kept_at"],
        told["request"],
        placer,
        rule_from_json(told["rule"]) if told["rule"] is not None else None,
        tuple(bins_from_json(found) for found in told["bins"]),
        tuple(told["shares"]),
        told["silhouette"],
        about.hexdigest()[:16],
    )
