"""Preparing: the steps before a learner, as a scikit-learn pipeline: missing values, texts, scales, balance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from analytics.predict.inputs import MOST_LEVELS
from analytics.predict.learners import Learner, Value

if TYPE_CHECKING:
    from analytics.predict.request import TrainingRequest


def pipeline(request: TrainingRequest, learner: Learner, settings: Mapping[str, Value], frame: pd.DataFrame) -> Any:
    """An unfitted pipeline `prepare` → `model` over features like those of the frame."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, OrdinalEncoder, StandardScaler

    texts = [name for name in frame.columns if isinstance(frame[name].dtype, pd.CategoricalDtype)]
    numbers = [name for name in frame.columns if name not in texts]
    scaler = StandardScaler() if request.scaling == "standard" else MinMaxScaler()
    filler = SimpleImputer(strategy="median" if request.imputation == "median" else "most_frequent")
    encoder = (
        OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=MOST_LEVELS + 1, sparse_output=False)
        if request.encoding == "onehot"
        else OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, max_categories=MOST_LEVELS + 1)
    )
    prepare = ColumnTransformer(
        [
            ("numbers", Pipeline([("fill", filler), ("scale", scaler)]), numbers),
            ("texts", Pipeline([("fill", SimpleImputer(strategy="most_frequent")), ("code", encoder)]), texts),
        ]
    )
    return Pipeline([("prepare", prepare), ("model", learner.make(settings, request.seed))])
