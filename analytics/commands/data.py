"""Commands that bring data in, list it and erase it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from analytics.commands.base import answer, as_json_option, helpful, pair
from analytics.datasets import erase_dataset, list_datasets, now_text
from analytics.errors import MissingColumnsError, RequestError
from analytics.manifest import Manifest
from analytics.sessions import DEFAULT_GAP_MINUTES
from analytics.text import say, say_count

_KINDS = ("orders", "events", "sessions", "customers", "labelled")


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", required=True, help="The dataset to make, or to add a version to.")
@click.option(
    "--as", "kind", type=click.Choice(_KINDS), default="orders", show_default=True, help="What the file holds."
)
@click.option("--currency", default="", help="ISO code of the money in the file, for example GBP.")
@click.option(
    "--map", "mapped", multiple=True, metavar="OURS=THEIRS", help="Which column is which, where a guess would be wrong."
)
@click.option("--rule", "rules", multiple=True, metavar="RULE=on|off", help="Switch a cleaning rule on or off.")
@click.option(
    "--gap", "gap_minutes", type=int, help="Clicks: minutes without a click that end a visit; 30 if left out."
)
@click.option("--customers", type=click.Path(path_type=Path), help="Orders: a file of customers' attributes as well.")
@click.option("--events", type=click.Path(path_type=Path), help="Orders: a file of clicks as well.")
@click.option("--test", type=click.Path(path_type=Path), help="Cases: a file of their fixed test part as well.")
@as_json_option
@helpful
def import_file(
    file: Path,
    name: str,
    kind: str,
    currency: str,
    mapped: tuple[str, ...],
    rules: tuple[str, ...],
    gap_minutes: int | None,
    customers: Path | None,
    events: Path | None,
    test: Path | None,
    as_json: bool,
) -> None:
    """Clean a file and publish it as a dataset, or as a new version of one.

    CSV, Excel or Parquet: orders, clicks (--as events), ready visits (--as sessions), customers' attributes, or cases with a
    known answer for models to learn from (--as labelled). The usual headers are recognised: Online Retail, Shopify,
    WooCommerce, Google Analytics and the like. What a file does not
    bring is kept: clicks added to a shop leave its orders as they are.
    """
    _check_options(kind, currency, gap_minutes, customers, events, rules, test)
    options: dict[str, Any] = {
        "name": name,
        "label": file.name,
        "mapping": dict(pair(text, "--map", "OURS=THEIRS") for text in mapped) or None,
        "created_at": now_text(datetime.now(UTC)),
    }
    switches = _switches(rules)
    try:
        published = _import(file, kind, switches, currency, gap_minutes, customers, events, test, options)
    except MissingColumnsError as problem:
        raise RequestError(f"{problem} {_way_on(problem, kind)}") from problem
    answer(_told(published), as_json, _import_text(published))


def _import(
    file: Path,
    kind: str,
    switches: dict[str, bool] | None,
    currency: str,
    gap_minutes: int | None,
    customers: Path | None,
    events: Path | None,
    test: Path | None,
    options: dict[str, Any],
) -> Manifest:
    from analytics import intake

    if kind == "events":
        gap = DEFAULT_GAP_MINUTES if gap_minutes is None else gap_minutes
        return intake.import_events(file, rules=switches, gap_minutes=gap, **options)
    if kind == "sessions":
        return intake.import_sessions(file, rules=switches, **options)
    if kind == "customers":
        return intake.import_customers(file, **options)
    if kind == "labelled":
        return intake.import_labelled(file, test=test, **options)
    return intake.import_orders(file, rules=switches, currency=currency, customers=customers, events=events, **options)


def _check_options(
    kind: str,
    currency: str,
    gap_minutes: int | None,
    customers: Path | None,
    events: Path | None,
    rules: tuple[str, ...],
    test: Path | None,
) -> None:
    """
    Raises:
        RequestError: an option does not go with what the file holds.
    """
    if gap_minutes is not None and kind != "events":
        raise RequestError(say("--gap parts clicks into visits. It goes with --as events."))
    if test is not None and kind != "labelled":
        raise RequestError(say("--test names the test part of cases with a known answer. It goes with --as labelled."))
    if rules and kind == "labelled":
        raise RequestError(
            say("--rule switches cleaning rules. Cases with a known answer stay as they came: leave it out.")
        )
    given = {"--currency": currency, "--customers": customers, "--events": events}
    wrong = [option for option, value in given.items() if value]
    if wrong and kind != "orders":
        raise RequestError(
            say("{options} goes with orders. Import the orders first, then this file.", options=" and ".join(wrong))
        )


def _switches(rules: tuple[str, ...]) -> dict[str, bool] | None:
    switches = {}
    for rule, switch in (pair(text, "--rule", "RULE=on or RULE=off") for text in rules):
        if switch not in ("on", "off"):
            raise RequestError(f"'{rule}={switch}' is not possible for --rule. Write {rule}=on or {rule}=off.")
        switches[rule] = switch == "on"
    return switches or None


def _way_on(problem: MissingColumnsError, kind: str) -> str:
    """What to write on the command line about columns that were not recognised."""
    if problem.likely_kind != kind:
        return say("Try --as {kind}.", kind=problem.likely_kind)
    if kind == "orders":
        return say(
            "Say which one it is, for example --map {first}=COLUMN; cases with a known answer come by --as labelled.",
            first=problem.missing[0],
        )
    return say("Say which one it is, for example --map {first}=COLUMN.", first=problem.missing[0])


@click.command()
@as_json_option
@helpful
def datasets(as_json: bool) -> None:
    """List the datasets of the workspace."""
    known = list_datasets()
    lines = [f"{item.dataset}  version {item.version}  {', '.join(_counts(item))}" for item in known]
    empty = "There are no datasets yet. Make one: python -m analytics import FILE --name NAME"
    answer({"datasets": [_told(item) for item in known]}, as_json, "\n".join(lines) or empty)


@click.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Erase without asking.")
@helpful
def erase(name: str, yes: bool) -> None:
    """Erase a dataset with all its versions."""
    if not yes:
        click.confirm(f"Erase dataset '{name}' with all its versions?", abort=True)
    erase_dataset(name)
    click.echo(f"Dataset '{name}' is erased.")


def _told(published: Manifest) -> dict[str, Any]:
    return {
        "dataset": published.dataset,
        "version": published.version,
        "kind": published.kind,
        "order_lines": published.tables.get("order_lines", 0),
        "orders": published.tables.get("orders", 0),
        "customers": published.customers,
        "revenue": published.revenue,
        "currency": published.currency,
        "events": published.tables.get("events", 0),
        "sessions": published.tables.get("sessions", 0),
        "cases": published.tables.get("labelled", 0),
        "test_cases": published.test_cases,
        "source": published.source,
        "rows_read": published.rows_read,
        "first_order_on": published.first_order_on,
        "last_order_on": published.last_order_on,
        "first_event_on": published.first_event_on,
        "last_event_on": published.last_event_on,
        "session_gap_minutes": published.session_gap_minutes,
        "mapping": published.mapping,
        "ledger": [asdict(entry) for entry in published.ledger],
        "warnings": list(published.warnings),
    }


def _counts(item: Manifest) -> list[str]:
    """What is in a dataset, with its days, as a line has it."""
    told = []
    if item.has_orders:
        told += [
            say_count(item.customers, "{n} customer", "{n} customers"),
            say_count(item.tables["orders"], "{n} order", "{n} orders"),
            say("{first} to {last}", first=item.first_order_on, last=item.last_order_on),
        ]
    if "events" in item.tables:
        told.append(say_count(item.tables["events"], "{n} click", "{n} clicks"))
    if "sessions" in item.tables:
        told.append(say_count(item.tables["sessions"], "{n} visit", "{n} visits"))
    if item.first_event_on:
        told.append(say("{first} to {last}", first=item.first_event_on, last=item.last_event_on))
    if "labelled" in item.tables:
        told.append(say_count(item.tables["labelled"], "{n} case", "{n} cases"))
    if item.test_cases:
        told.append(say("{n:,} of them for the test", n=item.test_cases))
    if not told:
        told.append(
            say_count(item.tables.get("customers", 0), "{n} customer's attributes", "{n} customers' attributes")
        )
    return told


def _import_text(published: Manifest) -> str:
    head = f"Dataset '{published.dataset}', version {published.version}: "
    if published.kind == "orders":
        head += (
            f"{published.tables['order_lines']:,} order lines, {published.tables['orders']:,} orders, "
            f"{published.customers:,} customers, revenue {published.revenue:,.2f}"
        )
    else:
        head += ", ".join(_counts(published))
    lines = [head, f"Of {published.rows_read:,} rows read:"]
    lines += [
        f"  {entry.rows:>10,} {entry.action:<16} {entry.label}"
        for entry in published.ledger
        if entry.enabled and entry.rows
    ]
    if len(lines) == 2:
        lines[1] = f"All {published.rows_read:,} rows read were kept."
    return "\n".join([*lines, *published.warnings])
