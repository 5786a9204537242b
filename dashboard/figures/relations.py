"""How metrics go together, drawn: the correlations as a grid, and customers as points in a matrix of pairs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analytics.exploration import Column, Correlations, Distribution
from analytics.text import say
from dashboard import formats
from dashboard.figures.base import Figure, figure, nothing, typed
from dashboard.figures.crosses import diverging
from dashboard.theme import Mode, mixed, readable_on, segment_color, tokens

_GAP = 0.025


def correlation_heatmap(found: Correlations, mode: Mode) -> Figure:
    """Every two metrics: blue go up together, orange go opposite ways. Alike ones stand side by side."""
    if len(found.columns) < 2:
        return nothing(mode, say("It takes two metrics that differ between customers"))
    of, scale = tokens(mode), diverging(mode)
    labels = [item.label for item in found.columns]
    size = len(labels)
    z = found.r.copy()
    np.fill_diagonal(z, np.nan)
    notes = [
        {
            "x": j,
            "y": i,
            "text": formats.number(float(z[i, j]), 2).replace("-", formats.MINUS),
            "showarrow": False,
            "font": {"size": 11 if size <= 12 else 9, "color": _ink(float(z[i, j]), scale)},
        }
        for i in range(size)
        for j in range(size)
        if not np.isnan(z[i, j]) and size <= 18
    ]
    hover = [
        [
            say(
                "<b>{one}</b> and <b>{other}</b><br>{r} over {n} customers who have both",
                one=labels[i],
                other=labels[j],
                r=formats.number(float(found.r[i, j]), 3),
                n=formats.number(int(found.customers[i, j])),
            )
            if not np.isnan(found.r[i, j])
            else say("{one} and {other}: too few customers have both", one=labels[i], other=labels[j])
            for j in range(size)
        ]
        for i in range(size)
    ]
    cells = {
        "type": "heatmap",
        "z": typed(z),
        "x": list(range(size)),
        "y": list(range(size)),
        "xgap": 2,
        "ygap": 2,
        "zmin": -1,
        "zmax": 1,
        "colorscale": scale,
        "colorbar": {"thickness": 10, "len": 0.6, "tickvals": [-1, -0.5, 0, 0.5, 1], "outlinewidth": 0},
        "hovertext": hover,
        "hoverongaps": False,
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    plain = {"tickvals": list(range(size)), "ticktext": labels, "showgrid": False, "zeroline": False}
    return figure(
        [cells],
        mode,
        annotations=notes,
        plot_bgcolor=of["surface"],
        xaxis={**plain, "tickangle": -40},
        yaxis={**plain, "autorange": "reversed", "ticksuffix": "  "},
    )


def _ink(r: float, scale: list[list[Any]]) -> str:
    low, middle, high = (color for _, color in scale)
    return readable_on(mixed(middle, high, r) if r >= 0 else mixed(middle, low, -r))


def scatter_matrix(
    drawn: pd.DataFrame,
    columns: tuple[Column, ...],
    spreads: tuple[Distribution, ...],
    found: Correlations,
    mode: Mode,
) -> Figure:
    """Each pair of metrics as points below the diagonal and as a correlation above it; each metric's histogram on it.

    `drawn` has a row per customer of the sample: `segment` and the metrics. Points have their segment's colour.
    """
    if not len(drawn) or len(columns) < 2:
        return nothing(mode, say("No customers in this selection"))
    of, size = tokens(mode), len(columns)
    place = {item.name: at for at, item in enumerate(found.columns)}
    codes = drawn["segment"].cat.codes.to_numpy()
    many = len(drawn["segment"].cat.categories)
    steps = [[edge / many, segment_color(code, mode)] for code in range(many) for edge in (code, code + 1)]
    values = {item.name: _stretched(drawn[item.name].to_numpy(dtype=float, na_value=np.nan)) for item in columns}
    traces: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    layout: dict[str, Any] = {}
    width = (1 + _GAP) / size - _GAP
    for row in range(size):
        for column in range(size):
            number = row * size + column + 1
            x0, y0 = column * (width + _GAP), 1 - width - row * (width + _GAP)
            here = {"xaxis": f"x{number}", "yaxis": f"y{number}"}
            bare = {"showgrid": False, "zeroline": False, "showticklabels": False, "ticks": "", "showline": True}
            frame = {**bare, "linecolor": of["line"], "mirror": True, "automargin": False}
            layout[f"xaxis{number}"] = {**frame, "domain": [x0, x0 + width], "anchor": f"y{number}"}
            layout[f"yaxis{number}"] = {**frame, "domain": [y0, y0 + width], "anchor": f"x{number}"}
            one, other = columns[column], columns[row]
            if row == column:
                traces.append(_small_histogram(spreads[row], here, of))
                notes.append(_in_cell(one.label, x0 + width / 2, y0 + width, of["ink"], 12, "top"))
            elif row > column:
                traces.append(
                    {
                        "type": "scatter",
                        "mode": "markers",
                        **here,
                        "x": typed(values[one.name]),
                        "y": typed(values[other.name]),
                        "marker": {
                            "size": 3,
                            "opacity": 0.65,
                            "color": typed(codes, "i1"),
                            "cmin": -0.5,
                            "cmax": many - 0.5,
                            "colorscale": steps,
                        },
                        "hoverinfo": "skip",
                    }
                )
            else:
                at = (place.get(one.name), place.get(other.name))
                r = float(found.r[at[0], at[1]]) if at[0] is not None and at[1] is not None else float("nan")
                text = formats.NOTHING if np.isnan(r) else formats.number(r, 2).replace("-", formats.MINUS)
                strength = 0 if np.isnan(r) else abs(r)
                traces.append({"type": "scatter", "x": [0], "y": [0], **here, "opacity": 0, "hoverinfo": "skip"})
                notes.append(
                    _in_cell(text, x0 + width / 2, y0 + width / 2, of["ink"], round(14 + 10 * strength), "middle")
                )
    return figure(traces, mode, showlegend=False, annotations=notes, margin={"l": 6, "r": 6, "t": 6, "b": 6}, **layout)


def _stretched(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Values as they are drawn: a long tail would press all others into a corner, so it is drawn on a logarithmic scale."""
    known = values[~np.isnan(values)]
    if len(known) and known.min() >= 0 and known.max() > 10 * max(float(np.median(known)), 1e-12):
        values = np.log1p(values)
    return values


def _small_histogram(spread: Distribution, here: dict[str, str], of: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "bar",
        **here,
        "x": list(range(len(spread.bins))),
        "y": [item.customers for item in spread.bins],
        "width": 1,
        "marker": {"color": of["line"]},
        "hoverinfo": "skip",
    }


def _in_cell(text: str, x: float, y: float, color: str, size: int, anchor: str) -> dict[str, Any]:
    return {
        "text": text,
        "x": x,
        "y": y,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "center",
        "yanchor": anchor,
        "showarrow": False,
        "font": {"size": size, "color": color},
    }
