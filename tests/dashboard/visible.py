"""What a component shows, for tests that read a page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dash.development.base_component import Component


def texts(tree: Any) -> Iterator[str]:
    """Every text that a component shows, as the strings and numbers among its children."""
    if isinstance(tree, Component):
        yield from texts(getattr(tree, "children", None))
    elif isinstance(tree, list | tuple):
        for part in tree:
            yield from texts(part)
    elif tree is not None:
        yield str(tree)


def told(tree: Any) -> str:
    """All of them as one text."""
    return " ".join(texts(tree))
