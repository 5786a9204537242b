"""What the pieces of the page hold: values with their units, and text of users as nothing but text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dash import html
from dash.development.base_component import Component

import dashboard
from analytics.recommend import PLAYBOOK
from analytics.trends import KeyFigure
from dashboard.components.basics import (
    GRAPH_CONFIG,
    Chart,
    Heading,
    chart_card,
    chart_outputs,
    empty,
    graph,
    key_figure_card,
    note,
    table,
    term,
)
from dashboard.components.playbook import play_card
from dashboard.errors import notice

SCRIPT = "<script>alert(1)</script>"
SOURCES = sorted(Path(dashboard.__file__).parent.rglob("*.py"))


def texts(tree: Any) -> Iterator[str]:
    """Every text that a component shows, as the strings and numbers among its children."""
    if isinstance(tree, Component):
        yield from texts(getattr(tree, "children", None))
    elif isinstance(tree, list | tuple):
        for part in tree:
            yield from texts(part)
    elif tree is not None:
        yield str(tree)


def components(tree: Any) -> Iterator[Component]:
    """A component and all those in it."""
    if isinstance(tree, Component):
        yield tree
        yield from components(getattr(tree, "children", None))
    elif isinstance(tree, list | tuple):
        for part in tree:
            yield from components(part)


def of_class(tree: Any, name: str) -> Component:
    return next(item for item in components(tree) if name in str(getattr(item, "className", "")).split())


def test_a_key_figure_shows_value_change_and_what_it_was() -> None:
    """A key figure is its value in its unit, its change with sign and arrow, and the value before."""
    figure = KeyFigure("revenue", "Revenue", "money", "What they paid.", 120_000.0, 100_000.0)
    card = key_figure_card(figure, "EUR", "Against the 90 days before.")
    assert list(texts(of_class(card, "kpi-value"))) == ["€120K"]
    assert "".join(texts(of_class(card, "kpi-change"))) == "▲ +20.0% from €100K"
    assert list(texts(of_class(card, "term"))) == ["Revenue"]
    assert of_class(card, "kpi-value").title == "€120,000"


def test_a_falling_share_is_told_in_points() -> None:
    """A share changes by percentage points, and down is a sign, not only a colour."""
    card = key_figure_card(KeyFigure("repeat_rate", "Repeat rate", "share", "…", 0.25, 0.275), "EUR", "")
    assert "".join(texts(of_class(card, "down"))) == "▼ −2.5 pp"


def test_a_key_figure_without_a_period_before_says_so() -> None:
    """Where there is nothing to compare with, nothing is compared, and zero is not made up."""
    card = key_figure_card(KeyFigure("orders", "Orders", "orders", "…", 7.0, None), "", "")
    assert "".join(texts(of_class(card, "kpi-change"))) == "no earlier period to compare"


def test_a_key_figure_without_a_value_is_a_dash() -> None:
    """The mean order value of no orders is a dash."""
    card = key_figure_card(KeyFigure("order_value_mean", "Average", "money", "…", None, None), "EUR", "")
    assert list(texts(of_class(card, "kpi-value"))) == ["–"]


def test_a_table_holds_its_cells_in_place() -> None:
    """Numbers are right-aligned, headings belong to their columns, and rows that do not count are marked."""
    made = table([Heading("Name"), Heading("Orders", is_number=True)], [["Ada", 3], ["Bo", 1]], caption="Who", off=[1])
    rows = [item for item in components(made) if isinstance(item, html.Tr)]
    assert [list(texts(row)) for row in rows] == [["Name", "Orders"], ["Ada", "3"], ["Bo", "1"]]
    assert [getattr(cell, "className", None) for cell in rows[1].children] == [None, "number"]
    assert [getattr(row, "className", None) for row in rows] == [None, None, "off"]
    assert all(cell.scope == "col" for cell in rows[0].children)


def test_a_table_with_a_row_too_short_is_a_mistake() -> None:
    """A cell that is missing is noticed where the table is made, not seen as a shifted row."""
    with pytest.raises(ValueError, match="shorter"):
        table([Heading("Name"), Heading("Orders")], [["Ada"]])


def test_a_term_explains_itself_without_a_mouse() -> None:
    """A term can be reached by keyboard, and a screen reader hears its meaning."""
    word = term("Recency", "Days since the last order.")
    assert word.tabIndex == "0"
    assert word.to_plotly_json()["props"]["aria-label"] == "Recency: Days since the last order."


@pytest.mark.parametrize(
    "tree",
    [
        table([Heading(SCRIPT)], [[SCRIPT]], caption=SCRIPT),
        term(SCRIPT, SCRIPT),
        note(SCRIPT, "warn"),
        empty(SCRIPT, SCRIPT),
        notice(SCRIPT),
        key_figure_card(KeyFigure("x", SCRIPT, "orders", SCRIPT, 1.0, 2.0), "EUR", SCRIPT),
        play_card(PLAYBOOK[0], SCRIPT),
    ],
    ids=["table", "term", "note", "empty", "notice", "key figure", "play"],
)
def test_a_script_in_the_data_stays_text(tree: Component) -> None:
    """Text of users is a plain string among the children, letter for letter, which the browser does not read as HTML."""
    assert SCRIPT in list(texts(tree))
    assert not any(
        type(item).__name__ in {"Markdown", "DangerouslySetInnerHTML", "Iframe"} for item in components(tree)
    )


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(SOURCES[0].parent)))
def test_nothing_is_shown_as_html(file: Path) -> None:
    """No component is told to take text for HTML, anywhere."""
    forbidden = (
        r"dangerously_allow_html|dangerouslySetInnerHTML|srcDoc|dcc\.Markdown|html\.Iframe|html\.Script|innerHTML"
    )
    assert not re.search(forbidden, file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(SOURCES[0].parent)))
def test_every_chart_is_made_in_one_place(file: Path) -> None:
    """Charts are made by `graph`, so that none sends data to another host."""
    made = "dcc.Graph(" in file.read_text(encoding="utf-8")
    assert made == (file.name == "basics.py")


def test_a_chart_sends_nothing_anywhere() -> None:
    """Plotly's buttons that upload a chart are off, and it knows no server."""
    config = graph("x", 100).config
    assert config == GRAPH_CONFIG
    assert config["showSendToCloud"] is False
    assert config["plotlyServerURL"] == ""


def test_a_chart_card_has_what_its_outputs_fill() -> None:
    """The title, the chart and the table behind it are there, once each."""
    ids = [item.id for item in components(chart_card("x-chart", "What it means.")) if hasattr(item, "id")]
    for output in chart_outputs("x-chart"):
        assert ids.count(output.component_id) == 1
    assert len(Chart("title", {}, None).outputs()) == len(chart_outputs("x-chart"))


def test_a_chart_can_be_taken_along() -> None:
    """Every chart is saved as PNG and SVG, and as CSV where its numbers have a name."""

    def saves(tree: Any) -> list[Component]:
        return [item for item in components(tree) if getattr(item, "className", "") == "save"]

    pictures = saves(chart_card("x-chart"))
    assert [item.to_plotly_json()["props"]["data-form"] for item in pictures] == ["png", "svg"]
    assert {item.to_plotly_json()["props"]["data-chart"] for item in pictures} == {"x-chart"}
    *_, link = saves(chart_card("x-chart", table_name="cohorts"))
    assert link.href == "/export/table/cohorts.csv"
    assert link.children == "CSV"
