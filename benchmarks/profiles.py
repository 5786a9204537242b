"""What sets eight segments of a million customers apart: all effects, tests and rules, against SciPy's test pair by pair."""

from __future__ import annotations

from typing import Any

from benchmarks.measure import Line, in_turn, seconds

CUSTOMERS = 1_000_000
SEGMENTS = 8
COMPARED = 2
"""Metrics that SciPy is given: each takes it seconds."""


def _made() -> tuple[Any, Any]:
    """Customers with every metric, half of them whole numbers, and segments that three of the metrics follow."""
    from datetime import date

    import numpy as np
    import pandas as pd

    from analytics.customers import CustomerTable
    from analytics.metrics import METRICS

    draw = np.random.default_rng(0)
    level = draw.normal(size=CUSTOMERS)
    columns: dict[str, Any] = {"customer_id": np.arange(CUSTOMERS).astype(str)}
    for number, metric in enumerate(METRICS):
        values = 20 * np.exp(draw.normal(size=CUSTOMERS) + level * (number < 3))
        columns[metric.name] = np.ceil(values) if number % 2 else values.round(2)
    columns["country"] = pd.Categorical(draw.choice(["France", "Peru", "Spain"], CUSTOMERS))
    table = CustomerTable(pd.DataFrame(columns), date(2024, 1, 1), "EUR", "made", METRICS, ("country",))
    codes = np.digitize(level, np.quantile(level, np.arange(1, SEGMENTS) / SEGMENTS)).astype(np.int16)
    return table, codes


def run() -> list[Line]:
    """Measure, and say what holds."""
    from scipy.stats import mannwhitneyu

    from analytics.metrics import METRICS, RFM_METRICS
    from analytics.profiles import effects, find_rules, profiles

    table, codes = _made()
    names = [metric.name for metric in METRICS[:COMPARED]]

    def pair_by_pair() -> None:
        for name in names:
            values = table.frame[name].to_numpy(dtype=float)
            for code in range(SEGMENTS):
                mannwhitneyu(values[codes == code], values[codes != code], method="asymptotic")

    _, _, ratio = in_turn(lambda: effects(table.frame, codes, SEGMENTS, names), pair_by_pair, runs=3, warm=False)
    everything = min(seconds(lambda: profiles(table, codes, SEGMENTS)) for _ in range(3))
    rules = seconds(lambda: find_rules(table, codes, SEGMENTS, RFM_METRICS))
    return [
        Line(f"Profiles: {len(METRICS)} metrics, {SEGMENTS} segments", everything, "s", most=3.0),
        Line("Rules, counted on everyone", rules, "s", most=10.0),
        Line("Effects and tests, of SciPy's time for the tests alone", ratio, "×", most=0.5),
    ]
