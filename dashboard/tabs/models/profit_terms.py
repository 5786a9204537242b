"""The terms of a profit: what a contact costs and brings, typed into the link."""

from __future__ import annotations

from typing import Any, Final

from dash import Dash, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from analytics.text import say
from dashboard.components.basics import term
from dashboard.ids import CHANGE, REQUEST
from dashboard.results import targeting
from dashboard.results.chosen_model import Chosen
from dashboard.results.targeting import Terms
from dashboard.state import View, view_from_json

FIELDS: Final = {
    "profit_cost": "models-profit-cost",
    "profit_worth": "models-profit-worth",
    "profit_won": "models-profit-won",
    "profit_budget": "models-profit-budget",
}
"""Option → the id of the control that it is typed into."""


def terms_card(view: View, one: Chosen) -> html.Section:
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
        value=float(typed) if is_number(typed) else None,
        placeholder=usual,
        className="text-input",
        autoComplete="off",
    )
    return html.Div([html.Label(term(label, meaning), htmlFor=FIELDS[name]), control], className="field control")


def is_number(typed: str) -> bool:
    try:
        float(typed)
    except ValueError:
        return False
    return True


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
    if is_number(one) and is_number(other):
        return float(one) == float(other)
    return one == other


def register_callbacks(app: Dash) -> None:
    app.callback(
        Output(CHANGE, "data", allow_duplicate=True),
        *(Input(control, "value") for control in FIELDS.values()),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(choose_terms)
