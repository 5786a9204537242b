"""What the cleaning rules did, counted in one pass over the staged lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analytics.datasets import LedgerEntry
from analytics.intake.cleaning import CHANGED, CLEANING_RULES, RETURNED


@dataclass(frozen=True, slots=True)
class Count:
    """How many lines were read, kept and sent to the returns, how many could not be read, and the ledger."""

    rows_read: int
    rows_kept: int
    rows_returned: int
    rows_unread: int
    entries: tuple[LedgerEntry, ...]


def count_rules(staged: Any, is_enabled: Mapping[str, bool]) -> Count:
    """The ledger of a staged table, which has `rule` (−1: kept), `is_changed` and `is_unread` beside the canonical columns.

    A line counts for the one rule that caught it; a line that was changed counts for that as well.
    """
    caught = staged.rule >= 0
    groups = {
        row["rule"]: row
        for row in staged.group_by("rule")
        .aggregate(
            rows=staged.count(),
            customers=staged.customer_id.nunique(where=caught),
            revenue=staged.revenue.sum(),
            changed=staged.is_changed.sum(),
            unread=staged.is_unread.sum(),
        )
        .to_pyarrow()
        .to_pylist()
    }
    changed_rows = sum(int(row["changed"] or 0) for row in groups.values())
    changed_customers = 0
    if changed_rows:
        changed_customers = int(staged.filter(staged.is_changed).customer_id.nunique().execute())
    entries = []
    for number, rule in enumerate(CLEANING_RULES):
        group = groups.get(number, {})
        is_change = rule.action == CHANGED
        entries.append(
            LedgerEntry(
                rule=rule.name,
                label=rule.label,
                meaning=rule.meaning,
                action=rule.action,
                rows=changed_rows if is_change else int(group.get("rows", 0)),
                customers=changed_customers if is_change else int(group.get("customers", 0)),
                revenue=0.0 if is_change else float(group.get("revenue") or 0),
                enabled=is_enabled[rule.name],
            )
        )
    return Count(
        rows_read=sum(int(row["rows"]) for row in groups.values()),
        rows_kept=int(groups.get(-1, {}).get("rows", 0)),
        rows_returned=sum(entry.rows for entry in entries if entry.action == RETURNED),
        rows_unread=sum(int(row["unread"] or 0) for row in groups.values()),
        entries=tuple(entries),
    )
