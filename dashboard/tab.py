"""What a tab is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dash import Dash
from dash.development.base_component import Component

from dashboard.state import View


@dataclass(frozen=True, slots=True)
class Tab:
    """One screen: where it is, which question it answers, what it is made of and how it is wired."""

    id: str
    label: str
    path: str
    group: str
    question: str
    layout: Callable[[View], Component | list[Any]]
    register_callbacks: Callable[[Dash], None]
    needs_data: bool = True
    """Whether the tab has nothing to show where there are no customers."""
