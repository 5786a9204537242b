"""Things in a table that open into their people."""

from __future__ import annotations

import json

import pytest
from dash import Dash
from dash.exceptions import PreventUpdate

from dashboard.people import people_button, show_people_of

ADA = json.dumps({"column": "customer_id", "is": "equal to", "value": "ada"})
VIEW = {"request": {"dataset": "small"}}


def test_a_button_opens_into_its_people(app: Dash) -> None:
    """The rule of the button that was pressed decides who is shown."""
    shown, is_open = show_people_of([None, 1], VIEW, people_button("kind", ADA, "Ada").id)
    assert is_open
    assert "1" in str(shown)
    assert "ada" in str(shown)


@pytest.mark.parametrize(("clicks", "pressed"), [([], None), ([None, 0], {"type": "kind", "rule": ADA}), ([1], None)])
def test_buttons_that_are_drawn_open_nothing(clicks: list[int | None], pressed: dict[str, str] | None) -> None:
    """When a table is filled its buttons appear unpressed, and the drawer stays as it is."""
    with pytest.raises(PreventUpdate):
        show_people_of(clicks, VIEW, pressed)
