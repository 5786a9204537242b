"""Pages and categories: where visits begin, where they end, how long people stay."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from dash import Dash, Input, Output, html

from analytics.behaviour.pages import PageClicks, Place, page_table
from analytics.text import say
from dashboard import formats
from dashboard.components.basics import Heading, table, term, with_bar
from dashboard.components.controls import changes, option_switch
from dashboard.figures.base import records
from dashboard.figures.behaviour import rule
from dashboard.ids import REQUEST
from dashboard.people import opens_people_of_buttons, people_button
from dashboard.results import behaviour as results
from dashboard.results import version_of
from dashboard.state import View, view_from_json

TITLE: Final = "behaviour-pages-title"
TABLE: Final = "behaviour-pages-table"
PLACE: Final = "behaviour-place"
KIND: Final = "behaviour-page"
_MOST_SHOWN: Final = 25
_FEWEST_VIEWS: Final = 100
_LABELS: Final = {"page": "Page", "category": "Category"}


def pages_card(view: View) -> list[Any]:
    """A card with the table; nothing where the dataset has no clicks, or they name no place."""
    places = _places(view)
    if not places:
        return []
    choice = option_switch(PLACE, "visits_place", view, {name: say(_LABELS[name]) for name in places})
    return [
        html.Section(
            [
                html.Div(
                    [
                        html.Div(
                            [
                                html.H2(id=TITLE),
                                html.P(
                                    say(
                                        "The share of clicks that are the last of their visit, and the time until the next click."
                                    ),
                                    className="muted small",
                                ),
                            ]
                        ),
                        choice if len(places) > 1 else html.Div(choice, hidden=True),
                    ],
                    className="card-head",
                ),
                html.Div(id=TABLE, className="table-scroll"),
            ],
            className="card-box",
        )
    ]


def _places(view: View) -> list[Place]:
    if "events" not in version_of(view.request).manifest.tables:
        return []
    known: tuple[Place, ...] = ("page", "category")
    return [name for name in known if results.page_clicks(view.request, name).names]


def _found(view: View) -> tuple[Place, PageClicks]:
    places = _places(view)
    place: Place = "category" if view.one("visits_place") == "category" and "category" in places else places[0]
    return place, results.page_clicks(view.request, place)


def show_pages(told: Any) -> tuple[str, Any]:
    view = view_from_json(told)
    known = results.visits(view.request)
    place, clicks = _found(view)
    keep = results.kept_visits(view.request)
    kept = known.counted if keep is None else keep
    shown = page_table(clicks, kept)
    label = say(_LABELS[place])
    if not len(shown):
        return label, html.P(say("No clicks in this selection."), className="muted")
    names = [name or say("{n} others", n=formats.number(clicks.others)) for name in shown.index]
    opens = known.customer is not None and bool((known.customer >= 0).any())
    headings = [
        Heading(label),
        Heading(say("Clicks"), is_number=True),
        Heading(term(say("Entries"), say("Visits that began here.")), is_number=True),
        Heading(
            term(say("Exit rate"), say("Of the clicks here, the share that were the last of their visit.")),
            is_number=True,
        ),
        Heading(
            term(say("Bounce rate"), say("Of the visits that began here, the share with this one click only.")),
            is_number=True,
        ),
    ]
    if clicks.seconds is not None:
        meaning = say("Mean time until the next click. The last click of a visit is left out: its time is not known.")
        headings.append(Heading(term(say("Time here"), meaning), is_number=True))
    rows = [
        [
            people_button(KIND, rule(**{place: key}), name) if opens and key else name,
            formats.number(row["views"]),
            formats.number(row["entries"]),
            with_bar(row["exit_rate"], formats.share(row["exit_rate"])),
            formats.share(row["bounce_rate"]),
            *([formats.seconds(row["seconds_mean"])] if clicks.seconds is not None else []),
        ]
        for key, name, row in zip(shown.index[:_MOST_SHOWN], names, records(shown.iloc[:_MOST_SHOWN]), strict=False)
    ]
    parts: list[Any] = [table(headings, rows)]
    if len(shown) > _MOST_SHOWN:
        parts.append(html.P(say("The {n} with most clicks.", n=_MOST_SHOWN), className="muted small mt-2"))
    return _title(place, names, shown, kept, known.has_purchase, clicks), parts


def _title(place: Place, names: list[str], shown: Any, kept: Any, has_purchase: Any, clicks: PageClicks) -> str:
    """Where those leave who buy nothing: that a visit ends on the page behind a purchase is no finding."""
    if has_purchase is not None:
        left = page_table(clicks, kept & ~has_purchase)["exits"].reindex(shown.index, fill_value=0)
        if left.sum() < _FEWEST_VIEWS:
            return say("Where visits begin and end")
        return say(
            "Of the visits that buy nothing, most end on {name}: {share}",
            name=names[int(left.argmax())],
            share=formats.share(float(left.max() / left.sum()), 0),
        )
    large = (shown["views"] >= _FEWEST_VIEWS).to_numpy()
    if not large.any():
        return say("Where visits begin and end")
    worst = int(np.where(large, shown["exit_rate"].to_numpy(dtype=float), -1).argmax())
    sentence = (
        "Most often the last page: {name}, {share} of its clicks"
        if place == "page"
        else "Most often the last category: {name}, {share} of its clicks"
    )
    return say(sentence, name=names[worst], share=formats.share(float(shown["exit_rate"].iloc[worst]), 0))


def register_callbacks(app: Dash) -> None:
    app.callback(Output(TITLE, "children"), Output(TABLE, "children"), Input(REQUEST, "data"))(show_pages)
    changes(app, PLACE, "visits_place")
    opens_people_of_buttons(app, KIND)
