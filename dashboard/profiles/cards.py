"""A segment in words: what sets it apart, what it brings, the rule that finds its people, and who is typical of it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

from dash import Dash, dcc, html

from analytics.customers import KEY
from analytics.profiles import FoundRule
from analytics.segmentation import Segment
from analytics.text import say, say_count
from dashboard import formats
from dashboard.people import opens_people_of_buttons, people_button
from dashboard.state import View, to_query

_KINDS: Final = ("rule", "typical")


def _kind(prefix: str, thing: str) -> str:
    return f"{prefix}-{thing}"


def segment_words(group: Segment, view: View, prefix: str) -> list[Any]:
    """The rule that finds a segment's customers, with how good it is, and its typical customers."""
    return [*_rule(group, view, prefix), *_typical(group, prefix)]


def shares_line(group: Segment, currency: str) -> str:
    """How large a segment is, by customers, orders and revenue."""
    shares = group.profile.shares
    return say(
        "{n} customers ({customers} of all) · {orders} of orders · {revenue} of revenue, {money}",
        n=formats.number(group.customers),
        customers=formats.share(shares.customers, 0),
        orders=formats.share(shares.orders, 0),
        revenue=formats.share(shares.revenue, 0),
        money=formats.compact_money(group.revenue, currency),
    )


def rule_quality(rule: FoundRule) -> str:
    """How good a rule is, in a sentence."""
    return say(
        "It catches {recall} of them; {precision} of those it catches are theirs.",
        recall=_share(rule.recall),
        precision=_share(rule.precision),
    )


def _share(value: float) -> str:
    """A share in whole percent, but nearly all is not all."""
    told = formats.share(value, 0)
    return say("over 99%") if told == "100%" and value < 1 else told


def _rule(group: Segment, view: View, prefix: str) -> list[Any]:
    heading = html.H3(say("How to find them"), className="words-head")
    rule = group.rule
    if rule is None:
        return [heading, html.P(group.no_rule, className="muted small mb-2")]
    told = json.dumps(rule.rule.to_json(), ensure_ascii=False)
    request = replace(view.request, where=rule.rule, search="", sort="revenue_total", descending=True)
    see = say_count(rule.customers, "See the {n} customer that it catches", "See the {n} customers that it catches")
    return [
        heading,
        html.P(rule.sentence, className="rule-sentence"),
        html.P(rule_quality(rule), className="small mb-1"),
        html.Div(
            [
                people_button(_kind(prefix, "rule"), told, see, class_name="count"),
                dcc.Link(
                    say("Open as a filter in Customers"), href=f"/customers{to_query(replace(view, request=request))}"
                ),
            ],
            className="row-line small mb-2",
        ),
    ]


def _typical(group: Segment, prefix: str) -> list[Any]:
    if not group.typical:
        return []
    buttons = [
        people_button(
            _kind(prefix, "typical"),
            json.dumps({"column": KEY, "is": "equal to", "value": customer}, ensure_ascii=False),
            customer,
            class_name="count",
        )
        for customer in group.typical
    ]
    return [
        html.H3(say("Typical customers"), className="words-head"),
        html.P(
            say("Those nearest to the middle of all of them. Click one to see who it is."), className="muted small mb-1"
        ),
        html.Div(buttons, className="row-line small mb-2"),
    ]


def opens_examples(app: Dash, prefix: str) -> None:
    """Wire the buttons of `segment_words`: a press opens the drawer."""
    for thing in _KINDS:
        opens_people_of_buttons(app, _kind(prefix, thing))
