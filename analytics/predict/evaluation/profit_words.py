"""Profit in words: one sentence that a manager can repeat, and what it compares with."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final, Literal

from analytics.predict.evaluation.targeting import Profit
from analytics.predict.problems.definition import Kind
from analytics.text import in_unit, say

_CASES: Final[Mapping[str, str]] = {"customer": "customers", "visit": "visits", "cart": "carts", "row": "cases"}
_OWED: Final = 0.05
"""The part of a profit that may be owed to choosing the line on the same cases before it is told."""


def profit_sentence(profit: Profit, kind: Kind, currency: str, *, one_case_is: str = "customer") -> str:
    """What to do and what it brings: `Contact the 1,240 customers with a chance of 32% or more: about £8,300 more than …`"""
    who = say(_CASES.get(one_case_is, "cases"))
    if not profit.contacted:
        return _nobody(profit, who, currency)
    low, value, high = told_apart((profit.expected_low, profit.expected, profit.expected_high), currency)
    places = {
        "n": f"{profit.contacted:,}",
        "who": who,
        "cut": cut_words(profit.threshold, kind, currency),
        "profit": value,
        "low": low,
        "high": high,
    }
    if profit.contacted >= profit.population:
        return say(
            "Contact all {n} {who}: about {profit} more than contacting nobody (between {low} and {high}).", **places
        )
    if kind == "classification":
        return say(
            "Contact the {n} {who} with a chance of {cut} or more: about {profit} more than contacting nobody "
            "(between {low} and {high}).",
            **places,
        )
    return say(
        "Contact the {n} {who} of whom {cut} or more is expected: about {profit} more than contacting nobody "
        "(between {low} and {high}).",
        **places,
    )


def _nobody(profit: Profit, who: str, currency: str) -> str:
    if profit.affordable <= 0:
        return say("Contact nobody: the budget does not pay for a single contact.")
    return say(
        "Contact nobody: at {cost} for each contact, not even the {who} with the highest scores bring back what they cost.",
        cost=exact_money(profit.offer.cost_per_contact, currency),
        who=who,
    )


def profit_notes(profit: Profit, currency: str, *, one_case_is: str = "customer") -> tuple[str, ...]:
    """What the sentence compares with, and what it does not say."""
    who = say(_CASES.get(one_case_is, "cases"))
    notes = []
    if 0 < profit.contacted < profit.population:
        everyone, random = told_apart((profit.everyone, profit.at_random), currency)
        notes.append(
            say(
                "Contacting all {n} {who} would bring {everyone}; as many as these, chosen at random, {random}.",
                n=f"{profit.population:,}",
                who=who,
                everyone=everyone,
                random=random,
            )
        )
    if profit.contacted and profit.affordable < 1 and profit.share >= profit.affordable:
        notes.append(say("The budget ends here: further contacts would bring more than they cost."))
    if profit.contacted and profit.expected_low < 0:
        notes.append(say("It may also end in a loss: there are too few tested cases to be sure."))
    if profit.expected > 0 and profit.optimism > _OWED * profit.expected:
        notes.append(
            say(
                "About {amount} of it is owed to choosing the line on the same cases: expect less.",
                amount=told_apart((profit.optimism,), currency)[0],
            )
        )
    if profit.contacted and profit.offer.response_share == 1:
        notes.append(
            say(
                "Everyone who says yes counts, also those who would have without being contacted. Only a comparison with some "
                "who are not contacted tells how many that are."
            )
        )
    return tuple(notes)


def cut_words(threshold: float, kind: Kind, currency: str) -> str:
    """A cut-off: a chance in percent, with as many digits as it needs, or an amount."""
    if kind != "classification":
        return in_unit(threshold, "money", currency)
    digits: Literal[0, 1, 2] = 0 if 0.1 <= threshold <= 0.9 else 1 if 0.01 <= threshold <= 0.99 else 2
    return f"{threshold:.{digits}%}"


def told_apart(amounts: tuple[float, ...], currency: str) -> tuple[str, ...]:
    """Amounts rounded to the fewest figures, two at least, with which those that differ by more than a hundredth differ."""
    for figures in (2, 3):
        rounded = [_rounded(amount, figures) for amount in amounts]
        clear = all(
            rounded[one] != rounded[other]
            for one in range(len(amounts))
            for other in range(one)
            if abs(amounts[one] - amounts[other]) > 0.01 * max(abs(amounts[one]), abs(amounts[other]))
        )
        if clear:
            break
    return tuple(in_unit(amount, "money", currency) for amount in rounded)


def exact_money(amount: float, currency: str) -> str:
    """A price as it was typed."""
    return in_unit(amount, "money", currency)


def _rounded(amount: float, figures: int) -> float:
    if not amount or not math.isfinite(amount):
        return amount
    return round(amount, figures - 1 - math.floor(math.log10(abs(amount))))
