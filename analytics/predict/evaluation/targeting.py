"""Targeting: where to draw the line so that most is left over, what that brings, how sure that is, and who is above it.

Every tested case is contacted or not; each one contacted costs the same, and each of them that says yes (or brings an amount)
gives its margin. The tested cases stand for all that the offer could go to: figures are scaled to that many.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics import profiles
from analytics.errors import DataError, RequestError
from analytics.predict.cases import Flags, Numbers
from analytics.predict.evaluation.intervals import DRAWS, interval, resampled, sampled
from analytics.predict.evaluation.ranking import Places, Ranked, ranked
from analytics.profiles import Profile, Shares
from analytics.profiles.attributes import value_effects
from analytics.text import plain, say

_POINTS: Final = 200
"""Of the curve, beside the best one."""
_NEVER_MORE: Final = 1e15


@dataclass(frozen=True, slots=True)
class Offer:
    """What a contact costs and what it brings.

    Of customers who would be lost, `margin` is what a customer who is kept is worth, and `response_share` how many of those
    who would be lost can be won back.

    Raises:
        RequestError: a value is no number, or out of its range.
    """

    cost_per_contact: float
    """In money; everyone contacted costs it."""
    margin: float
    """Of a yes, in money, before the cost of contact; of an amount, the part of it that is margin, 0 to 1."""
    budget: float | None = None
    """The most money for contacts."""
    response_share: float = 1.0
    """Of those who say yes, the share who do so because of the contact. By default all of them count, also those who would
    have said yes without it: that flatters every campaign, and only a comparison with people who were not contacted tells
    the share."""
    most_contacts: int | None = None

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            most = 1.0 if item.name == "response_share" else _NEVER_MORE
            if value is not None and not 0 <= value <= most:  # NaN is in no range
                raise RequestError(
                    say(
                        "{name} is from 0 to {most}, not {value}.",
                        name=item.name.replace("_", " "),
                        most=f"{most:,.0f}",
                        value=plain(value, 6),
                    )
                )

    @property
    def gain(self) -> float:
        """What one yes, or one unit of money of an amount, brings: its margin, so far as the contact made it."""
        return self.margin * self.response_share

    @property
    def break_even_score(self) -> float:
        """The probability, or the amount, from which a contact pays for itself; infinite where nothing can."""
        if not self.gain:
            return math.inf if self.cost_per_contact else 0.0
        return self.cost_per_contact / self.gain

    def affordable(self, population: int) -> float:
        """How many contacts the budget and the limit allow, of so many."""
        paid = math.inf
        if self.budget is not None and self.cost_per_contact:
            # 30 / .1 is 299.99…, and all three hundred are paid for
            paid = math.floor(self.budget / self.cost_per_contact * (1 + 1e-12))
        limit = math.inf if self.most_contacts is None else self.most_contacts
        return float(min(paid, limit, population))


@dataclass(frozen=True, slots=True, eq=False)
class Profit:
    """The expected profit of contacting those with the highest scores, from nobody to everybody, and the best line to draw."""

    offer: Offer
    population: int
    """How many the offer could go to."""
    cases: int
    """How many were tested, from which this is known."""
    shares: Numbers
    """The share contacted at each point of the curve, from 0 to 1."""
    contacts: Numbers
    thresholds: Numbers
    """The lowest score that is contacted at each point; infinite at the first, where nobody is."""
    profits: Numbers
    low: Numbers
    """Where the profit lies in 95 of 100 draws of the tested cases, contacting the same share."""
    high: Numbers
    found: Numbers
    """The yes among those contacted, or the sum of their amounts."""
    best: int
    """The point with the highest profit that the budget allows; the one with the fewest contacts, where several have it."""
    affordable: float
    """The share that the budget and the limit allow to contact; 1 where they allow everybody."""
    best_low: float
    """The share at which the line is best lies between these in 95 of 100 draws."""
    best_high: float
    everyone: float
    """The profit of contacting everybody, whatever the budget."""
    at_random: float
    """The profit of as many contacts as at the best line, chosen at random."""
    break_even_share: float
    """The largest share at which nothing is lost; 1 where even contacting everybody pays."""
    optimism: float
    """How much of the best profit is owed to having chosen the line on the same cases (Efron 1983), 0 or more."""

    @property
    def threshold(self) -> float:
        """The lowest score that is contacted; infinite where it is best to contact nobody."""
        return float(self.thresholds[self.best])

    @property
    def share(self) -> float:
        return float(self.shares[self.best])

    @property
    def contacted(self) -> int:
        return round(float(self.contacts[self.best]))

    @property
    def expected(self) -> float:
        return float(self.profits[self.best])

    @property
    def expected_low(self) -> float:
        return float(self.low[self.best])

    @property
    def expected_high(self) -> float:
        return float(self.high[self.best])

    @property
    def break_even_score(self) -> float:
        return self.offer.break_even_score

    def nearest(self, share: float) -> int:
        """The point of the curve whose share is nearest."""
        return int(np.argmin(np.abs(self.shares - share)))


def profit(
    truth: Numbers, scores: Numbers, offer: Offer, *, population: int | None = None, seed: int = 0, draws: int = DRAWS
) -> Profit:
    """What an offer brings for each share contacted, by the true answers (or amounts) of cases that a model has scored.

    Profit of contacting the best k of n tested cases, N in all: N/n · (gain · Σ true answers of the k - cost · k) (Verbraken,
    Verbeke & Baesens 2013, eq. 1, with one cost and one benefit). Between two scores that differ, as many of those with equal
    scores as at random.

    Args:
        truth: 1 and 0, or amounts; shape (cases,).
        population: how many the offer could go to; the tested cases themselves where not given.

    Raises:
        DataError: there are no cases.
    """
    count = len(truth)
    if not count:
        raise DataError(say("There are no tested cases: profit cannot be estimated."))
    everybody = count if population is None else population
    seen = ranked(truth, scores)
    taken, found = _steps(seen, None)
    limit = offer.affordable(everybody) / everybody if everybody else 0.0
    per_share = offer.cost_per_contact * everybody
    per_found = offer.gain * everybody / count
    best_share = _best_share(taken, found, per_found, per_share, limit)
    shares = np.unique(np.concatenate((np.linspace(0.0, 1.0, _POINTS + 1), [best_share, limit])))
    values = np.interp(shares, taken, found)
    profits = per_found * values - per_share * shares
    drawn, optimism, best_shares, inside, narrowing = _drawn(
        seen, shares, (per_found * count, per_share, limit), seed, draws
    )
    bands = [
        interval(drawn[:, place], float(profits[place]), float(inside[place]), narrowing, "money")
        for place in range(len(shares))
    ]
    steps = np.searchsorted(taken[1:], shares * (1 - 1e-12), side="left").clip(0, len(seen.levels) - 1)
    thresholds = np.where(shares > 0, seen.levels[steps], np.inf)
    low, high = (float(np.quantile(best_shares, end)) for end in (0.025, 0.975))
    return Profit(
        offer, everybody, count, shares, shares * everybody, thresholds, profits,
        np.array([band[0] for band in bands]), np.array([band[1] for band in bands]), values * everybody / count,
        int(np.flatnonzero(shares == best_share)[0]), limit, low, high, float(profits[-1]),
        best_share * float(profits[-1]), _break_even(taken, per_found * found - per_share * taken), optimism,
    )  # fmt: skip


def _steps(seen: Ranked, weights: Numbers | None) -> tuple[Numbers, Numbers]:
    """(share taken, sum of what is found) at the end of each step, with a first point where nobody is taken."""
    found, taken = seen.cumulated(weights)
    return np.append(0.0, taken / taken[-1]), np.append(0.0, found)


def _best_share(taken: Numbers, found: Numbers, per_found: float, per_share: float, limit: float) -> float:
    """Between two steps profit is straight: the best is at the end of a step, or where the budget ends."""
    ends = np.unique(np.append(taken[taken <= limit], limit))
    profits = per_found * np.interp(ends, taken, found) - per_share * ends
    return float(ends[int(np.argmax(profits))])


def _break_even(taken: Numbers, profits: Numbers) -> float:
    """The largest share at which the profit is not below 0."""
    above = np.flatnonzero(profits >= 0)
    last = int(above[-1])  # at 0 nothing is lost
    if last + 1 == len(taken):
        return 1.0
    gap = profits[last] - profits[last + 1]
    return float(taken[last] + (taken[last + 1] - taken[last]) * profits[last] / gap)


def _drawn(
    seen: Ranked, shares: Numbers, terms: tuple[float, float, float], seed: int, draws: int
) -> tuple[Numbers, float, Numbers, Numbers, float]:  # fmt: skip
    """(profits, shape (draws, points); optimism; best shares; profits of the cases drawn from; how much narrower all make it)."""
    per_mean, per_share, limit = terms
    places, narrowing = sampled(seen.truth, "regression", seed)
    some = _some(seen, places)
    ends = np.append(0, some.ends + 1)
    found = np.zeros((draws, len(shares)))
    best, gained = np.zeros(draws), np.zeros(draws)
    count = len(places)
    cumulated, reached = np.append(0.0, np.cumsum(some.truth))[ends] / count, ends / count
    by_cut_off = per_mean * cumulated - per_share * reached
    for draw, weights in enumerate(resampled(some.truth, "regression", seed, draws)):
        taken, sums = (np.append(0.0, np.cumsum(each))[ends] / count for each in (weights, weights * some.truth))
        found[draw] = np.interp(shares, taken, sums)
        best[draw] = _best_share(taken, sums, per_mean, per_share, limit)
        own = np.where(taken <= limit, per_mean * sums - per_share * taken, -np.inf)
        chosen = int(np.argmax(own))
        gained[draw] = own[chosen] - by_cut_off[chosen]
    inside = per_mean * np.interp(shares, reached, cumulated) - per_share * shares
    # A sample is more easily fitted than all cases, by the square of how much wider it makes an interval
    optimism = max(0.0, float(gained.mean())) * narrowing**2
    return per_mean * found - per_share * shares, optimism, best, inside, narrowing


def _some(seen: Ranked, places: Places) -> Ranked:
    """Those places of a ranking only."""
    if len(places) == len(seen.order):
        return seen
    step = np.searchsorted(seen.ends, places)
    ends = np.flatnonzero(np.append(step[1:] != step[:-1], True))
    return Ranked(seen.order[places], seen.truth[places], ends, seen.levels[step[ends]])


@dataclass(frozen=True, slots=True)
class Targeted:
    """Who is above the line, against everyone else."""

    cases: int
    share: float
    name: str
    """A few words."""
    sentence: str
    profile: Profile


def targeted_profile(
    frame: pd.DataFrame, is_targeted: Flags, currency: str = "", *, first: Sequence[str] = ()
) -> Targeted:
    """What sets those above the line apart, feature by feature and in words.

    Args:
        frame: the features of the cases, numbers and categories.
        is_targeted: who is above the line, shape (cases,).
        first: the features that are told first, like those the model goes by most; all where none are given.
    """
    codes = np.where(is_targeted, 0, 1)
    texts = [name for name in frame.columns if isinstance(frame[name].dtype, pd.CategoricalDtype)]
    numbers = [name for name in frame.columns if name not in texts]
    share = float(np.mean(is_targeted)) if len(frame) else 0.0
    profile = Profile(
        profiles.effects(frame, codes, 2, numbers)[0], value_effects(frame, codes, 2, texts)[0], Shares(share)
    )
    told: Any = tuple(first) or tuple(frame.columns)
    return Targeted(
        int(np.sum(is_targeted)), share, profiles.names([profile], told)[0],
        profiles.sentence(profile, told, currency), profile,
    )  # fmt: skip
