"""Funnels, drawn."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from analytics.behaviour.funnels import StepCount
from analytics.behaviour.steps import step_names
from analytics.text import say
from dashboard import formats
from dashboard.figures.base import Figure, figure, nothing, typed
from dashboard.theme import Mode, mixed, readable_on, tokens

Array = np.ndarray[Any, Any]
_LONGEST_LABEL = 22
_SHORT = 0.16
"""Of the first step's bar: shorter ones have no room for a number."""
_ROOM = 0.22
ROW_PIXELS = 62
"""A step's height in the funnel."""


def funnel_rule(kind: str, steps: Sequence[StepCount], place: int, within: str) -> dict[str, Any]:
    """The people at a step: `lost_in_funnel` or `reached_in_funnel`; `place` is the step, counted from 1."""
    details = {"steps": [step.step.text for step in steps], "step": place}
    return {"did": kind, "with": {**details, "within": within} if within else details}


def funnel_bars(
    steps: Sequence[StepCount], unit: str, within: str, mode: Mode, *, known: Sequence[int] | None = None
) -> Figure:
    """A row per step: those who reached it, and hatched those who came to the step before and no further.

    A click means the customers of a bar. `known` is how many known customers are behind each row's hatched bar; None where
    nobody is known, and then nothing opens.
    """
    if not steps or not steps[0].reached:
        return nothing(mode, say("Nobody took the first step in this selection"))
    of = tokens(mode)
    places = list(range(len(steps)))
    rows = [f"{place}" for place in places]
    # A bar too short for its number has it at the end of its row, where that needs room
    at_end = [place for place in places[1:] if steps[place].reached < _SHORT * steps[0].reached]
    longest = max((steps[place - 1].reached / steps[0].reached for place in at_end), default=0.0)
    reached = {
        "type": "bar",
        "name": "reached",
        "orientation": "h",
        "y": rows,
        "x": typed([step.reached for step in steps], "i4"),
        "marker": {"color": of["accent"]},
        "text": ["" if place in at_end else "\u00a0" + _reached_text(steps[place]) for place in places],
        "textposition": "auto",
        "insidetextanchor": "start",
        "insidetextfont": {"color": of["accent-ink"], "size": 13},
        "outsidetextfont": {"color": of["ink"], "size": 13},
        "textangle": 0,
        "cliponaxis": False,
        "hovertext": [_reached_hover(step, unit) for step in steps],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    lost = {
        "type": "bar",
        "name": "lost",
        "orientation": "h",
        "y": rows[1:],
        "x": typed([step.lost for step in steps[1:]], "i4"),
        "marker": {
            "color": of["bad-soft"],
            "line": {"width": 1, "color": of["bad"]},
            "pattern": {"shape": "/", "fgcolor": of["bad"], "bgcolor": of["bad-soft"], "size": 7, "solidity": 0.12},
        },
        "text": [
            f"<span style='color:{of['ink']}'>{_reached_text(steps[place])}</span>  {_lost_text(steps[place])}"
            if place in at_end
            else _lost_text(steps[place])
            for place in places[1:]
        ],
        "textposition": "outside",
        "outsidetextfont": {"color": of["bad"], "size": 13},
        "textangle": 0,
        "cliponaxis": False,
        "hovertext": [_lost_hover(steps, place, unit, known) for place in places[1:]],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    if known is not None:
        reached["customdata"] = [json.dumps(funnel_rule("reached_in_funnel", steps, p + 1, within)) for p in places]
        lost["customdata"] = [json.dumps(funnel_rule("lost_in_funnel", steps, p + 1, within)) for p in places[1:]]
    return figure(
        [reached, lost],
        mode,
        barmode="stack",
        bargap=0.22,
        showlegend=False,
        margin={"l": 8, "r": 52, "t": 6, "b": 8},
        xaxis={"visible": False, "range": [0, steps[0].reached * max(1.0, longest + _ROOM)], "fixedrange": True},
        yaxis={
            "type": "category",
            "autorange": "reversed",
            "showgrid": False,
            "tickvals": rows,
            "ticktext": [short(name) + "  " for name in numbered(steps)],
            "fixedrange": True,
            "tickfont": {"size": 13, "color": of["ink"]},
        },
    )


def numbered(steps: Sequence[StepCount]) -> list[str]:
    """`1 View`, `2 Cart`: the same step twice is two rows."""
    names = step_names([step.step for step in steps])
    return [say("{n}. {step}", n=place, step=name) for place, name in enumerate(names, start=1)]


def short(name: str) -> str:
    return name if len(name) <= _LONGEST_LABEL else name[: _LONGEST_LABEL - 1] + "…"


def _reached_text(step: StepCount) -> str:
    if step.of_previous is None:
        return formats.number(step.reached)
    return say("{n} · {share}", n=formats.number(step.reached), share=formats.share(step.share, _digits(step.share)))


def _lost_text(step: StepCount) -> str:
    share = None if step.of_previous is None else 1 - step.of_previous
    return say("−{share}", share=formats.share(share, _digits(share))) if step.lost else ""


def _digits(share: float | None) -> int:
    return 1 if share is not None and 0 < share < 0.1 else 0


def units(count: int, unit: str) -> str:
    """`1,234 visits`."""
    sentences = {
        "sessions": ("{n} visit", "{n} visits"),
        "visitors": ("{n} visitor", "{n} visitors"),
    }[unit]
    return say(sentences[count != 1], n=formats.number(count))


def _reached_hover(step: StepCount, unit: str) -> str:
    lines = [f"<b>{escaped(step.step.label)}</b>", units(step.reached, unit)]
    if step.of_previous is not None:
        lines.append(say("{share} of those who took the first step", share=formats.share(step.share)))
        lines.append(say("{share} of those at the step before", share=formats.share(step.of_previous)))
    if step.median_seconds is not None:
        lines.append(say("typically {duration} after the step before", duration=formats.seconds(step.median_seconds)))
    return "<br>".join(lines)


def _lost_hover(steps: Sequence[StepCount], place: int, unit: str, known: Sequence[int] | None) -> str:
    names = [escaped(name) for name in step_names([step.step for step in steps])]
    told = say(
        "<b>{lost}</b> came to {before} and not to {step}",
        lost=units(steps[place].lost, unit),
        before=names[place - 1],
        step=names[place],
    )
    if known is None:
        return told
    people = say("{n} known customers never came further: click to see who", n=formats.number(known[place]))
    return f"{told}<br>{people}"


def escaped(text: str) -> str:
    return text.replace("<", "&lt;")


def funnel_groups(
    names: Sequence[str], reached: Array, steps: Sequence[StepCount], mode: Mode, rules: Sequence[Any] | None = None
) -> Figure:
    """A row per group, a cell per step after the first: the share of those at the step before who took it.

    `reached` has shape (groups, steps). `rules` is a rule's JSON for each cell, which a click opens; None where
    nothing opens.
    """
    if not len(reached) or not reached[:, 0].sum():
        return nothing(mode, say("Nobody took the first step in this selection"))
    of = tokens(mode)
    before, after = reached[:, :-1], reached[:, 1:]
    shares = np.divide(after, before, out=np.full(after.shape, np.nan), where=before > 0)
    least, most = _span(shares)
    headings = [short(name) for name in step_names([step.step for step in steps])[1:]]
    rows = [str(name) for name in names]
    plain = step_names([step.step for step in steps])
    cells: dict[str, Any] = {
        "type": "heatmap",
        "x": [str(place) for place in range(len(headings))],
        "y": rows,
        "z": typed(shares),
        "xgap": 3,
        "ygap": 3,
        "zmin": least,
        "zmax": most,
        "showscale": False,
        "colorscale": [[0, of["heat-low"]], [1, of["heat-high"]]],
        "hoverongaps": False,
        "hovertext": [
            [
                say(
                    "<b>{group}</b><br>{after} of {before} went from {from_} to {to}: {share}",
                    group=escaped(rows[row]),
                    after=formats.number(after[row, place]),
                    before=formats.number(before[row, place]),
                    from_=escaped(plain[place]),
                    to=escaped(plain[place + 1]),
                    share=formats.share(or_none(shares[row, place])),
                )
                for place in range(len(headings))
            ]
            for row in range(len(rows))
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    if rules is not None:
        cells["customdata"] = [[json.dumps(rule) for rule in of_group] for of_group in rules]
    notes = [
        {
            "x": place,
            "y": row,
            "text": formats.share(or_none(shares[row, place]), _digits(or_none(shares[row, place]))),
            "showarrow": False,
            "font": {
                "size": 13,
                "color": of["ink-3"]
                if np.isnan(shares[row, place])
                else readable_on(
                    mixed(of["heat-low"], of["heat-high"], (float(shares[row, place]) - least) / (most - least))
                ),
            },
        }
        for row in range(len(rows))
        for place in range(len(headings))
    ]
    return figure(
        [cells],
        mode,
        annotations=notes,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis={
            "type": "category",
            "side": "top",
            "showgrid": False,
            "tickvals": [str(place) for place in range(len(headings))],
            "ticktext": headings,
            "tickangle": 0,
            "fixedrange": True,
        },
        yaxis={"type": "category", "autorange": "reversed", "showgrid": False, "ticksuffix": "  ", "fixedrange": True},
    )


def _span(shares: Array) -> tuple[float, float]:
    """Between which shares the colours go: the smallest is not quite the palest, so that groups that are near still differ."""
    known = shares[~np.isnan(shares)]
    if not len(known) or known.max() == known.min():
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    return max(0.0, low - 0.3 * (high - low)), high


def or_none(share: float) -> float | None:
    return None if np.isnan(share) else float(share)
