"""Profit: what a contact costs and brings, where to draw the line, who is above it, and the list of them."""

from __future__ import annotations

from typing import Any, Final

from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.exceptions import PreventUpdate

from analytics.errors import AnalyticsError
from analytics.predict.evaluation.targeting import Profit
from analytics.text import say
from dashboard import formats
from dashboard.components.basics import HIDDEN, Chart, Heading, chart_card, chart_outputs, note, table
from dashboard.figures.base import nothing
from dashboard.figures.models_profit import BEST, profit_curve, written
from dashboard.figures.models_why import score_words
from dashboard.ids import CHANGE, REQUEST, THEME
from dashboard.results import targeting
from dashboard.results.chosen_model import Chosen, chosen
from dashboard.results.targeting import Line
from dashboard.state import View, view_from_json
from dashboard.tabs.models import profit_list, profit_terms
from dashboard.tabs.models.profit_terms import is_number
from dashboard.tabs.models.states import with_model
from dashboard.theme import mode_of

CURVE: Final = "models-profit"
CUT: Final = "models-profit-cut"
TO_BEST: Final = "models-profit-to-best"
MEETING: Final = "models-profit-meeting"
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
        profit_terms.terms_card(view, one),
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
                html.Section(
                    [html.H2(say("Who they are")), html.Div(id=profit_list.WHO, className="mt-2")], className="card-box"
                ),
                html.Section(
                    [
                        html.H2(say("Take the list")),
                        html.Div(id=profit_list.LIST, className="mt-2"),
                        html.Button(
                            say("Put this model in use"),
                            id=profit_list.USE,
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


# What is chosen


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
    if not isinstance(meant, str) or not is_number(meant) or not 0 <= float(meant) <= 1:
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
    wanted = float(cut) if is_number(cut) else line.share
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


def register_callbacks(app: Dash) -> None:
    profit_terms.register_callbacks(app)
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
    profit_list.register_callbacks(app)
