"""Crowds, drawn: how far off neighbours are, and what becomes of the groups as one asks for more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from analytics.clusters import KDistances, Quality, Value
from analytics.text import say
from dashboard.figures.base import Figure, figure, typed
from dashboard.theme import Mode, tokens


def k_distance_curve(curve: KDistances, eps: float, mode: Mode) -> Figure:
    """Each customer's distance to its so-manieth neighbour, the bend, and the distance in use; a click chooses a distance."""
    of = tokens(mode)
    distances = [float(f"{distance:.3g}") for distance in curve.distances]
    share = curve.ranks / curve.customers
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": typed(share, "f8"),
        "y": typed(distances, "f8"),
        "customdata": distances,
        "line": {"color": of["cluster-1"], "width": 2.5},
        "marker": {"size": 9, "opacity": 0},
        "hovertemplate": say(
            "{share} of customers have {n} within {distance}<extra></extra>",
            share="%{x:.1%}",
            n=curve.min_samples,
            distance="%{y:.3f}",
        ),
        "showlegend": False,
    }
    used = {
        "type": "scatter",
        "mode": "lines",
        "x": [0, 1],
        "y": [eps, eps],
        "line": {"color": of["ink-2"], "width": 1.5, "dash": "dash"},
        "hoverinfo": "skip",
        "name": say("in use: {eps}", eps=f"{eps:.3g}"),
    }
    knee = {
        "type": "scatter",
        "mode": "markers",
        "x": [float(share[curve.knee])],
        "y": [float(curve.distances[curve.knee])],
        "customdata": [curve.eps],
        "marker": {
            "size": 14,
            "symbol": "star",
            "color": of["cluster-2"],
            "line": {"color": of["surface"], "width": 1},
        },
        "hovertemplate": say("The bend: {eps}<extra></extra>", eps=f"{curve.eps:.3g}"),
        "name": say("the bend: {eps}", eps=f"{curve.eps:.3g}"),
    }
    return figure(
        [line, used, knee],
        mode,
        xaxis={"title": {"text": say("customers, the nearest first")}, "tickformat": ".0%", "range": [-0.01, 1.02]},
        yaxis={
            "title": {"text": say("distance to the nearest {n}", n=curve.min_samples)},
            "rangemode": "tozero",
            "nticks": 6,
        },
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        margin={"l": 8, "r": 12, "t": 8, "b": 8},
        hovermode="closest",
    )


def scan_curves(
    qualities: Sequence[Quality], left_out: Sequence[float], proposed: Value, used: Value, label: str, mode: Mode
) -> Figure:
    """Groups found, customers in none and silhouette over the values that were tried; a click chooses one."""
    of = tokens(mode)
    values = np.log([float(one.value) for one in qualities])
    places = list(range(len(values)))
    here = float(np.interp(np.log(float(used)), values, places))
    shapes = ["x" if one.degenerate else "star" if one.value == proposed else "circle" for one in qualities]
    sizes = [15 if one.value == used else 9 for one in qualities]
    rows: tuple[tuple[str, Sequence[float], str, str], ...] = (
        (say("Groups"), [one.k for one in qualities], "cluster-1", ",.0f"),
        (say("Customers in no group"), left_out, "cluster-2", ".0%"),
        (say("Silhouette"), [one.silhouette for one in qualities], "cluster-5", ".2f"),
    )
    traces: list[dict[str, Any]] = []
    layout: dict[str, Any] = {}
    heads = []
    for place, (name, heights, color, form) in enumerate(rows):
        number = "" if place == 0 else str(place + 1)
        bottom = 1 - (place + 1) / 3 + 0.02
        top = 1 - place / 3 - 0.075
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "x": places,
                "y": typed(heights, "f8"),
                "yaxis": f"y{number}",
                "customdata": [one.value for one in qualities],
                "line": {"color": of[color], "width": 2},
                "marker": {
                    "size": sizes,
                    "symbol": shapes,
                    "color": of[color],
                    "line": {"color": of["surface"], "width": 1},
                },
                "hovertext": [
                    one.degenerate or (say("proposed") if one.value == proposed else "") for one in qualities
                ],
                "hovertemplate": f"{label} %{{customdata:,}}<br>{name}: %{{y:{form}}}<br>%{{hovertext}}<extra></extra>",
                "showlegend": False,
            }
        )
        least = min([0.0, *heights])
        span = (max([*heights, least]) - least) or 1.0
        layout[f"yaxis{number}"] = {
            "domain": [bottom, top],
            "range": [least - 0.14 * span, least + 1.16 * span],
            "nticks": 4,
            "tickformat": form,
            "zeroline": True,
        }
        heads.append(
            {"text": name, "x": 0, "y": top, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom",
             "yshift": 2, "showarrow": False, "font": {"size": 12.5, "color": of["ink-2"]}}
        )  # fmt: skip
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": [here] * 2,
                "y": layout[f"yaxis{number}"]["range"],
                "yaxis": f"y{number}",
                "line": {"color": of["ink-3"], "width": 1, "dash": "dot"},
                "hoverinfo": "skip",
                "showlegend": False,
            }
        )
    return figure(
        traces,
        mode,
        xaxis={
            "anchor": "y3",
            "title": {"text": label},
            "tickvals": places,
            "ticktext": [f"{one.value:,}" if one.value == int(one.value) else f"{one.value:.2g}" for one in qualities],
            "range": [-0.35, len(places) - 0.65],
            "zeroline": False,
            "tickangle": 0,
            "showgrid": False,
        },
        annotations=heads,
        margin={"l": 8, "r": 14, "t": 8, "b": 8},
        hovermode="closest",
        **layout,
    )
