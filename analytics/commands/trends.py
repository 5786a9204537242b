"""The command that says what changed."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import click

from analytics.calendar import parse_day
from analytics.commands.base import answer, as_json_option, as_of_option, helpful
from analytics.errors import EmptyDataError

if TYPE_CHECKING:
    import pandas as pd

    from analytics.sources import Source

_LISTED = 10


@click.command()
@click.argument("name")
@click.option("--grain", default="month", show_default=True, help="day, week or month: what the series is counted by.")
@as_of_option
@as_json_option
@helpful
def trends(name: str, grain: str, as_of: str | None, as_json: bool) -> None:
    """Say what changed: revenue by period, the bridge between months, what rises and falls, what was unusual."""
    from analytics.sources import open_source

    source = open_source(name)
    told = _told(source, parse_day(as_of) if as_of else source.default_as_of, grain)
    answer(told, as_json, _text(told, source.currency))


def _told(source: Source, as_of: date, grain: str) -> dict[str, Any]:
    from analytics import trends as found
    from analytics.customers import customer_table

    series = found.orders_by(source, as_of, grain)
    totals, periods = series.totals(), series.periods
    rolling = found.rolling_mean(totals, periods, "revenue")
    before = found.year_before(totals, periods, "revenue")
    odd = found.with_reasons(
        found.anomalies(totals, periods, "revenue", source.currency), totals, periods, "revenue", source, as_of
    )
    bridge = found.revenue_bridge(source, as_of)
    share = found.concentration(customer_table(source, as_of))
    best = {f"top_{round(item.share * 100)}_share": item.revenue_share for item in share.best}
    return {
        "dataset": source.name,
        "version": source.version,
        "as_of": as_of.isoformat(),
        "grain": grain,
        "periods": [
            {
                "period": start.isoformat(),
                **{key: _number(value) if key.endswith("_mean") else value for key, value in row.items()},
                "rolling_mean": _number(rolling[place]),
                "year_before": _number(before[place]),
                "partial": periods.partial[place],
            }
            for place, (start, row) in enumerate(zip(periods.starts, _records(totals.round(4)), strict=True))
        ],
        "bridge": [
            {
                "month": month.isoformat()[:7],
                **row,
                "partial": is_partial,
            }
            for month, row, is_partial in zip(
                bridge.months.starts[1:],
                _records(bridge.totals()),
                bridge.months.partial[1:],
                strict=True,
            )
        ],
        **_movers(source, as_of),
        "anomalies": [
            {
                "period": item.start.isoformat(),
                "revenue": item.value,
                "usual": item.usual,
                "score": item.score,
                "sentence": item.sentence,
                "reason": item.reason,
            }
            for item in odd
        ],
        "concentration": {"customers": share.customers, "gini": share.gini, **best},
        "seasonality": _seasonality(totals, periods),
    }


def _movers(source: Source, as_of: date) -> dict[str, Any]:
    from analytics import trends as found

    try:
        sales = found.item_sales(source, as_of)
    except EmptyDataError as missing:
        return {"rising": [], "falling": [], "movers_missing": str(missing)}
    moves, span = sales.moves(), sales.span
    return {
        "compared": {
            "before_from": span.before_on.isoformat(),
            "from": span.starts_on.isoformat(),
            "until": span.ends_on.isoformat(),
        },
        "rising": _listed(moves[moves["change"] > 0].head(_LISTED)),
        "falling": _listed(moves[moves["change"] < 0].iloc[::-1].head(_LISTED)),
    }


def _listed(moves: pd.DataFrame) -> list[dict[str, Any]]:
    return [{**row, "change_share": _number(row["change_share"])} for row in _records(moves)]


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def _seasonality(totals: pd.DataFrame, periods: Any) -> dict[str, Any]:
    from analytics import trends as found

    try:
        parts = found.seasonality(totals, periods, "revenue")
    except EmptyDataError as missing:
        return {"missing": str(missing)}
    return {
        "trend_strength": parts.trend_strength,
        "season_strength": parts.season_strength,
        "phases": [{"name": phase.name, "effect": phase.effect} for phase in parts.phases],
    }


def _number(value: Any) -> float | None:
    return None if value is None or value != value else round(float(value), 4)  # noqa: PLR0124 - not-a-number


def _text(told: dict[str, Any], currency: str) -> str:
    money = f"Revenue{f' ({currency})' if currency else ''}"
    lines = [f"{'From':<12}{money:>18}{'Orders':>10}{'Customers':>11}{'Avg. order':>12}"]
    for row in told["periods"][-24:]:
        mean = f"{row['order_value_mean']:,.2f}" if row["order_value_mean"] is not None else "–"
        lines.append(
            f"{row['period']:<12}{row['revenue']:>18,.2f}{row['orders']:>10,}{row['customers']:>11,}{mean:>12}"
            + ("  in part" if row["partial"] else "")
        )
    if told["bridge"]:
        lines += ["", f"{'Month':<9}" + "".join(f"{name:>15}" for name in ("New", "Reactivated", "Retained", "Lost"))]
    for row in told["bridge"][-12:]:
        parts = "".join(f"{row[name]:>15,.0f}" for name in ("new", "reactivated", "retained"))
        lines.append(f"{row['month']:<9}{parts}{-row['lost']:>15,.0f}" + ("  in part" if row["partial"] else ""))
    for heading, name in (("Rising", "rising"), ("Falling", "falling")):
        if told[name]:
            lines += ["", f"{heading}, revenue of the last 30 days against the 30 before:"]
        for row in told[name]:
            lines.append(f"{row['change']:>+14,.0f}  {row['name']}" + (f" ({row['state']})" if row["state"] else ""))
    if told.get("movers_missing"):
        lines += ["", told["movers_missing"]]
    farthest = sorted(told["anomalies"], key=lambda item: -abs(item["score"]))[:_LISTED]
    if farthest:
        lines += ["", f"Unusual ({len(told['anomalies']):,} in all, the farthest first):"]
        lines += [f"  {item['sentence']} {item['reason']}".rstrip() for item in farthest]
    share = told["concentration"]
    if share["gini"] is not None:
        lines += [
            "",
            f"The best 20% of {share['customers']:,} customers bring {share['top_20_share']:.1%} of revenue, "
            f"the best 10% {share['top_10_share']:.1%}; Gini {share['gini']:.2f}.",
        ]
    seasons = told["seasonality"]
    if "missing" in seasons:
        lines.append(seasons["missing"])
    else:
        high = max(seasons["phases"], key=lambda item: item["effect"])
        low = min(seasons["phases"], key=lambda item: item["effect"])
        lines.append(
            f"{high['name']}: {high['effect']:+.0%}, {low['name']}: {low['effect']:+.0%} of the usual; "
            f"strength of the season {seasons['season_strength']:.2f}, of the trend {seasons['trend_strength']:.2f} of 1."
        )
    return "\n".join(lines)
