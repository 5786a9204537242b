"""RFM segments and scores, drawn."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd

from analytics.text import say
from dashboard import formats
from dashboard.figures.base import Figure, figure, nothing, records, typed
from dashboard.theme import Mode, mixed, readable_on, segment_color, tokens


def segment_treemap(summary: pd.DataFrame, currency: str, mode: Mode) -> Figure:
    """A field per segment, as large as its customers; a click means its people."""
    shown = summary[summary["customers"] > 0]
    if shown.empty:
        return nothing(mode, say("No customers in this selection"))
    total = int(shown["customers"].sum())
    codes = [list(summary.index).index(name) for name in shown.index]
    tiles = {
        "type": "treemap",
        "labels": [say(name) for name in shown.index],
        "parents": [""] * len(shown),
        "values": typed(shown["customers"], "i4"),
        "marker": {
            "colors": [segment_color(code, mode) for code in codes],
            "line": {"width": 2, "color": tokens(mode)["surface"]},
            "pad": {"t": 0, "l": 0, "r": 0, "b": 0},
        },
        "text": [
            say("{n} · {share}", n=formats.number(count), share=formats.share(count / total, 0))
            for count in shown["customers"]
        ],
        "textinfo": "label+text",
        "textfont": {"size": 14, "color": [readable_on(segment_color(code, mode)) for code in codes]},
        "tiling": {"pad": 2, "packing": "squarify"},
        "pathbar": {"visible": False},
        "sort": True,
        "customdata": [json.dumps({"column": "segment", "is": "equal to", "value": name}) for name in shown.index],
        "hovertext": [
            say(
                "<b>{name}</b><br>{customers} customers<br>{revenue} revenue<br>last order {recency} days ago on average",
                name=say(str(name)),
                customers=formats.number(row["customers"]),
                revenue=formats.money(row["revenue"], currency),
                recency=formats.number(row["recency_days_mean"]),
            )
            for name, row in zip(shown.index, records(shown), strict=True)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    return figure([tiles], mode, margin={"l": 0, "r": 0, "t": 0, "b": 0})


def score_heatmap(
    customers: np.ndarray[Any, Any], revenue: np.ndarray[Any, Any], measure: str, currency: str, mode: Mode
) -> Figure:
    """Recency score upwards, frequency score to the right; a click means the people of the cell."""
    counted = revenue if measure == "revenue" else customers
    if not customers.sum():
        return nothing(mode, say("No customers in this selection"))
    of = tokens(mode)
    texts = [
        [
            formats.compact_money(revenue[r, f], currency) if measure == "revenue" else formats.number(customers[r, f])
            for f in range(5)
        ]
        for r in range(5)
    ]
    most = counted.max() or 1
    ink = [[readable_on(mixed(of["heat-low"], of["heat-high"], value / most)) for value in row] for row in counted]
    notes = [
        {
            "x": f,  # on a category axis a number is a place, counted from 0
            "y": r,
            "text": texts[r][f],
            "showarrow": False,
            "font": {"size": 13, "color": ink[r][f]},
        }
        for r in range(5)
        for f in range(5)
    ]
    cells = {
        "type": "heatmap",
        "x": ["1", "2", "3", "4", "5"],
        "y": ["1", "2", "3", "4", "5"],
        "z": typed(counted),
        "xgap": 3,
        "ygap": 3,
        "showscale": False,
        "colorscale": [[0, of["heat-low"]], [1, of["heat-high"]]],
        "zmin": 0,
        "customdata": [[_cell(r + 1, f + 1) for f in range(5)] for r in range(5)],
        "hovertext": [
            [
                say(
                    "Recency {r}, frequency {f}<br>{customers} customers<br>{revenue} revenue",
                    r=r + 1,
                    f=f + 1,
                    customers=formats.number(customers[r, f]),
                    revenue=formats.money(revenue[r, f], currency),
                )
                for f in range(5)
            ]
            for r in range(5)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    return figure(
        [cells],
        mode,
        annotations=notes,
        xaxis={"title": {"text": say("Frequency score: 5 buys most often")}, "type": "category", "showgrid": False},
        yaxis={"title": {"text": say("Recency score: 5 bought last")}, "type": "category", "showgrid": False},
    )


def _cell(recency: int, frequency: int) -> str:
    return json.dumps(
        {
            "all": [
                {"column": "recency_score", "is": "equal to", "value": recency},
                {"column": "frequency_score", "is": "equal to", "value": frequency},
            ]
        }
    )
