"""The request: the frozen, validated value that says which analysis is asked for. It is what the URL holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Final

from analytics import clusters, rfm
from analytics.calendar import parse_day
from analytics.datasets import check_name
from analytics.errors import NotFoundError, RequestError
from analytics.metrics import RFM_METRICS, metrics_named
from analytics.rules import Rule, rule_from_json

RFM: Final = "rfm"
DEFAULT_CLUSTERING: Final = "kmeans"
ALGORITHM_NAMES: Final = (RFM, *(known.name for known in clusters.ALGORITHMS))
PERIODS: Final = ("auto", "30", "90", "365", "all")
FEWEST_GROUPS: Final = 2
MOST_GROUPS: Final = 20
LONGEST_SEARCH: Final = 200
MOST_CHOICES: Final = 500
FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(2199, 12, 31)


@dataclass(frozen=True, slots=True)
class AnalysisRequest:
    """Which customers, as of when, segmented how, filtered and ordered how.

    Two requests that are equal have the same answer on the same version of a dataset.

    Raises:
        RequestError: a value is out of its range; the message names it and what is allowed.
    """

    dataset: str
    version: str | None = None
    """None is the newest."""
    as_of: date | None = None
    """None is the day after the last order."""
    period: str = "auto"
    """Days that the key figures look back: 30, 90, 365 or all; auto is the longest that fits into the data twice."""
    algorithm: str = RFM
    preset: str = "grid"
    k: int | None = None
    """Number of clusters, of an algorithm that is told it; None is the number that is proposed."""
    params: tuple[tuple[str, clusters.Value], ...] = ()
    """(name, value) of the algorithm's other parameters that are not to have their defaults, by name."""
    metrics: tuple[str, ...] = RFM_METRICS
    """What customers are clustered by."""
    attributes: tuple[str, ...] = ()
    """Attributes that customers are clustered by as well."""
    scaling: str = "log"
    """How metrics are brought onto one scale."""
    seed: int = 0
    countries: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    """RFM segments to keep; empty keeps all."""
    where: Rule | None = None
    search: str = ""
    sort: str = "revenue_total"
    descending: bool = True

    def __post_init__(self) -> None:
        check_name(self.dataset)
        _check(self.algorithm in ALGORITHM_NAMES, "algorithm", self.algorithm, ", ".join(ALGORITHM_NAMES))
        _check(self.period in PERIODS, "period", self.period, ", ".join(PERIODS))
        days = f"a day from {FIRST_DAY.isoformat()} to {LAST_DAY.isoformat()}"
        _check(self.as_of is None or FIRST_DAY <= self.as_of <= LAST_DAY, "as_of", self.as_of, days)
        rfm.preset(self.preset)
        allowed = f"a whole number from {FEWEST_GROUPS} to {MOST_GROUPS}"
        _check(self.k is None or FEWEST_GROUPS <= self.k <= MOST_GROUPS, "k", self.k, allowed)
        _check(0 <= self.seed < 2**32, "seed", self.seed, "a whole number from 0 to 4294967295")
        _check(len(self.metrics) + len(self.attributes) > 0, "metrics", "", "one metric or more")
        metrics_named(self.metrics)
        _check(len(set(self.attributes)) == len(self.attributes), "attributes", "", "each attribute once")
        clusters.scaling(self.scaling)
        object.__setattr__(self, "params", self._checked_params())
        _check(
            len(self.search) <= LONGEST_SEARCH, "search", self.search[:20] + "…", f"{LONGEST_SEARCH} letters at most"
        )
        names = rfm.preset(self.preset).names
        for segment in self.segments:
            if segment not in names:
                raise NotFoundError(f"There is no segment '{segment}'. There is {', '.join(names)}.")
        for name in ("countries", "segments", "attributes"):
            count = len(getattr(self, name))
            _check(count <= MOST_CHOICES, name, f"{count} values", f"{MOST_CHOICES} values at most")

    def _checked_params(self) -> tuple[tuple[str, clusters.Value], ...]:
        known = self.algorithm_used
        told = dict(self.params)
        _check(len(told) == len(self.params), "params", "", "each parameter once")
        if "k" in told:
            raise RequestError("k is a field of its own: give it as k, not among the parameters.")
        if self.k is not None and self.algorithm != RFM and not known.has("k"):
            raise RequestError(f"{known.label} finds the number of groups itself: leave k out.")
        return tuple(sorted(known.checked(told).items()))

    @property
    def algorithm_used(self) -> clusters.Algorithm:
        """The clustering that is meant where one is wanted, whether or not the request names it."""
        return clusters.algorithm(DEFAULT_CLUSTERING if self.algorithm == RFM else self.algorithm)

    def clustering(self) -> AnalysisRequest:
        """The request for the clustering of everyone, without filters: what a fit depends on."""
        return replace(self.unfiltered(), algorithm=self.algorithm_used.name)

    def settings(self) -> dict[str, clusters.Value]:
        """The algorithm's parameters that are asked for."""
        told = dict(self.params)
        return {**told, "k": self.k} if self.k is not None else told

    def to_json(self) -> dict[str, Any]:
        """What differs from the defaults, as plain JSON."""
        told: dict[str, Any] = {}
        for item in fields(self):
            value = getattr(self, item.name)
            if item.name != "dataset" and value == item.default:
                continue
            if isinstance(value, date):
                value = value.isoformat()
            elif item.name == "params":
                value = dict(value)
            elif isinstance(value, tuple):
                value = list(value)
            elif item.name == "where":
                value = value.to_json()
            told[item.name] = value
        return told

    def unfiltered(self) -> AnalysisRequest:
        """The same analysis of all customers."""
        return replace(
            self, countries=(), segments=(), where=None, search="", sort="revenue_total", descending=True, period="auto"
        )


def request_from_json(told: Mapping[str, Any]) -> AnalysisRequest:
    """The request that the JSON means; nothing in it is trusted.

    Raises:
        RequestError: a key is unknown, or a value has the wrong type or range.
    """
    known = {item.name for item in fields(AnalysisRequest)}
    for key in told:
        _check(key in known, "request", key, ", ".join(sorted(known)))
    _check(isinstance(told.get("dataset"), str), "dataset", told.get("dataset"), "the name of a dataset")
    values: dict[str, Any] = {}
    for key, value in told.items():
        match key:
            case "as_of":
                values[key] = parse_day(value) if value is not None else None
            case "params":
                is_plain = isinstance(value, Mapping) and all(isinstance(name, str) for name in value)
                _check(is_plain, key, value, "names with values")
                values[key] = tuple(value.items())
            case "metrics" | "attributes" | "countries" | "segments":
                is_list = isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)
                _check(is_list, key, value, "a list of names")
                values[key] = tuple(value)
            case "where":
                values[key] = rule_from_json(value) if value is not None else None
            case "k" | "seed":
                is_whole = isinstance(value, int) and not isinstance(value, bool)
                _check(is_whole or (key == "k" and value is None), key, value, "a whole number")
                values[key] = value
            case "descending":
                _check(isinstance(value, bool), key, value, "true or false")
                values[key] = value
            case _:
                _check(isinstance(value, str) or (key == "version" and value is None), key, value, "a text")
                values[key] = value
    return AnalysisRequest(**values)


def _check(holds: bool, name: str, value: object, allowed: str) -> None:
    if not holds:
        raise RequestError(f"'{value}' is not possible for {name}. Allowed: {allowed}.")
