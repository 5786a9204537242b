"""The words for a segment: a name of its own, a sentence of facts with their numbers, and nothing that could be chance."""

from __future__ import annotations

import re

import pytest

from analytics.metrics import METRICS
from analytics.profiles import MetricProfile, Profile, Shares, ValueProfile, names, sentence, size_of_d, size_of_delta
from analytics.profiles.effects import Verdict
from analytics.profiles.phrases import PHRASES, amount, number_clause, threshold

MEASURED = ("order_count", "revenue_total", "days_between_orders_mean")
SOME = Shares(0.25, 0.4, 0.5)


def number(
    metric: str, effect: float, inside: float = 2.0, rest: float = 1.0, verdict: Verdict = "counts"
) -> MetricProfile:
    """A metric that is `inside` typically, and `rest` for everyone else."""
    if effect < 0:
        inside, rest = min(inside, rest), max(inside, rest)
    return MetricProfile(metric, inside, inside, rest, rest, inside - rest, effect, verdict=verdict)


def told(*effects: float) -> Profile:
    """A profile that has only effects, all of which count."""
    return Profile(tuple(number(name, effect) for name, effect in zip(MEASURED, effects, strict=False)), shares=SOME)


def value(name: str, level: str, share: float, rest: float, effect: float, verdict: Verdict = "counts") -> ValueProfile:
    return ValueProfile(name, level, 10, share, rest, None, effect, verdict=verdict)


def test_a_name_says_what_sets_a_segment_apart() -> None:
    """The two largest effects, the larger first, high or low by their sign."""
    assert names([told(-0.5, 1.2, 0.1)], MEASURED) == ("High spend, rare",)


def test_a_small_difference_is_not_worth_a_word() -> None:
    """An effect below .3 is left unsaid; where there is no other the segment is close to average."""
    assert names([told(0.9, 0.29, -0.29)], MEASURED) == ("Frequent",)
    assert names([told(0.29, -0.29, 0.0)], MEASURED) == ("Close to average",)


def test_what_could_be_chance_is_not_said() -> None:
    """An effect that does not count is in no name and no sentence, however large it is."""
    chance = Profile((number("order_count", 3.0, 99, 1, "chance"), number("revenue_total", 0.5, 70, 50)), shares=SOME)
    assert names([chance], MEASURED) == ("High spend",)
    assert sentence(chance, MEASURED, "EUR") == "Typically they spent €70, others €50."
    nothing = Profile((number("order_count", 3.0, 99, 1, "chance"),), shares=SOME)
    assert sentence(nothing, MEASURED, "EUR") == "Nothing sets them clearly apart from everyone else."


def test_names_differ() -> None:
    """Two segments that would have one name are told apart by a further fact, and by a number where there is none."""
    assert names([told(1, 0.9, 0.5), told(1, 0.9, -0.5)], MEASURED) == (
        "Frequent, high spend",
        "Frequent, high spend, short gaps",
    )
    assert names([told(1, 0.9, 0)] * 3, MEASURED) == (
        "Frequent, high spend",
        "Frequent, high spend (2)",
        "Frequent, high spend (3)",
    )
    assert names([told(1, 0.9, 0.5), told(0.9, 1, 0.5)], MEASURED) == (
        "Frequent, high spend",
        "High spend, frequent, long gaps",
    )
    assert names([told(1, 0.9, 0), told(0.9, 1, 0)], MEASURED)[1] == "High spend, frequent (2)"
    assert names([told(0, 0, 0)] * 2, MEASURED) == ("Close to average", "Close to average (2)")
    assert names([told(0, 0, 0)], MEASURED, ("Close to average",)) == ("Close to average (2)",)


def test_what_the_groups_were_not_made_by_comes_last() -> None:
    """Another metric does not name a segment, unless two segments have one name or there is nothing else."""
    assert names([told(0.5, 9.0, 0.0)], ("order_count",)) == ("Frequent",)
    assert names([told(0.5, 9.0, 0.0)] * 2, ("order_count",)) == ("Frequent", "Frequent, high spend")
    assert names([told(0.0, 9.0, 0.0)], ("order_count",)) == ("High spend",)


def test_an_attribute_names_a_segment_by_what_it_has_more_of() -> None:
    """Groups that were made by attributes have names of their values; what they have less of is not a name."""
    profile = Profile(
        (),
        (
            value("country", "Spain", 0.62, 0.21, 0.9),
            value("gender", "male", 0.1, 0.5, -0.95),
            value("vip", "yes", 0.5, 0.2, 0.6),
        ),
        SOME,
    )
    assert names([profile], ("country", "gender", "vip")) == ("From Spain, vip",)


def test_a_sentence_has_the_numbers() -> None:
    """Two facts that the groups were made by, and the next best of anything, typed and with units."""
    profile = Profile(
        (
            number("recency_days", -1.0, 21, 63),
            number("revenue_total", 1.5, 2064, 430),
            number("order_count", 0.4, 12, 1),
            number("order_value_mean", 0.6, 172, 60),
        ),
        (value("country", "Spain", 0.62, 0.21, 0.9),),
        SOME,
    )
    assert sentence(profile, ("recency_days", "revenue_total", "order_count"), "GBP") == (
        "Typically they spent £2,064, others £430; they last ordered 21 days ago, others 63 days ago; "
        "62% are from Spain, 21% of others."
    )


def test_both_directions_read_alike() -> None:
    """A low value is told as plainly as a high one."""
    low = Profile((number("days_between_orders_mean", -1.0, 21, 63),), shares=SOME)
    high = Profile((number("days_between_orders_mean", 1.0, 63, 21),), shares=SOME)
    assert sentence(low, MEASURED, "") == "Typically they leave 21 days between orders, others 63 days."
    assert sentence(high, MEASURED, "") == "Typically they leave 63 days between orders, others 21 days."


def test_where_medians_say_nothing_means_do() -> None:
    """Half of everyone returned nothing: the averages differ. A median that points the other way is not told either."""
    same = MetricProfile("return_count", 4.0, 0.0, 1.0, 0.0, 3.0, 0.8, verdict="counts")
    assert sentence(Profile((same,), shares=SOME), ("return_count",), "") == (
        "On average they sent back 4 order lines, others 1."
    )
    contrary = MetricProfile("order_count", 9.0, 1.0, 3.0, 2.0, 6.0, 0.8, verdict="counts")
    assert sentence(Profile((contrary,), shares=SOME), ("order_count",), "") == (
        "On average they placed 9 orders, others 3."
    )
    alike = MetricProfile("order_count", 9.0, 2.0, 9.0, 2.0, 0.0, 0.8, verdict="counts")
    assert sentence(Profile((alike,), shares=SOME), ("order_count",), "").startswith("Nothing sets them")


def test_two_facts_about_one_thing_are_not_told() -> None:
    """Orders and different products follow each other: one of them is enough."""
    profile = Profile(
        (number("order_count", 2.0, 12, 2), number("product_count", 1.9, 30, 5), number("tenure_days", 0.6, 500, 90)),
        shares=SOME,
    )
    told_ = sentence(profile, ("order_count",), "")
    assert "product" not in told_
    assert told_ == "Typically they placed 12 orders, others 2; they first ordered 500 days ago, others 90 days ago."


def test_only_attributes() -> None:
    """Shares are exact, so nothing is typical of them; what few have is told where there is nothing that many have."""
    many = Profile((), (value("has_consent", "yes", 0.9, 0.3, 1.3),), SOME)
    assert sentence(many, ("has_consent",), "") == "For 90% has consent is “yes”, for 30% of others."
    few = Profile((), (value("country", "Spain", 0.02, 0.3, -0.9),), SOME)
    assert sentence(few, ("country",), "") == "2% are from Spain, 30% of others."


@pytest.mark.parametrize(
    ("profile", "name", "expected"),
    [
        (Profile((number("order_count", 0.0, 1, 1, "too few"),), shares=SOME), "A handful of customers", "too few customers"),
        (Profile((), shares=Shares(1.0, 1.0, 1.0)), "All customers", "Every customer is in this group"),
        (Profile((), shares=Shares(0.0, 0.0, 0.0)), "A handful of customers", "No customer is in this group"),
    ],
)  # fmt: skip
def test_nothing_to_tell_is_told(profile: Profile, name: str, expected: str) -> None:
    """A segment of few, of all and of nobody says so."""
    assert names([profile], MEASURED) == (name,)
    assert expected in sentence(profile, MEASURED, "EUR")


def test_every_metric_has_a_clause() -> None:
    """Each metric is said with a verb, with both numbers and their units; a number of the shop's own by its name."""
    assert set(PHRASES) == {known.name for known in METRICS}
    for known in METRICS:
        clause = number_clause(known.name, 3.0, 1.0, "EUR")
        assert re.match(r"they .*, others ", clause)
        assert amount(3.0, known.unit, "EUR") in clause
    assert number_clause("age", 41.0, 30.5, "EUR") == "age is 41, for others 30"


def test_amounts_agree_with_their_number() -> None:
    """One order, two orders; a limit keeps all its digits."""
    assert [amount(n, "orders", "") for n in (1, 2, 1.5)] == ["1 order", "2 orders", "1.5 orders"]
    assert [threshold(0.125, "share", ""), threshold(1234.5, "money", "EUR"), threshold(1, "days", "")] == [
        "12.5%",
        "€1,234.5",
        "1 day",
    ]


def test_sizes_in_words() -> None:
    """Cohen's steps are .2 .5 .8, those of Romano and others .147 .33 .474, whatever the sign."""
    assert [size_of_d(d) for d in (0.1, -0.2, 0.5, -3)] == ["negligible", "small", "medium", "large"]
    assert [size_of_delta(d) for d in (0.1, -0.15, 0.4, -0.9)] == ["negligible", "small", "medium", "large"]
