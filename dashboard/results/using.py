"""Models in use: what can be used, what is, what was before it, and the column that it fills."""

from __future__ import annotations

from analytics.errors import AnalyticsError
from analytics.predict import learner, problem
from analytics.predict.problems.definition import Kind
from analytics.predict.store.trainings import InUse, TrainingAbout, in_use
from analytics.text import say
from dashboard import results
from dashboard.state import View

CUSTOMER = "customer"
"""What one case is of questions whose scores become a column of the customers."""


def learner_label(about: TrainingAbout, name: str = "") -> str:
    """The heading of one of a training's models, or of the best; its bare name where this release does not know it."""
    wanted = name or about.best
    try:
        return say(learner(wanted, problem(about.problem).kind).label)
    except AnalyticsError:
        return wanted


def kind_of(problem_name: str) -> Kind | None:
    """Whether a question is of yes and no or of amounts; None where this release does not know it."""
    try:
        return problem(problem_name).kind
    except AnalyticsError:
        return None


def is_usable(problem_name: str) -> bool:
    """Whether the scores of a question become a column of the customers."""
    try:
        return problem(problem_name).one_case_is == CUSTOMER
    except AnalyticsError:
        return False


def used(dataset: str, training: str) -> InUse | None:
    """How a training is in use; None where it is not."""
    return next((one for one in in_use(dataset) if one.training == training), None)


def before(one: InUse, known: tuple[TrainingAbout, ...]) -> str:
    """The model that was in use before it and is still kept; empty where there is none."""
    there = {f"{about.id}.{name}" for about in known for name in about.models}
    return next((model for model in one.earlier if model in there), "")


def stamp(view: View) -> str:
    """A text that is another one as soon as another model is in use."""
    told = " ".join(f"{one.model}@{one.since}" for one in in_use(view.request.dataset))
    return f"{results.pins_stamp(view.request)} {told}"
