"""Commands that say what visitors do: their sessions in numbers."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from analytics.commands.base import answer, as_json_option, helpful

if TYPE_CHECKING:
    from analytics.sessions import SessionSummary


@click.command()
@click.argument("name")
@click.option(
    "--gap", type=int, help="Minutes without a click that end a session; the dataset's own, usually 30, if left out."
)
@as_json_option
@helpful
def sessions(name: str, gap: int | None, as_json: bool) -> None:
    """Count the visits of a dataset: how long, how many clicks, how many bounce, how many buy.

    A gap plays no part where the visits came with the data.
    """
    from analytics.sessions import session_summary
    from analytics.sources import open_source

    found = session_summary(open_source(name), gap)
    answer(asdict(found), as_json, _text(found))


def _text(found: SessionSummary) -> str:
    from analytics.text import say, say_count

    unknown = say("not known")
    lines = [
        ("Sessions", f"{found.sessions:,}"),
        ("Visitors", unknown if found.visitors is None else f"{found.visitors:,}"),
        ("Clicks", f"{found.clicks:,}"),
        ("Sessions of one click (bounce rate)", f"{found.bounce_rate:.1%}"),
        ("Clicks per session, mean", f"{found.clicks_per_session_mean:.2f}"),
        ("Clicks per session, median", f"{found.clicks_per_session_median:g}"),
        ("Clicks per session, most", f"{found.clicks_per_session_max:,}"),
        ("Length of a session, mean", _length(found.seconds_per_session_mean) or unknown),
        ("Sessions with a cart", _share(found.cart_rate) or unknown),
        ("Sessions with a purchase", _share(found.purchase_rate) or unknown),
    ]
    for row in found.by_visitor_type:
        rate = _share(row.purchase_rate)
        bought = say(", {share} with a purchase", share=rate) if rate else ""
        lines.append((f"Sessions of {row.visitor_type} visitors", f"{row.sessions:,}{bought}"))
    told = [f"{label:<38}{value}" for label, value in lines]
    if found.gap_minutes is None:
        told.append(say("The visits came with the data: no gap parts them."))
    else:
        told.append(
            say_count(
                found.gap_minutes,
                "A session ends after more than {n} minute without a click.",
                "A session ends after more than {n} minutes without a click.",
            )
        )
    return "\n".join(told)


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"


def _length(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
