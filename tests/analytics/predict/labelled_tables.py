"""Labelled tables for tests: written by hand, in memory."""

from __future__ import annotations

import itertools
from datetime import date
from functools import cache
from typing import Any

import pandas as pd
import pyarrow as pa

from analytics.sources import Source, connect

_numbers = itertools.count()


@cache
def _engine() -> Any:
    return connect()


def labelled_in_memory(columns: dict[str, Any] | pd.DataFrame) -> Source:
    """A dataset of cases that no disk has seen, numbered from 1."""
    frame = pd.DataFrame(columns)
    frame.insert(0, "case", range(1, len(frame) + 1))
    number = next(_numbers)
    table = _engine().create_table(f"labelled_{number}", pa.Table.from_pandas(frame, preserve_index=False))
    return Source("cases", f"{number:04d}-00000000", {"labelled": table}, date(2000, 1, 1))
