"""Visits, drawn: through the weeks, over the week's hours, by their length, broken down, and how soon they come again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from analytics.behaviour.measures import SECOND_EDGES, Binned, FirstPurchase
from analytics.behaviour.visited import VISITED, WEEKDAYS
from analytics.text import say
from dashboard import formats
from dashboard.figures.base import Figure, figure, nothing, records, typed
from dashboard.theme import Mode, mixed, tokens

Array = np.ndarray[Any, Any]


def rule(**details: Any) -> str:
    """What a click means: the customers with such a visit."""
    return json.dumps({"did": VISITED, "with": details})


def segment_rule(name: str) -> str:
    """What a click on a segment means."""
    return json.dumps({"column": "segment", "is": "equal to", "value": name})


def visits_by_week(weeks: pd.DataFrame, opens: bool, mode: Mode) -> Figure:
    """A bar per week; one that the data covers only in part is hatched. A line for the share with a purchase."""
    if not len(weeks) or not weeks["sessions"].sum():
        return nothing(mode, say("No visits in this selection"))
    accent, surface, ink = tokens(mode)["accent"], tokens(mode)["surface"], tokens(mode)["ink-2"]
    dates = [week.isoformat() for week in weeks.index]
    partial = list(weeks["is_partial"])
    bars: dict[str, Any] = {
        "type": "bar",
        "name": say("Visits"),
        "x": dates,
        "y": typed(weeks["sessions"], "i4"),
        "marker": {
            "color": accent,
            "pattern": {
                "shape": ["/" if part else "" for part in partial],
                "fgcolor": accent,
                "bgcolor": surface,
                "size": 6,
            },
        },
        "hovertext": [
            say(
                "<b>Week of {day} (in part)</b><br>{n} visits" if part else "<b>Week of {day}</b><br>{n} visits",
                day=formats.day(week),
                n=formats.number(count),
            )
            for week, count, part in zip(weeks.index, weeks["sessions"], partial, strict=True)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    if opens:
        bars["customdata"] = [rule(week=day) for day in dates]
    data = [bars]
    layout: dict[str, Any] = {}
    if weeks["purchases"].notna().any():
        shares = (weeks["purchases"] / weeks["sessions"].where(weeks["sessions"] > 0)).where(~weeks["is_partial"])
        data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": say("Share with a purchase"),
                "x": dates,
                "y": typed(shares),
                "yaxis": "y2",
                "line": {"color": ink, "width": 2},
                "hovertemplate": "%{y:.1%}<extra></extra>",
            }
        )
        layout["yaxis2"] = {
            "overlaying": "y",
            "side": "right",
            "tickformat": ".0%",
            "rangemode": "tozero",
            "showgrid": False,
            "nticks": 5,
        }
        layout["legend"] = {"orientation": "h", "y": 1.12, "x": 0}
    return figure(
        data,
        mode,
        bargap=0.2,
        hovermode="closest",
        showlegend=len(data) > 1,
        xaxis={"type": "date", "showgrid": False, "tickformat": "%b\n%Y", "nticks": 8},
        yaxis={"rangemode": "tozero", "tickformat": ",", "nticks": 6},
        **layout,
    )


def visits_by_hour(counts: Array, opens: bool, mode: Mode) -> Figure:
    """The week as a grid: a row per weekday, a column per hour, darker with more visits."""
    if not counts.sum():
        return nothing(mode, say("No visits in this selection"))
    days = [say(day) for day in WEEKDAYS]
    total = counts.sum()
    cells: dict[str, Any] = {
        "type": "heatmap",
        "x": list(range(24)),
        "y": days,
        "z": typed(counts, "i4"),
        "xgap": 1,
        "ygap": 1,
        "showscale": False,
        "hovertext": [
            [
                say(
                    "<b>{day}, {hour}:00</b><br>{n} visits, {share} of all",
                    day=days[day],
                    hour=hour,
                    n=formats.number(counts[day, hour]),
                    share=formats.share(counts[day, hour] / total),
                )
                for hour in range(24)
            ]
            for day in range(7)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "colorscale": [[0, tokens(mode)["heat-low"]], [1, tokens(mode)["heat-high"]]],
    }
    if opens:
        cells["customdata"] = [[rule(weekday=day, hour=hour) for hour in range(24)] for day in range(7)]
    return figure(
        [cells],
        mode,
        xaxis={
            "tickvals": list(range(0, 24, 3)),
            "ticktext": [f"{hour}:00" for hour in range(0, 24, 3)],
            "showgrid": False,
        },
        yaxis={"autorange": "reversed", "showgrid": False, "ticksuffix": "  "},
    )


def visits_by_weekday(counts: Array, opens: bool, mode: Mode) -> Figure:
    """A bar per weekday, for data without a clock."""
    if not counts.sum():
        return nothing(mode, say("No visits in this selection"))
    return _bars(
        [say(day) for day in WEEKDAYS], counts, mode, rules=[rule(weekday=day) for day in range(7)] if opens else None
    )


def binned(found: Binned, labels: Sequence[str], mode: Mode, rules: Sequence[str] | None = None) -> Figure:
    """A bar per bin, up to the last one with visits; the bin of the median is the dark one."""
    if not found.counts.sum():
        return nothing(mode, say("No visits in this selection"))
    last = int(np.flatnonzero(found.counts)[-1]) + 1
    middle = int(np.searchsorted(np.array(found.edges), found.median or 0, side="right")) - 1
    accent = tokens(mode)["accent"]
    soft = mixed(tokens(mode)["surface"], accent, 0.45)
    colors = [accent if place == middle else soft for place in range(last)]
    shown = rules[:last] if rules is not None else None
    return _bars(labels[:last], found.counts[:last], mode, colors=colors, rules=shown)


def bin_labels(edges: tuple[int, ...], last: str) -> list[str]:
    """Labels of bins of whole numbers: `1`, `5 – 6`, `100 +`."""
    labels = []
    for low, following in zip(edges, (*edges[1:], None), strict=True):
        if following is None:
            labels.append(say(last, n=low))
        else:
            labels.append(str(low) if following == low + 1 else say("{low} – {high}", low=low, high=following - 1))
    return labels


def second_labels() -> list[str]:
    """Labels of the bins of lengths."""
    told = [_short(edge) for edge in SECOND_EDGES]
    between = [say("{low} – {high}", low=low, high=high) for low, high in pairwise(told[1:])]
    return [say("under {time}", time=told[1]), *between, say("{time} +", time=told[-1])]


def _short(seconds: int) -> str:
    """`10 s`, `5 min`, `1 h`: the edges are round."""
    if seconds < 60:
        return say("{n} s", n=seconds)
    return say("{n} min", n=seconds // 60) if seconds < 3600 else say("{n} h", n=seconds // 3600)


def first_purchases(found: FirstPurchase, mode: Mode) -> Figure:
    """On which visit buyers bought first."""
    if not found.visitors.sum():
        return nothing(mode, say("Nobody bought in this selection"))
    most = len(found.visitors)
    labels = [say("visit {n}", n=place + 1) for place in range(most - 1)] + [say("visit {n} or later", n=most)]
    return _bars(labels, found.visitors, mode)


def purchase_rates(
    shown: pd.DataFrame, labels: Sequence[str], mode: Mode, rules: Sequence[str | None] | None
) -> Figure:
    """A bar per group with the share of visits that ended in a purchase and its 95 % interval; largest group at the top.

    Groups that are too small to be compared, by the column `is_large`, are pale.
    """
    if not len(shown):
        return nothing(mode, say("No visits in this selection"))
    accent, ink = tokens(mode)["accent"], tokens(mode)["ink-2"]
    pale = mixed(tokens(mode)["surface"], accent, 0.45)
    has_purchases = "purchase_rate" in shown
    values = shown["purchase_rate"] if has_purchases else shown["bounce_rate"]
    hover = [
        say(
            "<b>{name}</b><br>{n} visits, {bounces} with one click<br>{purchases} with a purchase: {rate}, "
            "between {low} and {high} with 95% certainty"
            if has_purchases
            else "<b>{name}</b><br>{n} visits, {bounces} with one click",
            name=label,
            n=formats.number(row["sessions"]),
            bounces=formats.share(row["bounce_rate"]),
            purchases=formats.number(row.get("purchases")),
            rate=formats.share(row.get("purchase_rate")),
            low=formats.share(row.get("low")),
            high=formats.share(row.get("high")),
        )
        for label, row in zip(labels, records(shown), strict=True)
    ]
    bars: dict[str, Any] = {
        "type": "bar",
        "orientation": "h",
        "y": list(labels)[::-1],
        "x": typed(values[::-1]),
        "marker": {"color": [accent if is_large else pale for is_large in shown["is_large"]][::-1]},
        "text": [formats.share(value) for value in values[::-1]],
        "textposition": "inside",
        "insidetextanchor": "start",
        "insidetextfont": {"size": 12},
        "constraintext": "none",  # else the numbers of many thin bars shrink until nobody can read them
        "hovertext": hover[::-1],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    if has_purchases:
        bars["error_x"] = {
            "type": "data",
            "symmetric": False,
            "array": typed((shown["high"] - values)[::-1]),
            "arrayminus": typed((values - shown["low"])[::-1]),
            "color": ink,
            "thickness": 1.5,
            "width": 4,
        }
    if rules is not None:
        bars["customdata"] = list(rules)[::-1]
    return figure(
        [bars],
        mode,
        bargap=0.3,
        xaxis={"tickformat": ".0%", "rangemode": "tozero", "nticks": 6},
        yaxis={"type": "category", "showgrid": False, "ticksuffix": "  ", "tickmode": "linear"},
    )


def _bars(
    labels: Sequence[str],
    counts: Array,
    mode: Mode,
    *,
    colors: Sequence[str] | None = None,
    rules: Sequence[str] | None = None,
) -> Figure:
    total = counts.sum()
    bars: dict[str, Any] = {
        "type": "bar",
        "x": list(labels),
        "y": typed(counts, "i4"),
        "marker": {"color": list(colors) if colors is not None else tokens(mode)["accent"]},
        "text": [formats.share(count / total, 0) for count in counts],
        "textposition": "outside",
        "cliponaxis": False,
        "textfont": {"color": tokens(mode)["ink-2"], "size": 12},
        "hovertext": [
            say(
                "<b>{label}</b><br>{n}, {share}",
                label=label,
                n=formats.number(count),
                share=formats.share(count / total),
            )
            for label, count in zip(labels, counts, strict=True)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    if rules is not None:
        bars["customdata"] = list(rules)
    return figure(
        [bars],
        mode,
        bargap=0.25,
        margin={"l": 8, "r": 12, "t": 24, "b": 8},
        xaxis={
            "type": "category",
            "showgrid": False,
            "tickangle": 0 if sum(map(len, labels)) + 2 * len(labels) < 60 else -40,
        },
        yaxis={"rangemode": "tozero", "tickformat": ",", "nticks": 5},
    )
