"""What each tab shows is what the analytics say, and what it takes from the browser is looked at twice."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from dash.exceptions import PreventUpdate

from analytics import rfm
from analytics.customers import CustomerTable, customer_table
from analytics.request import AnalysisRequest
from analytics.rules import AllOf, Condition, Not
from analytics.segmentation import segment
from analytics.sources import open_source
from dashboard import people, results
from dashboard.state import View
from dashboard.tabs import customers, overview
from dashboard.tabs import rfm as rfm_tab
from tests.dashboard.visible import texts, told

pytestmark = pytest.mark.usefixtures("home")

SAMPLE = View(AnalysisRequest("sample"))
SMALL = View(AnalysisRequest("small"))
NOBODY = View(AnalysisRequest("small", countries=("Atlantis",)))


def silent(_share: float, _sentence: str) -> None:
    """A job's report that nobody reads."""


# Overview


def test_the_overview_counts_as_by_hand() -> None:
    """In the 30 days before 21 March 2024 three customers ordered for 30 + 40 + 10, in those before for 25 + 30 + 10."""
    cards, sentence = overview.show_key_figures(View(AnalysisRequest("small", period="30")).to_json())
    shown = told(cards)
    assert "Customers 3 " in shown
    assert "Revenue €80.00 ▲ +23.1%   from €65.00" in shown
    assert "Orders 3 " in shown
    assert "Average order value €26.67" in shown
    assert "Repeat rate 0.0%" in shown
    assert sentence.startswith("As of 21 Mar 2024: 20 Feb 2024 to 20 Mar 2024.")


def test_filters_count_everywhere_on_the_overview() -> None:
    """A country chosen above changes key figures, months and segments alike."""
    spain = View(AnalysisRequest("small", period="all", countries=("Spain",))).to_json()
    assert "Revenue €110.00" in told(overview.show_key_figures(spain)[0])
    _, _, months = overview.show_months(spain, "light")
    assert "€40" in told(months)
    _, _, segments = overview.show_segments(spain, "light")
    assert "€110" not in told(overview.show_segments(NOBODY.to_json(), "light")[2])
    assert "€60" in told(segments)


def test_the_overview_of_nobody_is_a_sentence() -> None:
    """A selection without customers leaves no chart with an empty frame."""
    for show in (overview.show_months, overview.show_segments):
        title, figure, _ = show(NOBODY.to_json(), "dark")
        assert title
        assert figure["layout"]["annotations"][0]["text"] == "No revenue in this selection"
    assert "–" in told(overview.show_key_figures(NOBODY.to_json())[0])


# RFM


def test_the_segments_in_numbers_are_those_of_the_analytics() -> None:
    """The table has a row per segment, with the analytics' customers."""
    table = rfm.with_segments(customer_table(open_source("sample")))
    counts = rfm.summarise(table)["customers"]
    shown = rfm_tab.show_table(SAMPLE.to_json(), "light")
    rows = [list(texts(row)) for row in shown.children[-1].children]
    assert {row[0]: row[1] for row in rows} == {name: f"{count:,}" for name, count in counts.items()}


def test_a_filter_changes_who_is_shown_but_not_the_scores() -> None:
    """Scores compare with all customers: the French ones keep the segments that they have among everyone."""
    france = View(AnalysisRequest("sample", countries=("France",)))
    title, *_ = rfm_tab.show_treemap(france.to_json(), "light")
    frame = results.customers(SAMPLE.request).frame
    kept = frame[frame["country"] == "France"]
    largest = kept["segment"].value_counts().idxmax()
    assert title.startswith(f"{len(kept):,} customers; the largest segment is {largest}")


def test_one_segment_is_described_with_what_to_do() -> None:
    """The chosen segment's sentence, metrics and play are shown; an unknown name falls back to the first."""
    found = segment(AnalysisRequest("sample"), open_source("sample"))
    shown = told(rfm_tab.show_profile(SAMPLE.to_json(), {"preset": "grid"}, "Hibernating"))
    group = next(item for item in found.segments if item.name == "Hibernating")
    assert group.meaning in shown
    assert group.play.action in shown
    assert f"{group.customers:,} customers of all countries are in this segment" in shown
    first = told(rfm_tab.show_profile(SAMPLE.to_json(), {"preset": "grid"}, "Nobody's"))
    assert found.segments[0].meaning in first


# The drawer


def test_the_drawer_shows_who_is_meant() -> None:
    """A click on a segment shows how many customers it has, what they bring, the first of them, and the ways on."""
    frame = results.customers(SAMPLE.request).frame
    meant = frame[frame["segment"] == "Loyal"]
    body, is_open = people.show_people(
        {"points": [{"customdata": '{"column": "segment", "is": "equal to", "value": "Loyal"}'}]}, SAMPLE.to_json()
    )
    shown = told(body)
    assert is_open
    assert f"{len(meant):,} customers" in shown
    assert meant.sort_values(["revenue_total", "customer_id"], ascending=[False, True])["customer_id"].iloc[0] in shown
    assert "Segment is Loyal" in shown


def test_the_drawer_shows_the_people_of_the_point() -> None:
    """A click means whom the chart counted: the shell's countries count, the grid's own filters and search do not."""
    hidden = Condition("order_count", "above", 99)
    view = View(AnalysisRequest("small", countries=("Spain",), where=hidden, search="nobody"))
    rule = '{"column": "order_count", "is": "at least", "value": 2}'
    body, _ = people.show_people({"points": [{"customdata": rule}]}, view.to_json())
    assert "2 customers" in told(body)
    links = [part.href for part in body._traverse() if hasattr(part, "href")]
    assert len(links) == 3
    assert all("Spain" in link and "order_count" in link for link in links)


@pytest.mark.parametrize("clicked", [None, {}, {"points": []}, {"points": [{}]}, {"points": [{"customdata": 3}]}, "x"])
def test_a_click_on_nothing_opens_nothing(clicked: Any) -> None:
    """A click between the points leaves the drawer as it is."""
    with pytest.raises(PreventUpdate):
        people.show_people(clicked, SAMPLE.to_json())


# Customers

ASKED = {"startRow": 0, "endRow": 100, "filterModel": {}, "sortModel": [{"colId": "revenue_total", "sort": "desc"}]}


def test_the_grid_gets_the_page_that_it_asks_for() -> None:
    """Rows come by pages, in the asked order, with the number of all; no page is longer than five blocks."""
    first = customers.show_rows(ASKED, SAMPLE.to_json())
    second = customers.show_rows({**ASKED, "startRow": 100, "endRow": 200}, SAMPLE.to_json())
    table = results.customers(SAMPLE.request)
    order = table.frame["customer_id"].iloc[table.sorted_by("revenue_total", descending=True)].tolist()
    assert [row["customer_id"] for row in first["rowData"] + second["rowData"]] == order[:200]
    assert first["rowCount"] == second["rowCount"] == len(table)
    assert len(customers.show_rows({**ASKED, "endRow": 10**9}, SAMPLE.to_json())["rowData"]) == 500
    assert customers.show_rows({**ASKED, "startRow": 10**9}, SAMPLE.to_json())["rowData"] == []


def test_the_grids_filters_and_order_become_the_view() -> None:
    """What is filtered and sorted in the grid is what the link and the export have."""
    asked = {
        **ASKED,
        "filterModel": {"country": {"filterType": "text", "type": "equals", "filter": "Spain"}},
        "sortModel": [{"colId": "recency_days", "sort": "asc"}],
    }
    assert customers.choose_rows(asked, SMALL.to_json()) == {
        "where": {"column": "country", "is": "equal to", "value": "Spain"},
        "sort": "recency_days",
        "descending": False,
    }
    assert [row["customer_id"] for row in customers.show_rows(asked, SMALL.to_json())["rowData"]] == ["bo", "cem"]
    with pytest.raises(PreventUpdate):
        customers.choose_rows(ASKED, SMALL.to_json())


def test_a_rule_that_the_grid_cannot_show_stays_in_force() -> None:
    """The grid, which shows no filter for it, does not drop a rule by asking for its rows."""
    rule = AllOf((Not(Condition("country", "equal to", "Spain")), Condition("order_count", "at least", 1)))
    view = View(AnalysisRequest("small", where=rule))
    assert [row["customer_id"] for row in customers.show_rows(ASKED, view.to_json())["rowData"]] == ["ada", "dee"]
    with pytest.raises(PreventUpdate):
        customers.choose_rows(ASKED, view.to_json())


def test_a_filter_taken_off_in_the_grid_is_off() -> None:
    """Clearing a column's filter in the grid clears it in the view."""
    view = View(AnalysisRequest("small", where=Condition("country", "equal to", "Spain")))
    assert customers.choose_rows(ASKED, view.to_json())["where"] is None


def test_a_days_filter_comes_back_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A link that filters by a day opens with the day in the day column's own filter."""
    known = results.customers(SAMPLE.request)
    view = View(AnalysisRequest("sample", where=Condition("signed_up_on", "equal to", "2024-01-05")))
    shown = customers._grid_filters(view, known)
    assert shown == {"signed_up_on": {"filterType": "date", "type": "equals", "dateFrom": "2024-01-05"}}


GONE = View(AnalysisRequest("small", where=Condition("score_churn", "at least", 0.4), sort="score_churn"))


def test_a_list_by_a_score_that_is_gone_is_not_everyone() -> None:
    """Where no model is in use any more, its list is no list: neither everyone nor an empty filter; and it can be cleared."""
    shown = customers.layout(GONE)
    assert "no model for it is in use" in told(shown)
    assert "Clear filters" in told(shown)
    assert customers.GRID not in str(shown)
    assert "export" not in str(shown).lower()
    cleared = customers.clear_filters(1, GONE.to_json())
    assert (cleared["where"], cleared["sort"]) == (None, "revenue_total")
    assert "sort" not in customers.clear_filters(1, SAMPLE.to_json())


@pytest.fixture
def scored(monkeypatch: pytest.MonkeyPatch) -> CustomerTable:
    """The sample's customers, as if a model of churn were in use."""
    known = results.customers(SAMPLE.request)
    scores = np.linspace(0, 1, len(known))
    table = replace(known.with_columns(score_churn=scores), labels={"score_churn": "Chance of being lost in 90 days"})
    monkeypatch.setattr(results, "customers", lambda _request: table)
    return table


def test_what_is_filtered_by_comes_first(scored: CustomerTable) -> None:
    """The columns of the rule are beside the customers' numbers; a chance is written as one, under its question's heading."""
    rule = Condition("score_churn", "at least", 0.4)
    second = customers.column_definitions(View(AnalysisRequest("sample", where=rule)), scored)[1]
    assert second["field"] == "score_churn"
    assert second["headerName"] == "Chance of being lost in 90 days"
    assert "clienteleShare" in second["valueFormatter"]["function"]
    assert customers.column_definitions(SAMPLE, scored)[1]["field"] == "segment"


def test_who_is_listed_by_a_score_comes_by_it(scored: CustomerTable) -> None:
    """The drawer and the lists that it leads to begin with the highest score, and say it."""
    rule = json.dumps(Condition("score_churn", "at least", 0.4).to_json())
    drawn, is_open = people.show_people({"points": [{"customdata": rule}]}, SAMPLE.to_json())
    assert is_open
    said = list(texts(drawn))
    assert "The first by: Chance of being lost in 90 days" in said
    assert said.index("100.0%") > said.index("Chance of being lost in 90 days")
    assert "sort=-score_churn" in str(drawn)


def test_the_count_is_a_sentence_and_the_links_export_it() -> None:
    """How many of how many, what they bring, by which rule; and links that hold the view."""
    view = View(AnalysisRequest("small", countries=("Spain",)))
    sentence, links = customers.show_count(view.to_json())
    assert sentence == "2 of 4 customers, €110 revenue. Country is Spain."
    assert [link.href.partition("?")[0] for link in links] == ["/export/customers.csv", "/export/customers.xlsx"]
    assert all(link.href.endswith("?dataset=small&country=Spain") for link in links)


def test_names_are_data_in_the_grid() -> None:
    """Scripts and formulas in customers' data are values of cells, and no column evaluates or renders them."""
    rows = customers.show_rows(ASKED, View(AnalysisRequest("nasty")).to_json())["rowData"]
    assert {"<script>alert(1)</script>", '=HYPERLINK("x")'} <= {row["customer_id"] for row in rows}
    definitions = customers.column_definitions(SAMPLE, results.customers(SAMPLE.request))
    assert not [item for item in definitions if {"cellRenderer", "dangerously_allow_code"} & item.keys()]
    assert all(
        item["valueFormatter"]["function"].startswith("clientele") for item in definitions if "valueFormatter" in item
    )
