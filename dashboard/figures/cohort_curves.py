"""Cohorts, drawn as curves: a line per cohort, and all of them together in front."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from analytics.cohorts import Cohorts
from analytics.rfm import GRID, SEGMENT
from analytics.text import say
from dashboard import formats
from dashboard.figures.base import Figure, figure, nothing, typed
from dashboard.figures.cohorts import FEW, PERIODS_SHOWN, ROWS_SHOWN, everyone, hover, mean_hover, people, shortened
from dashboard.theme import Mode, cluster_color, mixed, segment_color, tokens

CURVES_NAMED: Final = 8
"""Cohorts whose curves can be told apart by colour."""


def curves(found: Cohorts, measure: str, mode: Mode) -> Figure:
    """A line per cohort, all of them together in front: the share that is active, or revenue per customer so far."""
    if not len(found):
        return nothing(mode, say("No customers in this selection"))
    is_money = measure in ("revenue", "value")
    shown = found.largest(ROWS_SHOWN[found.kind.unit] if found.kind.is_time else CURVES_NAMED)
    values, mean = (shown.value, found.mean_value()) if is_money else (shown.share, found.mean_share())
    start = 0 if is_money else 1
    ends = np.flatnonzero(mean == mean)  # noqa: PLR0124 - where it is a number
    last = min(int(ends[-1]), PERIODS_SHOWN) if len(ends) else 0
    if last < max(start, 1):
        return nothing(
            mode, say("Nobody has a whole {unit} after the first one behind them yet.", unit=found.kind.unit)
        )
    of = tokens(mode)
    traces, notes = [], []
    for row in range(len(shown)):
        there = np.flatnonzero(shown.exists[row, : last + 1])
        there = there[(there >= start) & (shown.eligible[row, there] >= FEW)]
        whole = there[~shown.partial[row, there]]
        color = mixed(of["surface"], of["ink-3"], 0.45) if found.kind.is_time else _color(shown, row, mode)
        if len(whole):
            traces.append(_line(shown, row, whole, values, color, 1.2 if found.kind.is_time else 2.0))
            if not found.kind.is_time:
                notes.append((float(values[row, whole[-1]]), shortened(shown.labels[row], 20), color))
    at = np.arange(start, last + 1)
    traces.append(
        {
            "type": "scatter",
            "mode": "lines+markers",
            "x": typed(at, "i2"),
            "y": typed(mean[start : last + 1]),
            "line": {"color": of["accent"] if found.kind.is_time else of["ink"], "width": 3},
            "marker": {"size": 6},
            "customdata": [everyone(found, int(since)) for since in at],
            "hovertext": [mean_hover(found, int(since)) for since in at],
            "hovertemplate": "%{hovertext}<extra></extra>",
        }
    )
    notes.append((float(mean[last]), f"<b>{say('All together')}</b>", of["accent" if found.kind.is_time else "ink"]))
    symbol = formats.money(0, found.currency).rstrip("0")
    scale = {"tickformat": "~s", "tickprefix": symbol} if is_money else {"tickformat": ".0%"}
    unit = say("Months since the first order") if found.kind.unit == "month" else say("Weeks since the first order")
    drawn = np.where(shown.eligible >= FEW, values, 0.0)[:, start : last + 1]
    top = max(float(np.nanmax(drawn)), float(np.nanmax(mean[start : last + 1]))) * 1.06
    return figure(
        traces,
        mode,
        showlegend=False,
        hovermode="closest",
        annotations=_labels(notes, top or 1.0),
        margin={"l": 8, "r": 170 if not found.kind.is_time else 96, "t": 10, "b": 8},
        xaxis={
            "title": {"text": unit},
            "showgrid": False,
            "zeroline": False,
            "tick0": 0,
            "dtick": 1 if last <= 12 else 3 if found.kind.unit == "month" else 4,
            "tickangle": 0,
            "range": [start - 0.25, last + 0.15],
        },
        yaxis={
            "range": [0, top or 1.0],
            "nticks": 6,
            **scale,
        },
    )


def _color(found: Cohorts, row: int, mode: Mode) -> str:
    """A segment keeps the colour that it has on every tab."""
    name = found.keys[row]
    is_segment = found.kind.column == SEGMENT and name in GRID.names
    return segment_color(GRID.names.index(str(name)), mode) if is_segment else cluster_color(row, mode)


def _line(
    found: Cohorts, row: int, at: np.ndarray[Any, Any], values: np.ndarray[Any, Any], color: str, width: float
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines+markers" if len(at) == 1 else "lines",
        "x": typed(at, "i2"),
        "y": typed(values[row, at]),
        "line": {"color": color, "width": width},
        "customdata": [people(found, row, int(since)) for since in at],
        "hovertext": [hover(found, row, int(since)) for since in at],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _labels(notes: list[tuple[float, str, str]], top: float) -> list[dict[str, Any]]:
    """Names at the ends of lines, moved apart where they would lie on each other."""
    gap, placed = 0.062 * top, -np.inf
    labels = []
    for y, text, color in sorted(notes):
        placed = max(y, placed + gap)
        labels.append(
            {
                "x": 1.005,
                "xref": "paper",
                "y": placed,
                "text": text,
                "showarrow": False,
                "xanchor": "left",
                "font": {"size": 12, "color": color},
            }
        )
    return labels
