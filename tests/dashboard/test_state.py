"""The view as JSON, as a link and as the grid's own filters: each says the same, and nothing that is sent is trusted."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.clusters import ALGORITHMS, SCALINGS, Algorithm, Parameter, Value, algorithm
from analytics.errors import RequestError
from analytics.metrics import METRICS
from analytics.request import FIRST_DAY, LAST_DAY, MOST_GROUPS, PERIODS, AnalysisRequest
from analytics.rfm import GRID, PRESETS
from analytics.rules import OPERATORS, AllOf, AnyOf, Condition, Not, Rule
from dashboard.options import OPTIONS, Option
from dashboard.state import (
    LONGEST_QUERY,
    View,
    changed,
    from_query,
    grid_from_rule,
    rule_from_grid,
    to_query,
    view_from_json,
)

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12) | st.sampled_from(
    ["Côte d’Ivoire", "A&B", 'say "hi"', "50%", "a+b", "-minus", "+plus", "#x", "a=b;c", "日本", "<script>"]
)
SCALARS = TEXTS | st.integers(-(10**9), 10**9) | st.floats(-1e9, 1e9) | st.booleans()
VALUES = {
    "text": SCALARS,
    "number": SCALARS,
    "list": st.lists(SCALARS, max_size=3).map(tuple),
    "pair": st.tuples(SCALARS, SCALARS),
    "none": st.none(),
}
CONDITIONS = st.sampled_from(OPERATORS).flatmap(
    lambda operator: st.builds(Condition, TEXTS, st.just(operator.name), VALUES[operator.value])
)


def nested(conditions: st.SearchStrategy[Rule]) -> st.SearchStrategy[Rule]:
    """Conditions, and up to two levels of all, any and not over them."""
    for _ in range(2):
        parts = st.lists(conditions, min_size=1, max_size=3).map(tuple)
        conditions = conditions | st.builds(AllOf, parts) | st.builds(AnyOf, parts) | st.builds(Not, conditions)
    return conditions


def values_of(known: Option) -> st.SearchStrategy[tuple[str, ...]]:
    """What an option may be."""
    value = st.sampled_from(known.allowed) if known.allowed else TEXTS
    return st.lists(value, max_size=min(known.most, 3)).map(tuple)


def value_of(parameter: Parameter) -> st.SearchStrategy[Value]:
    """What a parameter may be."""
    if parameter.kind == "choice":
        return st.sampled_from([value for value, _ in parameter.choices])
    if parameter.kind == "whole":
        return st.integers(int(parameter.low), int(parameter.high))
    return st.floats(parameter.low, parameter.high)


def clusterings(entry: Algorithm | None) -> st.SearchStrategy[dict[str, Any]]:
    """What a request says of an algorithm: any of its parameters; None is RFM, which clusters by the usual one."""
    known = entry or algorithm("kmeans")
    params = {item.name: value_of(item) for item in known.parameters if item.name != "k"}
    return st.fixed_dictionaries(
        {
            "algorithm": st.just(entry.name if entry else "rfm"),
            "params": st.fixed_dictionaries({}, optional=params).map(lambda told: tuple(told.items())),
            "k": (st.none() | st.integers(2, MOST_GROUPS)) if known.has("k") else st.none(),
            "scaling": st.sampled_from([item.name for item in SCALINGS]),
        }
    )


FEATURES = st.tuples(
    st.lists(st.sampled_from([item.name for item in METRICS]), unique=True).map(tuple),
    st.lists(TEXTS, unique=True, max_size=3).map(tuple),
).filter(lambda told: bool(told[0] or told[1]))

VIEWS = st.builds(
    View,
    st.builds(
        lambda clustering, features, **fields: AnalysisRequest(
            **clustering, metrics=features[0], attributes=features[1], **fields
        ),
        clustering=st.sampled_from([None, *ALGORITHMS]).flatmap(clusterings),
        features=FEATURES,
        dataset=st.from_regex(r"[a-z0-9][a-z0-9_-]{0,62}", fullmatch=True),
        version=st.none() | st.just("0001-0123abcd"),
        as_of=st.none() | st.dates(FIRST_DAY, LAST_DAY),
        period=st.sampled_from(PERIODS),
        preset=st.sampled_from([preset.name for preset in PRESETS]),
        seed=st.integers(0, 2**32 - 1),
        countries=st.lists(TEXTS, max_size=3).map(tuple),
        segments=st.lists(st.sampled_from(GRID.names), max_size=3).map(tuple),
        where=st.none() | nested(CONDITIONS),
        search=st.just("") | TEXTS,
        sort=TEXTS,
        descending=st.booleans(),
    ),
    st.fixed_dictionaries({}, optional={known.name: values_of(known) for known in OPTIONS}).map(
        lambda chosen: tuple(chosen.items())
    ),
)


@given(VIEWS)
def test_a_link_gives_the_same_view(view: View) -> None:
    """What a view's link is read as is the view, whatever letters, rules and orders are in it."""
    query = to_query(view)
    assert query.isascii()
    if len(query) <= LONGEST_QUERY:
        assert from_query(query, "other") == view


@given(VIEWS)
def test_the_store_gives_the_same_view(view: View) -> None:
    """What the browser keeps of a view, as JSON text, is read as the view."""
    assert view_from_json(json.loads(json.dumps(view.to_json()))) == view


def test_a_plain_view_has_a_plain_link() -> None:
    """A link holds only what differs from the defaults."""
    assert to_query(View(AnalysisRequest("shop"))) == "?dataset=shop"
    assert from_query("", "shop") == View(AnalysisRequest("shop"))


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?dataset=../../etc", "'../../etc' cannot be a dataset's name"),
        ("?dataset=Shop", "'Shop' cannot be a dataset's name"),
        ("?as_of=2024-13-01", "'2024-13-01' is not a day"),
        ("?as_of=yesterday", "'yesterday' is not a day"),
        ("?as_of=0001-01-01", "not possible for as_of"),
        ("?period=31", "'31' is not possible for period"),
        ("?k=two", "'two' is not possible for k. Use a whole number"),
        ("?k=1", "'1' is not possible for k"),
        ("?seed=-1", "'-1' is not possible for seed"),
        ("?metrics=height", "no metric 'height'"),
        ("?metrics=order_count,order_count", "named twice"),
        ("?metrics=none", "Allowed: one metric or more"),
        ("?metrics=order_count,none,height", "no metric 'height'"),
        ("?attribute=city&attribute=city", "Allowed: each attribute once"),
        ("?" + "attribute=a%d&" * 501 % tuple(range(501)), "500 values at most"),
        ("?scaling=best", "'best' is not possible for scaling. Allowed: log, robust, standard"),
        ("?algorithm=kmeans&param=speed:9", "K-Means has no parameter 'speed'"),
        ("?algorithm=kmeans&param=speed", "K-Means has no parameter 'speed'"),
        ("?algorithm=kmeans&param=k:3", "k is a field of its own"),
        ("?algorithm=kmeans&param=:", "K-Means has no parameter ''"),
        ("?preset=best", "'best'"),
        ("?algorithm=magic", "'magic' is not possible for algorithm"),
        ("?measure=smiles", "'smiles' is not possible for measure"),
        ("?where={", "The filter in the link is not readable"),
        ("?where={}", "'{}' is not a rule"),
        ('?where={"column":"country","is":"like","value":"x"}', "is not a rule"),
        ('?where={"column":"revenue_total","is":"between","value":[1]}', "cannot be compared with '[1]'"),
        ('?where={"column":"revenue_total","is":"above","value":NaN}', "cannot be compared with 'nan'"),
        ("?where=" + '{"not":' * 9 + '{"column":"country","is":"known"}' + "}" * 9, "nested more than 8 levels"),
        ("?where=" + "[" * 7_000, "not readable"),
        ("?" + "compare=x&" * 21, "compare can have 20 values at most"),
        ("?search=" + "x" * 201, "200 letters at most"),
        ("?search=" + "x" * LONGEST_QUERY, "too long to be one of ours"),
    ],
)
def test_a_bad_link_is_refused_with_a_sentence(query: str, names: str) -> None:
    """A link that means nothing possible says which part of it, and what is allowed."""
    with pytest.raises(RequestError) as refused:
        from_query(query, "shop")
    assert names in str(refused.value)
    assert str(refused.value).endswith(".")


def test_what_a_link_has_besides_is_left_alone() -> None:
    """Parameters that others add to a link, such as a newsletter's, change nothing."""
    assert from_query("?dataset=shop&utm_source=mail&fbclid=1&country=", "other") == View(AnalysisRequest("shop"))


@pytest.mark.parametrize(
    "told",
    [
        None,
        3,
        "view",
        [],
        {},
        {"request": None},
        {"request": []},
        {"request": {}},
        {"request": {"dataset": None}},
        {"request": {"dataset": "../../etc"}},
        {"request": {"dataset": "shop", "home": "/"}},
        {"request": {"dataset": "shop", "k": True}},
        {"request": {"dataset": "shop", "k": "3"}},
        {"request": {"dataset": "shop", "as_of": 7}},
        {"request": {"dataset": "shop", "descending": 1}},
        {"request": {"dataset": "shop", "countries": "France"}},
        {"request": {"dataset": "shop", "countries": [1]}},
        {"request": {"dataset": "shop", "where": "1=1"}},
        {"request": {"dataset": "shop", "where": {"all": []}}},
        {"request": {"dataset": "shop", "search": ["x"]}},
        {"request": {"dataset": "shop", "metrics": []}},
        {"request": {"dataset": "shop", "metrics": "order_count"}},
        {"request": {"dataset": "shop", "metrics": ["order_count"] * 2}},
        {"request": {"dataset": "shop", "metrics": ["order_count"] * 100_000}},
        {"request": {"dataset": "shop", "attributes": "city"}},
        {"request": {"dataset": "shop", "attributes": [["city"]]}},
        {"request": {"dataset": "shop", "attributes": ["city", "city"]}},
        {"request": {"dataset": "shop", "attributes": [f"a{n}" for n in range(100_000)]}},
        {"request": {"dataset": "shop", "scaling": 1}},
        {"request": {"dataset": "shop", "scaling": "best"}},
        {"request": {"dataset": "shop", "algorithm": ["kmeans"]}},
        {"request": {"dataset": "shop", "algorithm": "kmeans", "params": [["speed", 9]]}},
        {"request": {"dataset": "shop", "algorithm": "kmeans", "params": {"speed": 9}}},
        {"request": {"dataset": "shop", "algorithm": "kmeans", "params": {"k": 3}}},
        {"request": {"dataset": "shop", "algorithm": "kmeans", "params": {f"p{n}": n for n in range(100_000)}}},
        {"request": {"dataset": "shop"}, "options": {"compare": "Loyal"}},
        {"request": {"dataset": "shop"}, "options": {"compare": [1]}},
        {"request": {"dataset": "shop"}, "options": {"measure": {}}},
        {"request": {"dataset": "shop"}, "options": {"measure": ["customers", "revenue"]}},
        {"request": {"dataset": "shop"}, "options": {"colour": ["red"]}},
        {"request": {"dataset": "shop"}, "options": []},
    ],
    ids=lambda told: str(told)[:70],
)
def test_a_store_that_was_tampered_with_is_refused(told: Any) -> None:
    """What a browser sends as its view is a view or a refusal in a sentence, never another kind of failure."""
    with pytest.raises(RequestError, match=r"\.$"):
        view_from_json(told)


IMPOSSIBLE: list[Any] = [None, True, "", " ", "a lot", [], {}, [1], {"a": 1}]
IMPOSSIBLE += ["nan", "inf", "-inf", float("nan"), float("inf"), -1e308, 10**400, "9" * 400]
PARTS = [(entry, item) for entry in ALGORITHMS for item in entry.parameters if item.name != "k"]


@pytest.mark.parametrize(("entry", "item"), PARTS, ids=[f"{entry.name}-{item.name}" for entry, item in PARTS])
@pytest.mark.parametrize("value", IMPOSSIBLE, ids=lambda value: str(value)[:12])
def test_a_parameter_that_cannot_be_is_refused(entry: Algorithm, item: Parameter, value: Any) -> None:
    """Whatever stands for a parameter in a store or a link is possible or refused in a short sentence."""
    told = {"request": {"dataset": "shop", "algorithm": entry.name, "params": {item.name: value}}}
    with pytest.raises(RequestError, match=r"\.$") as refused:
        view_from_json(told)
    assert len(str(refused.value)) < 600
    with pytest.raises(RequestError, match=r"\.$"):
        from_query(f"?dataset=shop&algorithm={entry.name}&param={item.name}:{value}", "shop")


@pytest.mark.parametrize("entry", ALGORITHMS, ids=lambda entry: entry.name)
def test_what_one_algorithm_was_told_means_nothing_to_another(entry: Algorithm) -> None:
    """Choosing another algorithm leaves the parameters of the one before behind; what is grouped by stays."""
    others = [other for other in ALGORITHMS if other is not entry]
    told = {"k": 5} if entry.has("k") else {}
    view = changed(SHOP, {"algorithm": entry.name, "attributes": ["city"], "scaling": "robust", **told})
    for other in others:
        asked = changed(view, {"algorithm": other.name}).request
        assert (asked.settings(), asked.attributes, asked.scaling) == ({}, ("city",), "robust")


# What a control changes

SHOP = View(
    AnalysisRequest(
        "shop",
        as_of=date(2024, 5, 1),
        period="90",
        k=3,
        countries=("France",),
        segments=("Loyal",),
        where=Condition("order_count", "above", 2),
        search="ann",
    )
).choosing(measure="revenue", compare=("Loyal",))


def test_another_dataset_starts_without_the_filters_of_the_one_before() -> None:
    """Countries, dates, rules and groups belong to a dataset; how it is looked at stays."""
    view = changed(SHOP, {"dataset": "other", "countries": ["France"]})
    assert view == View(AnalysisRequest("other", period="90")).choosing(measure="revenue")


def test_the_same_dataset_chosen_again_changes_nothing() -> None:
    """A control that repeats its value leaves the view as it is."""
    assert changed(SHOP, {"dataset": "shop"}) == SHOP


def test_a_change_keeps_everything_else() -> None:
    """One field changes, and what it does not concern stays."""
    view = changed(SHOP, {"countries": ["Spain", "Åland"]})
    assert view.request.countries == ("Spain", "Åland")
    assert changed(view, {"countries": ["France"]}) == SHOP
    assert changed(SHOP, {"measure": "customers"}).request == SHOP.request
    assert changed(SHOP, {"compare": None}).many("compare") == ()


@pytest.mark.parametrize("change", [{"k": 4}, {"metrics": ["order_count"]}, {"seed": 1}])
def test_other_clusters_are_compared_anew(change: dict[str, Any]) -> None:
    """The groups that were compared do not exist any more when there are other ones."""
    assert changed(SHOP, change).many("compare") == ()


def test_a_date_picker_may_add_a_time_of_day() -> None:
    """The day counts; what a picker writes behind it does not."""
    assert changed(SHOP, {"as_of": "2024-04-01T00:00:00"}).request.as_of == date(2024, 4, 1)


@pytest.mark.parametrize("change", [{"as_of": "soon"}, {"k": 99}, {"dataset": "../x"}, {"nonsense": 1}, {"measure": 7}])
def test_an_impossible_change_is_refused(change: dict[str, Any]) -> None:
    """A change to what cannot be is refused in a sentence."""
    with pytest.raises(RequestError, match=r"\.$"):
        changed(SHOP, change)


# The grid's filters

KINDS = {"country": "text", "segment": "text", "order_count": "number", "revenue_total": "number", "day": "date"}
FRAME = pd.DataFrame(
    {
        "country": pd.Categorical(["France", "Spain", None, "Île", "France", ""]),
        "segment": ["Loyal", "New", "Loyal", None, "new", "a"],
        "order_count": [1, 2, 3, 4, 5, 6],
        "revenue_total": [0.0, 1.5, -2.0, None, 100.0, 7.0],
        "day": pd.to_datetime(["2024-01-01", "2024-02-29", None, "2024-03-01", "2023-12-31", "2024-01-02"]).astype(
            "str"
        ),
    }
)


@pytest.mark.parametrize(
    ("item", "rule"),
    [
        ({"type": "contains", "filter": "fr"}, Condition("country", "contains", "fr")),
        ({"type": "notContains", "filter": "fr"}, Condition("country", "does not contain", "fr")),
        ({"type": "equals", "filter": "A&B"}, Condition("country", "equal to", "A&B")),
        ({"type": "notEqual", "filter": "Île"}, Condition("country", "not equal to", "Île")),
        ({"type": "startsWith", "filter": "2024-01-01"}, Condition("country", "starts with", "2024-01-01")),
        ({"type": "endsWith", "filter": "e"}, Condition("country", "ends with", "e")),
        ({"type": "blank"}, Condition("country", "missing")),
        ({"type": "notBlank"}, Condition("country", "known")),
    ],
)
def test_each_text_filter_is_a_rule(item: dict[str, Any], rule: Condition) -> None:
    """Every way in which the grid filters text is a rule, and the rule is that filter again."""
    model = {"country": {"filterType": "text", **item}}
    assert rule_from_grid(model) == rule
    assert grid_from_rule(rule, KINDS) == model


@pytest.mark.parametrize(
    ("item", "operator", "value"),
    [
        ({"type": "equals", "filter": 3}, "equal to", 3),
        ({"type": "notEqual", "filter": 3}, "not equal to", 3),
        ({"type": "lessThan", "filter": 3.5}, "below", 3.5),
        ({"type": "lessThanOrEqual", "filter": 3}, "at most", 3),
        ({"type": "greaterThan", "filter": -3}, "above", -3),
        ({"type": "greaterThanOrEqual", "filter": 0}, "at least", 0),
        ({"type": "inRange", "filter": 1, "filterTo": 9}, "between", (1, 9)),
        ({"type": "blank"}, "missing", None),
        ({"type": "notBlank"}, "known", None),
    ],
)
def test_each_number_filter_is_a_rule(item: dict[str, Any], operator: str, value: Any) -> None:
    """Every way in which the grid filters numbers is a rule, and the rule is that filter again."""
    model = {"order_count": {"filterType": "number", **item}}
    assert rule_from_grid(model) == Condition("order_count", operator, value)
    assert grid_from_rule(Condition("order_count", operator, value), KINDS) == model


@pytest.mark.parametrize(
    ("kind", "operator"),
    [
        ("equals", "equal to"),
        ("notEqual", "not equal to"),
        ("lessThan", "below"),
        ("greaterThan", "above"),
        ("inRange", "between"),
    ],
)
def test_each_date_filter_is_a_rule(kind: str, operator: str) -> None:
    """The grid's days come with a time of day, which does not count; the rule is a date filter again, not a text one."""
    sent = {"type": kind, "filterType": "date", "dateFrom": "2024-01-01 00:00:00", "dateTo": None}
    value: Any = "2024-01-01"
    kept = {"filterType": "date", "type": kind, "dateFrom": "2024-01-01"}
    if kind == "inRange":
        sent["dateTo"] = "2024-02-01 00:00:00"
        value = (value, "2024-02-01")
        kept["dateTo"] = "2024-02-01"
    rule = rule_from_grid({"day": sent})
    assert rule == Condition("day", operator, value)
    assert grid_from_rule(rule, KINDS) == {"day": kept}


@pytest.mark.parametrize(("operator", "kind"), [("AND", AllOf), ("OR", AnyOf)])
def test_two_filters_on_a_column_are_one_rule(operator: str, kind: type[AllOf] | type[AnyOf]) -> None:
    """The grid's AND is all, its OR is any, alone and beside another column's filter."""
    first = {"filterType": "number", "type": "greaterThan", "filter": 1}
    second = {"filterType": "number", "type": "lessThan", "filter": 9}
    model = {"order_count": {"filterType": "number", "operator": operator, "conditions": [first, second]}}
    rule = kind((Condition("order_count", "above", 1), Condition("order_count", "below", 9)))
    assert rule_from_grid(model) == rule
    assert grid_from_rule(rule, KINDS) == model
    model["country"] = {"filterType": "text", "type": "equals", "filter": "France"}
    both = rule_from_grid(model)
    assert both == AllOf((rule, Condition("country", "equal to", "France")))
    assert grid_from_rule(both, KINDS) == model


@pytest.mark.parametrize(
    "rule",
    [
        Not(Condition("country", "equal to", "France")),
        Condition("country", "one of", ("France", "Spain")),
        Condition("country", "above", "F"),
        Condition("order_count", "contains", "1"),
        Condition("order_count", "above", "many"),
        Condition("day", "above", "in spring"),
        AnyOf((Condition("country", "equal to", "France"), Condition("segment", "equal to", "New"))),
        AllOf((Condition("country", "known"), Not(Condition("order_count", "above", 3)))),
        AllOf((AnyOf((Condition("order_count", "above", 3), Condition("order_count", "below", 2))),) * 2),
        AnyOf(tuple(Condition("order_count", "equal to", count) for count in (1, 2, 3))),
        AllOf(tuple(Condition("order_count", "not equal to", count) for count in (1, 2, 3))),
    ],
    ids=lambda rule: rule.sentence(),
)
def test_what_the_grid_cannot_say_is_nothing_in_it(rule: Rule) -> None:
    """A rule that is more than two filters a column is None for the grid, not a part of itself."""
    assert grid_from_rule(rule, KINDS) is None


def typed_conditions() -> st.SearchStrategy[Rule]:
    """Conditions on the columns of FRAME whose values fit them."""
    texts, numbers = st.sampled_from(["France", "new", "e", "", "Île"]), st.integers(-3, 101)
    days = st.dates(date(2023, 12, 1), date(2024, 3, 31)).map(date.isoformat)
    fitting = {"text": texts, "number": numbers, "date": days}

    def of(column: str) -> st.SearchStrategy[Rule]:
        value = fitting[KINDS[column]]
        forms = {"pair": st.tuples(value, value), "list": st.lists(value, max_size=2).map(tuple), "none": st.none()}
        allowed = [item for item in OPERATORS if KINDS[column] == "text" or "contain" not in item.name]
        allowed = [item for item in allowed if KINDS[column] == "text" or "with" not in item.name]
        return st.sampled_from(allowed).flatmap(
            lambda item: st.builds(Condition, st.just(column), st.just(item.name), forms.get(item.value, value))
        )

    return st.sampled_from(sorted(KINDS)).flatmap(of)


@given(nested(typed_conditions()))
def test_a_rule_in_the_grid_keeps_the_same_customers(rule: Rule) -> None:
    """Whatever rule the grid can show keeps, when it comes back from the grid, the customers that it kept before."""
    model = grid_from_rule(rule, KINDS)
    if model is not None:
        back = rule_from_grid(model)
        assert back is not None
        assert (back.mask(FRAME) == rule.mask(FRAME)).all()


def test_no_filter_is_no_rule() -> None:
    """An empty filter model and no rule are the same."""
    assert rule_from_grid({}) is None
    assert rule_from_grid(None) is None
    assert grid_from_rule(None) == {}


@pytest.mark.parametrize(
    "model",
    [
        "x",
        3,
        [1],
        {"country": None},
        {"country": "France"},
        {"country": {"filterType": "set", "values": ["France"]}},
        {"country": {"filterType": "text", "type": "regex", "filter": ".*"}},
        {"country": {"filterType": "number", "type": "contains", "filter": 1}},
        {"order_count": {"filterType": "number", "type": "inRange", "filter": 1, "filterTo": None}},
        {"country": {"operator": "OR", "conditions": [None]}},
    ],
    ids=str,
)
def test_a_filter_model_that_is_none_is_refused(model: Any) -> None:
    """What is not a filter model of the grid is refused in a sentence."""
    with pytest.raises(RequestError, match=r"\.$"):
        rule_from_grid(model)
