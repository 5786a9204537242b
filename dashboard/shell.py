"""The shell: the side bar of tabs, the header with the global controls, and the place where a tab is shown."""

from __future__ import annotations

from typing import Any, Final

import dash_bootstrap_components as dbc
from dash import dcc, html

from analytics.text import say
from dashboard.components.basics import HIDDEN
from dashboard.errors import NOTICES
from dashboard.ids import ANSWERED, ASKED, CHANGE, PINS, REQUEST, THEME, WIRES
from dashboard.people import drawer
from dashboard.preparing import preparing
from dashboard.tab import Tab
from dashboard.tabs import TABS

URL: Final = "shell-url"
PLACE: Final = "shell-place"
TITLE: Final = "shell-title"
QUESTION: Final = "shell-question"
CONTENT: Final = "shell-content"
DATASET: Final = "shell-dataset"
AS_OF: Final = "shell-as-of"
COUNTRIES: Final = "shell-countries"
SEGMENTS: Final = "shell-segments"
KEPT: Final = "shell-kept"
KEPT_BOX: Final = "shell-kept-box"
MENU: Final = "shell-menu"
MENU_BUTTON: Final = "shell-menu-button"
THEME_BUTTON: Final = "shell-theme-button"
COPY: Final = "shell-copy"
ABOUT: Final = "shell-about"
PAGE_NAME: Final = "shell-page-name"


def shell() -> html.Div:
    """What surrounds every tab."""
    return html.Div(
        [
            dcc.Location(id=URL, refresh=False),
            dcc.Store(id=REQUEST),
            dcc.Store(id=CHANGE),
            dcc.Store(id=ASKED),
            dcc.Store(id=ANSWERED),
            dcc.Store(id=WIRES, data={}),
            dcc.Store(id=PLACE),
            dcc.Store(id=THEME),
            dcc.Store(id=PAGE_NAME),
            dcc.Store(id=PINS),
            html.Aside(_navigation(), className="side"),
            dbc.Offcanvas(_navigation(), id=MENU, placement="start", is_open=False, title=""),
            html.Div(
                [
                    _header(),
                    preparing(),
                    html.Main(id=CONTENT, className="page"),
                    html.Footer(id=ABOUT, className="footer"),
                ],
                className="main",
            ),
            drawer(),
            html.Div(id=NOTICES, className="notices", role="alert", **{"aria-live": "polite"}),
        ],
        className="shell",
    )


def _navigation() -> html.Nav:
    groups: dict[str, list[Tab]] = {}
    for tab in TABS:
        groups.setdefault(tab.group, []).append(tab)
    items: list[Any] = [dcc.Link([html.Span(className="brand-mark"), "Clientele"], href="/", className="brand")]
    for group, tabs in groups.items():
        items.append(html.Div(say(group), className="nav-group"))
        items += [dbc.NavLink(say(tab.label), href=tab.path, active="exact", class_name="nav-item") for tab in tabs]
    return html.Nav(items, **{"aria-label": say("Tabs")})


def _header() -> html.Header:
    return html.Header(
        [
            html.Div(
                [
                    html.Button(
                        "☰",
                        id=MENU_BUTTON,
                        className="button icon menu-button",
                        n_clicks=0,
                        **{"aria-label": say("Menu")},
                    ),
                    html.Div([html.H1(id=TITLE), html.P(id=QUESTION, className="muted")], className="top-title"),
                    html.Div(
                        [
                            html.Button(say("Copy link"), id=COPY, title=say("Copied"), className="button", n_clicks=0),
                            html.Button(
                                "◐",
                                id=THEME_BUTTON,
                                className="button icon",
                                n_clicks=0,
                                title=say("Light or dark"),
                                **{"aria-label": say("Switch between light and dark")},
                            ),
                        ],
                        className="top-actions",
                    ),
                ],
                className="top-line",
            ),
            html.Div(
                [
                    _control(say("Dataset"), dcc.Dropdown(id=DATASET, clearable=False, searchable=False), DATASET),
                    _control(
                        say("As of"),
                        dcc.DatePickerSingle(id=AS_OF, display_format="D MMM YYYY", clearable=False),
                        AS_OF,
                    ),
                    _control(
                        say("Country"),
                        dcc.Dropdown(id=COUNTRIES, multi=True, placeholder=say("All countries")),
                        COUNTRIES,
                    ),
                    _control(
                        say("Segment"), dcc.Dropdown(id=SEGMENTS, multi=True, placeholder=say("All segments")), SEGMENTS
                    ),
                    html.Div(
                        _control(
                            say("Kept groups"), dcc.Dropdown(id=KEPT, multi=True, placeholder=say("Everyone")), KEPT
                        ),
                        id=KEPT_BOX,
                        className="control",
                        style=HIDDEN,
                    ),
                ],
                className="controls",
            ),
        ],
        className="top",
    )


def _control(label: str, control: Any, control_id: str) -> html.Div:
    return html.Div([html.Label(label, htmlFor=control_id), control], className="control")
