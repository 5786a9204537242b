"""Who clicked what, and when: visits that end in an order, leave a cart, look around or bounce."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from data._behaviour import EVERYDAY, ONE_TIME_BUYER, Bools, Floats, Ints, calendar_weights, season_of_day
from data._orders import (
    CATEGORY_OF_PRODUCT,
    DAY_SECONDS,
    GIFT,
    Lines,
    Orders,
    People,
    by_type,
    choose,
    price_on,
    product_taste,
    second_of_day,
)
from data._shop import COUNTRIES, EVENT_TYPES, ONLINE_CHANNELS, ORDER_CHANNELS, PAGES, SEASONS

VIEW, CART, PURCHASE = (EVENT_TYPES.index(name) for name in ("view", "cart", "purchase"))
HOME, SEARCH, CATEGORY, PRODUCT, SALE, BASKET, CHECKOUT, CONFIRMATION = range(len(PAGES))
BROWSED_PAGES = np.array([[0.0, 0.14, 0.24, 0.6, 0.02]])
DEVICE_SHARES = np.array([[0.56, 0.36, 0.08]])
APP_DEVICE_SHARES = np.array([[0.93, 0.0, 0.07]])

STRANGERS_PER_CUSTOMER = 1.4
STRANGERS_CARTS_LEFT_SHARE = 0.08
BOUNCE_SHARE = 0.36
LOGGED_IN_SHARE = 0.8
"""Of the visits without a purchase, those where the shop knew which customer it was."""
APART_SECONDS = 3 * 3600
"""Between visits of one visitor: far more than the 30 minutes that end a session."""
VIEWED_FIRST_SHARE = 0.6
"""Of the products put into a cart, those whose own page was opened for it."""
LOOKED_AHEAD_DAYS = 9
DWELL_SECONDS = (2, 24, 800)
"""The shortest, median and longest time on a page."""

BOUNCED, LOOKED, CART_LEFT, BOUGHT = range(4)
NOTHING = -1


@dataclass(frozen=True, slots=True)
class Visits:
    """One element per visit, by visitor and time; `ends` counts seconds from the first midnight."""

    visitor: Ints
    ends: Ints
    behaviour: Ints
    outcome: Ints
    order: Ints
    """A place in `Orders`, or −1."""

    def take(self, places: Ints | Bools) -> Visits:
        return Visits(*(getattr(self, field.name)[places] for field in fields(self)))


@dataclass(frozen=True, slots=True)
class Events:
    """One element per click, by visitor and time; −1 where a click is of no product, category or customer."""

    visitor: Ints
    person: Ints
    at: Ints
    event_type: Ints
    page: Ints
    category: Ints
    product: Ints
    price_cents: Ints
    country: Ints
    device: Ints
    source: Ints

    def take(self, places: Ints) -> Events:
        return Events(*(getattr(self, field.name)[places] for field in fields(self)))


@dataclass(frozen=True, slots=True)
class _Steps:
    """Clicks in the making: `turn` orders the clicks of a visit."""

    visit: Ints
    turn: Ints
    event_type: Ints
    page: Ints
    product: Ints


def make_events(rng: np.random.Generator, people: People, orders: Orders, lines: Lines) -> Events:
    """The clicks of customers, of guests and of strangers who never bought."""
    visits, country = _make_visits(rng, people, orders)
    steps = _make_steps(rng, visits, orders, lines)
    by_turn = np.argsort(steps.visit * 1_000_000 + steps.turn, kind="stable")
    steps = _Steps(*(getattr(steps, field.name)[by_turn] for field in fields(_Steps)))
    at = _click_times(rng, steps, visits)
    events = _described(rng, steps, visits, people, orders, country, at)
    return events.take(np.lexsort((events.at, events.visitor)))


def _make_visits(rng: np.random.Generator, people: People, orders: Orders) -> tuple[Visits, Ints]:
    """The visits, and the country of each visitor: people first, then strangers."""
    online = np.flatnonzero(np.isin(orders.channel, [ORDER_CHANNELS.index(name) for name in ONLINE_CHANNELS]))
    person = orders.person[online]
    bought = Visits(
        visitor=person,
        ends=orders.at[online] - 1,
        behaviour=people.behaviour[person],
        outcome=np.full(len(online), BOUGHT),
        order=online,
    )

    kind = people.behaviour[orders.person]
    around = np.repeat(np.arange(len(kind)), rng.poisson(by_type("visits_per_order")[kind]))
    day = orders.at[around] // DAY_SECONDS - rng.exponential(LOOKED_AHEAD_DAYS, len(around)).astype(np.int64)
    behaviour = kind[around]
    looked = Visits(
        visitor=orders.person[around],
        ends=day * DAY_SECONDS + second_of_day(rng, len(around)),
        behaviour=behaviour,
        outcome=_outcomes(rng, by_type("carts_left_share")[behaviour]),
        order=np.full(len(around), NOTHING),
    ).take(day >= 0)

    strangers = int(rng.poisson(int((~people.is_guest).sum()) * STRANGERS_PER_CUSTOMER))
    stranger = np.repeat(np.arange(strangers), 1 + rng.poisson(0.3, strangers))
    day = choose(rng, calendar_weights(EVERYDAY)[None, :], np.zeros(len(stranger), dtype=np.int64))
    passed_by = Visits(
        visitor=len(people.number) + stranger,
        ends=day * DAY_SECONDS + second_of_day(rng, len(stranger)),
        behaviour=np.full(len(stranger), ONE_TIME_BUYER),
        outcome=_outcomes(rng, np.full(len(stranger), STRANGERS_CARTS_LEFT_SHARE)),
        order=np.full(len(stranger), NOTHING),
    )

    kinds = (bought, looked, passed_by)
    visits = Visits(*(np.concatenate([getattr(kind, field.name) for kind in kinds]) for field in fields(Visits)))
    visits = visits.take(np.lexsort((visits.ends, visits.visitor)))
    near = (np.diff(visits.visitor) == 0) & (np.diff(visits.ends) < APART_SECONDS)
    is_crowded = np.append(near, False) | np.insert(near, 0, False)
    visits = visits.take(~is_crowded | (visits.outcome == BOUGHT))
    homes = choose(rng, np.array([[country.share for country in COUNTRIES]]), np.zeros(strangers, dtype=np.int64))
    return visits, np.concatenate([people.country, homes])


def _outcomes(rng: np.random.Generator, carts_left_share: Floats) -> Ints:
    chance = rng.random(len(carts_left_share))
    bounced = (1 - carts_left_share) * BOUNCE_SHARE
    return np.where(
        chance < carts_left_share, CART_LEFT, np.where(chance < carts_left_share + bounced, BOUNCED, LOOKED)
    )


def _make_steps(rng: np.random.Generator, visits: Visits, orders: Orders, lines: Lines) -> _Steps:
    is_sale = ~lines.is_refund & (lines.product != GIFT)
    sold_order, sold_product = lines.order[is_sale], lines.product[is_sale]
    visit_of_order = np.full(len(orders.at), NOTHING)
    visit_of_order[visits.order[visits.order >= 0]] = np.flatnonzero(visits.order >= 0)
    is_online = visit_of_order[sold_order] >= 0
    bought, bought_product = visit_of_order[sold_order][is_online], sold_product[is_online]

    left = np.flatnonzero(visits.outcome == CART_LEFT)
    left = np.repeat(left, 1 + rng.poisson(0.5, len(left)))
    put = np.concatenate([bought, left])
    put_product = np.concatenate([bought_product, _drawn_products(rng, left, visits)])
    by_visit = np.argsort(put, kind="stable")
    put, put_product = put[by_visit], put_product[by_visit]
    puts = np.bincount(put, minlength=len(visits.ends))
    nth = np.arange(len(put)) - (np.cumsum(puts) - puts)[put]
    was_viewed = rng.random(len(put)) < VIEWED_FIRST_SHARE

    everyone = np.arange(len(visits.ends))
    landing = choose(rng, by_type("landings"), visits.behaviour)
    landed_on = np.where(landing == PRODUCT, _drawn_products(rng, everyone, visits), NOTHING)

    views = rng.poisson(by_type("views_per_visit")[visits.behaviour] * (visits.outcome != BOUNCED))
    browsed = np.repeat(everyone, views)
    browsed_page = choose(rng, BROWSED_PAGES, np.zeros(len(browsed), dtype=np.int64))
    browsed_turn = 1 + (rng.random(len(browsed)) * (100 * (puts[browsed] + 1) - 2)).astype(np.int64)

    chance = rng.random((2, len(everyone)))
    basket = np.flatnonzero(chance[0] < np.array([0, 0, 0.5, 0.7])[visits.outcome])
    checkout = np.flatnonzero(chance[1] < np.array([0, 0, 0.22, 1.0])[visits.outcome])
    is_paid = visits.outcome[put] == BOUGHT
    return _joined(
        _steps(everyone, 0, VIEW, landing, landed_on),
        _steps(browsed, browsed_turn, VIEW, browsed_page, _drawn_products(rng, browsed, visits)),
        _steps(put[was_viewed], (100 * nth + 70)[was_viewed], VIEW, PRODUCT, put_product[was_viewed]),
        _steps(put, 100 * nth + 90, CART, PRODUCT, put_product),
        _steps(basket, 100 * puts[basket] + 150, VIEW, BASKET, NOTHING),
        _steps(checkout, 100 * puts[checkout] + 160, VIEW, CHECKOUT, NOTHING),
        _steps(put[is_paid], (100 * puts[put] + 200 + nth)[is_paid], PURCHASE, CONFIRMATION, put_product[is_paid]),
    )


def _drawn_products(rng: np.random.Generator, visit: Ints, visits: Visits) -> Ints:
    season = season_of_day()[visits.ends[visit] // DAY_SECONDS]
    return choose(rng, product_taste(), visits.behaviour[visit] * len(SEASONS) + season)


def _steps(visit: Ints, turn: Ints | int, event_type: int, page: Ints | int, product: Ints | int) -> _Steps:
    return _Steps(visit, *(np.broadcast_to(part, visit.shape) for part in (turn, event_type, page, product)))


def _joined(*parts: _Steps) -> _Steps:
    return _Steps(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(_Steps)))


def _click_times(rng: np.random.Generator, steps: _Steps, visits: Visits) -> Ints:
    """Every visit ends when it should; purchases of one order are a second apart."""
    least, median, most = DWELL_SECONDS
    dwell = np.clip(median * rng.lognormal(0, 0.8, len(steps.visit)), least, most).astype(np.int64)
    dwell[steps.event_type == PURCHASE] = 1
    elapsed = np.cumsum(dwell) - dwell
    last = np.cumsum(np.bincount(steps.visit, minlength=len(visits.ends))) - 1
    return visits.ends[steps.visit] - (elapsed[last][steps.visit] - elapsed)


def _described(
    rng: np.random.Generator, steps: _Steps, visits: Visits, people: People, orders: Orders, country: Ints, at: Ints
) -> Events:
    is_of_product = (steps.page == PRODUCT) | (steps.event_type == PURCHASE)
    category = np.where(
        np.isin(steps.page, (CATEGORY, PRODUCT, CONFIRMATION)), CATEGORY_OF_PRODUCT[steps.product], NOTHING
    )
    product = np.where(is_of_product, steps.product, NOTHING)
    price_day = np.maximum(at, 0) // DAY_SECONDS
    visitor = visits.visitor[steps.visit]
    is_known = np.append(~people.is_guest, False)[np.minimum(visits.visitor, len(people.number))]
    is_known &= (visits.outcome == BOUGHT) | (rng.random(len(visits.ends)) < LOGGED_IN_SHARE)

    nobody = np.zeros(len(country), dtype=np.int64)
    own_device = choose(rng, DEVICE_SHARES, nobody)[visits.visitor]
    other_device = choose(rng, DEVICE_SHARES, np.zeros(len(visits.ends), dtype=np.int64))
    app_device = choose(rng, APP_DEVICE_SHARES, np.zeros(len(visits.ends), dtype=np.int64))
    is_app = (visits.order >= 0) & (orders.channel[visits.order] == ORDER_CHANNELS.index("app"))
    device = np.where(rng.random(len(visits.ends)) < 0.85, own_device, other_device)
    device = np.where(is_app, app_device, device)
    source = choose(rng, by_type("sources"), visits.behaviour)
    return Events(
        visitor=visitor,
        person=np.where(is_known, visits.visitor, NOTHING)[steps.visit],
        at=at,
        event_type=steps.event_type,
        page=steps.page,
        category=category,
        product=product,
        price_cents=np.where(is_of_product, price_on(steps.product, price_day), NOTHING),
        country=country[visitor],
        device=device[steps.visit],
        source=source[steps.visit],
    )
