"""What a model goes by, drawn: which features it would miss most, and what it says over the values of one of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from analytics.text import plain, say
from dashboard import formats
from dashboard.figures.base import Figure, figure, nothing, typed
from dashboard.theme import Mode, mixed, tokens


def importance_bars(
    names: Sequence[str], labels: Sequence[str], drops: Sequence[float], low: Sequence[float], high: Sequence[float], *,
    chosen: str, measure: str, mode: Mode,
) -> Figure:  # fmt: skip
    """A bar for each feature, the most important first: how much worse the model is where its values are shuffled.

    The line across the end of a bar is how that varied from shuffle to shuffle. A click carries the feature's name.
    """
    if not names:
        return nothing(mode, say("This model reads no features."))
    of = tokens(mode)
    hover = [
        say(
            "<b>{label}</b><br>Shuffled, {measure} is {drop} worse<br>From shuffle to shuffle: {low} to {high}",
            label=label,
            measure=measure,
            drop=small(drop),
            low=small(below),
            high=small(above),
        )
        for label, drop, below, above in zip(labels, drops, low, high, strict=True)
    ]
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": list(labels),
        "x": typed(drops, "f8"),
        "marker": {
            "color": [of["accent"] if name == chosen else mixed(of["surface"], of["accent"], 0.45) for name in names]
        },
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [max(0.0, above - drop) for drop, above in zip(drops, high, strict=True)],
            "arrayminus": [max(0.0, drop - below) for drop, below in zip(drops, low, strict=True)],
            "color": of["ink-2"],
            "thickness": 1.4,
            "width": 4,
        },
        "customdata": list(names),
        "hovertext": hover,
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    return figure(
        [bars],
        mode,
        bargap=0.3,
        margin={"l": 8, "r": 24, "t": 6, "b": 8},
        xaxis={"title": {"text": say("How much worse without it: {measure}", measure=measure)}, "nticks": 6},
        yaxis={"autorange": "reversed", "type": "category", "showgrid": False, "ticksuffix": "  "},
    )


def small(value: float) -> str:
    """A figure of merit's difference with three figures of it, with a minus of its own."""
    told = "0" if abs(value) < 1e-4 else plain(abs(value))
    return f"{formats.MINUS}{told}" if value < 0 and told != "0" else told


def dependence_line(
    values: Sequence[float], scores: Sequence[float], shares: Sequence[float], *,
    label: str, unit: str, score: str, is_share: bool, currency: str, mode: Mode,
) -> Figure:  # fmt: skip
    """The mean score where all cases are given each value in turn; below it, how many cases lie there."""
    if len(values) < 2:
        return nothing(mode, say("All cases have the same {label}: there is nothing to compare.", label=label))
    of = tokens(mode)
    hover = [
        say(
            "<b>{label}: {value}</b><br>{score}: {mean}<br>{share} of cases lie here",
            label=label,
            value=value_words(value, unit, currency),
            score=score,
            mean=score_words(mean, is_share=is_share, currency=currency),
            share=formats.share(share),
        )
        for value, mean, share in zip(values, scores, shares, strict=True)
    ]
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": typed(values, "f8"),
        "y": typed(scores, "f8"),
        "line": {"color": of["accent"], "width": 3, "shape": "linear"},
        "marker": {"size": 6},
        "hovertext": hover,
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    crowd = {
        "type": "bar",
        "x": typed(values, "f8"),
        "y": typed(shares, "f8"),
        "yaxis": "y2",
        "marker": {"color": mixed(of["surface"], of["ink-3"], 0.35)},
        "hoverinfo": "skip",
    }
    return figure(
        [crowd, line],
        mode,
        showlegend=False,
        margin={"l": 8, "r": 14, "t": 8, "b": 8},
        xaxis={
            "title": {"text": with_unit(label, unit)}, "anchor": "y2", "showgrid": False, "nticks": 8, **_written(unit, currency),
        },
        yaxis={"title": {"text": score}, "domain": [0.22, 1], **_score_axis(scores, is_share, currency)},
        yaxis2={
            "domain": [0, 0.14], "showgrid": False, "tickformat": ".0%", "nticks": 3, "rangemode": "tozero",
            "title": {"text": say("Cases")}, "anchor": "x",
        },
    )  # fmt: skip


def dependence_bars(
    levels: Sequence[str], scores: Sequence[float], shares: Sequence[float], *,
    label: str, score: str, is_share: bool, currency: str, mode: Mode,
) -> Figure:  # fmt: skip
    """The mean score where all cases are given each text in turn."""
    if len(levels) < 2:
        return nothing(mode, say("All cases have the same {label}: there is nothing to compare.", label=label))
    of = tokens(mode)
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": list(levels),
        "x": typed(scores, "f8"),
        "marker": {"color": of["accent"]},
        "text": [score_words(mean, is_share=is_share, currency=currency) for mean in scores],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertext": [
            say(
                "<b>{label}: {value}</b><br>{score}: {mean}<br>{share} of cases have it",
                label=label,
                value=level,
                score=score,
                mean=score_words(mean, is_share=is_share, currency=currency),
                share=formats.share(share),
            )
            for level, mean, share in zip(levels, scores, shares, strict=True)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    return figure(
        [bars],
        mode,
        bargap=0.3,
        margin={"l": 8, "r": 60, "t": 6, "b": 8},
        xaxis={"title": {"text": score}, "rangemode": "tozero", **_score_axis([0.0, *scores], is_share, currency)},
        yaxis={"autorange": "reversed", "type": "category", "showgrid": False, "ticksuffix": "  "},
    )


def score_words(score: float, *, is_share: bool, currency: str) -> str:
    """A score as people say it: a probability in percent, an amount with its currency."""
    return formats.share(score) if is_share else formats.in_unit(score, "money" if currency else "number", currency)


def value_words(value: Any, unit: str, currency: str) -> str:
    """A feature's value with its unit."""
    if value is None or value != value:  # noqa: PLR0124 - not-a-number
        return say("missing")
    if isinstance(value, str):
        return value
    told = formats.in_unit(float(value), unit, currency)
    return say("{n} days", n=told) if unit == "days" else told


def with_unit(label: str, unit: str) -> str:
    """A feature's heading, with the unit where the numbers do not show it."""
    if unit in ("days", "seconds") and unit not in label.lower():
        return say("{label} ({unit})", label=label, unit=say(unit))
    return label


def _written(unit: str, currency: str) -> dict[str, Any]:
    if unit == "share":
        return {"tickformat": ".0%"}
    sign = formats.money(0, currency).rstrip("0") if unit == "money" and currency else ""
    return {"tickprefix": sign, "tickformat": ",~r"}


def _score_axis(scores: Sequence[float], is_share: bool, currency: str) -> dict[str, Any]:
    if is_share:
        spread = max(scores) - min(scores)
        return {"tickformat": ".0%" if spread > 0.06 else ".1%", "nticks": 6}
    return {"tickprefix": formats.money(0, currency).rstrip("0") if currency else "", "tickformat": "~s", "nticks": 6}
