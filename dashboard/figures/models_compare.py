"""Models side by side: one measure of each with its interval, and what the rules of thumb are worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.text import say
from dashboard.figures.base import Figure, figure, nothing, typed
from dashboard.theme import Mode, tokens


@dataclass(frozen=True, slots=True)
class Compared:
    """A model, or a rule of thumb, and one figure of it."""

    name: str
    label: str
    value: float
    written: str
    low: float | None = None
    high: float | None = None
    between: str = ""
    """The interval in words."""
    is_best: bool = False
    is_shown: bool = False
    """Whether it is the one that is looked at."""
    is_rule: bool = False


def dots(compared: Sequence[Compared], title: str, tickformat: str, mode: Mode) -> Figure:
    """A dot and an interval for each model, a hollow square for each rule of thumb, one under the other in their order."""
    of = tokens(mode)
    drawn = [one for one in compared if one.value == one.value]
    if not drawn:
        return nothing(mode, say("This measure is not defined on these cases"))
    colors = [of["ink-3"] if one.is_rule else of["accent"] for one in drawn]
    above = [max(0.0, (one.high if one.high is not None else one.value) - one.value) for one in drawn]
    below = [max(0.0, one.value - (one.low if one.low is not None else one.value)) for one in drawn]
    rules = [one for one in drawn if one.is_rule]
    trace = {
        "type": "scatter",
        "mode": "markers+text",
        "x": typed([one.value for one in drawn], "f8"),
        "y": [one.label for one in drawn],
        "customdata": [one.name for one in drawn],
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": typed(above, "f8"),
            "arrayminus": typed(below, "f8"),
            "color": of["accent"],
            "thickness": 2,
            "width": 0,
        },
        "marker": {
            "size": [15 if one.is_best else 11 for one in drawn],
            "symbol": ["square-open" if one.is_rule else "star" if one.is_best else "circle" for one in drawn],
            "color": colors,
            "opacity": 1,
            "line": {
                "width": [2.5 if one.is_shown else 1.5 if one.is_rule else 0 for one in drawn],
                "color": [of["ink-3"] if one.is_rule else of["ink"] for one in drawn],
            },
        },
        "text": [one.written for one in drawn],
        "textposition": "top center",
        "textfont": {"size": 11, "color": of["ink-2"]},
        "cliponaxis": False,
        "hovertext": [_hover(one) for one in drawn],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    lines = [
        {"type": "line", "x0": one.value, "x1": one.value, "y0": 0, "y1": 1, "yref": "paper", "layer": "below",
         "line": {"color": of["line"], "width": 1, "dash": "dot"}}
        for one in rules
    ]  # fmt: skip
    return figure(
        [trace],
        mode,
        showlegend=False,
        hovermode="closest",
        margin={"l": 8, "r": 24, "t": 16, "b": 8},
        xaxis={"title": {"text": title}, "tickformat": tickformat, "nticks": 7, "zeroline": False},
        yaxis={
            "categoryorder": "array",
            "categoryarray": [one.label for one in reversed(drawn)],
            "showgrid": True,
            "ticks": "",
            "range": [-0.6, len(drawn) - 0.3],
        },
        shapes=lines,
    )


def _hover(one: Compared) -> str:
    lines = [say("<b>{model}</b>", model=one.label), one.written]
    if one.between:
        lines.append(say("{interval} in 95 of 100 such test parts", interval=one.between))
    if one.is_best:
        lines.append(say("best in the folds of the training part"))
    if not one.is_rule:
        lines.append(say("shown now") if one.is_shown else say("click to look at this model"))
    return "<br>".join(lines)
