"""The command that tells whether customers come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from analytics.calendar import parse_day
from analytics.commands.base import answer, as_json_option, as_of_option, helpful
from analytics.text import say

if TYPE_CHECKING:
    from analytics.cohorts import Cohorts

_MOST_COLUMNS = 13
_WIDEST = 34


@click.command()
@click.argument("name")
@click.option(
    "--by",
    default="month",
    show_default=True,
    help="What the customers of a cohort have in common: month, week, product, category, country, channel or segment; "
    "the name of a kept segmentation; or a clustering such as kmeans:k=4.",
)
@as_of_option
@as_json_option
@helpful
def cohorts(name: str, by: str, as_of: str | None, as_json: bool) -> None:
    """Put customers into cohorts by their first order, and say how many come back."""
    from analytics.segmentation import cohort_table
    from analytics.sources import open_source

    found = cohort_table(open_source(name), parse_day(as_of) if as_of else None, by)
    answer(found.to_json(), as_json, _text(found))


def _text(found: Cohorts) -> str:
    """A line per cohort: its customers, and the share of them who were active in each period since."""
    shown = min(found.active.shape[1], _MOST_COLUMNS)
    wide = min(max(len(label) for label in (*found.labels, "All")) + 2, _WIDEST)
    head = [
        f"{'Cohort':<{wide}}{'Customers':>10}",
        *(f"{found.kind.unit} {since}".rjust(10) for since in range(1, shown)),
    ]
    lines = ["".join(head)]
    for row, label in enumerate(found.labels):
        cells = []
        for since in range(1, shown):
            is_there, star = found.exists[row, since], "*" if found.partial[row, since] else " "
            cells.append(f"{found.share[row, since]:>8.1%}{star}" if is_there else "")
        lines.append(f"{label[: wide - 2]:<{wide}}{found.size[row]:>10,}" + "".join(f"{cell:>10}" for cell in cells))
    means = [f"{share:>8.1%} " if share == share else "" for share in found.mean_share()[1:shown]]  # noqa: PLR0124 - not-a-number
    lines.append(f"{'All':<{wide}}{int(found.size.sum()):>10,}" + "".join(f"{cell:>10}" for cell in means))
    if found.calendar.partial_from:
        lines.append(
            say(
                "The data covers the {unit} from {day} on only in part: * marks what may still grow.",
                unit=found.kind.unit,
                day=found.calendar.partial_from.isoformat(),
            )
            if found.kind.is_time
            else say(
                "A share is of the customers who have that month behind them; the data ends within the month from {day}.",
                day=found.calendar.partial_from.isoformat(),
            )
        )
    if found.active.shape[1] > shown:
        lines.append(say("The first {n} periods are shown; --json has all.", n=shown - 1))
    return "\n".join(line.rstrip() for line in lines)
