"""Which values of an attribute a segment has more of, or less, than everyone else: country, gender, a flag."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.customers import PERSONAL, RESERVED, CustomerTable
from analytics.profiles.effects import Codes, Verdict, false_discovery_rates, verdict_of
from analytics.schema import PINNED, SCORED

MOST_VALUES: Final = 12
"""Of an attribute, the values that are looked at; the most frequent ones."""
_FEWEST_EXPECTED: Final = 5
"""Fewer customers than this to be expected in a cell, and a difference of shares is not told from chance (Cochran 1954)."""
YES: Final = "yes"


@dataclass(frozen=True, slots=True)
class ValueProfile:
    """One value of an attribute inside a segment and outside it."""

    attribute: str
    value: str
    customers: int
    """Customers inside who have it."""
    share: float
    """Of all customers inside, those whose value is missing among them."""
    rest_share: float
    lift: float | None
    """Share inside divided by share outside; None where nobody outside has it."""
    effect: float
    """The difference of the angles of the two shares (Cohen 1988, h): .2 is small, .5 medium, .8 large, as of d."""
    p_value: float | None = None
    """Of the two-sided test of two shares, normal with the pooled share; None where there are too few to tell."""
    q_value: float | None = None
    verdict: Verdict = "too few"

    @property
    def counts(self) -> bool:
        return self.verdict == "counts"

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def value_from_json(told: Mapping[str, Any]) -> ValueProfile:
    """The value that `to_json` wrote."""
    return ValueProfile(**told)


def is_flag(column: pd.Series[Any]) -> bool:
    """Whether a column says yes or no."""
    if column.dtype == object:
        return bool(column.dropna().map(lambda item: isinstance(item, bool)).all())
    return pd.api.types.is_bool_dtype(column.dtype)


def category_columns(table: CustomerTable) -> tuple[str, ...]:
    """The attributes with named values: texts that name nobody, and flags."""
    return tuple(name for name in _own(table) if _is_category(table.frame[name]))


def number_columns(table: CustomerTable) -> tuple[str, ...]:
    """The attributes that are numbers, like an age."""
    frame = table.frame
    return tuple(
        name for name in _own(table) if pd.api.types.is_numeric_dtype(frame[name].dtype) and not is_flag(frame[name])
    )


def _own(table: CustomerTable) -> tuple[str, ...]:
    taken = (*PERSONAL, *RESERVED)
    return tuple(name for name in table.attributes if name not in taken and not name.startswith((PINNED, SCORED)))


def _is_category(column: pd.Series[Any]) -> bool:
    return isinstance(column.dtype, pd.CategoricalDtype) or is_flag(column)


def coded(column: pd.Series[Any]) -> tuple[Codes, tuple[str, ...]]:
    """For each customer the place of its value, -1 where missing, shape (customers,); and the values."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy(), tuple(map(str, column.cat.categories))
    is_yes = column.map({True: 0, False: 1}).fillna(-1)
    return is_yes.to_numpy(dtype=np.int8), (YES, "no")


def frequent_values(codes: Codes, values: Sequence[str]) -> list[int]:
    """The places of the most frequent values; of a flag only `yes`, since `no` says the same again."""
    counts = np.bincount(codes[codes >= 0], minlength=len(values))
    if tuple(values) == (YES, "no"):
        return [0]
    ordered = sorted(range(len(values)), key=lambda place: (-counts[place], values[place]))
    return [place for place in ordered[:MOST_VALUES] if counts[place]]


def value_effects(
    frame: pd.DataFrame, codes: Codes, segments: int, columns: Sequence[str]
) -> tuple[tuple[ValueProfile, ...], ...]:
    """For each segment, each frequent value of each column against everyone else."""
    sizes = np.bincount(codes, minlength=segments)
    found: list[list[ValueProfile]] = [[] for _ in range(segments)]
    for name in columns:
        of_customer, values = coded(frame[name])
        cells = codes.astype(np.int64) * (len(values) + 1) + of_customer + 1
        counts = np.bincount(cells, minlength=segments * (len(values) + 1)).reshape(segments, -1)[:, 1:]
        for place in frequent_values(of_customer, values):
            total = int(counts[:, place].sum())
            for code in range(segments):
                inside = int(counts[code, place])
                found[code].append(
                    _value(name, values[place], inside, int(sizes[code]), total - inside, len(codes) - int(sizes[code]))
                )
    rates = iter(false_discovery_rates([item.p_value for row in found for item in row]))
    return tuple(
        tuple(
            item if (rate := next(rates)) is None else replace(item, q_value=rate, verdict=verdict_of(rate))
            for item in row
        )
        for row in found
    )


def _value(name: str, value: str, inside: int, size: int, outside: int, others: int) -> ValueProfile:
    share = inside / size if size else 0.0
    rest_share = outside / others if others else 0.0
    lift = share / rest_share if rest_share else None
    if not size or not others:
        return ValueProfile(name, value, inside, share, rest_share, lift, 0.0)
    effect = 2 * math.asin(math.sqrt(share)) - 2 * math.asin(math.sqrt(rest_share))
    pooled = (inside + outside) / (size + others)
    least = min(size, others) * min(pooled, 1 - pooled)
    if least < _FEWEST_EXPECTED:
        return ValueProfile(name, value, inside, share, rest_share, lift, effect)
    error = math.sqrt(pooled * (1 - pooled) * (1 / size + 1 / others))
    p = math.erfc(abs(share - rest_share) / error / math.sqrt(2))
    return ValueProfile(name, value, inside, share, rest_share, lift, effect, p)
