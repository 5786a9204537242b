"""Raw columns to typed clicks, and the tables that they make: events, and the visits that they add up to."""

from __future__ import annotations

import glob
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analytics.intake.cleaning import EVENT_RULES, enabled_rules, rule_number
from analytics.intake.mapping import missing_error, short
from analytics.intake.names import EVENTS_FILE
from analytics.intake.readers import RawTable
from analytics.intake.reading import Reading, is_unread, mended, parsed, unparsed
from analytics.intake.staging import Plan, Progress, Staged, stage
from analytics.manifest import LedgerEntry
from analytics.schema import EVENTS
from analytics.sessions import complete, numbered, sessions_of
from analytics.sources import write_parquet
from analytics.text import say

EVENT_TYPES: Mapping[str, tuple[str, ...]] = {
    "view": (
        "view",
        "pageview",
        "viewitem",
        "productview",
        "viewproduct",
        "viewcontent",
        "itemview",
        "detail",
        "screenview",
    ),
    "cart": ("cart", "addtocart", "addcart", "basket", "addtobasket", "cartadd", "addedtocart", "productadded"),
    "purchase": (
        "purchase",
        "transaction",
        "order",
        "buy",
        "purchased",
        "ordercompleted",
        "checkoutcompleted",
        "bought",
    ),
}
"""What trackers call the three events that are counted, in small letters, without blanks, hyphens and underscores."""

_IDS = ("visitor_id", "customer_id")


@dataclass(frozen=True, slots=True)
class Brought:
    """What came out of a file other than orders, for the manifest."""

    tables: dict[str, int]
    mapping: dict[str, str]
    rows_read: int
    ledger: tuple[LedgerEntry, ...]
    warnings: tuple[str, ...]
    first_on: str
    last_on: str
    test_cases: int = 0


def bring_clicks(
    raw: RawTable,
    mapping: Mapping[str, str],
    rules: Mapping[str, bool] | None,
    gap_minutes: int,
    folder: Path,
    scratch: Path,
    engine: Any,
    tell: Progress,
) -> Brought:
    """Write `events` and `sessions` of a click file into a folder.

    A time that is midnight in every row is a day without a clock.

    Raises:
        MissingColumnsError: there is no clock, and no visits with positions either.
        DataError: values cannot be read, or nothing is left.
    """
    is_enabled = enabled_rules(rules, EVENT_RULES)

    def rows(raw: RawTable, reading: Reading) -> Any:
        return staged_clicks(raw, reading, is_enabled, engine)

    plan = Plan(EVENTS_FILE, EVENT_RULES, is_enabled, rows, "visitor_id")
    tell(0.05, say("Reading and cleaning the clicks"))
    chosen = dict(mapping)
    staged, count, warnings = stage(raw, chosen, plan, engine, scratch)
    facts = _facts(staged)
    if "occurred_at" in chosen and facts["occurred_at"] and not facts["clocks"]:
        column = chosen.pop("occurred_at")
        chosen["occurred_on"] = column
        if EVENTS_FILE.missing(chosen):
            no_clock = say("Column '{column}' holds days without a time of day.", column=short(column))
            raise missing_error(EVENTS_FILE.missing(chosen), raw.columns, EVENTS_FILE, no_clock)
        chosen = {name: chosen[name] for name in EVENTS_FILE.aliases if name in chosen}
        staged, count, warnings = stage(raw, chosen, plan, engine, scratch)
        facts = _facts(staged)
        no_clock = say(
            "Column '{column}' holds days without a time of day: how long visits lasted is not known.",
            column=short(column),
        )
        warnings = (*warnings, no_clock)
    tell(0.4, say("Putting clicks into visits"))
    path = folder / "events.parquet"
    clicks = numbered(_clicks(staged, facts), gap_minutes=gap_minutes)
    write_parquet(complete(clicks, EVENTS), path)
    tell(0.7, say("Adding up the visits"))
    written = engine.read_parquet(glob.escape(str(path))).select(
        *clicks.columns
    )  # a column that nobody has says nothing
    write_parquet(sessions_of(written).order_by("session"), folder / "sessions.parquet")
    visits = engine.read_parquet(glob.escape(str(folder / "sessions.parquet")))
    tables = {"events": count.rows_kept, "sessions": int(visits.count().to_pyarrow().as_py())}
    return Brought(tables, chosen, count.rows_read, count.entries, warnings, _day(facts["first"]), _day(facts["last"]))


def staged_clicks(raw: RawTable, reading: Reading, is_enabled: Mapping[str, bool], engine: Any) -> Any:
    """Every raw row as a click, with `is_changed`, `is_unread` and the number of the rule that catches it."""
    import ibis

    table, mapping = raw.table, reading.mapping
    chosen: dict[str, Any] = {name: unparsed(name, table[column], reading) for name, column in mapping.items()}
    if is_enabled["exact_duplicate"]:
        chosen["repetition"] = ibis.row_number().over(group_by=[table[column] for column in raw.columns])
    texts = engine.create_view("click_texts", table.select(**chosen), overwrite=True)
    values: dict[str, Any] = {name: parsed(name, texts[name], reading) for name in mapping}
    ids = [name for name in _IDS if name in mapping]
    values |= {name: mended(texts[name]) for name in ids}
    changed = [values[name].notnull() & (values[name] != texts[name]) for name in ids]
    values["is_changed"] = ibis.or_(*changed).fill_null(False) if changed else ibis.literal(False)
    values["is_unread"] = is_unread(values, {name: texts[name] for name in reading.fits}, reading)
    if is_enabled["exact_duplicate"]:
        values["repetition"] = texts.repetition
    read = engine.create_view("click_values", texts.select(**values), overwrite=True)
    clicks = engine.create_view("clicks", _canonical(read), overwrite=True)
    return clicks.select(
        **{column.name: clicks[column.name] for column in EVENTS.columns if column.name in clicks.columns},
        rule=rule_number(clicks, is_enabled, EVENT_RULES),
        is_changed=clicks.is_changed.cast("int8"),
        is_unread=clicks.is_unread.cast("int8"),
    )


def _canonical(read: Any) -> Any:
    """The canonical columns that the rules ask for, of their types; an instant says its day."""
    import ibis

    has = set(read.columns)
    row: dict[str, Any] = {}
    for column in EVENTS.columns:
        if column.name != "session":
            row[column.name] = read[column.name].cast(column.type) if column.name in has else ibis.null(column.type)
    row["occurred_on"] = row["occurred_at"].date().coalesce(row["occurred_on"])
    if "event_type" in has:
        row["event_type"] = _event_type(read.event_type)
    if "session_id" not in has:
        row["visitor_id"] = row["visitor_id"].coalesce(row["customer_id"])
    further = {name: read[name] for name in ("is_changed", "is_unread", "repetition") if name in has}
    return read.select(**row, **further)


def _event_type(text: Any) -> Any:
    """view, cart or purchase by whatever name; every other event in small letters."""
    import ibis

    small = text.lower()
    plain = small.replace("_", "").replace("-", "").replace(" ", "")
    return ibis.cases(*((plain.isin(names), known) for known, names in EVENT_TYPES.items()), else_=small)


def _facts(staged: Staged) -> dict[str, Any]:
    """What all the clicks that stay say together: how many have each column, how many a clock, and their days."""
    kept = staged.kept
    at = kept.occurred_at
    row: dict[str, Any] = (
        kept.aggregate(
            **{name: kept[name].count() for name in kept.columns},
            rows=kept.count(),
            clocks=(at != at.truncate("D")).sum(),
            first=kept.occurred_on.min(),
            last=kept.occurred_on.max(),
        )
        .to_pyarrow()
        .to_pylist()[0]
    )
    return row


def _clicks(staged: Staged, facts: Mapping[str, Any]) -> Any:
    """The clicks that stay, with the columns that say something.

    Where visits came with their ids and no visitors, the customer is the visitor if each click knows one: a visit is not
    parted where its visitor signs in.
    """
    kept = staged.kept
    known = {name for name in kept.columns if facts[name]}
    if "visitor_id" not in known and facts["customer_id"] == facts["rows"]:
        kept = kept.mutate(visitor_id=kept.customer_id)
        known.add("visitor_id")
    return kept.select(*(column.name for column in EVENTS.columns if column.name in known))


def _day(found: Any) -> str:
    return found.isoformat() if found is not None else ""
