"""The two-part model: the probability of any amount, times the amount if there is any. Loaded where it is used.

Source: Cragg (1971), Econometrica 39, equations 5-7; the amount's part is a gamma regression with a logarithmic link, whose
means need no correction (Manning & Mullahy 2001).
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.utils.validation import check_is_fitted, validate_data


class TwoPart(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Two boosted models: is there any amount (is it other than 0), and how much is it where there is."""

    def __init__(
        self,
        max_iter: int = 120,
        learning_rate: float = 0.06,
        max_leaf_nodes: int = 8,
        min_samples_leaf: int = 20,
        l2_regularization: float = 1.0,
        random_state: int | None = None,
    ) -> None:
        self.max_iter = max_iter
        self.learning_rate = learning_rate
        self.max_leaf_nodes = max_leaf_nodes
        self.min_samples_leaf = min_samples_leaf
        self.l2_regularization = l2_regularization
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803 - scikit-learn names them
        matrix, y = validate_data(self, X, y, y_numeric=True)
        any_amount = y != 0
        self.always_ = float(any_amount.mean())
        """The share with any amount: the probability itself where all or none have one."""
        self.if_any_ = HistGradientBoostingClassifier(**self._settings()) if 0 < self.always_ < 1 else None
        if self.if_any_ is not None:
            self.if_any_.fit(matrix, any_amount)
        amounts = y[any_amount]
        # A gamma regression knows no amounts below nothing: refunds are left to squared errors
        loss = "gamma" if len(amounts) and amounts.min() > 0 else "squared_error"
        self.amount_ = HistGradientBoostingRegressor(loss=loss, **self._settings()) if len(amounts) > 1 else None
        self.mean_ = float(amounts.mean()) if len(amounts) else 0.0
        if self.amount_ is not None:
            self.amount_.fit(matrix[any_amount], amounts)
        self.n_iter_ = self.max_iter
        return self

    def predict(self, X: Any) -> Any:  # noqa: N803 - scikit-learn names it
        check_is_fitted(self)
        matrix = validate_data(self, X, reset=False)
        likely = (
            np.full(len(matrix), self.always_) if self.if_any_ is None else self.if_any_.predict_proba(matrix)[:, 1]
        )
        amount = np.full(len(matrix), self.mean_) if self.amount_ is None else self.amount_.predict(matrix)
        return likely * amount

    def _settings(self) -> dict[str, Any]:
        return {
            "max_iter": self.max_iter,
            "learning_rate": self.learning_rate,
            "max_leaf_nodes": self.max_leaf_nodes,
            "min_samples_leaf": self.min_samples_leaf,
            "l2_regularization": self.l2_regularization,
            "early_stopping": False,
            "random_state": self.random_state,
        }
