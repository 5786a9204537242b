"""Finding groups in the background: what is needed, the job that finds it, and what the reader should know of the result."""

from __future__ import annotations

from typing import Any, Final

from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.exceptions import PreventUpdate

from analytics.errors import AnalyticsError
from analytics.request import request_from_json
from analytics.segmentation import Segmentation, compare, customer_map, panel, segment
from analytics.sources import open_source
from analytics.text import say
from dashboard import results
from dashboard.components.basics import HIDDEN, SHOWN, note, progress
from dashboard.ids import REQUEST
from dashboard.jobs import Report, run_in_background
from dashboard.results import drawing, sides
from dashboard.state import View, view_from_json
from dashboard.tabs.clusters.form import FIND

NEEDED: Final = "clusters-needed"
READY: Final = "clusters-ready"
"""What was found last. Every chart of the tab waits for it, and is drawn anew when it changes."""
BUSY: Final = "clusters-busy"
BAR: Final = "clusters-progress"
BAR_LABEL: Final = "clusters-progress-label"
CANCEL: Final = "clusters-cancel"
NOTES: Final = "clusters-notes"
PARTS_WITH_PANEL: Final = ("number",)
"""The parts that show what else was tried."""


def layout() -> list[Any]:
    return [
        dcc.Store(id=NEEDED),
        dcc.Store(id=READY),
        html.Div([progress(BUSY, BAR, BAR_LABEL, CANCEL), html.Div(id=NOTES)]),
    ]


def ask_for_groups(
    told: Any, clicks: int | None, asked: Any = None, ready: Any = None, busy: Any = None
) -> tuple[Any, Any]:
    """Either the groups are there already, or a job is asked to find them: once, whatever else changes on the page."""
    view = view_from_json(told)
    found = results.clusters(view.request)
    with_panel = view.one("clusters_part") in PARTS_WITH_PANEL
    names = _sides_to_find(view)
    with_map = _map_to_make(view, found)
    if found is not None and not names and not with_map and not (with_panel and results.panel(view.request) is None):
        return no_update, _ready(found)
    needed = {"request": view.request.unfiltered().to_json(), "panel": with_panel, "click": clicks or 0}
    if names:
        needed["sides"] = names
    if with_map:
        needed["map"] = True
    # While the map alone is made, all else stays on show
    meanwhile = _ready(found) if found is not None and with_map else None
    before = dict(asked) if isinstance(asked, dict) else {}
    again = before.pop("again", 0)
    if before != needed:
        return needed, meanwhile
    if busy == SHOWN:
        return no_update, meanwhile
    if not isinstance(ready, dict) or "problem" in ready or "trouble" in ready:
        return no_update, no_update  # it was looked for, and not found: who wants it tried again presses the button
    return {**needed, "again": again + 1 if isinstance(again, int) else 1}, meanwhile


def show_end(busy: Any, told: Any, needed: Any, ready: Any) -> Any:
    """Whether the job has left what the page waits for; where it was stopped or has failed, that is said."""
    if not needed:
        raise PreventUpdate
    has_problem = isinstance(ready, dict) and "problem" in ready
    if busy == SHOWN:
        return None if has_problem else no_update
    if has_problem:  # the job has said itself why there are no groups
        raise PreventUpdate
    view = view_from_json(told)
    found = results.clusters(view.request)
    with_panel = view.one("clusters_part") in PARTS_WITH_PANEL
    is_there = found is not None and not (with_panel and results.panel(view.request) is None)
    is_there = is_there and not _map_to_make(view, found)
    if is_there and (not _sides_to_find(view) or (isinstance(ready, dict) and "trouble" in ready)):
        raise PreventUpdate
    problem = say("The search was stopped before it found anything. Press Find groups to try again.")
    if found is not None and _map_to_make(view, found):
        problem = say("The map was stopped before it was there. Press Find groups to try again.")
    elif ready:
        problem = say(
            "The groups were found, but this page cannot read them. Restart Clientele, and open the page again."
        )
    return {**(_ready(found) if found is not None else {}), "problem": problem}


def absent(ready: Any) -> str:
    """What a chart says in place of groups: that they will appear, or that there are none."""
    return say("There are no groups to show") if ready else say("Groups appear here")


def _sides_to_find(view: View) -> list[str]:
    """The segmentations that are to stand side by side and have not been compared yet."""
    if view.one("clusters_part") != "sides" or sides.problem(view) or sides.comparison(view) is not None:
        return []
    return list(sides.chosen(view))


def _map_to_make(view: View, found: Segmentation | None) -> bool:
    """Whether the picture is to be a map that has not been made yet."""
    if view.one("clusters_part") != "groups" or not drawing.shows_map(view):
        return False
    return found is None or drawing.waits_for_map(view, found)


def _ready(found: Segmentation) -> dict[str, Any]:
    return {
        "algorithm": found.algorithm,
        "k": found.k,
        "metrics": list(found.metrics),
        "names": [group.name for group in found.segments],
    }


def find_groups(report: Report, needed: Any) -> dict[str, Any]:
    """The job: find the groups and keep them beside the version, where every server process finds them."""
    report(0.02, say("Reading customers"))
    asked = results.resolved(request_from_json(needed["request"])).clustering()
    source = open_source(results.version_of(asked))
    try:
        if needed.get("panel"):
            panel(asked, source, report=lambda share, words: report(0.85 * share, words))
        found = segment(asked, source, report=report)
    except AnalyticsError as problem:  # it stays on the page, in place of the groups: a notice goes by itself
        return {"problem": str(problem)}
    told = _ready(found)
    try:
        if needed.get("map"):
            customer_map(found, source.stored, asked.seed, report)
            told["map"] = True
        if needed.get("sides"):
            compare(asked, source, needed["sides"], report=report)
    except AnalyticsError as problem:  # the groups are there all the same
        told["trouble"] = str(problem)
    return told


def found_for(told: Any, ready: Any) -> tuple[View, Segmentation | None]:
    """The view, and the groups it shows; None while they are being found."""
    view = view_from_json(told)
    return view, results.clusters(view.request) if ready else None


def show_notes(told: Any, ready: Any) -> Any:
    """What the reader should know of these groups."""
    view, found = found_for(told, ready)
    problem = ready.get("problem") if isinstance(ready, dict) else None
    notes: list[Any] = [note(str(problem), "warn")] if problem else []
    if found is None:
        return notes or None
    notes += [note(sentence, "warn") for sentence in found.notes]
    if results.kept(view.request) is not None:
        notes.append(
            note(say("Groups are found and described among all customers; counts and revenue follow the filters."))
        )
    return notes or None


def register_callbacks(app: Dash) -> None:
    app.callback(
        Output(NEEDED, "data"),
        Output(READY, "data"),
        Input(REQUEST, "data"),
        Input(FIND, "n_clicks"),
        State(NEEDED, "data"),
        State(READY, "data"),
        State(BUSY, "style"),
    )(ask_for_groups)
    app.callback(
        Output(READY, "data", allow_duplicate=True),
        Input(BUSY, "style"),
        State(REQUEST, "data"),
        State(NEEDED, "data"),
        State(READY, "data"),
        prevent_initial_call=True,
    )(show_end)
    run_in_background(
        app,
        find_groups,
        output=Output(READY, "data", allow_duplicate=True),
        inputs=[Input(NEEDED, "data")],
        progress=(Output(BAR, "value"), Output(BAR_LABEL, "children")),
        cancel=[Input(CANCEL, "n_clicks")],
        running=[(Output(BUSY, "style"), SHOWN, HIDDEN), (Output(FIND, "disabled"), True, False)],
    )
    app.callback(Output(NOTES, "children"), Input(REQUEST, "data"), Input(READY, "data"))(show_notes)
