"""Explore: what do the numbers look like? One metric alone, metrics together, the map, people, any crossing, and the gaps."""

from __future__ import annotations

from typing import Any

from dash import Dash

from analytics.text import say
from dashboard.components.controls import changes, parts
from dashboard.state import View
from dashboard.tab import Tab
from dashboard.tabs.explore import completeness, crossing, demographics, distributions, places, relations

PART = "explore-part"
_PARTS = {
    "distributions": ("Distributions", distributions),
    "relations": ("Relations", relations),
    "geography": ("Geography", places),
    "people": ("People", demographics),
    "pivot": ("Pivot", crossing),
    "completeness": ("Completeness", completeness),
}


def layout(view: View) -> list[Any]:
    _, part = _PARTS[view.one("explore_part")]
    chosen = parts(PART, "explore_part", view, {name: say(label) for name, (label, _) in _PARTS.items()})
    return [chosen, *part.layout(view)]


def register_callbacks(app: Dash) -> None:
    changes(app, PART, "explore_part", lay_out_anew=True)
    for _, part in _PARTS.values():
        part.register_callbacks(app)


TAB = Tab("explore", "Explore", "/explore", "See", "What do the numbers look like?", layout, register_callbacks)
