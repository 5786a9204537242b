"""What moved revenue, drawn: the bridge between months, products that rise and fall, and how much the best bring."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from analytics.text import say
from analytics.trends import PARTS, Concentration
from dashboard import formats
from dashboard.figures.base import Figure, figure, nothing, typed
from dashboard.figures.trends import money_prefix, rounded_change
from dashboard.theme import Mode, tokens

_LEGEND: Final = {"orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom", "traceorder": "normal"}
_STACKED: Final = ("retained", "reactivated", "new", "lost")
_COLORS: Final = {"retained": "segment-3", "reactivated": "segment-4", "new": "segment-1", "lost": "segment-8"}
LONGEST_NAME: Final = 24


def bridge(months: pd.DataFrame, partial: Sequence[bool], currency: str, mode: Mode) -> Figure:
    """A stack per month: up what retained, reactivated and new customers paid, down what those lost had paid the month before."""
    if months.empty or not months[["revenue", "lost"]].to_numpy().any():
        return nothing(mode, say("No orders in this selection"))
    color = tokens(mode)
    x = [month.isoformat() for month in months.index]
    data = []
    for name in _STACKED:
        values = months[name]
        if name == "lost":  # of a month that is not over nobody is lost yet
            values = -months["lost"].astype(float).where(~np.array(partial, dtype=bool))
        own = color[_COLORS[name]]
        data.append(
            {
                "type": "bar",
                "name": say(PARTS[name].label),
                "x": x,
                "y": typed(values),
                "marker": {
                    "color": own,
                    "pattern": {
                        "shape": ["/" if is_partial else "" for is_partial in partial],
                        "fgcolor": own,
                        "bgcolor": color["surface"],
                        "size": 5,
                    },
                    "line": {"width": [1 if is_partial else 0 for is_partial in partial], "color": own},
                },
                "customdata": [movement(month, name) for month in months.index],
                "hovertext": [
                    say(
                        "<b>{month}{in_part}</b><br>{part}: {revenue}<br>{customers} customers",
                        month=formats.month(month),
                        in_part=say(" (in part)") if is_partial else "",
                        part=say(PARTS[name].label),
                        revenue=formats.money(float(value), currency),
                        customers=formats.number(int(count)),
                    )
                    for month, is_partial, value, count in zip(
                        months.index, partial, values, months[f"{name}_customers"], strict=True
                    )
                ],
                "hovertemplate": "%{hovertext}<extra></extra>",
            }
        )
    return figure(
        data,
        mode,
        barmode="relative",
        bargap=0.28,
        showlegend=True,
        legend=_LEGEND,
        margin={"l": 8, "r": 12, "t": 34, "b": 8},
        xaxis={
            "type": "date",
            "showgrid": False,
            "tickformat": "%b\n%Y",
            "tickangle": 0,
            "tickvals": x[:: -(-len(x) // 8)],
        },
        yaxis={"tickformat": "~s", "tickprefix": money_prefix(currency), "nticks": 7, "zeroline": True},
    )


def movement(month: date, part: str) -> str:
    """The rule that means the people of a part of a month's bridge."""
    return json.dumps({"did": "month_movement", "with": {"month": month.isoformat()[:7], "part": part}})


def movers(moves: pd.DataFrame, currency: str, mode: Mode, *, rising: bool) -> Figure:
    """A bar per product or category, the largest change at the top, with the change in money and as a share."""
    if moves.empty:
        sentence = say("Nothing rose between these periods") if rising else say("Nothing fell between these periods")
        return nothing(mode, sentence)
    color = tokens(mode)
    shown = moves.iloc[::-1]
    sizes = shown["change"].abs().to_numpy()
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": typed(sizes),
        "y": [str(key) for key in shown["id"]],
        "marker": {"color": color["segment-1"] if rising else color["segment-8"]},
        "text": [
            f"{'+' if rising else formats.MINUS}{formats.compact_money(float(size), currency)}<br>{change_told(share, state)}"
            for size, share, state in zip(sizes, shown["change_share"], shown["state"], strict=True)
        ],
        "textposition": "outside",
        "cliponaxis": False,
        "textfont": {"color": color["ink-2"], "size": 11},
        "hovertext": [
            say(
                "<b>{name}</b><br>{now} against {before} before",
                name=str(name),
                now=formats.money(float(now), currency),
                before=formats.money(float(before), currency),
            )
            for name, now, before in zip(shown["name"], shown["revenue"], shown["revenue_before"], strict=True)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    return figure(
        [bars],
        mode,
        bargap=0.3,
        margin={"l": 8, "r": 8, "t": 6, "b": 8},
        xaxis={"range": [0, float(sizes.max()) * 1.5], "showticklabels": False, "showgrid": False, "zeroline": False},
        yaxis={
            "type": "category",
            "showgrid": False,
            "ticksuffix": "  ",
            "tickvals": list(range(len(shown))),
            "ticktext": [_short(str(name)) for name in shown["name"]],
        },
    )


def change_told(share: float, state: str) -> str:
    """A relative change, or `new` and `gone`."""
    if state:
        return say(state)
    if share != share:  # noqa: PLR0124 - not-a-number differs from itself: nothing was sold before
        return say("none before")
    return rounded_change(share) if abs(share) < 10 else say("{n}×", n=formats.number(share + 1))


def _short(name: str) -> str:
    told = name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1].rstrip() + "…"
    return told.replace("<", "&lt;")


def lorenz(found: Concentration, currency: str, mode: Mode) -> Figure:
    """The share of revenue against the share of customers, the best first; the best 10 % and 20 % open into their people."""
    if not found.best:
        return nothing(mode, say("No revenue in this selection"))
    color = tokens(mode)
    customers, revenue = 1 - found.lorenz_customers[::-1], 1 - found.lorenz_revenue[::-1]
    curve = {
        "type": "scatter",
        "mode": "lines",
        "x": typed(customers),
        "y": typed(revenue),
        "line": {"color": color["accent"], "width": 2.5},
        "fill": "tonexty",
        "fillcolor": color["accent-soft"],
        "hoverinfo": "skip",  # its points are so close that the dots would not be met
    }
    equal = {
        "type": "scatter",
        "mode": "lines",
        "x": [0, 1],
        "y": [0, 1],
        "line": {"color": color["ink-3"], "width": 1, "dash": "dash"},
        "hoverinfo": "skip",
    }
    points = {
        "type": "scatter",
        "mode": "markers+text",
        "x": typed([item.share for item in found.best]),
        "y": typed([item.revenue_share for item in found.best]),
        "marker": {"size": 12, "color": color["segment-8"], "line": {"width": 2, "color": color["surface"]}},
        "text": [
            say(
                "  best {share}: {revenue}",
                share=formats.share(item.share, 0),
                revenue=formats.share(item.revenue_share, 0),
            )
            for item in found.best
        ],
        "textposition": "middle right",
        "textfont": {"color": color["ink"], "size": 13},
        "cliponaxis": False,
        "customdata": [best_rule(item.revenue_least) for item in found.best],
        "hovertext": [
            say(
                "<b>The best {share}: {n} customers</b><br>{revenue} of revenue, each {least} or more<br>Click to see who",
                share=formats.share(item.share, 0),
                n=formats.number(item.customers),
                revenue=formats.share(item.revenue_share),
                least=formats.money(item.revenue_least, currency),
            )
            for item in found.best
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    ticks = np.linspace(0, 1, 6).round(1).tolist()
    of_customers = {"text": say("Share of customers, the best first")}
    axis = {"tickformat": ".0%", "tickvals": ticks, "range": [0, 1.02], "showgrid": True}
    return figure(
        [equal, curve, points],
        mode,
        showlegend=False,
        hovermode="closest",
        xaxis={**axis, "title": of_customers},
        yaxis={**axis, "title": {"text": say("Share of revenue")}},
    )


def best_rule(least: float) -> str:
    """The rule that means the best customers: those who paid as much as the last of them."""
    return json.dumps({"column": "revenue_total", "is": "at least", "value": least})
