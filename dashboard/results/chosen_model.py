"""The model that a view means: a kept training, and the one of its models that is looked at."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.predict import Contender, Training
from analytics.predict.inputs import Input
from analytics.text import say
from dashboard.results.models import contender_for, training_for
from dashboard.state import View


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """A training and one of its models."""

    training: Training
    contender: Contender

    @property
    def key(self) -> tuple[str, str, str]:
        """What its results are kept under: a number is given again once its training was dropped, its time is not."""
        return self.training.id, self.training.made_at, self.contender.name

    @property
    def model(self) -> str:
        """What the store calls this very model."""
        return f"{self.training.id}.{self.contender.name}"

    @property
    def is_share(self) -> bool:
        """Whether its scores are probabilities."""
        return self.training.asked.kind == "classification"

    @property
    def currency(self) -> str:
        """The currency of its scores, where they are money."""
        return self.training.currency if self.training.asked.unit == "money" else ""

    @property
    def score_label(self) -> str:
        """What a score is, in words."""
        if not self.is_share:
            return say(self.training.asked.label)
        return say("Probability of '{answer}'", answer=self.training.positive)

    def input(self, name: str) -> Input | None:
        return next((item for item in self.training.inputs if item.name == name), None)


def chosen(view: View) -> Chosen | None:
    """The model of the view; None where nothing was trained yet.

    Raises:
        AnalyticsError: the model cannot be opened; the message says why.
    """
    training = training_for(view)
    return Chosen(training, contender_for(view, training)) if training is not None else None
