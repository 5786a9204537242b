"""A dataset or a warehouse as Ibis tables with a version: engines live here, and rows leave them through one door.

Everything upstream writes Ibis expressions: the same one runs on DuckDB over Parquet, on a warehouse or on Spark.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analytics.datasets import Version, open_version
from analytics.errors import DataError, NotFoundError, StoreError

if TYPE_CHECKING:
    import pandas as pd

MOST_CUSTOMERS = 20_000_000
"""More customers than this do not fit the memory of a laptop."""


@dataclass(frozen=True, slots=True)
class Source:
    """The canonical tables of one version of a dataset, on the engine that holds them."""

    name: str
    version: str
    tables: Mapping[str, Any]
    """Name of the canonical table → Ibis table."""
    default_as_of: date
    """The day after the last order."""
    currency: str = ""
    stored: Version | None = field(default=None, compare=False)
    """The version in the store, where this source is one: results may be kept beside it."""

    @property
    def key(self) -> str:
        """A text that no other version of any dataset has."""
        return f"{self.name}@{self.version}"

    def has(self, table: str) -> bool:
        return table in self.tables

    def table(self, name: str) -> Any:
        """The Ibis table of that canonical name.

        Raises:
            NotFoundError: the dataset came without it.
        """
        if name not in self.tables:
            raise NotFoundError(
                f"Dataset '{self.name}' has no {name.replace('_', ' ')}. It has {', '.join(self.tables)}."
            )
        return self.tables[name]


def connect(**settings: Any) -> Any:
    """A new DuckDB engine in memory, as an Ibis backend, that never reaches for the network.

    `settings` are DuckDB's own, for example `memory_limit="4GB"`.
    """
    import ibis

    engine = ibis.duckdb.connect(
        autoinstall_known_extensions=False,
        autoload_known_extensions=False,
        allow_community_extensions=False,
        **settings,
    )
    engine.raw_sql("SET enable_progress_bar = false")  # it would write over the answer of a command
    return engine


def open_source(dataset: str | Version, version: str | None = None, *, home: Path | None = None) -> Source:
    """A stored dataset as a source, its newest version unless one is named.

    Each call has an engine of its own, so that threads do not meet on one connection.
    """
    stored = dataset if isinstance(dataset, Version) else open_version(dataset, version, home=home)
    manifest = stored.manifest
    tables = _StoredTables(stored, connect())
    return Source(manifest.dataset, manifest.version, tables, manifest.default_as_of, manifest.currency, stored)


class _StoredTables(Mapping[str, Any]):
    """A version's tables, each opened on the engine when it is first asked for."""

    def __init__(self, stored: Version, engine: Any) -> None:
        self._stored, self._engine = stored, engine
        self._open: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._stored.manifest.tables:
            raise KeyError(name)
        if name not in self._open:
            self._open[name] = self._engine.read_parquet(self._stored.table_path(name), table_name=name)
        return self._open[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._stored.manifest.tables)

    def __len__(self) -> int:
        return len(self._stored.manifest.tables)

    def __contains__(self, name: object) -> bool:
        return name in self._stored.manifest.tables


def fetch(expression: Any, *, at_most: int | None = MOST_CUSTOMERS) -> pd.DataFrame:
    """Run an expression and bring its rows into memory; `at_most` is None where it is known that they fit.

    Raises:
        DataError: there would be more than `at_most` rows.
        StoreError: a file of the dataset is damaged or gone.
    """
    import duckdb

    try:
        arrow = (expression if at_most is None else expression.limit(at_most + 1)).to_pyarrow()
    except duckdb.IOException as problem:
        raise StoreError("A file of the dataset cannot be read. Import the dataset again.") from problem
    if at_most is not None and arrow.num_rows > at_most:
        raise DataError(
            f"The answer has more than {at_most:,} rows. Narrow the question, or reduce it on the engine first."
        )
    frame: pd.DataFrame = arrow.to_pandas(self_destruct=True, split_blocks=True)
    return frame


def write_parquet(expression: Any, path: Path) -> None:
    """Run an expression on its own engine and write the rows to a Parquet file.

    Snappy, because the file is read often: a third larger than with zstd, and scanned in two thirds of the time.
    """
    expression.get_backend().to_parquet(expression, path, compression="snappy")
