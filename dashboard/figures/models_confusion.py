"""How cases are called at a cut-off, against what they are: four fields, the darker the larger their share of the row."""

from __future__ import annotations

import numpy as np

from analytics.predict.evaluation.curves import Confusion
from analytics.text import say
from dashboard import formats
from dashboard.figures.base import Figure, figure, typed
from dashboard.theme import Mode, mixed, readable_on, tokens


def confusion_matrix(found: Confusion, answers: tuple[str, str], mode: Mode) -> Figure:
    """`answers` are the names of yes and no. A row is what cases are, a column how they are called."""
    of = tokens(mode)
    yes, no = answers
    counts = np.array([[found.true_yes, found.false_no], [found.false_yes, found.true_no]], dtype=float)
    sums = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, sums, out=np.zeros_like(counts), where=sums > 0)
    columns = [say("called '{answer}'", answer=yes), say("called '{answer}'", answer=no)]
    rows = [say("are '{answer}'", answer=yes), say("are '{answer}'", answer=no)]
    words = (
        (say("found"), say("missed")),
        (say("called wrongly"), say("left alone rightly")),
    )
    notes = [
        {
            "x": column,
            "y": row,
            "text": say(
                "<b>{n}</b><br>{what}, {share}",
                n=formats.number(counts[row][column]),
                what=words[row][column],
                share=formats.share(float(shares[row][column]), 0),
            ),
            "showarrow": False,
            "font": {
                "size": 14,
                "color": readable_on(mixed(of["heat-low"], of["heat-high"], float(shares[row][column]))),
            },
        }
        for row in range(2)
        for column in range(2)
    ]
    cells = {
        "type": "heatmap",
        "z": typed(shares, "f8"),
        "x": [0, 1],
        "y": [0, 1],
        "zmin": 0,
        "zmax": 1,
        "colorscale": [[0, of["heat-low"]], [1, of["heat-high"]]],
        "showscale": False,
        "xgap": 4,
        "ygap": 4,
        "hoverinfo": "skip",
    }
    return figure(
        [cells],
        mode,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis={
            "side": "top",
            "tickvals": [0, 1],
            "ticktext": columns,
            "showgrid": False,
            "zeroline": False,
            "ticks": "",
        },
        yaxis={
            "autorange": "reversed",
            "tickvals": [0, 1],
            "ticktext": rows,
            "showgrid": False,
            "zeroline": False,
            "ticks": "",
        },
        annotations=notes,
    )
