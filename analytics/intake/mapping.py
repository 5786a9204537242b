"""Which raw column is which canonical one, and how sure we are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analytics.errors import MappingError, MissingColumnsError, RequestError
from analytics.intake.kinds import Family, FileKind
from analytics.intake.names import CUSTOMERS_FILE, EVENTS_FILE, KINDS, ORDERS, SESSIONS_FILE
from analytics.text import say

CERTAIN, SURE, LIKELY = 1.0, 0.9, 0.6
TOGETHER = " + "
"""Between raw columns that are one canonical column together: `year + month + day`."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """One canonical column, the raw column it would come from, how sure that is (0 to 1) and why."""

    canonical: str
    column: str
    confidence: float
    reason: str


def normalised(header: str) -> str:
    """A header without case, spaces and punctuation: `Customer ID` and `customer_id` are the same name."""
    return re.sub(r"[\W_]+", "", header).casefold()


def parts_of(column: str, columns: Sequence[str]) -> tuple[str, ...]:
    """The raw columns that a mapping's value stands for: itself, or the several that it joins with ` + `.

    Empty where the file has not got them.
    """
    if column in columns:
        return (column,)
    parts = tuple(part.strip() for part in column.split(TOGETHER.strip()))
    return parts if all(part in columns for part in parts) else ()


def propose_mapping(columns: Sequence[str], kind: FileKind = ORDERS) -> tuple[Proposal, ...]:
    """Where each canonical column would come from, in the order of the kind's aliases.

    No raw column serves twice. Of equally good columns the one whose name stands first among the families or aliases
    wins, and then the one further to the left. A total that may be the order's, not the line's, is not
    taken where quantity and unit price are there.
    """
    family = family_of(columns, kind)
    found = _family_proposals(columns, kind, family)
    not_these = family.not_these if family else frozenset()
    taken = {part for proposal in found.values() for part in parts_of(proposal.column, columns)}
    candidates = sorted(
        (-confidence, place, position, rank, canonical, column)
        for rank, canonical in enumerate(kind.aliases)
        if canonical not in found
        for position, column, place, confidence in _candidates(canonical, columns, kind)
        if not any(part in taken or normalised(part) in not_these for part in parts_of(column, columns))
    )
    for negated, _, _, _, canonical, column in candidates:
        parts = parts_of(column, columns)
        if canonical not in found and taken.isdisjoint(parts):
            taken.update(parts)
            found[canonical] = Proposal(canonical, column, -negated, _reason(canonical, column, -negated, kind))
    if "revenue" in found and found["revenue"].confidence <= LIKELY and {"quantity", "unit_price"} <= found.keys():
        del found["revenue"]
    return tuple(found[canonical] for canonical in kind.aliases if canonical in found)


def choose_mapping(
    columns: Sequence[str], wanted: Mapping[str, str] | None = None, kind: FileKind = ORDERS
) -> dict[str, str]:
    """Canonical column → raw column: the proposals, with the user's own choices put above them.

    An empty choice leaves that canonical column out. Several raw columns are joined by ` + `: year, month and day, a day
    and a time of day, or numbers that are added up.

    Raises:
        RequestError: a choice names no canonical column, or one raw column for two of them.
        MappingError: a choice names no column of the file.
        MissingColumnsError: a required column was not found.
    """
    chosen = complete_mapping(columns, wanted, kind)
    missing = kind.missing(chosen)
    if missing:
        raise missing_error(missing, columns, kind)
    return chosen


def complete_mapping(
    columns: Sequence[str], wanted: Mapping[str, str] | None = None, kind: FileKind = ORDERS
) -> dict[str, str]:
    """As `choose_mapping`, where nothing has to be complete yet."""
    wanted = dict(wanted or {})
    for canonical, column in wanted.items():
        _check_choice(canonical, column, columns, kind)
    chosen = {canonical: column for canonical, column in wanted.items() if column}
    users: dict[str, list[str]] = {}
    for canonical, column in chosen.items():
        for part in parts_of(column, columns):
            users.setdefault(part, []).append(canonical)
    for part, canonicals in users.items():
        if len(canonicals) > 1:
            raise RequestError(
                say(
                    "Column '{column}' cannot be {users} at once. Choose one.",
                    column=part,
                    users=" and ".join(canonicals),
                )
            )
    for proposal in propose_mapping([column for column in columns if column not in users], kind):
        if proposal.canonical not in wanted:
            chosen[proposal.canonical] = proposal.column
    return {canonical: chosen[canonical] for canonical in kind.aliases if canonical in chosen}


def _check_choice(canonical: str, column: str, columns: Sequence[str], kind: FileKind) -> None:
    if canonical not in kind.aliases:
        raise RequestError(
            say(
                "'{name}' is not a column that {kind} have. Use {allowed}.",
                name=canonical,
                kind=say(kind.label).lower(),
                allowed=", ".join(kind.aliases),
            )
        )
    if not column:
        return
    parts = parts_of(column, columns)
    if not parts:
        raise MappingError(
            say(
                "The file has no column '{column}' to take {canonical} from. It has {found}.",
                column=column,
                canonical=canonical,
                found=listed(columns),
            )
        )
    is_day = kind.column(canonical).type.startswith(("timestamp", "date"))
    most = len(parts) if canonical in kind.sums else 3 if is_day else 1
    if len(parts) > most or len(set(parts)) < len(parts):
        raise RequestError(
            say(
                "'{column}' cannot be {canonical}: only days (year + month + day, or a day + a time) and counts that add up "
                "come from several columns.",
                column=short(column, 120),
                canonical=canonical,
            )
        )


def likely_kind(columns: Sequence[str]) -> FileKind:
    """What a file with these headers most likely holds; orders where nothing speaks for anything."""
    return recognised_kind(columns) or ORDERS


def recognised_kind(columns: Sequence[str]) -> FileKind | None:
    """What a file with these headers holds, where it has all that such a file needs, or nearly; None if nothing fits."""
    known = next((kind for kind in KINDS if family_of(columns, kind)), None)
    if known:
        return known
    found = {kind.name: {item.canonical: item for item in propose_mapping(columns, kind)} for kind in KINDS}
    complete = [kind for kind in KINDS if not kind.missing(dict.fromkeys(found[kind.name], ""))]
    orders, clicks = found[ORDERS.name], found[EVENTS_FILE.name]
    has_order_number = "order_id" in orders and orders["order_id"].confidence >= SURE
    has_event_type = "event_type" in clicks and clicks["event_type"].confidence >= SURE
    if has_event_type and not has_order_number:
        return EVENTS_FILE
    if SESSIONS_FILE in complete and not has_order_number:
        return SESSIONS_FILE
    for kind in (ORDERS, EVENTS_FILE):
        if kind in complete:
            return kind
    # Without amounts and instants, many attributes of somebody with a number are a list of customers.
    has_goods = orders.keys() & {"order_id", "ordered_at", "revenue", "quantity", "unit_price"}
    return CUSTOMERS_FILE if CUSTOMERS_FILE in complete and not has_goods else None


def missing_error(
    missing: tuple[str, ...], columns: Sequence[str], kind: FileKind, before: str = ""
) -> MissingColumnsError:
    """The error for columns that were not recognised; `before` is a sentence that goes before its message."""
    message = missing_message(missing, columns, kind)
    return MissingColumnsError(f"{before} {message}".strip(), missing, (recognised_kind(columns) or kind).name)


def missing_message(missing: Sequence[str], columns: Sequence[str], kind: FileKind = ORDERS) -> str:
    """What is missing, what was found, and whether the file rather holds something else."""
    words = ", ".join(say(kind.need(name).words) for name in missing)
    likely = recognised_kind(columns)
    if likely not in (None, kind):
        assert likely is not None  # noqa: S101 - just asked
        return say(
            "No column was recognised as {missing}. The file looks like {likely}, not {kind}. It has {found}.",
            missing=words,
            likely=say(likely.label).lower(),
            kind=say(kind.label).lower(),
            found=listed(columns),
        )
    if likely is None:
        return say(
            "No column was recognised as {missing}. The file has {found}. If each row is a case whose answer is known, bring "
            "it as cases with a known answer.",
            missing=words,
            found=listed(columns),
        )
    return say("No column was recognised as {missing}. The file has {found}.", missing=words, found=listed(columns))


def listed(columns: Sequence[str], at_most: int = 40) -> str:
    """Column names for a message: long ones cut, many ones counted."""
    names = [f"'{short(column)}'" for column in columns[:at_most]]
    more = len(columns) - len(names)
    return ", ".join(names) + (say(" and {n} more", n=more) if more > 0 else "")


def short(value: object, at_most: int = 60) -> str:
    """A value as a message can show it: one line, not too long."""
    text = "".join(letter if letter.isprintable() else "�" for letter in str(value)[: at_most + 1])
    return text if len(text) <= at_most else text[:at_most] + "…"


def family_of(columns: Sequence[str], kind: FileKind) -> Family | None:
    """The known export that a file's headers are those of."""
    headers = {normalised(column) for column in columns}
    return next((family for family in kind.families if family.signature <= headers), None)


def _by_header(columns: Sequence[str]) -> dict[str, str]:
    by_header: dict[str, str] = {}
    for column in columns:
        by_header.setdefault(normalised(column), column)
    return by_header


def _family_proposals(columns: Sequence[str], kind: FileKind, family: Family | None) -> dict[str, Proposal]:
    if family is None:
        return {}
    by_header = _by_header(columns)
    found = {}
    for canonical, headers in family.columns.items():
        column = next((column for header in headers if (column := _joined(header, by_header))), "")
        if column:
            reason = say(
                "The columns are those of {family}, where '{column}' is this: {meaning}.",
                family=family.name,
                column=column,
                meaning=kind.column(canonical).meaning,
            )
            found[canonical] = Proposal(canonical, column, CERTAIN, reason)
    return found


def _joined(header: str, by_header: Mapping[str, str]) -> str:
    """The raw column or columns that a header stands for; empty where one of them is not there."""
    parts = header.split("+")
    return TOGETHER.join(by_header[part] for part in parts) if all(part in by_header for part in parts) else ""


def _candidates(canonical: str, columns: Sequence[str], kind: FileKind) -> list[tuple[int, str, int, float]]:
    """Raw columns whose names are among those of a canonical column: position, column, place among the names, confidence."""
    found = []
    for position, column in enumerate(columns):
        header = normalised(column)
        if header == normalised(canonical):
            found.append((position, column, 0, CERTAIN))
            continue
        for names, confidence in zip(kind.aliases[canonical], (SURE, LIKELY), strict=True):
            if header in names:
                found.append((position, column, names.index(header), confidence))
                break
    by_header = _by_header(columns)
    for names, confidence in zip(kind.aliases[canonical], (SURE, LIKELY), strict=True):
        for place, name in enumerate(names):
            column = _joined(name, by_header) if "+" in name else ""
            if column:
                found.append((columns.index(parts_of(column, columns)[0]), column, place, confidence))
    return found


def _reason(canonical: str, column: str, confidence: float, kind: FileKind) -> str:
    meaning = kind.column(canonical).meaning
    if confidence >= CERTAIN:
        return say("'{column}' is our own name for it: {meaning}.", column=column, meaning=meaning)
    if confidence >= SURE:
        return say("'{column}' is a usual name for it: {meaning}.", column=column, meaning=meaning)
    return say("'{column}' may be it, please check: {meaning}.", column=column, meaning=meaning)
