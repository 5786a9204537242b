"""The ways that sessions take, drawn: flows step by step, the matrix of transitions, the differences of two groups."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from analytics.behaviour.differences import Difference, Differences
from analytics.behaviour.paths import GONE, Flow, Flows, Node, Transitions
from analytics.behaviour.walked import Way
from analytics.behaviour.walks import NONE, OTHER, States
from analytics.text import say
from dashboard import formats
from dashboard.figures.base import Figure, figure, nothing, typed
from dashboard.theme import Mode, mixed, readable_on, tokens

MOST_DIFFERENCES = 14
_PALETTE = ("cluster-1", "cluster-2", "cluster-3", "cluster-4", "cluster-5", "cluster-6", "cluster-7", "segment-5",
            "segment-9", "segment-2", "segment-7", "segment-3", "segment-8")  # fmt: skip
_SINGULAR = {"page": "page", "category": "category", "event": "kind of click", "product": "product"}
_PLURAL = {"page": "pages", "category": "categories", "event": "kinds of click", "product": "products"}
_LABEL_LETTERS = 22
_WIDE = 10
"""With more columns than this, numbers are smaller, and the smallest left to the hover."""
_GAP = 0.036
"""Between two nodes of a step, as a share of the picture's height; about what `pad` is in pixels."""


def state_label(states: States, code: int) -> str:
    """A state as people read it; code is its number, or the number after the last for leaving."""
    if code == len(states):
        return say("left")
    name = states.names[code]
    if name == OTHER and states.bundled:
        return say("{n} other {kind}", n=states.bundled, kind=say(_PLURAL[states.by]))
    if name == NONE:
        return say("no {kind}", kind=say(_SINGULAR[states.by]))
    return say("{kind} {n}", kind=say(_SINGULAR[states.by]), n=name) if name.isdigit() else name


def state_color(states: States, code: int | None, mode: Mode) -> str:
    """A state's colour, the same in each chart; grey for bundles and for nothing."""
    if code is None or code < 0 or code >= len(states) or (states.names[code] == OTHER and states.bundled):
        return tokens(mode)["segment-11"]
    return tokens(mode)[_PALETTE[code % len(_PALETTE)]]


def _short(label: str) -> str:
    return label if len(label) <= _LABEL_LETTERS else label[: _LABEL_LETTERS - 1] + "…"


def _is_whole(states: States, code: int) -> bool:
    """Whether a state is one thing, so that its people can be found, and not a bundle."""
    return not (states.bundled and states.names[code] == OTHER)


def can_open(states: States, path: Sequence[int]) -> bool:
    """Whether the people of a path can be found: no state of it is a bundle."""
    return all(code < len(states) and _is_whole(states, code) for code in path)


def rule(way: Way) -> str:
    """The customers who walked a way, as a chart's point carries them."""
    return json.dumps(way.did())


def node_label(drawn: Flows, node: Node) -> str:
    """What a node of the flow picture is called."""
    if node.state is None:
        return say("other {kind}", kind=say(_PLURAL[drawn.states.by]))
    if node.state == GONE:
        return say("not here yet") if drawn.from_end else say("left")
    return state_label(drawn.states, node.state)


def flow_picture(drawn: Flows, mode: Mode, *, merge: bool, opens: bool) -> Figure:
    """The first or last steps as a Sankey diagram: as high as its sessions; a click means the customers behind it."""
    if not drawn.flows:
        return nothing(mode, say("No visits in this selection"))
    of = tokens(mode)
    colors = [state_color(drawn.states, node.state, mode) for node in drawn.nodes]
    where = _places(drawn)
    shares = [node.sessions / drawn.sessions for node in drawn.nodes]
    labels = [node_label(drawn, node) for node in drawn.nodes]
    sankey = {
        "type": "sankey",
        "arrangement": "fixed",
        "valueformat": ",.0f",
        "textfont": {"size": 12, "color": of["ink"], "shadow": "none"},
        "node": {
            "label": [
                say("{name} {share}", name=_short(label), share=formats.share(share, 0)) if share >= 0.02 else ""
                for label, share in zip(labels, shares, strict=True)
            ],
            "x": [place[0] for place in where],
            "y": [place[1] for place in where],
            "color": colors,
            "pad": 14,
            "thickness": 14,
            "line": {"width": 0},
            "customdata": [_node_rule(drawn, node, merge) if opens else None for node in drawn.nodes],
            "hovertemplate": "%{label}<br>%{value:,} " + say("visits") + "<extra></extra>",
        },
        "link": {
            "source": [flow.source for flow in drawn.flows],
            "target": [flow.target for flow in drawn.flows],
            "value": typed([flow.sessions for flow in drawn.flows], "i4"),
            "color": [_faint(colors[flow.source], of["surface"]) for flow in drawn.flows],
            "hovercolor": [colors[flow.source] for flow in drawn.flows],
            "label": [
                say("Step {n}: {one} → {other}<br>{sessions} visits, {share} of {all}",
                    n=drawn.nodes[flow.source].step + 1, one=labels[flow.source], other=labels[flow.target],
                    sessions=formats.number(flow.sessions), all=labels[flow.source],
                    share=formats.share(flow.sessions / drawn.nodes[flow.source].sessions, 0))
                for flow in drawn.flows
            ],
            "customdata": [_flow_rule(drawn, flow, merge) if opens else None for flow in drawn.flows],
            "hovertemplate": "%{label}<extra></extra>",
        },
    }  # fmt: skip
    heads = [
        {"text": _step_name(drawn, step), "x": step / (drawn.steps - 1), "y": 1, "xref": "paper", "yref": "paper",
         "xanchor": "left" if step == 0 else "right" if step == drawn.steps - 1 else "center", "yanchor": "bottom",
         "yshift": 8, "showarrow": False, "font": {"size": 12, "color": of["ink-3"]}}
        for step in range(drawn.steps)
    ]  # fmt: skip
    return figure([sankey], mode, annotations=heads, margin={"l": 4, "r": 4, "t": 32, "b": 10})


def _step_name(drawn: Flows, step: int) -> str:
    if not drawn.from_end:
        return say("step {n}", n=step + 1)
    before = drawn.steps - 1 - step
    return say("last step") if not before else say("{n} before", n=before)


def _places(drawn: Flows) -> list[tuple[float, float]]:
    """Where each node stands: steps from left to right, in a step the largest on top, the rest and those gone below."""
    columns = [[node for node in drawn.nodes if node.step == step] for step in range(drawn.steps)]
    # The scale that Plotly will find too: the fullest step just fits
    scale = min((1 - _GAP * (len(column) - 1)) / sum(node.sessions for node in column) for column in columns if column)
    places = []
    for step, column in enumerate(columns):
        x = min(max(step / (drawn.steps - 1), 0.001), 0.999)
        below = 0.0
        for node in column:
            height = scale * node.sessions
            places.append((x, min(max(below + height / 2, 0.001), 0.999)))
            below += height + _GAP
    return places


def _faint(color: str, surface: str) -> str:
    return mixed(surface, color, 0.32)


def _node_rule(drawn: Flows, node: Node, merge: bool) -> str | None:
    if node.state is None or node.state == GONE or not _is_whole(drawn.states, node.state):
        return None
    return rule(_way(drawn, node.step, (node.state,), node.step, merge))


def _flow_rule(drawn: Flows, flow: Flow, merge: bool) -> str | None:
    one, other = drawn.nodes[flow.source], drawn.nodes[flow.target]
    if GONE in (one.state, other.state):
        there = other if one.state == GONE else one
        if there.state is None or there.state == GONE or not _is_whole(drawn.states, there.state):
            return None
        return rule(_way(drawn, there.step, (there.state,), there.step, merge, whole=True))
    if one.state is None or other.state is None:
        return None
    if not (_is_whole(drawn.states, one.state) and _is_whole(drawn.states, other.state)):
        return None
    return rule(_way(drawn, one.step, (one.state, other.state), other.step, merge))


def _way(drawn: Flows, first: int, codes: tuple[int, ...], last: int, merge: bool, *, whole: bool = False) -> Way:
    path = tuple(drawn.states.names[code] for code in codes)
    at, step = ("end", drawn.steps - last) if drawn.from_end else ("start", first + 1)
    return Way(drawn.states.by, path, at, step, whole, merge)


def transition_matrix(found: Transitions, mode: Mode, *, merge: bool, opens: bool) -> Figure:
    """From a state (row) to a state (column), as shares of the row; the last column is leaving. A click means the people."""
    if not found.sessions:
        return nothing(mode, say("No visits in this selection"))
    of = tokens(mode)
    rows = [row for row in range(len(found.states)) if found.visits[row]]
    columns = [column for column in range(len(found.states) + 1) if found.counts[:, column].any()]
    shares = found.shares[np.ix_(rows, columns)]
    names = [_short(state_label(found.states, code)) for code in range(len(found.states) + 1)]
    most = max(float(np.nanmax(shares)), 1e-9)
    wide = len(columns) > _WIDE
    ink = [[readable_on(mixed(of["heat-low"], of["heat-high"], share / most)) for share in row] for row in shares]
    notes = [
        {"x": x, "y": y, "text": formats.share(float(shares[y, x]), 0), "showarrow": False,
         "font": {"size": 10 if wide else 12, "color": ink[y][x]}}
        for y in range(len(rows))
        for x in range(len(columns))
        if shares[y, x] >= (0.05 if wide else 0.005)
    ]  # fmt: skip
    hover = [
        [
            say("<b>{one} → {other}</b><br>{n} of {all} times, {share}", one=names[row], other=names[column],
                n=formats.number(found.counts[row, column]), all=formats.number(found.visits[row]),
                share=formats.share(found.shares[row, column]))
            for column in columns
        ]
        for row in rows
    ]  # fmt: skip
    cells = {
        "type": "heatmap",
        "x": [names[column] for column in columns],
        "y": [names[row] for row in rows],
        "z": typed(np.where(shares > 0, shares, np.nan)),
        "xgap": 2,
        "ygap": 2,
        "showscale": False,
        "zmin": 0,
        "colorscale": [[0, of["heat-low"]], [1, of["heat-high"]]],
        "customdata": [
            [_cell_rule(found.states, row, column, merge) if opens else None for column in columns] for row in rows
        ],
        "hovertext": hover,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "hoverongaps": False,
    }
    axis = {"type": "category", "showgrid": False}
    return figure(
        [cells],
        mode,
        annotations=notes,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis={**axis, "side": "top", "tickangle": -40, "title": {"text": say("next")}},
        yaxis={**axis, "autorange": "reversed", "ticksuffix": " "},
    )


def _cell_rule(states: States, row: int, column: int, merge: bool) -> str | None:
    if not _is_whole(states, row):
        return None
    if column == len(states):
        return rule(Way(states.by, (states.names[row],), "end", merge=merge))
    if not _is_whole(states, column):
        return None
    return rule(Way(states.by, (states.names[row], states.names[column]), merge=merge))


def path_label(states: States, path: Sequence[int]) -> str:
    """A path in one line."""
    return say(" → ").join(_short(state_label(states, code)) for code in path)


def shown_differences(compared: Differences) -> list[Difference]:
    """The largest differences: those that chance does not explain first."""
    known = [item for item in compared.found if item.difference is not None]
    return sorted(known, key=lambda item: (not item.is_significant, -abs(item.difference or 0.0)))[:MOST_DIFFERENCES]


def difference_bars(compared: Differences, a: str, b: str, mode: Mode) -> Figure:
    """A bar per step, to the right where A does it more often; grey where chance explains it."""
    shown = sorted(shown_differences(compared), key=lambda item: item.difference or 0.0)
    if not shown:
        return nothing(mode, say("Too few visits to compare"))
    of = tokens(mode)
    points = [100 * (item.difference or 0.0) for item in shown]
    colors = [
        (of["cluster-1"] if value > 0 else of["cluster-5"]) if item.is_significant else of["segment-11"]
        for value, item in zip(points, shown, strict=True)
    ]
    hover = [
        say("<b>{path}</b><br>{a}: {share_a} of {n_a} visits<br>{b}: {share_b} of {n_b} visits<br>{verdict}",
            path=path_label(compared.states, item.path), a=a, b=b, share_a=formats.share(item.share_a),
            share_b=formats.share(item.share_b), n_a=formats.number(item.a_of), n_b=formats.number(item.b_of),
            verdict=say("not by chance") if item.is_significant else say("may be chance"))
        for item in shown
    ]  # fmt: skip
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": typed(points),
        "y": [path_label(compared.states, item.path) for item in shown],
        "marker": {"color": colors},
        "text": [formats.change(value / 100, points=True) for value in points],
        "textposition": "outside",
        "cliponaxis": False,
        "textfont": {"size": 12, "color": of["ink-2"]},
        "hovertext": hover,
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    reach = max(abs(value) for value in points) * 1.6 or 1.0
    sides = [
        {"text": text, "x": x, "y": 1, "xref": "paper", "yref": "paper", "xanchor": anchor, "yanchor": "bottom", "yshift": shift,
         "showarrow": False, "font": {"size": 12, "color": color}}
        for text, x, anchor, color, shift in (
            (say("← more often {b}", b=_short(b)), 0, "left", of["cluster-5"], 4),
            (say("more often {a} →", a=_short(a)), 1, "right", of["cluster-1"], 22),
        )
    ]  # fmt: skip
    axis: dict[str, Any] = {"range": [-reach, reach], "ticksuffix": " pp", "zeroline": True, "nticks": 5}
    return figure(
        [bars],
        mode,
        annotations=sides,
        bargap=0.3,
        margin={"l": 8, "r": 8, "t": 46, "b": 8},
        xaxis=axis,
        yaxis={"showgrid": False, "ticksuffix": "  "},
    )
