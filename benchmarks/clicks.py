"""The clicks that are measured: fifty million of a year, in the order of their time, made once and kept in benchmarks/out."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.measure import OUT
from benchmarks.shop import HOME

EVENTS = 50_000_000
FILE = OUT / "clicks.parquet"
"""The clicks as a tracker wrote them: no sessions, no numbers."""
NAME = "clicks"
"""The dataset of the same clicks, numbered, with their sessions."""

_DAYS = 364
_WEEK = 7
_VISITORS = 2_000_000
_CLICKS_A_VISIT = 6.6
_PRODUCTS = 4_000
_CATEGORIES = 16
_PAGES = ("home", "search", "category", "product", "product reviews", "help", "cart", "thank you")
_DEVICES = ("phone", "desktop", "tablet")
_SOURCES = ("search", "direct", "e-mail", "social", "advertisement")
_COUNTRIES = ("Germany", "France", "Spain", "Italy", "Poland", "Sweden", "Austria", "Portugal")


def prepare_file() -> None:
    """Make the file where it is not there yet; half a minute the first time."""
    if not FILE.is_file():
        OUT.mkdir(parents=True, exist_ok=True)
        write(EVENTS)


def prepare() -> None:
    """Make the dataset where it is not there yet; some minutes the first time."""
    from analytics.datasets import list_datasets
    from analytics.intake import import_events

    prepare_file()
    os.environ["CLIENTELE_HOME"] = str(HOME)
    if NAME not in {item.dataset for item in list_datasets()}:
        import_events(FILE, name=NAME)


def write(events: int) -> None:
    """Write so many clicks, week by week."""
    part = FILE.with_suffix(".part")
    rng = np.random.default_rng(7)
    writer = None
    for week in _weeks(rng, events):
        writer = writer or pq.ParquetWriter(part, week.schema, compression="snappy")
        writer.write_table(week)
    assert writer is not None
    writer.close()
    part.rename(FILE)


def _weeks(rng: np.random.Generator, events: int) -> Iterator[pa.Table]:
    visitors = _names("v", _VISITORS)
    customers = _names("c", _VISITORS)
    products = _names("p", _PRODUCTS)
    weeks = _DAYS // _WEEK
    for week in range(weeks):
        wanted = events * (week + 1) // weeks - events * week // weeks
        yield _week(rng, week, wanted, visitors, customers, products)


def _week(
    rng: np.random.Generator, week: int, clicks: int, visitors: pa.Array, customers: pa.Array, products: pa.Array
) -> pa.Table:
    """So many clicks of a week. A few visitors come all the time, most come rarely: a hundredth of them make a fifth of the
    visits, and one makes one visit in 130."""
    visits = int(clicks / _CLICKS_A_VISIT * 1.1) + 100
    lengths = np.where(rng.random(visits) < 0.25, 1, rng.geometric(1 / 8.5, visits))
    visit = np.repeat(np.arange(visits), lengths)[:clicks]
    assert len(visit) == clicks
    who = (_VISITORS * rng.random(visits) ** 3).astype(np.int64)[visit]
    pauses = np.minimum(rng.lognormal(3.4, 1.1, clicks), 1_500).astype(np.int64)
    begins = np.flatnonzero(np.diff(visit, prepend=-1))
    pauses[begins] = 0
    passed = np.cumsum(pauses)
    passed -= passed[begins][visit]
    hours = rng.normal(15, 4.5, visits) % 24
    start = (rng.integers(0, _WEEK, visits) * 86_400 + hours * 3_600).astype(np.int64)
    at = 1_735_689_600 + week * _WEEK * 86_400 + start[visit] + passed
    in_time = np.argsort(at, kind="stable")
    visit, who, at = visit[in_time], who[in_time], at[in_time]

    kind = np.searchsorted(np.array([0.88, 0.96]), rng.random(clicks), side="right")
    page = np.where(kind == 0, rng.integers(0, 6, clicks), kind + 5)
    product = (_PRODUCTS * rng.random(clicks) ** 2).astype(np.int64)
    no_product = (kind == 0) & (page != 3) & (page != 4)
    return pa.table(
        {
            "visitor_id": visitors.take(pa.array(who)),
            "occurred_at": pa.array(at * 1_000_000).cast(pa.timestamp("us")),
            "customer_id": customers.take(pa.array(who, mask=who % 3 > 0)),
            "event_type": _words(kind, ("view", "cart", "purchase")),
            "page": _words(page, _PAGES),
            "category": _words(product % _CATEGORIES, tuple(f"category {n}" for n in range(_CATEGORIES)), page < 2),
            "product_id": products.take(pa.array(product, mask=no_product)),
            "country": _words(who % len(_COUNTRIES), _COUNTRIES),
            "device": _words(visit % len(_DEVICES), _DEVICES),
            "source": _words(visit % len(_SOURCES), _SOURCES),
        }
    )


def _names(letter: str, count: int) -> pa.Array:
    return pa.array([f"{letter}{number:07d}" for number in range(count)])


def _words(codes: np.ndarray, words: tuple[str, ...], missing: np.ndarray | None = None) -> pa.Array:
    indices = pa.array(codes.astype(np.int8), mask=missing)
    return pa.DictionaryArray.from_arrays(indices, pa.array(words)).cast(pa.string())


if __name__ == "__main__":
    write(int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS)
