"""Predict: who will buy, how much, how sure, and where to draw the line for profit.

A `Problem` makes `Cases` of a dataset: features that were known, and the answer that came after. `train` parts them so that
nothing that a model is tested on was seen, compares `LEARNERS` in the same folds, and gives a `Training`: every model with its
figures, the columns that knew too much, and what a rule of thumb is worth. `keep_training` puts it into the model store,
sealed; from there it scores one case, a file, or all customers.
"""

from __future__ import annotations

from analytics.predict.cases import Cases
from analytics.predict.evaluation.measures import MEASURES, Measure, measures_of
from analytics.predict.guard.leaks import find_leaks, straddling, too_good
from analytics.predict.learners import LEARNERS, Learner, learner, learners_of
from analytics.predict.problems import PROBLEMS, problem
from analytics.predict.problems.definition import Problem
from analytics.predict.request import TrainingRequest, training_request_from_json
from analytics.predict.store.trainings import keep_training, open_training
from analytics.predict.trained import Contender, Fitted, Leak, Training
from analytics.predict.training import train, train_on

__all__ = [
    "LEARNERS",
    "MEASURES",
    "PROBLEMS",
    "Cases",
    "Contender",
    "Fitted",
    "Leak",
    "Learner",
    "Measure",
    "Problem",
    "Training",
    "TrainingRequest",
    "find_leaks",
    "keep_training",
    "learner",
    "learners_of",
    "measures_of",
    "open_training",
    "problem",
    "straddling",
    "too_good",
    "train",
    "train_on",
    "training_request_from_json",
]
