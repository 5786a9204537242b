"""What people did, as a rule: written, said, looked up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from analytics import deeds, rfm
from analytics.audiences import audience, describe
from analytics.customers import customer_table
from analytics.deeds import Deed
from analytics.errors import RequestError
from analytics.request import AnalysisRequest, request_from_json
from analytics.rules import AllOf, Condition, Did, Not, rule_from_json
from analytics.sources import Source
from tests.conftest import Order, Publish, shop_in_memory

ORDERS = [Order("ada", "2024-01-10", "5"), Order("bo", "2024-02-10", "50"), Order("cem", "2024-03-10", "500")]
asked: list[date] = []


def _spenders(source: Source, as_of: date, details: Mapping[str, Any]) -> Any:
    asked.append(as_of)
    orders = source.table("orders")
    return orders.filter(orders.revenue >= details["least"]).customer_id.to_pyarrow()


@pytest.fixture(autouse=True)
def spent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A deed for these tests: an order of so much at least."""
    asked.clear()
    deed = Deed("spent", lambda details: f"Spent {details['least']} or more on one order", _spenders)
    monkeypatch.setattr(deeds, "DEEDS", (*deeds.DEEDS, deed))


def _request(rule: Any) -> AnalysisRequest:
    return request_from_json({"dataset": "shop", "where": rule})


@pytest.mark.parametrize(
    "rule", [{"did": "spent", "with": {"least": 50}}, {"not": {"did": "spent", "with": {"least": 50}}}]
)
def test_a_deed_survives_json_both_ways(rule: dict[str, Any]) -> None:
    """A rule over deeds is the same after a way through JSON, and can be kept under as a key."""
    read = rule_from_json(rule)
    assert read.to_json() == rule
    assert hash(read) == hash(rule_from_json(rule))


def test_those_who_did_it_are_the_audience() -> None:
    """A deed, its contrary and its conjunction with a condition choose the customers that the orders say."""
    table = rfm.with_segments(customer_table(shop_in_memory(ORDERS)))
    spent = Did.of("spent", least=50)
    for rule, expected in (
        (spent, ["bo", "cem"]),
        (Not(spent), ["ada"]),
        (AllOf((spent, Condition("revenue_total", "below", 100))), ["bo"]),
    ):
        assert sorted(audience(_request(rule.to_json()), table)["customer_id"]) == expected


def test_a_deed_of_a_stored_dataset_is_looked_up_once_for_a_table(publish: Publish) -> None:
    """The engine is asked once, as of the table's own day, however often the rule is used."""
    table = rfm.with_segments(customer_table(publish(ORDERS), date(2024, 3, 1)))
    for _ in range(3):
        assert list(audience(_request({"did": "spent", "with": {"least": 50}}), table)["customer_id"]) == ["bo"]
    assert asked == [date(2024, 3, 1)]


def test_a_table_keeps_the_last_deeds_only(publish: Publish) -> None:
    """Whoever clicks through a thousand points does not fill the memory; what was asked last is still not asked again."""
    table = rfm.with_segments(customer_table(publish(ORDERS), date(2024, 3, 1)))
    for least in range(deeds.MOST_KEPT + 5):
        deeds.find(Did.of("spent", least=least), table)
    assert len(table.once("deeds", dict)) == deeds.MOST_KEPT
    asked.clear()
    assert deeds.find(Did.of("spent", least=deeds.MOST_KEPT), table).tolist() == [False, True]
    assert asked == []
    deeds.find(Did.of("spent", least=0), table)
    assert asked == [date(2024, 3, 1)]


def test_a_deed_is_said_in_english() -> None:
    """The list's manifest and the drawer say the deed's own sentence."""
    assert describe(_request({"did": "spent", "with": {"least": 50}})) == "Spent 50 or more on one order"


def test_an_unknown_deed_is_an_error_that_names_the_known_ones() -> None:
    """A link with a deed that nobody knows is refused with the names of those there are."""
    table = rfm.with_segments(customer_table(shop_in_memory(ORDERS)))
    with pytest.raises(RequestError, match=r"There is no deed 'flew'\. There is .*spent"):
        audience(_request({"did": "flew"}), table)


@pytest.mark.parametrize(
    "told",
    [
        {"did": "spent", "with": [1]},
        {"did": "spent", "else": 1},
        {"did": 5},
        {"did": "spent", "with": {"x": "y" * 3_000}},
        {"did": "spent", "with": {"x": ["y", "\0"]}},
        {"did": "spent", "with": {"x": "\ud800"}},
    ],
)
def test_what_is_no_deed(told: Any) -> None:
    """Details are names with values, not too many, of letters that every engine reads."""
    with pytest.raises(RequestError):
        rule_from_json(told)
