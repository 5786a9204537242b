"""Cases of visits and of carts: asked at the moment, of what was known then."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from analytics.errors import DataError, EmptyDataError
from analytics.predict.cases import Cases
from analytics.predict.problems.baskets import ABANDONMENT
from analytics.predict.problems.columns import notes_on
from analytics.predict.problems.visits import CONVERSION
from analytics.predict.request import TrainingRequest
from analytics.sources import Source, connect
from tests.analytics.click_shops import Click, clicks_in_memory


def day(number: int, clock: str) -> str:
    return f"2024-01-{number:02d}T{clock}"


CLICKS = (
    # v buys in a first visit, begins a second while a third of another tab is open, and comes back
    Click("v", day(1, "10:00"), "view", "home", "Mugs", "m1", 5.0, device="phone"),
    Click("v", day(1, "10:05"), "cart", "mug", "Mugs", "m1", 5.0),
    Click("v", day(1, "10:06"), "cart", "mug", "Lamps", "l1", 50.0),
    Click("v", day(1, "10:09"), "purchase", "thanks"),
    Click("v", day(3, "09:00"), "view", "sale", "Lamps", "l1", 50.0),
    Click("v", day(3, "09:01"), "cart", "lamp", "Lamps", "l1", 50.0),
    Click("w", day(2, "23:59"), "view", "home", "Lamps", "l2", 70.0),
    Click("w", day(3, "00:01"), "cart", "lamp", "Lamps", "l2", 70.0),
    Click("w", day(3, "23:00"), "purchase", "thanks"),
    Click("x", day(9, "22:00"), "cart", "lamp", "Lamps", "l2", 70.0),
)


def request(problem: str, **asked: Any) -> TrainingRequest:
    return TrainingRequest("clicks", problem=problem, **asked)


def conversion(*clicks: Click, **asked: Any) -> Cases:
    return CONVERSION.cases(clicks_in_memory(clicks), request("conversion", **asked))


def rows(cases: Cases) -> pd.DataFrame:
    return cases.frame.assign(target=cases.target)


def named(*clicks: Click) -> list[Click]:
    """The clicks with visits named by visitor and day, so that they keep their names whatever is added."""
    return [click._replace(session_id=f"{click.visitor_id}{int(str(click.at)[8:10])}") for click in clicks]


def by_id(cases: Cases, values: Any) -> dict[str, float]:
    return dict(zip(cases.ids, np.asarray(values, dtype=float).tolist(), strict=True))


def test_a_visit_is_asked_about_as_it_begins() -> None:
    """Hour, weekday, entry page, first click, and what the visitor had done in visits that were over."""
    found = rows(conversion(*CLICKS))
    first, second = found.iloc[0], found.iloc[1]  # v, 1 January, a Monday, and v, 3 January
    assert (first["target"], second["target"]) == (1, 0)
    assert (first["weekday"], first["hour"], first["entry_page"], first["device"]) == (1, 10, "home", "phone")
    assert (first["first_category"], first["first_price"]) == ("Mugs", 5.0)
    assert (first["visits_before"], first["purchase_visits_before"]) == (0, 0)
    assert np.isnan(first["days_since_purchase_visit"])
    assert (second["visits_before"], second["cart_visits_before"], second["purchase_visits_before"]) == (1, 1, 1)
    assert (second["days_since_purchase_visit"], second["visitor_type"]) == (2, "returning")


def test_what_the_whole_visit_was_is_suspect() -> None:
    """Everything counted to its end is named, each with a reason; what was known at its beginning is not."""
    made = conversion(*CLICKS)
    end = {
        "purchase_count",
        "exit_page",
        "cart_count",
        "has_cart",
        "click_count",
        "session_seconds",
        "view_count",
        "is_bounce",
    }
    assert end <= set(made.suspects)
    assert not set(made.suspects) & {"entry_page", "hour", "weekday", "visits_before", "visitor_type", "first_price"}
    assert all(reason.endswith(".") for reason in made.suspects.values())


def test_a_visit_still_open_elsewhere_is_not_known() -> None:
    """A purchase in a visit that began before, and was not over, is not known when the second begins."""
    clicks = [
        Click("v", day(1, "10:00"), "view", session_id="a"),
        Click("v", day(1, "10:30"), "purchase", session_id="a"),
        Click("v", day(1, "10:20"), "view", session_id="b"),
        Click("v", day(1, "10:31"), "view", session_id="c"),
    ]
    made = conversion(*clicks)
    found = dict(zip(made.ids, made.frame["purchase_visits_before"], strict=True))
    assert found == {"a": 0, "b": 0, "c": 1}


def test_later_clicks_change_no_feature_of_a_visit() -> None:
    """More clicks in the visits, and more visits later, leave what was known at their beginnings."""
    more = (
        Click("v", day(3, "09:20"), "purchase", "thanks", "Mugs", "m1", 5.0),
        Click("w", day(8, "12:00"), "view", "home"),
        Click("y", day(9, "12:00"), "purchase", "thanks"),
    )
    plain, added = conversion(*named(*CLICKS)), conversion(*named(*CLICKS, *more))
    known = [name for name in plain.frame if name not in plain.suspects]
    before, after = plain.frame[known].set_index(plain.ids), added.frame[known].set_index(added.ids)
    pd.testing.assert_frame_equal(before, after.loc[before.index], check_categorical=False)
    assert set(added.ids) - set(plain.ids) == {"w8", "y9"}
    assert (by_id(plain, plain.target)["v3"], by_id(added, added.target)["v3"]) == (0, 1)


def test_shuffling_clicks_changes_nothing() -> None:
    """The order of the rows plays no part."""
    mixed = [CLICKS[place] for place in np.random.default_rng(1).permutation(len(CLICKS))]
    pd.testing.assert_frame_equal(rows(conversion(*CLICKS)), rows(conversion(*mixed)))


def test_the_last_days_are_the_test_part() -> None:
    """Where visits have days, the later ones are tested on; `random` leaves it to a draw; `given` is refused."""
    made = conversion(*CLICKS)
    assert made.is_test is not None
    assert made.is_test.tolist() == [False, False, False, False, True]
    assert made.split == "Models learn from the days before 9 Jan 2024, and are tested on those from then on."
    assert conversion(*CLICKS, split="random").is_test is None
    with pytest.raises(DataError, match=r"^There is no test file"):
        conversion(*CLICKS, split="given")


def ready_visits(**columns: Any) -> Source:
    table = pa.table({"session": list(range(len(next(iter(columns.values()))))), **columns})
    return Source("visits", "0001-00000000", {"sessions": connect().create_table("visits", table)}, date(2000, 1, 1))


def test_ready_visits_keep_what_is_told_of_them() -> None:
    """Counts and further columns are features, the end is suspect, visits without an answer are left out and said."""
    source = ready_visits(
        click_count=[3, 9, 4, 1],
        has_purchase=[True, None, False, False],
        exit_page=["thanks", "home", "home", "home"],
        page_values=[3.5, 0.0, 0.0, 0.0],
        weekend=[True, False, True, False],
    )
    made = CONVERSION.cases(source, request("conversion"))
    assert made.target.tolist() == [1, 0, 0]
    assert list(made.frame.columns) == ["click_count", "exit_page", "page_values", "weekend"]
    assert set(made.suspects) == {"purchase_count", "exit_page"}
    assert "1 visit does not say whether something was bought and was left out." in made.notes
    assert any(note.startswith("'page_values' is worked out from the transactions") for note in notes_on(made))
    assert made.is_test is None
    with pytest.raises(DataError, match=r"^The cases have no days"):
        CONVERSION.cases(source, request("conversion", split="time"))


def test_visits_that_say_nothing_of_purchases_are_refused() -> None:
    """Nobody knows who bought, or nobody did."""
    with pytest.raises(EmptyDataError, match=r"^No visit of 'clicks' says whether something was bought"):
        conversion(Click("v", day(1, "10:00")), Click("w", day(2, "10:00")))
    with pytest.raises(DataError, match=r"^All 2 cases have the same answer for 'a purchase'"):
        conversion(Click("v", day(1, "10:00"), "view"), Click("w", day(2, "10:00"), "view"))


def carts(*clicks: Click, as_of: date = date(2024, 1, 10), **asked: Any) -> Cases:
    source = replace(clicks_in_memory(clicks, as_of=as_of), default_as_of=as_of)
    return ABANDONMENT.cases(source, request("abandonment", **asked))


def test_a_cart_is_asked_about_at_its_first_click() -> None:
    """What was put in later, and the purchase, play no part; the price is that of the first thing."""
    at_once = Click(
        "y", day(6, "10:00"), "cart", "mug", "Mugs", "m1", 5.0
    )  # another length: what is constant is no feature
    found = rows(carts(*CLICKS, at_once)).iloc[0]
    assert (found["target"], found["clicks_so_far"], found["views_so_far"], found["seconds_so_far"]) == (0, 2, 1, 300)
    assert (found["cart_price"], found["cart_category"], found["price_mean_so_far"]) == (5.0, "Mugs", 5.0)


def test_a_cart_is_left_when_nothing_follows_within_a_day() -> None:
    """v bought at once, then left one; w bought 22:59 hours later, which counts; x filled one on the last day: open."""
    made = carts(*CLICKS)
    assert made.target.tolist() == [0, 1, 0]
    assert "1 cart of the last day may yet be bought and was left out." in made.notes
    assert ABANDONMENT.current is not None
    source = clicks_in_memory(CLICKS, as_of=date(2024, 1, 10))
    now = ABANDONMENT.current(source, request("abandonment"))
    assert len(now) == 1
    assert now.frame["cart_price"].tolist() == [70.0]
    assert np.isnan(now.target).all()


def test_a_cart_after_a_purchase_of_the_same_visit_is_no_case() -> None:
    """That visit counts as bought already, so asking would know the answer."""
    bought_before = (
        Click("z", day(4, "10:00"), "purchase", "thanks"),
        Click("z", day(4, "10:02"), "cart", "mug", "Mugs", "m1", 5.0),
    )
    assert len(carts(*CLICKS, *bought_before)) == len(carts(*CLICKS))


def test_later_clicks_change_no_feature_of_a_cart() -> None:
    """Bought after all: another answer, the same features."""
    bought = Click("v", day(3, "09:05"), "purchase", "thanks", "Lamps", "l9", 999.0)
    left = Click("y", day(6, "10:00"), "cart", "mug", "Mugs", "m1", 5.0)  # so that not all have the same answer
    plain, added = carts(*CLICKS, left), carts(*CLICKS, left, bought, Click("w", day(5, "10:00"), "view"))
    pd.testing.assert_frame_equal(plain.frame, added.frame)
    assert (plain.target.tolist(), added.target.tolist()) == ([0, 1, 0, 1], [0, 0, 0, 1])


def test_without_carts_a_sentence_says_so() -> None:
    """Kinds of events that have no cart are named."""
    with pytest.raises(EmptyDataError, match=r"has no carts: the kinds of events are view, not cart"):
        carts(Click("v", day(1, "10:00"), "view"))
