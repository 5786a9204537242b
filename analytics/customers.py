"""The customer table: one row per customer, a column per metric and attribute. The only place where customers come into
memory.

A customer is in the table when there is an order of theirs before `as_of`. Rows are in the order of `customer_id`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analytics import metrics as metric_registry
from analytics.datasets import Version
from analytics.digest import code_digest
from analytics.errors import EmptyDataError, RequestError
from analytics.metrics import METRICS, Metric, is_metric, metrics_named, needs_sessions
from analytics.schema import PINNED, SCORED, SESSIONS
from analytics.sessions import complete
from analytics.sources import MOST_CUSTOMERS, Source, fetch, open_source
from analytics.text import say

KEY = "customer_id"
PERSONAL = (KEY, "email", "phone", "first_name", "last_name")
"""Columns that name a person; every other text is a category."""
BEYOND_MEASURE = 1e30
"""A number of a shop's own that is larger is a slip: what counts with it takes it for missing, since its square is no number."""
RESERVED = ("recency_score", "frequency_score", "monetary_score", "segment", "cluster")
"""Columns that segmentations add, with those that begin with `pinned_` or `score_`. A shop's own attribute of that name, or of
a metric's, becomes `own_segment` and so on."""


@dataclass(frozen=True, slots=True, eq=False)
class CustomerTable:
    """One row per customer, ordered by `customer_id`: metrics as numbers, attributes as categories, flags, dates or text."""

    frame: pd.DataFrame
    as_of: date
    currency: str
    key: str
    """A text that no other version of any dataset has."""
    metrics: tuple[Metric, ...]
    attributes: tuple[str, ...]
    source: Source | None = None
    """Where the rows came from; None for a table that was made by hand."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Headings of columns that their users named: the kept segmentations'."""
    _kept: dict[Any, Any] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.frame)

    def sorted_by(self, column: str, *, descending: bool = False) -> np.ndarray[Any, Any]:
        """The row numbers in the order of a column, missing values last, ties by `customer_id`. Shape (customers,)."""
        found: np.ndarray[Any, Any] = self.once(
            (column, descending), lambda: _sorted(self.frame[column], descending=descending)
        )
        return found

    def searchable(self) -> pa.ChunkedArray | pa.Array:
        """What names each customer, in small letters and in one text per customer. Shape (customers,)."""
        return self.once("searchable", lambda: _searchable(self.frame))

    def days(self) -> frozenset[str]:
        """The columns that hold days: instants that are all at midnight."""
        found: frozenset[str] = self.once("days", lambda: _days(self.frame))
        return found

    def with_columns(self, **columns: Any) -> CustomerTable:
        """The same customers with further attributes."""
        added = (*self.attributes, *(name for name in columns if name not in self.attributes))
        return replace(self, frame=self.frame.assign(**columns), attributes=added, _kept={})

    def reopened(self) -> Source:
        """The source that the table came from, on an engine of its own: threads do not meet on one connection.

        Raises:
            RequestError: the table was made by hand.
        """
        if self.source is None:
            raise RequestError("These customers come from no dataset: what they did cannot be looked up.")
        return open_source(self.source.stored) if self.source.stored is not None else self.source

    def once(self, key: object, compute: Callable[[], Any]) -> Any:
        """What is computed from this table, kept with it."""
        if key not in self._kept:
            self._kept[key] = compute()
        return self._kept[key]


def resolve_as_of(source: Source, as_of: date | None) -> date:
    """The as-of date, which is the day after the last order where none is given."""
    return as_of or source.default_as_of


def customer_table(source: Source, as_of: date | None = None, *, metrics: Iterable[str] | None = None) -> CustomerTable:
    """Reduce a source to one row per customer.

    Without `metrics` the table has every metric that the source allows, and the customers' attributes; it is kept as Parquet
    beside a stored version. With `metrics` it has exactly those and no attributes, and only the rows that they need are read.

    Raises:
        RequestError: a metric does not exist.
        EmptyDataError: nobody ordered before `as_of`.
    """
    if not source.has("orders"):
        raise EmptyDataError(
            say(
                "Dataset '{name}' has no orders, so it has no customers to study. Import its order file under the same name.",
                name=source.name,
            )
        )
    day = resolve_as_of(source, as_of)
    if metrics is None:
        has_visits = knows_visits(source)
        chosen = tuple(
            metric for metric in METRICS if (has_visits if needs_sessions(metric) else _is_had(source, metric))
        )
        frame = _stored(source, day, chosen)
    else:
        chosen = metrics_named(metrics)
        frame = fetch(_expression(source, day, chosen, with_attributes=False), at_most=_most(source))
    if frame.empty:
        raise EmptyDataError(
            f"Nobody ordered before {day.isoformat()} in dataset '{source.name}'. Choose a later as-of date."
        )
    names = tuple(metric.name for metric in chosen)
    attributes = tuple(name for name in frame.columns if name != KEY and name not in names)
    return CustomerTable(frame, day, source.currency, source.key, chosen, attributes, source)


def knows_visits(source: Source) -> bool:
    """Whether there are sessions whose customers are known."""
    if not source.has("sessions"):
        return False
    sessions = source.table("sessions")
    if KEY not in sessions.columns:
        return False
    return bool(fetch(sessions.aggregate(known=sessions[KEY].count() > 0)).known.iloc[0])


def _is_had(source: Source, metric: Metric) -> bool:
    return metric.table == "customer" or source.has(metric.table) or metric.without_rows is not None


def _most(source: Source) -> int | None:
    """The limit for the engine; none where the version says that its customers fit, because a limit costs time."""
    is_known_to_fit = source.stored is not None and source.stored.manifest.customers <= MOST_CUSTOMERS
    return None if is_known_to_fit else MOST_CUSTOMERS


def _expression(source: Source, as_of: date, metrics: tuple[Metric, ...], *, with_attributes: bool) -> Any:
    """The customer table as one Ibis expression, ordered by customer."""
    import ibis

    needed = _with_ingredients(metrics)
    joined = _reduced(source, "orders", as_of, [m for m in needed if m.table == "orders"])
    for name in ("order_lines", "returns", "sessions"):
        own = [metric for metric in needed if metric.table == name]
        if not own:
            continue
        if source.has(name):
            joined = joined.left_join(_reduced(source, name, as_of, own), KEY).drop(f"{KEY}_right")
            joined = joined.mutate(
                **{m.name: joined[m.name].fill_null(m.without_rows) for m in own if m.without_rows is not None}
            )
        else:
            joined = joined.mutate(**{metric.name: _without_rows(ibis, metric) for metric in own})
    derived = {metric.name: metric.expression(joined, as_of) for metric in needed if metric.table == "customer"}
    if derived:
        joined = joined.mutate(**derived)
    joined = joined.select(KEY, *(metric.name for metric in metrics))
    if with_attributes:
        joined = _with_attributes(source, as_of, joined)
    return joined.order_by(KEY)


def _without_rows(ibis: Any, metric: Metric) -> Any:
    """A metric's value where its table is not there at all, of the type that it has where the table is."""
    if needs_sessions(metric):
        return ibis.null("float64")
    return ibis.literal(metric.without_rows, "int64" if isinstance(metric.without_rows, int) else "float64")


def _with_ingredients(metrics: tuple[Metric, ...]) -> tuple[Metric, ...]:
    """The metrics, and before them all those that a metric over metrics may refer to."""
    names = {name for metric in metrics for name in metric.ingredients}
    return tuple(metric for metric in METRICS if metric in metrics or metric.name in names) if names else metrics


def _reduced(source: Source, name: str, as_of: date, metrics: list[Metric]) -> Any:
    rows = _visits(source, as_of) if name == "sessions" else source.table(name)
    # Comparing every instant costs a fifth of the whole, and by default no order lies on the as-of date or after it.
    if name == "returns" or (name != "sessions" and as_of < source.default_as_of):
        rows = rows.filter(rows["returned_at" if name == "returns" else "ordered_at"] < as_of)
    return rows.group_by(KEY).agg(**{metric.name: metric.expression(rows, as_of) for metric in metrics})


def _visits(source: Source, as_of: date) -> Any:
    """The sessions of known customers that began before the as-of date; where sessions have no days, all of them."""
    sessions = complete(source.table("sessions"), SESSIONS)
    return sessions.filter(sessions[KEY].notnull(), (sessions.started_on < as_of).fill_null(True))


def _favourite(visits: Any, column: Any, name: str) -> Any:
    """What most of a customer's visits have in a column; of two with as many the first in order."""
    import ibis

    known = visits.select(KEY, **{name: column})
    known = known.filter(known[name].notnull())
    pairs = known.group_by(KEY, name).agg(visits=known.count())
    most = ibis.window(group_by=pairs[KEY], order_by=[pairs["visits"].desc(), pairs[name]])
    ranked = pairs.mutate(rank=ibis.row_number().over(most))
    return ranked.filter(ranked["rank"] == 0).select(KEY, name)


def _with_favourites(source: Source, as_of: date, customers: Any) -> Any:
    """Join the category that most visits were about, and the hour at which most of them began, as `09:00`."""
    visits = _visits(source, as_of)
    hour = visits.started_at.hour().cast("string").lpad(2, "0") + ":00"
    for name, column in (("favourite_category", visits.main_category), ("favourite_visit_hour", hour)):
        customers = customers.left_join(_favourite(visits, column, name), KEY).drop(f"{KEY}_right")
    return customers


def _with_attributes(source: Source, as_of: date, customers: Any) -> Any:
    """Join the shop's own attributes; where they say nothing of the place, the latest order does."""
    import ibis

    if any(is_metric(name) and needs_sessions(metric_registry.metric(name)) for name in customers.columns):
        customers = _with_favourites(source, as_of, customers)
    own = set(customers.columns) - {KEY}
    for name in ("country", "channel"):
        customers = customers.left_join(_latest(source, as_of, name), KEY).drop(f"{KEY}_right")
    if not source.has("customers"):
        return customers
    attributes = source.table("customers")
    taken = {name.lower() for name in (*own, *RESERVED)}
    reserved = (PINNED, SCORED)
    clashing = [name for name in attributes.columns if name.lower() in taken or name.lower().startswith(reserved)]
    attributes = attributes.rename({f"own_{name.lower()}": name for name in clashing})
    # A decimal would come into memory as an object, and rules would compare it letter by letter.
    exact = [name for name, type_ in attributes.schema().items() if type_.is_decimal()]
    attributes = attributes.mutate(**{name: attributes[name].cast("float64") for name in exact})
    joined = customers.left_join(attributes, KEY, rname="own_{name}").drop(f"own_{KEY}")
    for name in ("country", "channel"):
        if name in attributes.columns:
            joined = joined.mutate(**{name: ibis.coalesce(joined[f"own_{name}"], joined[name])}).drop(f"own_{name}")
    return joined


def _latest(source: Source, as_of: date, column: str) -> Any:
    """The value of a column on each customer's latest order that has one; of two at one instant the first by name."""
    import ibis

    orders = source.table("orders")
    orders = orders.filter(orders.ordered_at < as_of, orders[column].notnull())
    pairs = orders.group_by(KEY, column).agg(last=orders.ordered_at.max())
    latest = ibis.window(group_by=KEY, order_by=[pairs["last"].desc(), pairs[column]])
    ranked = pairs.mutate(rank=ibis.row_number().over(latest))
    return ranked.filter(ranked["rank"] == 0).select(KEY, column)


def _stored(source: Source, as_of: date, metrics: tuple[Metric, ...]) -> pd.DataFrame:
    """The whole table, from beside the version where it was computed before."""
    if source.stored is None:
        return _typed(fetch(_expression(source, as_of, metrics, with_attributes=True)))
    path = _stored_path(source.stored, as_of)
    if path.is_file():
        with contextlib.suppress(OSError, pa.ArrowInvalid):  # a damaged file is as good as none
            return pd.read_parquet(path)
    frame = _typed(fetch(_expression(source, as_of, metrics, with_attributes=True)))
    source.stored.keep(path.name, frame.to_parquet(None, index=False))
    return frame


def is_stored(version: Version, as_of: date) -> bool:
    """Whether the whole table of that day was computed before, so that it only has to be read."""
    return _stored_path(version, as_of).is_file()


def _stored_path(version: Version, as_of: date) -> Path:
    return version.cache_path(f"customers-{as_of.isoformat()}-{code_digest()}.parquet")


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Attributes that anyone has, text as categories in alphabetical order except where it names a person."""
    unknown = [name for name in frame.columns if not is_metric(name) and frame[name].isna().all()]
    frame = frame.drop(columns=unknown)
    for name in frame.columns:
        if name not in PERSONAL and isinstance(frame[name].dtype, pd.StringDtype):
            frame[name] = frame[name].astype("category")
        elif frame[name].dtype == object and isinstance(frame[name].dropna().iloc[0], date):
            frame[name] = frame[name].astype("datetime64[ms]")  # what Parquet gives back
    return frame


def _days(frame: pd.DataFrame) -> frozenset[str]:
    instants = (str(name) for name in frame.select_dtypes("datetime"))
    return frozenset(name for name in instants if frame[name].dropna().dt.normalize().eq(frame[name].dropna()).all())


def _searchable(frame: pd.DataFrame) -> pa.ChunkedArray | pa.Array:
    kind = pa.large_string()
    texts = [pa.array(frame[name], type=kind, from_pandas=True) for name in PERSONAL if name in frame.columns]
    between = pa.scalar("\n", kind)
    if {"first_name", "last_name"} <= set(frame.columns):
        *texts, first, last = texts  # a full name is found as it is said
        names = pc.binary_join_element_wise(
            first, last, pa.scalar(" ", kind), null_handling="replace", null_replacement=""
        )
        texts.append(names)
    return pc.utf8_lower(pc.binary_join_element_wise(*texts, between, null_handling="replace", null_replacement=""))


def _sorted(values: pd.Series[Any], *, descending: bool) -> np.ndarray[Any, Any]:
    if isinstance(values.dtype, pd.CategoricalDtype):
        codes = values.cat.codes.to_numpy()
        keys = np.where(codes < 0, np.inf, -codes.astype(float) if descending else codes)
    elif pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_bool_dtype(values.dtype):
        numbers = values.to_numpy(dtype=float, na_value=np.nan)
        keys = -numbers if descending else numbers
    else:
        ordered = values.sort_values(kind="stable", ascending=not descending, na_position="last")
        return ordered.index.to_numpy()
    return np.argsort(keys, kind="stable").astype(np.int32)


def measurable(values: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Numbers of customers, with those that are infinite or beyond `BEYOND_MEASURE` as missing."""
    is_beyond = np.abs(values) > BEYOND_MEASURE  # which is false of what is missing already
    return np.where(is_beyond, np.nan, values) if is_beyond.any() else values


def summary(frame: pd.DataFrame) -> Mapping[str, float]:
    """Customers, orders and revenue of some rows of the customer table."""
    return {
        "customers": len(frame),
        "orders": int(frame["order_count"].sum()),
        "revenue": float(frame["revenue_total"].sum()),
    }
