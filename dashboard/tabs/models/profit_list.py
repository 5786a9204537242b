"""Those above the line of a profit: who they are in words, and the ways to them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from dash import Dash, Input, Output, State, html
from dash.exceptions import PreventUpdate

from analytics.datasets import now_text
from analytics.errors import AnalyticsError
from analytics.predict.evaluation.targeting import Targeted
from analytics.predict.store.trainings import put_in_use
from analytics.text import say, say_count
from dashboard import formats
from dashboard.components.basics import HIDDEN, Heading, note, table
from dashboard.errors import NOTICES, success
from dashboard.figures.models_profit import written
from dashboard.figures.models_why import score_words, value_words
from dashboard.ids import PINS, REQUEST
from dashboard.people import opens_people_of_buttons, people_button
from dashboard.results import targeting, using
from dashboard.results.chosen_model import Chosen, chosen
from dashboard.results.targeting import Line
from dashboard.state import View, view_from_json

WHO: Final = "models-profit-who"
LIST: Final = "models-profit-list"
USE: Final = "models-profit-use"
PEOPLE: Final = "models-profit-people"
"""The type of the button that opens those above the line."""


def show_who(told: Any) -> Any:
    """Those above the line in words: how they differ from the others of the tested cases."""
    view = view_from_json(told)
    one = chosen(view)
    if one is None:
        raise PreventUpdate
    try:
        line = targeting.line(view, one)
        if not line.cases:
            return html.P(say("Nobody is above the line."), className="muted")
        found = targeting.profile(one, line)
    except AnalyticsError as problem:
        return note(str(problem))
    if line.share > 0.9995:
        return html.P(say("Everyone is above the line: there is nobody to compare them with."), className="muted")
    return [
        html.P(html.Strong(found.name), className="mb-1"),
        html.P(found.sentence, className="mb-2"),
        _differences(one, found),
    ]


def _differences(one: Chosen, found: Targeted) -> Any:
    """The inputs that set them apart most, inside and outside."""
    apart = sorted((item for item in found.profile.metrics if item.counts), key=lambda item: -abs(item.effect))[:6]
    if not apart:
        return None
    rows = []
    for item in apart:
        known = one.input(item.metric)
        unit, label = (known.unit, known.label) if known is not None else ("", item.metric)
        values = [value_words(value, unit, one.training.currency) for value in (item.median, item.rest_median)]
        rows.append([label, *values])
    headings = [
        Heading(say("In the middle")),
        Heading(say("Above the line"), is_number=True),
        Heading(say("Below it"), is_number=True),
    ]
    return html.Div(table(headings, rows), className="table-scroll")


def show_list(told: Any, _pins: Any) -> tuple[Any, dict[str, str]]:
    """The ways to the people above the line: customers as an audience, other cases as a file; and whether to put it in use."""
    view = view_from_json(told)
    one = chosen(view)
    if one is None:
        raise PreventUpdate
    try:
        line = targeting.line(view, one)
        if not line.cases:
            return html.P(say("Nobody is above the line."), className="muted"), HIDDEN
        if not using.is_usable(one.training.request.problem):
            return _cases(one, line), HIDDEN
        used = using.used(view.request.dataset, one.training.id)
        if used is None or used.learner != one.contender.name:
            promise = say(
                "Put this model in use: each of today's customers gets its score as a column, and those above the line become "
                "a list that you can open, save as a segment and export."
            )
            return html.P(promise), {"display": "inline-flex"}
        return _customers(view, one, line), HIDDEN
    except AnalyticsError as problem:
        return note(str(problem), "warn"), HIDDEN


def _customers(view: View, one: Chosen, line: Line) -> list[Any]:
    found = targeting.audience(view, one, line)
    score = score_words(found.threshold, is_share=one.is_share, currency=one.currency)
    if not found.customers:
        sentence = say("None of today's {n} customers scores {score} or more.", n=formats.number(found.of), score=score)
        return [html.P(sentence)]
    sentence = say_count(
        found.customers,
        "One of today's {of} customers ({share}) scores {score} or more.",
        "{n} of today's {of} customers ({share}) score {score} or more.",
        of=formats.number(found.of),
        share=formats.share(found.customers / found.of),
        score=score,
    )
    promise = say(
        "If they are like the tested ones, contacting them costs {cost} and brings a profit of {profit}.",
        cost=written(found.cost, one.training.currency),
        profit=written(found.profit, one.training.currency),
    )
    label = say_count(found.customers, "See the customer", "See the {n} customers")
    return [
        html.P(sentence, className="mb-2"),
        html.P(promise, className="mb-2"),
        people_button(PEOPLE, found.rule, label, class_name="button primary"),
        html.P(say("Open them in Customers, save them as a segment, or export them."), className="small muted mt-2"),
    ]


def _cases(one: Chosen, line: Line) -> list[Any]:
    score = score_words(line.threshold, is_share=one.is_share, currency=one.currency)
    sentence = say(
        "{cases} of the test part score {score} or more: each with its score, its true answer and its weightiest inputs.",
        cases=targeting.case_words(one, line.cases),
        score=score,
    )
    place = "/export/table/models_targets.csv"
    link = html.A(
        say("Download them as CSV"), href=place, className="button primary", download="", **{"data-table": place}
    )
    more = say("New cases are scored under Try it: one by one, or a whole file.")
    return [html.P(sentence, className="mb-2"), link, html.P(more, className="small muted mt-2")]


def use_model(clicks: int | None, told: Any) -> tuple[Any, Any]:
    """Put the model in use: from now on its scores are a column of the customers."""
    view = view_from_json(told)
    one = chosen(view)
    if not clicks or one is None:
        raise PreventUpdate
    put_in_use(one.model, at=now_text(datetime.now(UTC)))
    sentence = say("The model is in use: its score is a column of the customers, of rules and of lists.")
    return using.stamp(view), [success(sentence)]


def register_callbacks(app: Dash) -> None:
    app.callback(Output(WHO, "children"), Input(REQUEST, "data"))(show_who)
    app.callback(Output(LIST, "children"), Output(USE, "style"), Input(REQUEST, "data"), Input(PINS, "data"))(show_list)
    app.callback(
        Output(PINS, "data", allow_duplicate=True),
        Output(NOTICES, "children", allow_duplicate=True),
        Input(USE, "n_clicks"),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(use_model)
    opens_people_of_buttons(app, PEOPLE)
