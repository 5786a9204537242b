"""Who orders what, and when: people, their orders, the lines on them and what comes back."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date

import numpy as np

from data._behaviour import (
    BEHAVIOUR_TYPES,
    DAYS,
    HOUR_WEIGHTS,
    ONE_TIME_BUYER,
    PRICE_RISE_PERCENT,
    SALE_DISCOUNT_PERCENT,
    Bools,
    Floats,
    Ints,
    arrival_weights,
    calendar_weights,
    day_number,
    is_sale_day,
    season_of_day,
)
from data._shop import (
    AFFINITIES,
    CATEGORIES,
    COUNTRIES,
    FREE_GIFT,
    FREE_GIFT_FROM_CENTS,
    FREE_GIFT_SHARE,
    PRODUCTS,
    SEASONS,
)

ON_SHELF = (*PRODUCTS, FREE_GIFT)
GIFT = len(PRODUCTS)
DAY_SECONDS = 86_400
GUESTS_PER_CUSTOMER = 0.06
DUPLICATE_SHARE = 0.0015

CATEGORY_PLACE = {category.name: place for place, category in enumerate(CATEGORIES)}
PRODUCT_PLACE = {product.product_id: place for place, product in enumerate(ON_SHELF)}
CATEGORY_OF_PRODUCT = np.array([CATEGORY_PLACE[product.category] for product in ON_SHELF])


@dataclass(frozen=True, slots=True)
class People:
    """One element per person; the guests, whom the shop does not know, come last."""

    number: Ints
    behaviour: Ints
    country: Ints
    basket_scale: Floats
    is_guest: Bools


@dataclass(frozen=True, slots=True)
class Orders:
    """One element per order, by time; `at` counts seconds from the first midnight."""

    person: Ints
    at: Ints
    channel: Ints


@dataclass(frozen=True, slots=True)
class Lines:
    """One element per line, refunds included, by time; `order` is a place in `Orders`."""

    order: Ints
    at: Ints
    product: Ints
    quantity: Ints
    price_cents: Ints
    is_refund: Bools

    def take(self, places: Ints | Bools) -> Lines:
        return Lines(*(getattr(self, field.name)[places] for field in fields(self)))


def choose(rng: np.random.Generator, weights: Floats, rows: Ints) -> Ints:
    """For each element a column of `weights`, drawn by the weights in that element's row."""
    shares = np.cumsum(weights, axis=1)
    shares /= shares[:, -1:]
    ladder = (shares + np.arange(len(weights))[:, None]).ravel()
    found = np.searchsorted(ladder, rng.random(len(rows)) + rows, side="right")
    chosen: Ints = np.minimum(found - rows * weights.shape[1], weights.shape[1] - 1)
    return chosen


def by_type(name: str) -> Floats:
    """What every behaviour type says of one thing, as an array with a row per type."""
    return np.array([getattr(kind, name) for kind in BEHAVIOUR_TYPES], dtype=np.float64)


def second_of_day(rng: np.random.Generator, count: int) -> Ints:
    """A clock time for each order: seconds from midnight."""
    hours = choose(rng, np.array([HOUR_WEIGHTS], dtype=np.float64), np.zeros(count, dtype=np.int64))
    return hours * 3600 + rng.integers(0, 3600, count)


def price_on(product: Ints, day: Ints) -> Ints:
    """What a product costs on a day, in cents."""
    cents = np.array([item.price_cents for item in ON_SHELF])
    reduced = np.array([item.is_in_sale for item in ON_SHELF])
    is_dearer = day >= day_number(date(2025, 1, 1))
    price = np.where(is_dearer, cents[product] * (100 + PRICE_RISE_PERCENT) // 100, cents[product])
    is_cheaper = reduced[product] & is_sale_day()[day]
    return np.where(is_cheaper, price * (100 - SALE_DISCOUNT_PERCENT) // 100, price)


def product_taste() -> Floats:
    """How much each type likes each product in each season: rows are type × season, columns are products."""
    popularity = np.array([product.popularity for product in PRODUCTS])
    relative_price = np.array([product.price_cents for product in PRODUCTS]) / 1500
    season = np.array([category.liked_by_season for category in CATEGORIES])
    shelf = CATEGORY_OF_PRODUCT[:GIFT]
    taste = [
        popularity * np.array(kind.category_likes)[shelf] * season[shelf, place] * relative_price**kind.price_taste
        for kind in BEHAVIOUR_TYPES
        for place in range(len(SEASONS))
    ]
    return np.array(taste)


def make_people(rng: np.random.Generator, customers: int, first_number: int) -> People:
    """Customers numbered from `first_number`, and the guests of the same days."""
    guests = int(rng.poisson(customers * GUESTS_PER_CUSTOMER))
    count = customers + guests
    nobody = np.zeros(count, dtype=np.int64)
    behaviour = choose(rng, by_type("share")[None, :], nobody)
    is_guest = np.arange(count) >= customers
    behaviour[is_guest] = ONE_TIME_BUYER
    return People(
        number=np.where(is_guest, 0, first_number + np.arange(count)),
        behaviour=behaviour,
        country=choose(rng, np.array([[country.share for country in COUNTRIES]]), nobody),
        basket_scale=rng.lognormal(-0.03, 0.25, count),
        is_guest=is_guest,
    )


def make_orders(rng: np.random.Generator, people: People, *, reaches_last_day: bool) -> Orders:
    """When each person orders; with `reaches_last_day` the latest order is on the last day."""
    kind = people.behaviour
    arrival = choose(rng, np.array([arrival_weights(each) for each in BEHAVIOUR_TYPES]), kind)
    stays = by_type("stays_days")[kind]
    leaves = np.minimum(arrival + rng.uniform(stays[:, 0], stays[:, 1] + 1e-9).astype(np.int64), DAYS - 1)

    passed = np.array([np.append(0, np.cumsum(calendar_weights(each.calendar))) for each in BEHAVIOUR_TYPES])
    begins, ends = passed[kind, arrival + 1], passed[kind, leaves + 1]
    rate = by_type("orders_per_year")[kind] * np.exp(rng.normal(0, by_type("orders_spread")[kind]))
    expected = rate * (ends - begins) / 365
    further = np.maximum(rng.poisson(expected), by_type("orders_at_least")[kind].astype(np.int64) - 1)
    further[ends <= begins] = 0

    person = np.repeat(np.arange(len(kind)), further)
    turn = np.arange(len(person)) - np.repeat(np.cumsum(further) - further, further)
    unevenness = by_type("unevenness")[kind][person]
    place = (turn + 0.5 + unevenness * (rng.random(len(person)) - 0.5)) / further[person]
    weight = begins[person] + (ends - begins)[person] * place ** by_type("decay")[kind][person]
    ladder = (passed[:, 1:] / DAYS + 2 * np.arange(len(passed))[:, None]).ravel()
    day = np.searchsorted(ladder, weight / DAYS + 2 * kind[person], side="left") - kind[person] * DAYS

    person = np.concatenate([np.arange(len(kind)), person])
    day = np.minimum(np.concatenate([arrival, day]), DAYS - 1)
    at = day * DAY_SECONDS + second_of_day(rng, len(person))
    if reaches_last_day:
        latest = int(at.argmax())
        at[latest] = (DAYS - 1) * DAY_SECONDS + at[latest] % DAY_SECONDS
    by_time = np.argsort(at, kind="stable")
    person, at = person[by_time], at[by_time]
    return Orders(person, at, choose(rng, by_type("order_channels"), kind[person]))


def make_lines(rng: np.random.Generator, people: People, orders: Orders) -> Lines:
    """What is on each order, and what comes back."""
    kind = people.behaviour[orders.person]
    day = orders.at // DAY_SECONDS
    extra = (by_type("lines_per_order")[kind] - 1) * people.basket_scale[orders.person]
    count = 1 + rng.poisson(extra)
    order = np.repeat(np.arange(len(kind)), count)
    product = choose(rng, product_taste(), (kind * len(SEASONS) + season_of_day()[day])[order])
    order, product = _with_companions(rng, order, product)

    quantity = 1 + rng.poisson((by_type("units_per_line")[kind] - 1)[order])
    price = price_on(product, day[order])
    value = np.bincount(order, weights=quantity * price, minlength=len(kind))
    gifted = np.flatnonzero((value >= FREE_GIFT_FROM_CENTS) & (rng.random(len(kind)) < FREE_GIFT_SHARE))
    order = np.concatenate([order, gifted])
    none = np.zeros(len(gifted), dtype=np.int64)
    sold = Lines(
        order=order,
        at=orders.at[order],
        product=np.concatenate([product, none + GIFT]),
        quantity=np.concatenate([quantity, none + 1]),
        price_cents=np.concatenate([price, none]),
        is_refund=np.zeros(len(order), dtype=np.bool_),
    )
    back = _refunds(rng, sold, kind)
    both = Lines(*(np.concatenate([getattr(sold, f.name), getattr(back, f.name)]) for f in fields(Lines)))
    return both.take(np.lexsort((both.product, both.order, both.at)))


def with_duplicates(rng: np.random.Generator, lines: Lines) -> Lines:
    """The lines as a careless export would have them: a few sales are there twice."""
    is_twice = (rng.random(len(lines.order)) < DUPLICATE_SHARE) & ~lines.is_refund
    return lines.take(np.repeat(np.arange(len(is_twice)), 1 + is_twice))


def _with_companions(rng: np.random.Generator, order: Ints, product: Ints) -> tuple[Ints, Ints]:
    """Add what goes together, and leave each product once on an order."""
    companion = np.zeros(len(PRODUCTS), dtype=np.int64)
    share = np.zeros(len(PRODUCTS))
    for affinity in AFFINITIES:
        companion[PRODUCT_PLACE[affinity.product_id]] = PRODUCT_PLACE[affinity.goes_with]
        share[PRODUCT_PLACE[affinity.product_id]] = affinity.share
    is_joined = rng.random(len(product)) < share[product]
    order = np.concatenate([order, order[is_joined]])
    product = np.concatenate([product, companion[product[is_joined]]])
    once = np.unique(order * len(ON_SHELF) + product)
    return once // len(ON_SHELF), once % len(ON_SHELF)


def _refunds(rng: np.random.Generator, sold: Lines, kind: Ints) -> Lines:
    weight = np.array([category.refund_weight for category in CATEGORIES])[CATEGORY_OF_PRODUCT[sold.product]]
    is_back = (rng.random(len(weight)) < by_type("refund_share")[kind[sold.order]] * weight) & (sold.price_cents > 0)
    after = (3 * DAY_SECONDS + rng.exponential(9 * DAY_SECONDS, len(weight))).astype(np.int64)
    units = 1 + (rng.random(len(weight)) * sold.quantity).astype(np.int64)
    is_back &= sold.at + after < DAYS * DAY_SECONDS
    return Lines(
        order=sold.order[is_back],
        at=(sold.at + after)[is_back],
        product=sold.product[is_back],
        quantity=-units[is_back],
        price_cents=sold.price_cents[is_back],
        is_refund=np.ones(int(is_back.sum()), dtype=np.bool_),
    )
