"""Customers chosen by drawing around them: how many they are, who they are, and the way back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html

from analytics.clusters import DRAWN, Area, corners, simplified
from analytics.rules import Did
from analytics.segmentation import Segmentation
from analytics.text import say
from dashboard import formats, results
from dashboard.ids import REQUEST
from dashboard.people import opens_people_of_buttons, people_button
from dashboard.state import View
from dashboard.tabs.clusters.finding import READY, found_for

AREA: Final = "clusters-area"
"""What was drawn: `{"around": [[x, y], …], "basis": …}`, the basis being what the picture said that it is."""
BAR: Final = "clusters-chosen"
WORDS: Final = "clusters-chosen-words"
PEOPLE: Final = "clusters-chosen-people"
CLEAR: Final = "clusters-chosen-clear"
_KIND: Final = "clusters-chosen-who"
_HIDDEN: Final = {"display": "none"}
_SHOWN: Final = {"display": "flex"}


def layout() -> list[Any]:
    return [
        dcc.Store(id=AREA),
        html.Div(
            [
                html.Span(id=WORDS, className="chosen-words"),
                html.Span(id=PEOPLE),
                html.Button(
                    say("Clear"), id=CLEAR, className="button quiet", n_clicks=0, title=say("Choose nobody (Escape)")
                ),
            ],
            id=BAR,
            className="chosen",
            style=_HIDDEN,
            role="status",
        ),
    ]


def basis_of(found: Segmentation, axes: tuple[int, int]) -> str:
    """What a place in the picture depends on; an area means nothing in another picture."""
    assert found.clustering is not None  # noqa: S101 - it is one
    clustering = found.clustering
    laid_out = [list(axes), list(found.metrics), list(clustering.attributes), clustering.scaling]
    return json.dumps([found.table.key, found.table.as_of.isoformat(), *laid_out])


def area_of(told: Any, found: Segmentation) -> Area | None:
    """The area that was drawn in the picture of these groups; None where there is none, or it is of another picture.

    Raises:
        RequestError: what the browser says is no area.
    """
    if not isinstance(told, Mapping) or found.clustering is None:
        return None
    axes = next((pair for pair in AXES.values() if basis_of(found, pair) == told.get("basis")), None)
    if axes is None:
        return None
    around = simplified(corners(told.get("around")))
    return Area(around, axes, found.metrics, found.clustering.attributes, found.clustering.scaling)


AXES: Final[Mapping[str, tuple[int, int]]] = {"12": (1, 2), "13": (1, 3), "23": (2, 3)}
"""Two components, as the view's option has them."""


def show_chosen(told_area: Any, told: Any, ready: Any) -> tuple[dict[str, str], Any, Any]:
    """How many customers are inside, of all that the filters keep, and the button that opens them."""
    view, found = found_for(told, ready)
    area = area_of(told_area, found) if found is not None else None
    if found is None or area is None:
        return _HIDDEN, None, None
    rule = Did.of(DRAWN, **area.to_json())
    inside, everyone = _count(view, rule)
    if not inside[0]:
        return _SHOWN, say("Nobody is inside what you drew."), None
    words = [
        html.Strong(say("{n} customers chosen", n=formats.number(inside[0]))),
        " ",
        say(
            "{share} of those shown, with {revenue} of their revenue; drawn in PC{x} × PC{y}",
            x=area.axes[0],
            y=area.axes[1],
            share=formats.share(inside[0] / max(everyone[0], 1)),
            revenue=formats.share(inside[1] / (everyone[1] or 1.0)),
        ),
    ]
    button = people_button(
        _KIND, json.dumps(rule.to_json()), html.Span(say("See who they are"), className="button primary")
    )
    return _SHOWN, words, button


def _count(view: View, rule: Did) -> tuple[tuple[int, float], tuple[int, float]]:
    """Customers and revenue inside, and of all that countries and segments keep. The drawer counts the same way."""
    revenue = results.customers(view.request).frame["revenue_total"].to_numpy(dtype=float, na_value=0.0)
    shown = results.kept(view.request)
    mask = results.kept(replace(view.request, where=rule, search=""), whole=True)
    assert mask is not None  # noqa: S101 - there is a rule
    everyone = (
        (len(revenue), float(revenue.sum())) if shown is None else (int(shown.sum()), float(revenue[shown].sum()))
    )
    return (int(mask.sum()), float(revenue[mask].sum())), everyone


def register_callbacks(app: Dash, graph_id: str) -> None:
    """Wire the bar to the chart that is drawn in."""
    app.clientside_callback(
        ClientsideFunction("cloud", "take_area"),
        Output(AREA, "data"),
        Input(graph_id, "selectedData"),
        Input(CLEAR, "n_clicks"),
        State(graph_id, "id"),
        prevent_initial_call=True,
    )
    app.callback(
        Output(BAR, "style"),
        Output(WORDS, "children"),
        Output(PEOPLE, "children"),
        Input(AREA, "data"),
        Input(REQUEST, "data"),
        Input(READY, "data"),
    )(show_chosen)
    opens_people_of_buttons(app, _KIND)
