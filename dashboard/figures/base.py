"""The pieces that figures are made of. A figure is a plain dict with typed arrays: building one costs microseconds."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pandas as pd

from dashboard.theme import Mode, template

Figure = dict[str, Any]


def typed(values: Any, dtype: str = "f4") -> dict[str, Any]:
    """Numbers as Plotly's typed array: `f4`, `f8`, `i4`, `i2`, `i1`; two-dimensional ones with their shape."""
    array = np.ascontiguousarray(values, dtype=np.dtype(dtype).newbyteorder("<"))
    told: dict[str, Any] = {"dtype": dtype, "bdata": base64.b64encode(array.tobytes()).decode("ascii")}
    if array.ndim > 1:
        told["shape"] = ", ".join(map(str, array.shape))
    return told


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a small table, for hover texts."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def figure(data: list[dict[str, Any]], mode: Mode, **layout: Any) -> Figure:
    """Traces and a layout in the look of the whole product."""
    return {"data": data, "layout": {"template": template(mode), "autosize": True, **layout}}


def nothing(mode: Mode, sentence: str) -> Figure:
    """What a chart shows when there is nothing to draw: a sentence, not an empty frame."""
    hidden = {"visible": False}
    note = {
        "text": on_lines(sentence, 42),
        "showarrow": False,
        "xref": "paper",
        "yref": "paper",
        "x": 0.5,
        "y": 0.5,
        "font": {"size": 14},
    }
    invisible = {
        "type": "scatter",
        "x": [0],
        "y": [0],
        "mode": "markers",
        "marker": {"opacity": 0},
        "hoverinfo": "skip",
    }
    return figure([invisible], mode, xaxis=hidden, yaxis=hidden, annotations=[note])


def on_lines(sentence: str, letters: int) -> str:
    """The sentence on lines of so many letters: a chart does not break lines by itself."""
    lines = [""]
    for word in sentence.split():
        if lines[-1] and len(lines[-1]) + len(word) >= letters:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    return "<br>".join(lines)
