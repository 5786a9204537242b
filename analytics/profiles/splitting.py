"""A rule that finds a segment's customers: IF … THEN they are probably in it.

How good it is has two numbers: how many of the segment it catches, and how many of those it catches are the segment's. A
shallow tree splits the segment from all others; each way from its root to a node is a conjunction, and one to three of
them are a rule. Of all such rules that one is taken that is best after a price for each condition: a condition more must
raise F1, the harmonic mean of precision and recall, by more than `CONDITION_PRICE`. Limits come in two roundings, and each
digit beyond two has a price as well.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.customers import CustomerTable, measurable
from analytics.profiles.attributes import category_columns, coded, frequent_values, number_columns
from analytics.profiles.effects import Codes
from analytics.profiles.phrases import heading_of, threshold, unit_of
from analytics.profiles.rounding import digits, exact_threshold, human_threshold
from analytics.rules import AllOf, AnyOf, Condition, Not, Rule, rule_from_json
from analytics.text import say

DEEPEST: Final = 3
MOST_SPLIT: Final = 20_000
"""Above so many customers the tree grows on a seeded sample, every segment in it; how good its rule is, is counted on all."""
CONDITION_PRICE: Final = 0.02
DIGIT_PRICE: Final = 0.01
"""What a digit more of a limit must raise F1 by."""
WORTH_TELLING: Final = 0.5
"""A rule is told where it catches at least this share of the segment, and at least this share of those it catches are its."""
FEWEST: Final = 5
MOST_WAYS: Final = 3
_MOST_TRIED: Final = 6
_FEWEST_SAMPLED: Final = 1_000
ELSEWHERE: Final = "They are in no group: there is no rule for what they have in common."
EVERYONE: Final = "Every customer is in this group: no rule is needed to find them."
TOO_FEW: Final = "There are too few customers in this group for a rule."
NO_RULE: Final = (
    "No short rule finds them: the best one catches {recall} of them, and {precision} of those it catches are theirs."
)


@dataclass(frozen=True, slots=True)
class FoundRule:
    """A rule for a segment, and how well it finds the segment's customers among all."""

    rule: Rule
    sentence: str
    precision: float
    """Of those whom it catches, the share that is in the segment."""
    recall: float
    """Of the segment's customers, the share that it catches."""
    customers: int
    """How many it catches."""

    def told(self) -> str:
        """The rule and how good it is, as one reads it."""
        return say(
            "{rule} (catches {recall} of them; {precision} of those it catches are theirs)",
            rule=self.sentence,
            recall=_share(self.recall),
            precision=_share(self.precision),
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "rule": self.rule.to_json(),
            "sentence": self.sentence,
            "precision": self.precision,
            "recall": self.recall,
            "customers": self.customers,
        }


def _share(value: float) -> str:
    told = f"{value:.0%}"
    return say("over 99%") if told == "100%" and value < 1 else told


def found_rule_from_json(told: Mapping[str, Any]) -> FoundRule:
    """The rule that `to_json` wrote."""
    return FoundRule(**{**told, "rule": rule_from_json(told["rule"])})


@dataclass(frozen=True, slots=True, eq=False)
class _Feature:
    """A column as the tree sees it: a number, or whether an attribute has a value."""

    column: str
    values: np.ndarray[Any, np.dtype[np.float64]]
    """Shape (sample,); a missing number as the median, but no rule about the number catches it."""
    level: str | None = None
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class _Bound:
    """What a way through the tree says of one column: from `low` on, and below `high`; or a value that it is, or is not."""

    low: float | None = None
    high: float | None = None
    equal: str | None = None
    unequal: tuple[str, ...] = ()
    is_whole: bool = False


_Way = tuple[Condition, ...]


def find_rules(
    table: CustomerTable, codes: Codes, segments: int, made_by: Sequence[str], seed: int = 0, *, noise: bool = False
) -> tuple[FoundRule | str, ...]:
    """For each segment a rule that finds its customers, or a sentence that says why there is none.

    Args:
        codes: which segment each customer is in, shape (customers,), counted from 0.
        made_by: the columns that the segments were made by; others take part in a rule only where they make it better.
        noise: whether the last segment is of those in no group.
    """
    sizes = np.bincount(codes, minlength=segments)
    rows, weights = _fair_sample(codes, sizes, seed)
    sample = table.frame.iloc[rows]
    features = _features(table, sample)
    own = [feature for feature in features if feature.column in made_by]
    choices = [features] if len(own) in (0, len(features)) else [own, features]

    def one(code: int) -> FoundRule | str:
        if noise and code == segments - 1:
            return say(ELSEWHERE)
        if sizes[code] == len(codes):
            return say(EVERYONE)
        if sizes[code] < FEWEST:
            return say(TOO_FEW)
        return _told(_best(sample, codes[rows] == code, weights, choices), table, codes == code)

    with ThreadPoolExecutor(2) as pool:  # trees grow outside Python's lock
        return tuple(pool.map(one, range(segments)))


def _fair_sample(codes: Codes, sizes: Codes, seed: int) -> tuple[Codes, np.ndarray[Any, np.dtype[np.float64]]]:
    """Row numbers, in order, and for how many customers each stands: everyone, or each segment in proportion but not too few."""
    if len(codes) <= MOST_SPLIT:
        return np.arange(len(codes)), np.ones(len(codes))
    draw = np.random.default_rng(seed)
    taken, weights = [], np.empty(len(codes))
    for code, size in enumerate(sizes):
        members = np.flatnonzero(codes == code)
        wanted = min(len(members), max(_FEWEST_SAMPLED, round(MOST_SPLIT * size / len(codes))))
        taken.append(draw.choice(members, wanted, replace=False))
        weights[members] = size / max(wanted, 1)
    rows = np.sort(np.concatenate(taken))
    return rows, weights[rows]


def _features(table: CustomerTable, sample: pd.DataFrame) -> list[_Feature]:
    found = []
    for name in (*(metric.name for metric in table.metrics), *number_columns(table)):
        values = measurable(sample[name].to_numpy(dtype=float, na_value=np.nan))
        known = values[~np.isnan(values)]
        if not len(known):
            continue
        is_whole = bool((known == np.floor(known)).all())
        found.append(_Feature(name, np.where(np.isnan(values), np.median(known), values), is_whole=is_whole))
    for name in category_columns(table):
        of_customer, values_ = coded(sample[name])
        found += [
            _Feature(name, (of_customer == place).astype(np.float64), values_[place])
            for place in frequent_values(of_customer, values_)
        ]
    return [feature for feature in found if feature.values.min() < feature.values.max()]


def _best(
    sample: pd.DataFrame,
    inside: np.ndarray[Any, np.dtype[np.bool_]],
    weights: np.ndarray[Any, np.dtype[np.float64]],
    choices: Sequence[Sequence[_Feature]],
) -> Rule | None:
    """The rule with the best score on the sample; later choices of features have to be better by a condition's price."""
    best: Rule | None = None
    best_score = -1.0
    for features in choices:
        rules = _candidates(_ways(features, inside, weights), sample, inside, weights)
        scored = [(_score(rule, _f1(rule.mask(sample), inside, weights)), rule) for rule in rules]
        score, rule = max(scored, key=lambda pair: pair[0], default=(-1.0, None))
        if best is None or score > best_score + CONDITION_PRICE:
            best, best_score = rule, score
    return best


def _score(rule: Rule, f1: float) -> float:
    conditions = _conditions(rule)
    spare = sum(max(digits(number) - 2, 0) for condition in conditions for number in _numbers(condition))
    return f1 - CONDITION_PRICE * len(conditions) - DIGIT_PRICE * spare


def _conditions(rule: Rule) -> list[Condition]:
    if isinstance(rule, AllOf | AnyOf):
        return [condition for part in rule.parts for condition in _conditions(part)]
    return [rule] if isinstance(rule, Condition) else []


def _numbers(condition: Condition) -> list[float]:
    values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    return [value for value in values if isinstance(value, int | float)]


def _f1(
    caught: np.ndarray[Any, np.dtype[np.bool_]],
    inside: np.ndarray[Any, np.dtype[np.bool_]],
    weights: np.ndarray[Any, np.dtype[np.float64]],
) -> float:
    both = weights[caught & inside].sum()
    return float(2 * both / (weights[caught].sum() + weights[inside].sum())) if both else 0.0


def _ways(
    features: Sequence[_Feature],
    inside: np.ndarray[Any, np.dtype[np.bool_]],
    weights: np.ndarray[Any, np.dtype[np.float64]],
) -> list[_Way]:
    """The conjunctions that lead to the nodes of a tree, thresholds rounded, without what says the same."""
    from sklearn.tree import DecisionTreeClassifier

    if not features:
        return []
    matrix = np.column_stack([feature.values for feature in features]).astype(np.float32)  # as the tree compares
    # Both sides weigh the same: a small segment is worth as many splits as a large one
    balance = weights * np.where(inside, 1 / weights[inside].sum(), 1 / weights[~inside].sum())
    tree = DecisionTreeClassifier(max_depth=DEEPEST, min_samples_leaf=max(1, len(inside) // 1_000), random_state=0)
    grown = tree.fit(matrix, inside, sample_weight=balance).tree_
    ways: list[_Way] = []
    rounded: Callable[[float, float], float] = human_threshold

    def walk(node: int, bounds: dict[str, _Bound], rows: np.ndarray[Any, Any]) -> None:
        if bounds:
            ways.append(tuple(itertools.chain.from_iterable(_told_bound(name, it) for name, it in bounds.items())))
        if grown.children_left[node] < 0:
            return
        feature = features[grown.feature[node]]
        values = feature.values[rows]
        is_left = values.astype(np.float32) <= grown.threshold[node]
        limit = _limit(rounded, feature, values[is_left], values[~is_left]) if feature.level is None else 0.0
        before = bounds.get(feature.column, _Bound())
        for child, side, is_high in (
            (grown.children_left[node], is_left, False),
            (grown.children_right[node], ~is_left, True),
        ):
            after = _narrowed(before, feature, limit, is_high=is_high)
            walk(child, {**bounds, feature.column: after}, rows[side])

    walk(0, {}, np.arange(len(inside)))
    rounded = exact_threshold
    walk(0, {}, np.arange(len(inside)))
    return list(dict.fromkeys(ways))


def _limit(
    rounded: Callable[[float, float], float],
    feature: _Feature,
    below: np.ndarray[Any, np.dtype[np.float64]],
    above: np.ndarray[Any, np.dtype[np.float64]],
) -> float:
    told = rounded(float(below.max()), float(above.min()))
    return float(np.ceil(told)) if feature.is_whole else told


def _narrowed(before: _Bound, feature: _Feature, limit: float, *, is_high: bool) -> _Bound:
    if feature.level is not None:
        return (
            replace(before, equal=feature.level)
            if is_high
            else replace(before, unequal=(*before.unequal, feature.level))
        )
    whole = replace(before, is_whole=feature.is_whole)
    if is_high:
        return replace(whole, low=limit if before.low is None else max(before.low, limit))
    return replace(whole, high=limit if before.high is None else min(before.high, limit))


def _told_bound(column: str, bound: _Bound) -> list[Condition]:
    """The conditions on one column, without those that follow from others."""
    if bound.equal is not None:
        return [Condition(column, "equal to", bound.equal)]
    told = [Condition(column, "not equal to", value) for value in bound.unequal]
    low, high = bound.low, bound.high
    if bound.is_whole and high is not None:
        last = int(high) - 1
        if low is None:
            return [Condition(column, "at most", last)]
        return [Condition(column, "equal to", last) if low == last else Condition(column, "between", (int(low), last))]
    if low is not None:
        told.append(Condition(column, "at least", _plain(low)))
    if high is not None:
        told.append(Condition(column, "below", _plain(high)))
    return told


def _plain(number: float) -> float | int:
    return int(number) if number == int(number) else number


def _candidates(
    ways: Sequence[_Way],
    sample: pd.DataFrame,
    inside: np.ndarray[Any, np.dtype[np.bool_]],
    weights: np.ndarray[Any, np.dtype[np.float64]],
) -> list[Rule]:
    """Single conjunctions, each also without conditions that it can do without; and the best few of them joined by or."""
    singles: dict[_Way, float] = {}
    masks: dict[Condition, np.ndarray[Any, np.dtype[np.bool_]]] = {}

    def caught(way: _Way) -> np.ndarray[Any, np.dtype[np.bool_]]:
        for condition in way:
            if condition not in masks:
                masks[condition] = condition.mask(sample)
        mask: np.ndarray[Any, np.dtype[np.bool_]] = np.logical_and.reduce([masks[condition] for condition in way])
        return mask

    for way in ways:
        for count in range(1, len(way) + 1):
            for part in itertools.combinations(way, count):
                if part not in singles:
                    singles[part] = _f1(caught(part), inside, weights)
    ordered = sorted(singles, key=lambda way: -_score(_all_of(way), singles[way]))
    rules: list[Rule] = [_all_of(ordered[0])] if ordered else []
    for count in range(2, MOST_WAYS + 1):
        joined = itertools.combinations(map(_all_of, ordered[:_MOST_TRIED]), count)
        rules.extend(AnyOf(parts) for parts in joined)
    return rules


def _all_of(way: _Way) -> Rule:
    return way[0] if len(way) == 1 else AllOf(way)


def _told(rule: Rule | None, table: CustomerTable, inside: np.ndarray[Any, np.dtype[np.bool_]]) -> FoundRule | str:
    """The rule with its figures on everyone; a sentence where it is not worth telling."""
    caught = rule.mask(table.frame) if rule is not None else np.zeros(len(inside), dtype=bool)
    both, count = int((caught & inside).sum()), int(caught.sum())
    precision, recall = both / max(count, 1), both / max(int(inside.sum()), 1)
    if rule is None or min(precision, recall) < WORTH_TELLING:
        return say(NO_RULE, recall=f"{recall:.0%}", precision=f"{precision:.0%}")
    return FoundRule(rule, rule_sentence(rule, table.currency), precision, recall, count)


def rule_sentence(rule: Rule, currency: str) -> str:
    """`IF …`, with units: what a person reads; the rule itself has bare numbers."""
    return say("IF {rule}", rule=_with_units(rule, currency).sentence(heading_of))


def _with_units(rule: Rule, currency: str) -> Rule:
    if isinstance(rule, AllOf | AnyOf):
        return replace(rule, parts=tuple(_with_units(part, currency) for part in rule.parts))
    if isinstance(rule, Not):
        return Not(_with_units(rule.part, currency))
    if isinstance(rule, Condition) and isinstance(rule.value, tuple):
        unit = unit_of(rule.column)
        return replace(rule, value=tuple(threshold(value, unit, currency) for value in rule.value))
    if isinstance(rule, Condition) and isinstance(rule.value, int | float):
        return replace(rule, value=threshold(rule.value, unit_of(rule.column), currency))
    return rule
