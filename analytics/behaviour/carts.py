"""Abandoned carts: what was put into the cart and not bought, by whom, for how much and how long ago.

A cart is a session in which something was put into the cart. It is left when nothing was bought in that session, and the same
visitor or customer bought nothing within a grace after the last click that filled it (exactly the grace still counts);
where there are orders, an order of the customer's clears it too.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from analytics.behaviour import cart_rows
from analytics.behaviour.cart_rows import CART
from analytics.behaviour.steps import step_choices
from analytics.customers import KEY, resolve_as_of
from analytics.datasets import Version
from analytics.digest import code_digest
from analytics.errors import EmptyDataError
from analytics.matching import Mask
from analytics.sources import Source
from analytics.text import say

Array = np.ndarray[Any, Any]

GRACE_HOURS: Final = 24.0
AGE_BANDS: Final = (1, 3, 7, 30, 90)
"""Days up to which a band of ages goes; the last band has no end."""


@dataclass(frozen=True, slots=True, eq=False)
class Carts:
    """Every session with something put into the cart; arrays by session number, of shape (carts,) where nothing else is said."""

    session: Array
    is_timed: bool
    """Whether clicks have a time, so that what was bought afterwards can be known."""
    is_bought: Mask
    """Whether something was bought in the same session."""
    hours_until_bought: Array
    """From the last click that filled it to the visitor's or customer's next purchase or order; missing where none came."""
    clicks: Array
    """Clicks that put something in."""
    value: Array
    """Σ clicks × the product's last known price; missing where no price is known."""
    age_days: Array
    """Calendar days from it to the as-of date; missing where clicks have no day."""
    customer: Array
    """The place in `customer_ids`; below 0 where nobody knows."""
    customer_ids: pd.Index[Any]
    has_consent: Array
    """Whether each customer agreed to e-mail: 1, 0, or below 0 where nobody knows. Shape (customers,)."""
    product_cart: Array
    """The cart that a product is in: its place in the arrays above. Shape (pairs,)."""
    product: Array
    """The place in `product_names`. Shape (pairs,)."""
    product_clicks: Array
    """Shape (pairs,)."""
    product_value: Array
    """Missing where the price is not known. Shape (pairs,)."""
    product_ids: pd.Index[Any]
    product_names: pd.Index[Any]

    def left(self, keep: Mask | None = None, grace_hours: float = GRACE_HOURS) -> Mask:
        """Which carts were left, of the sessions that a filter keeps; `keep` is by session number. Shape (carts,)."""
        with np.errstate(invalid="ignore"):
            is_left: Mask = ~self.is_bought & ~(self.hours_until_bought <= grace_hours)
        return is_left if keep is None else is_left & keep[self.session]


@dataclass(frozen=True, slots=True)
class CartFigures:
    """The carts in numbers."""

    filled: int
    """Sessions with something put into the cart."""
    left: int
    share: float | None
    """Of the carts filled, those left; None without any."""
    value: float | None
    """Of those left whose price is known; None where none is."""
    priced: int
    """How many of those left have a known price."""
    customers: int
    """Known customers who left one."""
    with_consent: int | None
    """Of them, those who agreed to e-mail; None where nobody said."""
    unknown: int
    """Carts left by visitors whom nobody knows."""
    bought_later: float | None
    """Of the carts left by known customers, the share whose owner bought after the grace; None without clock or customers."""
    hours_until_bought_median: float | None
    """Of those, the typical hours until then."""


def summarise_carts(carts: Carts, keep: Mask | None = None, people: pd.Series[Any] | None = None) -> CartFigures:
    """The carts of the sessions kept in numbers; `keep` is by session number.

    `people` are the `customer_id`s that count as customers, as a filter on customers leaves them; they are counted by all
    their carts, as the list of them is. Without it, they are those of the sessions kept.
    """
    is_left = carts.left(keep)
    filled = len(carts.session) if keep is None else int(keep[carts.session].sum())
    left = int(is_left.sum())
    value = carts.value[is_left]
    priced = int(np.isfinite(value).sum())
    is_known = is_left & (carts.customer >= 0)
    who = np.unique(carts.customer[is_known])
    if people is not None:
        everyone = np.unique(carts.customer[carts.left(None) & (carts.customer >= 0)])
        who = everyone[carts.customer_ids[everyone].isin(people)]
    consents = carts.has_consent[who]
    hours = carts.hours_until_bought[is_known]
    later = hours[np.isfinite(hours)]
    return CartFigures(
        filled,
        left,
        left / filled if filled else None,
        float(np.nansum(value)) if priced else None,
        priced,
        len(who),
        int((consents == 1).sum()) if (carts.has_consent >= 0).any() else None,
        left - int(is_known.sum()),
        len(later) / len(hours) if len(hours) and carts.is_timed else None,
        float(np.median(later)) if len(later) else None,
    )


def age_band(age_days: Array) -> Array:
    """The band of each age: its place in `AGE_BANDS`, past its end for older ones, below 0 where the age is missing."""
    return np.where(np.isfinite(age_days), np.searchsorted(AGE_BANDS, np.nan_to_num(age_days)), -1)


def value_edges(carts: Carts) -> tuple[float, ...]:
    """Round amounts that part the carts left into some three to five like parts: where a band of values begins."""
    known = carts.value[carts.left() & np.isfinite(carts.value)]
    if not len(known):
        return ()
    return tuple(sorted({_rounded(float(value)) for value in np.quantile(known, [0.25, 0.5, 0.75, 0.93])} - {0.0}))


def _rounded(value: float) -> float:
    """The nearest of 1, 2, 5 × a power of ten, and halves between."""
    if value <= 0:
        return 0.0
    power = 10.0 ** np.floor(np.log10(value))
    return float(
        power * min((1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 7.5, 10.0), key=lambda step: abs(value / power - step))
    )


def by_age_and_value(carts: Carts, edges: Sequence[float], keep: Mask | None = None) -> tuple[Array, Array]:
    """Carts left and their value by band of age and of value: two arrays of shape (ages + 1, edges + 1).

    Carts without a known age or price are in neither.
    """
    is_left = carts.left(keep) & np.isfinite(carts.age_days) & np.isfinite(carts.value)
    ages, values = age_band(carts.age_days[is_left]), carts.value[is_left]
    shape = (len(AGE_BANDS) + 1, len(edges) + 1)
    cells = ages * shape[1] + np.searchsorted(list(edges), values, side="right")
    size = shape[0] * shape[1]
    return (
        np.bincount(cells, minlength=size).reshape(shape),
        np.bincount(cells, values, minlength=size).reshape(shape),
    )


def by_age(carts: Carts, keep: Mask | None = None) -> tuple[Array, Array]:
    """Carts left, and their known value, by band of age. Two arrays of shape (ages + 1,)."""
    is_left = carts.left(keep) & np.isfinite(carts.age_days)
    bands = age_band(carts.age_days[is_left])
    values = np.nan_to_num(carts.value[is_left])
    size = len(AGE_BANDS) + 1
    return np.bincount(bands, minlength=size), np.bincount(bands, values, minlength=size)


def left_products(carts: Carts, keep: Mask | None = None, most: int = 10) -> pd.DataFrame:
    """The products left in most carts: `product_id`, `name`, `carts`, `clicks`, `value` (missing where no price is known)."""
    chosen = carts.left(keep)[carts.product_cart]
    count = len(carts.product_ids)
    product, value = carts.product[chosen], carts.product_value[chosen]
    is_priced = np.isfinite(value)
    priced = np.bincount(product[is_priced], minlength=count)
    table = pd.DataFrame(
        {
            "product_id": carts.product_ids,
            "name": carts.product_names,
            "carts": np.bincount(product, minlength=count),
            "clicks": np.bincount(product, carts.product_clicks[chosen], minlength=count).astype(np.int64),
            "value": np.where(priced > 0, np.bincount(product[is_priced], value[is_priced], minlength=count), np.nan),
        }
    )
    table = table[table["carts"] > 0].sort_values(["carts", "product_id"], ascending=[False, True])
    return table.head(most).reset_index(drop=True)


def choose_carts(carts: Carts, details: Mapping[str, Any], keep: Mask | None = None) -> Mask:
    """The carts left that a deed's details mean: ages, values, a product. Shape (carts,)."""
    chosen = carts.left(keep)
    with np.errstate(invalid="ignore"):
        if (days := details.get("within_days")) is not None:
            chosen &= carts.age_days <= days
        if (days := details.get("older_than_days")) is not None:
            chosen &= carts.age_days > days
        if (value := details.get("min_value")) is not None:
            chosen &= carts.value >= value
        if (value := details.get("below_value")) is not None:
            chosen &= carts.value < value
    if (product := details.get("product")) is not None:
        has_it = np.zeros(len(chosen), dtype=bool)
        has_it[carts.product_cart[carts.product_ids[carts.product] == product]] = True
        chosen &= has_it
    return chosen


# On the engine, and beside the version


def check_carts(source: Source) -> None:
    """Refuse data in which nothing was ever put into a cart.

    Raises:
        NotFoundError: the dataset has no clicks.
        EmptyDataError: none of them has the event `cart`; the message names those that there are.
    """
    events = step_choices(source).clicks.get("event", {})
    if not events:
        raise EmptyDataError(
            say("The clicks of '{name}' have no kinds of events, so nobody knows what a cart is.", name=source.name)
        )
    if CART not in events:
        there_is = ", ".join(events)
        raise EmptyDataError(
            say("'{name}' has no carts: the kinds of events are {events}, not cart.", name=source.name, events=there_is)
        )


def find_carts(source: Source, as_of: date | None = None) -> Carts:
    """Every session with something put into the cart before a day; kept beside a stored version.

    Without a clock only what was bought in the same session clears a cart, as nobody knows what came first.

    Raises:
        NotFoundError: the dataset has no clicks.
    """
    day = resolve_as_of(source, as_of)
    if source.stored is not None and (kept := _kept(source.stored, day)) is not None:
        return kept
    carts, pairs = cart_rows.carts(source, day), cart_rows.products(source, day)
    if source.stored is not None:
        for frame, path in zip((carts, pairs), _files(source.stored, day), strict=True):
            source.stored.keep(path.name, _parquet(frame))
    return _read(carts, pairs)


def are_kept(stored: Version, as_of: date) -> bool:
    """Whether the carts were found before and are beside the version."""
    return all(path.is_file() for path in _files(stored, as_of))


def _kept(stored: Version, as_of: date) -> Carts | None:
    if are_kept(stored, as_of):
        with contextlib.suppress(OSError, pa.ArrowInvalid):  # a damaged file is as good as none
            return _read(*(pd.read_parquet(path) for path in _files(stored, as_of)))
    return None


def _files(stored: Version, day: date) -> list[Path]:
    return [
        stored.cache_path(f"{name}-{day.isoformat()}-{code_digest()}.parquet") for name in ("carts", "cart-products")
    ]


def _parquet(frame: pd.DataFrame) -> bytes:
    file = io.BytesIO()
    frame.to_parquet(file, index=False, compression="zstd")
    return file.getvalue()


def _read(carts: pd.DataFrame, pairs: pd.DataFrame) -> Carts:
    sessions = carts["session"].to_numpy(dtype=np.int32)
    place = np.searchsorted(sessions, pairs["session"].to_numpy())
    priced = pairs["value"].to_numpy(dtype=float)
    known = np.isfinite(priced)
    value = np.bincount(place[known], priced[known], minlength=len(sessions)).astype(float)  # whole if there is none
    value[np.bincount(place[known], minlength=len(sessions)) == 0] = np.nan
    customers = carts[KEY].cat
    consent = np.full(len(customers.categories), -1, dtype=np.int8)
    if "has_email_consent" in carts:
        said = carts[carts[KEY].notna() & carts["has_email_consent"].notna()]
        consent[said[KEY].cat.codes] = said["has_email_consent"].astype(bool)
    product = pairs[pairs["product_id"].notna()]
    names = product.drop_duplicates("product_id").set_index("product_id")["name"].astype(object)
    nothing = np.full(len(sessions), np.nan)
    has_hours = "hours_until_bought" in carts
    found = {
        "session": sessions,
        "is_timed": has_hours,
        "is_bought": carts["is_bought"].to_numpy(dtype=bool),
        "hours_until_bought": carts["hours_until_bought"].to_numpy(dtype=float) if has_hours else nothing,
        "clicks": carts["clicks"].to_numpy(),
        "value": value,
        "age_days": carts["age_days"].to_numpy(dtype=float, na_value=np.nan),
        "customer": customers.codes.to_numpy(dtype=np.int32),
        "customer_ids": customers.categories,
        "has_consent": consent,
        "product_cart": np.searchsorted(sessions, product["session"].to_numpy()),
        "product": product["product_id"].cat.codes.to_numpy(dtype=np.int32),
        "product_clicks": product["clicks"].to_numpy(),
        "product_value": product["value"].to_numpy(dtype=float),
        "product_ids": pairs["product_id"].cat.categories,
        "product_names": pd.Index(names.reindex(pairs["product_id"].cat.categories)),
    }
    assert set(found) == {item.name for item in fields(Carts)}  # noqa: S101 - every array is there
    return Carts(**found)
