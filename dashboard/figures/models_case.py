"""One case drawn: where its score stands, and what pushed it there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from analytics.text import say
from dashboard import formats
from dashboard.figures.base import Figure, figure, nothing, on_lines, typed
from dashboard.figures.models_why import score_words
from dashboard.theme import Mode, mixed, tokens


def score_scale(score: float, threshold: float, usual: float, mode: Mode) -> Figure:
    """A probability on its way from 0 to 100 %, with the usual case and the cut-off marked on it."""
    of = tokens(mode)
    is_yes = score >= threshold
    bars = [
        {
            "type": "bar", "orientation": "h", "x": [1.0], "y": [""], "width": [0.62], "hoverinfo": "skip",
            "marker": {"color": of["surface-2"]},
        },
        {
            "type": "bar", "orientation": "h", "x": [float(score)], "y": [""], "width": [0.62],
            "marker": {"color": of["accent"] if is_yes else mixed(of["surface"], of["accent"], 0.5)},
            "hovertext": [formats.share(score)], "hovertemplate": "%{hovertext}<extra></extra>",
        },
    ]  # fmt: skip
    # Two words over one place are moved apart
    apart = abs(threshold - usual) < 0.16
    marks = [(threshold, say("cut-off {share}", share=formats.share(threshold, 0)), of["ink"], "top", 0)]
    marks.append(
        (usual, say("usual {share}", share=formats.share(usual, 0)), of["ink-3"], "bottom" if apart else "top", 1)
    )
    return figure(
        bars,
        mode,
        barmode="overlay",
        showlegend=False,
        margin={"l": 8, "r": 8, "t": 26, "b": 44 if apart else 24},
        shapes=[
            {
                "type": "line", "xref": "x", "yref": "paper", "x0": at, "x1": at, "y0": 0.04, "y1": 0.96,
                "line": {"color": color, "width": 2, "dash": "solid" if place == 0 else "dot"},
            }
            for at, _, color, _, place in marks
        ],
        annotations=[
            {
                "text": text, "showarrow": False, "xref": "x", "x": at, "yref": "paper",
                "y": 1 if side == "top" else 0, "yanchor": "bottom" if side == "top" else "top",
                "yshift": 0 if side == "top" else -16,
                "xanchor": "left" if at < 0.12 else "right" if at > 0.88 else "center",
                "font": {"size": 12, "color": color},
            }
            for at, text, color, side, _ in marks
        ],
        xaxis={"range": [0, 1], "tickformat": ".0%", "showgrid": False, "zeroline": False, "nticks": 6},
        yaxis={"visible": False, "range": [-0.5, 0.5]},
    )  # fmt: skip


def reason_bars(
    labels: Sequence[str], values: Sequence[str], effects: Sequence[float], *, is_share: bool, currency: str, mode: Mode,
) -> Figure:  # fmt: skip
    """A bar for each feature of a case: to the right what raises its score, to the left what lowers it."""
    if not labels:
        return nothing(mode, say("Nothing moves this score: it is that of the usual case."))
    of = tokens(mode)
    names = [
        on_lines(say("{label}: {value}", label=label, value=value), 24)
        for label, value in zip(labels, values, strict=True)
    ]
    told = [effect_words(effect, is_share=is_share, currency=currency) for effect in effects]
    bars: dict[str, Any] = {
        "type": "bar",
        "orientation": "h",
        "y": names,
        "x": typed(effects, "f8"),
        "marker": {
            "color": [of["cluster-5"] if effect > 0 else of["cluster-1"] for effect in effects],
            "pattern": {
                "shape": ["" if effect > 0 else "/" for effect in effects],
                "fgcolor": of["surface"],
                "size": 6,
            },
        },
        "text": told,
        "textposition": "outside",
        "cliponaxis": False,
        "hovertext": [
            say("<b>{name}</b><br>{effect}", name=name, effect=words) for name, words in zip(names, told, strict=True)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    most = max(abs(effect) for effect in effects) or 1.0
    return figure(
        [bars],
        mode,
        bargap=0.35,
        showlegend=False,
        margin={"l": 8, "r": 12, "t": 6, "b": 8},
        xaxis={
            "title": {"text": say("Lowers the score · raises it")},
            "range": [-2.2 * most if any(effect < 0 for effect in effects) else 0, 2.2 * most],
            "zeroline": True,
            "nticks": 5,
            "showticklabels": False,
            "showgrid": False,
        },
        yaxis={"autorange": "reversed", "type": "category", "showgrid": False, "ticksuffix": "  "},
    )


def effect_words(effect: float, *, is_share: bool, currency: str) -> str:
    """What a feature adds to a score, with its sign: percentage points, or an amount."""
    if is_share:
        return formats.change(effect, points=True)
    told = score_words(abs(effect), is_share=False, currency=currency)
    return f"{formats.MINUS if effect < 0 else '+'}{told}"
