"""How the shop's customers behave: the planted types, and the calendars that their orders follow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

FIRST_DAY = date(2024, 1, 1)
LAST_DAY = date(2025, 12, 31)
DAYS = (LAST_DAY - FIRST_DAY).days + 1
DROP_OFF_MONTH = date(2024, 6, 1)
"""A voucher campaign brought many customers that month, and most of them only once."""

MOTHERS_DAYS = (date(2024, 5, 12), date(2025, 5, 11))
SALES = (
    (date(2024, 1, 2), date(2024, 1, 15)),
    (date(2024, 7, 1), date(2024, 7, 14)),
    (date(2024, 11, 25), date(2024, 12, 1)),
    (date(2025, 1, 2), date(2025, 1, 15)),
    (date(2025, 7, 1), date(2025, 7, 14)),
    (date(2025, 11, 24), date(2025, 11, 30)),
)
WEEKDAY_WEIGHTS = (1.15, 1.05, 1.0, 0.98, 0.9, 0.8, 1.12)
HOUR_WEIGHTS = (0, 0, 0, 0, 0, 0, 1, 2, 4, 5, 6, 6, 7, 6, 5, 5, 5, 6, 7, 9, 11, 9, 5, 2)
GROWTH_PER_YEAR = 0.18
SALE_DISCOUNT_PERCENT = 20
PRICE_RISE_PERCENT = 4
"""On 1 January 2025."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """How likely an order is on a day of the year, before weekdays and growth."""

    name: str
    months: tuple[float, ...]
    mothers_day: float
    """Factor in the ten days before Mother's Day."""
    sales: float
    """Factor while there is a sale."""
    after_christmas_post: float
    """Factor from 23 December, when parcels would come too late."""


EVERYDAY = Calendar("everyday", (0.9, 0.9, 0.9, 0.95, 1, 0.9, 0.85, 0.85, 0.95, 1.05, 1.6, 2.0), 1.6, 1.05, 0.5)
GIFT_SEASON = Calendar("gift season", (0.02,) * 4 + (0.08,) + (0.02,) * 4 + (0.15, 1.0, 1.3), 8.0, 1.0, 0.2)
BARGAINS = Calendar("bargains", (1, 0.9, 0.9, 0.9, 1, 0.9, 0.9, 0.85, 0.9, 1, 1.3, 1.2), 1.1, 2.4, 0.9)
CALENDARS = (EVERYDAY, GIFT_SEASON, BARGAINS)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Days between which customers place their first order, and the share of the type's customers who do then."""

    first: date
    last: date
    share: float


@dataclass(frozen=True, slots=True)
class BehaviourType:
    """A planted type of customer: its rhythm, its baskets, its decay and its way of browsing."""

    name: str
    meaning: str
    share: float
    calendar: Calendar
    arrivals: tuple[Arrivals, ...]
    orders_per_year: float
    """After the first one, while the customer stays, in a year of the calendar's average weight."""
    orders_spread: float
    """Standard deviation of the log of that between customers."""
    orders_at_least: int
    stays_days: tuple[int, int]
    unevenness: float
    """0: orders come like clockwork, 1: at random."""
    decay: float
    """Above 1, orders thin out while the customer stays."""
    lines_per_order: float
    units_per_line: float
    category_likes: tuple[float, ...]
    """In the order of `CATEGORIES`."""
    price_taste: float
    """Above 0, dear products are liked more; below, cheap ones."""
    refund_share: float
    visits_per_order: float
    """Visits without a purchase."""
    carts_left_share: float
    """Share of those visits that leave a cart."""
    views_per_visit: float
    order_channels: tuple[float, ...]
    sources: tuple[float, ...]
    landings: tuple[float, ...]
    """Weights of the first five of `PAGES`."""
    acquisition: tuple[float, ...]
    ages: tuple[float, ...]
    incomes: tuple[float, ...]
    genders: tuple[float, ...]
    consent_share: float


BEHAVIOUR_TYPES: tuple[BehaviourType, ...] = (
    BehaviourType(
        name="devoted_regular",
        meaning="Orders every few weeks, year in, year out, and looks around before each order.",
        share=0.15,
        calendar=EVERYDAY,
        arrivals=(
            Arrivals(FIRST_DAY, date(2024, 2, 15), 0.45),
            Arrivals(date(2024, 2, 16), date(2024, 5, 31), 0.15),
            Arrivals(date(2024, 7, 1), date(2025, 8, 15), 0.4),
        ),
        orders_per_year=6.2,
        orders_spread=0.25,
        orders_at_least=4,
        stays_days=(DAYS, DAYS),
        unevenness=0.7,
        decay=1.0,
        lines_per_order=2.3,
        units_per_line=1.25,
        category_likes=(1.4, 1.6, 0.8, 0.9, 1.3, 0.6, 1.0),
        price_taste=0.1,
        refund_share=0.018,
        visits_per_order=0.5,
        carts_left_share=0.15,
        views_per_visit=1.8,
        order_channels=(0.38, 0.24, 0.38),
        sources=(0.15, 0.45, 0.3, 0.08, 0.02),
        landings=(0.45, 0.15, 0.25, 0.13, 0.02),
        acquisition=(0.3, 0.35, 0.15, 0.18, 0.02),
        ages=(0.03, 0.12, 0.25, 0.28, 0.2, 0.12),
        incomes=(0.08, 0.2, 0.34, 0.26, 0.12),
        genders=(0.7, 0.28, 0.02),
        consent_share=0.78,
    ),
    BehaviourType(
        name="seasonal_giver",
        meaning="Comes before Christmas and Mother's Day, fills a large basket with dear things, and is gone till next time.",
        share=0.15,
        calendar=GIFT_SEASON,
        arrivals=(
            Arrivals(date(2024, 5, 1), date(2024, 5, 31), 0.12),
            Arrivals(date(2024, 11, 1), date(2024, 12, 31), 0.66),
            Arrivals(date(2025, 5, 1), date(2025, 5, 31), 0.06),
            Arrivals(date(2025, 11, 1), date(2025, 12, 31), 0.16),
        ),
        orders_per_year=1.7,
        orders_spread=0.25,
        orders_at_least=2,
        stays_days=(DAYS, DAYS),
        unevenness=1.0,
        decay=1.0,
        lines_per_order=5.2,
        units_per_line=1.6,
        category_likes=(1.0, 0.7, 0.5, 0.8, 1.2, 1.6, 2.2),
        price_taste=0.3,
        refund_share=0.03,
        visits_per_order=0.9,
        carts_left_share=0.25,
        views_per_visit=2.8,
        order_channels=(0.54, 0.06, 0.4),
        sources=(0.4, 0.2, 0.25, 0.12, 0.03),
        landings=(0.35, 0.25, 0.25, 0.13, 0.02),
        acquisition=(0.4, 0.25, 0.15, 0.18, 0.02),
        ages=(0.02, 0.08, 0.2, 0.27, 0.26, 0.17),
        incomes=(0.04, 0.12, 0.26, 0.33, 0.25),
        genders=(0.52, 0.46, 0.02),
        consent_share=0.6,
    ),
    BehaviourType(
        name="bargain_hunter",
        meaning="Visits often, leaves carts, and buys little and cheap things, most of all in the sales.",
        share=0.17,
        calendar=BARGAINS,
        arrivals=(
            Arrivals(FIRST_DAY, date(2024, 2, 15), 0.3),
            Arrivals(date(2024, 2, 16), date(2024, 9, 30), 0.35),
            Arrivals(date(2024, 10, 1), date(2025, 8, 15), 0.35),
        ),
        orders_per_year=5.2,
        orders_spread=0.3,
        orders_at_least=3,
        stays_days=(DAYS, DAYS),
        unevenness=1.0,
        decay=1.0,
        lines_per_order=1.2,
        units_per_line=1.1,
        category_likes=(1.0, 1.0, 1.7, 0.7, 0.4, 0.5, 0.6),
        price_taste=-1.1,
        refund_share=0.022,
        visits_per_order=1.8,
        carts_left_share=0.55,
        views_per_visit=2.6,
        order_channels=(0.56, 0.36, 0.08),
        sources=(0.15, 0.15, 0.3, 0.15, 0.25),
        landings=(0.15, 0.2, 0.15, 0.15, 0.35),
        acquisition=(0.25, 0.1, 0.25, 0.02, 0.38),
        ages=(0.22, 0.32, 0.22, 0.12, 0.08, 0.04),
        incomes=(0.34, 0.36, 0.2, 0.08, 0.02),
        genders=(0.58, 0.4, 0.02),
        consent_share=0.88,
    ),
    BehaviourType(
        name="one_time_buyer",
        meaning="Ordered once and never again.",
        share=0.24,
        calendar=EVERYDAY,
        arrivals=(Arrivals(FIRST_DAY, LAST_DAY, 0.74), Arrivals(DROP_OFF_MONTH, date(2024, 6, 30), 0.26)),
        orders_per_year=0.0,
        orders_spread=0.0,
        orders_at_least=1,
        stays_days=(0, 0),
        unevenness=1.0,
        decay=1.0,
        lines_per_order=1.7,
        units_per_line=1.15,
        category_likes=(1.0, 0.7, 1.0, 1.1, 1.1, 0.8, 1.0),
        price_taste=0.0,
        refund_share=0.045,
        visits_per_order=1.2,
        carts_left_share=0.2,
        views_per_visit=2.2,
        order_channels=(0.56, 0.04, 0.4),
        sources=(0.48, 0.14, 0.03, 0.23, 0.12),
        landings=(0.2, 0.25, 0.2, 0.3, 0.05),
        acquisition=(0.42, 0.1, 0.24, 0.08, 0.16),
        ages=(0.14, 0.24, 0.22, 0.18, 0.13, 0.09),
        incomes=(0.18, 0.28, 0.28, 0.18, 0.08),
        genders=(0.6, 0.38, 0.02),
        consent_share=0.38,
    ),
    BehaviourType(
        name="faded_regular",
        meaning="Was a regular for some months, ordered ever more seldom, and has stayed away since.",
        share=0.15,
        calendar=EVERYDAY,
        arrivals=(
            Arrivals(FIRST_DAY, date(2024, 2, 15), 0.4),
            Arrivals(date(2024, 2, 16), date(2024, 9, 15), 0.48),
            Arrivals(date(2024, 9, 16), date(2025, 2, 28), 0.12),
        ),
        orders_per_year=10.0,
        orders_spread=0.25,
        orders_at_least=3,
        stays_days=(120, 270),
        unevenness=0.8,
        decay=1.4,
        lines_per_order=2.0,
        units_per_line=1.2,
        category_likes=(1.1, 0.8, 0.9, 1.6, 1.2, 0.8, 0.8),
        price_taste=0.05,
        refund_share=0.06,
        visits_per_order=0.5,
        carts_left_share=0.25,
        views_per_visit=1.8,
        order_channels=(0.46, 0.16, 0.38),
        sources=(0.25, 0.35, 0.25, 0.12, 0.03),
        landings=(0.4, 0.18, 0.24, 0.15, 0.03),
        acquisition=(0.35, 0.25, 0.2, 0.15, 0.05),
        ages=(0.06, 0.18, 0.26, 0.24, 0.16, 0.1),
        incomes=(0.12, 0.24, 0.32, 0.22, 0.1),
        genders=(0.66, 0.32, 0.02),
        consent_share=0.42,
    ),
    BehaviourType(
        name="new_enthusiast",
        meaning="Found the shop a few weeks or months ago, and has come back in quick succession.",
        share=0.14,
        calendar=EVERYDAY,
        arrivals=(
            Arrivals(date(2025, 6, 20), date(2025, 8, 31), 0.25),
            Arrivals(date(2025, 9, 1), date(2025, 12, 10), 0.75),
        ),
        orders_per_year=9.0,
        orders_spread=0.3,
        orders_at_least=2,
        stays_days=(DAYS, DAYS),
        unevenness=1.0,
        decay=1.0,
        lines_per_order=2.3,
        units_per_line=1.2,
        category_likes=(1.6, 0.9, 1.3, 0.6, 1.2, 0.9, 1.0),
        price_taste=0.1,
        refund_share=0.03,
        visits_per_order=1.2,
        carts_left_share=0.3,
        views_per_visit=3.2,
        order_channels=(0.38, 0.5, 0.12),
        sources=(0.15, 0.2, 0.2, 0.42, 0.03),
        landings=(0.3, 0.12, 0.25, 0.3, 0.03),
        acquisition=(0.18, 0.2, 0.54, 0.06, 0.02),
        ages=(0.24, 0.38, 0.2, 0.1, 0.05, 0.03),
        incomes=(0.14, 0.28, 0.32, 0.18, 0.08),
        genders=(0.68, 0.28, 0.04),
        consent_share=0.85,
    ),
)
ONE_TIME_BUYER = next(place for place, kind in enumerate(BEHAVIOUR_TYPES) if kind.name == "one_time_buyer")


def day_number(day: date) -> int:
    """The day's place in the two years, from 0."""
    return (day - FIRST_DAY).days


def calendar_weights(calendar: Calendar) -> Floats:
    """A weight for each of the days, with an average of one over the two years."""
    days = [FIRST_DAY + timedelta(days=number) for number in range(DAYS)]
    weights: Floats = np.array([calendar.months[day.month - 1] * WEEKDAY_WEIGHTS[day.weekday()] for day in days])
    weights *= (1 + GROWTH_PER_YEAR) ** (np.arange(DAYS) / 365)
    weights[is_before_mothers_day()] *= calendar.mothers_day
    weights[is_sale_day()] *= calendar.sales
    weights[[day.month == 12 and day.day >= 23 for day in days]] *= calendar.after_christmas_post
    weights /= weights.mean()
    return weights


def arrival_weights(kind: BehaviourType) -> Floats:
    """The probability of each day to be that of a customer's first order."""
    within = calendar_weights(kind.calendar)
    weights = np.zeros(DAYS)
    for arrivals in kind.arrivals:
        days = slice(day_number(arrivals.first), day_number(arrivals.last) + 1)
        weights[days] += arrivals.share * within[days] / within[days].sum()
    weights /= weights.sum()
    return weights


def is_sale_day() -> Bools:
    """Which of the days are in a sale."""
    return _is_within((day_number(first), day_number(last)) for first, last in SALES)


def is_before_mothers_day() -> Bools:
    """Which of the days are among the ten that end with Mother's Day."""
    return _is_within((day_number(day) - 9, day_number(day)) for day in MOTHERS_DAYS)


def season_of_day() -> Ints:
    """The place in `SEASONS` of each of the days."""
    winter = _is_within((day_number(date(year, 11, 1)), day_number(date(year, 12, 31))) for year in (2024, 2025))
    return np.where(winter, 2, np.where(is_before_mothers_day(), 1, 0))


def _is_within(spans: Iterable[tuple[int, int]]) -> Bools:
    days = np.arange(DAYS)
    within: Bools = np.logical_or.reduce([(days >= first) & (days <= last) for first, last in spans])
    return within
