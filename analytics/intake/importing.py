"""A file becomes a new version of a dataset: staged once, counted, written, published, all of it or nothing."""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from analytics.datasets import Staging, open_version, publishing
from analytics.errors import RequestError
from analytics.intake.attributes import bring_customers
from analytics.intake.carrying import carry_over
from analytics.intake.cases import Part, bring_cases
from analytics.intake.cleaning import CLEANING_RULES, enabled_rules
from analytics.intake.clicks import Brought, bring_clicks
from analytics.intake.kinds import FileKind
from analytics.intake.mapping import choose_mapping, short
from analytics.intake.names import CUSTOMERS_FILE, EVENTS_FILE, LABELLED_FILE, ORDERS, SESSIONS_FILE
from analytics.intake.order_lines import staged_lines, write_orders
from analytics.intake.readers import RawTable, read_raw, suffixes
from analytics.intake.reading import Reading
from analytics.intake.staging import Plan, Progress, stage
from analytics.intake.visits import bring_visits
from analytics.manifest import Manifest
from analytics.sessions import DEFAULT_GAP_MINUTES, check_gap
from analytics.sources import connect
from analytics.text import say

MEMORY_LIMIT = "4GB"
"""The engine's share of memory; what does not fit waits in the staging folder on the disk."""


@dataclass(frozen=True, slots=True)
class _Import:
    """An import on its way: what it is called, where it is written, and on which engine."""

    name: str
    label: str
    created_at: str
    home: Path | None
    staging: Staging
    scratch: Path
    engine: Any
    tell: Progress

    @property
    def folder(self) -> Path:
        return self.staging.path

    def read(self, file: Path) -> RawTable:
        self.tell(0.02, say("Looking at the file"))
        return read_raw(file, self.label, self.engine, self.scratch)

    def part(self, file: Path, label: str, name: str) -> Part:
        """One of several files, with a folder of its own."""
        folder = self.scratch / name
        folder.mkdir()
        self.tell(0.02, say("Looking at the file"))
        return Part(read_raw(file, label, self.engine, folder), folder)

    def finish(self, manifest: Manifest, source: str = "") -> None:
        """Carry over what the version before has besides; what the block wrote is then a whole version."""
        self.tell(0.95, say("Publishing"))
        told = replace(manifest, dataset=self.name, source=source or self.label, created_at=self.created_at)
        self.staging.manifest = carry_over(told, self.folder, self.name, self.home)


@contextlib.contextmanager
def _importing(
    name: str, label: str, created_at: str, home: Path | None, progress: Progress | None
) -> Iterator[_Import]:
    tell = progress or (lambda _fraction, _sentence: None)
    with publishing(name, home=home) as staging:
        scratch = staging.path / "scratch"
        scratch.mkdir()
        engine = connect(memory_limit=MEMORY_LIMIT, temp_directory=str(scratch / "spill"))
        try:
            yield _Import(name, label, created_at, home, staging, scratch, engine, tell)
        finally:
            engine.disconnect()
        shutil.rmtree(scratch)
    tell(1.0, say("Done"))


def import_orders(
    file: Path,
    *,
    name: str,
    label: str | None = None,
    currency: str = "",
    mapping: Mapping[str, str] | None = None,
    rules: Mapping[str, bool] | None = None,
    customers: Path | None = None,
    events: Path | None = None,
    created_at: str = "",
    home: Path | None = None,
    progress: Progress | None = None,
) -> Manifest:
    """Read, clean and publish an order file as the newest version of dataset `name`; returns its manifest.

    `label` is the file's name as its owner knows it: its suffix decides the format. `mapping` says for some
    canonical columns which raw column they come from, `rules` switches cleaning rules on or off by name. `customers`
    and `events` are files as `import_customers` and `import_events` take them. `progress` is told a fraction from 0 to 1 and
    a sentence. Customers and clicks that the dataset has already are kept unless they come along.

    Raises:
        RequestError: the name, a rule or a canonical column does not exist.
        UnreadableFileError: the file is no table.
        MappingError: a required column was not found.
        EmptyDataError: no order line is left.
        DataError: values are not the dates or numbers they should be.
        StoreError: the workspace cannot be written.

    Nothing is published when an error is raised.
    """
    is_enabled = enabled_rules(rules)
    currency = currency.upper()
    if currency and not re.fullmatch("[A-Z]{3}", currency):
        raise RequestError(
            say("'{currency}' is no currency. Use its three letters, for example GBP.", currency=currency)
        )
    with _importing(name, label or file.name, created_at, home, progress) as work:
        raw = work.read(file)
        chosen = choose_mapping(raw.columns, mapping)

        def lines(raw: RawTable, reading: Reading) -> Any:
            return staged_lines(raw, reading, is_enabled, work.engine)

        work.tell(0.05, say("Reading and cleaning the rows"))
        plan = Plan(ORDERS, CLEANING_RULES, is_enabled, lines, "customer_id")
        staged, count, warnings = stage(raw, chosen, plan, work.engine, work.scratch)
        manifest = write_orders(staged, count, work.folder, work.tell, work.engine)
        if customers is not None:
            came = _beside(customers, CUSTOMERS_FILE, work)
            manifest = replace(manifest, tables=manifest.tables | came.tables)
            warnings = (*warnings, *came.warnings)
        if events is not None:
            came = _beside(events, EVENTS_FILE, work)
            manifest = _with_clicks(manifest, came, DEFAULT_GAP_MINUTES)
            warnings = (*warnings, *came.warnings)
        work.finish(replace(manifest, currency=currency, mapping=chosen, warnings=warnings))
    return open_version(name, home=home).manifest


def import_events(
    file: Path,
    *,
    name: str,
    label: str | None = None,
    mapping: Mapping[str, str] | None = None,
    rules: Mapping[str, bool] | None = None,
    gap_minutes: int = DEFAULT_GAP_MINUTES,
    created_at: str = "",
    home: Path | None = None,
    progress: Progress | None = None,
) -> Manifest:
    """Read a click file and publish its clicks and visits as the newest version of dataset `name`; returns its manifest.

    Clicks need a visitor and a time with a clock, or the id of their visit and their place in it. Where they have no
    visit's id, a visit ends where nothing follows for longer than `gap_minutes`. Orders and customers that the dataset has
    already are kept, and its clicks replaced. The other arguments are those of `import_orders`.

    Raises:
        RequestError: the name, the gap, a rule or a canonical column does not exist.
        UnreadableFileError: the file is no table.
        MissingColumnsError: there is neither a clock nor a visit with positions.
        EmptyDataError: no click is left.
        DataError: values are not the dates or numbers they should be.
        StoreError: the workspace cannot be written.

    Nothing is published when an error is raised.
    """
    gap = check_gap(gap_minutes)
    with _importing(name, label or file.name, created_at, home, progress) as work:
        raw = work.read(file)
        chosen = choose_mapping(raw.columns, mapping, EVENTS_FILE)
        came = bring_clicks(raw, chosen, rules, gap, work.folder, work.scratch, work.engine, work.tell)
        work.finish(_with_clicks(_manifest(EVENTS_FILE.name, came), came, gap))
    return open_version(name, home=home).manifest


def import_sessions(
    file: Path,
    *,
    name: str,
    label: str | None = None,
    mapping: Mapping[str, str] | None = None,
    rules: Mapping[str, bool] | None = None,
    created_at: str = "",
    home: Path | None = None,
    progress: Progress | None = None,
) -> Manifest:
    """Read a table of ready visits and publish it as the newest version of dataset `name`; returns its manifest.

    Columns without a meaning of their own are kept under tidy names, typed. Orders and customers that the dataset has
    already are kept; its visits are replaced and its clicks, which they no longer fit, left behind. The arguments are
    those of `import_orders`.

    Raises:
        RequestError, UnreadableFileError, MissingColumnsError, EmptyDataError, DataError, StoreError: as for clicks.

    Nothing is published when an error is raised.
    """
    with _importing(name, label or file.name, created_at, home, progress) as work:
        raw = work.read(file)
        chosen = choose_mapping(raw.columns, mapping, SESSIONS_FILE)
        came = bring_visits(raw, chosen, rules, work.folder, work.scratch, work.engine, work.tell)
        work.finish(_with_clicks(_manifest(SESSIONS_FILE.name, came), came, DEFAULT_GAP_MINUTES))
    return open_version(name, home=home).manifest


def import_customers(
    file: Path,
    *,
    name: str,
    label: str | None = None,
    mapping: Mapping[str, str] | None = None,
    created_at: str = "",
    home: Path | None = None,
    progress: Progress | None = None,
) -> Manifest:
    """Read a file of customers' attributes and publish them as the newest version of dataset `name`; returns its manifest.

    Columns without a meaning of their own are kept as they came, typed. Orders and clicks that the dataset has already are
    kept. The arguments are those of `import_orders`.

    Raises:
        RequestError, UnreadableFileError, MissingColumnsError, EmptyDataError, StoreError: as for orders.
        DataError: a customer is there twice, or values are not what they should be.

    Nothing is published when an error is raised.
    """
    with _importing(name, label or file.name, created_at, home, progress) as work:
        raw = work.read(file)
        chosen = choose_mapping(raw.columns, mapping, CUSTOMERS_FILE)
        came = bring_customers(raw, chosen, work.folder, work.scratch, work.engine, work.tell)
        work.finish(replace(_manifest(CUSTOMERS_FILE.name, came), tables=came.tables))
    return open_version(name, home=home).manifest


def import_labelled(
    file: Path,
    *,
    name: str,
    test: Path | None = None,
    label: str | None = None,
    test_label: str | None = None,
    mapping: Mapping[str, str] | None = None,
    created_at: str = "",
    home: Path | None = None,
    progress: Progress | None = None,
) -> Manifest:
    """Read a table of cases whose answer is known and publish it as the newest version of dataset `name`; returns its manifest.

    Every column is kept under a tidy name, typed, and every row as it came, rows without any value aside. `test` is a file with
    the same columns whose cases are kept for the test; its name as its owner knows it is `test_label`. A column by a usual
    name for it is the customer's number; `mapping` can name another, or with an empty text none. Other tables that the
    dataset has already are kept. The other arguments are those of `import_orders`.

    Raises:
        RequestError, UnreadableFileError, EmptyDataError, StoreError: as for orders.
        DataError: the two files have not the same columns, there are too many or too few, or fewer than two cases.

    Nothing is published when an error is raised.
    """
    with _importing(name, label or file.name, created_at, home, progress) as work:
        training = work.part(file, work.label, "training")
        tested = None if test is None else work.part(test, test_label or test.name, "test")
        chosen = choose_mapping(training.raw.columns, mapping, LABELLED_FILE)
        came = bring_cases(training, tested, chosen, work.folder, work.engine, work.tell)
        manifest = replace(_manifest(LABELLED_FILE.name, came), tables=came.tables, test_cases=came.test_cases)
        source = work.label if tested is None else f"{work.label}, {tested.raw.label}"
        work.finish(manifest, source)
    return open_version(name, home=home).manifest


def _beside(file: Path, kind: FileKind, work: _Import) -> Brought:
    """Clicks or customers that come together with orders, by the same way as alone.

    What cleaning took from them is said in sentences: the ledger is the orders'.
    """
    label = file.name if file.name.casefold().endswith(tuple(suffixes())) else f"{file.name}.parquet"
    raw = read_raw(file, label, work.engine, work.scratch)
    chosen = choose_mapping(raw.columns, None, kind)

    def tell(_share: float, sentence: str) -> None:
        work.tell(0.9, sentence)

    if kind is EVENTS_FILE:
        came = bring_clicks(raw, chosen, None, DEFAULT_GAP_MINUTES, work.folder, work.scratch, work.engine, tell)
    else:
        came = bring_customers(raw, chosen, work.folder, work.scratch, work.engine, tell)
    taken = tuple(
        say(
            "Of {n:,} rows of '{file}' {rows:,} were {action}. {meaning}",
            n=came.rows_read,
            file=short(file.name),
            rows=entry.rows,
            action=say(entry.action),
            meaning=say(entry.meaning),
        )
        for entry in came.ledger
        if entry.rows
    )
    return replace(came, warnings=(*came.warnings, *taken))


def _manifest(kind: str, came: Brought) -> Manifest:
    return Manifest(
        dataset="",
        version="",
        source="",
        created_at="",
        currency="",
        tables={},
        customers=0,
        revenue=0.0,
        first_order_on="",
        last_order_on="",
        rows_read=came.rows_read,
        mapping=came.mapping,
        ledger=came.ledger,
        warnings=came.warnings,
        kind=kind,
    )


def _with_clicks(manifest: Manifest, came: Brought, gap_minutes: int) -> Manifest:
    return replace(
        manifest,
        tables=manifest.tables | came.tables,
        first_event_on=came.first_on,
        last_event_on=came.last_on,
        session_gap_minutes=gap_minutes,
    )
