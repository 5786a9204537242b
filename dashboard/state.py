"""The view: the request and what is shown of it, as a store's JSON, as a URL, and as the grid's own filters.

A link holds the whole view, so that it gives the same screen in another browser. Nothing that a browser sends is
trusted: every way in ends in the checks of `AnalysisRequest`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from analytics.calendar import parse_day
from analytics.errors import RequestError
from analytics.metrics import RFM_METRICS
from analytics.request import AnalysisRequest, request_from_json
from analytics.rules import AllOf, AnyOf, Condition, Rule
from dashboard.options import is_option, option

LONGEST_QUERY: Final = 8_000
_TEXTS: Final = ("version", "as_of", "period", "algorithm", "preset", "scaling", "search")
"""Fields of the request that stand in the URL as they are."""
_NOTHING: Final = "none"
"""No metric at all: a name without a value is what others leave behind in links, and means nothing."""


@dataclass(frozen=True, slots=True)
class View:
    """A request, and the options that concern only how it is shown."""

    request: AnalysisRequest
    options: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(name, values) of the options that differ from their defaults, by name."""

    def __post_init__(self) -> None:
        chosen = {name: option(name).checked([value for value in values if value]) for name, values in self.options}
        told = {name: values for name, values in chosen.items() if values and values != (option(name).default,)}
        object.__setattr__(self, "options", tuple(sorted(told.items())))

    def one(self, name: str) -> str:
        """What is chosen for an option of one value."""
        values = self.many(name)
        return values[0] if values else option(name).default

    def many(self, name: str) -> tuple[str, ...]:
        """What is chosen for an option of many values; empty where nothing is."""
        return dict(self.options).get(name, ())

    def choosing(self, **values: str | Sequence[str] | None) -> View:
        """The view with other options; None or nothing is the default."""
        chosen = dict(self.options)
        for name, value in values.items():
            chosen[name] = (value,) if isinstance(value, str) and value else tuple(value or ())
        return View(self.request, tuple(chosen.items()))

    def to_json(self) -> dict[str, Any]:
        """What the browser's one store holds."""
        told: dict[str, Any] = {"request": self.request.to_json()}
        if self.options:
            told["options"] = {name: list(values) for name, values in self.options}
        return told


def view_from_json(told: object) -> View:
    """The view that the store means; nothing in it is trusted.

    Raises:
        RequestError: it is not a view.
    """
    if not isinstance(told, Mapping) or not isinstance(told.get("request"), Mapping):
        raise RequestError("The view is not readable. Reload the page.")
    options = told.get("options", {})
    if not isinstance(options, Mapping) or not all(_is_texts(values) for values in options.values()):
        raise RequestError("What is chosen on the page is not readable. Reload the page.")
    chosen = tuple((str(name), tuple(values)) for name, values in options.items())
    return View(request_from_json(told["request"]), chosen)


def _is_texts(values: object) -> bool:
    return isinstance(values, list | tuple) and all(isinstance(value, str) for value in values)


def to_query(view: View) -> str:
    """The view as a URL's query, `?dataset=shop&country=France`."""
    request = view.request
    parts: list[tuple[str, str]] = [("dataset", request.dataset)]
    told = request.to_json()
    parts += [(name, str(told[name])) for name in (*_TEXTS, "k", "seed") if name in told]
    if request.metrics != RFM_METRICS:
        parts.append(("metrics", ",".join(request.metrics) or _NOTHING))
    parts += [("param", f"{name}:{value}") for name, value in request.params]
    parts += [("attribute", name) for name in request.attributes]
    parts += [("country", name) for name in request.countries]
    parts += [("segment", name) for name in request.segments]
    if request.where is not None:
        parts.append(("where", json.dumps(request.where.to_json(), separators=(",", ":"), ensure_ascii=False)))
    if "sort" in told or "descending" in told:
        # A column may itself begin with a sign; then the order says that it goes up
        sign = "-" if request.descending else "+" if request.sort.startswith(("-", "+")) else ""
        parts.append(("sort", sign + request.sort))
    parts += [(name, value) for name, values in view.options for value in values]
    return "?" + urlencode(parts)


def from_query(query: str, default_dataset: str) -> View:
    """The view that a URL's query means.

    Raises:
        RequestError: a part of it is not possible; the message names it.
    """
    if len(query) > LONGEST_QUERY:
        raise RequestError("The link is too long to be one of ours. Open the page without it.")
    told: dict[str, Any] = {"dataset": default_dataset}
    lists: dict[str, list[str]] = {"country": [], "segment": [], "attribute": [], "param": []}
    options: dict[str, list[str]] = {}
    for name, value in parse_qsl(query.removeprefix("?")):
        if name in lists:
            lists[name].append(value)
        elif is_option(name):
            options.setdefault(name, []).append(value)
        elif name in ("k", "seed"):
            told[name] = _whole(name, value)
        elif name == "metrics":
            told[name] = [part for part in value.split(",") if part and part != _NOTHING]
        elif name == "where":
            told[name] = _json(value)
        elif name == "sort":
            told["sort"], told["descending"] = value[value.startswith(("-", "+")) :], value.startswith("-")
        elif name in ("dataset", *_TEXTS):
            told[name] = value
    told |= {"countries": lists["country"], "segments": lists["segment"], "attributes": lists["attribute"]}
    told["params"] = {text.partition(":")[0]: text.partition(":")[2] for text in lists["param"]}
    return View(request_from_json(told), tuple((name, tuple(values)) for name, values in options.items()))


def only_dataset(query: str) -> str:
    """The query without everything but its dataset: what is left of a link that cannot be answered as it is."""
    named = [(name, value) for name, value in parse_qsl(query[:LONGEST_QUERY].removeprefix("?")) if name == "dataset"]
    return "?" + urlencode(named)


def changed(view: View, change: Mapping[str, Any]) -> View:
    """The view after a control changed; keys are fields of the request or names of options.

    Another dataset starts without the filters, dates and groups of the one before; of the options those stay that mean the
    same on every dataset.
    """
    options = {name: value for name, value in change.items() if is_option(name)}
    if not all(value is None or isinstance(value, str) or _is_texts(value) for value in options.values()):
        raise RequestError("What is chosen on the page is not readable. Choose it again.")
    asked = {name: value for name, value in change.items() if name not in options}
    if "dataset" in asked and asked["dataset"] != view.request.dataset:
        told = {"dataset": asked["dataset"], "version": asked.get("version"), "period": view.request.period}
        kept = tuple((name, values) for name, values in view.options if option(name).allowed)
        return View(request_from_json(told), kept)
    told = {**view.request.to_json(), **asked}
    if told.get("as_of"):
        told["as_of"] = parse_day(str(told["as_of"])[:10]).isoformat()
    if "algorithm" in asked and asked["algorithm"] != view.request.algorithm:
        told |= {
            "k": asked.get("k"),
            "params": asked.get("params", {}),
        }  # what the other one was told means nothing to this
    if {"algorithm", "k", "params", "metrics", "attributes", "scaling", "seed"} & set(asked):
        options.setdefault("compare", None)  # other groups have other names
    return View(request_from_json(told), view.options).choosing(**options)


def _whole(name: str, value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise RequestError(f"'{value}' is not possible for {name}. Use a whole number.") from None


def _json(value: str) -> Any:
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise RequestError("The filter in the link is not readable. Set it again on the Customers tab.") from None


# The grid's filters (AG Grid's filter model) and rules, one from the other

_TEXT = {
    "contains": "contains",
    "notContains": "does not contain",
    "equals": "equal to",
    "notEqual": "not equal to",
    "startsWith": "starts with",
    "endsWith": "ends with",
    "blank": "missing",
    "notBlank": "known",
}
_NUMBER = {
    "equals": "equal to",
    "notEqual": "not equal to",
    "lessThan": "below",
    "lessThanOrEqual": "at most",
    "greaterThan": "above",
    "greaterThanOrEqual": "at least",
    "inRange": "between",
    "blank": "missing",
    "notBlank": "known",
}
_ORDERS = ("at least", "at most", "above", "below", "between")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOST_GRID_CONDITIONS = 2
"""What AG Grid's filters hold for one column; it drops what is more."""


def rule_from_grid(model: object) -> Rule | None:
    """The rule that the grid's filters mean; None where there are none.

    Raises:
        RequestError: it is not a filter model.
    """
    if not model:
        return None
    if not isinstance(model, Mapping):
        raise RequestError("The grid's filter is not readable. Reload the page.")
    parts: list[Rule] = [_column_rule(str(column), item) for column, item in model.items()]
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _column_rule(column: str, item: Any) -> Rule:
    if isinstance(item, Mapping) and isinstance(item.get("conditions"), list) and item["conditions"]:
        parts = tuple(_condition(column, part) for part in item["conditions"])
        return AnyOf(parts) if item.get("operator") == "OR" else AllOf(parts)
    return _condition(column, item)


def _condition(column: str, item: Any) -> Condition:
    kind = item.get("filterType") if isinstance(item, Mapping) else None
    names = _TEXT if kind == "text" else _NUMBER if kind in ("number", "date") else {}
    operator = names.get(str(item.get("type"))) if names else None
    if operator is None:
        raise RequestError(f"The filter on '{column}' is not readable. Set it again.")
    if operator in ("missing", "known"):
        return Condition(column, operator)
    low, high = ("dateFrom", "dateTo") if kind == "date" else ("filter", "filterTo")
    value, to = item.get(low), item.get(high)
    if kind == "date":
        value, to = str(value)[:10], str(to)[:10]
    if operator == "between":
        if value is None or to is None:
            raise RequestError(f"The range for '{column}' has one end only. Give both.")
        return Condition(column, operator, (value, to))
    return Condition(column, operator, "" if value is None else value)


def grid_from_rule(rule: Rule | None, kinds: Mapping[str, str] | None = None) -> dict[str, Any] | None:
    """The grid's filters for a rule; None where the rule is more than the grid can say.

    `kinds` says of a column which filter the grid has for it: `text`, `number` or `date`; without it the value decides.
    """
    if rule is None:
        return {}
    kinds = kinds or {}
    parts = rule.parts if isinstance(rule, AllOf) else (rule,)
    model: dict[str, Any] = {}
    for part in parts:
        named = _grid_column(part, kinds)
        if named is None or named[0] in model:
            # two conditions on one column are one AND filter
            return _joined(parts, "AND", kinds)
        model[named[0]] = named[1]
    return model


def _grid_column(part: Rule, kinds: Mapping[str, str]) -> tuple[str, dict[str, Any]] | None:
    if isinstance(part, Condition):
        item = _grid_condition(part, kinds)
        return (part.column, item) if item else None
    if isinstance(part, AnyOf | AllOf):
        joined = _joined(part.parts, "OR" if isinstance(part, AnyOf) else "AND", kinds)
        return next(iter(joined.items())) if joined else None
    return None


def _joined(parts: tuple[Rule, ...], operator: str, kinds: Mapping[str, str]) -> dict[str, Any] | None:
    conditions = [part for part in parts if isinstance(part, Condition)]
    items = [item for part in conditions if (item := _grid_condition(part, kinds))]
    if not len(items) == len(parts) <= _MOST_GRID_CONDITIONS or len({part.column for part in conditions}) != 1:
        return None
    if len({item["filterType"] for item in items}) != 1:
        return None
    return {conditions[0].column: {"filterType": items[0]["filterType"], "operator": operator, "conditions": items}}


def _grid_condition(part: Condition, kinds: Mapping[str, str]) -> dict[str, Any] | None:
    values = part.value if isinstance(part.value, tuple) else (part.value,)
    kind = kinds.get(part.column) or _kind_of(part.operator, values)
    names = {ours: theirs for theirs, ours in (_TEXT if kind == "text" else _NUMBER).items()}
    if part.operator not in names:
        return None
    item: dict[str, Any] = {"filterType": kind, "type": names[part.operator]}
    if part.operator in ("missing", "known"):
        return item
    if not all(_can_be(kind, value) for value in values):
        return None
    low, high = ("dateFrom", "dateTo") if kind == "date" else ("filter", "filterTo")
    item[low] = values[0]
    if part.operator == "between":
        item[high] = values[1]
    return item


def _kind_of(operator: str, values: tuple[Any, ...]) -> str:
    if all(_can_be("number", value) for value in values):
        return "number"
    return "date" if operator in _ORDERS and all(_can_be("date", value) for value in values) else "text"


def _can_be(kind: str, value: Any) -> bool:
    """Whether the grid's filter of that kind can hold the value and give it back."""
    if kind == "date":
        return isinstance(value, str) and _DAY.fullmatch(value) is not None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number if kind == "number" else isinstance(value, str)
