"""The tree of a hierarchical clustering, with a cut that is dragged: where it lies decides how many groups there are."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import Any, Final

from dash import Dash, Input, Output, Patch, State, html, no_update
from dash.exceptions import PreventUpdate

from analytics.clusters import HIERARCHICAL, Tree, dendrogram
from analytics.clusters.dendrogram import cut, groups_at, joins
from analytics.request import FEWEST_GROUPS, MOST_GROUPS
from analytics.segmentation import Segmentation
from analytics.text import say
from dashboard import formats, results
from dashboard.components.basics import GRAPH_CONFIG, HIDDEN, SHOWN, Chart, Heading, chart_card, chart_outputs, table
from dashboard.figures import dendrogram as figures
from dashboard.figures.base import nothing
from dashboard.ids import CHANGE, REQUEST, THEME
from dashboard.people import opens_people
from dashboard.state import View
from dashboard.tabs.clusters.finding import READY, absent, found_for
from dashboard.theme import mode_of

TREE: Final = "clusters-tree"
BOX: Final = "clusters-tree-box"
FEWER: Final = "clusters-tree-fewer"
MORE: Final = "clusters-tree-more"
_ENDS: Final = ("shapes[0].y0", "shapes[0].y1")


def layout(view: View) -> list[Any]:
    steps = html.Div(
        [
            html.Button(say("Fewer groups"), id=FEWER, className="button", n_clicks=0, type="button"),
            html.Button(say("More groups"), id=MORE, className="button", n_clicks=0, type="button"),
        ],
        className="row-line",
    )
    card = chart_card(
        TREE,
        say(
            "Customers who are alike join low down, groups that differ join high up. Drag the dashed line, or use the "
            "buttons: every branch that it crosses is a group. Click a branch to see who is in its group."
        ),
        height=460,
        table_name="cluster_tree",
        extra=steps,
    )
    card[TREE].config = {**GRAPH_CONFIG, "edits": {"shapePosition": True}}
    return [html.Div(card, id=BOX, className="wide-chart", style=SHOWN if is_shown(view) else HIDDEN)]


def is_shown(view: View) -> bool:
    """Whether the view's method makes a tree."""
    return view.request.algorithm_used is HIERARCHICAL


def show_box(told: Any, ready: Any) -> dict[str, str]:
    """The card is there for the method that makes a tree, and for no other."""
    return SHOWN if is_shown(found_for(told, ready)[0]) else HIDDEN


def show_tree(told: Any, ready: Any, theme: Any) -> tuple[Any, ...]:
    view, found = found_for(told, ready)
    mode = mode_of(theme)
    tree = tree_of(view, found)
    if tree is None:
        return Chart(say("Which groups join?"), nothing(mode, absent(ready)), None).outputs()
    clustering = found.clustering if found is not None else None
    drawn = figures.dendrogram(
        tree,
        None if clustering is None else [int(code) for code in clustering.rank],
        [group.name for group in found.segments] if found is not None else [],
        [group.customers for group in found.segments] if found is not None else [],
        mode,
    )
    title = say("This cut gives {k} groups", k=tree.k)
    return Chart(title, drawn, table(_headings(), _rows(tree))).outputs()


def tree_of(view: View, found: Segmentation | None) -> Tree | None:
    """The tree with the view's cut: of the groups that were found, else, while they are described, of what was tried."""
    if not is_shown(view):
        return None
    if found is not None:
        assert found.clustering is not None  # noqa: S101 - it is one
        return dendrogram(found.clustering.model)
    tried = results.panel(view.request)
    if tried is None:
        return None
    tree = dendrogram(tried.fits[tried.proposed].model)
    k = min(view.request.k or tree.k, tree.bundles)
    return replace(tree, groups=cut(tree.merges, tree.sizes, k))


def _headings() -> list[Heading]:
    return [
        Heading(say("Groups"), is_number=True),
        Heading(say("Two of them join at height"), is_number=True),
        Heading(say("Customers in the one"), is_number=True),
        Heading(say("Customers in the other"), is_number=True),
        Heading(say("Remark")),
    ]


def _rows(tree: Tree) -> list[list[Any]]:
    return [
        [
            join.groups,
            formats.number(join.height, 2),
            *(formats.number(count) for count in join.customers),
            say("this cut") if join.groups == tree.k else "",
        ]
        for join in joins(tree)
    ]


def choose_by_drag(moved: Any, told: Any, ready: Any, theme: Any) -> tuple[Any, Any]:
    """The number of groups at the height where the line was dropped; the line is drawn straight where that is the same."""
    view, found = found_for(told, ready)
    tree = tree_of(view, found)
    height = _dropped(moved, tree)
    if tree is None or height is None:
        raise PreventUpdate
    k = min(max(groups_at(tree, height), FEWEST_GROUPS), MOST_GROUPS, tree.bundles)
    if k != tree.k:
        return {"k": k}, no_update
    straight = Patch()
    straight["layout"]["shapes"] = [figures.cut_line(figures.cut_height(tree), mode_of(theme))]
    return no_update, straight


def _dropped(moved: Any, tree: Tree | None) -> float | None:
    """The height of a line that was moved. Where only an end was taken, it is the end that went further."""
    if tree is None or not isinstance(moved, dict):
        return None
    heights = [moved[end] for end in _ENDS if type(moved.get(end)) in (int, float) and math.isfinite(moved[end])]
    return max(heights, key=lambda height: abs(height - figures.cut_height(tree))) if heights else None


def choose_step(clicks: int | None, told: Any, ready: Any, *, step: int) -> dict[str, Any]:
    """One group more or fewer than there are."""
    view, found = found_for(told, ready)
    tree = tree_of(view, found)
    if not clicks or tree is None:
        raise PreventUpdate
    k = tree.k + step
    if not FEWEST_GROUPS <= k <= min(MOST_GROUPS, tree.bundles):
        raise PreventUpdate
    return {"k": k}


def register_callbacks(app: Dash) -> None:
    shown = [Input(REQUEST, "data"), Input(READY, "data")]
    app.callback(Output(BOX, "style"), *shown)(show_box)
    app.callback(*chart_outputs(TREE), *shown, Input(THEME, "data"))(show_tree)
    app.callback(
        Output(CHANGE, "data", allow_duplicate=True),
        Output(TREE, "figure", allow_duplicate=True),
        Input(TREE, "relayoutData"),
        State(REQUEST, "data"),
        State(READY, "data"),
        State(THEME, "data"),
        prevent_initial_call=True,
    )(choose_by_drag)
    for button, step in ((FEWER, -1), (MORE, 1)):
        app.callback(
            Output(CHANGE, "data", allow_duplicate=True),
            Input(button, "n_clicks"),
            State(REQUEST, "data"),
            State(READY, "data"),
            prevent_initial_call=True,
        )(partial(choose_step, step=step))
    opens_people(app, TREE)
