"""The command line: `python -m analytics …`. The same functions, arguments and numbers as on the screen."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn, ParamSpec

import click

from analytics.calendar import parse_day
from analytics.datasets import Manifest, erase_dataset, list_datasets, now_text
from analytics.errors import AnalyticsError, RequestError

P = ParamSpec("P")


def _helpful(command: Callable[P, None]) -> Callable[P, None]:
    """Turn an error that is meant for people into one sentence on stderr and an exit code that is not 0."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except AnalyticsError as problem:
            _fail(str(problem))
        except OSError as problem:
            _fail(f"Cannot read or write '{problem.filename or '?'}': {problem.strerror}.")

    return run


def _fail(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(1)


_as_json = click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
_as_of = click.option("--as-of", help="The as-of date, 2011-12-10; the day after the last order if left out.")


class _Commands(click.Group):
    """Commands whose misuse is answered in one line, as every other error is."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.UsageError as problem:
            raise click.ClickException(
                f"{problem.format_message()} See {(problem.ctx or ctx).command_path} --help."
            ) from problem


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def main() -> None:
    """Customer segments from a shop's orders: import a file, score, segment, and take the list with you."""


@main.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", required=True, help="The dataset to make, or to add a version to.")
@click.option("--currency", default="", help="ISO code of the money in the file, for example GBP.")
@click.option(
    "--map", "mapped", multiple=True, metavar="OURS=THEIRS", help="Which column is which, where a guess would be wrong."
)
@click.option("--rule", "rules", multiple=True, metavar="RULE=on|off", help="Switch a cleaning rule on or off.")
@click.option("--customers", type=click.Path(path_type=Path), help="A Parquet file of customers' attributes.")
@_as_json
@_helpful
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
    for rule, switch in (_pair(text, "--rule", "RULE=on or RULE=off") for text in rules):
        if switch not in ("on", "off"):
            raise RequestError(f"'{rule}={switch}' is not possible for --rule. Write {rule}=on or {rule}=off.")
        switches[rule] = switch == "on"
    published = import_orders(
        file,
        name=name,
        label=file.name,
        currency=currency,
        mapping=dict(_pair(text, "--map", "OURS=THEIRS") for text in mapped) or None,
        rules=switches or None,
        customers=customers,
        created_at=now_text(datetime.now(UTC)),
    )
    _answer(_told(published), as_json, _import_text(published))


@main.command()
@_as_json
@_helpful
def datasets(as_json: bool) -> None:
    """List the datasets of the workspace."""
    known = list_datasets()
    lines = [
        f"{item.dataset}  version {item.version}  {item.customers:,} customers  "
        f"{item.tables.get('orders', 0):,} orders  {item.first_order_on} to {item.last_order_on}"
        for item in known
    ]
    empty = "There are no datasets yet. Make one: python -m analytics import FILE --name NAME"
    _answer({"datasets": [_told(item) for item in known]}, as_json, "\n".join(lines) or empty)


@main.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Erase without asking.")
@_helpful
def erase(name: str, yes: bool) -> None:
    """Erase a dataset with all its versions."""
    if not yes:
        click.confirm(f"Erase dataset '{name}' with all its versions?", abort=True)
    erase_dataset(name)
    click.echo(f"Dataset '{name}' is erased.")


@main.command()
@click.argument("name")
@_as_of
@_as_json
@_helpful
def rfm(name: str, as_of: str | None, as_json: bool) -> None:
    """Score recency, frequency and monetary value and count the segments."""
    from analytics.request import AnalysisRequest
    from analytics.segmentation import segment
    from analytics.sources import open_source

    request = AnalysisRequest(name, as_of=parse_day(as_of) if as_of else None)
    found = segment(request, open_source(name))
    means = ("recency_days", "order_count", "revenue_total")
    rows = [
        {
            "name": item.name,
            "customers": item.customers,
            "orders": item.orders,
            "revenue": round(item.revenue, 4),
            **{f"{metric}_mean": item.profile.of(metric).mean for metric in means},
        }
        for item in found.segments
    ]
    lines = [f"{'Segment':<20}{'Customers':>10}{'Orders':>10}{'Revenue':>16}"]
    lines += [f"{row['name']:<20}{row['customers']:>10,}{row['orders']:>10,}{row['revenue']:>16,.2f}" for row in rows]
    _answer(
        {"as_of": found.table.as_of.isoformat(), "preset": request.preset, "segments": rows}, as_json, "\n".join(lines)
    )


@main.command()
@click.argument("name")
@click.option("--algorithm", default="kmeans", show_default=True, help="kmeans.")
@click.option("--k", type=int, help="Number of groups; the silhouette proposes one if left out.")
@click.option("--metrics", help="Metrics to group by, separated by commas.")
@click.option("--seed", type=int, default=0, show_default=True, help="Same seed, same groups.")
@_as_of
@_as_json
@_helpful
def segment(
    name: str, algorithm: str, k: int | None, metrics: str | None, seed: int, as_of: str | None, as_json: bool
) -> None:
    """Find groups of customers and say who they are."""
    from analytics.metrics import RFM_METRICS
    from analytics.request import AnalysisRequest
    from analytics.segmentation import segment as find
    from analytics.sources import open_source

    if algorithm == "rfm" and (k is not None or metrics):
        raise RequestError("RFM segments follow from rules: leave --k and --metrics out, or use --algorithm kmeans.")
    chosen = tuple(text.strip() for text in metrics.split(",")) if metrics else RFM_METRICS
    day = parse_day(as_of) if as_of else None
    request = AnalysisRequest(name, as_of=day, algorithm=algorithm, k=k, metrics=chosen, seed=seed)
    found = find(request, open_source(name))
    lines = [f"{found.k} groups" + (f", silhouette {found.silhouette:.3f}" if found.silhouette is not None else "")]
    lines += [f"  {item.customers:>9,}  {item.name}: {item.meaning}" for item in found.segments]
    _answer(found.to_json(), as_json, "\n".join([*lines, *found.notes]))


@main.command()
@click.argument("name")
@click.option("--segment", "segments", multiple=True, help="An RFM segment; may be given again.")
@click.option("--all", "everyone", is_flag=True, help="Everyone.")
@click.option("--format", "form", default="csv", show_default=True, help="csv or xlsx.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The file to write.")
@_as_of
@_as_json
@_helpful
def audience(
    name: str, segments: tuple[str, ...], everyone: bool, form: str, out: Path, as_of: str | None, as_json: bool
) -> None:
    """Write a list of customers to a file, with a manifest beside it."""
    from analytics import audiences
    from analytics.request import AnalysisRequest
    from analytics.segmentation import segment as find
    from analytics.sources import open_source

    if bool(segments) == everyone:
        raise RequestError('Say who: --segment "Champions", or --all for everyone.')
    request = AnalysisRequest(name, as_of=parse_day(as_of) if as_of else None, segments=segments)
    chosen = audiences.audience_format(form)
    table = find(request, open_source(name)).table
    about = audiences.write_audience(request, table, out, chosen, exported_at=now_text(datetime.now(UTC)))
    _answer(
        {**asdict(about), "file": str(out)}, as_json, f"{about.customers:,} customers written to {out}. {about.rule}."
    )


def _pair(text: str, option: str, form: str) -> tuple[str, str]:
    left, equals, right = text.partition("=")
    if not (left.strip() and equals and right.strip()):
        raise RequestError(f"'{text}' is not possible for {option}. Write {form}.")
    return left.strip(), right.strip()


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


def _answer(told: dict[str, Any], as_json: bool, text: str) -> None:
    click.echo(json.dumps(told, ensure_ascii=False, indent=1) if as_json else text)


if __name__ == "__main__":
    main(prog_name="python -m analytics")
