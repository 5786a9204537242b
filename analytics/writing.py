"""Tables that leave the system: the only writer of CSV and Excel.

Text that a spreadsheet would take for a formula is neutralised in every cell, headers included.
"""

from __future__ import annotations

import contextlib
import io
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from analytics.errors import DataError

_DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r")
_DANGEROUS_START: Final = r"^[=+\-@\t\r]"
MOST_EXCEL_ROWS: Final = 1_048_575
_OPTIONS: Final = pyarrow.csv.WriteOptions(quoting_style="needed")


def neutralised(text: str) -> str:
    """The text with an apostrophe before it if a spreadsheet would run it as a formula."""
    return f"'{text}" if text.startswith(_DANGEROUS) else text


def write_csv(listed: pd.DataFrame) -> bytes:
    """A table as CSV."""
    columns = {neutralised(name): _safe_column(listed[name]) for name in listed.columns}
    target = io.BytesIO()
    pyarrow.csv.write_csv(pa.table(columns), target, _OPTIONS)
    return target.getvalue()


@contextlib.contextmanager
def csv_file(path: Path) -> Iterator[Callable[[pa.Table], None]]:
    """A CSV file that is written part by part, and is there when the block ends without an error; until then it is not."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    writers: list[Any] = []

    def write(part: pa.Table) -> None:
        safe = pa.table({neutralised(name): safe_array(part[name]) for name in part.column_names})
        if not writers:
            writers.append(pyarrow.csv.CSVWriter(aside, safe.schema, write_options=_OPTIONS))
        writers[0].write_table(safe)

    try:
        yield write
        writers[0].close()
        aside.replace(path)
    finally:
        for writer in writers:
            writer.close()
        aside.unlink(missing_ok=True)


def _safe_column(values: pd.Series[Any]) -> pa.Array:
    """A column for CSV: numbers and days as they are, text with dangerous beginnings neutralised."""
    array = pa.array(values, from_pandas=True)
    return array.cast(pa.date32()) if is_day(values) else safe_array(array)


def safe_array(array: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Values for CSV: text with dangerous beginnings neutralised, all else as it is."""
    if pa.types.is_dictionary(array.type):
        if isinstance(array, pa.ChunkedArray):
            array = array.combine_chunks()
        safe = pa.array([neutralised(str(item)) for item in array.dictionary.to_pylist()], type=pa.large_string())
        return pa.DictionaryArray.from_arrays(array.indices, safe).cast(pa.large_string())
    is_plain = pa.types.is_boolean(array.type) or pa.types.is_temporal(array.type)
    if not (is_plain or pa.types.is_integer(array.type) or pa.types.is_floating(array.type)):
        texts, empty = array.cast(pa.large_string()), pa.scalar("", pa.large_string())
        quoted = pc.binary_join_element_wise(pa.scalar("'", pa.large_string()), texts, empty)
        return pc.if_else(pc.match_substring_regex(texts, _DANGEROUS_START), quoted, texts)
    return array


def is_day(values: pd.Series[Any]) -> bool:
    """Whether a column holds days: instants that are all at midnight."""
    return pd.api.types.is_datetime64_any_dtype(values.dtype) and bool(
        (values.dropna().dt.normalize() == values.dropna()).all()
    )


def write_excel(listed: pd.DataFrame) -> bytes:
    """A table as a workbook of one sheet.

    Raises:
        DataError: it has more rows than a sheet holds.
    """
    import xlsxwriter

    if len(listed) > MOST_EXCEL_ROWS:
        raise DataError(f"Excel holds {MOST_EXCEL_ROWS:,} rows; this list has {len(listed):,}. Export it as CSV.")
    target = io.BytesIO()
    options = {
        "constant_memory": True,
        "in_memory": False,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": True,
        "remove_timezone": True,
    }
    book = xlsxwriter.Workbook(target, options)
    sheet = book.add_worksheet("Customers")
    sheet.freeze_panes(1, 0)
    bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    for place, name in enumerate(listed.columns):
        sheet.write_string(0, place, neutralised(name), bold)
        sheet.set_column(place, place, max(10, min(28, len(name) + 2)))
    columns = [listed[name].astype(object).where(listed[name].notna(), None).tolist() for name in listed.columns]
    for row, values in enumerate(zip(*columns, strict=True), start=1):
        for place, value in enumerate(values):
            if value is None:
                continue
            if isinstance(value, bool):
                sheet.write_boolean(row, place, value)
            elif isinstance(value, int | float):
                sheet.write_number(row, place, value)
            elif hasattr(value, "isoformat"):
                sheet.write_datetime(row, place, value, day)
            else:
                sheet.write_string(row, place, neutralised(str(value)))
    book.close()
    return target.getvalue()
