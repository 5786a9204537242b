"""Segmentations side by side, drawn: how customers run from one to the next, and who is where in both."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.request import RFM
from analytics.rules import AllOf, Condition
from analytics.segmentation import Comparison, Pair, Side
from analytics.text import say
from dashboard import formats
from dashboard.figures.base import Figure, figure, nothing, on_lines, typed
from dashboard.figures.explore import people_of
from dashboard.theme import Mode, cluster_color, mixed, readable_on, segment_color, tokens

_LABEL_LETTERS = {2: 26, 3: 22, 4: 18}
"""By the number of columns: between the last two, the names of both meet."""
_GAP = 0.022
"""Between two nodes of a column, as a share of the picture's height."""
Columns = Sequence[str | None]
"""For each side the column of the customers that holds it, where there is one."""


def color_of(side: Side, code: int, mode: Mode) -> str:
    """A segment's colour: the one that it has on its own page; grey for those in no group."""
    if code == side.outside:
        return tokens(mode)["segment-11"]
    return segment_color(code, mode) if side.name == RFM else cluster_color(code, mode)


def short(name: str, letters: int) -> str:
    """A name that fits beside a mark, as text and not as the markup that Plotly would take it for."""
    told = name if len(name) <= letters else name[: letters - 1].rstrip() + "…"
    return told.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def flows(found: Comparison, columns: Columns, mode: Mode) -> Figure:
    """A column of segments for each side, and bands as wide as the customers between neighbours. A click means its people."""
    of = tokens(mode)
    shown = [[code for code, count in enumerate(side.customers) if count] for side in found.sides]
    if not found.customers or not all(shown):
        return nothing(mode, say("No customers in this selection"))
    number = {node: place for place, node in enumerate((i, code) for i, codes in enumerate(shown) for code in codes)}
    colors = [color_of(found.sides[i], code, mode) for i, code in number]
    where = _places(found, shown)
    rules = [_rule((columns[i], found.sides[i].segments[code])) for i, code in number]
    links = [
        (i, code, other, int(found.pair(i, i + 1).table[code, other]))
        for i in range(len(shown) - 1)
        for code in shown[i]
        for other in shown[i + 1]
        if found.pair(i, i + 1).table[code, other]
    ]
    letters = _LABEL_LETTERS[len(shown)]
    sankey = {
        "type": "sankey",
        "arrangement": "fixed",
        "textfont": {"size": 12, "color": of["ink"], "shadow": "none"},
        "node": {
            "label": [short(found.sides[i].segments[code], letters) for i, code in number],
            "x": [place[0] for place in where],
            "y": [place[1] for place in where],
            "color": colors,
            "pad": 10,
            "thickness": 14,
            "line": {"width": 0},
            "customdata": rules,
            "hovertemplate": "%{label}<br>%{value:,} " + say("customers") + "<extra></extra>",
        },
        "link": {
            "source": [number[i, code] for i, code, _, _ in links],
            "target": [number[i + 1, other] for i, _, other, _ in links],
            "value": typed([count for *_, count in links], "i4"),
            "color": [mixed(of["surface"], colors[number[i, code]], 0.34) for i, code, _, _ in links],
            "hovercolor": [colors[number[i, code]] for i, code, _, _ in links],
            "label": [
                say(
                    "{one} → {other}<br>{n} customers, {share} of {one}",
                    one=short(found.sides[i].segments[code], 60),
                    other=short(found.sides[i + 1].segments[other], 60),
                    n=formats.number(count),
                    share=formats.share(count / found.sides[i].customers[code], 0),
                )
                for i, code, other, count in links
            ],
            "customdata": [
                _rule((columns[i], found.sides[i].segments[code]), (columns[i + 1], found.sides[i + 1].segments[other]))
                for i, code, other, _ in links
            ],
            "hovertemplate": "%{label}<extra></extra>",
        },
    }
    last = len(shown) - 1
    heads = [
        {
            "text": f"<b>{short(side.label, letters + 8)}</b>",
            "x": place / last,
            "y": 1,
            "xref": "paper",
            "yref": "paper",
            "xanchor": "left" if place == 0 else "right" if place == last else "center",
            "yanchor": "bottom",
            "yshift": 8,
            "showarrow": False,
            "font": {"size": 12, "color": of["ink-2"]},
        }
        for place, side in enumerate(found.sides)
    ]
    return figure([sankey], mode, annotations=heads, margin={"l": 4, "r": 4, "t": 34, "b": 10})


def _places(found: Comparison, shown: Sequence[Sequence[int]]) -> list[tuple[float, float]]:
    """Where each node stands: best on top, those in no group at the bottom."""
    scale = min((1 - _GAP * (len(codes) - 1)) / found.customers for codes in shown)
    places = []
    for side, codes in enumerate(shown):
        x = min(max(side / (len(shown) - 1), 0.001), 0.999)
        below = 0.0
        for code in codes:
            height = scale * found.sides[side].customers[code]
            places.append((x, min(max(below + height / 2, 0.001), 0.999)))
            below += height + _GAP
    return places


def _rule(*parts: tuple[str | None, str]) -> str | None:
    """The people in a segment of each; None where one of them is no column of the customers."""
    conditions = [Condition(column, "equal to", name) for column, name in parts if column is not None]
    if len(conditions) < len(parts):
        return None
    return people_of(conditions[0] if len(conditions) == 1 else AllOf(tuple(conditions)))


def crossed(found: Comparison, pair: Pair, columns: Columns, mode: Mode) -> Figure:
    """Segments of the one in rows, of the other in columns, as shares of the row. A click means those in both."""
    of = tokens(mode)
    one, other = found.sides[pair.one], found.sides[pair.other]
    rows = [place for place, count in enumerate(one.customers) if count]
    places = [place for place, count in enumerate(other.customers) if count]
    if not rows or not places:
        return nothing(mode, say("No customers in this selection"))
    shares = pair.row_shares
    size = 13 if len(places) <= 8 else 11
    notes = [
        {
            "x": x,
            "y": y,
            "text": formats.share(float(shares[row, place]), 0),
            "showarrow": False,
            "font": {
                "size": size,
                "color": readable_on(mixed(of["heat-low"], of["heat-high"], float(shares[row, place]))),
            },
        }
        for y, row in enumerate(rows)
        for x, place in enumerate(places)
        if pair.table[row, place]
    ]
    cells = {
        "type": "heatmap",
        "x": list(range(len(places))),
        "y": list(range(len(rows))),
        "z": typed(shares[rows][:, places]),
        "zmin": 0,
        "zmax": 1,
        "xgap": 2,
        "ygap": 2,
        "showscale": False,
        "colorscale": [[0, of["heat-low"]], [1, of["heat-high"]]],
        "customdata": [
            [
                _rule((columns[pair.one], one.segments[row]), (columns[pair.other], other.segments[place]))
                for place in places
            ]
            for row in rows
        ],
        "hovertext": [
            [
                say(
                    "{one}<br>and {other}<br>{n} customers, {share} of {one}",
                    one=short(one.segments[row], 60),
                    other=short(other.segments[place], 60),
                    n=formats.number(int(pair.table[row, place])),
                    share=formats.share(float(shares[row, place])),
                )
                for place in places
            ]
            for row in rows
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    return figure(
        [cells],
        mode,
        annotations=notes,
        xaxis={
            "tickvals": list(range(len(places))),
            "ticktext": [on_lines(short(other.segments[place], 34), 11) for place in places],
            "side": "top",
            "tickangle": 0,
            "showgrid": False,
            "zeroline": False,
        },
        yaxis={
            "tickvals": list(range(len(rows))),
            "ticktext": [short(one.segments[row], 22) for row in rows],
            "autorange": "reversed",
            "showgrid": False,
            "zeroline": False,
            "ticksuffix": "  ",
        },
        margin={"l": 8, "r": 12, "t": 10, "b": 10},
    )
