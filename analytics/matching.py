"""Columns compared with a value: numbers as numbers, days as their ISO form, texts without regard to case."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analytics.errors import RequestError

Mask = np.ndarray[Any, np.dtype[np.bool_]]
_TEXT_ONLY: Final = ("contains", "does not contain", "starts with", "ends with")


def matches(values: pd.Series[Any], operator: str, value: Any) -> Mask:
    """Which values of a column compare as the rules' operator says, shape (rows,). Flags are compared as yes and no.

    Raises:
        RequestError: a number is compared with what is none.
    """
    if operator == "missing":
        return values.isna().to_numpy()
    if operator == "known":
        return values.notna().to_numpy()
    if isinstance(values.dtype, pd.CategoricalDtype):
        # Compared once for each category, not once for each customer.
        categories = pd.Series(values.cat.categories.astype(str))
        of_category = np.append(_compare_text(categories, operator, value), _holds_for_missing(operator))
        found: Mask = of_category[values.cat.codes.to_numpy()]
        return found
    if pd.api.types.is_bool_dtype(values.dtype) or _is_flag(values):
        flags = values.map({True: "yes", False: "no"}).astype("str")
        return _compare_text(flags, operator, _said(value))
    if pd.api.types.is_numeric_dtype(values.dtype) and operator not in _TEXT_ONLY:
        return _compare_numbers(values.to_numpy(dtype=float, na_value=np.nan), operator, value, str(values.name))
    return _compare_text(values.astype("str"), operator, value)


def _is_flag(values: pd.Series[Any]) -> bool:
    return values.dtype == object and bool(values.dropna().map(lambda item: isinstance(item, bool)).all())


def _said(value: Any) -> Any:
    """JSON's true and false as flags are compared: yes and no."""
    if isinstance(value, tuple):
        return tuple(_said(item) for item in value)
    return ("yes" if value else "no") if isinstance(value, bool) else value


def _holds_for_missing(operator: str) -> bool:
    return operator in ("not equal to", "does not contain")


def _compare_numbers(numbers: np.ndarray[Any, Any], operator: str, value: Any, column: str) -> Mask:
    def number(told: Any) -> float:
        try:
            return float(told)
        except (TypeError, ValueError, OverflowError):
            raise RequestError(f"'{column}' is a number; '{told}' is not.") from None

    compared: Mask
    match operator:
        case "equal to":
            compared = numbers == number(value)
        case "not equal to":
            compared = numbers != number(value)
        case "one of":
            compared = np.isin(numbers, [number(item) for item in value])
        case "at least":
            compared = numbers >= number(value)
        case "at most":
            compared = numbers <= number(value)
        case "above":
            compared = numbers > number(value)
        case "below":
            compared = numbers < number(value)
        case _:
            compared = (numbers >= number(value[0])) & (numbers <= number(value[1]))
    return compared


def _compare_text(texts: pd.Series[Any], operator: str, value: Any) -> Mask:
    """Text is compared without regard to case; days compare as their ISO form."""
    array = pa.array(texts, type=pa.large_string(), from_pandas=True)

    def folded(item: Any) -> str:
        # By the same function as the column: Python's casefold makes "ss" of "ß", and "Straße" would not equal itself.
        text = str(item.isoformat() if isinstance(item, date) else item)
        return str(pc.utf8_lower(pa.scalar(text, pa.large_string())).as_py())

    lowered = pc.utf8_lower(array)
    match operator:
        case "equal to":
            answer = pc.equal(lowered, folded(value))
        case "not equal to":
            answer = pc.not_equal(lowered, folded(value))
        case "one of":
            answer = pc.is_in(lowered, value_set=pa.array([folded(item) for item in value], type=pa.large_string()))
        case "contains":
            answer = pc.match_substring(lowered, folded(value))
        case "does not contain":
            answer = pc.invert(pc.match_substring(lowered, folded(value)))
        case "starts with":
            answer = pc.starts_with(lowered, folded(value))
        case "ends with":
            answer = pc.ends_with(lowered, folded(value))
        case "at least":
            answer = pc.greater_equal(lowered, folded(value))
        case "at most":
            answer = pc.less_equal(lowered, folded(value))
        case "above":
            answer = pc.greater(lowered, folded(value))
        case "below":
            answer = pc.less(lowered, folded(value))
        case _:
            answer = pc.and_(pc.greater_equal(lowered, folded(value[0])), pc.less_equal(lowered, folded(value[1])))
    mask: Mask = pc.fill_null(answer, _holds_for_missing(operator)).to_numpy(zero_copy_only=False)
    return mask
