"""How numbers are spread and how groups cross, drawn. Every mark that stands for people carries their rule."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from analytics.exploration import Box, Distribution, Groups, Violin
from analytics.rules import Rule
from analytics.text import say
from dashboard import formats
from dashboard.figures.base import Figure, figure, nothing, typed
from dashboard.theme import Mode, segment_color, tokens

NOBODY = "No customers in this selection"
_ROW = 0.42
"""How high a violin may be, where rows are 1 apart."""


def histogram(found: Distribution, currency: str, mode: Mode) -> Figure:
    """A bar for each range of values; the last is hatched where it gathers what lies beyond. A click means its people."""
    of = tokens(mode)
    if not found.bins:
        return nothing(mode, say("Nobody in this selection has a value") if found.customers else say(NOBODY))
    unit = found.column.unit
    known = sum(item.customers for item in found.bins)
    places = list(range(len(found.bins)))
    hover = [
        say(
            "<b>{low} to {high}</b><br>{n} customers, {share} of those who have a value",
            low=formats.in_unit(item.low, unit, currency),
            high=formats.in_unit(item.high, unit, currency),
            n=formats.number(item.customers),
            share=formats.share(item.customers / known),
        )
        for item in found.bins
    ]
    bars = {
        "type": "bar",
        "x": typed(places, "i4"),
        "y": typed([item.customers for item in found.bins], "i4"),
        "width": 0.94,
        "marker": {
            "color": of["accent"],
            "pattern": {
                "shape": ["/" if item.is_tail else "" for item in found.bins],
                "fgcolor": of["accent"],
                "bgcolor": of["surface"],
                "size": 6,
            },
        },
        "customdata": [people_of(found.rule(place)) for place in places],
        "hovertext": hover,
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    step = -(-len(places) // 9)
    marks = places[::step]
    lines = [
        _line_at(found, value, label, of)
        for value, label in ((found.median, say("median")), (found.mean, say("mean")))
        if value is not None and len(places) > 1 and not found.not_positive
    ]
    return figure(
        [bars],
        mode,
        shapes=[shape for shape, _ in lines],
        annotations=[note for _, note in lines],
        margin={"l": 8, "r": 12, "t": 26, "b": 8},
        xaxis={
            "tickvals": [place - 0.5 for place in marks],
            "ticktext": [short(found.bins[place].low, unit, currency) for place in marks],
            "range": [-0.6, len(places) - 0.4],
            "showgrid": False,
            "title": {"text": _axis(found.column.label, unit, log=found.log)},
        },
        yaxis={"title": {"text": say("Customers")}, "rangemode": "tozero", "nticks": 6, "tickformat": ",d"},
    )


def _line_at(
    found: Distribution, value: float, label: str, of: dict[str, str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A dotted line at a value; bars are numbered, so that the place is counted in bars."""
    bins = found.bins
    place = next((n for n, item in enumerate(bins) if value < item.high), len(bins) - 1)
    low, high = bins[place].low, bins[place].high
    inside = (value - low) / (high - low) if high > low else 0.5
    x = place - 0.5 + min(max(inside, 0.0), 1.0)
    is_mean = label == say("mean")
    shape = {
        "type": "line",
        "x0": x,
        "x1": x,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "line": {"color": of["ink-2"], "width": 1.5, "dash": "dot" if is_mean else "solid"},
    }
    note = {
        "x": x,
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        # The median is left of the mean nearly always: so the words do not meet
        "xanchor": "left" if is_mean == ((found.mean or 0) >= (found.median or 0)) else "right",
        "text": label,
        "showarrow": False,
        "font": {"size": 11, "color": of["ink-2"]},
    }
    return shape, note


def category_bars(groups: Groups, counts: np.ndarray[Any, Any], mode: Mode) -> Figure:
    """A bar for each value of an attribute; a click means its people."""
    of, total = tokens(mode), int(counts.sum())
    if not total:
        return nothing(mode, say(NOBODY))
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": list(groups.labels),
        "x": typed(counts, "i4"),
        "marker": {"color": of["accent"]},
        "text": [formats.share(count / total) for count in counts],
        "textposition": "outside",
        "cliponaxis": False,
        "customdata": [people_of(rule) for rule in groups.rules],
        "hovertext": [
            say("<b>{name}</b><br>{n} customers", name=label, n=formats.number(int(count)))
            for label, count in zip(groups.labels, counts, strict=True)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    return figure(
        [bars],
        mode,
        bargap=0.3,
        margin={"l": 8, "r": 56, "t": 6, "b": 8},
        xaxis={"title": {"text": say("Customers")}, "tickformat": ",d", "rangemode": "tozero", "nticks": 6},
        yaxis={"autorange": "reversed", "type": "category", "showgrid": False, "ticksuffix": "  "},
    )


def segment_boxes(found: Sequence[Box], segments: Groups, metric: Distribution, currency: str, mode: Mode) -> Figure:
    """A box for each segment: the middle half of its customers, the median, and whiskers. A click means its people."""
    of, unit = tokens(mode), metric.column.unit
    drawn = [(row, box) for row, box in enumerate(found) if box.median is not None]
    if not drawn:
        return nothing(mode, say("Nobody in this selection has a value") if metric.customers else say(NOBODY))
    whiskers: list[float | None] = []
    rows: list[int | None] = []
    for row, box in drawn:
        whiskers += [box.low_whisker, box.lower_quartile, None, box.upper_quartile, box.high_whisker, None]
        rows += [row, row, None, row, row, None]
    hover = [
        say(
            "<b>{name}</b><br>{n} customers<br>median {median}<br>middle half {lower} to {upper}<br>{outliers} beyond the "
            "whiskers",
            name=say(box.segment),
            n=formats.number(box.customers),
            median=formats.in_unit(box.median, unit, currency),
            lower=formats.in_unit(box.lower_quartile, unit, currency),
            upper=formats.in_unit(box.upper_quartile, unit, currency),
            outliers=formats.number(box.outliers),
        )
        for _, box in drawn
    ]
    people = {
        "customdata": [people_of(segments.rules[row]) for row, _ in drawn],
        "hovertext": hover,
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    lines = {
        "type": "scatter",
        "mode": "lines",
        "x": whiskers,
        "y": rows,
        "line": {"color": of["ink-3"], "width": 1.5},
        "hoverinfo": "skip",
    }
    bodies = {
        "type": "bar",
        "orientation": "h",
        "y": [row for row, _ in drawn],
        "base": [box.lower_quartile for _, box in drawn],
        "x": [(box.upper_quartile or 0) - (box.lower_quartile or 0) for _, box in drawn],
        "width": 0.56,
        "marker": {"color": [segment_color(row, mode) for row, _ in drawn]},
        **people,
    }
    medians = {
        "type": "scatter",
        "mode": "markers",
        "x": [box.median for _, box in drawn],
        "y": [row for row, _ in drawn],
        "marker": {"symbol": "line-ns", "size": 20, "line": {"width": 3, "color": of["ink"]}},
        **people,
    }
    return figure(
        [lines, bodies, medians],
        mode,
        **_by_segment(segments, currency, metric),
    )


def segment_violins(
    found: Sequence[Violin], boxes: Sequence[Box], segments: Groups, metric: Distribution, currency: str, mode: Mode
) -> Figure:
    """A violin for each segment: as thick as customers with that value are frequent. A click means the segment's people."""
    of = tokens(mode)
    traces: list[dict[str, Any]] = []
    for row, (violin, box) in enumerate(zip(found, boxes, strict=True)):
        if not violin.at:
            continue
        rule, thick = people_of(segments.rules[row]), np.array(violin.density) * _ROW
        seen = np.flatnonzero(thick > _ROW / 100)
        part = slice(int(seen[0]), int(seen[-1]) + 1)
        color, at = segment_color(row, mode), np.array(violin.at)[part]
        thick = thick[part]
        told = say("<b>{name}</b><br>{n} customers", name=say(box.segment), n=formats.number(box.customers))
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": typed(np.concatenate([at, at[::-1]]), "f8"),
                "y": typed(np.concatenate([row - thick, (row + thick)[::-1]])),
                "fill": "toself",
                "fillcolor": color,
                "line": {"color": color, "width": 1},
                "hoveron": "points",
                "customdata": [rule] * (2 * len(at)),
                "hovertemplate": told + "<extra></extra>",
            }
        )
    medians = [(row, box) for row, box in enumerate(boxes) if box.median is not None]
    if not medians:
        return nothing(mode, say("Nobody in this selection has a value") if metric.customers else say(NOBODY))
    traces.append(
        {
            "type": "scatter",
            "mode": "markers",
            "x": [box.median for _, box in medians],
            "y": [row for row, _ in medians],
            "marker": {
                "symbol": "circle",
                "size": 9,
                "color": of["surface"],
                "line": {"width": 2, "color": of["ink"]},
            },
            "customdata": [people_of(segments.rules[row]) for row, _ in medians],
            "hovertext": [say("{name}: the median", name=say(box.segment)) for _, box in medians],
            "hovertemplate": "%{hovertext}<extra></extra>",
        }
    )
    return figure(traces, mode, **_by_segment(segments, currency, metric))


def _by_segment(segments: Groups, currency: str, metric: Distribution) -> dict[str, Any]:
    """A row per segment, best at the top."""
    size, unit = len(segments), metric.column.unit
    written: dict[str, Any] = {"tickformat": ".0%"} if unit == "share" else {"tickformat": ",~r"}
    if unit == "money" and currency:
        written["tickprefix"] = formats.money(0, currency).rstrip("0")
    return {
        "showlegend": False,
        "hovermode": "closest",
        "xaxis": {
            "title": {"text": _axis(metric.column.label, unit, log=metric.log)},
            "type": "log" if metric.log else "linear",
            "nticks": 8,
            "zeroline": False,
            **written,
        },
        "yaxis": {
            "tickvals": list(range(size)),
            "ticktext": [say(label) for label in segments.labels],
            "range": [size - 0.4, -0.6],
            "showgrid": False,
            "zeroline": False,
            "ticksuffix": "  ",
        },
    }


def _axis(label: str, unit: str, *, log: bool) -> str:
    named = say("{label} ({unit})", label=label, unit=say(unit)) if unit in ("days",) else label
    return say("{label}, logarithmic scale", label=named) if log else named


def short(value: float, unit: str, currency: str) -> str:
    """A value where there is little room."""
    if unit == "money":
        if abs(value) >= 1_000:
            return formats.compact_money(value, currency)
        return formats.money(value, currency, 0 if value % 1 == 0 or abs(value) >= 100 else 2)
    if unit == "share":
        return formats.share(value, 0 if value * 100 % 1 == 0 else 1)
    if abs(value) >= 10_000:
        return formats.compact(value)
    return formats.in_unit(value, "", "")


def people_of(rule: Rule) -> str:
    """A rule as a chart's mark carries it."""
    return json.dumps(rule.to_json(), ensure_ascii=False)
