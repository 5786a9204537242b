"""What a problem is: a question, what one case is, and how cases are made from a dataset."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from analytics.predict.cases import Cases
from analytics.sources import Source

if TYPE_CHECKING:
    from analytics.predict.request import TrainingRequest

Kind = Literal["classification", "regression"]


@dataclass(frozen=True, slots=True)
class Problem:
    """A question about the future or about what is not known."""

    name: str
    label: str
    question: str
    """As a person asks it; may name {days}, the horizon, and {target}."""
    kind: Kind
    one_case_is: str
    """customer, visit, cart, row."""
    needs: tuple[str, ...]
    """The tables without which it cannot be asked."""
    cases: Callable[[Source, TrainingRequest], Cases]
    """The cases with known answers. DataError where there are none, or all have the same."""
    current: Callable[[Source, TrainingRequest], Cases] | None = None
    """Those for whom the answer is not known yet, with the same features, if they can be found in the dataset itself."""
    looks_ahead: bool = False
    """Whether it is about the `horizon_days` after a day."""
    needs_target: bool = False
    unit: str = ""
    """`money` for amounts in the dataset's currency."""
