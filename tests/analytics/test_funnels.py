"""Funnels against cases worked out by hand, and against a plain search through all clicks."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date

import numpy as np
import pytest

from analytics.behaviour import reaching
from analytics.behaviour.funnels import (
    NOT_COUNTED,
    Funnel,
    furthest_known,
    read_within,
    summarise,
    summarise_groups,
    units_counted,
    within_sentence,
)
from analytics.behaviour.people import customers_of, lost_customers, lost_sentence, reached_customers, reached_sentence
from analytics.behaviour.reaching import find_funnel
from analytics.behaviour.steps import Step, read_steps, split_steps, step_choices, step_names
from analytics.behaviour.visits import load_visits
from analytics.errors import NotFoundError, RequestError
from analytics.sources import Source
from tests.analytics.click_shops import Click, clicks_in_memory


def reached(source: Source, steps: Sequence[str], within: str = "") -> list[int]:
    """How many reached each step."""
    return [step.reached for step in summarise(find_funnel(source, read_steps(steps, source), within))]


def test_steps_are_taken_in_their_order() -> None:
    """Who puts into the cart before looking has looked, and not yet filled a cart."""
    shop = clicks_in_memory(
        [
            Click("ada", "10:00", "view"),
            Click("ada", "10:01", "cart"),
            Click("bo", "10:00", "cart"),
            Click("bo", "10:01", "view"),
            Click("cem", "10:00", "cart"),
        ]
    )
    assert reached(shop, ["view", "cart"]) == [2, 1]
    assert reached(shop, ["cart", "view"]) == [3, 1]


def test_a_click_serves_one_step() -> None:
    """The same step twice needs two clicks, and a click that is two steps at once is only one of them."""
    shop = clicks_in_memory(
        [
            Click("ada", "10:00", "view", "sale"),
            Click("ada", "10:01", "view", "home"),
            Click("bo", "10:00", "view", "sale"),
        ]
    )
    assert reached(shop, ["view", "view"]) == [2, 1]
    assert reached(shop, ["view", "page:sale"]) == [2, 0]
    assert reached(shop, ["page:sale", "view", "view"]) == [2, 1, 0]


def test_a_step_far_from_the_first_click_counts() -> None:
    """Clicks between the steps do not matter, and the first way that works is not the only one."""
    shop = clicks_in_memory(
        [Click("ada", f"10:0{place}", kind) for place, kind in enumerate(("cart", "view", "cart", "view", "purchase"))]
    )
    assert reached(shop, ["view", "cart", "purchase"]) == [1, 1, 1]
    assert reached(shop, ["cart", "cart", "view", "view"]) == [1, 1, 1, 0]


def test_equal_times_follow_the_click_order() -> None:
    """Of clicks at one instant a view stands before a cart, and a cart before a purchase, as the import orders them."""
    shop = clicks_in_memory([Click("ada", "10:00", kind) for kind in ("purchase", "cart", "view")])
    assert reached(shop, ["view", "cart", "purchase"]) == [1, 1, 1]
    assert reached(shop, ["view", "cart", "purchase"], "1m") == [1, 1, 1]
    assert reached(shop, ["purchase", "view"], "1m") == [1, 0]


def test_a_purchase_without_a_view_is_no_conversion() -> None:
    """Who buys without looking is not in a funnel that begins with a look."""
    shop = clicks_in_memory([Click("ada", "10:00", "purchase"), Click("bo", "10:00", "view")])
    assert reached(shop, ["view", "purchase"]) == [1, 0]


def test_two_visitors_interleaved_are_kept_apart() -> None:
    """One visitor's look and another's cart are nobody's conversion."""
    shop = clicks_in_memory(
        [
            Click("ada", "10:00", "view"),
            Click("bo", "10:01", "cart"),
            Click("bo", "10:02", "view"),
            Click("ada", "10:03", "view"),
            Click("bo", "10:04", "cart"),
        ]
    )
    assert reached(shop, ["view", "cart"]) == [2, 1]
    assert reached(shop, ["view", "cart"], "1h") == [2, 1]


def test_the_edge_of_the_window_counts() -> None:
    """Exactly two hours after the first step is within two hours; a microsecond more is not."""
    shop = clicks_in_memory(
        [
            Click("ada", "10:00", "view"),
            Click("ada", "12:00", "cart"),
            Click("bo", "10:00", "view"),
            Click("bo", "12:00:00.000001", "cart"),
        ]
    )
    assert reached(shop, ["view", "cart"]) == [4 - 2, 0]  # two visits each: a gap of two hours parts them
    assert reached(shop, ["view", "cart"], "2h") == [2, 1]
    assert reached(shop, ["view", "cart"], "121m") == [2, 2]
    assert reached(shop, ["view", "cart"], "1h") == [2, 0]


def test_the_window_reaches_over_the_whole_chain() -> None:
    """Each step within the time of the one before is not enough: the last must be within the time of the first."""
    shop = clicks_in_memory(
        [Click("ada", "10:00", "view"), Click("ada", "10:50", "cart"), Click("ada", "11:40", "purchase")]
    )
    assert reached(shop, ["view", "cart", "purchase"], "1h") == [1, 1, 0]
    assert reached(shop, ["view", "cart", "purchase"], "100m") == [1, 1, 1]


def test_a_later_start_can_lead_further() -> None:
    """The first look is too long before the purchase; the second one is not, though the first came further at first."""
    shop = clicks_in_memory(
        [
            Click("ada", "2024-01-01T10:00", "view"),
            Click("ada", "2024-01-01T10:05", "cart"),
            Click("ada", "2024-01-06T10:00", "view"),
            Click("ada", "2024-01-07T10:00", "cart"),
            Click("ada", "2024-01-08T10:00", "purchase"),
        ]
    )
    steps = ["view", "cart", "purchase"]
    assert reached(shop, steps, "3d") == [1, 1, 1]
    found = summarise(find_funnel(shop, read_steps(steps, shop), "3d"))
    assert [step.median_seconds for step in found] == [None, 86_400.0, 86_400.0]


def test_time_from_step_to_step() -> None:
    """The median is over those who reached the step, from their click at the step before."""
    shop = clicks_in_memory(
        [
            Click("ada", "10:00:00", "view"),
            Click("ada", "10:00:10", "cart"),
            Click("bo", "10:00:00", "view"),
            Click("bo", "10:00:30", "cart"),
            Click("bo", "10:01:30", "purchase"),
            Click("cem", "10:00:00", "view"),
        ]
    )
    for within in ("", "1h"):
        found = summarise(find_funnel(shop, read_steps(["view", "cart", "purchase"], shop), within))
        assert [step.median_seconds for step in found] == [None, 20.0, 60.0]
        assert [(step.share, step.of_previous, step.lost) for step in found] == [
            (1.0, None, 0),
            (2 / 3, 2 / 3, 1),
            (1 / 3, 1 / 2, 1),
        ]


def test_clicks_without_a_clock_have_a_funnel_and_no_times() -> None:
    """Position alone is enough for the session; a time is refused with the reason."""
    shop = clicks_in_memory(
        [Click(None, None, page=page, session_id="s", position=place) for place, page in enumerate("abc", start=1)]
    )
    found = summarise(find_funnel(shop, read_steps(["a", "c"], shop)))
    assert [(step.reached, step.median_seconds) for step in found] == [(1, None), (1, None)]
    with pytest.raises(RequestError, match="no clock time"):
        find_funnel(shop, read_steps(["a", "c"], shop), "1h")


def test_clicks_of_nobody_have_no_window() -> None:
    """A clock without visitors cannot join visits."""
    shop = clicks_in_memory(
        [Click(None, "10:00", "view", session_id="s"), Click(None, "10:01", "cart", session_id="s")]
    )
    assert reached(shop, ["view", "cart"]) == [1, 1]
    with pytest.raises(RequestError, match="whose they are"):
        find_funnel(shop, read_steps(["view", "cart"], shop), "1h")


def test_a_visitor_is_counted_where_the_customer_is_known() -> None:
    """The visitor's place is the first session in which the customer was known; the other sessions are no units."""
    shop = clicks_in_memory(
        [
            Click("ada", "2024-01-01T10:00", "view"),
            Click("ada", "2024-01-02T10:00", "cart", customer_id="A"),
            Click("bo", "2024-01-01T10:00", "view"),
        ]
    )
    funnel = find_funnel(shop, read_steps(["view", "cart"], shop), "7d")
    assert funnel.unit == "visitors"
    assert funnel.deepest.tolist() == [NOT_COUNTED, 2, 1]
    assert units_counted(funnel) == 2
    assert units_counted(funnel, np.array([False, True, False])) == 1
    assert customers_of(shop, date(2024, 2, 1), visitors_counted=True).to_numpy().tolist() == [[1, "A"]]


def test_sessions_of_a_visitor_may_overlap() -> None:
    """Two sessions that came with the data run side by side: within a time, the clicks of both are in one order."""
    clicks = [
        Click("ada", "10:00", "view", session_id="one"),
        Click("ada", "10:20", "cart", session_id="one"),
        Click("ada", "10:10", "purchase", session_id="two"),
    ]
    shop = clicks_in_memory(clicks)
    assert reached(shop, ["view", "purchase", "cart"], "20m") == [1, 1, 1]
    assert reached(shop, ["view", "purchase", "cart"]) == [1, 0, 0]


def test_visitors_in_parts_are_never_parted() -> None:
    """A range of sessions ends only where no visitor goes on; a visitor who comes again at the end keeps all in one."""
    apart = np.array([0, 0, -1, 3, 3, 3, 6])
    assert reaching._parts(apart, 3) == [(0, 3), (3, 6), (6, 7)]
    assert reaching._parts(apart, 1) == [(0, 7)]
    assert reaching._parts(np.array([0, 1, 2, 0]), 4) == [(0, 4)]


def test_visits_without_a_day_count_whatever_the_day() -> None:
    """A visit that does not say when it was counts on each as-of date, among the visits, in the funnel and among its people."""
    clicks = [
        Click("ada", "10:00", "view", customer_id="ada", session_id="a", position=1),
        Click("bo", None, "view", customer_id="bo", session_id="b", position=1),
        Click("bo", None, "cart", customer_id="bo", session_id="b", position=2),
        Click("cem", "2024-01-20T10:00", "view", customer_id="cem", session_id="c", position=1),
    ]
    shop, day = clicks_in_memory(clicks), date(2024, 1, 10)
    assert load_visits(shop, day).counted.tolist() == [True, True, False]
    funnel = find_funnel(shop, read_steps(["view", "cart"], shop), as_of=day)
    assert [step.reached for step in summarise(funnel)] == [2, 1]
    asked = {"steps": ["event:view", "event:cart"], "step": 1}
    assert list(reached_customers(shop, day, asked)) == ["ada", "bo"]


@pytest.mark.parametrize("page", ["\0", "a\0", "\ud800"])
def test_a_step_of_letters_that_no_text_has_is_no_click(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a menu is full, a step beside it is looked up among the clicks: what no engine can look up is not among them."""
    monkeypatch.setattr("analytics.behaviour.steps.MOST_CHOICES", 1)
    shop = clicks_in_memory([Click("ada", "10:00", page="home"), Click("ada", "10:01", page="shop")])
    assert read_steps(["page:home", "page:shop"], shop)[1] == Step("page", "shop")
    with pytest.raises(NotFoundError, match="No click is"):
        read_steps(["page:home", f"page:{page}"], shop)


def test_only_clicks_before_the_day_count() -> None:
    """A click on the as-of date has not happened yet, and a session of that day is none."""
    shop = clicks_in_memory(
        [
            Click("ada", "2024-01-01T23:59", "view"),
            Click("ada", "2024-01-02T00:00", "cart"),
            Click("bo", "2024-01-02T10:00", "view"),
        ]
    )
    steps = read_steps(["view", "cart"], shop)
    assert find_funnel(shop, steps, as_of=date(2024, 1, 3)).deepest.tolist() == [2, 1]
    assert find_funnel(shop, steps, as_of=date(2024, 1, 2)).deepest.tolist() == [1, NOT_COUNTED]
    assert find_funnel(shop, steps, "1h", as_of=date(2024, 1, 2)).deepest.tolist() == [1, NOT_COUNTED]
    assert find_funnel(shop, steps, as_of=date(2023, 1, 1)).deepest.tolist() == [NOT_COUNTED, NOT_COUNTED]


def test_groups_add_up_to_the_whole() -> None:
    """Sessions of each group are counted at each step they reached; those of no group are left out."""
    funnel = Funnel((Step("event", "a"), Step("event", "b")), "", np.array([0, 1, 2, 2, -1, 2], dtype=np.int8), ())
    codes = np.array([0, 0, 1, 0, 0, -1])
    assert summarise_groups(funnel, codes, 3).tolist() == [[2, 1], [1, 1], [0, 0]]
    assert summarise_groups(funnel, codes, 2, np.array([True, True, False, True, True, True])).tolist() == [
        [2, 1],
        [0, 0],
    ]


def test_customers_lost_are_those_whose_best_visit_ended_there() -> None:
    """One visit that went on is enough not to be lost."""
    clicks = [
        Click("ada", "2024-01-01T10:00", "view", customer_id="A"),
        Click("ada", "2024-01-02T10:00", "view", customer_id="A"),
        Click("ada", "2024-01-02T10:01", "cart", customer_id="A"),
        Click("bo", "2024-01-01T10:00", "view", customer_id="B"),
        Click("cem", "2024-01-01T10:00", "view"),
        Click("dee", "2024-01-01T10:00", "purchase", customer_id="D"),
    ]
    shop, day = clicks_in_memory(clicks), date(2024, 2, 1)
    details = {"steps": ["event:view", "event:cart"], "step": 2}
    assert list(lost_customers(shop, day, details)) == ["B"]
    assert list(reached_customers(shop, day, details)) == ["A"]
    assert list(reached_customers(shop, day, {**details, "step": 1})) == ["A", "B"]
    assert lost_sentence(details) == "Reached View and never Cart, within one visit"
    assert reached_sentence({**details, "within": "7d"}) == "Reached Cart, within 7 days"
    funnel = find_funnel(shop, read_steps(["view", "cart"], shop))
    places, customers = np.array([0, 1, 2, 4]), np.array([0, 0, 1, 3])
    assert furthest_known(funnel, places, customers, 4).tolist() == [2, 1, NOT_COUNTED, 0]


@pytest.mark.parametrize(
    ("details", "why"),
    [
        ({"steps": "event:view", "step": 2}, "not readable"),
        ({"steps": ["event:view"], "step": 1}, "needs 2 steps"),
        ({"steps": ["event:view", "cart"], "step": 2}, "'cart' is not a step"),
        ({"steps": ["event:view", "event:cart"], "step": 1}, "'1' is not a step of the funnel"),
        ({"steps": ["event:view", "event:cart"], "step": True}, "'True' is not a step"),
        ({"steps": ["event:view", "event:cart"], "step": 2, "within": "soon"}, "'soon' is not possible"),
    ],
)
def test_details_from_outside_are_checked(details: dict[str, object], why: str) -> None:
    """What a link says of a funnel is refused with a sentence where it is not possible."""
    with pytest.raises(RequestError, match=why):
        lost_sentence(details)


# Words


SHOP = [
    Click("ada", "10:00", "view", "home"),
    Click("ada", "10:01", "view", "cart"),
    Click("ada", "10:02", "cart", "product", "Mugs", "M-1"),
    Click("ada", "10:03", "purchase", "Thanks"),
]


def test_a_bare_word_is_an_event_a_page_or_a_category() -> None:
    """Letters may be large or small; what has a kind is taken by it."""
    shop = clicks_in_memory(SHOP)
    assert [step.text for step in read_steps(["VIEW", "home", "mugs", "product:M-1", "thanks"], shop)] == [
        "event:view",
        "page:home",
        "category:Mugs",
        "product:M-1",
        "page:Thanks",
    ]


def test_a_word_that_is_two_things_is_refused() -> None:
    """There are clicks with the event cart and others on the page cart: which is meant must be said."""
    shop = clicks_in_memory(SHOP)
    with pytest.raises(RequestError, match="'cart' can be event:cart or page:cart"):
        read_steps(["view", "cart"], shop)
    assert [step.text for step in read_steps(["page:cart", "event:cart"], shop)] == ["page:cart", "event:cart"]
    assert step_names([Step("page", "cart"), Step("event", "cart")]) == ["Page: Cart", "Event: Cart"]


def test_a_word_that_is_the_same_clicks_twice_is_taken() -> None:
    """Where the event cart and the page cart are the very same clicks, it does not matter which is meant."""
    shop = clicks_in_memory([Click("ada", "10:00", "view", "home"), Click("ada", "10:01", "cart", "cart")])
    assert [step.text for step in read_steps(["view", "cart"], shop)] == ["event:view", "event:cart"]


def test_an_unknown_word_lists_what_there_is() -> None:
    """The sentence names the step and what the clicks can be."""
    shop = clicks_in_memory(SHOP)
    with pytest.raises(NotFoundError, match=r"No click is 'pay'. There is event:view, event:cart, .*category:Mugs"):
        read_steps(["view", "pay"], shop)
    with pytest.raises(NotFoundError, match=r"No click is 'product:X'. There is product:M-1"):
        read_steps(["view", "product:X"], shop)


@pytest.mark.parametrize(("count", "why"), [(0, "0 was given"), (1, "1 was given"), (21, "at most 20 steps; 21")])
def test_too_few_and_too_many_steps(count: int, why: str) -> None:
    """A funnel has 2 to 20 steps."""
    with pytest.raises(RequestError, match=why):
        read_steps(["view"] * count, clicks_in_memory(SHOP))


def test_steps_with_commas_stand_in_quotation_marks() -> None:
    """A page may have a comma in its name."""
    assert split_steps('view, "page:a,b" ,cart,') == ["view", "page:a,b", "cart"]
    assert split_steps("") == []


@pytest.mark.parametrize("text", ["0m", "5", "m", "-5m", "5s", "1.5h", "soon", "99999999d", "3651d"])
def test_impossible_windows(text: str) -> None:
    """A window is minutes, hours or days."""
    with pytest.raises(RequestError, match="30m, 2h or 7d"):
        read_within(text)


def test_windows_in_words() -> None:
    """30M is 30m; nothing is the session."""
    assert (read_within(None), read_within(" 30M ")) == ("", "30m")
    assert [within_sentence(text) for text in ("", "1d", "1500m")] == [
        "within one visit",
        "within one day",
        "within 1,500 minutes",
    ]


def test_steps_to_begin_with() -> None:
    """The usual events with the checkout page among them; else pages in the order in which visits come to them."""
    usual = clicks_in_memory(
        [
            Click("ada", "10:00", "view", "home"),
            Click("ada", "10:01", "cart", "product"),
            Click("ada", "10:02", "view", "checkout"),
            Click("ada", "10:03", "purchase", "thanks"),
        ]
    )
    assert [step.text for step in step_choices(usual).suggested] == [
        "event:view",
        "event:cart",
        "page:checkout",
        "event:purchase",
    ]
    pages = clicks_in_memory([Click("ada", f"10:0{place}", page=page) for place, page in enumerate("CABAAB")])
    assert [step.text for step in step_choices(pages).suggested] == ["page:C", "page:A", "page:B"]
    one = clicks_in_memory([Click("ada", "10:00", "view"), Click("ada", "10:01", "view")])
    assert [step.text for step in step_choices(one).suggested] == ["event:view", "event:view"]
    nothing = clicks_in_memory([Click("ada", "10:00")])
    assert step_choices(nothing).suggested == ()


# Against a plain search


def plainly(times: Sequence[int], kinds: Sequence[str], steps: Sequence[str], limit: float) -> int:
    """The deepest step, by trying every first click and going on from it as soon as possible."""
    best = 0
    for first, (begun, kind) in enumerate(zip(times, kinds, strict=True)):
        if kind != steps[0]:
            continue
        depth = 1
        for at, other in zip(times[first + 1 :], kinds[first + 1 :], strict=True):
            if depth < len(steps) and other == steps[depth] and at - begun <= limit:
                depth += 1
        best = max(best, depth)
    return best


@pytest.mark.parametrize("seed", range(4))
def test_the_engine_finds_what_a_plain_search_finds(seed: int) -> None:
    """Random clicks: each session's and each visitor's deepest step is the one that trying everything gives."""
    draw = random.Random(seed)
    clicks = []
    for visitor in range(60):
        minute = 0
        for _ in range(draw.randrange(1, 14)):
            minute += draw.choice((0, 1, 5, 25, 31, 100))
            at = f"2024-01-{1 + minute // 1440:02d}T{minute // 60 % 24:02d}:{minute % 60:02d}"
            clicks.append(Click(f"v{visitor:02d}", at, draw.choice(("view", "cart", "purchase"))))
    shop = clicks_in_memory(clicks)
    events = shop.table("events").to_pyarrow().to_pandas().sort_values(["session", "position"])
    events["minute"] = events["occurred_at"].astype("int64") // 60_000_000
    for steps in (["view", "cart", "purchase"], ["cart", "cart", "view"], ["view", "view"]):
        wanted = read_steps(steps, shop)
        by_session = [
            plainly(group["minute"].tolist(), group["event_type"].tolist(), steps, float("inf"))
            for _, group in events.groupby("session")
        ]
        assert find_funnel(shop, wanted).deepest.tolist() == by_session
        for minutes in (1, 31, 130):
            funnel = find_funnel(shop, wanted, f"{minutes}m")
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(reaching, "_PART_CLICKS", 50)  # in many parts
                in_parts = find_funnel(shop, wanted, f"{minutes}m")
            assert in_parts.deepest.tolist() == funnel.deepest.tolist()
            assert summarise(in_parts) == summarise(funnel)
            for _, group in events.groupby("visitor_id"):
                expected = plainly(group["minute"].tolist(), group["event_type"].tolist(), steps, minutes)
                assert funnel.deepest[group["session"].iloc[0]] == expected
                assert (funnel.deepest[group["session"].unique()[1:]] == NOT_COUNTED).all()
