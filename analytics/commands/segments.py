"""Commands that score and segment customers, and write lists of them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from analytics.calendar import parse_day
from analytics.commands.base import answer, as_json_option, as_of_option, helpful
from analytics.datasets import now_text
from analytics.errors import RequestError


@click.command()
@click.argument("name")
@as_of_option
@as_json_option
@helpful
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
    answer(
        {"as_of": found.table.as_of.isoformat(), "preset": request.preset, "segments": rows}, as_json, "\n".join(lines)
    )


@click.command()
@click.argument("name")
@click.option("--algorithm", default="kmeans", show_default=True, help="kmeans.")
@click.option("--k", type=int, help="Number of groups; the silhouette proposes one if left out.")
@click.option("--metrics", help="Metrics to group by, separated by commas.")
@click.option("--seed", type=int, default=0, show_default=True, help="Same seed, same groups.")
@as_of_option
@as_json_option
@helpful
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
    answer(found.to_json(), as_json, "\n".join([*lines, *found.notes]))


@click.command()
@click.argument("name")
@click.option("--segment", "segments", multiple=True, help="An RFM segment; may be given again.")
@click.option("--all", "everyone", is_flag=True, help="Everyone.")
@click.option("--format", "form", default="csv", show_default=True, help="csv or xlsx.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The file to write.")
@as_of_option
@as_json_option
@helpful
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
    answer(
        {**asdict(about), "file": str(out)}, as_json, f"{about.customers:,} customers written to {out}. {about.rule}."
    )
