"""Seasonality: a series as trend, season and rest, and how strong the first two are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from babel.dates import get_day_names, get_month_names

from analytics.errors import EmptyDataError
from analytics.text import say
from analytics.trends.periods import Periods
from analytics.trends.series import checked

Array = np.ndarray[Any, Any]
FEWEST_CYCLES: Final = 2
SEASON_WINDOW: Final = 25
"""Cycles over which the season is smoothed: it may drift from year to year, but does not follow a single week."""
CYCLES_TO_KNOW: Final = 3
"""Fewer leave it open which of two years was the unusual one."""
STRONG: Final = 0.6
"""Hyndman & Athanasopoulos give no limit; from here on the eye sees the season before the rest."""


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of the cycle: a weekday, a week or a month."""

    name: str
    """`Saturdays`, `Week 49`, `December`."""
    effect: float
    """How far the season lifts it, as a share of the trend's mean: −0.32 is 32 % below the usual, −1 has never seen anything."""


@dataclass(frozen=True, slots=True, eq=False)
class Seasonality:
    """A series of complete periods, taken apart: value = trend + season + rest. Arrays of shape (complete periods,)."""

    complete: slice
    """Which periods they are."""
    trend: Array
    season: Array
    rest: Array
    trend_strength: float
    """0 is none, 1 is nothing else."""
    season_strength: float
    phases: tuple[Phase, ...]
    """In the order of the calendar."""


def seasonality(totals: pd.DataFrame, periods: Periods, measure: str) -> Seasonality:
    """Take a measure apart by STL (Cleveland, Cleveland, McRae & Terpenning 1990).

    Robust against outliers where there are three cycles or more; of two, robustness would believe one and not the other. A
    cycle is 7 days, 52 weeks or 12 months. Strengths are F_T = max(0, 1 − Var(R) / Var(T + R)) and
    F_S = max(0, 1 − Var(R) / Var(S + R)) of Hyndman & Athanasopoulos (2021, Forecasting: Principles and Practice, 4.3).

    Raises:
        EmptyDataError: there are fewer than two complete cycles, or periods without a value.
        RequestError: there is no such measure.
    """
    complete = periods.complete
    values = totals[checked(measure)].to_numpy(dtype=float)[complete]
    cycle = periods.grain.cycle
    if len(values) < FEWEST_CYCLES * cycle:
        raise EmptyDataError(_too_short(periods, len(values)))
    if missing := int(np.isnan(values).sum()):
        raise EmptyDataError(
            say(
                "Without orders there is no average order value, and {n} of {all} periods have none. Choose longer periods.",
                n=f"{missing:,}",
                all=f"{len(values):,}",
            )
        )
    from statsmodels.tsa.seasonal import STL

    # Of degree 0: a line through the two Decembers of two years would take them for granted, whatever they were
    robust = knows_the_usual(periods)
    parts = STL(values, period=cycle, seasonal=SEASON_WINDOW, seasonal_deg=0, robust=robust).fit()
    trend, season, rest = (np.asarray(part, dtype=float) for part in (parts.trend, parts.seasonal, parts.resid))
    level = float(trend.mean()) or 1.0
    names = _phase_names(periods, complete.start)
    effects = [
        -1.0 if not values[phase::cycle].any() else float(season[phase::cycle].mean()) / level for phase in range(cycle)
    ]
    ordered = sorted(zip(names, effects, strict=True), key=lambda pair: pair[0][0])
    phases = tuple(Phase(name, effect) for (_, name), effect in ordered)
    return Seasonality(
        complete, trend, season, rest, _strength(trend, rest, level), _strength(season, rest, level), phases
    )


def knows_the_usual(periods: Periods) -> bool:
    """Whether there are enough cycles to tell a season from what happened once."""
    whole = periods.complete
    return int(whole.stop - whole.start) >= CYCLES_TO_KNOW * periods.grain.cycle


def _strength(part: Array, rest: Array, level: float) -> float:
    together = float(np.var(part + rest))
    if together <= (1e-9 * level) ** 2:  # a series that does not move has neither; what is left of it is rounding
        return 0.0
    return max(0.0, 1.0 - float(np.var(rest)) / together)


def _phase_names(periods: Periods, first: int) -> list[tuple[int, str]]:
    """Of each phase its place in the calendar and its name."""
    starts = periods.starts[first : first + periods.grain.cycle]
    match periods.grain.name:
        case "day":
            days = get_day_names("wide", locale="en")
            return [(start.weekday(), say("{day}s", day=days[start.weekday()])) for start in starts]
        case "week":
            return [(start.isocalendar().week, say("Week {n}", n=start.isocalendar().week)) for start in starts]
        case _:
            months = get_month_names("wide", locale="en")
            return [(start.month, str(months[start.month])) for start in starts]


def _too_short(periods: Periods, known: int) -> str:
    sentences = {
        "day": "A weekly season needs 14 complete days; the data has {n}.",
        "week": "A yearly season needs 104 complete weeks; the data has {n}. Choose days, or load more.",
        "month": "A yearly season needs 24 complete months; the data has {n}. Choose days, or load more.",
    }
    return say(sentences[periods.grain.name], n=known)
