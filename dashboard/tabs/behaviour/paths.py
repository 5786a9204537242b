"""Paths: which ways visits take, which lead to a purchase, and how two groups of visits differ in them."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, dcc, html

from analytics.behaviour.paths import GONE, Flows, Transitions
from analytics.behaviour.sequences import Sequence, Sequences
from analytics.behaviour.walked import Way
from analytics.behaviour.walks import MOST_STATES, MOST_STEPS
from analytics.text import say
from dashboard import formats
from dashboard.components.basics import Chart, Heading, chart_card, chart_outputs, empty, note, table, term, with_bar
from dashboard.components.controls import changes, option_dropdown, option_switch
from dashboard.figures import paths as figures
from dashboard.ids import REQUEST, THEME
from dashboard.people import opens_people, opens_people_of_buttons, people_button
from dashboard.results import paths as results
from dashboard.state import View, view_from_json
from dashboard.tabs.behaviour import path_differences
from dashboard.tabs.behaviour.path_differences import differences_card
from dashboard.theme import mode_of

BY = "behaviour-paths-by"
MERGE = "behaviour-paths-merge"
FLOWS = "behaviour-paths-flows"
STEPS = "behaviour-paths-steps"
FROM = "behaviour-paths-from"
MATRIX = "behaviour-paths-matrix"
SEQUENCES = "behaviour-paths-sequences"
SEQUENCES_TITLE = "behaviour-paths-sequences-title"
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
                table_name="paths_flows",
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
                        table_name="paths_transitions",
                    ),
                    className="wide-chart",
                ),
                differences_card(view),
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
        "Of {sessions} visits. Listed are ways of 2 to 5 steps in {fewest} visits or more, through the {states} places with "
        "most clicks; the others are drawn together in the charts.",
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


def register_callbacks(app: Dash) -> None:
    app.callback(*chart_outputs(FLOWS), Input(REQUEST, "data"), Input(THEME, "data"))(show_flows)
    app.callback(*chart_outputs(MATRIX), Input(REQUEST, "data"), Input(THEME, "data"))(show_matrix)
    app.callback(Output(SEQUENCES_TITLE, "children"), Output(SEQUENCES, "children"), Input(REQUEST, "data"))(
        show_sequences
    )
    for control, name in (
        (BY, "paths_by"),
        (MERGE, "paths_merge"),
        (FROM, "paths_from"),
        (STEPS, "paths_steps"),
    ):
        changes(app, control, name)
    opens_people(app, FLOWS)
    opens_people(app, MATRIX)
    opens_people_of_buttons(app, _PEOPLE)
    path_differences.register_callbacks(app)
