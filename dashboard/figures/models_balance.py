"""What is to be predicted, drawn: how many are yes in each part, or how amounts are spread."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from analytics.text import say
from dashboard import formats
from dashboard.figures.base import Figure, figure, nothing, typed
from dashboard.theme import Mode, readable_on, tokens

Numbers = np.ndarray[Any, Any]
_BINS: Final = 36
_WRITTEN: Final = 0.16
"""A piece of a bar that is narrower than this share has no room for its number."""


def balance_bars(parts: dict[str, tuple[int, int]], answers: tuple[str, str], mode: Mode) -> Figure:
    """A bar for each part, as long as its share of yes and of no. `parts` is its label → (yes, no)."""
    of = tokens(mode)
    labels = list(parts)
    traces = []
    for place, (answer, color) in enumerate(zip(answers, (of["accent"], of["segment-11"]), strict=True)):
        counts = [parts[label][place] for label in labels]
        shares = [count / max(1, sum(parts[label])) for count, label in zip(counts, labels, strict=True)]
        traces.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": answer,
                "y": labels,
                "x": typed(shares, "f8"),
                "marker": {"color": color},
                "text": [
                    formats.share(share, 0 if share >= 0.1 else 1) if share >= _WRITTEN else "" for share in shares
                ],
                "textposition": "inside",
                "insidetextanchor": "middle",
                "textangle": 0,
                "insidetextfont": {"color": readable_on(color), "size": 13},
                "hovertext": [
                    say(
                        "<b>{answer}</b><br>{n} of {all} cases, {share}",
                        answer=answer,
                        n=formats.number(count),
                        all=formats.number(sum(parts[label])),
                        share=formats.share(share),
                    )
                    for count, share, label in zip(counts, shares, labels, strict=True)
                ],
                "hovertemplate": "%{hovertext}<extra></extra>",
            }
        )
    return figure(
        traces,
        mode,
        barmode="stack",
        bargap=0.38,
        margin={"l": 8, "r": 12, "t": 4, "b": 4},
        xaxis={"visible": False, "range": [0, 1]},
        yaxis={"autorange": "reversed", "showgrid": False, "ticks": ""},
        legend={"orientation": "h", "y": -0.02, "yanchor": "top", "x": 0, "traceorder": "normal"},
    )


def amounts_histogram(amounts: Numbers, unit: str, currency: str, mode: Mode) -> Figure:
    """How many cases have which amount; the largest hundredth is in the last bar, and nothing has a bar of its own."""
    of = tokens(mode)
    if not len(amounts):
        return nothing(mode, say("There are no cases"))
    some = amounts[amounts != 0]
    if not len(some):
        return nothing(mode, say("Every amount is 0"))
    low, high = min(0.0, float(np.quantile(some, 0.01))), float(np.quantile(some, 0.99))
    if high <= low:
        low, high = float(some.min()), float(some.min()) + 1.0
    heights, edges = np.histogram(np.clip(some, low, high), _BINS, (low, high))
    width = float(edges[1] - edges[0])
    none = int((amounts == 0).sum())
    traces: list[dict[str, Any]] = [
        {
            "type": "bar",
            "name": say("cases"),
            "x": typed(edges[:-1] + width / 2, "f8"),
            "y": typed(heights, "f8"),
            "width": width * 0.94,
            "marker": {"color": of["accent"]},
            "hovertext": [
                say(
                    "{low} to {high}<br>{n} cases",
                    low=formats.in_unit(float(start), unit, currency),
                    high=formats.in_unit(float(start) + width, unit, currency),
                    n=formats.number(int(count)),
                )
                for start, count in zip(edges[:-1], heights, strict=True)
            ],
            "hovertemplate": "%{hovertext}<extra></extra>",
        }
    ]
    if none:
        traces.append(
            {
                "type": "bar",
                "name": say("nothing"),
                "x": [-1.5 * width],
                "y": [none],
                "width": width * 1.2,
                "marker": {"color": of["segment-11"]},
                "hovertext": [say("nothing<br>{n} cases", n=formats.number(none))],
                "hovertemplate": "%{hovertext}<extra></extra>",
            }
        )
    return figure(
        traces,
        mode,
        showlegend=bool(none),
        margin={"l": 8, "r": 12, "t": 8, "b": 8},
        xaxis={"tickprefix": formats.money(0, currency).replace("0", "") if unit == "money" else "", "nticks": 7},
        yaxis={"title": {"text": say("cases")}, "nticks": 5},
        legend={"orientation": "h", "y": 1, "x": 1, "xanchor": "right", "yanchor": "top"},
    )
