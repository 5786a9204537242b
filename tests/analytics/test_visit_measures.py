"""What visits add up to, counted by hand; and on published data what was published."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from analytics.behaviour.measures import (
    breakdown,
    by_hour,
    by_week,
    by_weekday,
    clicks_binned,
    first_purchases,
    gaps_binned,
    returning,
    seconds_binned,
    visit_figures,
    wilson,
)
from analytics.behaviour.pages import load_page_clicks, page_table
from analytics.behaviour.visits import Visits, load_visits
from analytics.intake import import_events, import_sessions
from analytics.sources import Source, open_source
from tests.analytics.click_shops import Click, clicks_in_memory

AS_OF = date(2024, 2, 1)
CLICKS = (
    # 1 January 2024 is a Monday. v1 fills a cart and leaves it, then comes back after two days and buys
    Click("v1", "10:00", "view", "home", device="phone"),
    Click("v1", "10:01", "view", "product", device="phone"),
    Click("v1", "10:03", "cart", "cart", device="phone"),
    Click("v1", "2024-01-03T20:00", "view", "home", device="phone"),
    Click("v1", "2024-01-03T20:01", "cart", "cart", device="phone"),
    Click("v1", "2024-01-03T20:02", "purchase", "thanks", device="phone"),
    # v2 stays over midnight, and comes back after 19 days for one click
    Click("v2", "23:59", "view", "home", device="desktop"),
    Click("v2", "2024-01-02T00:01", "view", "product", device="desktop"),
    Click("v2", "2024-01-20T09:00", "view", "home", device="desktop"),
    Click("v3", "2024-01-07T20:30", "view", "search"),
)
ONLY_V1 = np.array([True, True, False, False, False])
NOBODY = np.zeros(5, dtype=bool)


@pytest.fixture(scope="module")
def shop() -> Source:
    return clicks_in_memory(CLICKS, as_of=AS_OF)


@pytest.fixture(scope="module")
def visits(shop: Source) -> Visits:
    return load_visits(shop, AS_OF)


def test_the_figures_of_visits(visits: Visits) -> None:
    """Five visits of three visitors: two of one click, whose first click is their last; the mean time is of all five."""
    found = visit_figures(visits)
    assert (found.sessions, found.visitors) == (5, 3)
    assert found.bounce_rate == pytest.approx(2 / 5)
    assert found.clicks_mean == pytest.approx(10 / 5)
    assert found.seconds_mean == pytest.approx((180 + 120 + 120) / 5)
    assert found.cart_rate == pytest.approx(2 / 5)
    assert found.purchase_rate == pytest.approx(1 / 5)
    assert found.abandon_rate == pytest.approx(1 / 2)


def test_figures_are_of_the_visits_kept(visits: Visits) -> None:
    """A mask leaves the others out of numerator and denominator."""
    found = visit_figures(visits, ONLY_V1)
    assert (found.sessions, found.visitors, found.bounce_rate) == (2, 1, 0)
    assert found.purchase_rate == pytest.approx(1 / 2)


def test_no_visits_have_no_rates(visits: Visits) -> None:
    """Of no visits there is a count, nought, and no mean or share of anything."""
    found = visit_figures(visits, NOBODY)
    assert found.sessions == 0
    assert (found.bounce_rate, found.clicks_mean, found.seconds_mean, found.abandon_rate) == (None,) * 4


def test_visits_without_carts_have_no_abandon_rate(visits: Visits) -> None:
    """Nothing was put into a cart: nothing of it can have been left."""
    found = visit_figures(visits, ~ONLY_V1)
    assert found.cart_rate == 0
    assert found.abandon_rate is None


def test_hours_and_weekdays(visits: Visits) -> None:
    """A visit over midnight began on the evening before."""
    hours = by_hour(visits)
    assert hours is not None
    assert hours.shape == (7, 24)
    began = {(int(day), int(hour)): int(hours[day, hour]) for day, hour in zip(*np.nonzero(hours), strict=True)}
    assert began == {(0, 10): 1, (0, 23): 1, (2, 20): 1, (5, 9): 1, (6, 20): 1}
    weekdays = by_weekday(visits)
    assert weekdays is not None
    assert weekdays.tolist() == [2, 0, 1, 0, 0, 1, 1]


def test_weeks_follow_each_other_and_the_last_is_partial(visits: Visits) -> None:
    """A week without visits is there with none; the data ends on a Saturday, so the last week is there in part."""
    weeks = by_week(visits)
    assert weeks is not None
    assert [day.isoformat() for day in weeks.index] == ["2024-01-01", "2024-01-08", "2024-01-15"]
    assert weeks["sessions"].tolist() == [4, 0, 1]
    assert weeks["purchases"].tolist() == [1, 0, 0]
    assert weeks["is_partial"].tolist() == [False, False, True]


def test_weeks_are_the_same_whatever_is_kept(visits: Visits) -> None:
    """A filter takes visits out of weeks and no week away."""
    weeks = by_week(visits, ONLY_V1)
    assert weeks is not None
    assert weeks["sessions"].tolist() == [2, 0, 0]


def test_how_many_clicks_and_how_long(visits: Visits) -> None:
    """A bin begins at its edge: three visits of 120 seconds or more; the length of one click is unknown, not nought."""
    clicks = clicks_binned(visits)
    assert dict(zip(clicks.edges, clicks.counts.tolist(), strict=True)) | {1: 2, 2: 1, 3: 2} == {
        edge: {1: 2, 2: 1, 3: 2}.get(edge, 0) for edge in clicks.edges
    }
    assert (clicks.median, clicks.unknown) == (2, 0)
    seconds = seconds_binned(visits)
    assert seconds is not None
    assert {edge: count for edge, count in zip(seconds.edges, seconds.counts.tolist(), strict=True) if count} == {
        120: 3
    }
    assert (seconds.median, seconds.unknown) == (120, 2)


def test_days_between_visits(visits: Visits) -> None:
    """Two days and nineteen; a visitor's first visit has no visit before."""
    gaps = gaps_binned(visits)
    assert gaps is not None
    assert {edge: count for edge, count in zip(gaps.edges, gaps.counts.tolist(), strict=True) if count} == {2: 1, 15: 1}
    assert (gaps.median, gaps.unknown) == (10.5, 3)


def test_visits_by_device(visits: Visits) -> None:
    """Each device has its visits, and its shares are of those; a visit of no known device is in none."""
    found = breakdown(visits, "device")
    assert found.loc["phone", ["sessions", "bounces", "purchases"]].tolist() == [2, 0, 1]
    assert found.loc["desktop", ["sessions", "bounces", "purchases"]].tolist() == [2, 1, 0]
    assert found.loc["phone", "purchase_rate"] == pytest.approx(0.5)
    assert found.loc["desktop", "bounce_rate"] == pytest.approx(0.5)
    assert found["sessions"].sum() == 4


def test_a_group_without_visits_is_not_listed(visits: Visits) -> None:
    """Where only v1 is kept, there is no desktop, rather than a desktop with a share of nothing."""
    assert list(breakdown(visits, "device", ONLY_V1).index) == ["phone"]


def test_the_interval_of_a_share() -> None:
    """Wilson (1927): 1 of 2 is 9.5 % to 90.5 %, 0 of 10 is 0 % to 27.8 %, 3 of none is nothing."""
    low, high = wilson(np.array([1, 0, 0]), np.array([2, 10, 0]))
    assert low[:2] == pytest.approx([0.0945312, 0], abs=1e-6)
    assert high[:2] == pytest.approx([0.9054688, 0.2775328], abs=1e-6)
    assert np.isnan(low[2])
    assert np.isnan(high[2])


def test_who_returns_of_those_who_could(visits: Visits) -> None:
    """The data ends on 20 January: all three could come again within 7 days, and one did; nobody was there for 30 days."""
    week, month, quarter = returning(visits)
    assert (week.days, week.visitors, week.returned) == (7, 3, 1)
    assert (month.visitors, month.share) == (0, None)
    assert (quarter.visitors, quarter.share) == (0, None)


def test_a_visitor_who_returns_on_the_last_day_in_time_is_counted() -> None:
    """Exactly seven days after is within seven days, eight are not; one seen first six days before the end is left out."""
    clicks = [
        Click("seven", "10:00"),
        Click("seven", "2024-01-08T23:00"),
        Click("eight", "10:00"),
        Click("eight", "2024-01-09T00:01"),
        Click("late", "2024-01-04T10:00"),
        Click("late", "2024-01-05T10:00"),
        Click("end", "2024-01-10T10:00"),
    ]
    week = returning(load_visits(clicks_in_memory(clicks), AS_OF))[0]
    assert (week.visitors, week.returned) == (2, 1)


def test_the_visit_of_the_first_purchase(visits: Visits) -> None:
    """One visitor bought, on the second visit, two days after the first."""
    found = first_purchases(visits)
    assert found is not None
    assert found.visitors.tolist() == [0, 1, 0, 0, 0, 0]
    assert found.days_median == 2
    assert found.at_once_share == 0


def test_only_the_first_purchase_counts() -> None:
    """Who buys again is counted once; who buys at once waited no day; a seventh visit is the last place with the later."""
    clicks = [Click("once", "10:00", "purchase"), Click("once", "12:00", "purchase")]
    clicks += [Click("late", f"2024-01-{day:02d}T10:00", "purchase" if day == 9 else "view") for day in range(1, 10)]
    found = first_purchases(load_visits(clicks_in_memory(clicks), AS_OF))
    assert found is not None
    assert found.visitors.tolist() == [1, 0, 0, 0, 0, 1]
    assert found.days_median == 4  # between no day and eight
    assert found.at_once_share == 0.5


def test_what_the_data_does_not_say_is_absent() -> None:
    """Clicks with neither clock nor visitor: no hours, weeks, lengths, gaps or returns, and the clicks are still counted."""
    clicks = [Click(None, session_id="s", position=place, page="home") for place in (1, 2)]
    found = load_visits(clicks_in_memory(clicks), AS_OF)
    assert (by_hour(found), by_weekday(found), by_week(found)) == (None, None, None)
    assert (seconds_binned(found), gaps_binned(found), first_purchases(found)) == (None, None, None)
    assert returning(found) == ()
    figures = visit_figures(found)
    assert (figures.sessions, figures.clicks_mean) == (1, 2)
    assert (figures.visitors, figures.seconds_mean, figures.purchase_rate) == (None, None, None)


def test_pages_by_where_visits_begin_and_end(shop: Source) -> None:
    """Views, entries, exits and bounces of each page; the mean time leaves out the last click of a visit."""
    found = page_table(load_page_clicks(shop, "page"))
    counts = found[["views", "entries", "exits", "bounces"]]
    assert {str(name): row.tolist() for name, row in zip(counts.index, counts.to_numpy(), strict=True)} == {
        "home": [4, 4, 1, 1],
        "product": [2, 0, 1, 0],
        "cart": [2, 0, 1, 0],
        "search": [1, 1, 1, 1],
        "thanks": [1, 0, 1, 0],
    }
    assert found.loc["home", "exit_rate"] == pytest.approx(1 / 4)
    assert found.loc["home", "bounce_rate"] == pytest.approx(1 / 4)
    assert np.isnan(found.loc["product", "bounce_rate"])
    assert found.loc["home", "seconds_mean"] == pytest.approx((60 + 60 + 120) / 3)
    assert found.loc["product", "seconds_mean"] == pytest.approx(120)
    assert np.isnan(found.loc["search", "seconds_mean"])


def test_pages_of_the_visits_kept(shop: Source) -> None:
    """A mask takes whole visits out; a page that nobody kept saw is not listed."""
    found = page_table(load_page_clicks(shop, "page"), ONLY_V1)
    assert found["entries"].sum() == found["exits"].sum() == 2
    assert set(found.index) == {"home", "product", "cart", "thanks"}


def test_a_click_without_a_time_lasts_nobody_knows_how_long() -> None:
    """Visits that came with their places may lack a time here and there: it is left out, and counted from by nobody."""
    clicks = (
        Click("v", "10:00", page="home", session_id="s", position=1),
        Click("v", None, page="product", session_id="s", position=2),
        Click("v", "10:05", page="home", session_id="s", position=3),
        Click("v", "10:06", page="thanks", session_id="s", position=4),
    )
    found = page_table(load_page_clicks(clicks_in_memory(clicks), "page"))
    assert found.loc["home", "seconds_mean"] == 60
    assert np.isnan(found.loc["product", "seconds_mean"])


# Published data


@pytest.fixture(scope="module")
def eshop(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Source:
    """E-shop clothing 2008 (Łapczyński & Białowąs 2013): clicks in visits, with a day and no clock."""
    home = tmp_path_factory.mktemp("eshop")
    import_events(real_data / "e-shop clothing 2008.csv", name="eshop", home=home)
    return open_source("eshop", home=home)


def test_eshop_visits(eshop: Source) -> None:
    """24,026 visits, 21.0 % of one click, 6.887 clicks in the mean and 4 in the middle; no hour, but days and weekdays."""
    visits = load_visits(eshop, eshop.default_as_of)
    found = visit_figures(visits)
    assert found.sessions == 24_026
    assert found.bounce_rate == pytest.approx(5_042 / 24_026)
    assert found.clicks_mean == pytest.approx(6.887, abs=0.0005)
    assert clicks_binned(visits).median == 4
    assert by_hour(visits) is None
    weekdays = by_weekday(visits)
    assert weekdays is not None
    assert weekdays.sum() == 24_026
    assert found.seconds_mean is None


def test_eshop_categories(eshop: Source) -> None:
    """The clicks of the four categories; every visit enters once and leaves once."""
    found = page_table(load_page_clicks(eshop, "category"))
    assert found["views"].tolist() == [49_742, 38_747, 38_577, 38_408]
    assert found["entries"].sum() == found["exits"].sum() == 24_026
    assert found["bounces"].sum() == 5_042
    assert "seconds_mean" not in found


def test_online_shoppers_by_visitor_type(real_data: Path, home: Path) -> None:
    """Online Shoppers (Sakar et al. 2018), a table of visits: new visitors buy in 24.9 %, returning ones in 13.9 %."""
    import_sessions(real_data / "online_shoppers_intention.csv", name="shoppers", home=home)
    source = open_source("shoppers", home=home)
    visits = load_visits(source, source.default_as_of)
    found = breakdown(visits, "visitor_type")
    assert {name: int(count) for name, count in found["sessions"].items()} == {
        "returning": 10_551,
        "new": 1_694,
        "other": 85,
    }
    assert found.loc["new", "purchase_rate"] == pytest.approx(0.249, abs=0.0005)
    assert found.loc["returning", "purchase_rate"] == pytest.approx(0.139, abs=0.0005)
    assert visit_figures(visits).purchase_rate == pytest.approx(1_908 / 12_330)
