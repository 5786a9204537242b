"""Where to draw the line: the terms of an offer as they were typed, the profit they promise, and who is above the line."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.errors import NotFoundError, RequestError
from analytics.predict.evaluation.targeting import Offer, Profit, Targeted, targeted_profile
from analytics.predict.evaluation.targeting import profit as profit_of
from analytics.predict.forms import ordered_inputs
from analytics.rules import Condition
from analytics.text import plain, say, say_count
from dashboard import formats, results
from dashboard.results import Kept
from dashboard.results.chosen_model import Chosen, chosen
from dashboard.state import View

_PROFITS: Final = Kept(12)
_PROFILES: Final = Kept(12)
MOST: Final = 1e9
TOLD_FIRST: Final = 10
"""Inputs that those above the line are described by, and that the list of tested cases has: those that weigh most."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a contact costs and what it brings."""

    cost: float
    worth: float
    """The margin of a yes, in money; of amounts the margin as a share of them."""
    won: float
    """The share of the yes among those contacted that is owed to the contact."""
    budget: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A place on the curve: whoever is before it is contacted."""

    place: int
    share: float
    cases: int
    threshold: float
    """The lowest score that is contacted; infinite where nobody is."""
    cost: float
    profit: float
    low: float
    high: float
    at_random: float
    """The profit of as many who are chosen at random."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Today's customers above the line."""

    customers: int
    of: int
    threshold: float
    rule: str
    """As a drawer, the Customers tab and a segment have it."""
    cost: float
    profit: float


def suggested(one: Chosen) -> Terms:
    """What stands where nothing was typed: a guess from the data, for the reader to correct."""
    if not one.is_share:
        return Terms(1.0, 0.3, 0.1)
    worth, frame = 10.0, one.training.test_frame
    if one.training.asked.one_case_is == "customer" and "order_value_mean" in frame.columns:
        median = float(frame["order_value_mean"].median())
        worth = float(f"{median:.2g}") if median > 0 else worth
    return Terms(1.0, worth, 0.2)


def terms(view: View, one: Chosen) -> Terms:
    """The terms of the view.

    Raises:
        RequestError: what was typed is not possible; the message says what is.
    """
    usual = suggested(one)
    worth_words = say("What a yes is worth") if one.is_share else say("The margin, in percent,")
    worth = _number(view, "profit_worth", worth_words, most=MOST if one.is_share else 100)
    won = _number(view, "profit_won", say("The share that a contact wins, in percent,"), most=100)
    cost = _number(view, "profit_cost", say("The cost of a contact"))
    return Terms(
        usual.cost if cost is None else cost,
        usual.worth if worth is None else worth if one.is_share else worth / 100,
        usual.won if won is None else won / 100,
        _number(view, "profit_budget", say("The budget")),
    )


def _number(view: View, name: str, words: str, most: float = MOST) -> float | None:
    typed = view.one(name).strip()
    if not typed:
        return None
    try:
        value = float(typed)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise RequestError(
            say("{what} is a number, not '{typed}'. Write it with digits.", what=words, typed=typed[:20])
        )
    if not 0 <= value <= most:
        told = "{what} is from 0 to {most}, not {value}."
        raise RequestError(say(told, what=words, most=formats.number(most), value=plain(value, 6)))
    return value


def profit(view: View, one: Chosen) -> Profit:
    """What contacting brings on the tested cases, for every share of them.

    Raises:
        RequestError: the terms are not possible.
    """
    asked = terms(view, one)
    offer = Offer(asked.cost, asked.worth, asked.budget, asked.won)
    seed = one.training.request.seed
    return _PROFITS.get(
        (*one.key, asked),
        lambda: profit_of(one.training.test_target, one.contender.scores, offer, seed=seed),
    )


def line(view: View, one: Chosen) -> Line:
    """The line of the view: the one that was chosen, or the best."""
    found, cut = profit(view, one), _cut(view)
    return line_at(found, found.best if cut is None else found.nearest(cut))


def best_line(view: View, one: Chosen) -> Line:
    found = profit(view, one)
    return line_at(found, found.best)


def everyone(found: Profit) -> Line:
    return line_at(found, len(found.shares) - 1)


def line_at(found: Profit, place: int) -> Line:
    share, contacts = float(found.shares[place]), float(found.contacts[place])
    return Line(
        place,
        share,
        round(contacts),
        float(found.thresholds[place]),
        found.offer.cost_per_contact * contacts,
        float(found.profits[place]),
        float(found.low[place]),
        float(found.high[place]),
        share * found.everyone,
    )


def _cut(view: View) -> float | None:
    """The share that the link asks for; None where it asks for the best, or for no share."""
    try:
        share = float(view.one("profit_cut"))
    except ValueError:
        return None
    return share if 0 <= share <= 1 else None


def case_words(one: Chosen, count: int) -> str:
    """So many cases, in the words of the question."""
    match one.training.asked.one_case_is:
        case "customer":
            return say_count(count, "{n} customer", "{n} customers")
        case "visit":
            return say_count(count, "{n} visit", "{n} visits")
        case "cart":
            return say_count(count, "{n} cart", "{n} carts")
    return say_count(count, "{n} case", "{n} cases")


def profile(one: Chosen, drawn: Line) -> Targeted:
    """Those above the line against the others, among the tested cases."""

    def describe() -> Targeted:
        first = [item.name for item in ordered_inputs(one.training, one.contender)[:TOLD_FIRST]]
        above = one.contender.scores >= drawn.threshold
        return targeted_profile(one.training.test_frame, above, one.training.currency, first=first)

    return _PROFILES.get((*one.key, drawn.threshold), describe)


def column_of(one: Chosen) -> str:
    """The column of the customers that has this question's scores."""
    return f"score_{one.training.request.problem}"


def audience(view: View, one: Chosen, drawn: Line) -> Audience:
    """Today's customers whose score is on the line or above it, of those that the shell's bar keeps.

    Raises:
        NotFoundError: they have no score.
    """
    table, column = results.customers(view.request), column_of(one)
    if column not in table.frame.columns:
        raise NotFoundError(
            say("These customers have no score yet: the model cannot be used on them as they are on this day.")
        )
    # Written short, and never above the score that is meant
    digits = 4 if one.is_share else 2
    threshold = math.floor(drawn.threshold * 10**digits) / 10**digits
    keep = results.kept(view.request)
    scores = table.frame[column].to_numpy(dtype=float, na_value=np.nan)
    scores = scores if keep is None else scores[keep]
    count = int(np.sum(scores >= threshold))
    rule = json.dumps(Condition(column, "at least", threshold).to_json())
    each = 0.0 if not drawn.cases else 1 / drawn.cases
    return Audience(count, len(scores), threshold, rule, drawn.cost * each * count, drawn.profit * each * count)


def profit_table(view: View) -> pd.DataFrame:
    """The numbers behind the curve."""
    one = _model(view)
    found = profit(view, one)
    return pd.DataFrame(
        {
            say("Share contacted"): found.shares,
            say("Contacts"): found.contacts.round().astype(int),
            say("Score from"): np.where(np.isfinite(found.thresholds), found.thresholds, np.nan),
            say("Expected profit"): found.profits,
            say("Low"): found.low,
            say("High"): found.high,
            say("At random"): found.shares * found.everyone,
        }
    )


def targets_table(view: View) -> pd.DataFrame:
    """The tested cases above the line, the highest scores first: score, true answer, and the inputs that weigh most."""
    one = _model(view)
    drawn = line(view, one)
    training, scores = one.training, one.contender.scores
    rows = np.flatnonzero(scores >= drawn.threshold)
    rows = rows[np.lexsort((training.test_ids.astype("string").to_numpy(dtype=str)[rows], -scores[rows]))]
    told: dict[str, Any] = {
        say("Case"): training.test_ids.iloc[rows].astype("string").reset_index(drop=True),
        one.score_label: scores[rows],
        say("In truth"): _truth(one)[rows],
    }
    for item in ordered_inputs(training, one.contender)[:TOLD_FIRST]:
        values = training.test_frame[item.name].iloc[rows].reset_index(drop=True)
        is_text = isinstance(values.dtype, pd.CategoricalDtype)
        told[item.label] = values.astype("string") if is_text else values
    return pd.DataFrame(told)


def _truth(one: Chosen) -> np.ndarray[Any, Any]:
    truth: np.ndarray[Any, Any] = one.training.test_target
    return np.where(truth == 1, one.training.positive, one.training.negative) if one.is_share else truth


def _model(view: View) -> Chosen:
    one = chosen(view)
    if one is None:
        raise NotFoundError(say("There is no model of '{name}' yet. Train one first.", name=view.request.dataset))
    return one
