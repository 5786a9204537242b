"""RFM: recency, frequency and monetary scores from 1 to 5, 5 always best, and the segments that they name.

Customers are scored by value, so ties share a score and the order of the rows changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from analytics.customers import CustomerTable
from analytics.errors import RequestError
from analytics.matching import Mask

SCORES = ("recency_score", "frequency_score", "monetary_score")
SEGMENT = "segment"
BEST = 5
_QUANTILES = (0.2, 0.4, 0.6, 0.8)
_COUNTABLE = 100_000


@dataclass(frozen=True, slots=True)
class RfmSegment:
    """A named set of cells; a cell is written R F M, `543`."""

    name: str
    meaning: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preset:
    """A complete and disjoint naming of all 125 cells, best segment first."""

    name: str
    label: str
    meaning: str
    segments: tuple[RfmSegment, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(segment.name for segment in self.segments)


def _cells(text: str) -> tuple[str, ...]:
    return tuple(text.split())


GRID = Preset(
    "grid",
    "Grid of 125",
    "Every combination of the three scores belongs to one of eleven segments.",
    (
        RfmSegment(
            "Champions",
            "Bought lately, buy often and spend the most.",
            _cells("555 554 544 545 454 455 445"),
        ),
        RfmSegment(
            "Loyal",
            "Buy often and spend well, and were here not long ago.",
            _cells("543 444 435 355 354 345 344 335"),
        ),
        RfmSegment(
            "Potential Loyalist",
            "Bought lately and more than once, with room to grow.",
            _cells("553 551 552 541 542 533 532 531 452 451 442 441 431 453 433 432 423 353 352 351 342 341 333 323"),
        ),
        RfmSegment(
            "New",
            "Bought lately for the first time or nearly so, and for little.",
            _cells("512 511 422 421 412 411 311"),
        ),
        RfmSegment(
            "Promising",
            "Bought lately and seldom; some of them spent a lot at once.",
            _cells("525 524 523 522 521 515 514 513 425 424 413 414 415 315 314 313"),
        ),
        RfmSegment(
            "Need Attention",
            "Good customers in every respect whose last order begins to lie back.",
            _cells("535 534 443 434 343 334 325 324"),
        ),
        RfmSegment(
            "About To Sleep",
            "Low spend, and their last order begins to lie back: soon gone.",
            _cells("331 321 312 221 213 231 241 251"),
        ),
        RfmSegment(
            "At Risk",
            "Used to buy often and well, and have not been back for long.",
            _cells(
                "255 254 245 244 253 252 243 242 235 234 225 224 153 152 145 143 142 135 134 133 125 124",
            ),
        ),
        RfmSegment(
            "Cannot Lose",
            "Once among those who spent the most; not seen for long.",
            _cells("155 154 144 214 215 115 114 113"),
        ),
        RfmSegment(
            "Hibernating",
            "Bought little, seldom and long ago.",
            _cells("332 322 233 232 223 222 132 123 122 212 211"),
        ),
        RfmSegment(
            "Lost",
            "The longest away and the lowest spend.",
            _cells("111 112 121 131 141 151"),
        ),
    ),
)

PRESETS: tuple[Preset, ...] = (GRID,)


def preset(name: str) -> Preset:
    """The preset of that name.

    Raises:
        RequestError: there is none.
    """
    for known in PRESETS:
        if known.name == name:
            return known
    raise RequestError(f"There is no RFM preset '{name}'. There is {', '.join(known.name for known in PRESETS)}.")


@dataclass(frozen=True, slots=True)
class Breaks:
    """The four values that part each measure into five scores, lowest first."""

    recency_days: tuple[float, ...]
    order_count: tuple[float, ...]
    revenue_total: tuple[float, ...]


def breaks(frame: pd.DataFrame) -> Breaks:
    """The linearly interpolated quantiles .2 .4 .6 .8 of the customers' values (Hyndman & Fan 1996, type 7)."""
    return Breaks(*(_quantiles(frame[name].to_numpy()) for name in ("recency_days", "order_count", "revenue_total")))


def _quantiles(values: np.ndarray[Any, Any]) -> tuple[float, ...]:
    """What np.quantile gives; whole numbers of a small range are counted, which takes a tenth of the time."""
    is_countable = np.issubdtype(values.dtype, np.integer) and values.min() >= 0 and values.max() < _COUNTABLE
    if not is_countable:
        return tuple(float(value) for value in np.quantile(values, _QUANTILES))
    up_to = np.cumsum(np.bincount(values))
    places = [quantile * (len(values) - 1) for quantile in _QUANTILES]
    below = np.searchsorted(up_to, [int(place) for place in places], side="right").tolist()
    above = np.searchsorted(up_to, [min(int(place) + 1, len(values) - 1) for place in places], side="right").tolist()
    return tuple(
        low + (high - low) * (place - int(place)) for low, high, place in zip(below, above, places, strict=True)
    )


def scores(frame: pd.DataFrame) -> pd.DataFrame:
    """The three scores of each customer. Shape (customers, 3), 1 to 5.

    frequency_score = 1 + #{breaks < order_count}, monetary_score likewise, recency_score = 5 - #{breaks < recency_days}.
    """
    at = breaks(frame)

    def above(name: str, values: tuple[float, ...]) -> np.ndarray[Any, Any]:
        measured = frame[name].to_numpy()
        return sum((measured > value).astype(np.int8) for value in values)  # type: ignore[return-value]  # sum begins with 0

    return pd.DataFrame(
        {
            "recency_score": BEST - above("recency_days", at.recency_days),
            "frequency_score": 1 + above("order_count", at.order_count),
            "monetary_score": 1 + above("revenue_total", at.revenue_total),
        },
        index=frame.index,
    )


def segment_codes(scored: pd.DataFrame, naming: Preset = GRID) -> np.ndarray[Any, Any]:
    """Which of the preset's segments each customer is in. Shape (customers,), counted from 0."""
    recency, frequency, monetary = (scored[name].to_numpy(dtype=np.int16) - 1 for name in SCORES)
    codes: np.ndarray[Any, Any] = _lookup(naming)[recency * BEST * BEST + frequency * BEST + monetary]
    return codes


def typical_segment(scored: pd.DataFrame, naming: Preset = GRID) -> RfmSegment:
    """The segment of the median scores of some customers: where the typical one of them stands."""
    cell = "".join(str(int(np.quantile(scored[name].to_numpy(), 0.5, method="lower"))) for name in SCORES)
    return next(segment for segment in naming.segments if cell in segment.cells)


@cache
def _lookup(naming: Preset) -> np.ndarray[Any, Any]:
    place = {cell: code for code, segment in enumerate(naming.segments) for cell in segment.cells}
    cells = ("".join(cell) for cell in product("12345", repeat=3))
    return np.array([place[cell] for cell in cells], dtype=np.int8)


def with_segments(table: CustomerTable, naming: Preset = GRID) -> CustomerTable:
    """The customer table with the three scores and the segment, a category from best to worst, as further columns."""
    scored = scores(table.frame)
    segment = pd.Categorical.from_codes(segment_codes(scored, naming), categories=pd.Index(naming.names), ordered=True)
    return table.with_columns(**{name: scored[name] for name in SCORES}, **{SEGMENT: segment})


def summarise(table: CustomerTable, keep: Mask | None = None) -> pd.DataFrame:
    """Each segment's customers, orders, revenue and mean recency, frequency and monetary value, for the rows kept.

    One row per segment, best first; means are missing for an empty segment. The table may be one of groups.
    """
    names = list(table.frame[SEGMENT].cat.categories)
    chosen: Any = slice(None) if keep is None else np.flatnonzero(keep)
    codes = table.frame[SEGMENT].cat.codes.to_numpy()[chosen]

    def total(name: str) -> np.ndarray[Any, Any]:
        return np.bincount(codes, table.frame[name].to_numpy()[chosen], len(names))

    customers = np.bincount(codes, _customers(table, chosen), len(names)).astype(np.int64)
    orders, revenue = total("order_count"), total("revenue_total")
    each = np.where(customers > 0, customers, np.nan)
    return pd.DataFrame(
        {
            "customers": customers,
            "orders": orders.astype(np.int64),
            "revenue": revenue,
            "recency_days_mean": total("recency_days") / each,
            "order_count_mean": orders / each,
            "revenue_total_mean": revenue / each,
        },
        index=pd.Index(names, name=SEGMENT),
    )


def score_grid(table: CustomerTable, keep: Mask | None = None) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Customers and revenue by recency score (rows, 1 to 5) and frequency score (columns, 1 to 5). Shape (5, 5) each."""
    chosen: Any = slice(None) if keep is None else np.flatnonzero(keep)
    recency, frequency = (table.frame[name].to_numpy()[chosen].astype(np.intp) - 1 for name in SCORES[:2])
    cells, shape = recency * BEST + frequency, (BEST, BEST)
    customers = np.bincount(cells, _customers(table, chosen), BEST * BEST).astype(np.int64).reshape(shape)
    revenue = np.bincount(cells, table.frame["revenue_total"].to_numpy()[chosen], BEST * BEST).reshape(shape)
    return customers, revenue


def _customers(table: CustomerTable, chosen: Any) -> np.ndarray[Any, Any] | None:
    """How many customers each row stands for; None is one."""
    return table.frame["customers"].to_numpy()[chosen] if "customers" in table.frame.columns else None
