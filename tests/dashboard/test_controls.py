"""Controls: what a control asks the shell for, and when it keeps silent."""

from __future__ import annotations

import pytest
from dash.exceptions import PreventUpdate

from analytics.errors import RequestError
from analytics.request import AnalysisRequest
from dashboard.components.controls import choose, option_dropdown, option_switch
from dashboard.options import OPTIONS, Option
from dashboard.state import View, changed

SHOP = View(AnalysisRequest("shop", period="90")).choosing(measure="revenue", compare=("Loyal", "New"))


def test_a_control_asks_for_its_new_value() -> None:
    """A field of the request or an option: the change names it, and asks for a new layout only where told to."""
    assert choose("30", SHOP.to_json(), name="period") == {"period": "30"}
    assert choose("customers", SHOP.to_json(), name="measure") == {"measure": "customers"}
    assert choose(["New"], SHOP.to_json(), name="compare", lay_out_anew=True) == {
        "compare": ["New"],
        "lay_out_anew": True,
    }


@pytest.mark.parametrize(("name", "value"), [("period", "90"), ("measure", "revenue"), ("compare", ["Loyal", "New"])])
def test_a_control_that_says_what_is_so_already_keeps_silent(name: str, value: object) -> None:
    """A tab that is laid out fires its controls; the view does not change by that."""
    with pytest.raises(PreventUpdate):
        choose(value, SHOP.to_json(), name=name)


def test_an_option_can_be_taken_back() -> None:
    """Nothing chosen is the default."""
    assert changed(SHOP, choose(None, SHOP.to_json(), name="measure")).one("measure") == "customers"
    assert changed(SHOP, choose([], SHOP.to_json(), name="compare")).many("compare") == ()


def test_controls_show_the_view() -> None:
    """A control is laid out with what the view has; a value that the data does not offer is not shown."""
    assert option_switch("x", "measure", SHOP, {"customers": "Customers", "revenue": "Revenue"}).value == "revenue"
    assert option_dropdown("y", "compare", SHOP, {"New": "New", "Lost": "Lost"}).children.value == ["New"]


@pytest.mark.parametrize("entry", OPTIONS, ids=lambda entry: entry.name)
def test_option(entry: Option) -> None:
    """An option's default is possible, and its name is no field of the request."""
    if entry.default:
        assert entry.checked([entry.default]) == (entry.default,)
    assert not hasattr(SHOP.request, entry.name)
    assert entry.name not in ("country", "segment", "where", "lay_out_anew")
    assert [known.name for known in OPTIONS].count(entry.name) == 1
    with pytest.raises(RequestError, match="values at most"):
        entry.checked([entry.default or "x"] * (entry.most + 1))
