"""How customers of a segment are spread: a metric within it and among everyone else, and customers as lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.profiles import Spread, heading_of, unit_of
from analytics.segmentation import Segment, Segmentation
from analytics.text import say
from dashboard import formats
from dashboard.figures.base import Figure, figure, nothing, on_lines, typed
from dashboard.figures.profiles import DASHES, Color, people_in
from dashboard.theme import SYMBOLS, Mode, tokens

MOST_LINES: Final = 500
"""Above so many customers a fair sample is drawn as lines."""
MOST_IN_A_VIOLIN: Final = 5_000


def fair_lines(found: Segmentation, codes: Sequence[int], most: int = MOST_LINES) -> np.ndarray[Any, Any]:
    """Row numbers of at most so many customers of some segments, in proportion, at least thirty of each where it has them."""
    rows = [np.flatnonzero(found.codes == code) for code in codes]
    total = sum(map(len, rows))
    if total <= most:
        return np.concatenate(rows) if rows else np.zeros(0, dtype=int)
    draw = np.random.default_rng(0)
    taken = [
        draw.choice(mine, min(len(mine), max(30, round(len(mine) / total * most))), replace=False) for mine in rows
    ]
    return np.concatenate(taken)


def parallel_lines(
    found: Segmentation, groups: Sequence[tuple[int, Segment]], metrics: Sequence[str], color: Color, mode: Mode
) -> Figure:
    """Customers as thin lines through their metrics, and each segment's typical customer as a thick one.

    Every axis goes from a low value to a high one of everyone's, by the logarithm; what lies beyond is drawn at its end.
    """
    if not groups or not metrics:
        return nothing(mode, say("Choose some to compare"))
    of, currency = tokens(mode), found.table.currency
    rows = fair_lines(found, [code for code, _ in groups])
    axes = [_Axis.of(found.table.frame[name]) for name in metrics]
    heights = np.column_stack([axis.heights(found.table.frame[name]) for axis, name in zip(axes, metrics, strict=True)])
    across = np.append(np.arange(len(metrics), dtype=float), np.nan)
    thin, thick = [], []
    for code, group in groups:
        mine = rows[found.codes[rows] == code]
        ends = np.full((len(mine), 1), np.nan)  # a gap between one customer's line and the next
        shared = {"type": "scatter", "name": say(group.name), "legendgroup": str(code)}
        thin.append(
            {
                **shared,
                "mode": "lines",
                "x": typed(np.tile(across, len(mine))),
                "y": typed(np.hstack([heights[mine], ends]).ravel()),
                "line": {"color": color(code, mode), "width": 0.7},
                "opacity": 0.28,
                "hoverinfo": "skip",
                "showlegend": False,
            }
        )
        middles = [group.profile.of(name).median for name in metrics]
        points = [
            (place, axis.height(middle), name, middle)
            for place, (axis, name, middle) in enumerate(zip(axes, metrics, middles, strict=True))
            if middle is not None
        ]
        thick.append(
            {
                **shared,
                "mode": "lines+markers",
                "x": [place for place, _, _, _ in points],
                "y": [height for _, height, _, _ in points],
                "line": {"color": color(code, mode), "width": 3.5, "dash": DASHES[code % 8]},
                "marker": {"size": 10, "symbol": SYMBOLS[code % 8], "line": {"color": of["surface"], "width": 1}},
                "customdata": [people_in(found.column, group.name)] * len(points),
                "hovertext": [
                    say(
                        "<b>{name}</b><br>{metric}: typically {median}",
                        name=say(group.name),
                        metric=heading_of(name),
                        median=formats.in_unit(middle, unit_of(name), currency),
                    )
                    for _, _, name, middle in points
                ],
                "hovertemplate": "%{hovertext}<extra></extra>",
            }
        )
    ends_told = [
        {"x": place, "y": y, "text": _tick_label(value, name, currency), "showarrow": False, "yanchor": anchor,
         "bgcolor": of["surface"],
         "yshift": shift, "font": {"size": 11, "color": of["ink-3"]}}
        for place, (axis, name) in enumerate(zip(axes, metrics, strict=True))
        for y, value, anchor, shift in ((0, axis.low, "top", -4), (1, axis.high, "bottom", 4))
    ]  # fmt: skip
    return figure(
        [*thin, *thick],
        mode,
        annotations=ends_told,
        xaxis={
            "tickvals": list(range(len(metrics))),
            "ticktext": [on_lines(heading_of(name), 14) for name in metrics],
            "side": "bottom",
            "gridcolor": of["ink-3"],
            "zeroline": False,
            "range": [-0.35, len(metrics) - 0.65],
        },
        yaxis={"visible": False, "range": [-0.08, 1.08]},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        hovermode="closest",
    )


@dataclass(frozen=True, slots=True)
class _Axis:
    """From where to where a metric's axis goes."""

    low: float
    high: float
    middle: float

    @classmethod
    def of(cls, column: pd.Series[Any]) -> _Axis:
        known = column.dropna().to_numpy(dtype=float)
        if not len(known):
            return cls(0.0, 1.0, 0.0)
        low, middle, high = np.quantile(known, (0.01, 0.5, 0.99))
        return cls(float(low), float(high if high > low else low + 1.0), float(middle))

    def heights(self, column: pd.Series[Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
        """From 0 to 1; a missing value in the middle of everyone's, since a line needs a point on every axis."""
        values = column.to_numpy(dtype=float, na_value=np.nan)
        ends = _moved(np.array([self.low, self.high]), is_logarithmic=True)
        moved = _moved(np.where(np.isnan(values), self.middle, values), is_logarithmic=True)
        found: np.ndarray[Any, np.dtype[np.float64]] = np.clip((moved - ends[0]) / (ends[1] - ends[0]), 0.0, 1.0)
        return found

    def height(self, value: float) -> float:
        return float(self.heights(pd.Series([value]))[0])


def _moved(values: np.ndarray[Any, Any], *, is_logarithmic: bool) -> np.ndarray[Any, Any]:
    return np.sign(values) * np.log1p(np.abs(values)) if is_logarithmic else values


def _ticks(values: np.ndarray[Any, Any], *, is_logarithmic: bool) -> list[float]:
    """Round values along an axis: 0 1 3 10 30 … on a logarithmic one, five steps on a plain one."""
    low, high = float(values.min()), float(values.max())
    if low == high:
        return [low]
    if not is_logarithmic or low < 0:
        return [float(tick) for tick in np.linspace(low, high, 5)]
    if high <= 3:
        return [float(tick) for tick in np.round(np.linspace(low, high, 4), 2)]
    powers = [float(step) for exponent in range(9) for step in (10**exponent, 3 * 10**exponent)]
    ticks = [tick for tick in [0.0, *powers] if low <= tick <= high * 1.05]
    return ticks[:: max(1, len(ticks) // 6)]


def _tick_label(value: float, name: str, currency: str) -> str:
    unit = unit_of(name)
    if unit == "share":
        return formats.share(value, 0)
    if unit == "money":
        return formats.compact_money(round(value), currency).removesuffix(".00")
    if unit == "seconds":
        return formats.seconds(value)
    return formats.compact(round(value)) if value == round(value) or abs(value) >= 10 else formats.number(value, 1)


def distribution(found: Segmentation, code: int, name: str, told: Spread | None, color: Color, mode: Mode) -> Figure:
    """A metric within a segment, as bars, and among everyone else, as a line: each as shares of its own customers."""
    if told is None:
        return nothing(mode, say("{metric} is missing for every customer", metric=heading_of(name)))
    of, group = tokens(mode), found.segments[code]
    currency = found.table.currency
    edges = _moved(told.edges, is_logarithmic=told.is_logarithmic)
    middles, widths = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    labels = ranges(told, name, currency)
    last = len(labels) - 1
    people = [
        people_in(
            found.column,
            group.name,
            {"column": name, "is": "at least", "value": float(low)},
            {"column": name, "is": "at most" if place == last else "below", "value": float(high)},
        )
        for place, (low, high) in enumerate(zip(told.edges, told.edges[1:], strict=False))
    ]
    bars = {
        "type": "bar",
        "name": say(group.name),
        "x": typed(middles, "f8"),
        "y": typed(told.inside_shares, "f8"),
        "width": typed(widths * 0.94, "f8"),
        "marker": {"color": color(code, mode), "opacity": 0.85},
        "customdata": people,
        "hovertext": [
            say(
                "<b>{range}</b><br>{share} of them ({n})<br>{rest} of everyone else",
                range=one,
                share=formats.share(share),
                n=formats.number(int(n)),
                rest=formats.share(rest),
            )
            for one, share, n, rest in zip(labels, told.inside_shares, told.inside, told.rest_shares, strict=True)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    line = {
        "type": "scatter",
        "mode": "lines",
        "name": say("Everyone else"),
        "x": typed(np.repeat(edges, 2)[1:-1], "f8"),
        "y": typed(np.repeat(told.rest_shares, 2), "f8"),
        "line": {"color": of["ink-2"], "width": 2},
        "hoverinfo": "skip",
    }
    ticks = _ticks(told.edges, is_logarithmic=told.is_logarithmic)
    return figure(
        [bars, line],
        mode,
        bargap=0,
        xaxis={
            "showgrid": False,
            "zeroline": False,
            "tickvals": [float(_moved(np.array(tick), is_logarithmic=told.is_logarithmic)) for tick in ticks],
            "ticktext": [_tick_label(tick, name, currency) for tick in ticks],
            "title": {"text": heading_of(name)},
        },
        yaxis={"tickformat": ".0%", "rangemode": "tozero", "title": {"text": say("share of customers")}, "nticks": 6},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        margin={"l": 8, "r": 12, "t": 8, "b": 8},
    )


def ranges(told: Spread, name: str, currency: str) -> list[str]:
    """What each bin holds, in words."""
    whole = bool((told.edges == np.floor(told.edges)).all())
    pairs = zip(told.edges, told.edges[1:], strict=False)
    return [_range(low, high, unit_of(name), currency, whole=whole) for low, high in pairs]


def _range(low: float, high: float, unit: str, currency: str, *, whole: bool) -> str:
    if whole and high - low <= 1:
        return formats.in_unit(low, unit, currency)
    last = high - 1 if whole else high
    return say("{low} to {high}", low=formats.in_unit(low, unit, currency), high=formats.in_unit(last, unit, currency))


def violins(found: Segmentation, code: int, name: str, color: Color, mode: Mode, *, logarithmic: bool) -> Figure:
    """The same as two halves of a violin with its quartiles; of many customers a fair sample."""
    of, group = tokens(mode), found.segments[code]
    values = found.table.frame[name].to_numpy(dtype=float, na_value=np.nan)
    known = ~np.isnan(values)
    if not known.any():
        return nothing(mode, say("{metric} is missing for every customer", metric=heading_of(name)))
    is_logarithmic = logarithmic and float(values[known].min()) >= 0
    draw = np.random.default_rng(0)
    sides = []
    for mine, label, tone in (
        (found.codes == code, say(group.name), color(code, mode)),
        (found.codes != code, say("Everyone else"), of["ink-3"]),
    ):
        rows = np.flatnonzero(mine & known)
        if len(rows) > MOST_IN_A_VIOLIN:
            rows = draw.choice(rows, MOST_IN_A_VIOLIN, replace=False)
        sides.append(
            {
                "type": "violin",
                "name": label,
                "y": typed(_moved(values[rows], is_logarithmic=is_logarithmic)),
                "line": {"color": tone, "width": 1.5},
                "box": {"visible": True},
                "meanline": {"visible": False},
                "points": False,
                "spanmode": "hard",
                "hoverinfo": "skip",
                "showlegend": False,
            }
        )
    ticks = _ticks(values[known], is_logarithmic=is_logarithmic)
    return figure(
        sides,
        mode,
        xaxis={"showgrid": False},
        yaxis={
            "tickvals": [float(_moved(np.array(tick), is_logarithmic=is_logarithmic)) for tick in ticks],
            "ticktext": [_tick_label(tick, name, found.table.currency) for tick in ticks],
            "title": {"text": heading_of(name)},
        },
        margin={"l": 8, "r": 12, "t": 8, "b": 8},
    )
