"""Cases of customers: what was known of them at a cut, strictly, and what happened after it."""

from __future__ import annotations

import itertools
import re
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from analytics.errors import DataError
from analytics.predict.cases import Cases
from analytics.predict.problems.customers import CHURN, REVENUE
from analytics.predict.problems.known import attribute_suspects, known_before
from analytics.predict.request import TrainingRequest
from analytics.sources import Source
from tests.analytics.click_shops import Click, clicks_in_memory
from tests.conftest import Order, Return, shop_in_memory, varied_shop

# As of 1 April with a horizon of 30 days the cut is 2 March 2024
CUT = date(2024, 3, 2)
NEW_YEAR = datetime.fromisoformat("2024-01-01T00:00")
ORDERS = [
    Order("early", "2024-01-01T10:00", "10"),
    Order("on the day", "2024-01-05T10:00", "20"),
    Order("on the day", "2024-03-02T00:00", "7"),
    Order("night before", "2024-01-06T10:00", "30"),
    Order("night before", "2024-03-01T23:59", "5"),
    Order("back at last", "2024-02-10T10:00", "40"),
    Order("back at last", "2024-03-31T23:59", "3"),
    Order("after it all", "2024-01-20T10:00", "50"),
    Order("after it all", "2024-04-01T00:00", "900"),
    Order("new", "2024-03-15T10:00", "60"),
]
RETURNS = [Return("back at last", "2024-03-01T12:00", "4"), Return("early", "2024-03-05T12:00", "10")]


def request(problem: str = "churn", **asked: Any) -> TrainingRequest:
    return TrainingRequest("shop", problem=problem, **({"horizon_days": 30, "split": "random"} | asked))


def shop(**more: Any) -> Source:
    return shop_in_memory(ORDERS, RETURNS, as_of=date(2024, 4, 1), **more)


def by_customer(cases: Cases, values: Any) -> dict[str, float]:
    return dict(zip(cases.ids, np.asarray(values, dtype=float).tolist(), strict=True))


def test_an_order_on_the_cut_day_is_of_the_future() -> None:
    """At 00:00 of the cut it is the answer, at 23:59 the day before it is known; at the as-of date it is neither."""
    churn = CHURN.cases(shop(), request())
    assert by_customer(churn, churn.target) == {
        "after it all": 1, "back at last": 0, "early": 1, "night before": 1, "on the day": 0,
    }  # fmt: skip
    assert by_customer(churn, churn.frame["order_count"]) == {
        "after it all": 1, "back at last": 1, "early": 1, "night before": 2, "on the day": 1,
    }  # fmt: skip
    assert by_customer(churn, churn.frame["recency_days"])["night before"] == 1


def test_whoever_first_orders_after_the_cut_is_no_case() -> None:
    """Nothing was known of them: they are not among the cases, but are among those of whom it is asked now."""
    assert "new" not in set(CHURN.cases(shop(), request()).ids)
    assert CHURN.current is not None
    now = CHURN.current(shop(), request())
    assert "new" in set(now.ids)
    assert np.isnan(now.target).all()


def test_revenue_is_that_of_the_days_after_the_cut() -> None:
    """From the cut on and before the as-of date; returns are not deducted, and those after the cut are not known."""
    revenue = REVENUE.cases(shop(), request("revenue"))
    assert by_customer(revenue, revenue.target) == {
        "after it all": 0, "back at last": 3, "early": 0, "night before": 0, "on the day": 7,
    }  # fmt: skip
    assert by_customer(revenue, revenue.frame["refund_total"]) == {
        "after it all": 0, "back at last": 4, "early": 0, "night before": 0, "on the day": 0,
    }  # fmt: skip


def test_rules_of_thumb_use_what_was_known() -> None:
    """Revenue: the 30 days before the cut once more. Lost: as likely as not after 30 days away, the longer the likelier."""
    revenue = REVENUE.cases(shop(), request("revenue"))
    assert by_customer(revenue, revenue.naive["same_as_last"]) == {
        "after it all": 0, "back at last": 40, "early": 0, "night before": 5, "on the day": 0,
    }  # fmt: skip
    assert revenue.heading("same_as_last") == "Same as the last 30 days"
    churn = CHURN.cases(shop(), request())
    away = by_customer(churn, churn.naive["long_away"])
    assert away["early"] == 61 / 91
    assert away["night before"] == 1 / 31


def days_in(sentence: str) -> list[date]:
    """The days that a sentence names, as 9 Dec 2011."""
    return [datetime.strptime(found, "%d %b %Y").date() for found in re.findall(r"\d+ [A-Z][a-z]{2} \d{4}", sentence)]  # noqa: DTZ007 - a day


def test_without_a_year_models_learn_from_the_horizons_before_the_test() -> None:
    """Each cut is a horizon before the next, so that every answer learnt from is over at the cut of the test."""
    orders = [Order(f"c{n % 40}", (NEW_YEAR + timedelta(hours=13 * n)).isoformat()) for n in range(240)]
    made = REVENUE.cases(shop_in_memory(orders), request("revenue", split="auto"))
    assert made.is_test is not None
    days = days_in(made.split)
    assert all(later - earlier == timedelta(days=30) for earlier, later in itertools.pairwise(days))
    assert days[0] >= date(2024, 1, 31)


def test_with_a_year_models_learn_from_the_same_season() -> None:
    """Two years of orders: the cuts to learn from lie a year before the test, four weeks around it."""
    orders = [Order(f"c{n % 90}", (NEW_YEAR + timedelta(hours=29 * n)).isoformat()) for n in range(600)]
    made = REVENUE.cases(shop_in_memory(orders), request("revenue", split="auto", horizon_days=90))
    days = days_in(made.split)
    assert [(days[-1] - day).days for day in days[:-1]] == [392, 364, 336]
    assert made.is_test is not None
    assert 0 < made.is_test.sum() < len(made) / 2


def test_of_many_customers_one_cut_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the limit models learn from the cut a year before the test alone."""
    monkeypatch.setattr("analytics.predict.problems.customers.MOST_LEARNT", 100)
    orders = [Order(f"c{n % 90}", (NEW_YEAR + timedelta(hours=29 * n)).isoformat()) for n in range(600)]
    made = REVENUE.cases(shop_in_memory(orders), request("revenue", split="auto", horizon_days=90))
    days = days_in(made.split)
    assert [(days[-1] - day).days for day in days[:-1]] == [364]


def test_too_short_a_history_is_refused() -> None:
    """Thirty days have to be known before the cut; a split by time needs a horizon more."""
    with pytest.raises(DataError, match=r"^The orders are from 91 days only.*Choose a shorter horizon\.$"):
        CHURN.cases(shop(), request(horizon_days=62))
    with pytest.raises(DataError, match="Choose a shorter horizon or another split"):
        CHURN.cases(shop(), request(split="time", horizon_days=31))


def test_answers_beyond_the_last_order_are_not_made_up() -> None:
    """An as-of date a month after the last order would call everyone lost: the day after the last order is taken, and said."""
    late = CHURN.cases(shop(), request(as_of=date(2024, 5, 1)))
    plain = CHURN.cases(shop(), request())
    assert by_customer(late, late.target) == by_customer(plain, plain.target)
    assert late.notes[0].startswith("Orders are known until 1 Apr 2024 only")


CUSTOMERS = pa.table(
    {
        "customer_id": ["early", "on the day", "night before", "back at last", "after it all"],
        "gender": ["f", "m", "f", "m", "f"],
        "signed_up_on": pa.array([date(2023, 12, 31), date(2024, 1, 5), None, date(2024, 3, 20), CUT], pa.date32()),
        "last_seen": pa.array([date(2024, 1, 1), date(2024, 3, 3), None, date(2024, 3, 30), None], pa.date32()),
        "born_on": pa.array([date(1980, 1, 1), None, date(1990, 3, 2), None, date(2000, 1, 1)], pa.date32()),
        "lifetime_revenue": [10.0, 27.0, 35.0, 43.0, 950.0],
        "is_churned": [True, False, True, False, False],
        "city": ["Bath", "York", "Bath", "York", "Leeds"],
    }
)


def test_attributes_that_tell_of_now_are_suspects() -> None:
    """By name: lifetime revenue, a churned flag; by their days: last_seen, kept up to date. Birth, gender and city are not."""
    table = known_before(shop(customers=CUSTOMERS), CUT)
    suspects = attribute_suspects(table)
    assert set(suspects) == {"days_since_last_seen", "lifetime_revenue", "is_churned"}
    assert "2 Mar 2024" in suspects["days_since_last_seen"]
    cases = CHURN.cases(shop(customers=CUSTOMERS), request())
    assert set(suspects) <= set(cases.suspects)
    assert cases.notes[-1] == (
        "These attributes of customers are as they are now, and are taken to have been the same before: Born on, City, "
        "Gender, Signed up on."
    )


def test_nobody_had_signed_up_who_did_so_later() -> None:
    """Days become the time until the cut: on that morning a later sign-up was as unknown as none, that day's too."""
    table = known_before(shop(customers=CUSTOMERS), CUT)
    since = table.frame.set_index("customer_id")["days_since_signed_up_on"]
    assert since["early"] == 62
    assert since["on the day"] == 57
    assert since[["night before", "back at last", "after it all"]].isna().all()


def clicks_around(*clicks: Click) -> Source:
    return clicks_in_memory(clicks, [Order("a", "2024-01-02"), Order("b", "2024-02-01")], as_of=date(2024, 4, 1))


def test_a_visit_that_lasts_into_the_cut_is_not_known() -> None:
    """Begun at 23:50 and bought at 00:05, it would tell of the day of the cut; one over by then counts."""
    before = Click("a", "2024-03-01T20:00", "view", customer_id="a")
    over_midnight = (
        Click("a", "2024-03-01T23:50", "view", customer_id="a"),
        Click("a", "2024-03-02T00:05", "purchase", customer_id="a"),
    )
    count = {
        name: known_before(clicks_around(*clicks), CUT).frame.set_index("customer_id")["session_count"]["a"]
        for name, clicks in {"over": (before,), "both": (before, *over_midnight)}.items()
    }
    assert count == {"over": 1, "both": 1}


def test_visits_without_a_day_are_not_known() -> None:
    """They may have come after the cut."""
    source = clicks_around(Click("a", None, "view", customer_id="a", session_id="1", position=1))
    dated = clicks_around(
        Click("a", None, "view", customer_id="a", session_id="1", position=1),
        Click("a", "2024-03-01T20:00", "view", customer_id="a", session_id="2", position=1),
    )
    assert "session_count" not in known_before(source, CUT).frame
    assert known_before(dated, CUT).frame["session_count"].tolist() == [1, 0]


def features_of(orders: list[Order], as_of: date, cut_days: int = 90) -> pd.DataFrame:
    made = CHURN.cases(shop_in_memory(orders, as_of=as_of), request(horizon_days=cut_days, split="random"))
    return made.frame.assign(customer=made.ids.to_numpy(), target=made.target)


def test_shifting_all_dates_changes_nothing() -> None:
    """Orders and as-of date 137 days later: the same features and the same answers."""
    orders, end, shift = varied_shop(), date(2022, 1, 1), timedelta(days=137)
    later = [o._replace(ordered_at=(datetime.fromisoformat(o.ordered_at) + shift).isoformat()) for o in orders]
    pd.testing.assert_frame_equal(features_of(orders, end), features_of(later, end + shift))


def test_shuffling_orders_changes_nothing() -> None:
    """The order of the rows plays no part."""
    orders, end = varied_shop(), date(2022, 1, 1)
    numbered = [o._replace(order_id=f"{o.customer_id} {o.ordered_at}") for o in orders]
    shuffled = [numbered[place] for place in np.random.default_rng(3).permutation(len(numbered))]
    assert shuffled != numbered
    pd.testing.assert_frame_equal(features_of(numbered, end), features_of(shuffled, end))


def test_later_orders_change_no_feature() -> None:
    """Orders added after the cut change answers only."""
    orders, end = varied_shop(), date(2022, 1, 1)
    more = [Order(f"c{n:03d}", "2021-10-03T00:00", "1000") for n in range(0, 60, 2)]
    plain, added = features_of(orders, end), features_of([*orders, *more], end)
    pd.testing.assert_frame_equal(plain.drop(columns="target"), added.drop(columns="target"))
    assert added["target"].sum() < plain["target"].sum()
