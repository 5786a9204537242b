"""Overview: how are we doing, in one minute."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, html

from analytics import rfm, trends
from analytics.text import say
from dashboard import formats, results
from dashboard.components.basics import Chart, Heading, chart_card, chart_outputs, key_figure_card, table
from dashboard.components.controls import changes, switch
from dashboard.figures import overview as figures
from dashboard.figures.base import records
from dashboard.ids import REQUEST, THEME
from dashboard.people import opens_people
from dashboard.state import View, view_from_json
from dashboard.tab import Tab
from dashboard.theme import mode_of

KPIS = "overview-kpis"
PERIOD = "overview-period"
PERIOD_SENTENCE = "overview-period-sentence"
MONTHS = "overview-months"
SEGMENTS = "overview-segments"

_PERIODS = (("30", "30 days"), ("90", "90 days"), ("365", "12 months"), ("all", "All time"))


def layout(view: View) -> list[Any]:
    asked = view.request.period
    if asked == "auto":
        days = results.period(view.request).period.days
        asked = str(days)
    return [
        html.Div(
            [
                html.P(id=PERIOD_SENTENCE, className="muted"),
                switch(PERIOD, asked, {value: say(label) for value, label in _PERIODS}),
            ],
            className="row-line between",
        ),
        html.Div(id=KPIS, className="kpis"),
        html.Div(
            [
                chart_card(
                    MONTHS,
                    say("What customers paid each month. A hatched bar is a month that the data covers only in part."),
                    table_name="months",
                ),
                chart_card(
                    SEGMENTS,
                    say("All orders so far, by the segment that customers are in now. Click a bar to see who."),
                    table_name="segments",
                ),
            ],
            className="columns wide-first",
        ),
    ]


def show_key_figures(told: Any) -> tuple[Any, str]:
    view = view_from_json(told)
    reduced = results.period(view.request)
    keep = results.kept_groups(view.request)
    currency = results.version_of(view.request).manifest.currency
    span = _span(reduced.period)
    before = _before(reduced.period)
    return [key_figure_card(figure, currency, before) for figure in trends.key_figures(reduced, keep)], span


def _span(period: trends.Period) -> str:
    return say(
        "As of {as_of}: {start} to {end}.",
        as_of=formats.day(period.ends_on),
        start=formats.day(period.starts_on),
        end=formats.day(trends.last_day(period)),
    ) + (" " + _before(period) if period.compared_from else "")


def _before(period: trends.Period) -> str:
    if period.compared_from is None:
        return say("The data does not reach back to an earlier period.")
    return say("Changes are against the {days} days before.", days=period.days)


def show_months(told: Any, theme: Any) -> tuple[Any, ...]:
    view, mode = view_from_json(told), mode_of(theme)
    monthly = results.months(view.request)
    months = monthly.by_month(results.kept_groups(view.request))
    currency = results.version_of(view.request).manifest.currency
    headings = [
        Heading(say("Month")),
        Heading(say("Revenue"), is_number=True),
        Heading(say("Orders"), is_number=True),
        Heading(say("Customers"), is_number=True),
    ]
    rows = [
        [
            say("{month} (in part)", month=formats.month(month)) if is_partial else formats.month(month),
            formats.money(row["revenue"], currency),
            formats.number(row["orders"]),
            formats.number(row["customers"]),
        ]
        for month, is_partial, row in zip(months.index, monthly.partial, records(months), strict=True)
    ]
    whole = months[[not is_partial for is_partial in monthly.partial]]
    title = say("Revenue by month")
    if len(whole) and whole["revenue"].max() > 0:
        best = whole.index[int(whole["revenue"].to_numpy().argmax())]
        title = say(
            "Revenue by month: best in {month}, {revenue}",
            month=formats.month(best),
            revenue=formats.compact_money(float(whole["revenue"].max()), currency),
        )
    return Chart(
        title, figures.revenue_by_month(months, monthly.partial, currency, mode), table(headings, rows)
    ).outputs()


def show_segments(told: Any, theme: Any) -> tuple[Any, ...]:
    view, mode = view_from_json(told), mode_of(theme)
    known = results.groups(view.request).table
    summary = rfm.summarise(known, results.kept_groups(view.request))
    total = float(summary["revenue"].sum())
    title = say("Revenue by segment")
    if total:
        first = summary["revenue"].idxmax()
        title = say(
            "{segment} bring {share} of revenue",
            segment=say(str(first)),
            share=formats.share(float(summary["revenue"].max()) / total, 0),
        )
    headings = [
        Heading(say("Segment")),
        Heading(say("Customers"), is_number=True),
        Heading(say("Revenue"), is_number=True),
        Heading(say("Share"), is_number=True),
    ]
    rows = [
        [
            say(str(name)),
            formats.number(row["customers"]),
            formats.money(row["revenue"], known.currency),
            formats.share(row["revenue"] / total if total else None),
        ]
        for name, row in zip(summary.index, records(summary), strict=True)
    ]
    return Chart(title, figures.revenue_by_segment(summary, known.currency, mode), table(headings, rows)).outputs()


def register_callbacks(app: Dash) -> None:
    app.callback(Output(KPIS, "children"), Output(PERIOD_SENTENCE, "children"), Input(REQUEST, "data"))(
        show_key_figures
    )
    app.callback(*chart_outputs(MONTHS), Input(REQUEST, "data"), Input(THEME, "data"))(show_months)
    app.callback(*chart_outputs(SEGMENTS), Input(REQUEST, "data"), Input(THEME, "data"))(show_segments)
    changes(app, PERIOD, "period")
    opens_people(app, SEGMENTS)


TAB = Tab("overview", "Overview", "/", "See", "How are we doing?", layout, register_callbacks)
