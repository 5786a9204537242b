"""How groups of customers cross, and what is not known of them, drawn. Every mark carries the rule of its people."""

from __future__ import annotations

from typing import Any

import numpy as np

from analytics.exploration import Completeness, Demographics, Pivot
from analytics.rules import Condition
from analytics.text import say
from dashboard import formats
from dashboard.figures.base import Figure, figure, nothing, typed
from dashboard.figures.explore import NOBODY, people_of, short
from dashboard.theme import Mode, mixed, readable_on, tokens

FEW = 30
"""A share of fewer customers says little, and is drawn pale."""


def gap_bars(found: Completeness, mode: Mode) -> Figure:
    """A bar for each column that has gaps, as long as the share missing; a click means those without a value."""
    gaps = [gap for gap in found.gaps if gap.missing]
    if not gaps:
        return nothing(mode, say("Nothing is missing") if found.customers else say(NOBODY))
    of = tokens(mode)
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": [gap.label for gap in gaps],
        "x": typed([gap.share for gap in gaps]),
        "marker": {"color": of["accent"]},
        "text": [formats.share(gap.share) for gap in gaps],
        "textposition": "outside",
        "cliponaxis": False,
        "customdata": [people_of(Condition(gap.name, "missing")) for gap in gaps],
        "hovertext": [
            say("<b>{name}</b><br>missing for {n} customers", name=gap.label, n=formats.number(gap.missing))
            + (f"<br>{gap.meaning}" if gap.meaning else "")
            for gap in gaps
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    return figure(
        [bars],
        mode,
        bargap=0.4,
        margin={"l": 8, "r": 56, "t": 6, "b": 8},
        xaxis={"tickformat": ".0%", "range": [0, max(gap.share for gap in gaps) * 1.08], "nticks": 6},
        yaxis={"range": _rows(len(gaps)), "type": "category", "showgrid": False, "ticksuffix": "  "},
    )


def gap_patterns(found: Completeness, labels: dict[str, str], mode: Mode) -> Figure:
    """A row for each way in which gaps come together: filled where a column is missing. A click means its people."""
    names = [gap.name for gap in found.gaps if gap.missing]
    if not names or not found.customers:
        return nothing(mode, say("Nothing is missing") if found.customers else say(NOBODY))
    of = tokens(mode)
    rows = [
        say("{n} ({share})", n=formats.number(item.customers), share=formats.share(item.customers / found.customers, 0))
        for item in found.patterns
    ]
    at = [(row, column) for row in range(len(rows)) for column in range(len(names))]
    is_missing = [names[column] in found.patterns[row].missing for row, column in at]
    sentences = ("{n} customers: {column} is known", "{n} customers: {column} is missing")
    dots = {
        "type": "scatter",
        "mode": "markers",
        "x": [column for _, column in at],
        "y": [row for row, _ in at],
        "marker": {
            "size": 17,
            "color": [of["accent"] if missing else of["surface"] for missing in is_missing],
            "line": {"width": 2, "color": [of["accent"] if missing else of["line"] for missing in is_missing]},
        },
        "customdata": [people_of(rule) if (rule := found.patterns[row].rule) else None for row, _ in at],
        "hovertext": [
            say(
                sentences[missing],
                n=formats.number(found.patterns[row].customers),
                column=labels.get(names[column], names[column]),
            )
            for (row, column), missing in zip(at, is_missing, strict=True)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    plain = {"showgrid": False, "zeroline": False}
    return figure(
        [dots],
        mode,
        hovermode="closest",
        xaxis={
            "tickvals": list(range(len(names))),
            "ticktext": [labels.get(name, name) for name in names],
            "tickangle": -35 if len(names) > 3 else 0,
            "side": "top",
            "range": [-0.6, len(names) - 0.4],
            **plain,
        },
        yaxis={
            "tickvals": list(range(len(rows))),
            "ticktext": rows,
            "range": _rows(len(rows)),
            "ticksuffix": "  ",
            **plain,
        },
    )


def _rows(count: int) -> list[float]:
    """A range from the top down that leaves few rows as thin as many."""
    return [max(count, 6) - 0.5, -0.5]


def attribute_bars(found: Demographics, mode: Mode) -> Figure:
    """Each segment's customers by attribute, as shares of the segment, and everyone's below. A click means both conditions."""
    total = int(found.customers.sum())
    if not total:
        return nothing(mode, say(NOBODY))
    of, shares, everyone = tokens(mode), found.shares, found.everyone
    names = [say(label) for label in found.segments.labels]
    rows = [*names, say("Everyone")]
    size = len(found.attribute)
    traces = []
    for place, label in enumerate(found.attribute.labels):
        color = mixed(of["heat-low"], of["heat-high"], (place + 1) / size) if label != say("Missing") else of["line"]
        values = [*np.nan_to_num(shares[:, place]), everyone[place]]
        counts = [*found.customers[:, place], found.customers[:, place].sum()]
        rules = [people_of(found.rule(row, place)) for row in range(len(names))]
        traces.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": label,
                "y": rows,
                "x": typed(values),
                "marker": {"color": color, "line": {"width": 1, "color": of["surface"]}},
                "text": [formats.share(value, 0) if value >= 0.06 else "" for value in values],
                "textposition": "inside",
                "insidetextanchor": "middle",
                "textangle": 0,
                "textfont": {"color": readable_on(color), "size": 11},
                "customdata": [*rules, people_of(found.attribute.rules[place])],
                "hovertext": [
                    say(
                        "<b>{row}</b><br>{group}: {n} customers, {share}",
                        row=row,
                        group=label,
                        n=formats.number(int(count)),
                        share=formats.share(float(value)),
                    )
                    for row, count, value in zip(rows, counts, values, strict=True)
                ],
                "hovertemplate": "%{hovertext}<extra></extra>",
            }
        )
    return figure(
        traces,
        mode,
        barmode="stack",
        bargap=0.25,
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
        margin={"l": 8, "r": 12, "t": 40, "b": 8},
        xaxis={"tickformat": ".0%", "range": [0, 1], "nticks": 6, "showgrid": False},
        yaxis={"autorange": "reversed", "type": "category", "showgrid": False, "ticksuffix": "  "},
    )


def index_heatmap(found: Demographics, mode: Mode) -> Figure:
    """How far each share is from everyone's, 100 being as everyone: blue above, orange below, pale where few people say it.

    A click means both conditions.
    """
    if not found.customers.sum():
        return nothing(mode, say(NOBODY))
    of, index = tokens(mode), found.index
    # 50 and 200 are equally far from 100; beyond them the colour does not change
    z = np.clip(np.log2(np.where(index > 0, index, 50) / 100), -1, 1)
    z = np.where(np.isnan(index), np.nan, np.where(found.customers < FEW, z / 3, z))
    scale = diverging(mode)
    hover = [
        [
            say(
                "<b>{segment}, {group}</b><br>index {index}<br>{share} here, {all} of everyone<br>{n} customers",
                segment=say(segment),
                group=group,
                index=formats.number(index[i, j]),
                share=formats.share(found.shares[i, j]),
                all=formats.share(found.everyone[j]),
                n=formats.number(int(found.customers[i, j])),
            )
            for j, group in enumerate(found.attribute.labels)
        ]
        for i, segment in enumerate(found.segments.labels)
    ]
    texts = [[formats.number(value) for value in row] for row in index]
    ink = [[_ink_on(value, scale, of) for value in row] for row in z]
    people = [[people_of(found.rule(i, j)) for j in range(len(found.attribute))] for i in range(len(found.segments))]
    rows, columns = [say(label) for label in found.segments.labels], list(found.attribute.labels)
    return _cells(z, rows, columns, texts, ink, hover, people, scale, (-1, 1), mode)


def pivot_heatmap(found: Pivot, currency: str, mode: Mode) -> Figure:
    """The measure of every two groups; darker is more. A click means the people of the cell."""
    if not found.customers.sum():
        return nothing(mode, say(NOBODY))
    of, unit = tokens(mode), measure_unit(found)
    empty = found.customers == 0
    z = np.where(empty, np.nan, found.values)
    known = z[~np.isnan(z)]
    if not len(known):
        return nothing(mode, say("Nobody in this selection has a value"))
    low, high = float(known.min()), float(known.max())
    scale = [[0.0, of["heat-low"]], [1.0, of["heat-high"]]]
    texts = [["" if np.isnan(v) else _in_cell(v, unit, currency) for v in row] for row in z]
    ink = [
        [
            of["ink-3"]
            if np.isnan(v)
            else readable_on(mixed(of["heat-low"], of["heat-high"], (v - low) / ((high - low) or 1)))
            for v in row
        ]
        for row in z
    ]
    hover = [
        [
            say(
                "<b>{row}</b><br><b>{column}</b><br>{value}<br>{n} customers",
                row=row,
                column=column,
                value=formats.in_unit(None if np.isnan(z[i, j]) else float(z[i, j]), unit, currency),
                n=formats.number(int(found.customers[i, j])),
            )
            for j, column in enumerate(found.columns.labels)
        ]
        for i, row in enumerate(found.rows.labels)
    ]
    people = [[people_of(found.rule(i, j)) for j in range(len(found.columns))] for i in range(len(found.rows))]
    return _cells(
        z, list(found.rows.labels), list(found.columns.labels), texts, ink, hover, people, scale, (low, high), mode
    )


def measure_unit(found: Pivot) -> str:
    """The unit of a pivot's measure."""
    if found.metric is not None:
        return found.metric.unit
    return "money" if found.measure == "revenue" else "customers"


def _cells(
    z: np.ndarray[Any, Any],
    rows: list[str],
    columns: list[str],
    texts: list[list[str]],
    ink: list[list[str]],
    hover: list[list[str]],
    people: list[list[str]],
    scale: list[Any],
    ends: tuple[float, float],
    mode: Mode,
) -> Figure:
    """A grid of cells, the first row at the top, each with its number written in."""
    size = 12 if len(columns) <= 8 else 10
    notes = [
        {"x": j, "y": i, "text": texts[i][j], "showarrow": False, "font": {"size": size, "color": ink[i][j]}}
        for i in range(len(rows))
        for j in range(len(columns))
        if texts[i][j]
    ]
    cells = {
        "type": "heatmap",
        "z": typed(z),
        "x": list(range(len(columns))),
        "y": list(range(len(rows))),
        "xgap": 2,
        "ygap": 2,
        "zmin": ends[0],
        "zmax": ends[1] if ends[1] > ends[0] else ends[0] + 1,
        "showscale": False,
        "colorscale": scale,
        "hoverongaps": False,
        "customdata": people,
        "hovertext": hover,
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    plain = {"showgrid": False, "zeroline": False}
    return figure(
        [cells],
        mode,
        annotations=notes,
        xaxis={
            "tickvals": list(range(len(columns))),
            "ticktext": columns,
            "side": "top",
            "tickangle": -30 if sum(map(len, columns)) > 24 and len(columns) > 4 else 0,
            **plain,
        },
        yaxis={
            "tickvals": list(range(len(rows))),
            "ticktext": rows,
            "autorange": "reversed",
            "ticksuffix": "  ",
            **plain,
        },
    )


def diverging(mode: Mode) -> list[list[Any]]:
    """Orange for less, blue for more, the page's own colour between: told apart by people with any colour vision."""
    of = tokens(mode)
    return [[0.0, of["segment-8"]], [0.5, of["surface-2"]], [1.0, of["heat-high"]]]


def _ink_on(value: float, scale: list[list[Any]], of: dict[str, str]) -> str:
    """What can be read on the colour of a value from -1 to 1."""
    if np.isnan(value):
        return of["ink-3"]
    low, middle, high = (color for _, color in scale)
    return readable_on(mixed(middle, high, value) if value >= 0 else mixed(middle, low, -value))


def _in_cell(value: float, unit: str, currency: str) -> str:
    """A value where its neighbours have as many digits."""
    return short(value, unit, currency) if abs(value) >= 1_000 else formats.in_unit(value, unit, currency)
