"""Paths: which ways visits take, which lead to a purchase, and how two groups of visits differ in them."""

from __future__ import annotations

from functools import partial
from typing import Any

from dash import Dash, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from analytics.behaviour.differences import Differences
from analytics.behaviour.paths import GONE, Flows, Sequence, Sequences, Transitions
from analytics.behaviour.sides import KINDS, Side
from analytics.behaviour.walked import Way
from analytics.behaviour.walks import MOST_STATES, MOST_STEPS
from analytics.errors import RequestError
from analytics.text import say
from dashboard import formats
from dashboard.components.basics import Chart, Heading, chart_card, chart_outputs, empty, note, table, term, with_bar
from dashboard.components.controls import changes, option_dropdown, option_switch
from dashboard.figures import paths as figures
from dashboard.figures.base import nothing
from dashboard.ids import CHANGE, REQUEST, THEME
from dashboard.people import opens_people, opens_people_of_buttons, people_button
from dashboard.results import paths as results
from dashboard.state import View, view_from_json
from dashboard.theme import mode_of

BY = "behaviour-paths-by"
MERGE = "behaviour-paths-merge"
FLOWS = "behaviour-paths-flows"
STEPS = "behaviour-paths-steps"
FROM = "behaviour-paths-from"
MATRIX = "behaviour-paths-matrix"
SEQUENCES = "behaviour-paths-sequences"
SEQUENCES_TITLE = "behaviour-paths-sequences-title"
DIFFERENCES = "behaviour-paths-differences"
COMPARE = "behaviour-paths-compare"
A = "behaviour-paths-a"
B = "behaviour-paths-b"
_PEOPLE = "behaviour-paths-people"
_BY = {"page": "Page", "category": "Category", "event": "Kind of click", "product": "Product"}
_LISTED = 15


def layout(view: View) -> list[Any]:
    """The controls and the cards."""
    known = results.known(view.request)
    if not known.by:
        return [
            empty(
                say("The clicks of this dataset do not say where they were"),
                say("Paths need a page, a category, a product or a kind of event for each click."),
                dcc.Link(say("Load clicks that say it"), href="/data"),
            )
        ]
    if not known.varied:
        sentence = say("Every click is on the same page, so there is no way to show: each visit is one step.")
        if known.by[0] != "page":
            sentence = say("Every click is in the same place, so there is no way to show: each visit is one step.")
        return [
            empty(say("There is one place only"), sentence, dcc.Link(say("Load clicks that say more"), href="/data"))
        ]
    shown_by = {by: say(_BY[by]) for by in known.by}
    by = html.Div([html.Span(say("A step is a")), option_switch(BY, "paths_by", view, shown_by)], className="row-line")
    merge = html.Div(
        [
            html.Span(term(say("Repeats"), say("Several clicks in a row in the same place: one step, or one each."))),
            option_switch(MERGE, "paths_merge", view, {"yes": say("one step"), "no": say("each click")}),
        ],
        className="row-line",
    )
    which = html.Div(
        [
            option_switch(FROM, "paths_from", view, {"start": say("First steps"), "end": say("Last steps")}),
            option_dropdown(
                STEPS,
                "paths_steps",
                view,
                {str(n): say("{n} steps", n=n) for n in range(2, MOST_STEPS + 1)},
            ),
        ],
        className="row-line",
    )
    opens = " " + say("Click one to see who.") if known.people else ""
    return [
        html.Div([by, merge], className="row-line between"),
        html.Div(
            chart_card(
                FLOWS,
                say("Each band is as wide as its visits. Small places of a step are drawn together.") + opens,
                height=430,
                extra=which,
            ),
            className="wide-chart",
        ),
        html.Div(
            [
                html.Div(
                    chart_card(
                        MATRIX,
                        say("Of all steps in the place on the left, the share that went on to each place, or left.")
                        + opens,
                        height=470,
                    ),
                    className="wide-chart",
                ),
                html.Div(_differences_card(view), className="wide-chart"),
            ],
            className="columns",
        ),
        _sequences_card(known.purchases),
    ]


def _sequences_card(purchases: bool) -> html.Section:
    sentence = (
        say(
            "Only what happened before a visit's first purchase counts. Long visits hold more ways and buy more often: "
            "a way that goes with purchases need not be what causes them."
        )
        if purchases
        else say("Nothing in these clicks says what was bought, so there is no conversion to compare.")
    )
    return html.Section(
        [
            html.Div(
                html.Div([html.H2(id=SEQUENCES_TITLE), html.P(sentence, className="muted small")]),
                className="card-head",
            ),
            dcc.Loading(html.Div(id=SEQUENCES), delay_show=400, type="dot", color="var(--accent)"),
        ],
        className="card-box",
        **{"aria-labelledby": SEQUENCES_TITLE},
    )


def _differences_card(view: View) -> Any:
    offered = results.offered(view.request)
    chosen = results.chosen_sides(view)
    if chosen is None:
        return html.Div(
            empty(
                say("No two groups to compare"),
                say(
                    "Visits are compared by segment, country, device, kind of visitor or purchase; these clicks say none."
                ),
            )
        )
    choices = {
        str(side): say("{kind}: {name} ({n})", kind=say(KINDS[side.kind]), name=side.label, n=formats.number(count))
        for side, count in offered
    }
    told = view.choosing(paths_a=str(chosen[0]), paths_b=str(chosen[1]))
    pair = html.Div(
        [
            option_dropdown(A, "paths_a", told, choices),
            html.Span(say("against")),
            option_dropdown(B, "paths_b", told, choices),
            option_switch(COMPARE, "paths_compare", view, {"steps": say("Steps"), "sequences": say("Ways")}),
        ],
        className="row-line",
    )
    return chart_card(
        DIFFERENCES,
        say(
            "Coloured where chance does not explain the difference: at most one in twenty coloured bars is false, on average."
        ),
        height=430,
        extra=pair,
    )


def show_flows(told: Any, theme: Any) -> tuple[Any, ...]:
    view, mode = view_from_json(told), mode_of(theme)
    drawn, asked, known = results.find_flows(view), results.asked_of(view), results.known(view.request)
    picture = figures.flow_picture(drawn, mode, merge=asked.merge, opens=known.people)
    labels = [figures.node_label(drawn, node) for node in drawn.nodes]
    headings = [
        Heading(say("Step"), is_number=True),
        Heading(say("From")),
        Heading(say("To")),
        Heading(say("Visits"), is_number=True),
        Heading(say("Share of the place"), is_number=True),
    ]
    rows = [
        [
            drawn.nodes[flow.source].step + 1,
            labels[flow.source],
            labels[flow.target],
            formats.number(flow.sessions),
            formats.share(flow.sessions / drawn.nodes[flow.source].sessions),
        ]
        for flow in drawn.flows
    ]
    return Chart(_flows_title(drawn), picture, table(headings, rows)).outputs()


def _flows_title(drawn: Flows) -> str:
    if not drawn.sessions:
        return say("How visits go")
    at = drawn.steps - 1 if drawn.from_end else 0
    step = [node for node in drawn.nodes if node.step == at and node.state not in (None, GONE)]
    if not step:
        return say("How visits end") if drawn.from_end else say("How visits begin")
    first = max(step, key=lambda node: node.sessions)
    name, share = figures.node_label(drawn, first), formats.share(first.sessions / drawn.sessions, 0)
    if drawn.from_end:
        return say("{share} of visits end at {name}", share=share, name=name)
    left = sum(node.sessions for node in drawn.nodes if node.state == GONE and node.step == 1)
    return say(
        "{share} of visits begin at {name}; {left} leave after the first step",
        share=share,
        name=name,
        left=formats.share(left / drawn.sessions, 0),
    )


def show_matrix(told: Any, theme: Any) -> tuple[Any, ...]:
    view, mode = view_from_json(told), mode_of(theme)
    found, asked, known = results.find_transitions(view), results.asked_of(view), results.known(view.request)
    drawn = figures.transition_matrix(found, mode, merge=asked.merge, opens=known.people)
    states = found.states
    names = [figures.state_label(states, code) for code in range(len(states) + 1)]
    headings = [
        Heading(say("From")),
        Heading(say("Times"), is_number=True),
        Heading(say("Visits begin here"), is_number=True),
        *(Heading(name, is_number=True) for name in names),
    ]
    shares = found.shares
    rows = [
        [
            names[row],
            formats.number(found.visits[row]),
            formats.share(found.entries[row] / found.sessions),
            *(formats.share(share) if found.counts[row, place] else "" for place, share in enumerate(shares[row])),
        ]
        for row in range(len(states))
        if found.visits[row]
    ]
    return Chart(_matrix_title(found), drawn, table(headings, rows)).outputs()


def _matrix_title(found: Transitions) -> str:
    if not found.sessions:
        return say("Where visits go next")
    row = int(found.visits.argmax())
    to = int(found.counts[row].argmax())
    share = formats.share(found.shares[row, to], 0)
    one, other = figures.state_label(found.states, row), figures.state_label(found.states, to)
    if to == len(found.states):
        return say("After {name}, {share} leave", name=one, share=share)
    return say("After {name}, {share} go on to {other}", name=one, share=share, other=other)


def show_sequences(told: Any) -> tuple[str, Any]:
    view = view_from_json(told)
    found, asked = results.find_sequences(view), results.asked_of(view)
    rule = say(
        "Of {sessions} visits. Listed are ways of 2 to 5 steps in {fewest} visits or more; at most {states} places are named, "
        "the others are drawn together.",
        sessions=formats.number(found.sessions),
        fewest=formats.number(found.fewest_sessions),
        states=MOST_STATES,
    )
    if not found.found:
        nobody = say("No way is taken by {n} visits or more.", n=formats.number(found.fewest_sessions))
        return say("The ways that most visits take"), note(nobody)
    opens = results.known(view.request).people
    shown = found.found[:_LISTED]
    most = shown[0].support
    best = max((item.conversion or 0.0 for item in shown), default=0.0) or 1.0
    has_rate = found.base_rate is not None
    headings = [
        Heading(say("Way")),
        Heading(say("Visits"), is_number=True),
        Heading(term(say("Support"), say("The share of all visits that hold this way.")), is_number=True),
    ]
    if has_rate:
        headings += [
            Heading(
                term(say("Conversion"), say("Of the visits that hold this way, the share that then buys something.")),
                is_number=True,
            ),
            Heading(
                term(say("95% interval"), say("Where the conversion lies with 95% confidence (Wilson).")),
                is_number=True,
            ),
            Heading(term(say("Lift"), say("Conversion divided by that of all visits.")), is_number=True),
        ]
    rows = [_sequence_row(found, item, asked.merge, opens, most, best) for item in shown]
    parts: list[Any] = [
        html.Div(table(headings, rows), className="table-scroll"),
        html.P(rule, className="muted small"),
    ]
    if found.base_rate is not None:
        base = say(
            "All visits: {bought} of {sessions} buy something, {share}.",
            bought=formats.number(found.bought),
            sessions=formats.number(found.sessions),
            share=formats.share(found.base_rate, 2),
        )
        parts.insert(0, html.P(base, className="mb-2"))
    return _sequences_title(found), parts


def _sequence_row(found: Sequences, item: Sequence, merge: bool, opens: bool, most: float, best: float) -> list[Any]:
    states = found.states
    steps: list[Any] = []
    for place, code in enumerate(item.path):
        steps += [html.Span("→", className="path-arrow")] if place else []
        steps.append(html.Span(figures.state_label(states, code), className="chip"))
    path: Any = html.Span(steps, className="path-chips")
    if opens and figures.can_open(states, item.path):
        way = Way(
            states.by,
            tuple(states.names[code] for code in item.path),
            merge=merge,
            before_purchase=found.bought is not None,
        )
        path = people_button(_PEOPLE, figures.rule(way), steps, class_name="path-chips")
    row: list[Any] = [path, formats.number(item.sessions), with_bar(item.support / most, formats.share(item.support))]
    if found.base_rate is not None:
        row += [
            with_bar((item.conversion or 0.0) / best, formats.share(item.conversion)),
            say("{low} to {high}", low=formats.share(item.conversion_low), high=formats.share(item.conversion_high)),
            say("× {n}", n=formats.number(item.lift, 2)) if item.lift is not None else formats.NOTHING,
        ]
    return row


def _sequences_title(found: Sequences) -> str:
    first = found.found[0]
    lifted = [item for item in found.found[:_LISTED] if _is_above(item, found.base_rate)]
    if lifted:
        best = max(lifted, key=lambda item: item.lift or 0.0)
        return say(
            "Visits that go {path} buy {n} times as often as all visits",
            path=figures.path_label(found.states, best.path),
            n=formats.number(best.lift, 1),
        )
    return say(
        "{share} of visits go {path}",
        share=formats.share(first.support, 0),
        path=figures.path_label(found.states, first.path),
    )


def _is_above(item: Sequence, base: float | None) -> bool:
    return item.conversion_low is not None and base is not None and item.conversion_low > base


def show_differences(told: Any, theme: Any) -> tuple[Any, ...]:
    view, mode = view_from_json(told), mode_of(theme)
    chosen = results.chosen_sides(view)
    if chosen is None:
        return Chart(say("No two groups to compare"), nothing(mode, say("Nothing to compare")), None).outputs()
    a, b = chosen
    try:
        compared = results.find_differences(view, a, b)
    except RequestError as refused:
        return Chart(say("Choose two different groups"), nothing(mode, str(refused)), None).outputs()
    drawn = figures.difference_bars(compared, a.label, b.label, mode)
    return Chart(_differences_title(compared, a, b), drawn, _differences_table(compared, a, b)).outputs()


def _differences_title(compared: Differences, a: Side, b: Side) -> str:
    largest = next((item for item in figures.shown_differences(compared) if item.is_significant), None)
    if largest is None:
        return say("{a} and {b} go the same ways, as far as chance can tell", a=a.label, b=b.label)
    return say(
        "{path}: {share_a} of {a}, {share_b} of {b}",
        path=figures.path_label(compared.states, largest.path),
        share_a=formats.share(largest.share_a, 0),
        share_b=formats.share(largest.share_b, 0),
        a=a.label,
        b=b.label,
    )


def _differences_table(compared: Differences, a: Side, b: Side) -> Any:
    headings = [
        Heading(say("Way")),
        Heading(say("{name} ({n} visits)", name=a.label, n=formats.number(compared.sessions_a)), is_number=True),
        Heading(say("{name} ({n} visits)", name=b.label, n=formats.number(compared.sessions_b)), is_number=True),
        Heading(say("Difference"), is_number=True),
        Heading(
            term(
                say("Chance"),
                say(
                    "How easily chance alone makes such a difference: two-proportion z-test, adjusted for all rows "
                    "(Benjamini and Hochberg 1995)."
                ),
            ),
            is_number=True,
        ),
    ]
    rows = [
        [
            figures.path_label(compared.states, item.path),
            say("{share} of {n}", share=formats.share(item.share_a), n=formats.number(item.a_of)),
            say("{share} of {n}", share=formats.share(item.share_b), n=formats.number(item.b_of)),
            formats.NOTHING if item.difference is None else formats.change(item.difference, points=True),
            say("too few visits")
            if item.q is None
            else formats.share(item.q, 1)
            if item.q >= 0.001
            else say("below 0.1%"),
        ]
        for item in compared.found
    ]
    return table(headings, rows)


def choose_side(value: Any, told: Any, *, name: str) -> dict[str, Any]:
    """Ask for another group to compare; nothing where it is the one that is shown already, chosen or not."""
    chosen = results.chosen_sides(view_from_json(told))
    shown = "" if chosen is None else str(chosen[name == "paths_b"])
    if not value or value == shown:
        raise PreventUpdate
    return {name: value}


def register_callbacks(app: Dash) -> None:
    app.callback(*chart_outputs(FLOWS), Input(REQUEST, "data"), Input(THEME, "data"))(show_flows)
    app.callback(*chart_outputs(MATRIX), Input(REQUEST, "data"), Input(THEME, "data"))(show_matrix)
    app.callback(*chart_outputs(DIFFERENCES), Input(REQUEST, "data"), Input(THEME, "data"))(show_differences)
    app.callback(Output(SEQUENCES_TITLE, "children"), Output(SEQUENCES, "children"), Input(REQUEST, "data"))(
        show_sequences
    )
    for control, name in (
        (BY, "paths_by"),
        (MERGE, "paths_merge"),
        (FROM, "paths_from"),
        (STEPS, "paths_steps"),
        (COMPARE, "paths_compare"),
    ):
        changes(app, control, name)
    for control, name in ((A, "paths_a"), (B, "paths_b")):
        app.callback(
            Output(CHANGE, "data", allow_duplicate=True),
            Input(control, "value"),
            State(REQUEST, "data"),
            prevent_initial_call=True,
        )(partial(choose_side, name=name))
    opens_people(app, FLOWS)
    opens_people(app, MATRIX)
    opens_people_of_buttons(app, _PEOPLE)
