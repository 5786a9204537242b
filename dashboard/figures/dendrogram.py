"""A dendrogram, drawn: branches in the colours of the groups that the cut gives, and the cut as a line that can be dragged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from analytics.clusters import Tree
from analytics.clusters.dendrogram import order, span
from analytics.text import say
from dashboard import formats
from dashboard.figures.base import Figure, figure, typed
from dashboard.figures.clusters import people_of
from dashboard.theme import SYMBOLS, Mode, cluster_color, tokens

_MOST_IN_LEGEND = 8
_HEADROOM = 1.06


def cut_height(tree: Tree) -> float:
    """Where the line of the tree's own cut is drawn: in the middle of the heights that give its groups."""
    if tree.k == 1:
        return float(tree.heights[-1]) * (1 + _HEADROOM) / 2
    low, high = span(tree, tree.k)
    return (low + high) / 2


def cut_line(height: float, mode: Mode) -> dict[str, Any]:
    """The cut, from side to side at a height."""
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": height,
        "y1": height,
        "line": {"color": tokens(mode)["ink"], "width": 4, "dash": "dash"},
        "label": {
            "text": say("↕ drag"),
            "textposition": "end",
            "yanchor": "bottom",
            "padding": 6,
            "font": {"size": 12, "color": tokens(mode)["ink-2"]},
        },
    }


def dendrogram(
    tree: Tree, codes: Sequence[int] | None, names: Sequence[str], customers: Sequence[int], mode: Mode
) -> Figure:
    """The tree with its cut.

    Args:
        codes: the segment of each of the tree's groups; None while it is being found, and then the branches have no colours.
        names: of each segment.
        customers: in each segment.
    """
    of = tokens(mode)
    ordered = order(tree.merges, tree.sizes)
    traces = [_trunk(tree, ordered, of["ink-3"])]
    for group in sorted(range(tree.k), key=lambda place: codes[place] if codes else place):
        code = codes[group] if codes else None
        branch = _branches(tree, ordered, group)
        color = of["ink-3"] if code is None else cluster_color(code, mode)
        symbol = SYMBOLS[0] if code is None else SYMBOLS[code % len(SYMBOLS)]
        told = (
            {"hoverinfo": "skip"}
            if code is None
            else {
                "name": names[code],
                "meta": say("{name}: {n} customers", name=names[code], n=formats.number(customers[code])),
                "customdata": [people_of(names[code])] * len(branch[0]),
                "hovertemplate": "%{meta}<extra></extra>",
            }
        )
        leaves = np.flatnonzero(tree.groups[ordered] == group)
        traces.append(_line(branch, color, 2.5) | told | {"showlegend": False})
        traces.append(_leaves(leaves, color, symbol) | _of_leaves(told, tree.sizes[ordered[leaves]]))
    top = float(tree.heights[-1]) * _HEADROOM or 1.0
    return figure(
        traces,
        mode,
        xaxis={
            "tickmode": "array",
            "tickvals": list(range(tree.bundles)),
            "ticktext": [formats.compact(size) for size in tree.sizes[ordered]],
            "tickangle": -90,
            "ticks": "outside",
            "ticklen": 7,
            "tickcolor": "rgba(0,0,0,0)",
            "tickfont": {"size": 11, "color": of["ink-2"]},
            "range": [-0.8, tree.bundles - 0.2],
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
            "title": {"text": say("customers in each bundle")},
        },
        yaxis={
            "range": [0, top],
            "zeroline": False,
            "fixedrange": True,
            "nticks": 6,
            "title": {"text": say("how different (height)")},
        },
        shapes=[cut_line(cut_height(tree), mode)],
        showlegend=codes is not None and tree.k <= _MOST_IN_LEGEND,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "itemclick": False, "itemdoubleclick": False},
        hovermode="closest",
        margin={"l": 8, "r": 12, "t": 44, "b": 8},  # room for the legend, so that nothing jumps when it comes
    )  # fmt: skip


Path = tuple[list[float], list[float]]
"""The corners of lines, with a gap after each."""


def _places(tree: Tree, ordered: np.ndarray[Any, Any]) -> tuple[list[float], list[float]]:
    """Where each node stands, and how high it begins."""
    across, up = np.empty(tree.bundles), [0.0] * tree.bundles
    across[ordered] = np.arange(tree.bundles)
    places = across.tolist()
    for (one, other), height in zip(tree.merges, tree.heights, strict=True):
        places.append((places[one] + places[other]) / 2)
        up.append(float(height))
    return places, up


def _group_of(tree: Tree) -> list[int | None]:
    """The group that each node is in; None where the cut parts what it joins."""
    found: list[int | None] = tree.groups.tolist()
    for one, other in tree.merges:
        found.append(found[one] if found[one] == found[other] else None)
    return found


def _branches(tree: Tree, ordered: np.ndarray[Any, Any], group: int | None) -> Path:
    """The lines of a group, the one by which it joins the next included; of None those above every group."""
    places, up = _places(tree, ordered)
    of = _group_of(tree)
    across: list[float] = []
    along: list[float] = []
    for merge, (one, other) in enumerate(tree.merges):
        height = float(tree.heights[merge])
        for node in (one, other):
            if of[node] == group:
                across += [places[node], places[node], np.nan]
                along += [up[node], height, np.nan]
        if of[tree.bundles + merge] == group:
            across += [places[one], places[tree.bundles + merge], places[other], np.nan]
            along += [height, height, height, np.nan]
    return across, along


def _line(path: Path, color: str, width: float) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": typed(path[0], "f8"),
        "y": typed(path[1], "f8"),
        "line": {"color": color, "width": width},
    }


def _trunk(tree: Tree, ordered: np.ndarray[Any, Any], color: str) -> dict[str, Any]:
    return _line(_branches(tree, ordered, None), color, 1.5) | {"hoverinfo": "skip", "showlegend": False}


def _leaves(leaves: np.ndarray[Any, Any], color: str, symbol: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": typed(leaves, "f8"),
        "y": typed(np.zeros(len(leaves)), "f8"),
        "cliponaxis": False,
        "marker": {"color": color, "symbol": symbol, "size": 9},
    }


def _of_leaves(told: dict[str, Any], sizes: np.ndarray[Any, Any]) -> dict[str, Any]:
    """What hovering over a leaf says beside what its group says."""
    if "name" not in told:
        return told | {"showlegend": False}
    return told | {
        "customdata": told["customdata"][:1] * len(sizes),
        "hovertext": [say("{n} of them are in this bundle", n=formats.number(size)) for size in sizes],
        "hovertemplate": "%{meta}<br>%{hovertext}<extra></extra>",
    }
