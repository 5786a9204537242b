"""The course of a measure: the series, what was unusual in it, its usual week and year, and trend, season and rest."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from dash import Dash, Input, Output, dcc, html

from analytics import trends
from analytics.text import say, say_count
from dashboard import formats, results
from dashboard.components.basics import Chart, Heading, chart_card, chart_outputs, table
from dashboard.figures import trends as figures
from dashboard.figures.base import nothing, records
from dashboard.ids import REQUEST, THEME
from dashboard.people import opens_people
from dashboard.results import trending
from dashboard.state import View, view_from_json
from dashboard.theme import mode_of

COURSE = "trends-course"
UNUSUAL = "trends-unusual"
UNUSUAL_TITLE = "trends-unusual-title"
WEEK = "trends-week"
YEAR_ROUND = "trends-year-round"
PARTS = "trends-parts"
MOST_ROWS: Final = 120
"""Rows of the table behind a chart; the CSV has all."""
_WORTH_SAYING: Final = 0.005


def first_cards() -> list[Any]:
    """The series, and beside it what was unusual."""
    return [
        html.Div(
            [
                chart_card(
                    COURSE,
                    say(
                        "Hatched: the data covers the period only in part. Diamonds: unusual. Click a period to see who ordered."
                    ),
                    height=380,
                    table_name="trends",
                ),
                html.Section(
                    [
                        html.Div(html.Div([html.H2(id=UNUSUAL_TITLE)]), className="card-head"),
                        dcc.Loading(
                            html.Div(id=UNUSUAL, className="findings"),
                            delay_show=400,
                            type="dot",
                            color="var(--accent)",
                        ),
                    ],
                    className="card-box",
                    **{"aria-labelledby": UNUSUAL_TITLE},
                ),
            ],
            className="columns wide-first",
        )
    ]


def season_cards() -> list[Any]:
    """The usual week and year, and the series taken apart."""
    return [
        html.Div(
            [
                chart_card(
                    WEEK, say("How far each day of the week usually lies above or below the trend."), height=290
                ),
                chart_card(
                    YEAR_ROUND, say("How far each month of the year usually lies above or below the trend."), height=290
                ),
            ],
            className="columns",
        ),
        chart_card(
            PARTS,
            say(
                "The grey line is what was counted. It is the trend, plus the season that comes back, plus the rest that "
                "neither explains."
            ),
            height=420,
            table_name="trends_seasons",
        ),
    ]


def show_course(told: Any, theme: Any) -> tuple[Any, ...]:
    view, mode = view_from_json(told), mode_of(theme)
    measure, periods, known = _asked(view)
    currency = results.version_of(view.request).manifest.currency
    values = known[measure.name].to_numpy(dtype=float)
    rolling = trends.rolling_mean(known, periods, measure.name)
    before = trends.year_before(known, periods, measure.name)
    odd = trending.unusual(view.request, periods.grain.name, measure.name)
    shown = before if view.one("trends_year") == "on" else None
    drawn = figures.course(values, rolling, shown, periods, measure, odd, currency, mode)
    title = _course_title(values, rolling, before, periods, measure, currency)
    return Chart(title, drawn, _course_table(known, rolling, before, periods, measure, currency)).outputs()


def _asked(view: View) -> tuple[trends.TrendMeasure, trends.Periods, pd.DataFrame]:
    periods, known = trending.totals(view.request, view.one("trends_grain"))
    return trends.TREND_MEASURES[view.one("trends_measure")], periods, known


def _course_title(
    values: Any, rolling: Any, before: Any, periods: trends.Periods, measure: trends.TrendMeasure, currency: str
) -> str:
    """The last complete period, or for days the last complete week of them, against a year before or else the one before."""
    name, last = say(measure.label), periods.complete.stop - 1
    if periods.complete.stop == 0:
        return say("{measure}: no complete {period} yet", measure=name, period=say(periods.grain.name))
    if periods.grain.name == "day":
        a_year = 364
        now = float(rolling[last])
        then = float(rolling[last - a_year]) if last >= a_year else float("nan")
        earlier = float(rolling[last - 7]) if last >= 7 else float("nan")
        when = say("the 7 days to {day}", day=periods.label(last))
    else:
        now, then = float(values[last]), float(before[last])
        earlier = float(values[last - 1]) if last > periods.complete.start else float("nan")
        when = periods.label(last)
    if np.isnan(now):
        return say("{measure} over time", measure=name)
    amount = formats.compact_money(now, currency) if measure.unit == "money" else formats.compact(round(now, 1))
    of_days = measure.name != "order_value_mean" and periods.grain.name == "day"
    amount = say("{amount} a day", amount=amount) if of_days else amount
    for base, since in ((then, "a year before"), (earlier, "the {period} before")):
        if base == base and base > 0:  # noqa: PLR0124 - not-a-number differs from itself
            grain = "week" if periods.grain.name == "day" else periods.grain.name
            change = now / base - 1
            if abs(change) < _WORTH_SAYING:
                sentence = "{measure} in {when}: {amount}, as much as " + since
            elif change > 0:
                sentence = "{measure} in {when}: {amount}, {share} more than " + since
            else:
                sentence = "{measure} in {when}: {amount}, {share} less than " + since
            share = formats.share(abs(change), 0 if abs(change) >= 0.1 else 1)
            return say(sentence, measure=name, when=when, amount=amount, share=share, period=say(grain))
    return say("{measure} in {when}: {amount}", measure=name, when=when, amount=amount)


def _course_table(
    known: pd.DataFrame,
    rolling: Any,
    before: Any,
    periods: trends.Periods,
    measure: trends.TrendMeasure,
    currency: str,
) -> Any:
    headings = [Heading(say("Period"))] + [
        Heading(say(label), is_number=True)
        for label in ("Revenue", "Orders", "Customers", "Average order", "Rolling mean", "A year before")
    ]
    rows = []
    latest = range(len(periods) - 1, max(len(periods) - 1 - MOST_ROWS, -1), -1)
    all_rows = records(known)
    for place in latest:
        row = all_rows[place]
        label = periods.label(place)
        rows.append(
            [
                say("{period} (in part)", period=label) if periods.partial[place] else label,
                formats.money(row["revenue"], currency),
                formats.number(row["orders"]),
                formats.number(row["customers"]),
                formats.money(row["order_value_mean"], currency, 2),
                figures.told(float(rolling[place]), measure.unit, currency),
                figures.told(float(before[place]), measure.unit, currency),
            ]
        )
    return _with_rest(table(headings, rows), len(periods))


def _with_rest(shown: Any, count: int) -> Any:
    if count <= MOST_ROWS:
        return shown
    rest = say("The last {n} of {all}; the CSV has all of them.", n=MOST_ROWS, all=formats.number(count))
    return [html.P(rest, className="muted small"), shown]


def show_unusual(told: Any) -> tuple[str, Any]:
    """The title and the list of what was unusual, the latest first, each with its reason."""
    view = view_from_json(told)
    grain, measure = view.one("trends_grain"), view.one("trends_measure")
    count = len(trending.unusual(view.request, grain, measure))
    listed = trending.reasons(view.request, grain, measure)
    one, many = {
        "day": ("One unusual day", "{n} unusual days"),
        "week": ("One unusual week", "{n} unusual weeks"),
        "month": ("One unusual month", "{n} unusual months"),
    }[grain]
    if not count:
        periods, totals = trending.totals(view.request, grain)
        if not totals["orders"].any():
            return say("Nothing unusual"), html.P(say("No orders in this selection."), className="muted")
        return say("Nothing unusual"), html.P(_why_nothing(periods), className="muted")
    items = [
        html.Li([html.Strong(item.sentence), html.Span(f" {item.reason}", className="muted") if item.reason else None])
        for item in listed
    ]
    note = html.P(_what_is_usual(view, len(listed), count), className="muted small")
    return say_count(count, one, many), html.Div([note, html.Ul(items)])


def _what_is_usual(view: View, listed: int, count: int) -> str:
    periods, _ = trending.totals(view.request, view.one("trends_grain"))
    whole = periods.complete.stop - periods.complete.start
    if trends.knows_the_usual(periods):
        usual = say("The usual is what trend and season let one expect.")
    elif whole >= 2 * periods.grain.cycle:
        usual = say("Far from the nine periods around, and more so than at the same time of the other year or week.")
    else:
        usual = say("The usual is the median of the nine periods around: the data is too short to know its seasons.")
    if count == listed:
        return usual
    return usual + " " + say("These {n} are the farthest from it, the latest first.", n=listed)


def _why_nothing(periods: trends.Periods) -> str:
    whole = periods.complete.stop - periods.complete.start
    if whole < trends.FEWEST_PERIODS:
        sentence = "What is usual can be said from {n} complete periods on; the data has {whole}."
        return say(sentence, n=trends.FEWEST_PERIODS, whole=whole)
    return say("Every complete period was about as large as its trend and season let one expect.")


def show_week(told: Any, theme: Any) -> tuple[Any, ...]:
    return _pattern(told, theme, "day", say("The usual week"))


def show_year(told: Any, theme: Any) -> tuple[Any, ...]:
    return _pattern(told, theme, "month", say("The usual year"))


def _pattern(told: Any, theme: Any, grain: str, name: str) -> tuple[Any, ...]:
    view, mode = view_from_json(told), mode_of(theme)
    found = trending.seasons(view.request, grain, view.one("trends_measure"))
    if isinstance(found, str):
        return Chart(name, nothing(mode, found), html.P(found, className="muted")).outputs()
    rows = [[phase.name, formats.change(max(phase.effect, -1.0), points=False)] for phase in found.phases]
    headings = [Heading(say("When")), Heading(say("Against the usual"), is_number=True)]
    title = name
    if found.season_strength > 0:
        high = max(found.phases, key=lambda phase: phase.effect)
        low = min(found.phases, key=lambda phase: phase.effect)
        title = say("{high}. {low}", high=figures.season_sentence(high), low=figures.season_sentence(low))
    return Chart(title, figures.phases(found.phases, mode), table(headings, rows)).outputs()


def show_parts(told: Any, theme: Any) -> tuple[Any, ...]:
    view, mode = view_from_json(told), mode_of(theme)
    measure, periods, known = _asked(view)
    currency = results.version_of(view.request).manifest.currency
    found = trending.seasons(view.request, periods.grain.name, measure.name)
    if isinstance(found, str):
        return Chart(say("Trend, season and rest"), nothing(mode, found), html.P(found, className="muted")).outputs()
    values = known[measure.name].to_numpy(dtype=float)
    drawn = figures.decomposition(found, values, periods, measure, currency, mode)
    headings = [Heading(say("Period"))] + [Heading(say(label), is_number=True) for label in ("Trend", "Season", "Rest")]
    count = len(found.trend)
    rows = [
        [
            periods.label(found.complete.start + place),
            *(
                figures.told(float(part[place]), measure.unit, currency)
                for part in (found.trend, found.season, found.rest)
            ),
        ]
        for place in range(count - 1, max(count - 1 - MOST_ROWS, -1), -1)
    ]
    return Chart(_parts_title(found), drawn, _with_rest(table(headings, rows), count)).outputs()


def _parts_title(found: trends.Seasonality) -> str:
    trend = found.trend_strength >= trends.STRONG
    season = found.season_strength >= trends.STRONG
    sentence = (
        "A strong trend and a strong season ({trend} and {season} of 1)"
        if trend and season
        else "A strong trend, hardly a season ({trend} and {season} of 1)"
        if trend and found.season_strength < 0.3
        else "A strong trend and some season ({trend} and {season} of 1)"
        if trend
        else "A strong season without a clear trend ({season} and {trend} of 1)"
        if season
        else "Neither trend nor season are strong ({trend} and {season} of 1)"
    )
    return say(sentence, trend=f"{found.trend_strength:.2f}", season=f"{found.season_strength:.2f}")


def register_callbacks(app: Dash) -> None:
    for chart, show in ((COURSE, show_course), (WEEK, show_week), (YEAR_ROUND, show_year), (PARTS, show_parts)):
        app.callback(*chart_outputs(chart), Input(REQUEST, "data"), Input(THEME, "data"))(show)
    app.callback(Output(UNUSUAL_TITLE, "children"), Output(UNUSUAL, "children"), Input(REQUEST, "data"))(show_unusual)
    opens_people(app, COURSE)
