"""The space that customers are grouped in: which columns, how each is scaled, and what stands in for a missing value.

A space is fitted on some customers and then maps any others into the same coordinates: what a new customer's value
means does not depend on who came with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.clusters.algorithm import Matrix
from analytics.clusters.columns import Codes, Values, is_day, is_number, named, numbers, texts
from analytics.errors import EmptyDataError, RequestError
from analytics.metrics import heading
from analytics.text import say

MOST_LEVELS: Final = 12
"""Values of an attribute that are told apart; the rarer ones are together as one."""
RAREST_LEVEL: Final = 0.01
"""A value that fewer customers have is not told apart."""
_FLAT: Final = 1e-12

__all__ = [
    "MOST_LEVELS",
    "SCALINGS",
    "Axis",
    "CategoryAxis",
    "NumberAxis",
    "Scaling",
    "Space",
    "fit_space",
    "is_number",
    "numbers",
    "scaling",
    "space_from_json",
    "texts",
]


@dataclass(frozen=True, slots=True)
class Scaling:
    """How a number is brought onto a scale that all share."""

    name: str
    label: str
    meaning: str
    transform: Callable[[Values], Values]
    inverse: Callable[[Values], Values]
    center_and_spread: Callable[[Values], tuple[float, float]]


def _signed_log(values: Values) -> Values:
    logged: Values = np.sign(values) * np.log1p(np.abs(values))
    return logged


def _signed_power(values: Values) -> Values:
    raised: Values = np.sign(values) * np.expm1(np.abs(values))
    return raised


def _as_it_is(values: Values) -> Values:
    return values


def _mean_and_deviation(values: Values) -> tuple[float, float]:
    return float(values.mean()), float(values.std())


def _median_and_quartiles(values: Values) -> tuple[float, float]:
    """The distance of the quartiles as a standard deviation: on a normal distribution it is 1.349 of them."""
    low, middle, high = np.quantile(values, (0.25, 0.5, 0.75))
    spread = float(high - low) / 1.349
    return float(middle), spread if spread > _FLAT else float(values.std())


SCALINGS: tuple[Scaling, ...] = (
    Scaling(
        "log",
        "Logarithm, then standardised",
        "log(1 + value), mean 0, standard deviation 1: twice as much counts the same at every level.",
        _signed_log,
        _signed_power,
        _mean_and_deviation,
    ),
    Scaling(
        "robust",
        "Robust",
        "Median 0, and the middle half of the customers decides the width: a few very large ones do not squeeze the rest.",
        _as_it_is,
        _as_it_is,
        _median_and_quartiles,
    ),
    Scaling(
        "standard",
        "Standardised",
        "Mean 0, standard deviation 1: a few very large customers dominate.",
        _as_it_is,
        _as_it_is,
        _mean_and_deviation,
    ),
)


def scaling(name: str) -> Scaling:
    """The scaling of that name.

    Raises:
        RequestError: there is none.
    """
    for known in SCALINGS:
        if known.name == name:
            return known
    names = ", ".join(known.name for known in SCALINGS)
    raise RequestError(say("'{value}' is not possible for scaling. Allowed: {names}.", value=name, names=names))


@dataclass(frozen=True, slots=True)
class NumberAxis:
    """A number as one coordinate."""

    column: str
    scaling: str
    stand_in: float
    """What a missing value is taken as, before scaling."""
    center: float
    spread: float
    """1 for a column that is the same for everyone: it then adds nothing."""
    origin: str = ""
    """Of days: the day, written 2024-05-31, from which they are counted backwards. It stays when later customers are placed."""

    def numbers(self, frame: pd.DataFrame) -> Values:
        """The column before scaling, with what stands in for missing values. Shape (customers,)."""
        values = numbers(frame[self.column], date.fromisoformat(self.origin) if self.origin else None)
        return np.where(np.isnan(values), self.stand_in, values)

    def coordinates(self, frame: pd.DataFrame) -> Matrix:
        return self.scaled(self.numbers(frame))[:, None]

    def scaled(self, values: Values) -> Values:
        """Where numbers lie on the axis."""
        moved: Values = (scaling(self.scaling).transform(values) - self.center) / self.spread
        return moved

    def unscaled(self, places: Values) -> Values:
        """The numbers that lie at places on the axis."""
        return scaling(self.scaling).inverse(places * self.spread + self.center)

    @property
    def names(self) -> tuple[str, ...]:
        return (self.column,)


@dataclass(frozen=True, slots=True)
class CategoryAxis:
    """An attribute with named values as a coordinate per value, 1 or 0, scaled so that all of them together weigh as one number:
    two customers drawn at random are as far apart, in mean square, as they are by a standardised metric.

    Rare values are together as one, and missing is a value of its own. A value that nobody had is none of them.
    """

    column: str
    levels: tuple[str, ...]
    """The values told apart, most frequent first."""
    has_others: bool
    """Whether one more coordinate stands for all rarer values."""
    has_missing: bool
    """Whether one more, the last, stands for those who have none."""
    centers: tuple[float, ...]
    """The share of each, shape (coordinates,)."""
    spread: float

    def coordinates(self, frame: pd.DataFrame) -> Matrix:
        codes, known = named(frame[self.column])
        parted = self.parted(codes, known)
        moved: Matrix = np.tile(-np.asarray(self.centers) / self.spread, (len(frame), 1))
        rows = np.flatnonzero(parted >= 0)
        moved[rows, parted[rows]] += 1.0 / self.spread
        return moved

    def parted(self, codes: Codes, known: Sequence[str]) -> Codes:
        """The coordinate that is 1 for each customer, -1 for those who have none of the values. Shape (customers,)."""
        places = {level: place for place, level in enumerate(self.levels)}
        others = len(self.levels) if self.has_others else -1
        missing = len(self.centers) - 1 if self.has_missing else -1
        place_of = np.array([*(places.get(value, others) for value in known), missing], dtype=np.intp)
        parted: Codes = place_of[codes]
        return parted

    @property
    def values(self) -> tuple[str, ...]:
        """In words, what each coordinate stands for. Shape (coordinates,)."""
        others = (say("other"),) if self.has_others else ()
        return (*self.levels, *others, *((say("missing"),) if self.has_missing else ()))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(say("{column}: {value}", column=heading(self.column), value=value) for value in self.values)


Axis = NumberAxis | CategoryAxis


@dataclass(frozen=True, slots=True)
class Space:
    """Columns of the customer table as coordinates."""

    axes: tuple[Axis, ...]
    filled: Mapping[str, int]
    """Column → customers, of those it was fitted on, whose missing value was stood in for."""

    @property
    def names(self) -> tuple[str, ...]:
        """A name for each coordinate, shape (coordinates,)."""
        return tuple(name for axis in self.axes for name in axis.names)

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(axis.column for axis in self.axes)

    def matrix(self, frame: pd.DataFrame) -> Matrix:
        """The customers' coordinates, shape (customers, coordinates).

        Raises:
            RequestError: a column is not there.
        """
        missing = [name for name in self.columns if name not in frame.columns]
        if missing:
            raise RequestError(
                say("These customers do not have {names}, which the groups were made by.", names=", ".join(missing))
            )
        return np.hstack([axis.coordinates(frame) for axis in self.axes])

    def to_json(self) -> dict[str, Any]:
        return {
            "axes": [{"kind": "number" if isinstance(axis, NumberAxis) else "category", **asdict(axis)} for axis in self.axes],
            "filled": dict(self.filled),
        }  # fmt: skip


def space_from_json(told: Mapping[str, Any]) -> Space:
    """The space that `to_json` wrote."""
    axes: list[Axis] = []
    for axis in told["axes"]:
        values: dict[str, Any] = {name: tuple(it) if isinstance(it, list) else it for name, it in axis.items()}
        kind = values.pop("kind")
        axes.append(CategoryAxis(**values) if kind == "category" else NumberAxis(**values))
    return Space(tuple(axes), dict(told["filled"]))


def fit_space(
    frame: pd.DataFrame,
    metrics: Sequence[str],
    attributes: Sequence[str] = (),
    scaled: str = "log",
    stand_ins: Mapping[str, str] | None = None,
    as_of: date | None = None,
) -> Space:
    """The space of some customers.

    Args:
        metrics: columns that are numbers.
        attributes: further columns: numbers, days, flags or texts.
        scaled: the name of a scaling.
        stand_ins: column → `median`, `highest`, `lowest` or `zero`, for missing values; the median where nothing is said.
        as_of: the day from which days are counted backwards, as the metrics count theirs.

    Raises:
        EmptyDataError: a column is missing for every customer.
    """
    how = scaling(scaled)
    filled: dict[str, int] = {}
    axes: list[Axis] = []
    for name in (*metrics, *attributes):
        if name in metrics or is_number(frame[name]):
            axis, stood_in = _number_axis(frame[name], name, how, (stand_ins or {}).get(name, "median"), as_of)
            axes.append(axis)
            if stood_in:
                filled[name] = stood_in
        else:
            axes.append(_category_axis(frame[name], name))
    return Space(tuple(axes), filled)


_STAND_INS: Final[Mapping[str, Callable[[Values], float]]] = {
    "median": lambda known: float(np.median(known)),
    "highest": lambda known: float(known.max()),
    "lowest": lambda known: float(known.min()),
    "zero": lambda _known: 0.0,
}


def _number_axis(
    column: pd.Series[Any], name: str, how: Scaling, stand_in: str, as_of: date | None
) -> tuple[NumberAxis, int]:
    origin = (as_of or date(1970, 1, 1)) if is_day(column) else None
    values = numbers(column, origin)
    missing = np.isnan(values)
    if missing.all():
        raise _nobody_has(name)
    instead = _STAND_INS[stand_in](values[~missing])
    moved = how.transform(np.where(missing, instead, values))
    center, spread = how.center_and_spread(moved)
    if spread <= _FLAT:  # the mean of equal numbers is not always one of them
        center, spread = float(moved[0]), 1.0
    told = origin.isoformat() if origin else ""
    return NumberAxis(name, how.name, instead, center, spread, told), int(missing.sum())


def _category_axis(column: pd.Series[Any], name: str) -> CategoryAxis:
    codes, known = named(column)
    if not (codes >= 0).any():
        raise _nobody_has(name)
    counts = np.bincount(codes[codes >= 0], minlength=len(known))
    shares = counts / len(codes)
    # by share and then by name, so that a tie does not depend on the order of the customers
    ordered = [place for place in np.argsort(-shares, kind="stable") if shares[place] >= RAREST_LEVEL][:MOST_LEVELS]
    centers = [float(shares[place]) for place in ordered]
    missing = float((codes < 0).mean())
    others = float(np.delete(counts, ordered).sum()) / len(codes)
    centers += [others] if others > 0 else []
    centers += [missing] if missing > 0 else []
    variance = sum(share * (1.0 - share) for share in centers)
    return CategoryAxis(
        name,
        tuple(known[place] for place in ordered),
        others > 0,
        missing > 0,
        tuple(centers),
        float(np.sqrt(variance)) if variance > _FLAT else 1.0,
    )


def _nobody_has(name: str) -> EmptyDataError:
    return EmptyDataError(
        say("'{name}' is missing for every customer. Choose something else to group customers by.", name=name)
    )
