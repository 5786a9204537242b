"""Commands that put segmentations side by side, and that keep, list and drop them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from analytics.calendar import parse_day
from analytics.commands.base import answer, as_json_option, as_of_option, helpful
from analytics.datasets import now_text
from analytics.errors import RequestError
from analytics.request import AnalysisRequest

if TYPE_CHECKING:
    from analytics.customers import CustomerTable
    from analytics.rules import Rule
    from analytics.segmentation import Comparison, Pin


@click.command()
@click.argument("name")
@click.argument("segmentations", nargs=-1, required=True)
@as_of_option
@as_json_option
@helpful
def compare(name: str, segmentations: tuple[str, ...], as_of: str | None, as_json: bool) -> None:
    """Put two to four segmentations side by side: who is where in each, and how far they agree.

    SEGMENTATIONS are rfm, an algorithm such as kmeans:k=4 or kmeans:k=6,metrics=order_count+revenue_total,scaling=robust, or
    the names of kept ones.
    """
    from analytics.segmentation import compare as put_side_by_side
    from analytics.sources import open_source

    request = AnalysisRequest(name, as_of=parse_day(as_of) if as_of else None)
    found = put_side_by_side(request, open_source(name), segmentations)
    answer(found.to_json(), as_json, _told(found))


def _told(found: Comparison) -> str:
    lines = [f"{'':<32}{'Groups':>8}{'Silhouette':>12}{'Smallest':>10}{'In none':>9}"]
    for side in found.sides:
        silhouette = "–" if side.silhouette is None else f"{side.silhouette:.3f}"
        lines.append(f"{side.name:<32}{side.k:>8}{silhouette:>12}{side.smallest_share:>10.1%}{side.noise_share:>9.1%}")
    for pair in found.pairs:
        one, other = found.sides[pair.one], found.sides[pair.other]
        rand, information = pair.adjusted_rand, pair.adjusted_mutual_information
        lines += [
            "",
            f"{one.name} and {other.name}: adjusted Rand index {rand:.3f}, adjusted mutual information {information:.3f}",
        ]
        lines += [
            f"  {count:>9,}  {share:>6.1%}  {one.segments[row]} → {other.segments[column]}"
            for row, (counts, shares) in enumerate(zip(pair.table.tolist(), pair.row_shares.tolist(), strict=True))
            for column, (count, share) in enumerate(zip(counts, shares, strict=True))
            if count
        ]
    return "\n".join(lines)


@click.command()
@click.argument("name")
@click.option("--keep", "kept_name", help="Keep the customers of --where as a segment of this name.")
@click.option("--where", help="The rule of --keep as JSON.")
@click.option("--replace", "replacing", is_flag=True, help="With --keep: in place of what is kept under that name.")
@click.option("--drop", "dropped", help="Forget what is kept under this name.")
@as_of_option
@as_json_option
@helpful
def segmentations(
    name: str,
    kept_name: str | None,
    where: str | None,
    replacing: bool,
    dropped: str | None,
    as_of: str | None,
    as_json: bool,
) -> None:
    """List what is kept of a dataset, with how far its customers have moved since; keep a rule, or drop something."""
    from analytics.segmentation import drop, keep_rule, scored
    from analytics.sources import open_source

    if bool(kept_name) != bool(where):
        raise RequestError("Give --keep and --where together: a name, and the rule of those who are meant.")
    source = open_source(name)
    assert source.stored is not None  # noqa: S101 - it was opened from the store
    if dropped:
        drop(source.stored, dropped)
    request = AnalysisRequest(name, as_of=parse_day(as_of) if as_of else None)
    table = scored(request, source)
    if kept_name and where:
        keep_rule(rule_told(where), table, kept_name, kept_at=now_text(datetime.now(UTC)), replacing=replacing)
        table = scored(request, source, table)
    told = kept_json(table)
    lines = [
        f"{pin['name']:<32}{pin['customers']:>10,}  {len(pin['segments'])} segments, "
        f"{pin['problem'] or pin['drift']['verdict']}"
        for pin in told
    ]
    answer({"as_of": table.as_of.isoformat(), "segmentations": told}, as_json, "\n".join(lines) or "Nothing is kept.")


def rule_told(text: str) -> Rule:
    """The rule that a text of JSON means.

    Raises:
        RequestError: it is none.
    """
    from analytics.rules import rule_from_json

    try:
        return rule_from_json(json.loads(text))
    except (ValueError, RecursionError):
        raise RequestError(
            f"'{text[:80]}' is not a rule. Write it as JSON, for example "
            '{"column": "country", "is": "equal to", "value": "France"}.'
        ) from None


def kept_json(table: CustomerTable) -> list[dict[str, Any]]:
    """What is kept of a table's dataset, as plain JSON: where its customers are now, and how far they have moved."""
    from analytics.segmentation import pins

    version = table.source.stored if table.source is not None else None
    return [_pin_json(pin, table) for pin in pins(version)] if version is not None else []


def _pin_json(pin: Pin, table: CustomerTable) -> dict[str, Any]:
    from analytics.segmentation import drift_of, problem_of

    moved = drift_of(pin, table)
    problem = problem_of(pin, table) or (None if moved else "Its rule cannot be looked up on these customers.")
    counts: Any = table.frame[pin.column].value_counts() if moved else {}
    return {
        "name": pin.name,
        "column": pin.column,
        "kind": "rule" if pin.rule is not None else "clustering",
        "made_on": {"version": pin.version, "as_of": pin.as_of.isoformat(), "customers": pin.customers},
        "kept_at": pin.kept_at,
        "request": dict(pin.request),
        "customers": len(table),
        "segments": [
            {
                "name": group.name,
                "customers_then": group.customers,
                "customers": int(counts[group.name]) if moved else None,
                "is_noise": group.is_noise,
            }
            for group in pin.segments
        ],
        "drift": moved.to_json() if moved else None,
        "problem": problem,
    }


def keep_found(found: Any, request: AnalysisRequest, name: str, *, replacing: bool) -> str:
    """Keep what `segment` has found; the sentence that says so."""
    from analytics.segmentation import keep

    pin = keep(found, replace(request, where=None), name, kept_at=now_text(datetime.now(UTC)), replacing=replacing)
    return f"Kept as '{pin.name}': it is the column {pin.column} of the customers from now on."
