"""The Features part of the Clusters tab: its table, the pairs it points out, and a feature before and after scaling."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from dash.exceptions import PreventUpdate

from analytics.clusters import SCALINGS
from analytics.request import AnalysisRequest
from analytics.rules import rule_from_json
from analytics.selection import selected
from dashboard import results
from dashboard.exports import TABLES
from dashboard.figures.features import feature_bars
from dashboard.results import features as found_features
from dashboard.state import View, changed
from dashboard.tabs.clusters import features
from dashboard.theme import Mode
from tests.dashboard.visible import told

pytestmark = pytest.mark.usefixtures("home")
METRICS = ("recency_days", "order_count", "session_count", "view_count", "days_between_orders_mean")
VIEW = View(AnalysisRequest("sample", metrics=METRICS, attributes=("age_band", "signed_up_on")))


def numbers(values: Any) -> list[float]:
    """What a typed array of a figure holds."""
    kept = (
        values.tolist()
        if hasattr(values, "tolist")
        else np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"])
    )
    return list(kept)


def test_the_table_says_what_stands_in() -> None:
    """Each feature has a row: how many miss it, what stands in by its own meaning, its skew and its weight."""
    _, made, _ = features.show_features(VIEW.to_json())
    rows = [[told(cell) for cell in row.children] for row in made.children[2].children]
    known = results.customers(VIEW.request).frame
    by_name = {row[0]: row for row in rows}
    once = int(known["days_between_orders_mean"].isna().sum())
    longest = known["days_between_orders_mean"].max()
    assert by_name["Days between orders"][1:3] == [f"{once:,}", f"{longest:,.0f} days, the longest known"]
    assert by_name["Product views"][2] == "0: it never happened"
    assert by_name["Age band"][1:5] == ["0", "–", "–", "–"]
    assert [row[5] for row in rows] == ["14.3%"] * 7


def test_pairs_are_pointed_out_and_can_be_left_out() -> None:
    """Sessions and views go together: the title counts such pairs, a sentence says so, and either can be left out."""
    title, _, pairs = features.show_features(VIEW.to_json())
    assert title == "Two of 7 features say nearly the same"
    text = told(pairs)
    assert "correlation after scaling is .9 or more" in text
    assert "Sessions and Product views say nearly the same (r = .9" in text
    assert "Leave out Sessions" in text
    change = features.choose_without("view_count", VIEW.to_json())
    assert change["metrics"] == [name for name in METRICS if name != "view_count"]
    without = changed(VIEW, change)
    assert features.show_features(without.to_json())[0] == "6 features, none nearly the same as another"
    assert "are below .9" in told(features.show_features(without.to_json())[2])
    assert features.choose_without("age_band", VIEW.to_json())["attributes"] == ["signed_up_on"]


@pytest.mark.parametrize("name", [None, "", "nobody", 3, ["view_count"]])
def test_leaving_out_what_is_not_there_changes_nothing(name: Any) -> None:
    """A button of a page that is out of date, or anything else, leaves the features as they are."""
    with pytest.raises(PreventUpdate):
        features.choose_without(name, VIEW.to_json())
    with pytest.raises(PreventUpdate):
        features.choose_without("order_count", View(AnalysisRequest("sample", metrics=("order_count",))).to_json())


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("how", [known.name for known in SCALINGS])
@pytest.mark.parametrize("name", [*METRICS, "age_band", "signed_up_on"])
def test_a_feature_before_and_after(name: str, how: str, mode: Mode) -> None:
    """Both charts are figures with everyone in them, and each bar's people are those who are counted in it."""
    view = changed(VIEW, {"scaling": how, "clusters_feature": name})
    known = results.customers(view.request)
    found = found_features.spread(view)
    assert found.name == name
    for side in ("before", "after"):
        drawn = go.Figure(feature_bars(found, side, "EUR", mode))
        if found.labels and side == "after":
            assert "nothing to scale" in drawn.layout.annotations[0].text.replace("<br>", " ")
            continue
        counts = [numbers(bars.x if found.labels else bars.y) for bars in drawn.data]
        assert sum(map(sum, counts)) == len(known)
        for bars, counted in zip(drawn.data, counts, strict=True):
            place = max(range(len(counted)), key=lambda place: counted[place])
            rule = rule_from_json(json.loads(bars.customdata[place]))
            request = AnalysisRequest("sample", where=rule)
            assert int(selected(request, known).sum()) == counted[place]


def test_the_titles_say_what_to_see() -> None:
    """The titles say in words how the feature lies, as it is and after scaling."""
    view = changed(VIEW, {"clusters_feature": "session_count"})
    shown = features.show_spread(view.to_json(), "light")
    assert shown[0].startswith("Sessions as it is: a long tail up (skew ")
    assert shown[3].startswith("Sessions after scaling: about even (skew ")
    category = features.show_spread(changed(VIEW, {"clusters_feature": "age_band"}).to_json(), "light")
    assert category[0] == "Age band as it is: 6 values"


def test_the_feature_that_changes_most_is_shown_first() -> None:
    """Unless one is chosen; one that is not among the features is as none. Choosing what is shown is no change."""
    options, shown = features.show_feature_choices(VIEW.to_json())
    assert [item["value"] for item in options] == [*METRICS, "age_band", "signed_up_on"]
    table = found_features.features_table(VIEW).set_index("feature")
    change = (table["skew_before"].astype(float).fillna(0) - table["skew_after"].astype(float).fillna(0)).abs()
    assert shown == change.idxmax()
    assert found_features.chosen_feature(changed(VIEW, {"clusters_feature": "refund_total"})) == shown
    other = next(name for name in METRICS if name != shown)
    assert features.choose_feature(other, VIEW.to_json()) == {"clusters_feature": other}
    for nothing in (shown, None, 3):
        with pytest.raises(PreventUpdate):
            features.choose_feature(nothing, VIEW.to_json())


def test_tables_to_take_along() -> None:
    """The exports have a row for each feature, and for each bar on either side with everyone in it."""
    table = TABLES["cluster_features"](VIEW)
    assert table["feature"].tolist() == [*METRICS, "age_band", "signed_up_on"]
    assert table["weight"].sum() == pytest.approx(1)
    bars = TABLES["cluster_feature_spread"](VIEW)
    everyone = bars.groupby("side")[["customers", "stood_in"]].sum().sum(axis=1)
    assert set(everyone) == {len(results.customers(VIEW.request))}


def test_features_that_cannot_be_used_are_told_in_their_place() -> None:
    """Where a link asks for what the data does not have or what is not suitable, the part says so instead of being empty."""
    view = View(AnalysisRequest("sample", attributes=("has_email_consent",)))
    title, sentence, pairs = features.show_features(view.to_json())
    assert (title, pairs) == ("Customers cannot be grouped by this", None)
    assert "says what customers allow" in told(sentence)
    assert features.show_feature_choices(view.to_json()) == ([], None)
    shown = features.show_spread(view.to_json(), "light")
    for figure in (shown[1], shown[4]):
        assert "says what customers allow" in figure["layout"]["annotations"][0]["text"].replace("<br>", " ")


def test_one_feature_that_outweighs_the_others_is_the_title() -> None:
    """With robust scaling refunds, which few customers have, decide nearly everything: the title says it."""
    request = AnalysisRequest("sample", metrics=("recency_days", "revenue_total", "refund_total"), scaling="robust")
    table = found_features.features_table(View(request)).set_index("feature")
    share = f"{table.loc['refund_total', 'weight']:.0%}"
    title = features.show_features(View(request).to_json())[0]
    assert title == f"{share} of the distances between customers come from Refunds alone"
