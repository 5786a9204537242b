"""Cohorts, drawn as a triangle: a row per cohort, a cell per period since the first order."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from analytics.cohorts import EVERYONE, Cohorts
from analytics.text import say
from dashboard import formats
from dashboard.figures.base import Figure, figure, nothing, typed
from dashboard.theme import Mode, mixed, readable_on, tokens

ROWS_SHOWN: Final = {"month": 24, "week": 26}
"""The latest cohorts by month or week."""
LARGEST_SHOWN: Final = 20
PERIODS_SHOWN: Final = 26
FEW: Final = 10
"""A share or a mean of fewer customers than this says little: it is drawn grey and sets no scale."""
_ROW_PIXELS: Final = 27
_LONGEST_LABEL: Final = 26


@dataclass(frozen=True, slots=True)
class Cells:
    """What the cells say: their values, those of all cohorts together, and how a value is written."""

    values: np.ndarray[Any, Any]
    mean: np.ndarray[Any, Any]
    text: Any
    """A value as it stands in a cell."""
    solid: np.ndarray[Any, Any]
    """Which of them are of enough customers to say something."""
    starts_alike: bool
    """Whether the first period is no part of the scale: everyone is there in it."""


def cells(found: Cohorts, measure: str) -> Cells:
    """The cells of a measure: `share`, `customers`, `revenue` or `value`, which is revenue per customer so far."""
    exists, solid = found.exists, found.eligible >= FEW
    whole = np.maximum((exists & ~found.partial).sum(axis=0), 1)
    active, revenue, eligible = found.mean()
    if measure == "customers":
        values, mean = found.active.astype(float), active / whole
        return Cells(
            np.where(exists, values, np.nan), np.where(eligible > 0, mean, np.nan), formats.compact, exists, True
        )
    if measure == "revenue":

        def compact(value: float) -> str:
            return formats.compact_money(round(value), found.currency).removesuffix(".00")

        mean = np.where(eligible > 0, revenue / whole, np.nan)
        return Cells(np.where(exists, found.revenue, np.nan), mean, compact, exists, True)
    if measure == "value":

        def money(value: float) -> str:
            return formats.compact_money(round(value), found.currency).removesuffix(".00")

        return Cells(found.value, found.mean_value(), money, solid, False)
    return Cells(found.share, found.mean_share(), _short_share, solid, True)


def _short_share(value: float) -> str:
    return formats.share(value, 1 if 0 < value < 0.01 else 0)


def rows_shown(found: Cohorts) -> Cohorts:
    """The cohorts that a chart has room for."""
    return found.largest(ROWS_SHOWN[found.kind.unit] if found.kind.is_time else LARGEST_SHOWN)


def height(found: Cohorts) -> int:
    """How high the triangle is, in pixels."""
    return 70 + _ROW_PIXELS * (max(len(rows_shown(found)), 2) + 1)


def width(found: Cohorts) -> int:
    """How wide the triangle is at least, so that its cells can be read."""
    shown = rows_shown(found)
    periods = int(np.flatnonzero(shown.exists.any(axis=0))[-1]) + 1 if len(shown) else 1
    return 230 + 34 * min(periods, PERIODS_SHOWN)


def triangle(found: Cohorts, measure: str, mode: Mode) -> Figure:
    """A row per cohort, a cell per period since the first order, the size beside it; a click means the people of the cell."""
    if not len(found):
        return nothing(mode, say("No customers in this selection"))
    shown = rows_shown(found)
    # Measured on all cohorts, so that what all do does not depend on how many are drawn
    everything, drawn = cells(found, measure), cells(shown, measure)
    periods = min(int(np.flatnonzero(shown.exists.any(axis=0))[-1]) + 1, PERIODS_SHOWN)
    first = 1 if everything.starts_alike else 0
    scaled = np.where(drawn.solid, drawn.values, np.nan)[:, first:periods]
    top = float(np.nanmax(scaled)) if scaled.size and not np.isnan(scaled).all() else 0.0
    size_width = max(1.4, periods * 0.085)
    bars = _Bars(mode, top)
    last = len(shown)
    for row in range(last):
        place = last - 1 - row
        number = formats.number(shown.size[row])
        bars.add((-size_width, size_width, place), number, people(shown, row, None), _size_hover(shown, row))
        for since in np.flatnonzero(shown.exists[row, :periods]).tolist():
            value = float(drawn.values[row, since])
            bars.add(
                (since, 1.0, place),
                drawn.text(value),
                people(shown, row, since),
                hover(shown, row, since),
                value if since >= first and drawn.solid[row, since] else None,
                is_partial=bool(shown.partial[row, since]),
            )
    above = last + 0.35
    number = formats.number(found.size.sum())
    bars.add((-size_width, size_width, above), number, everyone(found, None), counted(found))
    for since in np.flatnonzero(~np.isnan(everything.mean[:periods])).tolist():
        value = float(everything.mean[since])
        bars.add(
            (since, 1.0, above),
            everything.text(value),
            everyone(found, since),
            mean_hover(found, since),
            value if since >= first else None,
        )
    unit = say("Months since the first order") if found.kind.unit == "month" else say("Weeks since the first order")
    ticks = [-size_width / 2, *(since + 0.5 for since in range(periods))]
    return figure(
        [bars.trace()],
        mode,
        barmode="overlay",
        bargap=0,
        uniformtext={"mode": "hide", "minsize": 9},
        showlegend=False,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis={
            "side": "top",
            "range": [-size_width - 0.05, max(periods, 4) + 0.05],
            "tickvals": ticks,
            "ticktext": [say("Customers"), *map(str, range(periods))],
            "tickangle": 0,
            "showgrid": False,
            "zeroline": False,
            "title": {"text": unit},
        },
        yaxis={
            "range": [-0.55, above + 0.6],
            "tickvals": [above, *(last - 1 - row for row in range(last))],
            "ticktext": [f"<b>{_all_label(measure)}</b>", *(shortened(label) for label in shown.labels)],
            "ticksuffix": "  ",
            "showgrid": False,
            "zeroline": False,
        },
    )


class _Bars:
    """Cells as bars of one trace, because bars can be hatched."""

    def __init__(self, mode: Mode, top: float) -> None:
        self._mode, self._top = mode, top
        self._rows: list[tuple[tuple[float, float, float], str, Any, str, str, str, str]] = []

    def add(
        self,
        place: tuple[float, float, float],
        text: str,
        people: str | None,
        hovered: str,
        value: float | None = None,
        *,
        is_partial: bool = False,
    ) -> None:
        """A cell that begins at `place[0]`, is `place[1]` wide and lies at `place[2]`; without a value it is grey."""
        of = tokens(self._mode)
        color, ink = of["surface-2"], of["ink-2"]
        if is_partial:
            color, ink = mixed(of["surface"], of["heat-high"], 0.62), of["ink"]
        elif value is not None:
            # From 0 to the largest cell in even steps: twice the way is twice as much
            color = mixed(of["heat-low"], of["heat-high"], min(value / self._top, 1.0) if self._top else 0.0)
            ink = readable_on(color)
        self._rows.append((place, text, people, hovered, color, ink, "/" if is_partial else ""))

    def trace(self) -> dict[str, Any]:
        places, text, people, hovered, color, ink, shape = (list(part) for part in zip(*self._rows, strict=True))
        base, width, place = zip(*places, strict=True)
        surface = tokens(self._mode)["surface"]
        return {
            "type": "bar",
            "orientation": "h",
            "x": typed(width),
            "base": list(base),
            "y": typed(place),
            "width": 1.0,
            "text": text,
            "textposition": "inside",
            "insidetextanchor": "middle",
            "textangle": 0,
            "insidetextfont": {"size": 12, "color": ink},
            "marker": {
                "color": color,
                "line": {"width": 2, "color": surface},
                "pattern": {"shape": shape, "bgcolor": surface, "size": 7, "solidity": 0.22},
            },
            "customdata": people,
            "hovertext": hovered,
            "hovertemplate": "%{hovertext}<extra></extra>",
        }


def _all_label(measure: str) -> str:
    return say("A cohort on average") if measure in ("customers", "revenue") else say("All together")


def shortened(label: str, most: int = _LONGEST_LABEL) -> str:
    """A cohort's name on a chart: not too long, and never markup."""
    text = label if len(label) <= most else f"{label[: most - 1].rstrip()}…"
    return text.replace("&", "&amp;").replace("<", "&lt;")


def people(found: Cohorts, row: int, since: int | None) -> str:
    """The rule of who a cell counts; of the whole cohort where no period is meant."""
    key = found.keys[row]
    if found.kind.is_of_groups:
        inside = {"column": found.kind.column, "is": "equal to", "value": key}
        again = {"did": "cohort", "with": {"by": EVERYONE, "active": since}}
        return json.dumps({"all": [inside, again]} if since else inside)
    told = {"by": found.kind.name, "cohort": key, "active": since or None}
    if found.kind.column == "product_id" and found.labels[row] != key:
        told["name"] = found.labels[row]
    return json.dumps({"did": "cohort", "with": told})


def everyone(found: Cohorts, since: int | None) -> str | None:
    """The rule of who is active in a period whatever their cohort; a period of weeks has none."""
    if found.kind.unit == "week" and since:
        return None
    return json.dumps({"did": "cohort", "with": {"by": EVERYONE, "active": since or None}})


def _size_hover(found: Cohorts, row: int) -> str:
    return say(
        "<b>{cohort}</b><br>{n} customers",
        cohort=shortened(found.labels[row]),
        n=formats.number(found.size[row]),
    )


def counted(found: Cohorts) -> str:
    """How many customers there are in how many cohorts."""
    number = int(found.size.sum())
    customers = say("1 customer") if number == 1 else say("{n} customers", n=formats.number(number))
    if len(found) == 1:
        return say("{customers} in 1 cohort", customers=customers)
    return say("{customers} in {cohorts} cohorts", customers=customers, cohorts=formats.number(len(found)))


def period_name(unit: str, since: int) -> str:
    """A period since the first order in words."""
    if unit == "week":
        return say("week {n}", n=since) if since else say("the first week")
    return say("month {n}", n=since) if since else say("the first month")


def hover(found: Cohorts, row: int, since: int) -> str:
    """All figures of a cell, with its denominator."""
    parts = [
        say(
            "<b>{cohort}</b>, {period}",
            cohort=shortened(found.labels[row]),
            period=period_name(found.kind.unit, since),
        ),
        say(
            "{active} of {eligible} customers ordered: {share}",
            active=formats.number(found.active[row, since]),
            eligible=formats.number(found.eligible[row, since]),
            share=formats.share(float(found.share[row, since])),
        ),
    ]
    if found.eligible[row, since] < found.size[row]:
        parts.append(
            say(
                "the other {n} do not have that month behind them",
                n=formats.number(found.size[row] - found.eligible[row, since]),
            )
        )
    parts.append(
        say(
            "{revenue} revenue; {value} per customer so far",
            revenue=formats.money(float(found.revenue[row, since]), found.currency),
            value=formats.money(float(found.value[row, since]), found.currency, 2),
        )
    )
    if found.partial[row, since]:
        parts.append(say("The data covers this {unit} only in part", unit=found.kind.unit))
    return "<br>".join(parts)


def mean_hover(found: Cohorts, since: int) -> str:
    """The figures of all cohorts in a period, complete cells only."""
    active, revenue, eligible = (values[since] for values in found.mean())
    return "<br>".join(
        (
            say("<b>All cohorts</b>, {period}", period=period_name(found.kind.unit, since)),
            say(
                "{active} of {eligible} customers ordered: {share}",
                active=formats.number(active),
                eligible=formats.number(eligible),
                share=formats.share(float(found.mean_share()[since])),
            ),
            say(
                "{revenue} revenue; {value} per customer so far",
                revenue=formats.money(float(revenue), found.currency),
                value=formats.money(float(found.mean_value()[since]), found.currency, 2),
            ),
            say("Only cells that the data covers whole"),
        )
    )
