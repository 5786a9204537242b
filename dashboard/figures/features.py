"""One feature drawn: how customers lie by it before scaling and after. Every bar carries the rule of its people."""

from __future__ import annotations

import json
from typing import Any, Literal

from analytics.clusters.features import Bar, Spread
from analytics.text import say
from dashboard import formats
from dashboard.figures.base import Figure, figure, nothing, typed
from dashboard.theme import Mode, tokens

Side = Literal["before", "after"]
_ONE_EACH = (
    "There is nothing to scale: each value is a coordinate of 1 or 0, and all of them together weigh as one number."
)


def feature_bars(found: Spread, side: Side, currency: str, mode: Mode) -> Figure:
    """A bar for each range of values, what stands in for missing ones hatched on top; of named values a bar each, before."""
    if found.labels:
        return _named(found, mode) if side == "before" else nothing(mode, say(_ONE_EACH))
    bars = found.before if side == "before" else found.after
    of = tokens(mode)
    middles = [(bar.low + bar.high) / 2 for bar in bars]
    widths = [(bar.high - bar.low) * 0.94 for bar in bars]
    known = {
        "type": "bar",
        "name": say("known"),
        "x": typed(middles, "f8"),
        "y": typed([bar.customers for bar in bars], "i4"),
        "width": typed(widths, "f8"),
        "marker": {"color": of["accent"]},
        "customdata": [people_of(bar) for bar in bars],
        "hovertext": [_told(found, bar, side, currency) for bar in bars],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    traces: list[dict[str, Any]] = [known]
    if any(bar.stood_in for bar in bars):
        missing = json.dumps({"column": found.name, "is": "missing"})
        traces.append(
            {
                **known,
                "name": say("missing: something stands in"),
                "y": typed([bar.stood_in for bar in bars], "i4"),
                "marker": {
                    "color": of["accent"],
                    "pattern": {"shape": "/", "fgcolor": of["accent"], "bgcolor": of["surface"], "size": 6},
                },
                "customdata": [missing] * len(bars),
                "hovertext": [
                    say(
                        "<b>Missing</b><br>{n} customers for whom this value stands in",
                        n=formats.number(bar.stood_in),
                    )
                    for bar in bars
                ],
            }
        )
    most = max((bar.customers + bar.stood_in for bar in bars), default=0)
    # there are no halves of customers: a few of them are counted one by one
    steps = {"dtick": 1} if most <= 6 else {"nticks": 6}
    return figure(
        traces,
        mode,
        barmode="stack",
        bargap=0,
        margin={"l": 8, "r": 12, "t": 8, "b": 8},
        showlegend=len(traces) > 1,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
        xaxis={"title": {"text": _axis(found, side)}, "showgrid": False, "zeroline": side == "after", "nticks": 8}
        | _written(found, side, currency),
        yaxis={"title": {"text": say("Customers")}, "rangemode": "tozero", "tickformat": ",d", **steps},
    )


def _told(found: Spread, bar: Bar, side: Side, currency: str) -> str:
    if side == "after":
        people = bar.rule.sentence(lambda _: found.label)
        return say("<b>{people}</b><br>{n} customers", people=people, n=formats.number(bar.customers))
    low, high = (formats.in_unit(value, found.unit, currency) for value in (bar.low, bar.high))
    return say("<b>{low} to {high}</b><br>{n} customers", low=low, high=high, n=formats.number(bar.customers))


def _axis(found: Spread, side: Side) -> str:
    if side == "after":
        return say("{label}, scaled", label=found.label)
    return say("{label} ({unit})", label=found.label, unit=say(found.unit)) if found.unit == "days" else found.label


def _written(found: Spread, side: Side, currency: str) -> dict[str, Any]:
    if side == "after":
        return {}
    if found.unit == "share":
        return {"tickformat": ".0%"}
    sign = formats.money(0, currency).rstrip("0") if found.unit == "money" and currency else ""
    return {"tickprefix": sign, "tickformat": ",~r"}


def _named(found: Spread, mode: Mode) -> Figure:
    of = tokens(mode)
    total = max(sum(bar.customers for bar in found.before), 1)
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": list(found.labels),
        "x": typed([bar.customers for bar in found.before], "i4"),
        "marker": {"color": of["accent"]},
        "text": [formats.share(bar.customers / total) for bar in found.before],
        "textposition": "outside",
        "cliponaxis": False,
        "customdata": [people_of(bar) for bar in found.before],
        "hovertext": [
            say("<b>{name}</b><br>{n} customers", name=label, n=formats.number(bar.customers))
            for label, bar in zip(found.labels, found.before, strict=True)
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


def people_of(bar: Bar) -> str:
    """The rule of a bar, as a click carries it."""
    return json.dumps(bar.rule.to_json(), ensure_ascii=False)
