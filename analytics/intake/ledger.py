"""What the cleaning rules did, counted over the staged rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analytics.intake.cleaning import CHANGED, RETURNED, CleaningRule
from analytics.manifest import LedgerEntry


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows were read, kept and sent to the returns, how many could not be read, and the ledger."""

    rows_read: int
    rows_kept: int
    rows_returned: int
    rows_unread: int
    entries: tuple[LedgerEntry, ...]


def count_rules(staged: Any, rules: Sequence[CleaningRule], is_enabled: Mapping[str, bool], who: str) -> Count:
    """The ledger of the staged rows, which have `rule` (−1: kept), `is_changed` and `is_unread` beside the canonical columns.

    A row counts for the one rule that caught it; a row that was changed counts for that as well. `who` is the column
    whose different values are counted as customers: of clicks it is the visitor. Only order lines have revenue.
    """
    import ibis

    money = staged.revenue.sum() if "revenue" in staged.columns else ibis.literal(0)
    groups: dict[int, dict[str, Any]] = {}
    changed_rows = unread_rows = 0
    by_fate = staged.group_by("rule", "is_changed", "is_unread").aggregate(rows=staged.count(), revenue=money)
    for row in by_fate.to_pyarrow().to_pylist():
        group = groups.setdefault(row["rule"], {"rows": 0, "revenue": 0, "customers": 0})
        group["rows"] += row["rows"]
        group["revenue"] += row["revenue"] or 0
        changed_rows += row["rows"] if row["is_changed"] else 0
        unread_rows += row["rows"] if row["is_unread"] else 0
    # Customers are counted where something happened to them: the rows that stay as they came are not read for it.
    caught = staged.filter(staged.rule >= 0)
    for row in caught.group_by("rule").aggregate(customers=caught[who].nunique()).to_pyarrow().to_pylist():
        groups[row["rule"]]["customers"] = row["customers"]
    changed_customers = 0
    if changed_rows:
        changed_customers = int(staged.filter(staged.is_changed == 1)[who].nunique().to_pyarrow().as_py())
    entries = []
    for number, rule in enumerate(rules):
        group = groups.get(number, {"rows": 0, "revenue": 0, "customers": 0})
        is_change = rule.action == CHANGED
        entries.append(
            LedgerEntry(
                rule=rule.name,
                label=rule.label,
                meaning=rule.meaning,
                action=rule.action,
                rows=changed_rows if is_change else int(group["rows"]),
                customers=changed_customers if is_change else int(group["customers"]),
                revenue=0.0 if is_change else float(group["revenue"]),
                enabled=is_enabled[rule.name],
            )
        )
    return Count(
        rows_read=sum(int(row["rows"]) for row in groups.values()),
        rows_kept=int(groups.get(-1, {}).get("rows", 0)),
        rows_returned=sum(entry.rows for entry in entries if entry.action == RETURNED),
        rows_unread=unread_rows,
        entries=tuple(entries),
    )
