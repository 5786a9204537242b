"""What moved revenue: who came and who left, which products rose and fell, and how much the best customers bring."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
from dash import Dash, Input, Output, html

from analytics import trends
from analytics.calendar import days_before
from analytics.text import say
from dashboard import formats, results
from dashboard.components.basics import Chart, Heading, chart_card, chart_outputs, table, term
from dashboard.components.controls import changes, option_switch
from dashboard.figures import movement as figures
from dashboard.figures.base import nothing, records
from dashboard.ids import REQUEST, THEME
from dashboard.people import opens_people
from dashboard.results import trending
from dashboard.state import View, view_from_json
from dashboard.theme import mode_of

BRIDGE = "trends-bridge"
RISING = "trends-rising"
FALLING = "trends-falling"
SHARE = "trends-share"
GINI = "trends-gini"
ITEMS = "trends-items"
PERIOD = "trends-period"
MOVERS_SENTENCE = "trends-movers-sentence"
MOST_BARS: Final = 8
MOST_MONTHS: Final = 36


def cards(view: View) -> list[Any]:
    items = {"product": say("Products"), "category": say("Categories")}
    spans = {"30": say("30 days"), "90": say("90 days"), "month": say("Last full month")}
    return [
        html.Div(
            [
                chart_card(
                    BRIDGE,
                    say(
                        "Up: what new, reactivated and retained customers paid in the month. Down: what those who stayed away "
                        "had paid the month before. Click a part to see who."
                    ),
                    height=360,
                    table_name="trends_bridge",
                ),
                chart_card(
                    SHARE,
                    say("The further the curve is from the dashed line, the fewer bring most. Click a dot to see who."),
                    height=360,
                    extra=html.Div(id=GINI, className="muted small"),
                    table_name="trends_concentration",
                ),
            ],
            className="columns wide-first",
        ),
        html.Div(
            [
                html.P(id=MOVERS_SENTENCE, className="muted"),
                html.Div(
                    [
                        option_switch(ITEMS, "trends_items", view, items),
                        option_switch(PERIOD, "trends_period", view, spans),
                    ],
                    className="row-line",
                ),
            ],
            className="row-line between",
        ),
        html.Div(
            [
                chart_card(RISING, height=330, table_name="trends_movers"),
                chart_card(FALLING, height=330, table_name="trends_movers"),
            ],
            className="columns",
        ),
    ]


def show_bridge(told: Any, theme: Any) -> tuple[Any, ...]:
    view, mode = view_from_json(told), mode_of(theme)
    months, known = trending.bridge(view.request)
    currency = results.version_of(view.request).manifest.currency
    if known.empty:
        sentence = say("A bridge needs two months; the data has one.")
        return Chart(say("From month to month"), nothing(mode, sentence), html.P(sentence, className="muted")).outputs()
    shown, partial = known.tail(MOST_MONTHS), months.partial[1:][-MOST_MONTHS:]
    title = _bridge_title(known, months.partial[1:], currency)
    drawn = figures.bridge(shown, partial, currency, mode)
    return Chart(title, drawn, _bridge_table(known, months.partial[1:], currency)).outputs()


def _bridge_title(known: pd.DataFrame, partial: tuple[bool, ...], currency: str) -> str:
    whole = [place for place, is_partial in enumerate(partial) if not is_partial]
    if not whole:
        return say("From month to month")
    row = records(known)[whole[-1]]
    if not row["revenue"] and not row["revenue_before"]:
        return say("From month to month")
    change = row["revenue"] - row["revenue_before"]
    sentence = (
        "{month}: revenue rose by {change}. New and reactivated customers brought {came}, those lost took {lost}"
        if change > 0
        else "{month}: revenue fell by {change}. Customers lost took {lost}, new and reactivated ones brought {came}"
    )
    told = say(
        sentence,
        month=formats.month(known.index[whole[-1]]),
        change=formats.compact_money(abs(change), currency),
        came=formats.compact_money(row["new"] + row["reactivated"], currency),
        lost=formats.compact_money(row["lost"], currency),
    )
    # Else what the sentence names does not add up to the change
    more = row["retained_change"]
    rest = say(
        "the retained paid {sum} more" if more >= 0 else "the retained paid {sum} less",
        sum=formats.compact_money(abs(more), currency),
    )
    return say("{told}, {rest}", told=told, rest=rest)


def _bridge_table(known: pd.DataFrame, partial: tuple[bool, ...], currency: str) -> Any:
    parts = trends.PARTS
    headings = [
        Heading(say("Month")),
        Heading(say("Revenue before"), is_number=True),
        Heading(term(say("New"), say(parts["new"].meaning)), is_number=True),
        Heading(term(say("Reactivated"), say(parts["reactivated"].meaning)), is_number=True),
        Heading(term(say("Retained, change"), say(parts["retained"].meaning)), is_number=True),
        Heading(term(say("Lost"), say(parts["lost"].meaning)), is_number=True),
        Heading(say("Revenue"), is_number=True),
    ]

    def with_count(row: dict[str, Any], amount: float, part: str) -> str:
        money, count = formats.money(amount, currency), formats.number(row[f"{part}_customers"])
        return say("{money} · {n}", money=money, n=count)

    rows = [
        [
            say("{month} (in part)", month=formats.month(month)) if is_partial else formats.month(month),
            formats.money(row["revenue_before"], currency),
            with_count(row, row["new"], "new"),
            with_count(row, row["reactivated"], "reactivated"),
            with_count(row, row["retained_change"], "retained"),
            with_count(row, -row["lost"], "lost"),
            formats.money(row["revenue"], currency),
        ]
        for month, is_partial, row in zip(known.index, partial, records(known), strict=True)
    ]
    return table(
        headings, rows[::-1], caption=say("Money and customers of each part of the bridge, the latest month first")
    )


def show_rising(told: Any, theme: Any) -> tuple[Any, ...]:
    return _movers(told, theme, rising=True)


def show_falling(told: Any, theme: Any) -> tuple[Any, ...]:
    return _movers(told, theme, rising=False)


def _movers(told: Any, theme: Any, *, rising: bool) -> tuple[Any, ...]:
    view, mode = view_from_json(told), mode_of(theme)
    found = trending.moves(view.request, view.one("trends_period"), view.one("trends_items"))
    name = say("Rising") if rising else say("Falling")
    if isinstance(found, str):
        return Chart(name, nothing(mode, found), html.P(found, className="muted")).outputs()
    currency = results.version_of(view.request).manifest.currency
    moves = found[1]
    listed = moves[moves["change"] > 0] if rising else moves[moves["change"] < 0].iloc[::-1]
    title = name
    if len(listed):
        first = records(listed.head(1))[0]
        sentence = "Rising most: {name}, {change}" if rising else "Falling most: {name}, {change}"
        sign = "+" if rising else formats.MINUS
        amount = sign + formats.compact_money(abs(first["change"]), currency)
        title = say(sentence, name=str(first["name"]), change=amount)
    headings = [
        Heading(say("Category") if view.one("trends_items") == "category" else say("Product")),
        Heading(say("Before"), is_number=True),
        Heading(say("Now"), is_number=True),
        Heading(say("Change"), is_number=True),
        Heading(say("Share"), is_number=True),
    ]
    rows = [
        [
            str(row["name"]),
            formats.money(row["revenue_before"], currency),
            formats.money(row["revenue"], currency),
            formats.money(row["change"], currency),
            figures.change_told(row["change_share"], row["state"]),
        ]
        for row in records(listed.head(50))
    ]
    return Chart(
        title, figures.movers(listed.head(MOST_BARS), currency, mode, rising=rising), table(headings, rows)
    ).outputs()


def show_movers_sentence(told: Any) -> str:
    """From when to when, and what is left out."""
    view = view_from_json(told)
    found = trending.moves(view.request, view.one("trends_period"), view.one("trends_items"))
    if isinstance(found, str):
        return say("What rises and falls")
    span = found[0]
    return say(
        "{start} to {end} against {before_start} to {before_end}; those with fewer than {n} order lines are left out.",
        start=formats.day(span.starts_on),
        end=formats.day(days_before(span.ends_on, 1)),
        before_start=formats.day(span.before_on),
        before_end=formats.day(days_before(span.starts_on, 1)),
        n=trends.FEWEST_LINES,
    )


def show_share(told: Any, theme: Any) -> tuple[Any, ...]:
    view, mode = view_from_json(told), mode_of(theme)
    found = trending.concentration(view.request)
    currency = results.version_of(view.request).manifest.currency
    fifth = found.of_best(0.2)
    title = say("How much the best customers bring")
    if fifth is not None:
        title = say("The best 20% of customers bring {share} of revenue", share=formats.share(fifth.revenue_share, 0))
    headings = [
        Heading(say("Who")),
        Heading(say("Customers"), is_number=True),
        Heading(say("Share of revenue"), is_number=True),
        Heading(say("Each paid at least"), is_number=True),
    ]
    rows = [
        [
            say("The best {share}", share=formats.share(item.share, 0)),
            formats.number(item.customers),
            formats.share(item.revenue_share),
            formats.money(item.revenue_least, currency, 2),
        ]
        for item in found.best
    ]
    return Chart(title, figures.lorenz(found, currency, mode), table(headings, rows)).outputs()


def show_gini(told: Any) -> Any:
    found = trending.concentration(view_from_json(told).request)
    if found.gini is None:
        return None
    meaning = say("0 where all customers bring the same, near 1 where one brings everything.")
    return [term(say("Gini"), meaning), f" {found.gini:.2f}"]


def register_callbacks(app: Dash) -> None:
    for chart, show in ((BRIDGE, show_bridge), (RISING, show_rising), (FALLING, show_falling), (SHARE, show_share)):
        app.callback(*chart_outputs(chart), Input(REQUEST, "data"), Input(THEME, "data"))(show)
    app.callback(Output(GINI, "children"), Input(REQUEST, "data"))(show_gini)
    app.callback(Output(MOVERS_SENTENCE, "children"), Input(REQUEST, "data"))(show_movers_sentence)
    changes(app, ITEMS, "trends_items")
    changes(app, PERIOD, "trends_period")
    opens_people(app, BRIDGE)
    opens_people(app, SHARE)
