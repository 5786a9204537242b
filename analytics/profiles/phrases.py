"""How each metric and attribute is said of a segment: whole clauses with their verb, one per way to be told apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from analytics.metrics import Metric, is_metric, metric
from analytics.text import in_unit, say, with_sign


@dataclass(frozen=True, slots=True)
class Phrase:
    """A clause of a sentence about a segment, and what it is about: two facts about one thing are not told together."""

    topic: str
    clause: str
    """With {value} of the segment and {rest} of everyone else, units included."""


PHRASES: Final[Mapping[str, Phrase]] = {
    "recency_days": Phrase("recency", "they last ordered {value} ago, others {rest} ago"),
    "order_count": Phrase("orders", "they placed {value}, others {rest}"),
    "revenue_total": Phrase("revenue", "they spent {value}, others {rest}"),
    "order_value_mean": Phrase("order size", "they spend {value} per order, others {rest}"),
    "revenue_last_90_days": Phrase("recency", "they spent {value} in the last 90 days, others {rest}"),
    "tenure_days": Phrase("tenure", "they first ordered {value} ago, others {rest} ago"),
    "days_between_orders_mean": Phrase("rhythm", "they leave {value} between orders, others {rest}"),
    "lines_per_order_mean": Phrase("order size", "they have {value} per order, others {rest}"),
    "units_per_order_mean": Phrase("order size", "they buy {value} per order, others {rest}"),
    "product_count": Phrase("orders", "they bought {value}, others {rest}"),
    "return_count": Phrase("returns", "they sent back {value}, others {rest}"),
    "refund_total": Phrase("returns", "they got {value} back for returns, others {rest}"),
    "refund_share": Phrase("returns", "they send back {value} of what they buy, others {rest}"),
    "session_count": Phrase("visits", "they came for {value}, others {rest}"),
    "days_since_session": Phrase("recency", "they last visited {value} ago, others {rest} ago"),
    "days_between_sessions_mean": Phrase("visit rhythm", "they leave {value} between visits, others {rest}"),
    "session_seconds_mean": Phrase("visit length", "they stay {value} per visit, others {rest}"),
    "bounce_rate": Phrase("bounces", "they leave at once in {value} of their visits, others in {rest}"),
    "view_count": Phrase("visits", "they have {value}, others {rest}"),
    "cart_abandon_rate": Phrase("carts", "they leave {value} of their carts behind, others {rest}"),
    "views_per_order": Phrase("views", "they need {value} per order, others {rest}"),
}
_OTHER_NUMBER: Final = "{label} is {value}, for others {rest}"

_NOUNS: Final[Mapping[str, tuple[str, str]]] = {
    "orders": ("{n} order", "{n} orders"),
    "units": ("{n} unit", "{n} units"),
    "lines": ("{n} order line", "{n} order lines"),
    "products": ("{n} different product", "{n} different products"),
    "returns": ("{n} order line", "{n} order lines"),
    "sessions": ("{n} visit", "{n} visits"),
    "views": ("{n} product view", "{n} product views"),
}
"""Units that are counted: for one, and for any other number."""


@dataclass(frozen=True, slots=True)
class ValuePhrase:
    """How a value of an attribute is said: of a segment in a clause, and as part of its name."""

    topic: str
    clause: str
    """With {value}, {share} of the segment and {rest} of everyone else."""
    word: str


VALUE_PHRASES: Final[Mapping[str, ValuePhrase]] = {
    "country": ValuePhrase("place", "{share} are from {value}, {rest} of others", "from {value}"),
    "city": ValuePhrase("place", "{share} are from {value}, {rest} of others", "from {value}"),
    "region": ValuePhrase("place", "{share} are from {value}, {rest} of others", "from {value}"),
    "channel": ValuePhrase("channel", "{share} came through “{value}”, {rest} of others", "through {value}"),
    "gender": ValuePhrase("gender", "{share} are {value}, {rest} of others", "{value}"),
    "favourite_category": ValuePhrase("favourite", "{share} look at {value} most, {rest} of others", "mostly {value}"),
    "favourite_visit_hour": ValuePhrase(
        "hour", "{share} mostly visit at {value}, {rest} of others", "visits at {value}"
    ),
}
_OTHER_VALUE: Final = ValuePhrase("", "for {share} {label} is “{value}”, for {rest} of others", "{label} {value}")


def label_of(name: str) -> str:
    """What a column is called, as a sentence has it."""
    return say(metric(name).label) if is_metric(name) else name.replace("_", " ")


def heading_of(name: str) -> str:
    """What a column is called, as a heading or a rule has it."""
    label = label_of(name)
    return label[:1].upper() + label[1:]


def topic_of(name: str) -> str:
    """What a column is about."""
    known = PHRASES.get(name) or VALUE_PHRASES.get(name)
    return known.topic if known else name


def unit_of(name: str) -> str:
    """A metric's unit; none for a shop's own number."""
    return metric(name).unit if is_metric(name) else ""


def amount(value: float | None, unit: str, currency: str) -> str:
    """A number with what it counts: `21 days`, `1 order`, `£2,064`."""
    number = in_unit(value, unit, currency)
    if value is None or unit not in _NOUNS:
        return number
    one, other = _NOUNS[unit]
    return say(one if number == "1" else other, n=number)


def number_clause(name: str, value: float, rest: float, currency: str) -> str:
    """What a number says of a segment and of everyone else."""
    unit = unit_of(name)
    told, others = amount(value, unit, currency), in_unit(rest, unit, currency)
    if name in PHRASES:
        return say(PHRASES[name].clause, value=told, rest=others)
    return say(_OTHER_NUMBER, label=label_of(name), value=told, rest=others)


def value_clause(name: str, value: str, share: float, rest: float) -> str:
    """What a value of an attribute says of a segment and of everyone else."""
    pattern = VALUE_PHRASES.get(name, _OTHER_VALUE).clause
    return say(pattern, label=label_of(name), value=value, share=f"{share:.0%}", rest=f"{rest:.0%}")


def value_word(name: str, value: str) -> str:
    """In a word or two, those who have a value of an attribute."""
    return say(VALUE_PHRASES.get(name, _OTHER_VALUE).word, label=label_of(name), value=value)


def word_for(known: Metric, *, is_high: bool) -> str:
    """In a word or two, those for whom a metric is high, or low."""
    return say(known.high if is_high else known.low)


def threshold(value: float, unit: str, currency: str) -> str:
    """A limit with all its digits, since rounded once more it would be another one; what its column counts is left out."""
    if unit == "share":
        return f"{value * 100:.10g}%"
    number = f"{value:,.15g}"
    if unit == "money" and currency:
        return with_sign(number, currency)
    if unit == "days":
        return say("{n} day" if number == "1" else "{n} days", n=number)
    return say("{n} s", n=number) if unit == "seconds" else number
