"""The encoder: features to a matrix of numbers, in one pass over columns. Loaded where it is used.

scikit-learn's own steps do the same one after the other, each with a copy of everything; this one fills, scales and codes
straight into the matrix, block by block, so that a million rows cost less than the model that reads them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

_BLOCK_ROWS: Final = 16_384
"""So few that a column of them stays in the cache between its steps."""
_LONG_TAIL: Final = 2.0
"""The skewness of an exponential distribution."""


class Encoder(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Fills, scales and codes: a number becomes a column, a text one for each of its values (or one of their ranks).

    With `bend`, numbers with a long tail (sums of money, seconds, counts) are taken in logarithms of their usual size first.
    A number that was missing among those learnt from has a second column that says so. A text's values beyond the
    `most_levels` most frequent are one, and so is a value that was never seen, if there were such; else it is none of the known.
    A missing text is a value of its own where texts were missing before, and else the most frequent one.
    """

    def __init__(
        self,
        scaling: str = "standard",
        encoding: str = "onehot",
        imputation: str = "median",
        most_levels: int = 50,
        bend: bool = False,
        dtype: str = "float32",
    ) -> None:
        self.scaling = scaling
        self.encoding = encoding
        self.imputation = imputation
        self.most_levels = most_levels
        self.bend = bend
        self.dtype = dtype

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002, N803 - scikit-learn names them
        frame = self._frame(X, reset=True)
        self.is_text_ = [_is_text(frame[name]) for name in frame.columns]
        self.levels_: list[list[str]] = []
        """The values of each text, the most frequent first; empty of numbers."""
        columns = len(self.is_text_)
        self.has_others_, self.has_gaps_ = np.zeros(columns, dtype=bool), np.zeros(columns, dtype=bool)
        self.fill_, self.centre_, self.scale_ = np.zeros(columns), np.zeros(columns), np.ones(columns)
        self.bend_ = np.zeros(columns)
        """The usual size of a number that is bent; 0 where it is left straight."""
        for place, name in enumerate(frame.columns):
            values = frame[name]
            if self.is_text_[place]:
                self._learn_text(place, values)
            else:
                self.levels_.append([])
                self._learn_number(place, values.to_numpy(dtype=float, na_value=np.nan))
        widths = [self._width(place) for place in range(columns)]
        self.starts_ = np.concatenate([[0], np.cumsum(widths)]).astype(int)
        """Where the columns of each feature begin in the matrix; one more, where the last ends."""
        return self

    def transform(self, X: Any) -> Any:  # noqa: N803 - scikit-learn names it
        check_is_fitted(self)
        frame = self._frame(X, reset=False)
        made = np.zeros((len(frame), int(self.starts_[-1])), dtype=self.dtype)
        columns = [self._read(place, frame.iloc[:, place]) for place in range(len(self.is_text_))]
        for first in range(0, len(frame), _BLOCK_ROWS):
            rows = slice(first, first + _BLOCK_ROWS)
            block = made[rows]
            for place, values in enumerate(columns):
                if self.is_text_[place]:
                    self._write_text(place, values[rows], block)
                else:
                    self._write_number(place, values[rows], block)
        return made

    def get_feature_names_out(self, input_features: Any = None) -> Any:  # noqa: ARG002 - scikit-learn's signature
        """The columns of the matrix: `pages`, `pages is missing`, `country=France`, `country=…`, `country is missing`."""
        check_is_fitted(self)
        names = getattr(self, "feature_names_in_", None)
        known = [f"x{place}" for place in range(self.n_features_in_)] if names is None else names
        return np.array([told for place, name in enumerate(known) for told in self._names(place, name)], dtype=object)

    @property
    def origins_(self) -> Any:
        """The feature that each column of the matrix comes from, by its place."""
        return np.repeat(np.arange(len(self.is_text_)), np.diff(self.starts_))

    @property
    def choices_(self) -> tuple[tuple[int, int], ...]:
        """(first, end) of the columns of which at most one is 1, and of those that are a rank or a flag: no amounts."""
        return tuple(self._choices())

    def _choices(self) -> Iterator[tuple[int, int]]:
        for place, is_text in enumerate(self.is_text_):
            first, end = int(self.starts_[place]), int(self.starts_[place + 1])
            if is_text:
                yield first, end
            elif self.has_gaps_[place]:
                yield first + 1, end

    def _frame(self, features: Any, *, reset: bool) -> pd.DataFrame:
        if isinstance(features, pd.DataFrame):
            validate_data(self, features, reset=reset, skip_check_array=True)
            if not len(features):
                raise ValueError("Found array with 0 sample(s) while a minimum of 1 is required.")
            return features
        return pd.DataFrame(validate_data(self, features, reset=reset, dtype=np.float64, ensure_all_finite="allow-nan"))

    def _learn_number(self, place: int, values: Any) -> None:
        known = values[~np.isnan(values)]
        if not len(known):
            return  # nothing was ever known of it: it is 0 throughout
        self.has_gaps_[place] = len(known) < len(values)
        self.fill_[place] = np.median(known) if self.imputation == "median" else _most_frequent(known)
        filled = np.where(np.isnan(values), self.fill_[place], values)
        if self.bend and _skew(filled) > _LONG_TAIL:
            self.bend_[place] = np.median(np.abs(filled[filled != 0]))
            filled = _bent(filled, self.bend_[place])
            self.fill_[place] = _bent(self.fill_[place], self.bend_[place])
        if self.scaling == "standard":
            centre, scale = filled.mean(), filled.std()
        else:
            centre, scale = filled.min(), filled.max() - filled.min()
        self.centre_[place] = centre
        self.scale_[place] = scale if scale > 1e-12 * max(1.0, abs(centre)) else 1.0

    def _learn_text(self, place: int, values: pd.Series[Any]) -> None:
        counts = values.value_counts()
        counts = counts[counts > 0]
        ordered = sorted(zip(counts.index.astype(str), counts, strict=True), key=lambda item: (-item[1], item[0]))
        self.levels_.append([value for value, _ in ordered[: self.most_levels]])
        self.has_others_[place] = len(ordered) > self.most_levels
        self.has_gaps_[place] = bool(values.isna().any()) and bool(ordered)
        if self.encoding != "onehot" and ordered:
            ranks = self._codes(place, values).astype(float)
            low, high = ranks.min(), ranks.max()
            self.centre_[place] = ranks.mean() if self.scaling == "standard" else low
            self.scale_[place] = (ranks.std() if self.scaling == "standard" else high - low) or 1.0

    def _width(self, place: int) -> int:
        if not self.is_text_[place]:
            return 1 + int(self.has_gaps_[place])
        if self.encoding != "onehot":
            return 1
        return len(self.levels_[place]) + int(self.has_others_[place]) + int(self.has_gaps_[place])

    def _names(self, place: int, name: str) -> list[str]:
        gap = [f"{name} is missing"] if self.has_gaps_[place] else []
        if not self.is_text_[place]:
            return [name, *gap]
        if self.encoding != "onehot":
            return [name]
        return [
            *(f"{name}={level}" for level in self.levels_[place]),
            *([f"{name}=…"] if self.has_others_[place] else []),
            *gap,
        ]

    def _read(self, place: int, values: pd.Series[Any]) -> Any:
        if self.is_text_[place]:
            return self._codes(place, values)
        return values.to_numpy(dtype=float, na_value=np.nan)

    def _codes(self, place: int, values: pd.Series[Any]) -> Any:
        """The place of each row's value among the levels, then the others, then what is missing; -1 is none of them."""
        if not isinstance(values.dtype, pd.CategoricalDtype):
            values = values.astype("category")
        levels = self.levels_[place]
        known = {level: code for code, level in enumerate(levels)}
        others = len(levels) if self.has_others_[place] else -1
        gap = len(levels) + int(self.has_others_[place]) if self.has_gaps_[place] else min(0, len(levels) - 1)
        found = [known.get(str(value), others) for value in values.cat.categories]
        return np.array([*found, gap], dtype=np.int32)[values.cat.codes.to_numpy()]  # a missing one has the code -1

    def _write_text(self, place: int, codes: Any, block: Any) -> None:
        first = int(self.starts_[place])
        if self.encoding != "onehot":
            block[:, first] = (codes - self.centre_[place]) / self.scale_[place]
            return
        told = np.flatnonzero(codes >= 0)
        block[told, first + codes[told]] = 1

    def _write_number(self, place: int, values: Any, block: Any) -> None:
        first = int(self.starts_[place])
        if self.bend_[place]:
            values = _bent(values, self.bend_[place])
        scaled = values - self.centre_[place]
        scaled /= self.scale_[place]
        gaps = np.isnan(scaled)
        if gaps.any():
            scaled[gaps] = (self.fill_[place] - self.centre_[place]) / self.scale_[place]
            if self.has_gaps_[place]:
                block[:, first + 1] = gaps
        block[:, first] = scaled

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = []  # `dtype` says which it is
        return tags


def _is_text(values: pd.Series[Any]) -> bool:
    return not (pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_bool_dtype(values.dtype))


def _most_frequent(known: Any) -> float:
    values, counts = np.unique(known, return_counts=True)
    return float(values[counts.argmax()])  # the smallest of those that are equally frequent


def _skew(values: Any) -> float:
    apart = values - values.mean()
    spread = float(np.sqrt((apart**2).mean()))
    return abs(float((apart**3).mean())) / spread**3 if spread else 0.0


def _bent(values: Any, usual: float) -> Any:
    return np.sign(values) * np.log1p(np.abs(values) / usual)
