"""`python -m analytics trends`: the numbers of the analytics as JSON, and as text for people."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from analytics.__main__ import main
from analytics.sources import Source
from analytics.trends import orders_by, revenue_bridge
from tests.conftest import Order, Publish, varied_shop


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def told(*arguments: str) -> Any:
    """The JSON that the command answers with."""
    result = run("trends", *arguments, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    return json.loads(result.stdout)


@pytest.fixture
def shop(publish: Publish) -> Source:
    return publish(varied_shop())


@pytest.mark.parametrize("grain", ["day", "week", "month"])
def test_the_periods_are_those_of_the_analytics(shop: Source, grain: str) -> None:
    """Each period has its numbers; what is not known is null, not zero."""
    found = told("shop", "--grain", grain)
    assert found["grain"] == grain
    series = orders_by(shop, None, grain)
    totals = series.totals()
    assert [row["period"] for row in found["periods"]] == [start.isoformat() for start in series.periods.starts]
    assert [row["partial"] for row in found["periods"]] == list(series.periods.partial)
    for name in ("revenue", "orders", "customers"):
        assert [row[name] for row in found["periods"]] == pytest.approx(totals[name].tolist())
    assert found["periods"][0]["rolling_mean"] is None
    assert all(row["year_before"] is None for row in found["periods"])


def test_the_answer_has_its_parts(shop: Source) -> None:
    """Bridge, rising and falling, anomalies, concentration and seasonality are there; what is missing says why."""
    found = told("shop", "--as-of", "2021-12-01")
    bridge = revenue_bridge(shop).totals()
    assert [row["month"] for row in found["bridge"]] == [month.isoformat()[:7] for month in bridge.index][:-1]
    assert {"new", "retained", "reactivated", "lost", "partial"} <= set(found["bridge"][0])
    assert 0 < found["concentration"]["gini"] < 1
    assert found["concentration"]["top_10_share"] < found["concentration"]["top_20_share"] < 1
    assert "24 complete months; the data has 11" in found["seasonality"]["missing"]
    assert (found["rising"], found["falling"]) == ([], [])
    assert "orders without lines" in found["movers_missing"]
    assert isinstance(found["anomalies"], list)
    assert found["as_of"] == "2021-12-01"


def test_days_have_a_season_and_products_move(publish: Publish) -> None:
    """A shop with products says what rises, and days have their weekly season."""
    publish(
        [
            Order(
                f"c{number}",
                f"2021-{1 + day // 28:02d}-{1 + day % 28:02d}",
                "10",
                products=("cup" if day < 90 else "pot",),
            )
            for day in range(112)
            for number in range(2)
        ]
    )
    found = told("shop", "--grain", "day")
    assert [item["name"] for item in found["rising"]] == ["pot"]
    assert [item["name"] for item in found["falling"]] == ["cup"]
    assert found["rising"][0]["state"] == "new"
    assert found["rising"][0]["change_share"] is None
    assert len(found["seasonality"]["phases"]) == 7


def test_text_for_people(shop: Source) -> None:
    """Without --json it is a table with sentences."""
    result = run("trends", "shop")
    assert result.exit_code == 0
    assert "in part" in result.stdout
    assert "The best 20% of 60 customers bring" in result.stdout
    assert run("trends", "shop", "--grain", "day").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nothing",), "There is no dataset 'nothing'"),
        (("shop", "--grain", "hour"), "Allowed: day, week, month"),
        (("shop", "--as-of", "1999-01-01"), "Nobody ordered before 1999-01-01"),
    ],
)
def test_what_is_wrong_is_one_sentence(shop: Source, arguments: tuple[str, ...], sentence: str) -> None:
    """Bad input gets one sentence and an exit code that is not 0."""
    result = run("trends", *arguments)
    assert result.exit_code == 1
    assert sentence in result.stderr
    assert "Traceback" not in result.output
