"""What every entry of every registry keeps to, so that menus, rules, exports and the glossary can follow from it."""

from __future__ import annotations

import io
import re
from itertools import product
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest

from analytics.audiences import AUDIENCE_FORMATS, AudienceFormat
from analytics.clusters import ALGORITHMS, Algorithm
from analytics.customers import customer_table
from analytics.errors import RequestError
from analytics.intake import CLEANING_RULES, CleaningRule
from analytics.intake.cleaning import CHANGED, REMOVED, RETURNED, enabled_rules
from analytics.metrics import METRICS, RFM_METRICS, Metric
from analytics.metrics.metric import StandIn, Unit
from analytics.recommend import PLAYBOOK, play_for
from analytics.request import FEWEST_GROUPS, MOST_GROUPS, AnalysisRequest
from analytics.rfm import PRESETS, Preset, typical_segment
from analytics.rules import OPERATORS, Operator, rule_from_json
from analytics.schema import TABLES, Table
from tests.conftest import shop_in_memory, varied_shop

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
REGISTRIES = {
    "METRICS": METRICS,
    "PRESETS": PRESETS,
    "ALGORITHMS": ALGORITHMS,
    "AUDIENCE_FORMATS": AUDIENCE_FORMATS,
    "OPERATORS": OPERATORS,
    "CLEANING_RULES": CLEANING_RULES,
}


def each(registry: tuple[Any, ...]) -> Any:
    """A test for each entry of a registry."""
    return pytest.mark.parametrize("entry", registry, ids=lambda entry: getattr(entry, "name", str(entry)))


@pytest.mark.parametrize("registry", REGISTRIES)
def test_names_are_unique(registry: str) -> None:
    """No two entries share a name, nor a label where they have one."""
    entries = REGISTRIES[registry]
    assert isinstance(entries, tuple)
    assert len({entry.name for entry in entries}) == len(entries) > 0
    if hasattr(entries[0], "label"):
        assert len({entry.label for entry in entries}) == len(entries)


@each(METRICS)
def test_metric(entry: Metric) -> None:
    """A metric has a name in small letters, a known unit, words, and sentences for what it and a missing value mean."""
    assert NAME.fullmatch(entry.name)
    assert entry.label[0].isupper()
    assert entry.unit in get_args(Unit)
    assert entry.meaning.endswith(".")
    assert entry.meaning[0].isupper()
    assert entry.missing.endswith(".")
    assert entry.high
    assert entry.low
    assert entry.high != entry.low
    assert entry.unit != "days" or "days" in entry.name.split("_")


@each(METRICS)
def test_what_stands_in_follows_from_what_missing_means(entry: Metric) -> None:
    """Nothing done is 0, days until what has not come back are the longest known, and of lengths and rates nothing is known."""
    assert entry.stand_in in get_args(StandIn)
    if entry.without_rows is not None:
        assert entry.stand_in == "zero"
    is_wait = entry.unit == "days" and not entry.missing.startswith("Never missing")
    assert (entry.stand_in == "highest") == is_wait
    if entry.unit in ("seconds", "share"):
        assert entry.stand_in == "median"
    if entry.unit == "views":
        assert entry.stand_in == "zero"


@each(tuple(metric for metric in METRICS if metric.missing.startswith("Never missing")))
def test_a_metric_never_missing_is_never_missing(entry: Metric) -> None:
    """A metric that says so has a value for every customer, in a shop without order lines, returns and quantities too."""
    orders = [order._replace(unit_count=None) for order in varied_shop(20)]
    assert customer_table(shop_in_memory(orders)).frame[entry.name].notna().all()


def test_rfm_metrics_are_metrics() -> None:
    """The metrics of RFM are in the registry: days, orders and money."""
    units = {metric.name: metric.unit for metric in METRICS}
    assert [units[name] for name in RFM_METRICS] == ["days", "orders", "money"]


@each(PRESETS)
def test_preset_is_complete_and_disjoint(entry: Preset) -> None:
    """Each of the 125 cells is in one segment, no cell in two, and no segment is without cells."""
    cells = [cell for known in entry.segments for cell in known.cells]
    assert sorted(cells) == ["".join(cell) for cell in product("12345", repeat=3)]
    assert all(known.cells and known.meaning.endswith(".") for known in entry.segments)
    assert len(set(entry.names)) == len(entry.names)


@each(PRESETS)
def test_the_playbook_knows_every_segment(entry: Preset) -> None:
    """There is something to do for each segment of each preset."""
    for name in entry.names:
        play = play_for(name)
        assert play.segment == name
        for sentence in (play.action, play.avoid, play.measure):
            assert sentence.endswith(".")
        assert play.goal


def test_the_playbook_has_no_strangers() -> None:
    """Every entry is for a segment of some preset, once; another is refused with those there are."""
    names = [play.segment for play in PLAYBOOK]
    assert set(names) == {name for preset in PRESETS for name in preset.names}
    assert len(set(names)) == len(names)
    with pytest.raises(RequestError, match=r"The playbook has no entry for 'Stars'\. It has Champions, "):
        play_for("Stars")


def test_a_group_stands_where_its_typical_customer_does() -> None:
    """The median scores name the segment whose advice a group gets, not the largest part of a mix."""
    scored = pd.DataFrame({"recency_score": [5, 5, 1], "frequency_score": [5, 4, 1], "monetary_score": [4, 5, 1]})
    assert typical_segment(scored).name == "Champions"
    assert typical_segment(scored.iloc[2:]).name == "Lost"


@each(ALGORITHMS)
def test_algorithm_words_and_ranges(entry: Algorithm) -> None:
    """An algorithm has words, and parameters with a range that a request allows and nothing beyond."""
    assert NAME.fullmatch(entry.name)
    assert entry.meaning.endswith(".")
    assert entry.placing.endswith(".")
    assert entry.above.endswith(".")
    assert entry.has(entry.varied)
    for parameter in entry.parameters:
        assert parameter.meaning.endswith(".")
        assert parameter.kind == "choice" or parameter.low < parameter.high
        assert parameter.default is None or parameter.checked(parameter.default) == parameter.default
    for value in entry.tried(np.random.default_rng(0).normal(size=(1_000, 3)), {}):
        assert entry.parameter(entry.varied).checked(value) == value
    if not entry.has("k"):
        with pytest.raises(RequestError, match="finds the number of groups itself"):
            AnalysisRequest("shop", algorithm=entry.name, k=3)
        return
    k = entry.parameter("k")
    assert (k.low, k.high) == (FEWEST_GROUPS, MOST_GROUPS)
    for value in (k.low, k.high):
        assert AnalysisRequest("shop", algorithm=entry.name, k=value).k == value
    for value in (k.low - 1, k.high + 1):
        with pytest.raises(RequestError, match="is not possible for k"):
            AnalysisRequest("shop", algorithm=entry.name, k=value)


@each(AUDIENCE_FORMATS)
def test_audience_format(entry: AudienceFormat) -> None:
    """A format has a suffix and a media type, writes an empty list, and lets no formula through."""
    assert NAME.fullmatch(entry.name)
    assert entry.suffix == f".{entry.name}"
    assert "/" in entry.media_type
    empty = pd.DataFrame({"customer_id": pd.Series([], dtype="str"), "order_count": pd.Series([], dtype="int64")})
    assert len(entry.write(empty)) > 0
    read = pd.read_csv if entry.name == "csv" else lambda file: pd.read_excel(file, engine="calamine")
    back = read(io.BytesIO(entry.write(pd.DataFrame({"=x": ["@y"], "n": [-1]}))))
    assert back.to_dict("list") == {"'=x": ["'@y"], "n": [-1]}


VALUES = {"text": "1", "number": 1, "pair": [1, 2], "list": ["1", "2"], "none": None}


@each(OPERATORS)
def test_operator(entry: Operator) -> None:
    """An operator's sentence names the column and the value, its JSON comes back, and it keeps some and not all."""
    told = {"column": "order_count", "is": entry.name}
    if entry.value != "none":
        told["value"] = VALUES[entry.value]
    rule = rule_from_json(told)
    assert rule.to_json() == told
    sentence = rule.sentence(lambda _: "Orders")
    assert sentence.startswith("Orders ")
    assert ("1" in sentence) == (entry.value != "none")
    assert ("2" in sentence) == (entry.value in ("pair", "list"))
    mask = rule.mask(pd.DataFrame({"order_count": pd.Series(["0", "1", "2", None], dtype="str")}))
    assert 0 < mask.sum() < 4


@each(CLEANING_RULES)
def test_cleaning_rule(entry: CleaningRule) -> None:
    """A cleaning rule has words and one of three actions, and can be switched off exactly where it says so."""
    assert NAME.fullmatch(entry.name)
    assert entry.label[0].isupper()
    assert entry.meaning.endswith(".")
    assert entry.action in (CHANGED, REMOVED, RETURNED)
    assert enabled_rules()[entry.name] == entry.enabled
    assert enabled_rules({entry.name: True})[entry.name] is True
    if entry.is_optional:
        assert enabled_rules({entry.name: False})[entry.name] is False
    else:
        with pytest.raises(RequestError, match=f"Cleaning rule '{entry.name}' cannot be switched off"):
            enabled_rules({entry.name: False})


@each(TABLES)
def test_canonical_table(entry: Table) -> None:
    """A canonical table's columns have names in small letters, each once, and kinds by their endings: _at, _on, is_, has_."""
    assert NAME.fullmatch(entry.name)
    assert len(set(entry.names)) == len(entry.names)
    assert entry.required
    for column in entry.columns:
        assert NAME.fullmatch(column.name)
        assert column.name.endswith("_at") == column.type.startswith("timestamp")
        assert column.name.endswith("_on") == (column.type == "date")
        assert column.name.startswith(("is_", "has_")) == (column.type == "boolean")
        assert column.meaning
