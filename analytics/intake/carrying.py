"""An import brings some tables; those that it does not bring are carried over from the version before."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

from analytics.datasets import Version, open_version
from analytics.errors import NotFoundError
from analytics.manifest import Carried, Manifest
from analytics.text import say

_ORDERS = ("order_lines", "orders", "returns")
_CLICKS = ("events", "sessions")
_CASES = ("labelled",)
_GROUPS: tuple[tuple[str, ...], ...] = (_ORDERS, _CLICKS, ("customers",), _CASES)
"""Tables that come and go together."""


def carry_over(manifest: Manifest, folder: Path, name: str, home: Path | None) -> Manifest:
    """Link the newest version's other tables into the folder of the one being written; returns what it then holds.

    Tables that are made together are replaced together: new orders replace the returns as well, new visits the clicks.
    """
    try:
        before = open_version(name, home=home)
    except NotFoundError:
        return manifest
    brought = [group for group in _GROUPS if any(table in manifest.tables for table in group)]
    kept = [
        group for group in _GROUPS if group not in brought and any(table in before.manifest.tables for table in group)
    ]
    for table in (table for group in kept for table in group if table in before.manifest.tables):
        _link(before.table_path(table), folder / f"{table}.parquet")
    manifest = replace(
        manifest,
        tables=manifest.tables | {t: n for t, n in before.manifest.tables.items() if any(t in group for group in kept)},
        carried=_carried(before, kept),
        warnings=(*manifest.warnings, *_sentences(manifest, before, kept)),
    )
    if _ORDERS in kept:
        manifest = replace(
            manifest,
            customers=before.manifest.customers,
            revenue=before.manifest.revenue,
            currency=before.manifest.currency,
            first_order_on=before.manifest.first_order_on,
            last_order_on=before.manifest.last_order_on,
        )
    if _CLICKS in kept:
        manifest = replace(
            manifest,
            first_event_on=before.manifest.first_event_on,
            last_event_on=before.manifest.last_event_on,
            session_gap_minutes=before.manifest.session_gap_minutes,
        )
    if _CASES in kept:
        manifest = replace(manifest, test_cases=before.manifest.test_cases)
    return manifest


def _link(source: Path, target: Path) -> None:
    """The same file under a second name: a published table never changes. A copy where the disk knows no links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _group_of(kind: str) -> tuple[str, ...]:
    return {"orders": _ORDERS, "events": _CLICKS, "sessions": _CLICKS, "labelled": _CASES}.get(kind, ("customers",))


def _carried(before: Version, kept: list[tuple[str, ...]]) -> tuple[Carried, ...]:
    """The files that the kept tables came from, the oldest first."""
    about = before.manifest
    last = Carried(
        about.kind, about.version, about.source, about.rows_read, about.mapping, about.ledger, about.warnings
    )
    return tuple(item for item in (*about.carried, last) if _group_of(item.kind) in kept)


def _sentences(manifest: Manifest, before: Version, kept: list[tuple[str, ...]]) -> tuple[str, ...]:
    """What was kept, and which clicks are gone because visits came without any."""
    version = before.manifest.version
    told = []
    if _ORDERS in kept:
        told.append(say("Orders were kept from version {version}.", version=version))
    if _CLICKS in kept and "events" in before.manifest.tables:
        told.append(say("Clicks were kept from version {version}.", version=version))
    elif _CLICKS in kept:
        told.append(say("Visits were kept from version {version}.", version=version))
    if ("customers",) in kept:
        told.append(say("Customers were kept from version {version}.", version=version))
    if _CASES in kept:
        told.append(say("Cases with a known answer were kept from version {version}.", version=version))
    if "sessions" in manifest.tables and "events" in before.manifest.tables and "events" not in manifest.tables:
        told.append(say("The clicks of version {version} were left behind: visits replace them.", version=version))
    return tuple(told)


def kept_and_replaced(about: Manifest, kind: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What an import of a kind of file into a dataset will keep, and what it will replace: `orders`, `clicks` and the like."""
    words = {_ORDERS: say("orders"), _CLICKS: say("visits"), ("customers",): say("customers"), _CASES: say("cases")}
    if "events" in about.tables:
        words[_CLICKS] = say("clicks")
    there = [group for group in _GROUPS if any(table in about.tables for table in group)]
    brought = _group_of(kind)
    return (
        tuple(words[group] for group in there if group != brought),
        tuple(words[group] for group in there if group == brought),
    )
