"""The invented shop as tables: from numbers to names, dates and money, as Arrow record batches."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data._behaviour import BEHAVIOUR_TYPES, FIRST_DAY, Ints
from data._orders import (
    CATEGORY_OF_PRODUCT,
    DAY_SECONDS,
    ON_SHELF,
    Lines,
    Orders,
    People,
    by_type,
    choose,
)
from data._shop import (
    ACQUISITION_CHANNELS,
    AGE_BANDS,
    CATEGORIES,
    COUNTRIES,
    DEVICES,
    EVENT_TYPES,
    GENDERS,
    INCOME_BANDS,
    ORDER_CHANNELS,
    PAGES,
    SOURCES,
)
from data._visits import Events

INSTANT = pa.timestamp("us")
CLICK = pa.timestamp("ms")
"""Whole seconds as milliseconds take a fifth less room."""
WORD = pa.dictionary(pa.int8(), pa.string())
EMAIL_DOMAIN = "@example.com"
ESTABLISHED_DAYS = 60
"""Customers whose first order is within so many days of the data's beginning mostly signed up before it."""
UNIX_DAY = (FIRST_DAY - date(1970, 1, 1)).days
OTHER_GENDER = GENDERS.index("other")


@dataclass(frozen=True, slots=True)
class SampleTable:
    """A file of the sample: its name, what one row is, and its columns."""

    name: str
    schema: Any
    delta_columns: tuple[str, ...] = ()
    """Columns that Parquet stores as differences: instants and running numbers."""
    prefix_columns: tuple[str, ...] = ()
    """Columns of text that begins as in the row before."""


ORDER_LINES = SampleTable(
    "order_lines",
    pa.schema(
        [
            ("order_id", pa.string()),
            ("customer_id", pa.string()),
            ("ordered_at", INSTANT),
            ("product_id", WORD),
            ("product_name", WORD),
            ("category", WORD),
            ("quantity", pa.int32()),
            ("unit_price", pa.float64()),
            ("country", WORD),
            ("channel", WORD),
        ]
    ),
    delta_columns=("ordered_at",),
    prefix_columns=("order_id",),
)
EVENTS = SampleTable(
    "events",
    pa.schema(
        [
            ("visitor_id", pa.string()),
            ("occurred_at", CLICK),
            ("customer_id", pa.string()),
            ("event_type", WORD),
            ("page", WORD),
            ("category", WORD),
            ("product_id", WORD),
            ("price", pa.float64()),
            ("country", WORD),
            ("device", WORD),
            ("source", WORD),
        ]
    ),
    delta_columns=("occurred_at",),
)
CUSTOMERS = SampleTable(
    "customers",
    pa.schema(
        [
            ("customer_id", pa.string()),
            ("email", pa.string()),
            ("phone", pa.string()),
            ("first_name", pa.string()),
            ("last_name", pa.string()),
            ("country", WORD),
            ("city", pa.string()),
            ("gender", WORD),
            ("age_band", WORD),
            ("income_band", WORD),
            ("channel", WORD),
            ("signed_up_on", pa.date32()),
            ("has_email_consent", pa.bool_()),
        ]
    ),
    prefix_columns=("customer_id",),
)
TRUTH = SampleTable(
    "truth", pa.schema([("customer_id", pa.string()), ("behaviour_type", WORD)]), prefix_columns=("customer_id",)
)
TABLES = (ORDER_LINES, EVENTS, CUSTOMERS, TRUTH)


def order_lines_table(people: People, orders: Orders, lines: Lines, first_order: int) -> Any:
    """The lines as the shop's own order export has them; `first_order` is the number of the first order."""
    order_ids = numbered("O-", first_order + np.arange(len(orders.at)))
    both_ids = pa.concat_arrays([order_ids, pc.binary_join_element_wise("C", order_ids, "")])
    person = orders.person[lines.order]
    return pa.table(
        [
            both_ids.take(pa.array(lines.order + len(orders.at) * lines.is_refund)),
            customer_ids(people).take(pa.array(person)),
            instants(lines.at),
            words(lines.product, [product.product_id for product in ON_SHELF]),
            words(lines.product, [product.name for product in ON_SHELF]),
            words(CATEGORY_OF_PRODUCT[lines.product], [category.name for category in CATEGORIES]),
            pa.array(lines.quantity.astype(np.int32)),
            pa.array(lines.price_cents / 100),
            words(people.country[person], [country.name for country in COUNTRIES]),
            words(orders.channel[lines.order], ORDER_CHANNELS),
        ],
        schema=ORDER_LINES.schema,
    )


def events_table(people: People, events: Events, first_visitor: int) -> Any:
    """The clicks; `first_visitor` is the number of the first visitor."""
    visitors = int(events.visitor.max(initial=0)) + 1
    return pa.table(
        [
            numbered("V-", first_visitor + np.arange(visitors)).take(pa.array(events.visitor)),
            instants(events.at).cast(CLICK),
            customer_ids(people).take(pa.array(events.person, mask=events.person < 0)),
            words(events.event_type, EVENT_TYPES),
            words(events.page, PAGES),
            words(events.category, [category.name for category in CATEGORIES]),
            words(events.product, [product.product_id for product in ON_SHELF]),
            pa.array(events.price_cents / 100, mask=events.price_cents < 0),
            words(events.country, [country.name for country in COUNTRIES]),
            words(events.device, DEVICES),
            words(events.source, SOURCES),
        ],
        schema=EVENTS.schema,
    )


def customers_table(rng: np.random.Generator, people: People, orders: Orders) -> Any:
    """What the shop knows of its customers beside what they ordered."""
    count = int((~people.is_guest).sum())
    kind, home, number = people.behaviour[:count], people.country[:count], people.number[:count]
    gender = choose(rng, by_type("genders"), kind)
    is_man = np.where(gender == OTHER_GENDER, rng.random(count) < 0.5, gender == GENDERS.index("male"))
    first_name = _of_country(
        rng, [names for country in COUNTRIES for names in (country.women, country.men)], 2 * home + is_man
    )
    last_name = _of_country(rng, [country.last_names for country in COUNTRIES], home)
    email = pc.binary_join_element_wise(
        plain(first_name), ".", plain(last_name), pc.cast(pa.array(number), pa.string()), EMAIL_DOMAIN, ""
    )
    return pa.table(
        [
            customer_ids(people).slice(0, count),
            email,
            _phones(rng, home),
            first_name,
            last_name,
            words(home, [country.name for country in COUNTRIES]),
            _of_country(rng, [country.cities for country in COUNTRIES], home),
            words(gender, GENDERS),
            words(choose(rng, by_type("ages"), kind), AGE_BANDS),
            words(choose(rng, by_type("incomes"), kind), INCOME_BANDS),
            words(choose(rng, by_type("acquisition"), kind), ACQUISITION_CHANNELS),
            _sign_up_days(rng, orders, count),
            pa.array(rng.random(count) < by_type("consent_share")[kind]),
        ],
        schema=CUSTOMERS.schema,
    )


def truth_table(people: People) -> Any:
    """Which behaviour each customer was given: for tests, not for analyses."""
    count = int((~people.is_guest).sum())
    names = [kind.name for kind in BEHAVIOUR_TYPES]
    return pa.table([customer_ids(people).slice(0, count), words(people.behaviour[:count], names)], schema=TRUTH.schema)


def customer_ids(people: People) -> Any:
    """The id of each person; guests have none."""
    return pc.if_else(pa.array(people.is_guest), pa.scalar(None, pa.string()), numbered("K-", people.number))


def numbered(prefix: str, numbers: Ints) -> Any:
    """Ids such as O-000123."""
    digits = pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), 6, "0")
    return pc.binary_join_element_wise(prefix, digits, "")


def words(places: Ints, names: Any) -> Any:
    """A column of words from places in their list; a negative place is missing."""
    return pa.DictionaryArray.from_arrays(
        pa.array(places.astype(np.int8), mask=places < 0), pa.array(list(names), pa.string())
    )


def instants(seconds: Ints) -> Any:
    """Instants from seconds after the first midnight."""
    return pa.array((seconds + UNIX_DAY * DAY_SECONDS) * 1_000_000).cast(INSTANT)


def plain(names: Any) -> Any:
    """Names as they are written in an e-mail address: small letters without accents."""
    spelled = names.dictionary_encode()
    simple = [
        "".join(
            letter for letter in unicodedata.normalize("NFKD", name.lower()) if letter.isascii() and letter.isalpha()
        )
        for name in spelled.dictionary.to_pylist()
    ]
    return pa.array(simple, pa.string()).take(spelled.indices)


def _of_country(rng: np.random.Generator, lists: list[tuple[str, ...]], which: Ints) -> Any:
    """For each element one name from the list that `which` says."""
    sizes = np.array([len(names) for names in lists])
    starts = np.cumsum(sizes) - sizes
    place = starts[which] + (rng.random(len(which)) * sizes[which]).astype(np.int64)
    return pa.array([name for names in lists for name in names], pa.string()).take(pa.array(place))


def _phones(rng: np.random.Generator, home: Ints) -> Any:
    prefixes = pa.array([country.phone_prefix for country in COUNTRIES], pa.string()).take(pa.array(home))
    digits = np.array([country.phone_digits for country in COUNTRIES])[home]
    number = pc.cast(pa.array((rng.random(len(home)) * 10**digits).astype(np.int64)), pa.string())
    padded = pc.utf8_lpad(number, 9, "0")
    endings: Any = pa.nulls(len(home), pa.string())
    for size in sorted(set(digits[digits > 0].tolist())):
        endings = pc.if_else(pa.array(digits == size), pc.utf8_slice_codeunits(padded, 9 - size), endings)
    has_phone = rng.random(len(home)) < 0.85
    whole = pc.binary_join_element_wise(prefixes, endings, "")
    return pc.if_else(pa.array(has_phone), whole, pa.scalar(None, pa.string()))


def _sign_up_days(rng: np.random.Generator, orders: Orders, count: int) -> Any:
    first = np.full(int(orders.person.max(initial=0)) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, orders.person, orders.at)
    day = first[:count] // DAY_SECONDS
    is_established = (day < ESTABLISHED_DAYS) & (rng.random(count) < 0.8)
    before = np.where(is_established, day + rng.integers(1, 1000, count), rng.exponential(4, count).astype(np.int64))
    return pa.array((day - before + UNIX_DAY).astype(np.int32)).cast(pa.date32())
