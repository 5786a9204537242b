"""A measure over time, drawn: the series with what is unusual in it, its usual week and year, and trend, season and rest."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import numpy as np

from analytics.text import say
from analytics.trends import Anomaly, Periods, Phase, Seasonality, TrendMeasure
from dashboard import formats
from dashboard.figures.base import Figure, figure, nothing, on_lines, typed
from dashboard.theme import Mode, tokens

Array = np.ndarray[Any, Any]
_LEGEND: Final = {"orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom"}


def money_prefix(currency: str) -> str:
    """What stands before the numbers of an axis of money."""
    return formats.money(0, currency).rstrip("0") if currency else ""


def told(value: float | None, unit: str, currency: str) -> str:
    """A value of a measure, to be read."""
    if unit == "money":
        return formats.money(value, currency, 2 if value is not None and abs(value) < 1_000 else 0)
    return formats.number(value)


def course(
    values: Array,
    rolling: Array,
    before: Array | None,
    periods: Periods,
    measure: TrendMeasure,
    odd: Sequence[Anomaly],
    currency: str,
    mode: Mode,
) -> Figure:
    """A measure by period: bars (a line for days), the rolling mean, the year before, and a mark on what is unusual."""
    if not np.nansum(values):
        return nothing(mode, say("No orders in this selection"))
    color, x = tokens(mode), [start.isoformat() for start in periods.starts]
    # The browser writes the numbers and days: a text for each of 700 days takes longer than all the rest
    when = {
        "day": "%{x|%-d %b %Y}",
        "week": say("The week of {day}", day="%{x|%-d %b %Y}"),
        "month": "%{x|%b %Y}",
    }[periods.grain.name]
    common = {
        "x": x,
        "y": typed(values),
        "customdata": [orderers(start, periods.grain.name) for start in periods.starts],
        "hovertext": [say(" (in part)") if is_partial else "" for is_partial in periods.partial],
        "hovertemplate": f"<b>{when}%{{hovertext}}</b><br>{_number(measure, currency)}<extra></extra>",
    }
    name = say(measure.label)
    data: list[dict[str, Any]]
    if periods.grain.name == "day":
        line = {"color": color["accent"], "width": 1}
        data = [{"type": "scatter", "mode": "lines", "line": line, "opacity": 0.55, "name": name, **common}]
    else:
        data = [{"type": "bar", "name": name, "marker": _hatched(periods.partial, color["accent"], mode), **common}]
    means = {
        "day": say("Mean of 7 days"),
        "week": say("Mean of 4 weeks"),
        "month": say("Mean of 3 months"),
    }
    mean = _line(x, rolling, means[periods.grain.name], color["ink"], measure, currency, width=2)
    data.append({**mean, "customdata": common["customdata"]})
    if before is not None:
        of = say("A year before")
        data.append(_line(x, before, of, color["segment-8"], measure, currency, width=1.8, dash="dot"))
    if odd:
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": say("Unusual"),
                "x": [item.start.isoformat() for item in odd],
                "customdata": [orderers(item.start, periods.grain.name) for item in odd],
                "y": typed([item.value for item in odd]),
                "marker": {
                    "symbol": "diamond",
                    "size": 10,
                    "color": color["segment-9"],
                    "line": {"width": 1.5, "color": color["surface"]},
                },
                "hovertext": [f"<b>{say('Unusual')}</b><br>{on_lines(item.sentence, 52)}" for item in odd],
                "hovertemplate": "%{hovertext}<extra></extra>",
            }
        )
    return figure(
        data,
        mode,
        bargap=0.25,
        showlegend=True,
        legend=_LEGEND,
        margin={"l": 8, "r": 12, "t": 34, "b": 8},
        xaxis={"type": "date", "showgrid": False, "tickformat": "%b\n%Y", "tickangle": 0, "nticks": 10},
        yaxis=_axis(measure, currency),
    )


def orderers(start: date, grain: str) -> str:
    """The rule that means who ordered in a period."""
    return json.dumps({"did": "ordered_in", "with": {"grain": grain, "start": start.isoformat()}})


def _line(
    x: list[str],
    values: Array,
    name: str,
    color: str,
    measure: TrendMeasure,
    currency: str,
    *,
    width: float,
    dash: str = "solid",
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": x,
        "y": typed(values),
        "connectgaps": False,
        "line": {"color": color, "width": width, "dash": dash},
        "hovertemplate": f"{name}: {_number(measure, currency)}<extra></extra>",
    }


def _number(measure: TrendMeasure, currency: str) -> str:
    """How Plotly writes a value of the measure."""
    if measure.unit == "money":
        digits = 2 if measure.name == "order_value_mean" else 0
        return f"{money_prefix(currency)}%{{y:,.{digits}f}}"
    return "%{y:,.0f}"


def _hatched(partial: Sequence[bool], color: str, mode: Mode) -> dict[str, Any]:
    return {
        "color": color,
        "opacity": 0.75,
        "pattern": {
            "shape": ["/" if is_partial else "" for is_partial in partial],
            "fgcolor": color,
            "bgcolor": tokens(mode)["surface"],
            "size": 5,
        },
        "line": {"width": [1 if is_partial else 0 for is_partial in partial], "color": color},
    }


def _axis(measure: TrendMeasure, currency: str) -> dict[str, Any]:
    prefix = money_prefix(currency) if measure.unit == "money" else ""
    return {"tickformat": "~s", "tickprefix": prefix, "rangemode": "tozero", "nticks": 6}


def phases(found: Sequence[Phase], mode: Mode) -> Figure:
    """How far each weekday or month lies above or below the usual: bars from the middle, each with its number."""
    color = tokens(mode)
    shown = list(reversed(found))
    effects = [max(phase.effect, -1.0) for phase in shown]
    reach = max(0.05, *(abs(effect) for effect in effects)) * 1.5
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": typed(effects),
        "y": [phase.name for phase in shown],
        "marker": {"color": [color["segment-1"] if effect >= 0 else color["segment-8"] for effect in effects]},
        "text": [rounded_change(effect) for effect in effects],
        "textposition": "outside",
        "cliponaxis": False,
        "textfont": {"color": color["ink-2"], "size": 12},
        "hovertext": [season_sentence(phase) for phase in shown],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    return figure(
        [bars],
        mode,
        bargap=0.3,
        xaxis={"range": [-reach, reach], "showticklabels": False, "showgrid": False, "zeroline": True},
        yaxis={"showgrid": False, "ticksuffix": "  ", "automargin": True},
    )


def rounded_change(change: float) -> str:
    """A relative change in whole per cent, with a sign unless it rounds to nothing."""
    if abs(change) < 0.005:
        return formats.share(0, 0)
    return f"{formats.MINUS if change < 0 else '+'}{formats.share(abs(change), 0)}"


def season_sentence(phase: Phase) -> str:
    """`Saturdays are 32% below the usual`."""
    share = formats.share(abs(phase.effect), 0)
    if abs(phase.effect) < 0.005:
        return say("{name}: as usual", name=phase.name)
    if phase.effect <= -0.995:
        return say("{name}: next to nothing", name=phase.name)
    if phase.effect >= 1:
        return say("{name}: {n}× the usual", name=phase.name, n=formats.number(1 + phase.effect, 1))
    sentence = "{name}: {share} above the usual" if phase.effect > 0 else "{name}: {share} below the usual"
    return say(sentence, name=phase.name, share=share)


def decomposition(
    found: Seasonality, values: Array, periods: Periods, measure: TrendMeasure, currency: str, mode: Mode
) -> Figure:
    """Three small charts under each other, on one axis of time: the trend through the values, the season, the rest."""
    color = tokens(mode)
    x = [start.isoformat() for start in periods.starts[found.complete]]
    rows = (
        (say("Trend"), found.trend, color["accent"]),
        (say("Season"), found.season, color["segment-1"]),
        (say("Rest"), found.rest, color["ink-3"]),
    )
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": x,
            "y": typed(values[found.complete]),
            "line": {"color": color["segment-11"], "width": 1},
            "hoverinfo": "skip",
            "yaxis": "y",
        }
    ]
    layout: dict[str, Any] = {}
    notes = []
    for number, (name, part, line) in enumerate(rows):
        axis = "y" if number == 0 else f"y{number + 1}"
        top = 1 - number * 0.35
        data.append(
            {
                "type": "bar" if name == rows[2][0] else "scatter",
                "x": x,
                "y": typed(part),
                "yaxis": axis,
                "hovertemplate": f"<b>%{{x|%-d %b %Y}}</b><br>{name}: {_number(measure, currency)}<extra></extra>",
                **(
                    {"marker": {"color": line}}
                    if name == rows[2][0]
                    else {"mode": "lines", "line": {"color": line, "width": 1.8}}
                ),
            }
        )
        layout["yaxis" if number == 0 else f"yaxis{number + 1}"] = {
            **_axis(measure, currency),
            "domain": [max(top - 0.27, 0), top - 0.03],
            "nticks": 4,
            "rangemode": "normal",
            "anchor": "x",
        }
        notes.append(
            {
                "text": f"<b>{name}</b>",
                "xref": "paper",
                "yref": "paper",
                "x": 0,
                "y": top,
                "xanchor": "left",
                "yanchor": "middle",
                "showarrow": False,
                "font": {"size": 12, "color": color["ink-2"]},
            }
        )
    return figure(
        data,
        mode,
        showlegend=False,
        annotations=notes,
        bargap=0.2,
        xaxis={"type": "date", "showgrid": False, "tickformat": "%b\n%Y", "tickangle": 0, "nticks": 8, "anchor": "y3"},
        **layout,
    )
