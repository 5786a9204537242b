"""Commands that score and segment customers, and write lists of them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from analytics.calendar import parse_day
from analytics.commands.base import answer, as_json_option, as_of_option, helpful
from analytics.commands.compare import keep_found, rule_told
from analytics.commands.grouping import Grouping, grouping_options
from analytics.datasets import now_text
from analytics.errors import RequestError
from analytics.request import ALGORITHM_NAMES, RFM, AnalysisRequest
from analytics.text import say, say_count


@click.command()
@click.argument("name")
@as_of_option
@as_json_option
@helpful
def rfm(name: str, as_of: str | None, as_json: bool) -> None:
    """Score recency, frequency and monetary value and count the segments."""
    from analytics.segmentation import segment
    from analytics.sources import open_source

    request = AnalysisRequest(name, as_of=parse_day(as_of) if as_of else None)
    found = segment(request, open_source(name), profiled=False)
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
    answer(
        {"as_of": found.table.as_of.isoformat(), "preset": request.preset, "segments": rows}, as_json, "\n".join(lines)
    )


@click.command()
@click.argument("name")
@click.option("--k", type=int, help="Number of groups; one is proposed if left out.")
@grouping_options(ALGORITHM_NAMES)
@click.option(
    "--keep", "kept_name", help="Keep the groups under this name: every version's customers are placed in them."
)
@click.option("--replace", "replacing", is_flag=True, help="With --keep: in place of what is kept under that name.")
@as_json_option
@helpful
def segment(
    name: str, k: int | None, grouping: Grouping, kept_name: str | None, replacing: bool, as_json: bool
) -> None:
    """Find groups of customers and say who they are."""
    from analytics.segmentation import segment as find
    from analytics.sources import open_source

    if grouping.algorithm == RFM and (k is not None or grouping.is_told):
        raise RequestError(
            "RFM segments follow from rules: leave out --k, --metrics, --attributes, --features and --param, "
            "or use --algorithm kmeans."
        )
    request = grouping.request(name, k)
    found = find(request, open_source(name))
    lines = [say_count(found.k, "{n} group", "{n} groups")]
    if found.k > 1 and found.silhouette is not None:  # no silhouette is defined for a single group
        lines = [say("{groups}, silhouette {silhouette:.3f}", groups=lines[0], silhouette=found.silhouette)]
    for item in found.segments:
        lines.append(f"  {item.customers:>9,}  {item.name}: {item.sentence}")
        lines.append(f"{'':>13}{item.rule.told() if item.rule else item.no_rule}")
    lines += found.notes
    if kept_name is not None:
        lines.append(keep_found(found, request, kept_name, replacing=replacing))
    answer(found.to_json(), as_json, "\n".join(lines))


@click.command()
@click.argument("name")
@click.option("--segment", "segments", multiple=True, help="An RFM segment; may be given again.")
@click.option("--where", help="A rule as JSON; it may ask for kept segmentations.")
@click.option("--all", "everyone", is_flag=True, help="Everyone.")
@click.option("--format", "form", default="csv", show_default=True, help="csv or xlsx.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The file to write.")
@as_of_option
@as_json_option
@helpful
def audience(
    name: str,
    segments: tuple[str, ...],
    where: str | None,
    everyone: bool,
    form: str,
    out: Path,
    as_of: str | None,
    as_json: bool,
) -> None:
    """Write a list of customers to a file, with a manifest beside it."""
    from analytics import audiences
    from analytics.segmentation import segment as find
    from analytics.sources import open_source

    if bool(segments or where) == everyone:
        raise RequestError('Say who: --segment "Champions", --where with a rule, or --all for everyone.')
    rule = rule_told(where) if where else None
    request = AnalysisRequest(name, as_of=parse_day(as_of) if as_of else None, segments=segments, where=rule)
    chosen = audiences.audience_format(form)
    table = find(request, open_source(name), profiled=False).table
    about = audiences.write_audience(request, table, out, chosen, exported_at=now_text(datetime.now(UTC)))
    answer(
        {**asdict(about), "file": str(out)}, as_json, f"{about.customers:,} customers written to {out}. {about.rule}."
    )
