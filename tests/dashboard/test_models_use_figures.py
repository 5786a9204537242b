"""The pictures of profit, importance, dependence and one case: what they hold is what they were told, and Plotly takes them."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from dashboard.figures import models_case, models_profit, models_why
from dashboard.theme import Mode

MODES: tuple[Mode, ...] = ("light", "dark")
SHARES, PROFITS = [0.0, 0.25, 0.5, 1.0], [0.0, 60.0, 40.0, -20.0]


def numbers(told: Any) -> list[float]:
    """The numbers of an axis, typed or plain."""
    if isinstance(told, dict):
        return np.frombuffer(base64.b64decode(told["bdata"]), dtype=np.dtype(told["dtype"])).tolist()
    return list(told)


def curve(mode: Mode = "light", **changed: Any) -> dict[str, Any]:
    options = {"best": 1, "chosen": 1, "affordable": 1.0, "currency": "EUR", "mode": mode, **changed}
    low, high = [each - 10 for each in PROFITS], [each + 10 for each in PROFITS]
    return models_profit.profit_curve(SHARES, PROFITS, low, high, **options)


def named(figure: dict[str, Any], name: str) -> dict[str, Any]:
    return next(trace for trace in figure["data"] if trace.get("name") == name)


@pytest.mark.parametrize("mode", MODES)
def test_plotly_takes_every_figure(mode: Mode) -> None:
    """Each figure is one that Plotly itself accepts, in light and in dark, also with nothing to draw."""
    options: dict[str, Any] = {"is_share": True, "currency": "", "mode": mode}
    made = [
        curve(mode),
        curve(mode, chosen=2, affordable=0.4),
        models_profit.profit_curve([], [], [], [], best=0, chosen=0, affordable=1, currency="", mode=mode),
        models_why.importance_bars(["a"], ["A"], [0.1], [0.05], [0.2], chosen="a", measure="ROC-AUC", mode=mode),
        models_why.importance_bars([], [], [], [], [], chosen="", measure="ROC-AUC", mode=mode),
        models_why.dependence_line([1, 2], [0.1, 0.3], [0.5, 0.5], label="Pages", unit="", score="P", **options),
        models_why.dependence_line([1], [0.1], [1], label="Pages", unit="days", score="P", **options),
        models_why.dependence_bars(["x", "y"], [0.1, 0.3], [0.5, 0.5], label="Browser", score="P", **options),
        models_case.score_scale(0.4, 0.3, 0.12, mode),
        models_case.score_scale(1.0, 0.0, 1.0, mode),
        models_case.reason_bars(["A", "B"], ["1", "x"], [0.2, -0.1], **options),
        models_case.reason_bars([], [], [], **options),
    ]
    for figure in made:
        assert len(go.Figure(figure).data) >= 1


def test_the_curve_is_what_it_was_told() -> None:
    """The line goes through the profits, the straight one to contacting everyone, and the best point stands on the line."""
    drawn = curve()
    assert numbers(named(drawn, "by this model")["y"]) == PROFITS
    assert named(drawn, "chosen at random")["y"] == [0, -20.0]
    best = named(drawn, "best cut-off")
    assert (best["x"], best["y"], best["customdata"]) == ([0.25], [60.0], ["best"])
    assert not [trace for trace in drawn["data"] if trace.get("name") == "your cut-off"]


def test_the_readers_own_line_is_another_point() -> None:
    """Where the line was moved, both points are drawn, and the upright is at the reader's."""
    drawn = curve(chosen=2)
    assert named(drawn, "your cut-off")["x"] == [0.5]
    assert drawn["layout"]["shapes"][0]["x0"] == 0.5


def test_a_click_carries_the_share() -> None:
    """Every point of the line carries the share that it stands for."""
    assert [float(told) for told in named(curve(), "by this model")["customdata"]] == SHARES


def test_what_is_beyond_the_budget_is_shaded() -> None:
    """From the share that the budget pays for to the end; where it pays for all, nothing is."""
    shaded = curve(affordable=0.4)["layout"]
    assert (shaded["shapes"][1]["x0"], shaded["shapes"][1]["x1"]) == (0.4, 1)
    assert shaded["annotations"][0]["text"] == "beyond the budget"
    assert len(curve()["layout"]["shapes"]) == 1


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        (1234.4, "EUR", "€1,234"),
        (-12.5, "EUR", "−€12.50"),
        (0.0, "EUR", "€0"),
        (-0.001, "EUR", "€0"),
        (10_203, "", "10,203"),
        (12_340_000, "EUR", "€12.3M"),
        (99.999, "EUR", "€100"),
    ],
)
def test_losses_have_their_minus_first(amount: float, currency: str, words: str) -> None:
    """Profits are written with the sign of the currency, losses with a minus before it."""
    assert models_profit.written(amount, currency) == words


def test_importance_bars_carry_their_features() -> None:
    """The bars stand in the order given, each with its spread and its feature's name; only the chosen one is in full colour."""
    drawn = models_why.importance_bars(
        ["a", "b"], ["A", "B"], [0.2, 0.05], [0.15, -0.01], [0.3, 0.06], chosen="b", measure="ROC-AUC", mode="light"
    )
    bars = drawn["data"][0]
    assert bars["y"] == ["A", "B"]
    assert bars["customdata"] == ["a", "b"]
    assert bars["error_x"]["array"] == pytest.approx([0.1, 0.01])
    assert bars["error_x"]["arrayminus"] == pytest.approx([0.05, 0.06])
    assert len(set(bars["marker"]["color"])) == 2


def test_reasons_are_told_apart_without_colour() -> None:
    """What lowers a score is hatched and has a minus; what raises it is plain and has a plus."""
    drawn = models_case.reason_bars(["A", "B"], ["1", "x"], [0.2, -0.1], is_share=True, currency="", mode="dark")
    bars = drawn["data"][0]
    assert bars["marker"]["pattern"]["shape"] == ["", "/"]
    assert bars["text"] == ["+20.0 pp", "−10.0 pp"]
    assert bars["y"] == ["A: 1", "B: x"]


def test_effects_on_amounts_are_money() -> None:
    """An effect on an amount has the currency, and its sign in front."""
    assert models_case.effect_words(-12.0, is_share=False, currency="EUR") == "−€12.00"
    assert models_case.effect_words(1500.0, is_share=False, currency="") == "+1,500"


def test_marks_that_lie_close_are_moved_apart() -> None:
    """The words of the cut-off and of the usual case do not stand on each other."""
    sides = [note["y"] for note in models_case.score_scale(0.5, 0.2, 0.19, "light")["layout"]["annotations"]]
    assert sides == [1, 0]
    sides = [note["y"] for note in models_case.score_scale(0.5, 0.8, 0.19, "light")["layout"]["annotations"]]
    assert sides == [1, 1]
