"""Steady scores: a case gets the same score, to the last bit, whether it comes alone or among a million.

A product of matrices adds up in an order that depends on how many rows there are: rows are handed over in multiples of 64, the
rest filled up with rows of nothing, so that every row is added up in the same way; and by one thread, which parts no rows.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import numpy as np

from analytics.predict.cases import Numbers

_ROWS: Final = 64
_MANY: Final = 10_000


def steady_scores(model: Any, matrix: Any) -> Numbers:
    """What a fitted estimator says of each row of a matrix: the share of yes, or an amount. Shape (rows,)."""
    rows = len(matrix)
    whole = rows - rows % _ROWS
    # Boosted trees of a few rows would wait for their threads longer than they add up
    with _controller().limit(limits=1, user_api="blas" if rows > _MANY else None):
        parts = [_said(model, matrix[:whole])] if whole else []
        if whole < rows:
            rest = np.zeros((_ROWS, matrix.shape[1]), dtype=matrix.dtype)
            rest[: rows - whole] = matrix[whole:]
            parts.append(_said(model, rest)[: rows - whole])
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _said(model: Any, matrix: Any) -> Numbers:
    said = model.predict_proba(matrix)[:, 1] if hasattr(model, "predict_proba") else model.predict(matrix)
    return np.asarray(said, dtype=float)


@cache
def _controller() -> Any:
    """What limits threads; finding the libraries takes longer than a score."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
