"""A table of ready visits becomes canonical sessions, its further columns kept."""

from __future__ import annotations

import glob
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analytics.intake.cleaning import SESSION_RULES, enabled_rules, rule_number
from analytics.intake.clicks import Brought
from analytics.intake.further import check_plain, tidy_names, typed
from analytics.intake.names import SESSIONS_FILE
from analytics.intake.readers import RawTable
from analytics.intake.reading import Reading, is_unread, mended, parsed, unparsed
from analytics.intake.staging import Plan, Progress, stage
from analytics.schema import SESSIONS
from analytics.sessions import complete
from analytics.sources import write_parquet
from analytics.text import say, say_count

_ROW = "_row"
_FURTHER = "_further/"

VISITOR_TYPES: Mapping[str, tuple[str, ...]] = {
    "new": ("new", "newvisitor", "newuser", "newcustomer", "first", "firsttime", "firstvisit"),
    "returning": ("returning", "returningvisitor", "returninguser", "returningcustomer", "return", "repeat", "known"),
}
"""What tools call the two types of visitors, in small letters and without blanks; everything else is `other`."""


def bring_visits(
    raw: RawTable,
    mapping: Mapping[str, str],
    rules: Mapping[str, bool] | None,
    folder: Path,
    scratch: Path,
    engine: Any,
    tell: Progress,
) -> Brought:
    """Write `sessions` of a table of visits into a folder.

    Raises:
        DataError: values cannot be read, or nothing is left.
    """
    is_enabled = enabled_rules(rules, SESSION_RULES)
    used = set(mapping.values())
    names = tidy_names((column for column in raw.columns if column not in used), SESSIONS.names)
    check_plain(raw.table, names, raw.label)

    def rows(raw: RawTable, reading: Reading) -> Any:
        return _staged_visits(raw, reading, names, is_enabled, engine)

    plan = Plan(SESSIONS_FILE, SESSION_RULES, is_enabled, rows, "visitor_id")
    tell(0.05, say("Reading and cleaning the visits"))
    staged, count, warnings = stage(raw, mapping, plan, engine, scratch)
    kept = staged.kept
    came = [column for column in kept.columns if column not in (*SESSIONS.names, _ROW)]
    row = (
        kept.aggregate(
            first=kept.started_on.min(),
            last=kept.started_on.max(),
            times=kept.started_at.count(),
            clocks=(kept.started_at != kept.started_at.truncate("D")).sum(),
        )
        .to_pyarrow()
        .to_pylist()[0]
    )
    if row["times"] and not row["clocks"]:
        kept = kept.drop("started_at")
        warnings = (*warnings, say("Column '{column}' holds days without a time of day.", column=mapping["started_at"]))
    if "session_id" not in mapping:
        alike = int(kept.count().to_pyarrow().as_py()) - int(kept.drop(_ROW).distinct().count().to_pyarrow().as_py())
        warnings = (*warnings, *_alike(alike))
    tell(0.6, say("Writing the visits"))
    import ibis

    further = typed(kept, came)
    tidied = kept.mutate(
        session=ibis.row_number().over(order_by=kept[_ROW]),
        **{column.removeprefix(_FURTHER): value for column, value in further.items()},
    ).drop(_ROW, *came)
    path = folder / "sessions.parquet"
    write_parquet(complete(tidied, SESSIONS).order_by("session"), path)
    visits = int(engine.read_parquet(glob.escape(str(path))).count().to_pyarrow().as_py())
    days = ["" if row[name] is None else row[name].isoformat() for name in ("first", "last")]
    return Brought({"sessions": visits}, dict(mapping), count.rows_read, count.entries, warnings, days[0], days[1])


def _alike(rows: int) -> tuple[str, ...]:
    if not rows:
        return ()
    return (
        say_count(
            rows,
            "{n} row says exactly the same as an earlier one. It stays: visits without a number of their own can be alike.",
            "{n} rows say exactly the same as an earlier one. They stay: visits without a number of their own can be alike.",
        ),
    )


def _staged_visits(
    raw: RawTable, reading: Reading, names: Mapping[str, str], is_enabled: Mapping[str, bool], engine: Any
) -> Any:
    """Every raw row as a visit, in the order of the file, with the number of the rule that catches it."""
    import ibis

    table, mapping = raw.table, reading.mapping
    chosen: dict[str, Any] = {name: unparsed(name, table[column], reading) for name, column in mapping.items()}
    chosen |= {_FURTHER + name: table[column] for column, name in names.items()}
    if is_enabled["exact_duplicate"]:
        chosen["repetition"] = ibis.row_number().over(group_by=[table[column] for column in raw.columns])
    texts = engine.create_view(
        "visit_texts", table.select(**chosen).mutate(**{_ROW: ibis.row_number()}), overwrite=True
    )
    values: dict[str, Any] = {name: parsed(name, texts[name], reading) for name in mapping}
    values |= {name: mended(texts[name]) for name in ("visitor_id", "customer_id") if name in mapping}
    values["is_unread"] = is_unread(values, {name: texts[name] for name in reading.fits}, reading)
    values |= {name: texts[name] for name in texts.columns if name not in values}
    read = engine.create_view("visit_values", texts.select(**values), overwrite=True)
    visits = engine.create_view("visits", _canonical(read), overwrite=True)
    shown = [name for name in visits.columns if name not in ("is_unread", "repetition")]
    return visits.select(
        *shown,
        rule=rule_number(visits, is_enabled, SESSION_RULES),
        is_changed=ibis.literal(0, "int8"),
        is_unread=visits.is_unread.cast("int8"),
    )


def _canonical(read: Any) -> Any:
    """The canonical columns but the visit's number: sums added up, flags that follow from counts filled in."""
    import ibis

    has = set(read.columns)
    row: dict[str, Any] = {}
    for column in SESSIONS.columns:
        name = column.name
        parts = sorted(part for part in has if part.startswith(f"{name}/"))
        if parts:
            row[name] = sum((read[part] for part in parts[1:]), start=read[parts[0]]).cast(column.type)
        elif name in has:
            row[name] = read[name].cast(column.type)
        elif name != "session":
            row[name] = ibis.null(column.type)
    row["visitor_id"] = row["visitor_id"].coalesce(row["customer_id"])
    row["started_on"] = row["started_at"].date().coalesce(row["started_on"])
    row["is_bounce"] = row["is_bounce"].coalesce(row["click_count"] == 1)
    row["has_cart"] = row["has_cart"].coalesce(row["cart_count"] > 0)
    row["has_purchase"] = row["has_purchase"].coalesce(row["purchase_count"] > 0)
    if "visitor_type" in has:
        row["visitor_type"] = _visitor_type(read.visitor_type)
    further = [name for name in read.columns if name.startswith(_FURTHER) or name in (_ROW, "is_unread", "repetition")]
    return read.select(**row, **{name: read[name] for name in further})


def _visitor_type(text: Any) -> Any:
    import ibis

    plain = text.lower().replace("_", "").replace("-", "").replace(" ", "")
    known = ibis.cases(*((plain.isin(names), kind) for kind, names in VISITOR_TYPES.items()), else_="other")
    return text.isnull().ifelse(ibis.null("string"), known)
