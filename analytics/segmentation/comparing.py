"""Segmentations of the same customers side by side: who is where in both, how far they agree, and how good each is.

Every customer is in one segment of each segmentation, those in no group in a segment of their own; where there are any,
the agreement of all others is told as well.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import numpy as np

from analytics import clusters
from analytics.clusters import Report
from analytics.clusters.coordinates import coordinates
from analytics.clusters.keeping import arrays_bytes
from analytics.customers import CustomerTable
from analytics.datasets import Version
from analytics.digest import code_digest
from analytics.errors import RequestError
from analytics.predict.scoring.columns import stamp_for
from analytics.request import RFM, AnalysisRequest
from analytics.segmentation import pins as kept
from analytics.segmentation.finding import scored, segment
from analytics.segmentation.naming import label_of, name_of, request_named
from analytics.segmentation.pins import Pin, pin_named, stamp
from analytics.sources import Source
from analytics.text import say

FEWEST: Final = 2
MOST: Final = 4
_NOTHING: Final = 1e-12
Counts = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the segmentations that are compared."""

    name: str
    """As on the command line."""
    label: str
    segments: tuple[str, ...]
    customers: tuple[int, ...]
    """Of each segment."""
    outside: int | None
    """Which of the segments are the customers in no group; None where there are none."""
    silhouette: float | None
    """In the space that all sides are measured in, customers in no group left out; None for fewer than two groups."""
    exact: bool
    """Whether every customer took part in the fit; True where nothing was fitted."""

    @property
    def k(self) -> int:
        """Groups that have customers, without those in none."""
        return sum(count > 0 for place, count in enumerate(self.customers) if place != self.outside)

    @property
    def smallest_share(self) -> float:
        """The share of all customers in the smallest group that has any."""
        sizes = [count for place, count in enumerate(self.customers) if count and place != self.outside]
        return min(sizes, default=0) / max(sum(self.customers), 1)

    @property
    def noise_share(self) -> float:
        """The share of all customers who are in no group."""
        return self.customers[self.outside] / max(sum(self.customers), 1) if self.outside is not None else 0.0

    def to_json(self) -> dict[str, Any]:
        told = asdict(self)
        return {**told, "k": self.k, "smallest_share": self.smallest_share, "noise_share": self.noise_share}


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two of the sides against each other."""

    one: int
    other: int
    table: Counts
    """Customers by segment of the one (rows) and of the other (columns)."""
    adjusted_rand: float
    """Hubert & Arabie 1985: 1 where they part customers alike, about 0 where they agree as by chance."""
    adjusted_mutual_information: float
    """Vinh, Epps & Bailey 2010, with the mean of the entropies: 1 and 0 as above."""
    grouped: tuple[int, float, float] | None
    """Of the customers who are in a group on both sides: how many, and the two indices; None where that is everyone."""

    @property
    def row_shares(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Each row as shares of its segment, shape as the table; 0 in an empty row."""
        shares: np.ndarray[Any, np.dtype[np.float64]] = self.table / np.maximum(
            self.table.sum(axis=1, keepdims=True), 1
        )
        return shares


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Two to four segmentations of one dataset's customers side by side."""

    sides: tuple[Side, ...]
    pairs: tuple[Pair, ...]
    """Every two of them: first and second, first and third, …"""
    customers: int
    measured_by: tuple[str, ...]
    """The columns of the space that silhouettes are measured in."""
    scaling: str

    def pair(self, one: int, other: int) -> Pair:
        return next(known for known in self.pairs if (known.one, known.other) == (one, other))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON. The figures of the first two stand at the top, those of every two under `pairs` where there are more."""
        told = [self._pair_json(pair) for pair in self.pairs]
        first = {name: told[0][name] for name in ("adjusted_rand", "adjusted_mutual_information", "table", "grouped")}
        return {
            "segmentations": [side.to_json() for side in self.sides],
            **first,
            "customers": self.customers,
            "silhouette_by": {"columns": list(self.measured_by), "scaling": self.scaling},
            **({"pairs": told} if len(told) > 1 else {}),
        }

    def _pair_json(self, pair: Pair) -> dict[str, Any]:
        one, other = self.sides[pair.one], self.sides[pair.other]
        names = ("customers", "adjusted_rand", "adjusted_mutual_information")
        return {
            "segmentations": [one.name, other.name],
            "adjusted_rand": pair.adjusted_rand,
            "adjusted_mutual_information": pair.adjusted_mutual_information,
            "grouped": dict(zip(names, pair.grouped, strict=True)) if pair.grouped else None,
            "table": {
                "rows": list(one.segments),
                "columns": list(other.segments),
                "customers": pair.table.tolist(),
                "row_shares": [[round(share, 6) for share in row] for row in pair.row_shares.tolist()],
            },
        }


def adjusted_rand(table: Counts) -> float:
    """The adjusted Rand index of a cross-table (Hubert & Arabie 1985, equation 5); 1 where nothing is parted on both sides."""
    counts = table.astype(np.float64)

    def pairs(values: np.ndarray[Any, Any]) -> float:
        return float((values * (values - 1) / 2).sum())

    same, rows, columns = pairs(counts), pairs(counts.sum(axis=1)), pairs(counts.sum(axis=0))
    total = counts.sum() * (counts.sum() - 1) / 2
    expected = rows * columns / total if total else 0.0
    most = (rows + columns) / 2
    return float((same - expected) / (most - expected)) if most != expected else 1.0


def adjusted_mutual_information(table: Counts) -> float:
    """The adjusted mutual information of a cross-table (Vinh, Epps & Bailey 2010), with the mean of the two entropies."""
    from sklearn.metrics.cluster import expected_mutual_information

    counts = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    if max(counts.shape, default=0) <= 1:
        return 1.0
    if min(counts.shape) == 1:
        return 0.0
    total = int(counts.sum())
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    share = counts / total
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = share * (np.log(share) - np.log(np.outer(rows, columns) / total**2))
    found = float(np.nansum(parts))
    entropies = [-float((sizes / total * np.log(sizes / total)).sum()) for sizes in (rows, columns)]
    expected = float(expected_mutual_information(counts.astype(np.int64), total))
    room = float(np.mean(entropies)) - expected
    # Where chance alone agrees in full, as when everyone is a group, there is no room above it
    return (found - expected) / room if room > _NOTHING else 1.0


def compare(
    request: AnalysisRequest,
    source: Source,
    names: Sequence[str],
    *,
    report: Report | None = None,
    table: CustomerTable | None = None,
) -> Comparison:
    """Put two to four segmentations of all of a source's customers side by side.

    What is not fitted yet is fitted, and kept beside a stored version with the comparison itself. The request says on which
    customers; of its algorithm only the space plays a part, where none of the segmentations is a clustering: it is what
    silhouettes are measured in. Otherwise that is the space of the first clustering.

    Args:
        names: as `analytics.segmentation.naming` writes them, or the names of kept ones.

    Raises:
        RequestError: a name means nothing, there are too few or too many, or one cannot be found on these customers.
    """
    asked = sides_named(request, source.stored, names)
    if source.stored is not None:
        known = stored_comparison(request, source.stored, names)
        if known is not None:
            return known
    whole = scored(request, source, table)
    sides, codes = [], []
    for place, what in enumerate(asked):
        told = _report_of(report, place, len(asked))
        side, own = _pin_side(what, whole) if isinstance(what, Pin) else _found_side(what, source, whole, told)
        sides.append(side)
        codes.append(own)
    if report:
        report(0.92, say("Comparing"))
    space_of = next((one for one in asked if isinstance(one, AnalysisRequest) and one.algorithm != RFM), request)
    space, matrix = coordinates(whole, space_of.metrics, space_of.attributes, space_of.scaling)
    measured = tuple(
        replace(side, silhouette=_silhouette(matrix, own, side, space_of.seed))
        for side, own in zip(sides, codes, strict=True)
    )
    pairs = tuple(_pair(one, other, measured, codes) for one, other in combinations(range(len(measured)), 2))
    found = Comparison(measured, pairs, len(whole), space.columns, space_of.scaling)
    if source.stored is not None:
        source.stored.keep(_path(request, source.stored, names).name, _bytes(found))
    return found


def sides_named(
    request: AnalysisRequest, version: Version | None, names: Sequence[str]
) -> tuple[Pin | AnalysisRequest, ...]:
    """What the names mean: pins, or requests.

    Raises:
        RequestError: a name means nothing, or there are too few, too many, or the same twice.
    """
    if not FEWEST <= len(names) <= MOST:
        raise RequestError(say("Compare {few} to {many} segmentations, not {n}.", few=FEWEST, many=MOST, n=len(names)))
    found = [meant(request, version, name) for name in names]
    own = [known.name if isinstance(known, Pin) else name_of(known) for known in found]
    for name in own:
        if own.count(name) > 1:
            raise RequestError(say("'{name}' is there twice. Compare it with another one.", name=name))
    return tuple(found)


def meant(request: AnalysisRequest, version: Version | None, name: str) -> Pin | AnalysisRequest:
    """What a name means: a pin, or a request.

    Raises:
        RequestError: nothing; the sentence says what there is.
    """
    pin = pin_named(version, name) if version is not None and ":" not in name else None
    return pin or request_named(name, request)


def stored_comparison(request: AnalysisRequest, version: Version, names: Sequence[str]) -> Comparison | None:
    """What `compare` has found before for a stored version; None where it has not."""
    read = clusters.load_arrays(_path(request, version, names))
    return _from_arrays(*read) if read is not None else None


def _found_side(
    asked: AnalysisRequest, source: Source, table: CustomerTable, report: Report | None
) -> tuple[Side, np.ndarray[Any, Any]]:
    found = segment(asked, source, report=report, table=table, profiled=False)
    sizes = tuple(int(count) for count in np.bincount(found.codes, minlength=len(found.segments)))
    outside = next((place for place, group in enumerate(found.segments) if group.is_noise), None)
    segments = tuple(group.name for group in found.segments)
    exact = found.clustering.exact if found.clustering else True
    return Side(name_of(asked), label_of(asked), segments, sizes, outside, None, exact), found.codes


def _pin_side(pin: Pin, table: CustomerTable) -> tuple[Side, np.ndarray[Any, Any]]:
    if pin.column not in table.frame.columns:
        raise RequestError(
            kept.problem_of(pin, table)
            or say("'{name}' cannot be placed on these customers. Drop it, or keep it again.", name=pin.name)
        )
    values = table.frame[pin.column].cat
    names = tuple(str(name) for name in values.categories)
    codes = values.codes.to_numpy()
    sizes = tuple(int(count) for count in np.bincount(codes, minlength=len(names)))
    noise = next((place for place, group in enumerate(pin.segments) if group.is_noise), None)
    outside = noise if noise is not None else len(pin.segments) if len(names) > len(pin.segments) else None
    return Side(pin.name, pin.name, names, sizes, outside, None, exact=True), codes


def _silhouette(matrix: clusters.Matrix, codes: np.ndarray[Any, Any], side: Side, seed: int) -> float | None:
    if side.k < 2:
        return None
    rows: Any = slice(None) if side.outside is None else codes != side.outside
    return clusters.silhouette(matrix[rows], codes[rows].astype(np.intp), seed)


def _pair(one: int, other: int, sides: Sequence[Side], codes: Sequence[np.ndarray[Any, Any]]) -> Pair:
    shape = len(sides[one].segments), len(sides[other].segments)
    cells = codes[one].astype(np.int64) * shape[1] + codes[other]
    table = np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)
    grouped = None
    if sides[one].outside is not None or sides[other].outside is not None:
        rows = [place for place in range(shape[0]) if place != sides[one].outside]
        columns = [place for place in range(shape[1]) if place != sides[other].outside]
        inside = table[np.ix_(rows, columns)]
        if inside.any():
            grouped = int(inside.sum()), adjusted_rand(inside), adjusted_mutual_information(inside)
    return Pair(one, other, table, adjusted_rand(table), adjusted_mutual_information(table), grouped)


def _report_of(report: Report | None, place: int, count: int) -> Report | None:
    return None if report is None else lambda share, words: report(0.9 * (place + share) / count, words)


# A comparison as a file


def _path(request: AnalysisRequest, version: Version, names: Sequence[str]) -> Path:
    as_of = request.as_of or version.manifest.default_as_of
    asked = sides_named(request, version, names)
    own = [[known.name, known.digest] if isinstance(known, Pin) else name_of(known) for known in asked]
    space = [request.metrics, request.attributes, request.scaling, request.seed, stamp_for(request.attributes, version)]
    known_pins = stamp(version) if any(isinstance(known, Pin) for known in asked) else ""
    told = json.dumps([as_of.isoformat() if as_of else None, own, space, request.preset, known_pins, code_digest()])
    return version.cache_path(f"compared-{hashlib.sha256(told.encode()).hexdigest()[:16]}.npz")


def _bytes(found: Comparison) -> bytes:
    arrays = {f"table/{place}": pair.table for place, pair in enumerate(found.pairs)}
    told = {
        "sides": [asdict(side) for side in found.sides],
        "pairs": [
            [pair.one, pair.other, pair.adjusted_rand, pair.adjusted_mutual_information, pair.grouped]
            for pair in found.pairs
        ],
        "customers": found.customers,
        "measured_by": found.measured_by,
        "scaling": found.scaling,
    }
    return arrays_bytes(arrays, told)


def _from_arrays(arrays: Mapping[str, np.ndarray[Any, Any]], told: Mapping[str, Any]) -> Comparison:
    lists = ("segments", "customers")
    sides = (Side(**{**side, **{name: tuple(side[name]) for name in lists}}) for side in told["sides"])
    pairs = (
        Pair(one, other, arrays[f"table/{place}"], rand, information, tuple(grouped) if grouped else None)
        for place, (one, other, rand, information, grouped) in enumerate(told["pairs"])
    )
    return Comparison(tuple(sides), tuple(pairs), told["customers"], tuple(told["measured_by"]), told["scaling"])
