"""Trained models: which are kept of a dataset, the one that a view shows, and what is computed of it once."""

from __future__ import annotations

from analytics.errors import NotFoundError
from analytics.predict import Contender, Training
from analytics.predict.store.trainings import TrainingAbout, list_trainings, open_training
from analytics.text import say
from dashboard.results import Kept
from dashboard.state import View

_TRAININGS = Kept(3)
"""Opened trainings. Each holds the scores of all its test cases."""


def trainings_of(dataset: str) -> tuple[TrainingAbout, ...]:
    """The trainings that are kept of a dataset, the newest first: from their manifests alone."""
    return list_trainings(dataset)


def shown_about(view: View) -> TrainingAbout | None:
    """What is known of the training that the view shows: the one it names, or the newest; None where nothing was trained.

    Raises:
        NotFoundError: the one that it names is not there.
    """
    known, wanted = trainings_of(view.request.dataset), view.one("model")
    if not wanted:
        return known[0] if known else None
    for about in known:
        if about.id == wanted:
            return about
    raise NotFoundError(
        say("There is no model '{id}' of '{dataset}' any more.", id=wanted[:80], dataset=view.request.dataset)
    )


def training_for(view: View) -> Training | None:
    """The training that the view shows, kept in memory; None where nothing was trained yet.

    Raises:
        AnalyticsError: it is gone, or its files were changed; the message says which.
    """
    about = shown_about(view)
    if about is None:
        return None
    # A number is given again once its training was dropped; the time at which it was made is not
    return _TRAININGS.get((about.id, about.made_at), lambda: open_training(about.id))


def contender_for(view: View, training: Training) -> Contender:
    """The model that is looked at: the one that the view names, or the best."""
    names = {known.name for known in training.contenders}
    wanted = view.one("learner")
    return training.contender(wanted if wanted in names else "")
