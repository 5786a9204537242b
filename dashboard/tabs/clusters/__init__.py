"""Clusters: which groups do the numbers themselves suggest? A form above, and parts below it, one shown at a time."""

from __future__ import annotations

from typing import Any, Final

from dash import Dash

from analytics.text import say
from dashboard.components.controls import changes, parts
from dashboard.state import View
from dashboard.tab import Part, Tab
from dashboard.tabs.clusters import features, finding, form, groups, keeping, number, profiling, sides

PART: Final = "clusters-part"


PARTS: tuple[Part, ...] = (
    Part("groups", "Groups", groups.layout, groups.register_callbacks),
    Part("number", "How many", number.layout, number.register_callbacks),
    Part("profiles", "Profiles", profiling.layout, profiling.register_callbacks),
    Part("features", "Features", features.layout, features.register_callbacks),
    Part("sides", "Side by side", sides.layout, sides.register_callbacks),
)


def layout(view: View) -> list[Any]:
    chosen = next((part for part in PARTS if part.name == view.one("clusters_part")), PARTS[0])
    buttons = parts(PART, "clusters_part", view, {part.name: say(part.label) for part in PARTS})
    return [form.layout(view), *finding.layout(), keeping.layout(view), buttons, *chosen.layout(view)]


def register_callbacks(app: Dash) -> None:
    changes(app, PART, "clusters_part", lay_out_anew=True)
    form.register_callbacks(app)
    finding.register_callbacks(app)
    keeping.register_callbacks(app)
    for part in PARTS:
        part.register_callbacks(app)


TAB = Tab(
    "clusters",
    "Clusters",
    "/clusters",
    "Segment",
    "Which groups do the numbers themselves suggest?",
    layout,
    register_callbacks,
)
