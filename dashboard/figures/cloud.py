"""The customers as points: in three principal components, or in two of them, where one can draw around them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from analytics.clusters import Frame, Projection, Spread
from analytics.metrics import is_metric, metric
from analytics.segmentation import Segment, Segmentation
from analytics.text import say
from dashboard import formats
from dashboard.figures.base import Figure, figure, nothing, on_lines, typed
from dashboard.figures.points import Look, Rows, color_of, hover_card, numbers_of, places, shape_of, sizes
from dashboard.theme import Mode, tokens

_MOST_ARROWS: Final = 6
_LEAST_ARROW: Final = 0.35
"""An arrow shorter than this share of the longest says little, and is left out."""
_MOST_LABELS: Final = 12
_CAMERA: Final = {"eye": {"x": 0.7, "y": 1.45, "z": 0.62}, "center": {"x": 0, "y": 0, "z": -0.18}}
"""Where the picture is seen from at first."""


def drawing_order(segments: Sequence[Segment]) -> tuple[int, ...]:
    """The code of each of the picture's traces: customers in no group are drawn first, behind the others."""
    noise = [code for code, group in enumerate(segments) if group.is_noise]
    return (*noise, *(code for code, group in enumerate(segments) if not group.is_noise))


def cloud(found: Segmentation, rows: Rows, whole: Frame, spread: Spread | None, look: Look, mode: Mode) -> Figure:
    """Each customer of `rows` a point, coloured and shaped by group. Trace n is the group `drawing_order` has in place n."""
    if not len(rows):
        return nothing(mode, say("No customers in this selection"))
    assert found.clustering is not None  # noqa: S101 - it is one
    points = found.clustering.projection.points[rows]
    traces = customer_traces(found, rows, points, spread, look, mode)
    return _flat(found, traces, rows, whole, look, mode) if look.axes else _deep(found, traces, whole, look, mode)


def customer_traces(
    found: Segmentation, rows: Rows, points: Rows, spread: Spread | None, look: Look, mode: Mode
) -> list[dict[str, Any]]:
    """A trace per group, in the drawing order; `points` are the places of the customers of `rows`, shape (rows, dimensions)."""
    hover = hover_card(found, rows, look)
    values = numbers_of(found, look.size, rows) if spread and look.size else None
    traces = []
    for code in drawing_order(found.segments):
        group = found.segments[code]
        mine = found.codes[rows] == code
        traces.append(
            {
                **places(points[mine], look),
                "mode": "markers",
                "name": on_lines(group.name, 40),
                "showlegend": bool(mine.any()),
                "marker": {
                    **sizes(values[mine] if values is not None else None, spread, look, len(rows)),
                    "color": color_of(code, group, mode),
                    "symbol": shape_of(code, group),
                    "opacity": 0.6 if group.is_noise else 0.8,
                    "line": {"width": 0},
                },
                "text": hover.ids[mine].tolist(),
                "customdata": [list(row) for row in zip(*(column[mine] for column in hover.values), strict=True)],
                "meta": group.name,
                "hovertemplate": hover.template,
            }
        )
    return traces


# Arrows: what a direction means


def arrows(projection: Projection, names: Sequence[str], places: Sequence[int], reach: float) -> list[tuple[str, Rows]]:
    """The metrics that tell what the shown components mean, as arrows (Gabriel 1971): label and tip, shape (components,).

    An arrow is as long as the metric varies along the components that are shown; the longest reaches as far as most
    customers lie. At most six, and none that is much shorter than the longest.
    """
    weights = np.array([projection.loadings[place] for place in places if place < len(projection.loadings)])
    if not len(weights):
        return []
    explained = np.array(projection.explained)[list(places)[: len(weights)]]
    tips = np.zeros((len(names), len(places)))
    tips[:, : len(weights)] = (weights * np.sqrt(np.maximum(explained, 0))[:, None]).T
    lengths = np.linalg.norm(tips, axis=1)
    longest = float(lengths.max())
    if longest <= 0:
        return []
    chosen = [
        place
        for place in np.argsort(-lengths, kind="stable")[:_MOST_ARROWS]
        if lengths[place] >= _LEAST_ARROW * longest
    ]
    labels = [say(metric(name).label) if is_metric(name) else name for name in names]
    return [(labels[place], tips[place] / longest * reach) for place in chosen]


# Three dimensions


def _deep(found: Segmentation, traces: list[dict[str, Any]], whole: Frame, look: Look, mode: Mode) -> Figure:
    of = tokens(mode)
    assert found.clustering is not None  # noqa: S101 - it is one
    projection = found.clustering.projection
    if look.with_arrows:
        for label, tip in arrows(projection, found.clustering.space.names, (0, 1, 2), whole.reach):
            traces.append(_arrow(label, tip, of["ink"]))
    axes = {
        f"{letter}axis": {
            "title": {"text": component_title(projection, place), "font": {"size": 12, "color": of["ink-2"]}},
            "range": [whole.low[place], whole.high[place]],
            "showspikes": False,
            "nticks": 5,
        }
        for place, letter in enumerate("xyz")
    }
    return figure(
        traces,
        mode,
        scene={
            **axes,
            "camera": dict(look.camera or _CAMERA),
            "dragmode": "orbit",
            "aspectmode": "manual",
            "aspectratio": {"x": 1.9, "y": 1.0, "z": 0.85},  # as wide as its place on the page
        },
        legend=legend(look),
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        uirevision="cloud-3",
        meta={"basis": ""},
    )


def _arrow(label: str, tip: Rows, color: str) -> dict[str, Any]:
    ends = np.stack([np.zeros(3), tip])
    return {
        "type": "scatter3d",
        "mode": "lines+markers+text",
        **{axis: typed(ends[:, at]) for at, axis in enumerate("xyz")},
        "line": {"color": color, "width": 4},
        "marker": {"size": [0, 5], "symbol": "diamond", "color": color},
        "text": ["", f"<b>{label}</b>"],
        "textposition": "top center",
        "textfont": {"color": color, "size": 12},
        "hovertemplate": say("Customers this way have more {metric}.", metric=label) + "<extra></extra>",
        "showlegend": False,
    }


def component_title(projection: Projection, place: int) -> str:
    """`PC1 (62%)`."""
    return say("PC{n} ({share})", n=place + 1, share=formats.share(projection.explained[place], 0))


def legend(look: Look) -> dict[str, Any]:
    at = {"orientation": "h", "x": 0, "xanchor": "left", "y": -0.02, "yanchor": "top"}
    return {**at, "itemsizing": "constant", "itemclick": "toggle", "font": {"size": 11 if look.is_narrow else 12.5}}


# Two dimensions


def _flat(
    found: Segmentation, traces: list[dict[str, Any]], rows: Rows, whole: Frame, look: Look, mode: Mode
) -> Figure:
    of = tokens(mode)
    assert found.clustering is not None  # noqa: S101 - it is one
    assert look.axes is not None  # noqa: S101 - the picture is flat
    projection = found.clustering.projection
    x, y = (axis - 1 for axis in look.axes)
    tips = arrows(projection, found.clustering.space.names, (x, y), whole.reach) if look.with_arrows else []
    notes = [_flat_arrow(tip, of["ink"]) for _, tip in tips]
    points = projection.points[rows][:, [x, y]]
    space = np.array(whole.low)[[x, y]], np.array(whole.high)[[x, y]]
    notes += labels(found, rows, points, tips, space, look, mode)
    axes = {
        f"{letter}axis": {
            "title": {"text": component_title(projection, place)},
            "range": [whole.low[place], whole.high[place]],
            "zeroline": True,
            "nticks": 6,
        }
        for letter, place in (("x", x), ("y", y))
    }
    line = {"color": of["ink"], "width": 1.5, "dash": "dot"}
    path = "M" + "L".join(f"{a},{b}" for a, b in look.area) + "Z" if look.area else ""
    drawn = [{"type": "path", "path": path, "xref": "x", "yref": "y", "line": line}] if path else []
    return figure(
        traces,
        mode,
        **axes,
        annotations=notes,
        selections=drawn,
        newselection={"line": line},
        activeselection={"fillcolor": of["accent"], "opacity": 0.08},
        dragmode=False if look.is_narrow else "lasso",
        hovermode="closest",
        showlegend=not look.is_narrow,
        legend={**legend(look), "y": -0.14},
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        uirevision=f"cloud-{look.axes[0]}{look.axes[1]}",
        selectionrevision=look.basis + path,
        meta={"basis": look.basis},
    )


def _flat_arrow(tip: Rows, color: str) -> dict[str, Any]:
    return {
        "x": float(tip[0]),
        "y": float(tip[1]),
        "ax": 0,
        "ay": 0,
        "xref": "x",
        "yref": "y",
        "axref": "x",
        "ayref": "y",
        "text": "",
        "showarrow": True,
        "arrowhead": 3,
        "arrowwidth": 2,
        "arrowcolor": color,
    }


def labels(
    found: Segmentation,
    rows: Rows,
    points: Rows,
    tips: Sequence[tuple[str, Rows]],
    extent: tuple[Rows, Rows],
    look: Look,
    mode: Mode,
) -> list[dict[str, Any]]:
    """The groups' names where the groups are, at the median of those drawn, and the metrics' at the tips of their arrows.

    Where they would meet they are moved apart, in pixels of a screen of the usual size. `points` are the places of the customers
    of `rows`, shape (rows, 2), and the extent is the lowest place and the highest that are shown.
    """
    of, codes = tokens(mode), found.codes[rows]
    counts = np.bincount(codes, minlength=len(found.segments))
    named = [int(code) for code in np.argsort(-counts, kind="stable")[:_MOST_LABELS] if counts[code]]
    if not look.is_narrow:  # those in no group lie everywhere, and the legend names them; a phone has none
        named = [code for code in named if not found.segments[code].is_noise]
    letters, space = (16, (330.0, 380.0)) if look.is_narrow else (26, (900.0, 440.0))
    texts = [on_lines(found.segments[code].name, letters) for code in named]
    looks = [
        {
            "bgcolor": of["surface"],
            "bordercolor": color_of(code, found.segments[code], mode),
            "borderwidth": 2,
            "borderpad": 3,
            "opacity": 0.92,
        }
        for code in named
    ]
    places = [np.median(points[codes == code], axis=0) for code in named]
    places += [tip for _, tip in tips]
    texts += [label for label, _ in tips]
    boxes = np.array([(max(map(len, text.split("<br>"))) * 6.8 + 14, text.count("<br>") * 16 + 24) for text in texts])
    low, high = extent
    at = (np.array(places, dtype=float) - low) / (high - low) * space
    beside = np.zeros_like(at)
    if tips:  # a metric's name goes on where its arrow ends
        outwards = np.array([tip for _, tip in tips]) / (high - low) * space
        beside[len(named) :] = outwards / np.maximum(np.abs(outwards).max(axis=1, keepdims=True), 1e-9)
    moved = apart(at + beside * boxes / 2, boxes, space) - at
    return [
        {
            "x": float(place[0]),
            "y": float(place[1]),
            "xshift": round(float(shift[0])),
            "yshift": round(float(shift[1])),
            "text": f"<b>{text}</b>" if frame else text,
            "showarrow": False,
            "font": {"size": 12, "color": of["ink"]},
            "captureevents": False,
            **frame,
        }
        for place, text, shift, frame in zip(places, texts, moved, [*looks, *({} for _ in tips)], strict=True)
    ]


def apart(at: Rows, sizes: Rows, space: tuple[float, float]) -> Rows:
    """The places of labels in pixels, shape (labels, 2), moved as little as it takes until none lies over another.

    Two that meet give way to one another along the direction in which they overlap less; none leaves the space.
    """
    half = np.minimum(sizes / 2, np.array(space) / 2)
    placed: Rows = np.clip(at.astype(float), half, np.array(space) - half)
    for _ in range(60):
        has_moved = False
        for one in range(len(placed)):
            for other in range(one + 1, len(placed)):
                between = placed[other] - placed[one]
                overlap = half[one] + half[other] - np.abs(between)
                if (overlap <= 0.5).any():
                    continue
                way = int(overlap.argmin())
                step = overlap[way] / 2 * (1 if between[way] >= 0 else -1)
                placed[one, way] -= step
                placed[other, way] += step
                has_moved = True
        placed = np.clip(placed, half, np.array(space) - half)
        if not has_moved:
            break
    return placed
