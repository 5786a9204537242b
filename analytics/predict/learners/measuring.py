"""Learners of amounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from analytics.predict.learners.classifying import BOOSTING_SETTINGS, XGBOOST_SETTINGS, XGBOOST_USUAL
from analytics.predict.learners.definition import Learner, Setting, Value


def _linear(settings: Mapping[str, Value], seed: int) -> Any:  # noqa: ARG001 - it draws nothing
    from sklearn.linear_model import LinearRegression

    return LinearRegression(**settings)


def _ridge(settings: Mapping[str, Value], seed: int) -> Any:  # noqa: ARG001 - its way of solving draws nothing
    from sklearn.linear_model import Ridge

    return Ridge(**{"alpha": 10.0, **settings}, solver="cholesky")


def _lasso(settings: Mapping[str, Value], seed: int) -> Any:
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.linear_model import Lasso
    from sklearn.preprocessing import StandardScaler

    # Its penalty is in the unit of the amounts: only of scaled ones does it mean the same in every currency
    lasso = Lasso(**{"alpha": 0.003, "max_iter": 20_000, **settings}, tol=1e-3, random_state=seed)
    return TransformedTargetRegressor(lasso, transformer=StandardScaler())


def _boosting(settings: Mapping[str, Value], seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingRegressor

    usual: dict[str, Any] = {"max_iter": 120, "learning_rate": 0.06, "max_leaf_nodes": 15, "l2_regularization": 1.0}
    return HistGradientBoostingRegressor(**{**usual, **settings}, early_stopping=False, random_state=seed)


def _xgboost(settings: Mapping[str, Value], seed: int) -> Any:
    from xgboost import XGBRegressor

    return XGBRegressor(**{**XGBOOST_USUAL, **settings}, random_state=seed, n_jobs=2, tree_method="hist")


def _two_part(settings: Mapping[str, Value], seed: int) -> Any:
    from analytics.predict.learners.two_part import TwoPart

    return TwoPart(**settings, random_state=seed)  # type: ignore[arg-type]  # its settings say what is what


LINEAR: Final = Learner(
    "linear",
    "Linear regression",
    "Adds up so much for each unit of each feature: easy to read, a good yardstick.",
    "regression",
    _linear,
    is_exact=True,
    can_log=True,
)
RIDGE: Final = Learner(
    "ridge",
    "Ridge regression",
    "A linear regression that holds every weight small: steadier where features say the same.",
    "regression",
    _ridge,
    (Setting("alpha", (10_000.0, 3_000.0, 1_000.0, 300.0, 100.0, 30.0, 10.0, 3.0, 1.0, 0.1)),),
    is_exact=True,
    can_log=True,
)
LASSO: Final = Learner(
    "lasso",
    "Lasso regression",
    "A linear regression that leaves out features that bring little.",
    "regression",
    _lasso,
    (Setting("alpha", (0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 0.0003)),),
    is_exact=True,
    can_log=True,
)
BOOSTING: Final = Learner(
    "boosting",
    "Gradient boosting",
    "Small trees on binned numbers, each mending what those before got wrong: exact, and quick on many cases.",
    "regression",
    _boosting,
    BOOSTING_SETTINGS,
    is_tree=True,
    can_log=True,
)
XGBOOST: Final = Learner(
    "xgboost",
    "XGBoost",
    "Many small trees, each mending what those before got wrong: mostly the most exact.",
    "regression",
    _xgboost,
    XGBOOST_SETTINGS,
    is_tree=True,
    can_log=True,
)
TWO_PART: Final = Learner(
    "two_part",
    "Two-part model",
    "How likely there is any amount, times how much it is if there is: for amounts of which many are nothing.",
    "regression",
    _two_part,
    BOOSTING_SETTINGS,
    is_tree=True,
)
