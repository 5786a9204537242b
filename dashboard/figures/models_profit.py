"""Profit drawn: what is left over, for each share of the cases that might be contacted, best scores first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from analytics.text import say
from dashboard import formats
from dashboard.figures.base import Figure, figure, nothing, typed
from dashboard.theme import Mode, mixed, tokens

_EXACT: Final = 100
_COMPACT: Final = 10_000_000
BEST: Final = "best"
"""What a click on the best point carries: from there on the cut-off follows the figures again."""


def profit_curve(
    shares: Sequence[float], profits: Sequence[float], low: Sequence[float], high: Sequence[float], *,
    best: int, chosen: int, affordable: float, currency: str, mode: Mode,
) -> Figure:  # fmt: skip
    """The expected profit over the share contacted, between what it is in 95 of 100 draws; `best` and `chosen` are points.

    `affordable` is the share that the budget pays for; 1 where there is none.
    """
    if len(shares) < 2:
        return nothing(mode, say("There are too few tested cases to draw a curve."))
    of = tokens(mode)
    hover = [
        say(
            "<b>Contact the best {share}</b><br>Expected profit {profit}<br>95 of 100: {low} to {high}",
            share=formats.share(share),
            profit=written(profit, currency),
            low=written(below, currency),
            high=written(above, currency),
        )
        for share, profit, below, above in zip(shares, profits, low, high, strict=True)
    ]
    x = typed(shares, "f4")
    traces: list[dict[str, Any]] = [
        _edge(x, low, None, mode),
        _edge(x, high, "tonexty", mode),
        {
            "type": "scatter",
            "mode": "lines",
            "name": say("chosen at random"),
            "x": [0, float(shares[-1])],
            "y": [0, float(profits[-1])],
            "line": {"color": of["ink-3"], "width": 1.5, "dash": "dash"},
            "hoverinfo": "skip",
        },
        {
            "type": "scatter",
            "mode": "lines",
            "name": say("by this model"),
            "x": x,
            "y": typed(profits, "f4"),
            "line": {"color": of["accent"], "width": 3},
            "customdata": [f"{share:.4f}" for share in shares],
            "hovertext": hover,
            "hovertemplate": "%{hovertext}<extra></extra>",
        },
        _point(shares[best], profits[best], say("best cut-off"), "circle", of["good"], hover[best], mode, BEST),
    ]
    if chosen != best:
        traces.append(
            _point(
                shares[chosen], profits[chosen], say("your cut-off"), "diamond", of["ink"], hover[chosen], mode,
                f"{shares[chosen]:.4f}",
            )
        )  # fmt: skip
    shapes: list[dict[str, Any]] = [_upright(float(shares[chosen]), of["ink-3"])]
    if affordable < 1:
        shapes.append(
            {
                "type": "rect", "xref": "x", "yref": "paper", "x0": affordable, "x1": 1, "y0": 0, "y1": 1,
                "fillcolor": of["ink-3"], "opacity": 0.12, "line": {"width": 0}, "layer": "below",
            }
        )  # fmt: skip
    sign = formats.money(0, currency).rstrip("0") if currency else ""
    return figure(
        traces,
        mode,
        shapes=shapes,
        annotations=_beyond_budget(affordable, of["ink-2"]),
        margin={"l": 8, "r": 26, "t": 8, "b": 8},
        showlegend=True,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        hovermode="closest",
        xaxis={
            "title": {"text": say("Share contacted, best scores first")},
            "tickformat": ".0%",
            "tickvals": [0, 0.25, 0.5, 0.75, 1],
            "range": [0, 1.004],
        },
        yaxis={"title": {"text": say("Expected profit")}, "tickprefix": sign, "tickformat": "~s", "nticks": 7},
    )


def written(amount: float, currency: str) -> str:
    """A profit or a loss as one compares it: whole, below a hundred exact; a loss has its minus before the currency's sign."""
    size = abs(amount)
    if size >= _COMPACT:
        told = formats.compact_money(size, currency)
    else:
        told = formats.money(size, currency, 2 if size < _EXACT and round(size, 2) % 1 else 0)
    return f"{formats.MINUS}{told}" if amount < 0 and any(digit in told for digit in "123456789") else told


def _edge(x: Any, values: Sequence[float], fill: str | None, mode: Mode) -> dict[str, Any]:
    of = tokens(mode)
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": typed(values, "f4"),
        "line": {"width": 0, "color": of["accent"]},
        "fill": fill,
        "fillcolor": mixed(of["surface"], of["accent"], 0.18),
        "name": say("in 95 of 100 draws of cases"),
        "showlegend": fill is not None,
        "hoverinfo": "skip",
    }


def _point(
    x: float, y: float, name: str, symbol: str, color: str, hover: str, mode: Mode, meant: str
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [float(x)],
        "y": [float(y)],
        "marker": {
            "size": 12,
            "symbol": symbol,
            "color": color,
            "line": {"width": 2, "color": tokens(mode)["surface"]},
        },
        "customdata": [meant],
        "hovertext": [hover],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _upright(at: float, color: str) -> dict[str, Any]:
    return {
        "type": "line", "xref": "x", "yref": "paper", "x0": at, "x1": at, "y0": 0, "y1": 1,
        "line": {"color": color, "width": 1, "dash": "dot"}, "layer": "below",
    }  # fmt: skip


def _beyond_budget(affordable: float, color: str) -> list[dict[str, Any]]:
    if affordable > 0.85:  # no room for words
        return []
    return [
        {
            "text": say("beyond the budget"), "showarrow": False, "xref": "x", "yref": "paper",
            "x": (1 + affordable) / 2, "y": 0.02, "yanchor": "bottom", "font": {"size": 12, "color": color},
        }
    ]  # fmt: skip
