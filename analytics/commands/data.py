"""Commands that bring data in, list it and erase it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from analytics.commands.base import answer, as_json_option, helpful, pair
from analytics.datasets import erase_dataset, list_datasets, now_text
from analytics.errors import RequestError
from analytics.manifest import Manifest


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", required=True, help="The dataset to make, or to add a version to.")
@click.option("--currency", default="", help="ISO code of the money in the file, for example GBP.")
@click.option(
    "--map", "mapped", multiple=True, metavar="OURS=THEIRS", help="Which column is which, where a guess would be wrong."
)
@click.option("--rule", "rules", multiple=True, metavar="RULE=on|off", help="Switch a cleaning rule on or off.")
@click.option("--customers", type=click.Path(path_type=Path), help="A Parquet file of customers' attributes.")
@as_json_option
@helpful
def import_file(
    file: Path,
    name: str,
    currency: str,
    mapped: tuple[str, ...],
    rules: tuple[str, ...],
    customers: Path | None,
    as_json: bool,
) -> None:
    """Clean an order file and publish it as a dataset.

    CSV, Excel or Parquet. The usual headers are recognised: Online Retail, Shopify, WooCommerce and the like.
    """
    from analytics.intake import import_orders

    switches = {}
    for rule, switch in (pair(text, "--rule", "RULE=on or RULE=off") for text in rules):
        if switch not in ("on", "off"):
            raise RequestError(f"'{rule}={switch}' is not possible for --rule. Write {rule}=on or {rule}=off.")
        switches[rule] = switch == "on"
    published = import_orders(
        file,
        name=name,
        label=file.name,
        currency=currency,
        mapping=dict(pair(text, "--map", "OURS=THEIRS") for text in mapped) or None,
        rules=switches or None,
        customers=customers,
        created_at=now_text(datetime.now(UTC)),
    )
    answer(_told(published), as_json, _import_text(published))


@click.command()
@as_json_option
@helpful
def datasets(as_json: bool) -> None:
    """List the datasets of the workspace."""
    known = list_datasets()
    lines = [
        f"{item.dataset}  version {item.version}  {item.customers:,} customers  "
        f"{item.tables.get('orders', 0):,} orders  {item.first_order_on} to {item.last_order_on}"
        for item in known
    ]
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
        "order_lines": published.tables.get("order_lines", 0),
        "orders": published.tables.get("orders", 0),
        "customers": published.customers,
        "revenue": published.revenue,
        "currency": published.currency,
        "source": published.source,
        "rows_read": published.rows_read,
        "first_order_on": published.first_order_on,
        "last_order_on": published.last_order_on,
        "ledger": [asdict(entry) for entry in published.ledger],
        "warnings": list(published.warnings),
    }


def _import_text(published: Manifest) -> str:
    lines = [
        f"Dataset '{published.dataset}', version {published.version}: {published.tables['order_lines']:,} order lines, "
        f"{published.tables['orders']:,} orders, {published.customers:,} customers, revenue {published.revenue:,.2f}",
        f"Of {published.rows_read:,} rows read:",
    ]
    lines += [
        f"  {entry.rows:>10,} {entry.action:<16} {entry.label}"
        for entry in published.ledger
        if entry.enabled and entry.rows
    ]
    if len(lines) == 2:
        lines[1] = f"All {published.rows_read:,} rows read were kept."
    return "\n".join([*lines, *published.warnings])
