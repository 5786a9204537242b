"""Profiles, drawn: how far segments lie from everyone else, metric by metric."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from analytics.profiles import MetricProfile, heading_of, unit_of
from analytics.segmentation import Segment, Segmentation
from analytics.text import say
from dashboard import formats
from dashboard.figures.base import Figure, figure, nothing, on_lines, typed
from dashboard.theme import Mode, mixed, readable_on, tokens

Color = Callable[[int, Mode], str]
"""A segment's place and the mode → its colour."""

FARTHEST: Final = 2.0
"""Standard deviations from which on the heatmap's colour is full."""
FEW_COLUMNS: Final = 7
"""So many columns are wide enough for two words beside each other."""
_PATTERNS: Final = ("", "/", ".", "x", "-", "+", "|", "\\")
DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "5px,2px", "2px,6px")
_CHANCE: Final = {"chance": "could be chance", "too few": "too few customers to tell", "counts": ""}


def people_in(column: str, name: str, *further: Mapping[str, Any]) -> str:
    """The rule that a click on a segment means, with further conditions."""
    segment = {"column": column, "is": "equal to", "value": name}
    return json.dumps({"all": [segment, *further]} if further else segment)


def _hover(group: Segment, item: MetricProfile, currency: str) -> str:
    unit = unit_of(item.metric)
    told = say(
        "<b>{name}</b><br>{metric}: {mean} on average, {median} typically"
        "<br>others: {rest} on average, {rest_median} typically",
        name=group.name,
        metric=heading_of(item.metric),
        mean=formats.in_unit(item.mean, unit, currency),
        median=formats.in_unit(item.median, unit, currency),
        rest=formats.in_unit(item.rest_mean, unit, currency),
        rest_median=formats.in_unit(item.rest_median, unit, currency),
    )
    return told if item.counts else f"{told}<br>{say(_CHANCE[item.verdict])}"


def profile_heatmap(found: Segmentation, metrics: Sequence[str], mode: Mode) -> Figure:
    """Each segment's standardised means, blue above everyone's and orange below; what may be chance is grey, in brackets."""
    of = tokens(mode)
    currency, groups = found.table.currency, found.segments
    names = list(metrics)[::-1]
    cells = [[group.profile.of(name) for group in groups] for name in names]
    middle = of["surface-2"]
    low, high = of["cluster-5"], of["cluster-1"]
    colors = [[0, low], [0.5, middle], [1, high]]
    z = [[item.standardised if item.counts else 0.0 for item in row] for row in cells]

    def text_color(item: MetricProfile) -> str:
        if not item.counts:
            return of["ink-3"]
        share = min(abs(item.standardised) / FARTHEST, 1.0)
        return readable_on(mixed(middle, high if item.standardised > 0 else low, share))

    labels = [
        {
            "x": x,
            "y": y,
            "text": _signed(item.standardised) if item.counts else say("({n})", n=_signed(item.standardised)),
            "showarrow": False,
            "font": {"size": 11.5, "color": text_color(item)},
            "captureevents": False,
        }
        for y, row in enumerate(cells)
        for x, item in enumerate(row)
        if item.mean is not None
    ]
    trace = {
        "type": "heatmap",
        "z": typed(z, "f8"),
        "zmin": -FARTHEST,
        "zmax": FARTHEST,
        "colorscale": colors,
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "customdata": [[people_in(found.column, group.name) for group in groups] for _ in names],
        "hovertext": [[_hover(g, item, currency) for g, item in zip(groups, row, strict=True)] for row in cells],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    plain = {"showgrid": False, "zeroline": False}
    # many columns are narrow: their names stand on more lines, for which there has to be room
    headings = [on_lines(say(group.name), 15 if len(groups) <= FEW_COLUMNS else 10) for group in groups]
    lines = max((heading.count("<br>") + 1 for heading in headings), default=1)
    return figure(
        [trace],
        mode,
        annotations=labels,
        xaxis={
            **plain,
            "side": "top",
            "tickvals": list(range(len(groups))),
            "ticktext": headings,
            "tickangle": 0,
            "tickfont": {"size": 11.5, "color": of["ink-2"]},
        },
        yaxis={**plain, "tickvals": list(range(len(names))), "ticktext": [f"{heading_of(name)}  " for name in names]},
        margin={"l": 8, "r": 8, "t": 8 + 15 * lines, "b": 8},
    )


def _signed(value: float) -> str:
    told = f"{abs(value):.1f}"
    return told if told == "0.0" else f"+{told}" if value > 0 else f"{formats.MINUS}{told}"


def profile_bars(
    groups: Sequence[tuple[int, Segment]], metrics: Sequence[str], found: Segmentation, color: Color, mode: Mode
) -> Figure:
    """How far each chosen segment's metrics lie from everyone else's, in standard deviations; pale where it may be chance."""
    if not groups:
        return nothing(mode, say("Choose some to compare"))
    of = tokens(mode)
    bars = []
    for code, group in groups:
        of_group = [group.profile.of(name) for name in metrics][::-1]
        bars.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": say(group.name),
                "y": [heading_of(item.metric) for item in of_group],
                "x": typed([item.effect for item in of_group], "f8"),
                "marker": {
                    "color": color(code, mode),
                    "opacity": [1.0 if item.counts else 0.35 for item in of_group],
                    "pattern": {"shape": _PATTERNS[code % 8], "size": 6, "solidity": 0.25},
                },
                "customdata": [people_in(found.column, group.name)] * len(of_group),
                "hovertext": [_hover(group, item, found.table.currency) for item in of_group],
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


def profile_radar(groups: Sequence[tuple[int, Segment]], metrics: Sequence[str], color: Color, mode: Mode) -> Figure:
    """Standardised means as a radar: the dashed ring is everyone's mean."""
    if not groups or len(metrics) < 3:
        return nothing(mode, say("Choose some to compare; a radar needs three metrics"))
    of = tokens(mode)
    around = [on_lines(heading_of(name), 14) for name in metrics]
    traces = []
    for code, group in groups:
        values = [group.profile.of(name).standardised for name in metrics]
        traces.append(
            {
                "type": "scatterpolar",
                "mode": "lines+markers",
                "name": say(group.name),
                "r": typed([*values, values[0]], "f8"),
                "theta": [*around, around[0]],
                "line": {"color": color(code, mode), "width": 2, "dash": DASHES[code % 8]},
                "marker": {"size": 6},
                "hovertemplate": "%{theta}<br>%{r:+.2f}<extra>%{fullData.name}</extra>",
            }
        )
    farthest = max(1.0, *(abs(group.profile.of(name).standardised) for _, group in groups for name in metrics))
    mean = {
        "type": "scatterpolar",
        "mode": "lines",
        "name": say("everyone's mean"),
        "r": [0] * (len(around) + 1),
        "theta": [*around, around[0]],
        "line": {"color": of["ink-3"], "width": 1, "dash": "dash"},
        "hoverinfo": "skip",
    }
    axis = {"gridcolor": of["grid"], "linecolor": of["line"], "tickfont": {"size": 11, "color": of["ink-2"]}}
    return figure(
        [mean, *traces],
        mode,
        polar={
            "bgcolor": of["surface"],
            "radialaxis": {
                **axis,
                "range": [-farthest * 1.1, farthest * 1.1],
                "nticks": 5,
                "angle": 90,
                "tickangle": 90,
            },
            "angularaxis": axis,
        },
        legend={"orientation": "h", "y": -0.08, "yanchor": "top", "x": 0},
        margin={"l": 88, "r": 80, "t": 30, "b": 8},
    )
