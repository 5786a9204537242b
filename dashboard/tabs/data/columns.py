"""A menu for each column that a file of one kind may have, filled with what was recognised; and the file's first rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from analytics.intake import FileKind, Preview
from analytics.text import say
from dashboard.components.basics import Heading, table, term

COLUMN = "data-column"
"""The type of the menus' ids; their name is the canonical column."""
_DOUBTFUL = 0.6
"""At this confidence or less somebody should look."""
_ROWS = 5


def column_fields(kind: FileKind, seen: Preview) -> html.Div:
    """A labelled menu per canonical column, with all columns of the file to choose from."""
    chosen = {item.canonical: item for item in seen.proposals}
    needed = {name for missing in seen.missing for way in kind.need(missing).ways for name in way}
    fields = []
    for canonical in kind.aliases:
        found = chosen.get(canonical)
        place = {"type": COLUMN, "name": canonical}
        label: list[Any] = [term(canonical.replace("_", " "), say(kind.column(canonical).meaning))]
        if canonical in needed and not found:
            label.append(html.Span(say(" · needed"), className="muted"))
        if found and found.confidence <= _DOUBTFUL:
            label.append(html.Span(say(" · please check"), className="muted"))
        menu = dcc.Dropdown(
            id=place,
            options=[*seen.columns, *joined_choices(seen)],
            value=found.column if found else None,
            placeholder=say("Not in the file"),
        )
        fields.append(
            html.Div(
                [html.Label(label), html.Div(menu, className="dropdown", title=found.reason if found else None)],
                className="field",
            )
        )
    return html.Div(fields, className="column-fields", key=f"columns-{kind.name}")


def joined_choices(seen: Preview) -> list[str]:
    """Several columns that are one together, where they were recognised: `year + month + day`."""
    return [item.column for item in seen.proposals if item.column not in seen.columns]


def first_rows(seen: Preview) -> html.Details:
    """The file's first rows, as they came."""
    rows = table([Heading(name) for name in seen.columns], seen.rows[:_ROWS])
    return html.Details(
        [html.Summary(say("The first rows")), html.Div(rows, className="table-scroll")], className="behind"
    )


def chosen_mapping(chosen: Sequence[Any], ids: Sequence[Any]) -> dict[str, str]:
    """What the menus say, canonical column → column of the file; an empty menu leaves its column out."""
    return {str(place["name"]): str(value or "") for place, value in zip(ids, chosen, strict=True)}
