"""What the commands that group customers are told: by what, how, from which seed and as of which day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import wraps
from typing import Any, Final

import click

from analytics.calendar import parse_day
from analytics.clusters import SCALINGS
from analytics.clusters.feature_sets import FEATURE_SETS, feature_set, features_of
from analytics.commands.base import as_of_option
from analytics.errors import RequestError
from analytics.metrics import RFM_METRICS
from analytics.request import DEFAULT_CLUSTERING, AnalysisRequest

_OPTIONS: Final = (
    click.option("--metrics", help="Metrics to group by, separated by commas."),
    click.option("--attributes", help="Attributes to group by as well, separated by commas."),
    click.option(
        "--features", help=f"What to group by, instead of --metrics: {', '.join(known.name for known in FEATURE_SETS)}."
    ),
    click.option("--scaling", default="log", show_default=True, help=f"{', '.join(known.name for known in SCALINGS)}."),
    click.option(
        "--param", "params", multiple=True, help="A parameter of the algorithm, as name=value; may be given again."
    ),
    click.option("--seed", type=int, default=0, show_default=True, help="Same seed, same groups."),
    as_of_option,
)


@dataclass(frozen=True, slots=True)
class Grouping:
    """What the options say, as they were written."""

    algorithm: str
    metrics: str | None
    attributes: str | None
    features: str | None
    scaling: str
    params: tuple[str, ...]
    seed: int
    as_of: str | None

    @property
    def is_told(self) -> bool:
        """Whether anything is said of by what, or with which parameters: RFM segments need neither."""
        return bool(self.metrics or self.attributes or self.features or self.params)

    def request(self, name: str, k: int | None = None) -> AnalysisRequest:
        """The request for a dataset that is meant; a set of features is written out, as the dataset has it.

        Raises:
            RequestError: one of the options is not possible.
        """
        if self.features and (self.metrics or self.attributes):
            raise RequestError("--features says which metrics and attributes: leave out --metrics and --attributes.")
        asked = AnalysisRequest(
            name,
            as_of=parse_day(self.as_of) if self.as_of else None,
            algorithm=self.algorithm,
            k=k,
            params=self._given(),
            metrics=_listed(self.metrics) or (() if self.attributes else RFM_METRICS),
            attributes=_listed(self.attributes),
            scaling=self.scaling,
            seed=self.seed,
        )
        return _with_features(asked, self.features) if self.features else asked

    def _given(self) -> tuple[tuple[str, str], ...]:
        for text in self.params:
            if "=" not in text:
                raise RequestError(f"'{text}' is not a parameter. Write it as name=value, for example min_samples=10.")
        given = tuple((text.partition("=")[0].strip(), text.partition("=")[2].strip()) for text in self.params)
        if any(key == "k" for key, _ in given):
            raise RequestError("Give the number of groups as --k, not as a parameter.")
        return given


def grouping_options(algorithms: Sequence[str]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options that say how customers are grouped; it is called with them as `grouping`."""
    by = click.option("--algorithm", default=DEFAULT_CLUSTERING, show_default=True, help=f"{', '.join(algorithms)}.")

    def given(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def run(*args: Any, **told: Any) -> None:
            grouping = Grouping(**{item.name: told.pop(item.name) for item in fields(Grouping)})
            command(*args, grouping=grouping, **told)

        for option in reversed((by, *_OPTIONS)):
            run = option(run)
        return run

    return given


def _with_features(asked: AnalysisRequest, features: str) -> AnalysisRequest:
    from analytics.customers import customer_table
    from analytics.sources import open_source

    feature_set(features)
    metrics, attributes = features_of(features, customer_table(open_source(asked.dataset), asked.as_of))
    return replace(asked, metrics=metrics, attributes=attributes)


def _listed(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip()) if text else ()
