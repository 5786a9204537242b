"""How many groups, drawn: one measure over the numbers that were tried, and how well each customer fits its group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from analytics.clusters import NEAR_RANK, Panel, Quality
from analytics.text import say
from dashboard import formats
from dashboard.figures.base import Figure, figure, nothing, on_lines, typed
from dashboard.theme import Mode, cluster_color, tokens

MOST_POINTS: Final = 1_200
"""Customers of whom each has a point in the silhouette plot; of more, every second or third is drawn."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One of the figures by which numbers of groups are compared, in words."""

    name: str
    label: str
    meaning: str
    digits: int
    value: Callable[[Quality], float | None]
    less_is_better: bool = False
    is_share: bool = False

    def told(self, one: Quality) -> str:
        value = self.value(one)
        return formats.share(value) if self.is_share else formats.number(value, self.digits)


MEASURES: Final[tuple[Measure, ...]] = (
    Measure(
        "rank",
        "All together",
        "The mean of the ranks by silhouette, Davies-Bouldin, Calinski-Harabasz, elbow, gap and stability: 1 is best by each.",
        1,
        lambda one: one.rank,
        less_is_better=True,
    ),
    Measure(
        "silhouette",
        "Silhouette",
        "How much nearer customers are to their own group than to the next one, from -1 to 1: more is better.",
        3,
        lambda one: one.silhouette,
    ),
    Measure(
        "davies_bouldin",
        "Davies-Bouldin",
        "How wide groups are for the distance between them: less is better.",
        3,
        lambda one: one.davies_bouldin,
        less_is_better=True,
    ),
    Measure(
        "calinski_harabasz",
        "Calinski-Harabasz",
        "How much groups differ from one another for how much customers within them differ: more is better.",
        0,
        lambda one: one.calinski_harabasz,
    ),
    Measure(
        "inertia",
        "Elbow",
        "Inertia is how far customers are from the middle of their group, squared and added up. It always falls; the elbow, "
        "farthest below the straight line, is where more groups stop helping.",
        0,
        lambda one: one.inertia,
        less_is_better=True,
    ),
    Measure(
        "gap",
        "Gap",
        "How much tighter the groups are than groups among customers spread at random: more is better.",
        3,
        lambda one: one.gap,
    ),
    Measure(
        "jaccard",
        "Stability",
        "Jaccard: how much of the least stable group comes back when customers are drawn anew, from 0 to 1; below 0.6 it "
        "comes and goes.",
        2,
        lambda one: one.jaccard_min,
    ),
    Measure(
        "smallest",
        "Smallest group",
        "The share of the customers in the smallest group; below 1% the number splits off outliers.",
        1,
        lambda one: one.smallest_share,
        is_share=True,
    ),
)


def measure_named(name: str) -> Measure:
    """The measure of that name, or the first one."""
    return next((known for known in MEASURES if known.name == name), MEASURES[0])


def reason(one: Quality) -> str:
    """Why a number of groups is not to be trusted; empty where it is."""
    return one.degenerate or one.unstable


def quality_curves(tried: Panel, k: int, measure: Measure, mode: Mode) -> Figure:
    """A measure over the numbers of groups; a star is proposed, a cross not to be trusted; a click chooses the number."""
    of = tokens(mode)
    drawn = [one for one in tried.qualities if measure.value(one) is not None]
    if not drawn:
        return nothing(mode, say("This could not be measured on these customers"))
    flagged = [one for one in tried.qualities if measure.value(one) is None]
    values = [float(measure.value(one) or 0.0) for one in drawn]
    low, high = min(values), max(values)
    # what has no rank stands at the foot of the chart, so that it can be seen and chosen all the same
    foot = high + 0.12 * ((high - low) or 1.0)
    if measure.name == "rank":  # and below the band: it is not nearly as good
        foot = max(foot, low + NEAR_RANK + 0.3)
    shown = drawn if measure.name != "rank" else [*drawn, *flagged]
    heights = values + [foot] * (len(shown) - len(drawn))
    traces: list[dict[str, Any]] = []
    if measure.name == "inertia":
        traces += _chord(drawn, of)
    traces.append(
        {
            "type": "scatter",
            "mode": "lines",
            "x": [one.value for one in drawn],
            "y": typed(values, "f8"),
            "line": {"color": of["cluster-1"], "width": 2},
            "hoverinfo": "skip",
        }
    )
    traces.append(
        {
            "type": "scatter",
            "mode": "markers",
            "x": [one.value for one in shown],
            "y": typed(heights, "f8"),
            "customdata": [one.value for one in shown],
            "marker": {
                "size": [18 if one.value == tried.proposed else 12 for one in shown],
                "symbol": [_symbol(one, tried) for one in shown],
                "color": [of["ink-3"] if reason(one) else of["cluster-1"] for one in shown],
                "line": {
                    "color": [of["ink"] if one.value == k else of["surface"] for one in shown],
                    "width": [2.5 if one.value == k else 1 for one in shown],
                },
            },
            "error_y": _errors(shown, of) if measure.name == "gap" else {"visible": False},
            "hovertext": [_hover(one, tried, k, measure) for one in shown],
            "hovertemplate": "%{hovertext}<extra></extra>",
        }
    )
    return figure(
        traces,
        mode,
        showlegend=False,
        margin={"l": 8, "r": 16, "t": 26, "b": 8},
        xaxis={"dtick": 1, "title": {"text": say("groups")}, "showgrid": False},
        yaxis={
            "nticks": 6,
            "title": {"text": _axis(measure)},
            "autorange": "reversed" if measure.name == "rank" else True,
            "tickformat": ".0%" if measure.is_share else "~s" if measure.digits == 0 else "",
        },
        shapes=_band(drawn, tried, measure, of),
        annotations=_notes(drawn, tried, measure, of),
        hovermode="closest",
    )


def _symbol(one: Quality, tried: Panel) -> str:
    if reason(one):
        return "x"
    return "star" if one.value == tried.proposed else "circle"


def _axis(measure: Measure) -> str:
    if measure.name == "rank":
        return say("mean rank, best on top")
    name = say("inertia") if measure.name == "inertia" else say(measure.label)
    if measure.name == "smallest":
        return say("share of customers")
    return (
        say("{name}, less is better", name=name) if measure.less_is_better else say("{name}, more is better", name=name)
    )


def _hover(one: Quality, tried: Panel, k: int, measure: Measure) -> str:
    lines = [
        say("<b>{n} groups</b>", n=one.value),
        say("{name} {value}", name=say(measure.label), value=measure.told(one)),
    ]
    if one.value == tried.proposed:
        lines.append(say("proposed"))
    elif one.value in tried.near_ties:
        lines.append(say("nearly as good as the proposed number"))
    if reason(one):
        lines.append(on_lines(reason(one), 46))
    lines.append(say("shown now") if one.value == k else say("click to look at these groups"))
    return "<br>".join(lines)


def _errors(shown: Sequence[Quality], of: dict[str, str]) -> dict[str, Any]:
    errors = [one.gap_error or 0.0 for one in shown]
    return {"type": "data", "array": typed(errors, "f8"), "color": of["ink-3"], "thickness": 1, "width": 4}


def _band(drawn: Sequence[Quality], tried: Panel, measure: Measure, of: dict[str, str]) -> list[dict[str, Any]]:
    """What is nearly as good: a band behind those numbers, and in the ranks one across all that come so near."""
    if len(tried.near_ties) < 2:
        return []
    look = {"type": "rect", "fillcolor": of["accent"], "opacity": 0.1, "line": {"width": 0}, "layer": "below"}
    if measure.name == "rank":
        near = [float(one.rank) for one in drawn if one.value in tried.near_ties and one.rank is not None]
        return (
            [{**look, "xref": "paper", "x0": 0, "x1": 1, "y0": min(near) - 0.15, "y1": min(near) + NEAR_RANK}]
            if near
            else []
        )
    return [
        {**look, "yref": "paper", "y0": 0, "y1": 1, "x0": float(value) - 0.35, "x1": float(value) + 0.35}
        for value in tried.near_ties
    ]


def _notes(drawn: Sequence[Quality], tried: Panel, measure: Measure, of: dict[str, str]) -> list[dict[str, Any]]:
    font = {"size": 12, "color": of["ink-2"]}
    notes: list[dict[str, Any]] = []
    best = next((one for one in drawn if one.value == tried.proposed), None)
    if best is not None:
        is_first = best is drawn[0]
        notes.append(
            {"x": best.value, "y": measure.value(best), "text": say("proposed"), "showarrow": False, "yshift": 18,
             "xanchor": "left" if is_first else "center", "font": font}
        )  # fmt: skip
    if measure.name == "rank" and len(tried.near_ties) > 1:
        foot = min(float(one.rank or 0) for one in drawn) + NEAR_RANK
        notes.append(
            {"x": 1, "xref": "paper", "xanchor": "right", "y": foot, "yanchor": "bottom",
             "text": say("nearly as good"), "showarrow": False, "font": {**font, "size": 11}}
        )  # fmt: skip
    if measure.name == "inertia":
        bent = max((one for one in drawn if one.elbow is not None), key=lambda one: one.elbow or 0.0, default=None)
        if bent is not None:
            notes.append(
                {"x": bent.value, "y": bent.inertia, "text": say("elbow"), "ax": -34, "ay": 34, "arrowcolor": of["ink-3"],
                 "arrowwidth": 1, "arrowhead": 0, "font": font}
            )  # fmt: skip
    return notes


def _chord(drawn: Sequence[Quality], of: dict[str, str]) -> list[dict[str, Any]]:
    """The straight line from the inertia of one group to that of the most groups, below which the elbow is sought."""
    first, last = drawn[0], drawn[-1]
    if first.elbow is None or first is last:
        return []
    # elbow = (whole - inertia) / (whole - last) - (k - 1) / (most - 1), solved for the inertia of the whole
    fallen = first.elbow + (first.k - 1) / (last.k - 1)
    whole = (first.inertia - fallen * last.inertia) / (1.0 - fallen)
    dotted = {"color": of["ink-3"], "width": 1, "dash": "dot"}
    line = {"type": "scatter", "mode": "lines", "line": dotted, "hoverinfo": "skip"}
    return [
        {**line, "x": [1, last.value], "y": typed([whole, last.inertia], "f8")},
        {**line, "x": [1, first.value], "y": typed([whole, first.inertia], "f8")},
    ]


def silhouette_bands(
    names: Sequence[str], rules: Sequence[str], bands: Sequence[np.ndarray[Any, Any]], mean: float, mode: Mode
) -> Figure:
    """Each group a band as high as it has customers, from the one that fits best down to the worst (Rousseeuw 1987).

    `bands` are the silhouettes of each group's customers; `rules` is what a click on each group means.
    """
    of = tokens(mode)
    total = sum(map(len, bands))
    if not total:
        return nothing(mode, say("Nobody in these groups"))
    step = max(1, -(-total // MOST_POINTS))
    traces: list[dict[str, Any]] = []
    ticks: list[float] = []
    end, space = 0.0, 0.02 * total
    for code, (name, rule, values) in enumerate(zip(names, rules, bands, strict=True)):
        ordered = np.sort(values)[::-1]
        places = np.unique(np.r_[np.arange(0, len(ordered), step), len(ordered) - 1]) if len(ordered) else np.arange(0)
        below = float((values < 0).mean()) if len(values) else 0.0
        ticks.append(end + len(values) / 2)
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": name,
                "x": typed(ordered[places]),
                "y": typed(end + places, "f8"),
                "fill": "tozerox",
                "line": {"color": cluster_color(code, mode), "width": 1.5},
                "customdata": [rule] * len(places),
                "hovertext": say(
                    "<b>{name}</b><br>mean {mean}<br>{share} nearer to another group",
                    name=name,
                    mean=formats.number(float(values.mean()) if len(values) else None, 2),
                    share=formats.share(below, 0),
                ),
                "hovertemplate": "%{hovertext}<extra></extra>",
            }
        )
        end += len(values) + space
    line = {"type": "line", "x0": mean, "x1": mean, "y0": 0, "y1": 1, "yref": "paper",
            "line": {"color": of["ink-2"], "dash": "dash", "width": 1.5}}  # fmt: skip
    told = {"x": mean, "y": 1, "yref": "paper", "yanchor": "bottom", "showarrow": False,
            "font": {"size": 12, "color": of["ink-2"]}, "text": say("mean {mean}", mean=formats.number(mean, 2))}  # fmt: skip
    return figure(
        traces,
        mode,
        showlegend=False,
        margin={"l": 8, "r": 12, "t": 24, "b": 8},
        xaxis={"title": {"text": say("silhouette")}, "zeroline": True, "zerolinecolor": of["ink-3"]},
        yaxis={
            "tickvals": ticks,
            "ticktext": [on_lines(name, 22) for name in names],
            "autorange": "reversed",
            "showgrid": False,
            "ticks": "",
        },
        shapes=[line],
        annotations=[told],
        hovermode="closest",
    )
