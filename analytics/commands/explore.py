"""The command that shows how a metric is spread, or where customers are."""

from __future__ import annotations

import math
from typing import Any

import click

from analytics.calendar import parse_day
from analytics.commands.base import answer, as_json_option, as_of_option, helpful
from analytics.errors import RequestError
from analytics.text import in_unit

_BAR = 40


@click.command()
@click.argument("name")
@click.option("--metric", "asked", help="The metric or numeric attribute, for example order_value_mean.")
@click.option("--by", help="country: customers, orders and revenue of each country, instead of one metric.")
@click.option("--log", is_flag=True, help="Bars that are equally wide on a logarithmic scale.")
@as_of_option
@as_json_option
@helpful
def explore(name: str, asked: str | None, by: str | None, log: bool, as_of: str | None, as_json: bool) -> None:
    """Show how a metric is spread, by segment and with what it goes together; or totals by country."""
    from analytics import exploration, rfm
    from analytics.customers import customer_table
    from analytics.sources import open_source

    if by is not None and by != "country":
        raise RequestError(f"'{by}' is not possible for --by. Use --by country, or leave it out.")
    if (asked is None) == (by is None):
        raise RequestError("Say what to explore: --metric order_value_mean, or --by country.")
    table = rfm.with_segments(customer_table(open_source(name), parse_day(as_of) if as_of else None))
    if asked is None:
        places = exploration.geography(table)
        told = {
            "as_of": table.as_of.isoformat(),
            "currency": table.currency,
            "countries": [place.to_json() for place in places],
            "not_on_the_map": [place.name for place in exploration.off_the_map(places) if place.name],
        }
        answer(told, as_json, _places_text(places))
        return
    found = exploration.distribution(table, asked, log=log)
    boxes = exploration.boxes(table, asked)
    related = _correlations_with(exploration.correlations(table), asked)
    answer(
        {
            **found.to_json(),
            "as_of": table.as_of.isoformat(),
            "by_segment": exploration.boxes_json(boxes),
            "correlations": related,
        },
        as_json,
        _text(found, boxes, related, table.currency),
    )


def _correlations_with(found: Any, name: str) -> dict[str, float | None]:
    """Pearson's r of one metric with every other, strongest first."""
    names = [column.name for column in found.columns]
    if name not in names:
        return {}
    row = found.r[names.index(name)].tolist()
    pairs = [(other, r) for other, r in zip(names, row, strict=True) if other != name]
    pairs.sort(key=lambda pair: -abs(pair[1]) if not math.isnan(pair[1]) else 1)
    return {other: None if math.isnan(r) else round(r, 6) for other, r in pairs}


def _places_text(places: Any) -> str:
    lines = [f"{'Country':<24}{'Customers':>10}{'Orders':>10}{'Revenue':>18}{'Per order':>12}{'Median customer':>17}"]
    lines += [
        f"{place.name or 'not known':<24}{place.customers:>10,}{place.orders:>10,}{place.revenue:>18,.2f}"
        f"{place.order_value_mean:>12,.2f}{place.median:>17,.2f}"
        for place in places
    ]
    return "\n".join(lines)


def _text(found: Any, boxes: Any, related: dict[str, float | None], currency: str) -> str:
    unit = found.column.unit

    def shown(value: float | None) -> str:
        return in_unit(value, unit, currency)

    lines = [f"{found.column.label}: {found.column.meaning}", f"{found.customers:,} customers."]
    if found.missing:
        lines.append(f"{found.missing:,} have none. {found.column.missing}")
    if found.not_positive:
        lines.append(f"{found.not_positive:,} have 0 or less, which has no place on a logarithmic scale.")
    if found.mean is not None:
        lines.append(
            f"Mean {shown(found.mean)}, median {shown(found.median)}, from {shown(found.minimum)} to {shown(found.maximum)}."
        )
    most = max((item.customers for item in found.bins), default=1)
    lines += [
        f"  {item.low:>14,.6g} to {item.high:>14,.6g} {item.customers:>10,} {'#' * round(_BAR * item.customers / most)}".rstrip()
        for item in found.bins
    ]
    lines.append(f"{'Segment':<20}{'Customers':>10}{'Lower quartile':>16}{'Median':>14}{'Upper quartile':>16}")
    lines += [
        f"{box.segment:<20}{box.customers:>10,}{shown(box.lower_quartile):>16}{shown(box.median):>14}"
        f"{shown(box.upper_quartile):>16}"
        for box in boxes
    ]
    strong = [f"{name} {r:+.2f}" for name, r in list(related.items())[:5] if r is not None]
    if strong:
        lines.append(f"Goes together with {', '.join(strong)} (Pearson's r).")
    return "\n".join(lines)
