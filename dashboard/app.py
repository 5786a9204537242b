"""The app: the shell around the tabs, and the one request store.

The shell alone writes the view. A control, a tab's change or the URL asks for another one; `choose_view` checks it, and
it goes into the store, the URL and the controls at once, so that they never tell different stories.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from flask_bootstrap import Bootstrap5

from analytics import rfm
from analytics.errors import AnalyticsError
from analytics.manifest import Manifest
from analytics.text import say
from dashboard import formats, results
from dashboard.components.basics import HIDDEN, SHOWN, empty
from dashboard.errors import NOTICES, explain, notice, show_error
from dashboard.exports import add_exports
from dashboard.ids import ANSWERED, ASKED, CHANGE, PINS, REQUEST, THEME
from dashboard.jobs import job_manager
from dashboard.kept import kept_choices, kept_values, with_kept
from dashboard.people import DRAWER, saves_segments
from dashboard.preparing import PREPARE, PREPARED, add_preparing, waiting, wanted
from dashboard.results import behaviour
from dashboard.server import harden
from dashboard.settings import Settings
from dashboard.shell import (
    ABOUT,
    AS_OF,
    CONTENT,
    COPY,
    COUNTRIES,
    DATASET,
    KEPT,
    KEPT_BOX,
    MENU,
    MENU_BUTTON,
    PAGE_NAME,
    PLACE,
    QUESTION,
    SEGMENTS,
    THEME_BUTTON,
    TITLE,
    URL,
    shell,
)
from dashboard.state import View, changed, from_query, only_dataset, to_query, view_from_json
from dashboard.tab import Tab
from dashboard.tabs import TABS
from dashboard.theme import ASSETS


def create_app(settings: Settings) -> Dash:
    """The whole dashboard, ready to be served."""
    os.environ["CLIENTELE_HOME"] = str(settings.home)  # the one place where this process and its jobs look for it
    app = Dash(
        __name__,
        title="Clientele",
        update_title="",
        assets_folder=str(ASSETS),
        serve_locally=True,
        suppress_callback_exceptions=True,
        background_callback_manager=job_manager(settings),
        on_error=show_error,
        external_stylesheets=["/bootstrap/static/css/bootstrap.min.css"],
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
    )
    Bootstrap5(app.server)
    app.layout = shell()
    _register(app)
    add_preparing(app)
    saves_segments(app)
    for tab in TABS:
        tab.register_callbacks(app)
    add_exports(app.server)
    harden(app.server, app, settings)
    return app


def choose_view(
    path: str,
    query: str,
    controls: Mapping[str, Any],
    change: Any,
    told: Any,
    place: Any,
    triggered: frozenset[str],
) -> tuple[View, dict[str, Any]]:
    """The view and the place after something asked for another one; the place changes when the tab must be laid out anew.

    A link that leads elsewhere is obeyed to the letter. One that says what is shown asks for nothing: the shell has just
    written it, and what was chosen meanwhile counts.

    Raises:
        AnalyticsError: what was asked for is not possible.
    """
    if told is None:
        return _pinned(from_query(query, results.default_dataset())), {"path": path, "epoch": 0}
    before = view_from_json(told)
    epoch = place["epoch"] if isinstance(place, Mapping) else 0
    link = _pinned(from_query(query, before.request.dataset)) if URL in triggered and query else before
    if link != before:
        view = link
        epoch += 1
    elif CHANGE in triggered:
        # What is chosen in the bar may be on its way too
        in_bar = {name: controls[name] for name in ("countries", "segments") if name in controls}
        asked = {**in_bar, **(change or {})}
        lay_out_anew = asked.pop("lay_out_anew", False) is True
        view = changed(before, asked)
        epoch += lay_out_anew
    elif KEPT in triggered:
        chosen = list(controls.get("kept") or ())
        view = before
        if sorted(map(str, chosen)) != sorted(kept_values(before)):
            where = with_kept(before.request.where, chosen)
            view = replace(before, request=replace(before.request, where=where))
            epoch += 1  # a grid has filters of its own, which are to be those of the view
    else:
        view = changed(before, {name: value for name, value in controls.items() if name != "kept"})
    view = _pinned(view)
    return view, {"path": path, "epoch": epoch + (_table_of(view) != _table_of(before) or PINS in triggered)}


def _pinned(view: View) -> View:
    """The view with its version written out: whoever gets the link, and every page and export of it, has the same data."""
    version = results.version_of(view.request).manifest.version
    return replace(view, request=replace(view.request, version=version))


def _choose_view(
    path: str,
    query: str,
    dataset: str | None,
    as_of: str | None,
    countries: list[str] | None,
    segments: list[str] | None,
    kept: list[str] | None,
    asked: Any,
    _prepared: Any,
    _pins: Any,
    told: Any,
    place: Any,
    answered: Any,
) -> tuple[Any, ...]:
    """The wiring of `choose_view`: what triggered it, and outputs that stay as they are where nothing changed."""
    if not results.datasets():  # nothing to view; the tabs that need data say so, and the Data tab loads some
        return no_update, {"path": path, "epoch": 0}, *(no_update,) * 15
    triggered = frozenset(item["prop_id"].split(".")[0] for item in ctx.triggered)
    controls: dict[str, Any] = {"countries": countries or [], "segments": segments or [], "kept": kept or []}
    number, change = _unanswered(asked, answered)
    if change is not None:
        triggered |= {CHANGE}
    if DATASET in triggered and dataset:
        controls["dataset"] = dataset
    if AS_OF in triggered and as_of:
        controls["as_of"] = as_of
    problem: AnalyticsError | None = None
    try:
        view, there = choose_view(path, query, controls, change, told, place, triggered)
    except AnalyticsError as refused:
        problem = refused
        view = _before(told, query)
        there = {"path": path, "epoch": (place or {}).get("epoch", 0)}
    stored = view.to_json()
    is_same_table = told is not None and _table_of(view) == _table_of(view_from_json(told))
    is_as_before = is_same_table and not problem and not triggered & {PREPARED, PINS}
    offered = (no_update,) * 5 if is_as_before else choices(view)
    chosen, offers = kept_values(view), kept_choices(view)
    return (
        no_update if stored == told else stored,
        no_update if there == place else there,
        to_query(view),
        view.request.dataset,
        _day(view),
        list(view.request.countries),
        list(view.request.segments),
        [notice(explain(problem))] if problem else no_update,
        *offered,
        chosen,
        offers,
        SHOWN if offers else HIDDEN,
        number,
    )


def _unanswered(asked: Any, answered: Any) -> tuple[Any, dict[str, Any] | None]:
    """The number of the last change that was asked for; and what is to change, if that was not answered yet.

    Whatever triggers the shell answers it: the page forgets an answer that is on its way when there is something newer.
    """
    if not isinstance(asked, Mapping) or not isinstance(asked.get("change"), Mapping):
        return no_update, None
    number = asked.get("number")
    return (no_update, None) if number == answered else (number, dict(asked["change"]))


def _day(view: View) -> str | None:
    """The day that the date control shows; None where nothing in the data has a day."""
    about = results.version_of(view.request).manifest
    if view.request.as_of is None and about.last_on is None:
        return None
    return (view.request.as_of or about.default_as_of).isoformat()


def _before(told: Any, query: str) -> View:
    """The view that was shown; where there is none, the dataset that the link names, or the newest."""
    with contextlib.suppress(AnalyticsError):
        return _pinned(view_from_json(told))
    with contextlib.suppress(AnalyticsError):
        return _pinned(from_query(only_dataset(query), results.default_dataset()))
    return _pinned(from_query("", results.default_dataset()))


def _table_of(view: View) -> tuple[Any, ...]:
    return view.request.dataset, view.request.version, view.request.as_of


def _shown(view: View | None) -> View:
    """The view, which is there as soon as there is a dataset.

    Raises:
        NotFoundError: there is none.
    """
    return view if view is not None else from_query("", results.default_dataset())


def show_tab(place: Any, prepared: Any, told: Any) -> tuple[Any, ...]:
    """Lay out the tab that the path names; a menu or drawer that was open closes. Last comes what a job is to prepare."""
    tab = next((known for known in TABS if known.path == place["path"]), None)
    if tab is None:
        lost = empty(
            say("There is no such page"), say("Choose a tab on the left."), dcc.Link(say("Overview"), href="/")
        )
        return say("Not found"), "", lost, say("Not found"), False, False, no_update
    prepare: Any = no_update
    try:
        view = view_from_json(told) if told is not None else None
        missing = _missing(tab, _shown(view)) if tab.needs else None
        if missing is not None:
            content = missing
        elif tab.needs and not results.is_ready(_shown(view).request):
            request = _shown(view).request
            content, prepare = waiting(request, prepared), wanted(request)
        else:
            if "orders" in tab.needs:
                results.customers(_shown(view).request)  # one reason why there is nobody, and not one from every chart
            content = tab.layout(view)
    except AnalyticsError as problem:
        content = empty(say("Nothing to show here"), explain(problem), dcc.Link(say("Load your orders"), href="/data"))
    return say(tab.label), say(tab.question), content, say(tab.label), False, False, prepare


def _missing(tab: Tab, view: View) -> Any:
    """What a tab shows where the dataset came without a table that it needs; None where it has them all."""
    about = results.version_of(view.request).manifest
    if all(name in about.tables for name in tab.needs):
        return None
    if "orders" in tab.needs:
        sentence = say("'{name}' came without orders. Load its order file under the same name.", name=about.dataset)
        seen = [known for known in TABS if known.needs and all(name in about.tables for name in known.needs)]
        links = [dcc.Link(say("Load orders"), href="/data")]
        links += [dcc.Link(say(known.label), href=f"{known.path}{to_query(view)}") for known in seen]
        return empty(say("This needs orders"), sentence, html.Span(links, className="row-line center"))
    return empty(
        say("This needs clicks"),
        say("'{name}' came without clicks or visits. Load its click file under the same name.", name=about.dataset),
        dcc.Link(say("Load clicks"), href="/data"),
    )


def choices(view: View) -> tuple[Any, ...]:
    """What the global controls offer: datasets, the first day, countries, segments; and the footer that names the version.

    They go out together with the chosen values, because a control drops a value that it does not offer.
    """
    names = [item.dataset for item in results.datasets()]
    segments = [{"label": say(name), "value": name} for name in rfm.preset(view.request.preset).names]
    about = results.version_of(view.request).manifest
    first = about.first_on.isoformat() if about.first_on else None
    return names, first, _countries(view), segments, _footer(about)


def _footer(about: Manifest) -> str:
    if about.first_on is None or about.last_on is None:
        return say("{dataset}, version {version}.", dataset=about.dataset, version=about.version)
    sentence = (
        "{dataset}, version {version}, orders from {first} to {last}."
        if about.has_orders
        else "{dataset}, version {version}, clicks from {first} to {last}."
    )
    first, last = formats.day(about.first_on), formats.day(about.last_on)
    return say(sentence, dataset=about.dataset, version=about.version, first=first, last=last)


def _countries(view: View) -> list[dict[str, str]]:
    about = results.version_of(view.request).manifest
    if not about.has_orders:
        return _offered(behaviour.countries(view.request)) if "sessions" in about.tables else []
    try:
        frame = results.customers(view.request).frame
    except AnalyticsError:  # the tab says why there is nobody; what was chosen stays chosen
        return [{"label": name, "value": name} for name in view.request.countries]
    if "country" not in frame.columns:
        return []
    return _offered({str(name): int(count) for name, count in frame["country"].value_counts().items()})


def _offered(counts: Mapping[str, int]) -> list[dict[str, str]]:
    """Choices by how many customers or visits they have."""
    return [
        {"label": say("{name} ({n})", name=name, n=formats.number(count)), "value": name}
        for name, count in counts.items()
        if count
    ]


def open_menu(clicks: int) -> bool:
    return bool(clicks)


def _register(app: Dash) -> None:
    app.callback(
        Output(REQUEST, "data"),
        Output(PLACE, "data"),
        Output(URL, "search"),
        Output(DATASET, "value"),
        Output(AS_OF, "date"),
        Output(COUNTRIES, "value"),
        Output(SEGMENTS, "value"),
        Output(NOTICES, "children", allow_duplicate=True),
        Output(DATASET, "options"),
        Output(AS_OF, "min_date_allowed"),
        Output(COUNTRIES, "options"),
        Output(SEGMENTS, "options"),
        Output(ABOUT, "children"),
        Output(KEPT, "value"),
        Output(KEPT, "options"),
        Output(KEPT_BOX, "style"),
        Output(ANSWERED, "data"),
        Input(URL, "pathname"),
        Input(URL, "search"),
        Input(DATASET, "value"),
        Input(AS_OF, "date"),
        Input(COUNTRIES, "value"),
        Input(SEGMENTS, "value"),
        Input(KEPT, "value"),
        Input(ASKED, "data"),
        Input(PREPARED, "data"),
        Input(PINS, "data"),
        State(REQUEST, "data"),
        State(PLACE, "data"),
        State(ANSWERED, "data"),
        prevent_initial_call="initial_duplicate",
    )(_choose_view)
    app.callback(
        Output(TITLE, "children"),
        Output(QUESTION, "children"),
        Output(CONTENT, "children"),
        Output(PAGE_NAME, "data"),
        Output(DRAWER, "is_open"),
        Output(MENU, "is_open"),
        Output(PREPARE, "data"),
        Input(PLACE, "data"),
        Input(PREPARED, "data"),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(show_tab)
    app.callback(
        Output(MENU, "is_open", allow_duplicate=True), Input(MENU_BUTTON, "n_clicks"), prevent_initial_call=True
    )(open_menu)
    clientside = (
        ("choose_theme", Output(THEME, "data"), [Input(THEME_BUTTON, "n_clicks")], False),
        ("name_page", Output(PAGE_NAME, "modified_timestamp"), [Input(PAGE_NAME, "data")], True),
    )
    for name, output, inputs, later in clientside:
        app.clientside_callback(ClientsideFunction("clientele", name), output, inputs, prevent_initial_call=later)
    app.clientside_callback(
        ClientsideFunction("clientele", "gather_changes"),
        Output(ASKED, "modified_timestamp"),  # it writes the data by itself
        Input(CHANGE, "data"),
        State(ANSWERED, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("clientele", "copy_link"),
        Output(COPY, "children"),
        Input(COPY, "n_clicks"),
        State(COPY, "children"),
        State(COPY, "title"),
        prevent_initial_call=True,
    )
