"""Visits in memory and what they add up to, by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from analytics import rfm
from analytics.behaviour import measures
from analytics.behaviour.pages import load_page_clicks, page_table
from analytics.behaviour.visited import visited_customers, visited_sentence
from analytics.behaviour.visits import kept_visits, load_visits, resolve_span, within
from analytics.customers import customer_table
from analytics.errors import RequestError
from analytics.request import AnalysisRequest
from analytics.sources import Source
from tests.analytics.click_shops import Click, clicks_in_memory
from tests.conftest import Order

# 1 January 2024 is a Monday. Ann: a bounce on Monday, two days later a purchase. Bob, unknown to the shop: a cart left.
CLICKS = [
    Click("ann", "2024-01-01T20:10", "view", "home", customer_id="a", device="phone"),
    Click("ann", "2024-01-03T09:00", "view", "home", customer_id="a", device="phone"),
    Click("ann", "2024-01-03T09:01", "cart", "basket", customer_id="a", device="phone"),
    Click("ann", "2024-01-03T09:05", "purchase", "paid", customer_id="a", device="phone"),
    Click("bob", "2024-01-14T23:50", "view", "home", device="desktop"),
    Click("bob", "2024-01-15T00:10", "cart", "basket", device="desktop"),
]
ORDERS = [Order("a", "2024-01-03T09:05", country="France"), Order("z", "2024-01-04", country="Spain")]
AS_OF = date(2024, 2, 1)


@pytest.fixture(scope="module")
def shop() -> Source:
    return clicks_in_memory(CLICKS, ORDERS, as_of=AS_OF)


def test_key_figures_by_hand(shop: Source) -> None:
    """Three visits of two visitors: one bounce, one purchase, one cart left; a visit of one click took no known time."""
    told = measures.visit_figures(load_visits(shop, AS_OF))
    assert (told.sessions, told.visitors) == (3, 2)
    assert told.bounce_rate == pytest.approx(1 / 3)
    assert told.clicks_mean == 2
    assert told.seconds_mean == (0 + 300 + 1200) / 3
    assert (told.cart_rate, told.purchase_rate) == (pytest.approx(2 / 3), pytest.approx(1 / 3))
    assert told.abandon_rate == 0.5


def test_a_visit_belongs_to_the_day_and_hour_of_its_first_click(shop: Source) -> None:
    """A visit from 23:50 to 0:10 is a Sunday's, at 23 hours."""
    counts = measures.by_hour(load_visits(shop, AS_OF))
    assert counts is not None
    assert counts.sum() == 3
    assert (counts[0, 20], counts[2, 9], counts[6, 23]) == (1, 1, 1)
    days = measures.by_weekday(load_visits(shop, AS_OF))
    assert days is not None
    assert days.tolist() == [1, 0, 1, 0, 0, 0, 1]


def test_weeks_begin_on_monday_and_the_cut_off_one_is_partial(shop: Source) -> None:
    """The data goes from Monday, 1 January, to Sunday, 14 January: two whole weeks."""
    weeks = measures.by_week(load_visits(shop, AS_OF))
    assert weeks is not None
    assert [day.isoformat() for day in weeks.index] == ["2024-01-01", "2024-01-08"]
    assert weeks["sessions"].tolist() == [2, 1]
    assert weeks["purchases"].tolist() == [1, 0]
    assert weeks["is_partial"].tolist() == [False, False]
    earlier = measures.by_week(load_visits(shop, date(2024, 1, 3)))
    assert earlier is not None
    assert earlier["sessions"].tolist() == [1]
    assert earlier["is_partial"].tolist() == [True]


def test_visits_on_the_as_of_date_or_later_do_not_count(shop: Source) -> None:
    """As of 14 January, Bob has not been there yet."""
    assert measures.visit_figures(load_visits(shop, date(2024, 1, 14))).sessions == 2


def test_a_segment_keeps_its_customers_visits_and_a_country_those_from_there(shop: Source) -> None:
    """Visits say no country: Ann's are France's, because her orders are; the unknown visitor's are nobody's."""
    table = rfm.with_segments(customer_table(shop, AS_OF))
    visits = load_visits(shop, AS_OF, table)
    segment = str(table.frame.loc[table.frame["customer_id"] == "a", "segment"].iloc[0])
    others = [name for name in rfm.GRID.names if name != segment]
    for request, sessions in (
        (AnalysisRequest("shop"), 3),
        (AnalysisRequest("shop", countries=("France",)), 2),
        (AnalysisRequest("shop", countries=("Spain",)), 0),
        (AnalysisRequest("shop", segments=(segment,)), 2),
        (AnalysisRequest("shop", segments=tuple(others)), 0),
        (AnalysisRequest("shop", countries=("France",), segments=(segment,)), 2),
    ):
        assert measures.visit_figures(visits, kept_visits(visits, request, table)).sessions == sessions


def test_a_breakdown_adds_up_and_has_its_interval(shop: Source) -> None:
    """Two visits on the phone with one purchase: between 9.5 and 90.5 % by Wilson's interval."""
    shown = measures.breakdown(load_visits(shop, AS_OF), "device")
    assert shown["sessions"].to_dict() == {"phone": 2, "desktop": 1}
    assert shown.loc["phone", "purchase_rate"] == 0.5
    assert shown.loc["phone", "low"] == pytest.approx(0.0945, abs=1e-4)
    assert shown.loc["phone", "high"] == pytest.approx(0.9055, abs=1e-4)


def test_a_visit_that_says_nothing_of_purchases_is_in_no_share_of_them() -> None:
    """One visit bought, the other has no kinds of clicks: of those that say it, all bought."""
    shop = clicks_in_memory(
        [Click("ann", event_type="purchase", device="phone", at="10:00"), Click("bob", device="phone", at="10:00")]
    )
    visits = load_visits(shop, AS_OF)
    told = measures.visit_figures(visits)
    assert (told.sessions, told.purchase_rate, told.cart_rate) == (2, 1.0, 0.0)
    assert measures.breakdown(visits, "device").loc["phone", ["sessions", "purchase_rate"]].tolist() == [2, 1.0]


def test_wilson_without_trials_is_not_known() -> None:
    """No trials, no interval; none of ten is not certainly none."""
    low, high = measures.wilson(np.array([0, 0]), np.array([0, 10]))
    assert np.isnan(low[0])
    assert low[1] == 0
    assert high[1] == pytest.approx(0.2775, abs=1e-4)


def test_who_comes_again_had_the_time_for_it(shop: Source) -> None:
    """Of the two, only Ann was first there seven days before the end of the data, and she came again."""
    week, month, quarter = measures.returning(load_visits(shop, AS_OF))
    assert (week.days, week.visitors, week.returned, week.share) == (7, 1, 1, 1.0)
    assert (month.visitors, month.share, quarter.visitors) == (0, None, 0)
    gaps = measures.gaps_binned(load_visits(shop, AS_OF))
    assert gaps is not None
    assert gaps.median == 2
    assert gaps.unknown == 2


def test_the_first_purchase_is_on_the_second_visit(shop: Source) -> None:
    """Ann bought on her second visit, two days after the first."""
    found = measures.first_purchases(load_visits(shop, AS_OF))
    assert found is not None
    assert found.visitors.tolist() == [0, 1, 0, 0, 0, 0]
    assert found.days_median == 2
    assert found.at_once_share == 0


def test_pages_by_hand(shop: Source) -> None:
    """Home is where all three visits began and one ended; the time on a last page is not known."""
    shown = page_table(load_page_clicks(shop, "page"))
    assert shown.loc["home", ["views", "entries", "exits", "bounces"]].tolist() == [3, 3, 1, 1]
    assert shown.loc["home", "exit_rate"] == pytest.approx(1 / 3)
    assert shown.loc["home", "bounce_rate"] == pytest.approx(1 / 3)
    assert shown.loc["home", "seconds_mean"] == (60 + 1200) / 2
    assert shown.loc["basket", "exits"] == 1
    assert np.isnan(shown.loc["basket", "bounce_rate"])
    assert np.isnan(shown.loc["paid", "seconds_mean"])


def test_periods_lie_within_the_data(shop: Source) -> None:
    """The data has two weeks: thirty days have no thirty before them to compare with."""
    visits = load_visits(shop, AS_OF)
    span = resolve_span(visits, AS_OF, "auto")
    assert span is not None
    assert (span.ends_on, span.days, span.compared_from) == (date(2024, 1, 15), 30, None)
    assert within(visits, date(2024, 1, 3), date(2024, 1, 14)).sum() == 1


def test_without_a_clock_hours_and_lengths_are_not_known() -> None:
    """Session ids and positions give clicks and bounces; times, days and visitors stay unknown, never 0."""
    bare = [
        Click(None, None, page="a", session_id="1", position=1),
        Click(None, None, page="b", session_id="1", position=2),
        Click(None, None, page="a", session_id="2", position=1),
    ]
    visits = load_visits(clicks_in_memory(bare), AS_OF)
    told = measures.visit_figures(visits)
    assert (told.sessions, told.bounce_rate, told.clicks_mean) == (2, 0.5, 1.5)
    assert (told.visitors, told.seconds_mean, told.purchase_rate) == (None, None, None)
    assert measures.by_hour(visits) is None
    assert measures.by_week(visits) is None
    assert measures.seconds_binned(visits) is None
    assert measures.returning(visits) == ()
    assert measures.first_purchases(visits) is None
    assert resolve_span(visits, AS_OF, "30") is None


@pytest.mark.parametrize(
    ("details", "sentence", "who"),
    [
        ({"weekday": 0, "hour": 20}, "Visited the shop on a Monday, between 20:00 and 20:59", {"a"}),
        ({"device": "desktop"}, "Visited the shop on the device desktop", set()),
        ({"page": "paid"}, "Visited the shop and looked at the page paid", {"a"}),
        ({"clicks_from": 4}, "Visited the shop with 4 clicks or more", set()),
        ({"week": "2024-01-01"}, "Visited the shop in the week of 1 Jan 2024", {"a"}),
        ({"hour": 9, "page": "basket"}, "Visited the shop between 9:00 and 9:59, and looked at the page basket", {"a"}),
    ],
)
def test_the_customers_behind_a_bar(shop: Source, details: dict[str, object], sentence: str, who: set[str]) -> None:
    """A cell, a bar or a page opens into the customers who had such a visit, and says so in a sentence."""
    assert visited_sentence(details) == sentence
    assert set(visited_customers(shop, AS_OF, details)) == who


@pytest.mark.parametrize(
    "details", [{}, {"hour": 24}, {"hour": True}, {"colour": "red"}, {"device": ""}, {"week": "soon"}]
)
def test_what_is_no_visit(shop: Source, details: dict[str, object]) -> None:
    """A detail that cannot be is refused in a sentence."""
    with pytest.raises(RequestError, match=r"\.$"):
        visited_customers(shop, AS_OF, details)
