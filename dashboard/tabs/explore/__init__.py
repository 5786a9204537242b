"""Explore: what do the numbers look like? One metric alone, metrics together, the map, people, any crossing, and the gaps."""

from __future__ import annotations

from typing import Any, Final

from dash import Dash

from analytics.text import say
from dashboard.components.controls import changes, parts
from dashboard.state import View
from dashboard.tab import Part, Tab
from dashboard.tabs.explore import completeness, crossing, demographics, distributions, places, relations

PART: Final = "explore-part"
PARTS: tuple[Part, ...] = (
    Part("distributions", "Distributions", distributions.layout, distributions.register_callbacks),
    Part("relations", "Relations", relations.layout, relations.register_callbacks),
    Part("geography", "Geography", places.layout, places.register_callbacks),
    Part("people", "People", demographics.layout, demographics.register_callbacks),
    Part("pivot", "Pivot", crossing.layout, crossing.register_callbacks),
    Part("completeness", "Completeness", completeness.layout, completeness.register_callbacks),
)


def layout(view: View) -> list[Any]:
    chosen = next(part for part in PARTS if part.name == view.one("explore_part"))
    buttons = parts(PART, "explore_part", view, {part.name: say(part.label) for part in PARTS})
    return [buttons, *chosen.layout(view)]


def register_callbacks(app: Dash) -> None:
    changes(app, PART, "explore_part", lay_out_anew=True)
    for part in PARTS:
        part.register_callbacks(app)


TAB = Tab("explore", "Explore", "/explore", "See", "What do the numbers look like?", layout, register_callbacks)
