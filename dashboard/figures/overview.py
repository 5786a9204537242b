"""How the shop is doing, drawn."""

from __future__ import annotations

import json

import pandas as pd

from analytics.text import say
from dashboard import formats
from dashboard.figures.base import Figure, figure, nothing, records, typed
from dashboard.theme import Mode, segment_color, tokens


def revenue_by_month(months: pd.DataFrame, partial: tuple[bool, ...], currency: str, mode: Mode) -> Figure:
    """A bar per month; one that the data covers only in part is hatched."""
    if not months["revenue"].sum():
        return nothing(mode, say("No revenue in this selection"))
    accent = tokens(mode)["accent"]
    hover = [
        say(
            "<b>{month} (in part)</b><br>{revenue}<br>{orders} orders by {customers} customers"
            if is_partial
            else "<b>{month}</b><br>{revenue}<br>{orders} orders by {customers} customers",
            month=formats.month(month),
            revenue=formats.money(row["revenue"], currency),
            orders=formats.number(row["orders"]),
            customers=formats.number(row["customers"]),
        )
        for month, is_partial, row in zip(months.index, partial, records(months), strict=True)
    ]
    bars = {
        "type": "bar",
        "x": [month.isoformat() for month in months.index],
        "y": typed(months["revenue"]),
        "hovertext": hover,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {
            "color": accent,
            "pattern": {
                "shape": ["/" if is_partial else "" for is_partial in partial],
                "fgcolor": accent,
                "bgcolor": tokens(mode)["surface"],
                "size": 6,
            },
            "line": {"width": [1 if is_partial else 0 for is_partial in partial], "color": accent},
        },
    }
    return figure(
        [bars],
        mode,
        bargap=0.28,
        xaxis={
            "type": "date",
            "showgrid": False,
            "tickformat": "%b\n%Y",
            "tickangle": 0,
            "tickvals": [month.isoformat() for month in months.index[:: -(-len(months) // 8)]],
        },
        yaxis={"tickformat": "~s", "tickprefix": _symbol(currency), "rangemode": "tozero", "nticks": 6},
    )


def revenue_by_segment(summary: pd.DataFrame, currency: str, mode: Mode) -> Figure:
    """A bar per segment, best at the top, with its share of revenue; a click means its people."""
    total = summary["revenue"].sum()
    if not total:
        return nothing(mode, say("No revenue in this selection"))
    shown = summary.iloc[::-1]
    codes = range(len(summary) - 1, -1, -1)
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": typed(shown["revenue"]),
        "y": [say(name) for name in shown.index],
        "marker": {"color": [segment_color(code, mode) for code in codes]},
        "text": [formats.share(value / total, 0) for value in shown["revenue"]],
        "textposition": "outside",
        "cliponaxis": False,
        "textfont": {"color": tokens(mode)["ink-2"], "size": 12},
        "customdata": [_people(name) for name in shown.index],
        "hovertext": [
            say(
                "<b>{name}</b><br>{revenue}, {share} of revenue<br>{customers} customers",
                name=say(str(name)),
                revenue=formats.money(row["revenue"], currency),
                share=formats.share(row["revenue"] / total),
                customers=formats.number(row["customers"]),
            )
            for name, row in zip(shown.index, records(shown), strict=True)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    return figure(
        [bars],
        mode,
        bargap=0.3,
        margin={"l": 8, "r": 44, "t": 6, "b": 8},
        xaxis={"tickformat": "~s", "tickprefix": _symbol(currency), "nticks": 5, "rangemode": "tozero"},
        yaxis={"showgrid": False, "ticksuffix": "  "},
    )


def _people(segment: str) -> str:
    return json.dumps({"column": "segment", "is": "equal to", "value": segment})


def _symbol(currency: str) -> str:
    return formats.money(0, currency).rstrip("0") if currency else ""
