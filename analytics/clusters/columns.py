"""Columns of the customer table as numbers or as named values, whatever type they came in."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from analytics.customers import measurable

Values = np.ndarray[Any, np.dtype[np.float64]]
Codes = np.ndarray[Any, np.dtype[np.intp]]
_YES_OR_NO = {True: "yes", False: "no"}


def is_day(column: pd.Series[Any]) -> bool:
    """Whether a column holds days or instants."""
    return pd.api.types.is_datetime64_any_dtype(column.dtype) or _holds(column, date)


def is_flag(column: pd.Series[Any]) -> bool:
    """Whether a column holds yes and no, missing or not."""
    return pd.api.types.is_bool_dtype(column.dtype) or _holds(column, bool)


def is_number(column: pd.Series[Any]) -> bool:
    """Whether a column is taken as one number: numbers and days are, flags and texts are not."""
    if is_flag(column):
        return False
    is_counted = pd.api.types.is_numeric_dtype(column.dtype) or _holds(column, int | float | Decimal)
    return is_counted or is_day(column)


def _holds(column: pd.Series[Any], kinds: Any) -> bool:
    """Whether a column of objects has values, and all that are known are of these kinds."""
    if column.dtype != object:
        return False
    known = column.dropna()
    return bool(len(known)) and all(isinstance(value, kinds) for value in known)


def numbers(column: pd.Series[Any], origin: date | None = None) -> Values:
    """A column as numbers, those that are missing or beyond measure as NaN; days as days before `origin`. Shape (customers,)."""
    if is_day(column):
        instants = column if column.dtype != object else pd.to_datetime(column)
        zero = pd.Timestamp(origin or date(1970, 1, 1), tz=instants.dt.tz)
        return np.asarray((zero - instants) / pd.Timedelta(days=1), dtype=np.float64)
    if column.dtype == object:
        pairs = zip(column, column.isna(), strict=True)
        return measurable(np.array([np.nan if missing else float(value) for value, missing in pairs]))
    return measurable(column.to_numpy(dtype=np.float64, na_value=np.nan))


def named(column: pd.Series[Any]) -> tuple[Codes, tuple[str, ...]]:
    """A column as named values: the number of each customer's value, -1 where it is missing, and the values in order.

    Shapes (customers,) and (values,). A flag's values are `yes` and `no`; what is written alike is one value.
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes, known = column.cat.codes.to_numpy().astype(np.intp), column.cat.categories
    else:
        codes, known = pd.factorize(column)
    told = [_YES_OR_NO[bool(value)] if isinstance(value, bool | np.bool_) else str(value) for value in known]
    values = sorted(set(told))
    places = {value: place for place, value in enumerate(values)}
    place_of = np.array([*(places[value] for value in told), -1], dtype=np.intp)
    return place_of[codes], tuple(values)


def texts(column: pd.Series[Any]) -> pd.Series[Any]:
    """A column as texts, missing as missing; a flag as `yes` and `no`."""
    codes, known = named(column)
    return pd.Series(np.array([*known, None], dtype=object)[codes], index=column.index, dtype="str")
