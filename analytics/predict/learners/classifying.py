"""Learners of yes or no. Their usual settings are those that do well on a table of some thousand visits, at a moderate price."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from analytics.predict.learners.definition import Learner, Setting, Value


def _logistic(settings: Mapping[str, Value], seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(**{"C": 1.0, "max_iter": 5_000, **settings}, random_state=seed)


def _tree(settings: Mapping[str, Value], seed: int) -> Any:
    from sklearn.tree import DecisionTreeClassifier

    return DecisionTreeClassifier(**{"max_depth": 6, "min_samples_leaf": 30, **settings}, random_state=seed)


def _forest(settings: Mapping[str, Value], seed: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    usual: dict[str, Any] = {"n_estimators": 150, "min_samples_leaf": 5, "max_features": 0.4, "max_samples": 0.5}
    return RandomForestClassifier(**{**usual, **settings}, random_state=seed, n_jobs=2)


def _boosting(settings: Mapping[str, Value], seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    usual: dict[str, Any] = {"max_iter": 120, "learning_rate": 0.06, "max_leaf_nodes": 15, "l2_regularization": 1.0}
    return HistGradientBoostingClassifier(**{**usual, **settings}, early_stopping=False, random_state=seed)


def _xgboost(settings: Mapping[str, Value], seed: int) -> Any:
    from xgboost import XGBClassifier

    return XGBClassifier(**{**XGBOOST_USUAL, **settings}, random_state=seed, n_jobs=2, tree_method="hist")


def _neural(settings: Mapping[str, Value], seed: int) -> Any:
    from sklearn.neural_network import MLPClassifier

    usual: dict[str, Any] = {"units": 32, "layers": 2, "alpha": 1.0, "max_iter": 20, "learning_rate_init": 0.002}
    chosen = {**usual, **settings}
    units, layers = chosen.pop("units"), chosen.pop("layers")
    sizes = tuple(max(2, units >> layer) for layer in range(layers))
    return MLPClassifier(sizes, **chosen, batch_size="auto", n_iter_no_change=1_000, random_state=seed)


XGBOOST_USUAL: Final[Mapping[str, Any]] = {
    "n_estimators": 300,
    "max_depth": 4,
    "learning_rate": 0.03,
    "min_child_weight": 5,
    "subsample": 0.8,
    "colsample_bytree": 0.6,
}
XGBOOST_SETTINGS: Final = (
    Setting("max_depth", (2, 3, 4, 6, 8)),
    Setting("n_estimators", (100, 200, 300, 400)),
    Setting("learning_rate", (0.03, 0.06, 0.1)),
    Setting("min_child_weight", (1, 5, 20)),
    Setting("subsample", (0.6, 0.8, 1.0)),
    Setting("colsample_bytree", (0.4, 0.6, 0.8)),
    Setting("reg_lambda", (1.0, 5.0)),
)
BOOSTING_SETTINGS: Final = (
    Setting("max_leaf_nodes", (4, 8, 15, 31)),
    Setting("max_iter", (60, 120, 200, 300)),
    Setting("learning_rate", (0.03, 0.06, 0.1)),
    Setting("min_samples_leaf", (10, 20, 60)),
    Setting("l2_regularization", (0.0, 1.0, 10.0)),
)

LOGISTIC: Final = Learner(
    "logistic",
    "Logistic regression",
    "Adds up what each feature says for yes and against it: easy to read, a good yardstick.",
    "classification",
    _logistic,
    (Setting("C", (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)),),
    is_exact=True,
)
TREE: Final = Learner(
    "tree",
    "Decision tree",
    "Asks one question after the other, at most six deep: the whole model can be read, and is seldom the most exact.",
    "classification",
    _tree,
    (
        Setting("max_depth", (3, 4, 5, 6, 8, 12)),
        Setting("min_samples_leaf", (100, 60, 30, 10)),
        Setting("criterion", ("gini", "entropy")),
    ),
    is_tree=True,
)
FOREST: Final = Learner(
    "forest",
    "Random forest",
    "The mean of many deep trees, each grown on other cases and features: steady, and hard to spoil.",
    "classification",
    _forest,
    (
        Setting("n_estimators", (100, 150, 250)),
        Setting("min_samples_leaf", (20, 10, 5, 3)),
        Setting("max_features", (0.2, 0.4, 0.7)),
        Setting("max_samples", (0.3, 0.5, 0.8)),
    ),
    is_tree=True,
)
BOOSTING: Final = Learner(
    "boosting",
    "Gradient boosting",
    "Small trees on binned numbers, each mending what those before got wrong: exact, and quick on many cases.",
    "classification",
    _boosting,
    BOOSTING_SETTINGS,
    is_tree=True,
)
XGBOOST: Final = Learner(
    "xgboost",
    "XGBoost",
    "Many small trees, each mending what those before got wrong: mostly the most exact.",
    "classification",
    _xgboost,
    XGBOOST_SETTINGS,
    is_tree=True,
)
NEURAL: Final = Learner(
    "neural",
    "Neural network",
    "Layers of units that bend and mix the features (a multilayer perceptron): finds smooth relations, tells no reasons.",
    "classification",
    _neural,
    (
        Setting("units", (8, 16, 32, 64)),
        Setting("layers", (1, 2)),
        Setting("alpha", (0.01, 0.1, 1.0, 3.0)),
        Setting("max_iter", (10, 20, 40)),
        Setting("learning_rate_init", (0.001, 0.002, 0.005)),
    ),
)
