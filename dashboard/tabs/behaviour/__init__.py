"""Behaviour: what visitors do in the shop. A tab of parts, one shown at a time."""

from __future__ import annotations

from typing import Any, Final

from dash import Dash, dcc

from analytics.text import say
from dashboard import results
from dashboard.components.basics import empty
from dashboard.components.controls import changes, parts
from dashboard.state import View
from dashboard.tab import Part, Tab
from dashboard.tabs.behaviour import carts, funnel, pages, paths, visits

PART: Final = "behaviour-part"


CLICKS: Final = ("events",)
PARTS: tuple[Part, ...] = (
    Part("visits", "Visits", visits.layout, visits.register_callbacks),
    Part("paths", "Paths", paths.layout, paths.register_callbacks, CLICKS),
    Part("funnel", "Funnel", funnel.layout, funnel.register_callbacks, CLICKS),
    Part("carts", "Carts", carts.layout, carts.register_callbacks, CLICKS),
)


def layout(view: View) -> list[Any]:
    chosen = next(part for part in PARTS if part.name == view.one("behaviour_part"))
    buttons = parts(PART, "behaviour_part", view, {part.name: say(part.label) for part in PARTS})
    about = results.version_of(view.request).manifest
    if not set(chosen.needs) <= set(about.tables):
        sentence = say(
            "'{name}' came with ready visits and not with their clicks. Load its click file under the same name.",
            name=about.dataset,
        )
        return [buttons, empty(say("This needs clicks"), sentence, dcc.Link(say("Load clicks"), href="/data"))]
    return [buttons, *chosen.layout(view)]


def register_callbacks(app: Dash) -> None:
    changes(app, PART, "behaviour_part", lay_out_anew=True)
    pages.register_callbacks(app)
    for part in PARTS:
        part.register_callbacks(app)


TAB = Tab(
    "behaviour",
    "Behaviour",
    "/behaviour",
    "See",
    "What do they do in the shop?",
    layout,
    register_callbacks,
    needs=("sessions",),
)
