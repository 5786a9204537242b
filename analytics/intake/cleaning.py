"""The cleaning rules, in the order they are applied: each is data and one expression."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analytics.errors import RequestError
from analytics.text import say

REMOVED, RETURNED, CHANGED = "removed", "kept as returns", "changed"


@dataclass(frozen=True, slots=True)
class CleaningRule:
    """What a rule is called, what it means, what it does, and the rows it catches.

    A row belongs to the first enabled rule that catches it. Rules that change rows do not catch them.
    """

    name: str
    label: str
    meaning: str
    action: str
    catches: Callable[[Any], Any]
    """Table of rows with every canonical column → boolean expression."""
    enabled: bool = True
    is_optional: bool = True
    """Whether it can be switched off; without an optional one the data is still sound."""


def _is_cancelled(line: Any) -> Any:
    return (line.order_id.startswith("C") | line.order_id.startswith("c")) & ((line.quantity < 0) | (line.revenue < 0))


def _is_returned(line: Any) -> Any:
    return (line.quantity < 0) | ((line.revenue < 0) & (line.unit_price.isnull() | (line.unit_price >= 0)))


def _is_repeated(line: Any) -> Any:
    return line.repetition > 0


CLEANING_RULES: tuple[CleaningRule, ...] = (
    CleaningRule(
        "id_form",
        "Customer number written as a decimal",
        "A customer number stored as a decimal, such as 17850.0, becomes 17850; blanks around it go, and words such as "
        "'nan' or 'null' mean that it is missing.",
        CHANGED,
        lambda line: line.is_changed,
    ),
    CleaningRule(
        "no_customer",
        "No customer",
        "A line without a customer belongs to nobody and cannot be part of any segment.",
        REMOVED,
        lambda line: line.customer_id.isnull(),
        is_optional=False,
    ),
    CleaningRule(
        "incomplete",
        "No order, date or amount",
        "A line without an order number, a date or an amount cannot be counted.",
        REMOVED,
        lambda line: line.order_id.isnull() | line.ordered_at.isnull() | line.revenue.isnull(),
        is_optional=False,
    ),
    CleaningRule(
        "cancelled_order",
        "Cancelled order",
        "The order number starts with C and the line's quantity or revenue is negative: the order was called off.",
        RETURNED,
        _is_cancelled,
    ),
    CleaningRule(
        "negative_quantity",
        "Returned goods",
        "The quantity is negative, or the revenue is negative at a price that is not: goods came back.",
        RETURNED,
        _is_returned,
    ),
    CleaningRule(
        "zero_quantity",
        "No units",
        "The quantity is zero: nothing was bought.",
        REMOVED,
        lambda line: line.quantity == 0,
    ),
    CleaningRule(
        "price_not_positive",
        "No price",
        "The unit price is zero or negative: a gift, a sample or a correction of the books. Where the data has revenue "
        "and no unit price, a line of revenue zero stays: a free item is still a purchase.",
        REMOVED,
        lambda line: line.unit_price <= 0,
    ),
    CleaningRule(
        "exact_duplicate",
        "Exact duplicate",
        "Every column of the file says the same as an earlier row. Off unless asked for: buying the same thing twice "
        "on one order looks just like it.",
        REMOVED,
        _is_repeated,
        enabled=False,
    ),
)


_TWICE = "Every column of the file says the same as an earlier row."

EVENT_RULES: tuple[CleaningRule, ...] = (
    CleaningRule(
        "id_form",
        "Visitor number written as a decimal",
        "A visitor's or customer's number stored as a decimal, such as 17850.0, becomes 17850, as it does in orders.",
        CHANGED,
        lambda click: click.is_changed,
        is_optional=False,
    ),
    CleaningRule(
        "no_visitor",
        "No visitor",
        "A click without a visitor, a customer or a visit belongs to nobody.",
        REMOVED,
        lambda click: click.visitor_id.isnull() & click.session_id.isnull(),
        is_optional=False,
    ),
    CleaningRule(
        "no_time",
        "No time",
        "A click has to say when it was, or its visit and its place in it: without either it has no place in any visit.",
        REMOVED,
        lambda click: click.occurred_at.isnull() & (click.session_id.isnull() | click.position.isnull()),
        is_optional=False,
    ),
    CleaningRule(
        "exact_duplicate",
        "Exact duplicate",
        _TWICE
        + " Off unless asked for: where the clock counts whole seconds, two clicks may look like one sent twice.",
        REMOVED,
        _is_repeated,
        enabled=False,
    ),
)
"""The rules for clicks. None of them changes what a click says."""

SESSION_RULES: tuple[CleaningRule, ...] = (
    CleaningRule(
        "no_clicks",
        "No number of clicks",
        "A visit without its number of clicks cannot be compared with any other.",
        REMOVED,
        lambda visit: visit.click_count.isnull() | (visit.click_count < 0),
        is_optional=False,
    ),
    CleaningRule(
        "exact_duplicate",
        "Exact duplicate",
        _TWICE + " Off unless asked for: two short visits can be alike.",
        REMOVED,
        _is_repeated,
        enabled=False,
    ),
)
"""The rules for tables of ready visits."""

CUSTOMER_RULES: tuple[CleaningRule, ...] = (
    CleaningRule(
        "no_customer",
        "No customer",
        "Attributes without a customer's number belong to nobody.",
        REMOVED,
        lambda customer: customer.customer_id.isnull(),
        is_optional=False,
    ),
)
"""The rules for files of customers' attributes."""


LABELLED_RULES: tuple[CleaningRule, ...] = (
    CleaningRule(
        "empty_row",
        "Empty row",
        "A row without a single value is no case.",
        REMOVED,
        lambda case: case.is_empty,
        is_optional=False,
    ),
)
"""The rules for tables of cases: rows stay as they came, those that say the same as another one too."""

_RULES: Mapping[str, tuple[CleaningRule, ...]] = {
    "orders": CLEANING_RULES,
    "events": EVENT_RULES,
    "sessions": SESSION_RULES,
    "customers": CUSTOMER_RULES,
    "labelled": LABELLED_RULES,
}


def rules_of(kind: str) -> tuple[CleaningRule, ...]:
    """The cleaning rules for a kind of file, in the order they are applied.

    Raises:
        RequestError: there is no such kind.
    """
    if kind not in _RULES:
        raise RequestError(say("A file cannot hold '{name}'. Use {names}.", name=kind, names=", ".join(_RULES)))
    return _RULES[kind]


def enabled_rules(
    switches: Mapping[str, bool] | None = None, rules: Sequence[CleaningRule] = CLEANING_RULES
) -> dict[str, bool]:
    """Rule name → whether it is applied: the defaults, with the user's switches put above them.

    Raises:
        RequestError: a switch names no rule, or switches one off that cannot be.
    """
    switches = dict(switches or {})
    known = {rule.name: rule for rule in rules}
    for name, is_on in switches.items():
        if name not in known:
            raise RequestError(
                say("There is no cleaning rule '{name}'. There are {names}.", name=name, names=", ".join(known))
            )
        if not is_on and not known[name].is_optional:
            raise RequestError(
                say(
                    "Cleaning rule '{name}' cannot be switched off. {meaning}",
                    name=name,
                    meaning=known[name].meaning,
                )
            )
    return {name: bool(switches.get(name, rule.enabled)) for name, rule in known.items()}


def rule_number(rows: Any, is_enabled: Mapping[str, bool], rules: Sequence[CleaningRule] = CLEANING_RULES) -> Any:
    """The place among the rules of the first enabled one that catches a row, or −1: the row stays."""
    import ibis

    branches = [
        (rule.catches(rows).fill_null(False), number)
        for number, rule in enumerate(rules)
        if rule.action != CHANGED and is_enabled[rule.name]
    ]
    return ibis.cases(*branches, else_=-1).cast("int8")
