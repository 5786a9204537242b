"""Cohorts: do they come back, and what are they worth as they do?"""

from __future__ import annotations

from typing import Any

import numpy as np
from dash import Dash, Input, Output, html

from analytics.cohorts import Cohorts
from analytics.text import say
from dashboard import formats
from dashboard.components.basics import Chart, Heading, chart_card, chart_outputs, field, table
from dashboard.components.controls import changes, option_dropdown, option_switch
from dashboard.figures import cohorts as figures
from dashboard.figures.cohort_curves import curves
from dashboard.ids import REQUEST, THEME
from dashboard.people import opens_people
from dashboard.results import cohorts as results
from dashboard.state import View, view_from_json
from dashboard.tab import Tab
from dashboard.theme import mode_of

BY = "cohorts-by"
CELL = "cohorts-cell"
TRIANGLE = "cohorts-triangle"
CURVES = "cohorts-curves"
SENTENCE = "cohorts-sentence"
_ENOUGH = 30
"""Customers of whom a share can head a chart."""


def layout(view: View) -> list[Any]:
    by = {name: say(kind.label) for name, kind in results.kinds(view.request).items()}
    cell = {
        "share": say("Share"),
        "customers": say("Customers"),
        "revenue": say("Revenue"),
        "value": say("Revenue per customer"),
    }
    return [
        html.Div(
            [
                field(say("Cohorts by"), option_dropdown(BY, "cohort_by", view, by), BY),
                field(say("Cells"), option_switch(CELL, "cohort_cell", view, cell), CELL),
            ],
            className="row-line",
        ),
        html.P(id=SENTENCE, className="muted"),
        html.Div(
            chart_card(TRIANGLE, say("Click a cell to see its people, a number of customers to see all of the cohort."),
                       table_name="cohorts"),
            className="scrolls",
        ),
        chart_card(CURVES, say("A line per cohort. Periods that the data covers only in part are left out. "
                               "The further right, the fewer customers have had the time to be in it."),
                   height=340, table_name="cohorts"),
    ]  # fmt: skip


def show_sentence(told: Any) -> str:
    """What a cohort is, of how many customers the figures are, and what is left out or not over."""
    found = results.table(view_from_json(told))
    return " ".join(_sentences(found)) if len(found) else say("No customers in this selection.")


def show_triangle(told: Any, theme: Any) -> tuple[Any, ...]:
    view, mode = view_from_json(told), mode_of(theme)
    found, measure = results.table(view), view.one("cohort_cell")
    drawn = figures.triangle(found, measure, mode)
    title = _title(found)
    size = {"height": f"{figures.height(found)}px", "minWidth": f"{figures.width(found)}px"}
    return *Chart(title, drawn, _behind(found, measure)).outputs(), size


def show_curves(told: Any, theme: Any) -> tuple[Any, ...]:
    view, mode = view_from_json(told), mode_of(theme)
    found, measure = results.table(view), view.one("cohort_cell")
    drawn = curves(found, measure, mode)
    return Chart(_curves_title(found, measure), drawn, _means(found)).outputs()


def _sentences(found: Cohorts) -> list[str]:
    unit, kind, calendar = found.kind.unit, found.kind, found.calendar
    told = [
        say(
            "{meaning} {told}.",
            meaning=say(kind.meaning),
            told=figures.counted(found),
        )
    ]
    active, _, eligible = found.mean()
    if len(active) > 1 and eligible[1]:
        told.append(
            say(
                "Of the {eligible} who have the whole {unit} after the first one behind them, {active} ordered in it.",
                eligible=formats.number(eligible[1]),
                unit=unit,
                active=formats.number(active[1]),
            )
        )
    if kind.is_time:
        if calendar.partial_from is not None:
            told.append(
                say(
                    "Hatched: the {unit} that the data ends in; what is counted there may still grow, and no average has it.",
                    unit=unit,
                )
            )
        if found.partial[0, 0] and found.keys[0] and calendar.is_first_partial:
            told.append(
                say(
                    "The data begins within the first {unit}, so its cohort is only those who came after that, and may hold "
                    "customers of long before.",
                    unit=unit,
                )
            )
    else:
        told.append(
            say(
                "A cell counts only the customers who have that whole month behind them: point at it for how many they are."
            )
        )
    if kind.is_of_groups:
        told.append(say("Who came back is in the better groups for that very reason: this says how they got there."))
    shown = figures.rows_shown(found)
    if (shown.exists & (shown.eligible < figures.FEW)).any():
        told.append(say("Cells of fewer than {n} customers are grey: their shares say little.", n=figures.FEW))
    if len(shown) < len(found):
        left = formats.number(len(found) - len(shown))
        others = formats.number(found.size.sum() - shown.size.sum())
        told.append(
            say(
                "The latest {n} are shown; {left} earlier ones, of {others} customers, are in the CSV.",
                n=len(shown),
                left=left,
                others=others,
            )
            if kind.is_time
            else say(
                "The {n} largest are shown; {left} others, of {others} customers, are in the CSV.",
                n=len(shown),
                left=left,
                others=others,
            )
        )
    return told


def _title(found: Cohorts) -> str:
    """The finding: how many come back in the period after the first."""
    if not len(found):
        return say("Cohorts")
    share = found.mean_share()
    if len(share) < 2 or np.isnan(share[1]):
        return say("Nobody has had time to come back yet")
    everyone = formats.share(float(share[1]), 0)
    if found.kind.is_time:
        return (
            say("Of a month's new customers {share} order again in the month after", share=everyone)
            if found.kind.unit == "month"
            else say("Of a week's new customers {share} order again in the week after", share=everyone)
        )
    shown = figures.rows_shown(found)
    after = np.where(
        (shown.eligible[:, 1] >= _ENOUGH) & np.array([key is not None for key in shown.keys]), shown.share[:, 1], -1
    )
    best = int(np.argmax(after))
    if (after >= 0).sum() < 2:
        return say("{share} order again in the month after their first order", share=everyone)
    return say(
        "{cohort} come back most: {share} in the month after, {everyone} of all",
        cohort=_title_name(shown, best),
        share=formats.share(float(after[best]), 0),
        everyone=everyone,
    )


_NAMED = {
    "product": "Those who first bought {cohort}",
    "category": "Those who first bought from {cohort}",
    "country": "Those who first ordered in {cohort}",
    "channel": "Those who first ordered by {cohort}",
}


def _title_name(found: Cohorts, row: int) -> str:
    return say(_NAMED.get(found.kind.name, "Those who are now in {cohort}"), cohort=found.labels[row])


def _curves_title(found: Cohorts, measure: str) -> str:
    if not len(found):
        return say("Curves")
    value, share = found.mean_value(), found.mean_share()
    # The last period that half of the customers have behind them: later ones are of the oldest cohorts alone
    known = np.flatnonzero(found.mean()[2] * 2 >= found.size.sum())
    last = min(int(known[-1]) if len(known) else 0, figures.PERIODS_SHOWN)
    if last < 1:
        return say("Nobody has had time to come back yet")
    when = say("{n} {unit}s", n=last, unit=found.kind.unit) if last > 1 else say("a {unit}", unit=found.kind.unit)
    if measure in ("revenue", "value"):
        return say(
            "A customer has brought {value} by {when} after the first order",
            value=figures.cells(found, "value").text(float(value[last])),
            when=when,
        )
    return say("{when} after the first order {share} are active", when=when[0].upper() + when[1:],
               share=formats.share(float(share[last]), 0))  # fmt: skip


def _behind(found: Cohorts, measure: str) -> Any:
    """The cells in words: the figure asked for, and of how many it is."""
    shown = figures.rows_shown(found)
    if not len(shown):
        return None
    drawn = figures.cells(shown, measure)
    periods = int(np.flatnonzero(shown.exists.any(axis=0))[-1]) + 1
    unit = say("Month") if found.kind.unit == "month" else say("Week")
    headings = [
        Heading(say(found.kind.label)),
        Heading(say("Customers"), is_number=True),
        *(Heading(f"{unit} {since}", is_number=True) for since in range(periods)),
    ]
    rows = []
    for row, label in enumerate(shown.labels):
        cells = []
        for since in range(periods):
            if not shown.exists[row, since]:
                cells.append("")
                continue
            text = say(
                "{value} ({active} of {eligible})",
                value=drawn.text(float(drawn.values[row, since])),
                active=formats.number(shown.active[row, since]),
                eligible=formats.number(shown.eligible[row, since]),
            )
            cells.append(say("{text}, in part", text=text) if shown.partial[row, since] else text)
        rows.append([label, formats.number(shown.size[row]), *cells])
    return table(headings, rows)


def _means(found: Cohorts) -> Any:
    """All cohorts together, period by period, complete cells only."""
    active, revenue, eligible = found.mean()
    share, value = found.mean_share(), found.mean_value()
    unit = say("Months since") if found.kind.unit == "month" else say("Weeks since")
    headings = [
        Heading(unit, is_number=True),
        Heading(say("Active"), is_number=True),
        Heading(say("Of"), is_number=True),
        Heading(say("Share"), is_number=True),
        Heading(say("Revenue"), is_number=True),
        Heading(say("Per customer so far"), is_number=True),
    ]
    rows = [
        [
            since,
            formats.number(active[since]),
            formats.number(eligible[since]),
            formats.share(float(share[since])),
            formats.money(float(revenue[since]), found.currency),
            formats.money(float(value[since]), found.currency, 2),
        ]
        for since in np.flatnonzero(eligible)
    ]
    return table(headings, rows)


def register_callbacks(app: Dash) -> None:
    changes(app, BY, "cohort_by")
    changes(app, CELL, "cohort_cell")
    app.callback(Output(SENTENCE, "children"), Input(REQUEST, "data"))(show_sentence)
    app.callback(*chart_outputs(TRIANGLE), Output(TRIANGLE, "style"), Input(REQUEST, "data"), Input(THEME, "data"))(
        show_triangle
    )
    app.callback(*chart_outputs(CURVES), Input(REQUEST, "data"), Input(THEME, "data"))(show_curves)
    opens_people(app, TRIANGLE)
    opens_people(app, CURVES)


TAB = Tab("cohorts", "Cohorts", "/cohorts", "See", "Do they come back?", layout, register_callbacks)
