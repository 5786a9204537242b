"""The customers as points of a flat map on which those who are alike are near one another."""

from __future__ import annotations

import numpy as np

from analytics.clusters import Spread
from analytics.segmentation import CustomerMap, Segmentation
from analytics.text import say
from dashboard.figures.base import Figure, figure, nothing
from dashboard.figures.cloud import customer_traces, labels, legend
from dashboard.figures.points import Look, Rows
from dashboard.theme import Mode


def map_figure(
    found: Segmentation, laid_out: CustomerMap, at: Rows, spread: Spread | None, look: Look, mode: Mode
) -> Figure:
    """Each customer of `at`, which are places among the map's own rows, a point; traces in the order of the cloud's.

    The axes have no numbers, as the map has no unit: only who is near whom means something.
    """
    if not len(at):
        return nothing(mode, say("No customers in this selection"))
    low, high = laid_out.points.min(axis=0), laid_out.points.max(axis=0)
    margin = np.where(high > low, (high - low) * 0.04, 0.5)
    low, high = (low - margin).astype(float), (high + margin).astype(float)
    rows, points = laid_out.rows[at], laid_out.points[at]
    traces = customer_traces(found, rows, points, spread, look, mode)
    notes = labels(found, rows, points, (), (low, high), look, mode)
    bare = {"showticklabels": False, "ticks": "", "showgrid": False, "zeroline": False, "title": {"text": ""}}
    return figure(
        traces,
        mode,
        xaxis={**bare, "range": [float(low[0]), float(high[0])]},
        yaxis={**bare, "range": [float(low[1]), float(high[1])]},
        annotations=notes,
        dragmode=False if look.is_narrow else "pan",
        hovermode="closest",
        showlegend=not look.is_narrow,
        legend={**legend(look), "y": -0.04},
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        # What is drawn around customers is kept as a place among the components, which a map does not have
        modebar={"remove": ["lasso2d", "select2d"]},
        uirevision="cloud-map",
        meta={"basis": ""},
    )
