"""What a tab is, and a part of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dash import Dash
from dash.development.base_component import Component


@dataclass(frozen=True, slots=True)
class Tab:
    """One screen: where it is, which question it answers, what it is made of and how it is wired."""

    id: str
    label: str
    path: str
    group: str
    question: str
    layout: Callable[[Any], Component | list[Any]]
    """Of a view; of None, where there is no dataset yet, if the tab does not need one."""
    register_callbacks: Callable[[Dash], None]
    needs: tuple[str, ...] = ("orders",)
    """The tables without which the tab has nothing to show; none for a tab that needs no dataset."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of the pages of a large tab, of which one is shown at a time."""

    name: str
    label: str
    layout: Callable[[Any], list[Any]]
    """Of a view."""
    register_callbacks: Callable[[Dash], None]
    needs: tuple[str, ...] = ()
    """The tables without which the part has nothing to show, beyond those of its tab."""
