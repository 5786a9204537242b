"""Profit: what a contact costs and brings, where to draw the line, who is above it, and the list of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.exceptions import PreventUpdate

from analytics.datasets import now_text
from analytics.errors import AnalyticsError
from analytics.predict.model_store import put_in_use
from analytics.predict.targeting import Profit, Targeted
from analytics.text import say, say_count
from dashboard import formats
from dashboard.components.basics import HIDDEN, Chart, Heading, chart_card, chart_outputs, note, table, term
from dashboard.errors import NOTICES, success
from dashboard.figures.base import nothing
from dashboard.figures.models_profit import BEST, profit_curve, written
from dashboard.figures.models_why import score_words, value_words
from dashboard.ids import CHANGE, PINS, REQUEST, THEME
from dashboard.people import opens_people_of_buttons, people_button
from dashboard.results import targeting, using
from dashboard.results.chosen_model import Chosen, chosen
from dashboard.results.targeting import Line, Terms
from dashboard.state import View, view_from_json
from dashboard.tabs.models.states import with_model
from dashboard.theme import mode_of

CURVE: Final = "models-profit"
CUT: Final = "models-profit-cut"
TO_BEST: Final = "models-profit-to-best"
MEETING: Final = "models-profit-meeting"
WHO: Final = "models-profit-who"
LIST: Final = "models-profit-list"
USE: Final = "models-profit-use"
PEOPLE: Final = "models-profit-people"
"""The type of the button that opens those above the line."""
FIELDS: Final = {
    "profit_cost": "models-profit-cost",
    "profit_worth": "models-profit-worth",
    "profit_won": "models-profit-won",
    "profit_budget": "models-profit-budget",
}
"""Option → the id of the control that it is typed into."""
_NEAR: Final = 0.0006
"""Shares that are the same place of the slider."""


def layout(view: View) -> list[Any]:
    return with_model(view, _parts)


def _parts(view: View, one: Chosen) -> list[Any]:
    slider = html.Div(
        [
            html.Div(_slider(_share_of(view, one)), className="profit-slider", title=say("The share contacted")),
            html.Button(say("Back to the best"), id=TO_BEST, className="button quiet", n_clicks=0, type="button"),
        ],
        className="profit-cut",
    )
    sentence = say("Reckoned on the tested cases, whose answers are known. Move the line below, or click the curve.")
    curve = chart_card(CURVE, sentence, height=360, table_name="models_profit")
    curve.children = [*curve.children[:2], slider, *curve.children[2:]]
    return [
        _terms_card(view, one),
        html.Div(
            [
                curve,
                html.Section(
                    [html.H2(say("For the meeting")), html.Div(id=MEETING, className="mt-2")], className="card-box"
                ),
            ],
            className="columns wide-first",
        ),
        html.Div(
            [
                html.Section([html.H2(say("Who they are")), html.Div(id=WHO, className="mt-2")], className="card-box"),
                html.Section(
                    [
                        html.H2(say("Take the list")),
                        html.Div(id=LIST, className="mt-2"),
                        html.Button(
                            say("Put this model in use"),
                            id=USE,
                            className="button primary mt-2",
                            n_clicks=0,
                            type="button",
                            style=HIDDEN,
                        ),
                    ],
                    className="card-box",
                ),
            ],
            className="columns",
        ),
    ]


def _slider(share: float) -> dcc.Slider:
    return dcc.Slider(
        id=CUT,
        min=0,
        max=100,
        step=0.1,
        value=round(100 * share, 1),
        marks={place: f"{place}%" for place in (0, 25, 50, 75, 100)},
        allow_direct_input=False,
    )


def _share_of(view: View, one: Chosen) -> float:
    try:
        return targeting.line(view, one).share
    except AnalyticsError:  # the page says what is wrong with the terms
        return 0.0


def _terms_card(view: View, one: Chosen) -> html.Section:
    """What is typed; what is not has the guess in its place."""
    usual, currency = targeting.suggested(one), one.training.currency
    sign = f" ({currency})" if currency else ""
    worth_label, worth_meaning = _worth_words(one)
    fields = [
        _field(
            view, "profit_cost", say("Cost of a contact{currency}", currency=sign), f"{usual.cost:g}",
            say("What one letter, call or discount costs, whether it helps or not."),
        ),
        _field(view, "profit_worth", f"{worth_label}{sign if one.is_share else ''}", _usual_worth(usual, one), worth_meaning),
        _field(
            view, "profit_won", say("Won by a contact (%)"), f"{100 * usual.won:g}",
            say("Of 100 contacted for whom it can help, how many it wins. Those who do as wished anyway are not won by it."),
        ),
        _field(
            view, "profit_budget", say("Budget{currency}", currency=sign), say("none"),
            say("What all contacts together may cost. Empty: as much as pays."),
        ),
    ]  # fmt: skip
    sentence = say("Grey numbers are guesses from the data: write your own. They are part of the link.")
    return html.Section(
        [
            html.Div(
                html.Div([html.H2(say("What a contact costs and brings")), html.P(sentence, className="muted small")]),
                className="card-head",
            ),
            html.Div(fields, className="profit-terms"),
        ],
        className="card-box",
    )


def _worth_words(one: Chosen) -> tuple[str, str]:
    if not one.is_share:
        return say("Margin (%)"), say("The share of an amount that is left after its costs.")
    if one.training.asked.name == "churn":
        return say("Worth of a kept customer"), say(
            "The margin that a customer brings who stays. The guess is one order of the usual size."
        )
    return say("Margin of a yes"), say(
        "What is left over of one '{answer}', after its costs.", answer=one.training.positive
    )


def _usual_worth(usual: Terms, one: Chosen) -> str:
    return f"{usual.worth:g}" if one.is_share else f"{100 * usual.worth:g}"


def _field(view: View, name: str, label: str, usual: str, meaning: str) -> html.Div:
    typed = view.one(name)
    control = dcc.Input(
        id=FIELDS[name],
        type="number",
        min=0,
        step="any",
        debounce=0.6,
        value=float(typed) if _is_number(typed) else None,
        placeholder=usual,
        className="text-input",
        autoComplete="off",
    )
    return html.Div([html.Label(term(label, meaning), htmlFor=FIELDS[name]), control], className="field control")


def _is_number(typed: str) -> bool:
    try:
        float(typed)
    except ValueError:
        return False
    return True


# What is chosen


def choose_terms(cost: Any, worth: Any, won: Any, budget: Any, told: Any) -> dict[str, Any]:
    """What was typed becomes part of the link; the line goes back to the best under the new terms."""
    view = view_from_json(told)
    typed = dict(zip(FIELDS, map(_typed, (cost, worth, won, budget)), strict=True))
    if all(_same(view.one(name), value) for name, value in typed.items()):
        raise PreventUpdate
    return {name: value or None for name, value in typed.items()} | {"profit_cut": None}


def _typed(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return ""
    return value[:20] if isinstance(value, str) else f"{value:.12g}"


def _same(one: str, other: str) -> bool:
    if _is_number(one) and _is_number(other):
        return float(one) == float(other)
    return one == other


def choose_cut(percent: Any, told: Any) -> dict[str, Any]:
    """The line that the slider was moved to; on the best place the link says nothing of it."""
    if isinstance(percent, bool) or not isinstance(percent, int | float) or not 0 <= percent <= 100:
        raise PreventUpdate
    return _cut_at(percent / 100, told)


def choose_point(clicked: Any, told: Any) -> dict[str, Any]:
    """The line that was clicked on the curve."""
    points = clicked.get("points") if isinstance(clicked, dict) else None
    first = points[0] if isinstance(points, list) and points else None
    meant = first.get("customdata") if isinstance(first, dict) else None
    if meant == BEST:
        return choose_best(1, told)
    if not isinstance(meant, str) or not _is_number(meant) or not 0 <= float(meant) <= 1:
        raise PreventUpdate
    return _cut_at(float(meant), told)


def choose_best(clicks: int | None, told: Any) -> dict[str, Any]:
    """The line that brings most."""
    if not clicks or not view_from_json(told).one("profit_cut"):
        raise PreventUpdate
    return {"profit_cut": None}


def _cut_at(share: float, told: Any) -> dict[str, Any]:
    view = view_from_json(told)
    one = chosen(view)
    if one is None or abs(targeting.line(view, one).share - share) < _NEAR:
        raise PreventUpdate
    best = targeting.line(view.choosing(profit_cut=None), one).share
    wanted = None if abs(best - share) < _NEAR else f"{share:.4f}"
    if (wanted or "") == view.one("profit_cut"):
        raise PreventUpdate
    return {"profit_cut": wanted}


# What is shown


def show_profit(told: Any, theme: Any, percent: Any) -> tuple[Any, ...]:
    """The curve with its title and its table, the sentence for the meeting with what else could be done, and the slider."""
    view, mode = view_from_json(told), mode_of(theme)
    one = chosen(view)
    if one is None:
        raise PreventUpdate
    try:
        found, line, best = targeting.profit(view, one), targeting.line(view, one), targeting.best_line(view, one)
    except AnalyticsError as problem:
        sentence = str(problem)
        return *Chart(say("Profit"), nothing(mode, sentence), None).outputs(), note(sentence, "bad"), no_update
    currency = one.training.currency
    drawn = profit_curve(
        found.shares.tolist(),
        found.profits.tolist(),
        found.low.tolist(),
        found.high.tolist(),
        best=best.place,
        chosen=line.place,
        affordable=found.affordable,
        currency=currency,
        mode=mode,
    )
    chart = Chart(_title(best, currency), drawn, _points_table(one, found))
    meeting = [
        html.P(_meeting(one, line), className="meeting"),
        _compared(one, line, found),
        *_remarks(view, one, line, found),
    ]
    return *chart.outputs(), meeting, no_update if _stands_at(percent, view, line) else round(100 * line.share, 1)


def _stands_at(percent: Any, view: View, line: Line) -> bool:
    """Whether the slider is where the line is, or where the reader has put it beside the nearest place of the curve."""
    if isinstance(percent, bool) or not isinstance(percent, int | float):
        return False
    cut = view.one("profit_cut")
    wanted = float(cut) if _is_number(cut) else line.share
    return abs(percent / 100 - wanted) < _NEAR


def _title(best: Line, currency: str) -> str:
    if not best.cases:
        return say("No contact pays at these terms")
    if best.share > 0.9995:
        return say("Contacting everyone brings most: {profit}", profit=written(best.profit, currency))
    return say(
        "Contacting the best {share} brings most: {profit}",
        share=formats.share(best.share),
        profit=written(best.profit, currency),
    )


def _meeting(one: Chosen, line: Line) -> str:
    """The sentence to be read aloud."""
    currency = one.training.currency
    if not line.cases:
        return say("Contact nobody: at these terms even the most likely case costs more than it brings.")
    cases = targeting.case_words(one, line.cases)
    values = {
        "cases": cases,
        "share": formats.share(line.share),
        "cost": written(line.cost, currency),
        "profit": written(line.profit, currency),
        "low": written(line.low, currency),
        "high": written(line.high, currency),
        "random": written(line.at_random, currency),
    }
    if line.share > 0.9995:
        return say(
            "Contact all {cases}, at a cost of {cost}. Expected profit: {profit} (95 of 100: {low} to {high}).",
            **values,
        )
    return say(
        "Contact the {share} with the highest scores: {cases}, at a cost of {cost}. Expected profit: {profit} (95 of "
        "100: {low} to {high}). As many chosen at random would bring {random}.",
        **values,
    )


def _compared(one: Chosen, line: Line, found: Profit) -> html.Div:
    """The line beside the ways to do without a model."""
    currency = one.training.currency
    everyone = targeting.everyone(found)
    rows: list[tuple[str, int, float, float]] = [
        (say("By this model"), line.cases, line.cost, line.profit),
        (say("As many at random"), line.cases, line.cost, line.at_random),
        (say("Everyone"), everyone.cases, everyone.cost, everyone.profit),
        (say("Nobody"), 0, 0.0, 0.0),
    ]
    most = max(row[3] for row in rows)
    cells = [
        [
            name,
            formats.number(cases),
            written(cost, currency),
            html.Strong(written(profit, currency)) if profit == most else written(profit, currency),
        ]
        for name, cases, cost, profit in rows
    ]
    headings = [
        Heading(say("Whom to contact")),
        Heading(say("Contacts"), is_number=True),
        Heading(say("Cost"), is_number=True),
        Heading(say("Profit"), is_number=True),
    ]
    return html.Div(table(headings, cells), className="table-scroll mt-2")


def _remarks(view: View, one: Chosen, line: Line, found: Profit) -> list[Any]:
    sentences = []
    asked = targeting.terms(view, one)
    if asked.budget is not None and line.cost > asked.budget * 1.0001:
        sentences.append(
            say("The line is beyond the budget of {budget}.", budget=written(asked.budget, one.training.currency))
        )
    if line.cases and line.low <= 0 < line.profit:
        sentences.append(say("The profit is not certain: with other cases like these it may as well be a loss."))
    if line.place == found.best and found.expected > 0 and found.optimism > 0.1 * found.expected:
        owed = written(found.optimism, one.training.currency)
        sentences.append(
            say(
                "About {owed} of it is owed to having drawn the line on these very cases: expect less of others.",
                owed=owed,
            )
        )
    if one.training.warnings:
        sentences.append(say("Read the warnings of this training first: they are at the top of the page."))
    return [note(sentence, "warn") for sentence in sentences]


def _points_table(one: Chosen, found: Profit) -> Any:
    currency = one.training.currency
    headings = [
        Heading(say("Share contacted"), is_number=True),
        Heading(say("Cases"), is_number=True),
        Heading(say("Score from"), is_number=True),
        Heading(say("Expected profit"), is_number=True),
        Heading(say("95 of 100"), is_number=True),
    ]
    tenths = sorted({found.best, *(found.nearest(tenth / 10) for tenth in range(11))})
    rows = [
        [
            formats.share(line.share),
            formats.number(line.cases),
            score_words(line.threshold, is_share=one.is_share, currency=one.currency)
            if line.cases
            else formats.NOTHING,
            written(line.profit, currency),
            say("{low} to {high}", low=written(line.low, currency), high=written(line.high, currency)),
        ]
        for line in (targeting.line_at(found, place) for place in tenths)
    ]
    return table(headings, rows)


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
    app.callback(
        Output(CHANGE, "data", allow_duplicate=True),
        *(Input(control, "value") for control in FIELDS.values()),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(choose_terms)
    for control, prop, choose in (
        (CUT, "value", choose_cut),
        (CURVE, "clickData", choose_point),
        (TO_BEST, "n_clicks", choose_best),
    ):
        app.callback(
            Output(CHANGE, "data", allow_duplicate=True),
            Input(control, prop),
            State(REQUEST, "data"),
            prevent_initial_call=True,
        )(choose)
    app.callback(
        *chart_outputs(CURVE),
        Output(MEETING, "children"),
        Output(CUT, "value"),
        Input(REQUEST, "data"),
        Input(THEME, "data"),
        State(CUT, "value"),
    )(show_profit)
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
