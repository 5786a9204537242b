"""Clusters, drawn: how many, where they lie, how they differ."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from analytics.clusters import KQuality
from analytics.metrics import metric
from analytics.segmentation import CLUSTER, Segment, Segmentation
from analytics.text import say
from dashboard import formats
from dashboard.figures.base import Figure, figure, nothing, typed
from dashboard.theme import SYMBOLS, Mode, cluster_color, tokens

MOST_POINTS = 6_000
"""Above this many customers a fair sample is drawn, every cluster in it."""


def quality_curves(qualities: Sequence[KQuality], proposed: int, k: int, mode: Mode) -> Figure:
    """Silhouette and inertia over the number of groups; a click chooses the number."""
    of = tokens(mode)
    ks = [tried.k for tried in qualities]
    best = ks.index(proposed)
    sizes = [13 if tried.k == k else 8 for tried in qualities]
    shapes = ["x" if tried.degenerate else "star" if tried.k == proposed else "circle" for tried in qualities]

    def curve(values: list[float], color: str, label: str, axis: str, form: str) -> dict[str, Any]:
        return {
            "type": "scatter",
            "mode": "lines+markers",
            "x": ks,
            "y": typed(values, "f8"),
            "name": label,
            "line": {"color": color, "width": 2},
            "marker": {"size": sizes, "symbol": shapes, "color": color, "line": {"color": of["surface"], "width": 1}},
            "xaxis": f"x{axis}",
            "yaxis": f"y{axis}",
            "customdata": ks,
            "hovertext": [tried.degenerate for tried in qualities],
            "hovertemplate": f"%{{x}} groups<br>{label} %{{y:{form}}}<br>%{{hovertext}}<extra></extra>",
            "showlegend": False,
        }

    silhouettes = [tried.silhouette for tried in qualities]
    star = {
        "x": proposed,
        "y": silhouettes[best],
        "text": say("proposed"),
        "showarrow": False,
        "yshift": 16,
        "xanchor": "left" if best == 0 else "center",
        "font": {"size": 12, "color": of["ink-2"]},
    }
    heads = [
        {"text": text, "x": x, "y": 1.0, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom", "yshift": 6,
         "showarrow": False, "font": {"size": 12.5, "color": of["ink-2"]}}
        for text, x in ((say("Silhouette"), 0.0), (say("Inertia"), 0.56))
    ]  # fmt: skip
    here = {
        "type": "line",
        "x0": k,
        "x1": k,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "line": {"color": of["line"], "dash": "dot"},
    }
    return figure(
        [
            curve(silhouettes, of["cluster-1"], say("silhouette"), "", ".3f"),
            curve([tried.inertia for tried in qualities], of["cluster-5"], say("inertia"), "2", ",.0f"),
        ],
        mode,
        margin={"l": 8, "r": 12, "t": 34, "b": 8},
        xaxis={"domain": [0, 0.46], "dtick": 1, "title": {"text": say("groups")}, "showgrid": False},
        xaxis2={"domain": [0.56, 1], "dtick": 1, "anchor": "y2", "title": {"text": say("groups")}, "showgrid": False},
        yaxis={"nticks": 5},
        yaxis2={"anchor": "x2", "nticks": 5, "rangemode": "tozero", "tickformat": "~s"},
        annotations=[star, *heads],
        shapes=[here, {**here, "xref": "x2"}],
        hovermode="closest",
    )


def fair_sample(codes: np.ndarray[Any, Any], most: int = MOST_POINTS) -> np.ndarray[Any, Any]:
    """Row numbers of at most `most` customers: from every group in proportion, but at least fifty where it has them."""
    if len(codes) <= most:
        return np.arange(len(codes))
    draw = np.random.default_rng(0)
    taken = []
    for code in np.unique(codes):
        rows = np.flatnonzero(codes == code)
        size = min(len(rows), max(50, round(len(rows) / len(codes) * most)))
        taken.append(draw.choice(rows, size, replace=False))
    return np.sort(np.concatenate(taken))


def cloud(found: Segmentation, keep: np.ndarray[Any, Any] | None, mode: Mode) -> Figure:
    """Each customer a point in three principal components, coloured and shaped by cluster; a click means the cluster's people."""
    of = tokens(mode)
    assert found.projection is not None  # noqa: S101 - a clustering has one
    rows = np.arange(len(found.codes)) if keep is None else np.flatnonzero(keep)
    if not len(rows):
        return nothing(mode, say("No customers in this selection"))
    rows = rows[fair_sample(found.codes[rows])]
    frame, points = found.table.frame, found.projection.points
    traces = []
    for code, group in enumerate(found.segments):
        mine = rows[found.codes[rows] == code]
        if not len(mine):
            continue
        shown = frame.iloc[mine]
        traces.append(
            {
                "type": "scatter3d",
                "mode": "markers",
                "name": f"{group.name}",
                "x": typed(points[mine, 0]),
                "y": typed(points[mine, 1]),
                "z": typed(points[mine, 2]),
                "marker": {
                    "size": 3.2,
                    "color": cluster_color(code, mode),
                    "symbol": SYMBOLS[code % 8],
                    "opacity": 0.8,
                },
                "text": shown["customer_id"].tolist(),
                "customdata": [people_of(group.name)] * len(mine),
                "meta": group.name,
                "hovertemplate": say(
                    "<b>{name}</b><br>customer {customer}<extra></extra>", name="%{meta}", customer="%{text}"
                ),
            }
        )
    shares = found.projection.explained
    axes = {
        f"{letter}axis": {
            "title": {
                "text": say("PC{n} ({share})", n=place + 1, share=formats.share(shares[place], 0)),
                "font": {"size": 11, "color": of["ink-3"]},
            }
        }
        for place, letter in enumerate("xyz")
    }
    return figure(
        traces,
        mode,
        scene={**axes, "camera": {"eye": {"x": 1.35, "y": 1.35, "z": 0.75}}, "dragmode": "orbit", "aspectmode": "cube"},
        legend={"orientation": "h", "y": -0.02, "yanchor": "top", "x": 0, "itemsizing": "constant"},
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        uirevision="cloud",
    )


def profile_bars(groups: Sequence[tuple[int, Segment]], metrics: Sequence[str], currency: str, mode: Mode) -> Figure:
    """How far each chosen segment's metrics lie from everyone else's, in standard deviations."""
    if not groups:
        return nothing(mode, say("Choose groups to compare"))
    of = tokens(mode)
    named = [metric(name) for name in metrics]
    bars = []
    for code, group in groups:
        of_group = [group.profile.of(name) for name in metrics]
        bars.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": group.name,
                "y": [say(known.label) for known in named][::-1],
                "x": typed([item.effect for item in of_group][::-1], "f8"),
                "marker": {
                    "color": cluster_color(code, mode),
                    "pattern": {
                        "shape": ("", "/", ".", "x", "-", "+", "|", "\\")[code % 8],
                        "size": 6,
                        "solidity": 0.25,
                    },
                },
                "hovertext": [
                    say(
                        "<b>{name}</b><br>{metric}: {mean} on average, {median} typically"
                        "<br>others: {rest} on average, {rest_median} typically",
                        name=group.name,
                        metric=say(known.label),
                        mean=formats.in_unit(item.mean, known.unit, currency),
                        median=formats.in_unit(item.median, known.unit, currency),
                        rest=formats.in_unit(item.rest_mean, known.unit, currency),
                        rest_median=formats.in_unit(item.rest_median, known.unit, currency),
                    )
                    for known, item in zip(named, of_group, strict=True)
                ][::-1],
                "hovertemplate": "%{hovertext}<extra></extra>",
            }
        )
    return figure(
        bars,
        mode,
        barmode="group",
        bargap=0.25,
        xaxis={
            "title": {"text": say("standard deviations from everyone else")},
            "zeroline": True,
            "zerolinecolor": of["ink-3"],
        },
        yaxis={"showgrid": False, "ticksuffix": "  "},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        margin={"l": 8, "r": 12, "t": 8, "b": 8},
    )


def people_of(cluster: str) -> str:
    """The rule that a click on a cluster means."""
    return json.dumps({"column": CLUSTER, "is": "equal to", "value": cluster})
