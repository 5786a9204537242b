"""The funnel: how far do they come along the steps, where are they lost, and who are those?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from dash import Dash, Input, Output, dcc, html, no_update
from dash.exceptions import PreventUpdate

from analytics.behaviour.funnels import Funnel, StepCount, summarise, summarise_groups
from analytics.behaviour.steps import FEWEST_STEPS, step_names
from analytics.request import request_from_json
from analytics.text import say
from dashboard import formats
from dashboard.components.basics import (
    HIDDEN,
    SHOWN,
    Chart,
    Heading,
    chart_card,
    chart_outputs,
    empty,
    note,
    progress,
    table,
)
from dashboard.components.controls import changes, option_switch
from dashboard.figures import funnel as figures
from dashboard.figures.base import nothing
from dashboard.ids import REQUEST, THEME
from dashboard.jobs import Report, run_in_background
from dashboard.people import opens_people, opens_people_of_buttons, people_button
from dashboard.results import funnels as results
from dashboard.results.behaviour import kept_visits, visits
from dashboard.state import View, view_from_json
from dashboard.tabs.behaviour import funnel_steps
from dashboard.theme import mode_of

BY = "behaviour-funnel-by"
SUMMARY = "behaviour-funnel-summary"
FUNNEL = "behaviour-funnel-bars"
GROUPS = "behaviour-funnel-groups"
LOST = "behaviour-funnel-lost"
NEEDED = "behaviour-funnel-needed"
READY = "behaviour-funnel-ready"
BUSY = "behaviour-funnel-busy"
BAR = "behaviour-funnel-progress"
BAR_LABEL = "behaviour-funnel-progress-label"
CANCEL = "behaviour-funnel-cancel"
_PEOPLE = "behaviour-funnel-people"
_FEWEST_BEGUN: Final = 30
"""A group of fewer is no finding: one more or less would change it by several percent."""
_MOST_GROUPS: Final = 12
_BREAKDOWNS: Final = {"segment": "Segment", "device": "Device", "source": "Source", "visitor_type": "New or returning"}


def layout(view: View) -> list[Any]:
    """The builder and the cards."""
    known = results.known(view.request)
    if not known.choices.suggested:
        return [
            empty(
                say("These clicks cannot be told apart"),
                say("A funnel needs clicks with a kind of event, a page, a category or a product."),
                dcc.Link(say("Load clicks that say it"), href="/data"),
            )
        ]
    asked = results.asked_of(view)
    possible = results.breakdowns(view.request)
    by = option_switch(BY, "funnel_by", view, {name: say(_BREAKDOWNS[name]) for name in possible})
    opens = " " + say("Click a bar to see who.") if known.people else ""
    return [
        html.Section(
            [funnel_steps.builder(view), progress(BUSY, BAR, BAR_LABEL, CANCEL)],
            className="card-box",
        ),
        dcc.Store(id=NEEDED),
        dcc.Store(id=READY),
        html.Div(id=SUMMARY),
        chart_card(
            FUNNEL,
            say("Solid: reached the step. Hatched: came to the step before and no further.") + opens,
            height=_height(len(asked.steps)),
            table_name="funnel_steps",
        ),
        html.Div(
            [
                chart_card(
                    GROUPS,
                    say("Of those at the step before, the share that took each step."),
                    height=400,
                    extra=html.Div(by, style=funnel_steps.SIDEWAYS) if possible else None,
                )
                if possible
                else None,
                html.Section(
                    [
                        html.Div(
                            html.Div(
                                [
                                    html.H2(say("Who is lost, and how long it takes")),
                                    html.P(_people_sentence(known), className="muted small"),
                                ]
                            ),
                            className="card-head",
                        ),
                        html.Div(id=LOST, className="table-scroll"),
                    ],
                    className="card-box",
                ),
            ],
            className="columns" if possible else "",
        ),
    ]


def _people_sentence(known: results.Known) -> str:
    if known.people:
        return say("Customers who came to a step in some visit and never came further. Open them to export the list.")
    return say("These clicks come without orders or do not name customers, so there are no people to open.")


def _height(steps: int) -> int:
    return max(steps, FEWEST_STEPS) * figures.ROW_PIXELS + 24


def ask_for_funnel(told: Any) -> tuple[Any, Any]:
    """Either the funnel is there or quickly found, or a job is asked to find it."""
    view = view_from_json(told)
    asked = results.asked_of(view)
    if len(asked.steps) < FEWEST_STEPS or results.funnel(view.request, asked) is not None:
        return no_update, {"steps": [step.text for step in asked.steps], "within": asked.within}
    return {"view": view.to_json()}, None


def find_funnel(report: Report, needed: Any) -> dict[str, Any]:
    """The job: find the funnel and keep it beside the version, where every server process finds it."""
    if not isinstance(needed, dict):
        raise PreventUpdate
    view = view_from_json(needed["view"])
    asked = results.asked_of(view)
    results.find_in_job(request_from_json(view.request.to_json()), asked, report)
    return {"steps": [step.text for step in asked.steps], "within": asked.within}


def _found(told: Any, ready: Any) -> tuple[View, results.Asked, Funnel | None]:
    view = view_from_json(told)
    asked = results.asked_of(view)
    if not ready or len(asked.steps) < FEWEST_STEPS:
        return view, asked, None
    return view, asked, results.funnel(view.request, asked)


def show_funnel(told: Any, ready: Any, theme: Any) -> tuple[Any, ...]:
    view, asked, found = _found(told, ready)
    mode = mode_of(theme)
    style = {"height": f"{_height(len(asked.steps))}px"}
    if found is None:
        is_short = len(asked.steps) < FEWEST_STEPS
        sentence = say("Choose one more step") if is_short else say("The funnel appears here")
        return (*Chart(say("The funnel"), nothing(mode, sentence), None).outputs(), style, None)
    keep = kept_visits(view.request)
    counted = summarise(found, keep)
    lost = results.lost_customers(view.request, asked)
    behind = None if lost is None else [0, *(int(count) for count in lost[1:-1])]
    drawn = figures.funnel_bars(counted, found.unit, asked.within, mode, known=behind)
    chart = Chart(_title(counted, found.unit), drawn, _table(counted, found.unit))
    return (*chart.outputs(), style, _summary(counted, found.unit))


def _title(steps: Sequence[StepCount], unit: str) -> str:
    if not steps[0].reached:
        return say("Nobody took the first step")
    names = step_names([step.step for step in steps])
    place = max(range(1, len(steps)), key=lambda place: steps[place].lost)
    if not steps[place].lost:
        return say("Everyone who begins comes to the end")
    share = 1 - (steps[place].of_previous or 0.0)
    return say(
        "Most are lost between {before} and {step}: {share} of the {unit} go no further",
        before=names[place - 1],
        step=names[place],
        share=formats.share(share, 0),
        unit=say(unit),
    )


def _summary(steps: Sequence[StepCount], unit: str) -> Any:
    if not steps[0].reached:
        return note(say("In this selection nobody took the first step. Change the filters, the dates or the steps."))
    names = step_names([step.step for step in steps])
    return html.P(
        say(
            "Of {begun} that reached {first}, {done} ({share}) reached {last}.",
            begun=figures.units(steps[0].reached, unit),
            first=names[0],
            done=formats.number(steps[-1].reached),
            share=formats.share(steps[-1].share),
            last=names[-1],
        ),
        className="mb-0",
    )


def _table(steps: Sequence[StepCount], unit: str) -> Any:
    headings = [
        Heading(say("Step")),
        Heading(say("Visits") if unit == "sessions" else say("Visitors"), is_number=True),
        Heading(say("Of the first step"), is_number=True),
        Heading(say("Of the step before"), is_number=True),
        Heading(say("Lost"), is_number=True),
        Heading(say("Typical time since"), is_number=True),
    ]
    rows = [
        [
            name,
            formats.number(step.reached),
            formats.share(step.share),
            formats.share(step.of_previous),
            formats.number(step.lost) if place else formats.NOTHING,
            _time(step),
        ]
        for place, (name, step) in enumerate(zip(figures.numbered(steps), steps, strict=True))
    ]
    return table(headings, rows)


def _time(step: StepCount) -> str:
    return formats.seconds(step.median_seconds)


def show_lost(told: Any, ready: Any) -> Any:
    """From step to step: how many customers never came further, and the time that the others took."""
    view, asked, found = _found(told, ready)
    if found is None:
        return html.P(say("The steps appear here."), className="muted small")
    keep = kept_visits(view.request)
    counted = summarise(found, keep)
    lost = results.lost_customers(view.request, asked)
    names = step_names(asked.steps)
    headings = [
        Heading(say("From, to")),
        Heading(say("Lost {unit}", unit=say(found.unit)), is_number=True),
        *([Heading(say("Customers"), is_number=True)] if lost is not None else []),
        Heading(say("Time"), is_number=True),
    ]
    rows = []
    for place in range(1, len(counted)):
        row: list[Any] = [
            say("{before} → {step}", before=names[place - 1], step=names[place]),
            formats.number(counted[place].lost),
        ]
        if lost is not None:
            rule = json.dumps(figures.funnel_rule("lost_in_funnel", counted, place + 1, asked.within))
            count = formats.number(int(lost[place]))
            row.append(people_button(_PEOPLE, rule, count, class_name="count") if lost[place] else count)
        rows.append([*row, _time(counted[place])])
    return table(headings, rows)


def show_groups(told: Any, ready: Any, theme: Any) -> tuple[Any, ...]:
    view, asked, found = _found(told, ready)
    mode = mode_of(theme)
    possible = results.breakdowns(view.request)
    if found is None or not possible:
        return Chart(say("Group by group"), nothing(mode, say("The groups appear here")), None).outputs()
    by = view.one("funnel_by")
    by = by if by in possible else possible[0]
    grouped, keep = visits(view.request).groups[by], kept_visits(view.request)
    reached = summarise_groups(found, grouped.codes, len(grouped.names), keep)
    counted = summarise(found, keep)
    largest = np.argsort(-reached[:, 0], kind="stable")[:_MOST_GROUPS]
    shown = np.sort(largest[reached[largest, 0] > 0])
    names, reached = [_group_name(by, grouped.names[group]) for group in shown], reached[shown]
    rules = [_group_rules(counted, grouped.names[group], asked.within) for group in shown]
    opens = by == "segment" and results.known(view.request).people
    drawn = figures.funnel_groups(names, reached, counted, mode, rules if opens else None)
    headings = [
        Heading(say(_BREAKDOWNS[by])),
        *(Heading(name, is_number=True) for name in figures.numbered(counted)),
        Heading(say("First to last"), is_number=True),
    ]
    rows = [
        [name, *(formats.number(count) for count in row), formats.share(row[-1] / row[0])]
        for name, row in zip(names, reached.tolist(), strict=True)
    ]
    return Chart(_groups_title(names, reached), drawn, table(headings, rows)).outputs()


def _group_name(by: str, name: str) -> str:
    return say(name) if by == "segment" else name[:1].upper() + name[1:]


def _group_rules(steps: Sequence[StepCount], segment: str, within: str) -> list[Any]:
    """Of each cell, the segment's customers who were lost at the step."""
    of_segment = {"column": "segment", "is": "equal to", "value": segment}
    return [
        {"all": [of_segment, figures.funnel_rule("lost_in_funnel", steps, place, within)]}
        for place in range(2, len(steps) + 1)
    ]


def _groups_title(names: Sequence[str], reached: np.ndarray[Any, Any]) -> str:
    enough = [place for place in range(len(names)) if reached[place, 0] >= _FEWEST_BEGUN]
    if len(enough) < 2:
        return say("Group by group")
    done = {place: reached[place, -1] / reached[place, 0] for place in enough}
    best, worst = max(enough, key=done.__getitem__), min(enough, key=done.__getitem__)
    if done[best] == done[worst]:
        return say("All groups come equally far")
    return say(
        "{best} come to the end most often, {share}; {worst} least, {low}",
        best=names[best],
        share=formats.share(done[best], 0 if done[best] >= 0.1 else 1),
        worst=names[worst],
        low=formats.share(done[worst], 0 if done[worst] >= 0.1 else 1),
    )


def register_callbacks(app: Dash) -> None:
    app.callback(Output(NEEDED, "data"), Output(READY, "data"), Input(REQUEST, "data"))(ask_for_funnel)
    run_in_background(
        app,
        find_funnel,
        output=Output(READY, "data", allow_duplicate=True),
        inputs=[Input(NEEDED, "data")],
        progress=(Output(BAR, "value"), Output(BAR_LABEL, "children")),
        cancel=[Input(CANCEL, "n_clicks")],
        running=[(Output(BUSY, "style"), SHOWN, HIDDEN)],
    )
    app.callback(
        *chart_outputs(FUNNEL),
        Output(FUNNEL, "style"),
        Output(SUMMARY, "children"),
        Input(REQUEST, "data"),
        Input(READY, "data"),
        Input(THEME, "data"),
    )(show_funnel)
    app.callback(Output(LOST, "children"), Input(REQUEST, "data"), Input(READY, "data"))(show_lost)
    app.callback(*chart_outputs(GROUPS), Input(REQUEST, "data"), Input(READY, "data"), Input(THEME, "data"))(
        show_groups
    )
    funnel_steps.register_callbacks(app)
    changes(app, BY, "funnel_by")
    opens_people(app, FUNNEL)
    opens_people(app, GROUPS)
    opens_people_of_buttons(app, _PEOPLE)
