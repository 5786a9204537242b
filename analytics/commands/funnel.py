"""Commands that follow visitors along the steps of a funnel, and count the carts that were left."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

import click

from analytics.calendar import parse_day
from analytics.commands.base import answer, as_json_option, as_of_option, helpful

if TYPE_CHECKING:
    import numpy as np

    from analytics.behaviour.funnels import Funnel
    from analytics.sources import Source

BREAKDOWNS: Final = ("segment", "device", "source", "visitor_type")


@click.command()
@click.argument("name")
@click.option("--steps", required=True, help="2 to 20 steps in order: view,page:checkout,category:Mugs,product:M-1.")
@click.option("--within", help="A time for the whole way, across visits: 30m, 2h, 7d; the session if left out.")
@click.option("--by", type=click.Choice(BREAKDOWNS), help="Count each segment, device, source or visitor type alone.")
@as_of_option
@as_json_option
@helpful
def funnel(name: str, steps: str, within: str | None, by: str | None, as_of: str | None, as_json: bool) -> None:
    """Count who comes how far along some steps, in their order."""
    from analytics.behaviour.funnels import summarise, within_sentence
    from analytics.behaviour.reaching import find_funnel
    from analytics.behaviour.steps import read_steps, split_steps
    from analytics.sources import open_source
    from analytics.text import say

    source = open_source(name)
    day = parse_day(as_of) if as_of else None
    found = find_funnel(source, read_steps(split_steps(steps), source), within or "", as_of=day)
    asked, counted = split_steps(steps), summarise(found)
    told: dict[str, Any] = {
        "unit": found.unit,
        "within": found.within or None,
        "steps": [
            {
                "step": text,
                "meaning": step.step.text,
                found.unit: step.reached,
                "share": step.share,
                "of_previous": step.of_previous,
                "lost": step.lost,
                "median_seconds": step.median_seconds,
            }
            for text, step in zip(asked, counted, strict=True)
        ],
    }
    lines = [f"{'Step':<32}{found.unit.capitalize():>12}{'Of first':>10}{'Of previous':>13}{'Lost':>10}"]
    lines += [
        f"{step.step.text:<32}{step.reached:>12,}{_share(step.share):>10}{_share(step.of_previous):>13}{step.lost:>10,}"
        for step in counted
    ]
    lines.append(say("Steps in their order, {within}.", within=within_sentence(found.within)))
    if by:
        groups = _groups(source, found, by, day)
        told["by"], told["groups"] = by, groups
        lines += [
            f"  {group['group']:<30}" + "".join(f"{count:>12,}" for count in group["reached"]) for group in groups
        ]
    answer(told, as_json, "\n".join(lines))


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _groups(source: Source, found: Funnel, by: str, day: date | None) -> list[dict[str, Any]]:
    from analytics.behaviour.funnels import summarise_groups

    codes, names = _codes(source, found, by, day)
    reached = summarise_groups(found, codes, len(names))
    return [
        {"group": name, "reached": counts, "shares": [count / counts[0] if counts[0] else None for count in counts]}
        for name, counts in zip(names, reached.tolist(), strict=True)
        if counts[0]
    ]


def _codes(source: Source, found: Funnel, by: str, day: date | None) -> tuple[np.ndarray[Any, Any], list[str]]:
    """Each session's group by number, and the groups' names."""
    import numpy as np

    from analytics.errors import RequestError
    from analytics.sources import fetch
    from analytics.text import say

    codes = np.full(len(found.deepest), -1, dtype=np.int64)
    if by == "segment":
        from analytics import rfm
        from analytics.behaviour.people import customers_of
        from analytics.customers import KEY, customer_table, resolve_as_of

        table = rfm.with_segments(customer_table(source, day))
        pairs = customers_of(source, resolve_as_of(source, day), visitors_counted=found.unit == "visitors")
        segment = table.frame.set_index(KEY)[rfm.SEGMENT].astype("category")
        known = segment.cat.codes.reindex(pairs[KEY], fill_value=-1).to_numpy()
        codes[pairs["place"].to_numpy()] = known
        return codes, list(segment.cat.categories)
    sessions = source.table("sessions")
    frame = fetch(sessions.filter(sessions[by].notnull()).select("session", group=sessions[by]), at_most=None)
    if frame.empty:
        raise RequestError(
            say("The sessions of '{name}' do not know their {by}. Leave --by out.", name=source.name, by=by)
        )
    group = frame["group"].astype("category")
    codes[frame["session"].to_numpy()] = group.cat.codes.to_numpy()
    return codes, [str(name) for name in group.cat.categories]


@click.command()
@click.argument("name")
@as_of_option
@as_json_option
@helpful
def carts(name: str, as_of: str | None, as_json: bool) -> None:
    """Count the carts that were filled and left: how many, whose, for how much, how long ago."""
    from dataclasses import asdict

    from analytics.behaviour.carts import (
        AGE_BANDS,
        GRACE_HOURS,
        by_age,
        check_carts,
        find_carts,
        left_products,
        summarise_carts,
    )
    from analytics.customers import resolve_as_of
    from analytics.sources import open_source

    source = open_source(name)
    check_carts(source)
    day = resolve_as_of(source, parse_day(as_of) if as_of else None)
    found = find_carts(source, day)
    figures = summarise_carts(found)
    counts, values = by_age(found)
    starts = [0, *(days + 1 for days in AGE_BANDS)]
    ages = [
        {"from_days": start, "to_days": end, "carts": int(count), "value": round(float(value), 4)}
        for start, end, count, value in zip(starts, [*AGE_BANDS, None], counts, values, strict=True)
    ]
    products: list[dict[Any, Any]] = left_products(found).to_dict("records")
    top = [
        {
            "product": str(row["product_id"]),
            "name": str(row["name"]),
            "carts": int(row["carts"]),
            "value": round(float(row["value"]), 4) if row["value"] == row["value"] else None,
        }
        for row in products
    ]
    told: dict[str, Any] = {
        "as_of": day.isoformat(),
        "grace_hours": GRACE_HOURS,
        **asdict(figures),
        "ages": ages,
        "products": top,
    }
    worth = "" if figures.value is None else f", worth {figures.value:,.2f} {source.currency}".rstrip()
    lines = [
        f"{figures.filled:,} carts filled, {figures.left:,} left ({_share(figures.share)}){worth}.",
        f"Left by {figures.customers:,} known customers, and {figures.unknown:,} carts by visitors whom nobody knows.",
        *(f"  {item['carts']:>9,}  {item['name']}" for item in top),
    ]
    answer(told, as_json, "\n".join(lines))
