"""Controls and options: what they show, and what they may be."""

from __future__ import annotations

import pytest

from analytics.errors import RequestError
from analytics.request import AnalysisRequest
from dashboard.components.controls import option_dropdown, option_switch
from dashboard.options import OPTIONS, Option
from dashboard.state import View, changed

SHOP = View(AnalysisRequest("shop", period="90")).choosing(measure="revenue", compare=("Loyal", "New"))


@pytest.mark.parametrize("none", [None, []])
def test_an_option_can_be_taken_back(none: object) -> None:
    """Nothing chosen is the default."""
    assert changed(SHOP, {"measure": none}).one("measure") == "customers"
    assert changed(SHOP, {"compare": none}).many("compare") == ()


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
