"""The tables behind the charts of paths, funnel and carts: they say what the charts say."""

from __future__ import annotations

import pandas as pd
import pytest
from flask.testing import FlaskClient

from analytics.behaviour.funnels import summarise
from analytics.request import AnalysisRequest
from dashboard.results import funnels, paths
from dashboard.results.behaviour import kept_visits, visits
from dashboard.state import View

pytestmark = pytest.mark.usefixtures("home")

SAMPLE = View(AnalysisRequest("sample"))
FRANCE = View(AnalysisRequest("sample", countries=("France",)))


@pytest.mark.parametrize("view", [SAMPLE, FRANCE], ids=["everyone", "France"])
def test_steps_from_a_place_are_all_of_its_steps(view: View) -> None:
    """Shares of one place add up to one, and as many visits leave somewhere as there are visits."""
    table = paths.transitions_table(view)
    assert table.groupby("from")["share"].sum().to_numpy() == pytest.approx(1)
    keep = kept_visits(view.request)
    count = len(visits(view.request)) if keep is None else int(keep.sum())
    assert table.loc[table["to"] == "left", "steps"].sum() == count


def test_flows_begin_with_every_visit() -> None:
    """What goes out of the first step is all visits."""
    table = paths.flows_table(SAMPLE)
    assert table.loc[table["step"] == 1, "visits"].sum() == len(visits(SAMPLE.request))


def test_a_funnels_table_is_the_funnel() -> None:
    """Each step with those who reached it."""
    asked = funnels.asked_of(FRANCE)
    found = funnels.funnel(FRANCE.request, asked)
    assert found is not None
    counted = summarise(found, kept_visits(FRANCE.request))
    assert funnels.steps_table(FRANCE)["sessions"].tolist() == [step.reached for step in counted]


def test_carts_by_age_are_those_left() -> None:
    """The bands hold every cart that was left, and every product of them is listed."""
    table, products = funnels.carts_table(SAMPLE), funnels.cart_products_table(SAMPLE)
    found = funnels.carts(SAMPLE.request)
    assert found is not None
    assert table["carts"].sum() == int(found.left(kept_visits(SAMPLE.request)).sum())
    assert table["age_days_from"].tolist()[1:] == (table["age_days_to"].dropna() + 1).tolist()
    assert pd.Index(products["product_id"]).is_unique


@pytest.mark.parametrize(
    "name", ["paths_flows", "paths_transitions", "paths_differences", "funnel_steps", "carts_ages"]
)
def test_without_clicks_there_is_a_sentence(client: FlaskClient, name: str) -> None:
    """A table that the dataset cannot have is refused in a sentence, not with a page of code."""
    reply = client.get(f"/export/table/{name}.csv?dataset=small")
    assert reply.status_code == 400
    assert reply.text.endswith(".")
    assert "Traceback" not in reply.text
