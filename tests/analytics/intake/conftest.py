"""Small order files to import, and the real one where it is at hand."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from analytics.datasets import open_version
from analytics.intake import import_events, import_orders
from analytics.manifest import Manifest

Import = Callable[..., Manifest]
Click = Callable[..., Manifest]

CLICKS = """visitor,timestamp,event_type,page,product_id,price
ann,2024-01-05 23:50:00,page_view,home,,
ann,2024-01-06 00:20:00,Add to Cart,cup,p1,9.50
ann,2024-01-06 00:50:01,transaction,thanks,p1,9.50
bob,2024-01-05 23:55:00,Wishlist,cup,p1,9.50
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A workspace of its own for each test."""
    return tmp_path / "home"


@pytest.fixture
def bring(tmp_path: Path, home: Path) -> Import:
    """Write bytes, text or a table of rows to a file without a suffix, and import it under the label given."""

    def run(content: bytes | str, *, label: str = "orders.csv", name: str = "shop", **options: Any) -> Manifest:
        file = tmp_path / "0123456789abcdef"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return import_orders(file, name=name, label=label, home=home, **options)

    return run


@pytest.fixture
def click(tmp_path: Path, home: Path) -> Click:
    """Write a text to a file and import it as clicks."""

    def run(content: str | bytes, *, label: str = "clicks.csv", name: str = "shop", **options: Any) -> Manifest:
        file = tmp_path / "fedcba9876543210"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return import_events(file, name=name, label=label, home=home, **options)

    return run


def rows_of(home: Path, table: str, name: str = "shop") -> list[dict[str, Any]]:
    """The rows of a published table, in a stated order."""
    import pyarrow.parquet as pq

    rows: list[dict[str, Any]] = pq.read_table(open_version(name, home=home).table_path(table)).to_pylist()
    return sorted(rows, key=lambda row: tuple(str(value) for value in row.values()))


@pytest.fixture(scope="session")
def online_retail() -> Path:
    """UCI Online Retail, where `CLIENTELE_REAL_DATA` says where it is."""
    folder = os.environ.get("CLIENTELE_REAL_DATA")
    if not folder:
        pytest.skip("CLIENTELE_REAL_DATA does not say where the real data is")
    return Path(folder) / "online_retail.parquet"
