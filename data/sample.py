"""Make the sample shop, in any size: `python -m data.sample --customers 1000000 --out DIR`.

Customers are made in chunks of 25,000, each from its own stream of random numbers, and written as they come: memory
does not grow with their number. The same arguments give the same content; choosing tables does not change them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from data import _orders, _tables, _visits

SAMPLE = Path(__file__).with_name("sample")
SAMPLE_CUSTOMERS = 4_200
SEED = 20_251_231
CHUNK_CUSTOMERS = 25_000
MOST_CUSTOMERS = 100_000_000
TABLE_NAMES = tuple(table.name for table in _tables.TABLES)


def make_chunks(
    customers: int = SAMPLE_CUSTOMERS,
    *,
    seed: int = SEED,
    tables: Sequence[str] = TABLE_NAMES,
    chunk_customers: int = CHUNK_CUSTOMERS,
) -> Iterator[dict[str, Any]]:
    """The shop, chunk by chunk of customers: table name → Arrow table. Ids run on from chunk to chunk."""
    first_order = first_visitor = 1
    for number, start in enumerate(range(0, customers, chunk_customers)):
        stream = np.random.SeedSequence(seed, spawn_key=(number,))
        rngs = [np.random.default_rng(child) for child in stream.spawn(6)]
        people = _orders.make_people(rngs[0], min(chunk_customers, customers - start), start + 1)
        orders = _orders.make_orders(rngs[1], people, reaches_last_day=number == 0)
        lines = _orders.make_lines(rngs[2], people, orders)
        chunk = {}
        if "order_lines" in tables:
            exported = _orders.with_duplicates(rngs[3], lines)
            chunk["order_lines"] = _tables.order_lines_table(people, orders, exported, first_order)
        if "events" in tables:
            events = _visits.make_events(rngs[4], people, orders, lines)
            chunk["events"] = _tables.events_table(people, events, first_visitor)
            first_visitor += int(events.visitor.max(initial=0)) + 1
        if "customers" in tables:
            chunk["customers"] = _tables.customers_table(rngs[5], people, orders)
        if "truth" in tables:
            chunk["truth"] = _tables.truth_table(people)
        first_order += len(orders.at)
        yield chunk


@dataclass(slots=True)
class _File:
    """A Parquet file in the making, under another name until it is whole."""

    table: _tables.SampleTable
    target: Path
    writer: Any = None
    rows: int = 0
    aside: Path = field(init=False)

    def __post_init__(self) -> None:
        import pyarrow.parquet as pq

        self.aside = self.target.with_name(f".{self.target.name}.part")
        special = dict.fromkeys(self.table.delta_columns, "DELTA_BINARY_PACKED")
        special |= dict.fromkeys(self.table.prefix_columns, "DELTA_BYTE_ARRAY")
        self.writer = pq.ParquetWriter(
            self.aside,
            self.table.schema,
            compression="zstd",
            compression_level=9,
            use_dictionary=[name for name in self.table.schema.names if name not in special],
            column_encoding=special,
            store_schema=False,
            write_statistics=True,
        )

    def write(self, rows: Any) -> None:
        self.writer.write_table(rows, row_group_size=max(rows.num_rows, 1))
        self.rows += rows.num_rows


def write_sample(
    folder: Path,
    customers: int = SAMPLE_CUSTOMERS,
    *,
    seed: int = SEED,
    tables: Sequence[str] = TABLE_NAMES,
    chunk_customers: int = CHUNK_CUSTOMERS,
) -> dict[str, int]:
    """Write the chosen tables as Parquet files into the folder; returns the rows of each."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        files = {t.name: _File(t, folder / f"{t.name}.parquet") for t in _tables.TABLES if t.name in tables}
        for file in files.values():
            stack.callback(file.aside.unlink, missing_ok=True)
            stack.callback(file.writer.close)
        for chunk in make_chunks(customers, seed=seed, tables=tables, chunk_customers=chunk_customers):
            for name, rows in chunk.items():
                files[name].write(rows)
        for file in files.values():
            file.writer.close()
            file.aside.replace(file.target)
    return {name: file.rows for name, file in files.items()}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{message[:1].upper()}{message[1:]}. Try --help.\n")


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_CUSTOMERS:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from 1 to {MOST_CUSTOMERS:,}")
    return int(text)


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from 0 upwards")
    return int(text)


def _chosen_tables(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    unknown = [name for name in names if name not in TABLE_NAMES]
    if unknown:
        raise argparse.ArgumentTypeError(f"there is no table '{unknown[0]}'; there are {', '.join(TABLE_NAMES)}")
    return names


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = _Parser(prog="python -m data.sample", description="Make the sample shop, in any size.")
    parser.add_argument("--customers", type=_count, default=SAMPLE_CUSTOMERS, help="how many (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=SAMPLE, help="folder for the Parquet files (default: data/sample)")
    parser.add_argument("--seed", type=_seed, default=SEED, help="another seed is another shop (default: %(default)s)")
    parser.add_argument("--tables", type=_chosen_tables, default=TABLE_NAMES, help=f"some of {','.join(TABLE_NAMES)}")
    chosen = parser.parse_args(arguments)
    is_sample = (chosen.customers, chosen.seed) == (SAMPLE_CUSTOMERS, SEED)
    if chosen.out.resolve() == SAMPLE.resolve() and not is_sample:
        parser.error("that would replace the committed sample by another one: name a folder with --out")
    try:
        rows = write_sample(chosen.out, chosen.customers, seed=chosen.seed, tables=chosen.tables)
    except OSError as problem:
        parser.error(f"cannot write to '{chosen.out}': {problem.strerror}")
    for name, count in rows.items():
        sys.stdout.write(f"{chosen.out / name}.parquet: {count:,} rows\n")


if __name__ == "__main__":
    main()
