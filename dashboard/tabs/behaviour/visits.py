"""Visits: how many, when, how long, from where, and whether people come again."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from dash import Dash, Input, Output, html

from analytics.behaviour import measures
from analytics.behaviour.measures import CLICK_EDGES, GAP_EDGES, VisitFigures
from analytics.behaviour.visited import WEEKDAYS
from analytics.behaviour.visits import Span, Visits, resolve_span, within
from analytics.rfm import SEGMENT
from analytics.text import say
from analytics.trends import KeyFigure
from dashboard import formats
from dashboard.components.basics import Chart, Heading, chart_card, chart_outputs, key_figure_card, note, table
from dashboard.components.controls import changes, dropdown, switch
from dashboard.figures import behaviour as figures
from dashboard.figures.base import nothing, records
from dashboard.ids import REQUEST, THEME
from dashboard.people import opens_people
from dashboard.results import behaviour as results
from dashboard.results import resolved
from dashboard.state import View, view_from_json
from dashboard.tabs.behaviour.pages import pages_card
from dashboard.theme import mode_of

KPIS: Final = "behaviour-kpis"
PERIOD: Final = "behaviour-period"
SENTENCE: Final = "behaviour-sentence"
WEEKS: Final = "behaviour-weeks"
HOURS: Final = "behaviour-hours"
GROUPS: Final = "behaviour-groups"
BY: Final = "behaviour-by"
CLICKS: Final = "behaviour-clicks"
SECONDS: Final = "behaviour-seconds"
GAPS: Final = "behaviour-gaps"
FIRST: Final = "behaviour-first"
_MOST_GROUPS: Final = 15
_LEAST_VISITS, _LEAST_SHARE = 30, 0.01
"""A group with fewer visits, or a smaller share of them, is shown pale and never called the best or the worst."""
_PERIODS: Final = (("30", "30 days"), ("90", "90 days"), ("365", "12 months"), ("all", "All time"))
_LABELS: Final = {
    SEGMENT: "Segment",
    "device": "Device",
    "source": "Source",
    "country": "Country",
    "visitor_type": "New or returning",
    "entry_page": "First page",
    "exit_page": "Last page",
    "main_category": "Main category",
}
_OPENS: Final = ("device", "source", "visitor_type", "entry_page", "exit_page", "main_category")
_FIGURES: Final = (
    ("sessions", "Visits", "visits", "Visits that began in the period."),
    ("visitors", "Visitors", "visitors", "Different people who visited in the period, known as customers or not."),
    ("bounce_rate", "Bounce rate", "share", "Of the visits, the share that ended after one click."),
    ("clicks_mean", "Clicks per visit", "clicks", "Clicks divided by visits."),
    (
        "seconds_mean",
        "Time per visit",
        "seconds",
        "Mean time from a visit's first click to its last; 0 for one click, as the time on the last page is not known.",
    ),
    ("purchase_rate", "Purchase rate", "share", "Of the visits, the share with a purchase."),
    (
        "abandon_rate",
        "Carts not bought at once",
        "share",
        "Of the visits in which something was put into the cart, the share without a purchase.",
    ),
)
_WORSE: Final = ("bounce_rate", "abandon_rate")


def layout(view: View) -> list[Any]:
    known = results.visits(view.request)
    span = _span(view, known)
    asked = view.request.period if view.request.period != "auto" else str(span.days if span and span.days else "all")
    by = {name: say(_LABELS.get(name, name.replace("_", " ").capitalize())) for name in known.groups}
    weeks: list[Any] = []
    cards: list[Any] = []
    if known.day is not None:
        sentence = say("Visits of each week. A hatched bar is a week that the data covers only in part.")
        weeks.append(chart_card(WEEKS, sentence, height=280, table_name="visits"))
        hours = say("When visits begin, in UTC. The stronger the colour, the more.") if known.hour is not None else ""
        cards.append(chart_card(HOURS, hours, table_name="visits_by_hour"))
    if by:
        choice = dropdown(BY, results.chosen_group(view), by)
        sentence = (
            say("The share of visits with a purchase; the line is where the true share lies with 95% certainty.")
            if known.has_purchase is not None
            else say("The share of visits that end after one click. Nothing in this data says what was bought.")
        )
        pale = say("Pale: too few visits to compare.")
        cards.append(chart_card(GROUPS, f"{sentence} {pale}", extra=choice, table_name="visits_by"))
    cards.append(
        chart_card(
            CLICKS, say("How many clicks visits have. The dark bar holds the middle visit."), table_name="visits_clicks"
        )
    )
    if known.seconds is not None:
        cards.append(
            chart_card(SECONDS, say("From the first click to the last. Visits of one click have no known length."))
        )
    if known.days_since_last is not None and known.visitor is not None:
        cards.append(chart_card(GAPS, say("Days since the visitor's visit before."), table_name="visits_gaps"))
    if known.visitor is not None and known.has_purchase is not None and known.day is not None:
        sentence = say("On which of their visits in this data buyers bought first.")
        cards.append(chart_card(FIRST, sentence, table_name="visits_first"))
    choice_of_period = (
        switch(PERIOD, asked, {value: say(label) for value, label in _PERIODS})
        if span is not None
        else html.Div(switch(PERIOD, asked, {asked: ""}), hidden=True)
    )
    return [
        html.Div([html.P(id=SENTENCE, className="muted"), choice_of_period], className="row-line between"),
        html.Div(id=KPIS, className="kpis fit"),
        *([html.P(say("Below are all visits before the as-of date."), className="muted")] if span is not None else []),
        *weeks,
        html.Div(cards, className="columns"),
        *pages_card(view),
        *_missing(known),
    ]


def _missing(known: Visits) -> list[Any]:
    """What the data cannot say, in sentences."""
    told = []
    if known.day is None:
        told.append(say("The visits have no day: nothing can be said of weeks, hours and periods."))
    elif known.hour is None:
        told.append(say("The clicks have no time of day: hours and the length of visits are not known."))
    if known.visitor is None:
        told.append(say("The visits do not say whose they are: whether people come again is not known."))
    if known.has_purchase is None:
        told.append(say("No click says that something was bought: there is no purchase rate."))
    return [note(html.Ul([html.Li(sentence) for sentence in told], className="mb-0"))] if told else []


def _span(view: View, known: Visits) -> Span | None:
    as_of = resolved(view.request).as_of
    assert as_of is not None  # noqa: S101 - it is written out
    return resolve_span(known, as_of, view.request.period)


def show_key_figures(told: Any) -> tuple[Any, str]:
    view = view_from_json(told)
    known, keep = results.visits(view.request), results.kept_visits(view.request)
    keep = known.counted if keep is None else keep
    span = _span(view, known)
    if span is None:
        return _cards(measures.visit_figures(known, keep), None, ""), say("All visits of the data.")
    now = measures.visit_figures(known, keep & within(known, span.starts_on, span.ends_on))
    then, compared = None, say("The data does not reach back to an earlier period.")
    if span.compared_from is not None:
        then = measures.visit_figures(known, keep & within(known, span.compared_from, span.starts_on))
        compared = say("Changes are against the {days} days before.", days=span.days)
    last = span.ends_on - pd.Timedelta(days=1)
    sentence = say(
        "{start} to {end}. {compared}", start=formats.day(span.starts_on), end=formats.day(last), compared=compared
    )
    return _cards(now, then, compared), sentence


def _cards(now: VisitFigures, then: VisitFigures | None, compared: str) -> list[Any]:
    return [
        key_figure_card(
            KeyFigure(name, label, unit, meaning, getattr(now, name), getattr(then, name) if then else None),
            "",
            compared,
            is_good_up=name not in _WORSE,
        )
        for name, label, unit, meaning in _FIGURES
        if getattr(now, name) is not None or name == "sessions"
    ]


def _found(told: Any) -> tuple[View, Visits, Any, bool]:
    """The view, its visits, which are kept, and whether customers can be opened."""
    view = view_from_json(told)
    known = results.visits(view.request)
    opens = known.customer is not None and bool((known.customer >= 0).any())
    return view, known, results.kept_visits(view.request), opens


def show_weeks(told: Any, theme: Any) -> tuple[Any, ...]:
    _, known, keep, opens = _found(told)
    mode = mode_of(theme)
    weeks = measures.by_week(known, keep)
    if weeks is None:
        return Chart(say("Visits by week"), nothing(mode, say("Visits have no day")), None).outputs()
    title = say("Visits by week")
    whole = weeks[~weeks["is_partial"]]
    if len(whole) and whole["sessions"].max() > 0:
        best = whole.index[int(whole["sessions"].to_numpy().argmax())]
        title = say(
            "Most visits in the week of {week}: {n}",
            week=formats.day(best),
            n=formats.number(whole["sessions"].max()),
        )
    headings = [
        Heading(say("Week of")),
        Heading(say("Visits"), is_number=True),
        Heading(say("Purchases"), is_number=True),
    ]
    rows = [
        [
            say("{week} (in part)", week=formats.day(week)) if row["is_partial"] else formats.day(week),
            formats.number(row["sessions"]),
            formats.number(row["purchases"]),
        ]
        for week, row in zip(weeks.index, records(weeks), strict=True)
    ]
    return Chart(title, figures.visits_by_week(weeks, opens, mode), table(headings, rows)).outputs()


def show_hours(told: Any, theme: Any) -> tuple[Any, ...]:
    _, known, keep, opens = _found(told)
    mode = mode_of(theme)
    counts = measures.by_hour(known, keep)
    if counts is None:
        days = measures.by_weekday(known, keep)
        assert days is not None  # noqa: S101 - the card is there only where visits have a day
        rows = [[say(day), formats.number(count)] for day, count in zip(WEEKDAYS, days, strict=True)]
        title = (
            say("Most visits on a {day}", day=say(WEEKDAYS[int(days.argmax())])) if days.sum() else say("Visits by day")
        )
        behind = table([Heading(say("Day")), Heading(say("Visits"), is_number=True)], rows)
        return Chart(title, figures.visits_by_weekday(days, opens, mode), behind).outputs()
    title = say("Visits by hour")
    if counts.sum():
        day, hour = np.unravel_index(int(counts.argmax()), counts.shape)
        title = say("Busiest: {day}, {hour}:00 to {hour}:59", day=say(WEEKDAYS[int(day)]), hour=int(hour))
    headings = [Heading(say("Hour"))] + [Heading(say(day), is_number=True) for day in WEEKDAYS]
    rows = [[f"{hour}:00", *(formats.number(counts[day, hour]) for day in range(7))] for hour in range(24)]
    return Chart(title, figures.visits_by_hour(counts, opens, mode), table(headings, rows)).outputs()


def show_groups(told: Any, theme: Any) -> tuple[Any, ...]:
    view, known, keep, opens = _found(told)
    mode = mode_of(theme)
    by = results.chosen_group(view)
    column, shown = known.groups[by], measures.breakdown(known, by, keep)
    label = say(_LABELS.get(by, by.replace("_", " ").capitalize()))
    if by == SEGMENT:
        names = [say(name) for name in shown.index]
    else:
        names = [name or say("{n} others", n=formats.number(column.others)) for name in shown.index]
    has_purchases = "purchase_rate" in shown
    title = say("Visits by {what}", what=label.lower())
    large = shown["sessions"] >= max(_LEAST_VISITS, _LEAST_SHARE * shown["sessions"].sum())
    if large.sum() > 1:
        rates = shown["purchase_rate" if has_purchases else "bounce_rate"].where(large)
        best, worst = int(np.nanargmax(rates)), int(np.nanargmin(rates))
        title = say(
            "{label}: {best} buys most often ({high} of visits), {worst} least ({low})"
            if has_purchases
            else "{label}: {best} ends after one click most often ({high} of visits), {worst} least ({low})",
            label=label,
            best=names[best],
            high=formats.share(rates.iloc[best], 0),
            worst=names[worst],
            low=formats.share(rates.iloc[worst], 0),
        )
    rules = None
    if opens and by in _OPENS:
        rules = [figures.rule(**{by: name}) if name else None for name in shown.index]
    elif opens and by == SEGMENT:
        rules = [figures.segment_rule(str(name)) for name in shown.index]
    headings = [Heading(label), Heading(say("Visits"), is_number=True), Heading(say("Bounce rate"), is_number=True)]
    if has_purchases:
        headings += [Heading(say("With a purchase"), is_number=True), Heading(say("Purchase rate"), is_number=True)]
    rows = [
        [
            name,
            formats.number(row["sessions"]),
            formats.share(row["bounce_rate"]),
            *([formats.number(row["purchases"]), formats.share(row["purchase_rate"])] if has_purchases else []),
        ]
        for name, row in zip(names, records(shown), strict=True)
    ]
    first = rules[:_MOST_GROUPS] if rules is not None else None
    drawn = figures.purchase_rates(shown.assign(is_large=large).iloc[:_MOST_GROUPS], names[:_MOST_GROUPS], mode, first)
    return Chart(title, drawn, table(headings, rows)).outputs()


def show_clicks(told: Any, theme: Any) -> tuple[Any, ...]:
    _, known, keep, opens = _found(told)
    found = measures.clicks_binned(known, keep)
    labels = figures.bin_labels(CLICK_EDGES, "{n} +")
    rules = None
    if opens:
        rules = [
            figures.rule(clicks_from=low, clicks_below=high) if high else figures.rule(clicks_from=low)
            for low, high in zip(CLICK_EDGES, (*CLICK_EDGES[1:], 0), strict=True)
        ]
    title = say("Clicks per visit")
    if found.median is not None:
        title = say("Half of the visits have {n} clicks or fewer", n=formats.number(found.median))
    drawn = figures.binned(found, labels, mode_of(theme), rules)
    return Chart(title, drawn, _binned_table(say("Clicks"), labels, found.counts)).outputs()


def show_seconds(told: Any, theme: Any) -> tuple[Any, ...]:
    _, known, keep, _ = _found(told)
    found = measures.seconds_binned(known, keep)
    assert found is not None  # noqa: S101 - the card is there only where visits have a length
    labels = figures.second_labels()
    title = say("Length of visits")
    if found.median is not None:
        title = say("Half of the visits with a known length take {time} or less", time=formats.seconds(found.median))
    behind = html.Div(
        [
            html.P(say("{n} visits of one click are not in it.", n=formats.number(found.unknown)), className="muted"),
            _binned_table(say("Length"), labels, found.counts),
        ]
    )
    return Chart(title, figures.binned(found, labels, mode_of(theme)), behind).outputs()


def show_gaps(told: Any, theme: Any) -> tuple[Any, ...]:
    _, known, keep, _ = _found(told)
    found = measures.gaps_binned(known, keep)
    assert found is not None  # noqa: S101 - the card is there only where visitors are known
    labels = [say("same day"), *figures.bin_labels(GAP_EDGES[1:], "{n} +")]
    title = say("How soon visitors come again")
    again = {item.days: item for item in measures.returning(known, keep)}
    if again and again[30].share is not None:
        title = say(
            "{share} of new visitors come again within 30 days",
            share=formats.share(again[30].share, 0),
        )
    sentences = [
        say(
            "Within {days} days of their first visit {share} came again: {n} of {all} visitors who had the time.",
            days=item.days,
            share=formats.share(item.share),
            n=formats.number(item.returned),
            all=formats.number(item.visitors),
        )
        for item in again.values()
        if item.visitors
    ]
    behind = html.Div([*(html.P(text) for text in sentences), _binned_table(say("Days since"), labels, found.counts)])
    return Chart(title, figures.binned(found, labels, mode_of(theme)), behind).outputs()


def show_first(told: Any, theme: Any) -> tuple[Any, ...]:
    _, known, keep, _ = _found(told)
    found = measures.first_purchases(known, keep)
    assert found is not None  # noqa: S101 - the card is there only where buyers are known
    title = say("When buyers buy first")
    if found.at_once_share is not None:
        title = say(
            "Of the visitors who buy, {share} do so on their first visit", share=formats.share(found.at_once_share, 0)
        )
    rows = [[place + 1, formats.number(count)] for place, count in enumerate(found.visitors)]
    behind = table([Heading(say("Visit")), Heading(say("Visitors"), is_number=True)], rows)
    return Chart(title, figures.first_purchases(found, mode_of(theme)), behind).outputs()


def _binned_table(label: str, labels: list[str], counts: Any) -> Any:
    total = max(int(counts.sum()), 1)
    rows = [
        [name, formats.number(count), formats.share(count / total)] for name, count in zip(labels, counts, strict=True)
    ]
    headings = [Heading(label), Heading(say("Visits"), is_number=True), Heading(say("Share"), is_number=True)]
    return table(headings, rows)


def register_callbacks(app: Dash) -> None:
    app.callback(Output(KPIS, "children"), Output(SENTENCE, "children"), Input(REQUEST, "data"))(show_key_figures)
    for graph_id, show in (
        (WEEKS, show_weeks),
        (HOURS, show_hours),
        (GROUPS, show_groups),
        (CLICKS, show_clicks),
        (SECONDS, show_seconds),
        (GAPS, show_gaps),
        (FIRST, show_first),
    ):
        app.callback(*chart_outputs(graph_id), Input(REQUEST, "data"), Input(THEME, "data"))(show)
    changes(app, PERIOD, "period")
    changes(app, BY, "visits_by")
    for graph_id in (WEEKS, HOURS, GROUPS, CLICKS):
        opens_people(app, graph_id)
