"""The encoder: what becomes of numbers, texts and gaps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.utils.estimator_checks import check_estimator
from threadpoolctl import threadpool_limits

from analytics.predict.cases import features
from analytics.predict.learners.two_part import TwoPart
from analytics.predict.learning.encoder import Encoder


@pytest.mark.parametrize(
    "estimator",
    [Encoder(), Encoder("minmax", "ordinal", "mode", bend=True), TwoPart(max_iter=10, learning_rate=0.3)],
    ids=["encoder", "encoder otherwise", "two_part"],
)
def test_ours_are_estimators(estimator: Any) -> None:
    """scikit-learn's own checks hold for the estimators that are ours."""
    with threadpool_limits(1):
        found = check_estimator(estimator, on_skip=None, on_fail=None)
    assert [told["check_name"] for told in found if told["status"] not in ("passed", "skipped")] == []
    assert sum(told["status"] == "passed" for told in found) > 30


def test_by_hand() -> None:
    """Numbers are filled with the median and scaled, texts become one column a value, gaps a column that says so."""
    frame = features(pd.DataFrame({"amount": [1.0, 2.0, 9.0, None], "town": ["Rome", "Oslo", "Rome", "Rome"]}))
    encoder = Encoder(dtype="float64").fit(frame)
    filled = np.array([1, 2, 9, 2])
    assert list(encoder.get_feature_names_out()) == ["amount", "amount is missing", "town=Rome", "town=Oslo"]
    made = encoder.transform(frame)
    assert made[:, 0] == pytest.approx((filled - 3.5) / filled.std())
    assert made[:, 1:].tolist() == [[0, 1, 0], [0, 0, 1], [0, 1, 0], [1, 1, 0]]
    assert encoder.origins_.tolist() == [0, 0, 1, 1]
    assert encoder.choices_ == ((1, 2), (2, 4))


def test_minmax_and_mode() -> None:
    """Scaled between the smallest and the largest; the most frequent number fills gaps, the smaller of two that tie."""
    frame = features(pd.DataFrame({"amount": [4.0, 2.0, 2.0, 4.0, 10.0, None]}))
    made = Encoder("minmax", imputation="mode").fit_transform(frame)
    assert made[:, 0].tolist() == [0.25, 0, 0, 0.25, 1, 0]


def test_values_that_were_never_seen() -> None:
    """An unseen text is none of the known; a missing one, where none was missing before, is the most frequent."""
    known = features(pd.DataFrame({"town": ["Rome", "Oslo", "Rome"]}))
    encoder = Encoder().fit(known)
    new = features(pd.DataFrame({"town": ["Bonn", None, "Oslo"]}))
    assert encoder.transform(new).tolist() == [[0, 0], [1, 0], [0, 1]]


def test_missing_texts_are_a_value_of_their_own_where_they_were_seen() -> None:
    """A gap that was there in training has its own column."""
    encoder = Encoder().fit(features(pd.DataFrame({"town": ["Rome", None, "Rome"]})))
    assert list(encoder.get_feature_names_out()) == ["town=Rome", "town is missing"]
    assert encoder.transform(features(pd.DataFrame({"town": [None, "Bonn"]}))).tolist() == [[0, 1], [0, 0]]


def test_ten_thousand_values_become_few_columns() -> None:
    """Only the fifty most frequent texts count on their own; the rest is one, and an unseen one belongs to it."""
    texts = [f"v{place:05}" for place in range(10_000)] + [f"v{place:05}" for place in range(50)] * 2
    encoder = Encoder().fit(features(pd.DataFrame({"code": texts})))
    assert encoder.transform(features(pd.DataFrame({"code": ["v00003", "v09999", "new"]}))).shape == (3, 51)
    assert encoder.transform(features(pd.DataFrame({"code": ["v09999", "new"]})))[:, 50].tolist() == [1, 1]
    assert encoder.transform(features(pd.DataFrame({"code": ["v00003"]})))[0].sum() == 1


def test_ordinal_codes_are_ranks_of_frequency() -> None:
    """One column, the most frequent value first; equally frequent ones in the order of the alphabet."""
    frame = features(pd.DataFrame({"town": ["Rome", "Oslo", "Bonn", "Rome"]}))
    made = Encoder("minmax", "ordinal").fit_transform(frame)
    assert made[:, 0].tolist() == [0, 1, 0.5, 0]


def test_a_column_that_is_never_known_says_nothing() -> None:
    """All-missing and constant columns are 0 throughout, whatever comes later."""
    frame = features(pd.DataFrame({"never": [None, None, None], "same": [7.0, 7.0, 7.0]}).astype(float))
    encoder = Encoder().fit(frame)
    assert encoder.transform(frame).tolist() == [[0, 0]] * 3
    assert np.isfinite(encoder.transform(features(pd.DataFrame({"never": [3.0], "same": [8.0]})))).all()


def test_long_tails_are_bent_whatever_the_currency() -> None:
    """Bent numbers do not change when all amounts are in cents; those without a tail stay straight."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"amount": rng.lognormal(3, 1.5, 400), "plain": rng.normal(size=400)})
    bent = Encoder(bend=True, dtype="float64").fit(frame)
    cents = frame.assign(amount=frame["amount"] * 100)
    assert bent.fit(cents).transform(cents) == pytest.approx(bent.fit(frame).transform(frame))
    assert bent.bend_[0] > 0
    assert bent.bend_[1] == 0


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A frame of many blocks is coded as its rows are one by one."""
    from analytics.predict.learning import encoder as module

    rng = np.random.default_rng(1)
    amounts = np.where(rng.random(50) < 0.2, np.nan, rng.normal(size=50))
    frame = features(pd.DataFrame({"a": amounts, "b": rng.choice(list("xyz"), 50)}))
    whole = Encoder().fit(frame)
    expected = whole.transform(frame)
    monkeypatch.setattr(module, "_BLOCK_ROWS", 7)
    assert (whole.transform(frame) == expected).all()
    assert (np.vstack([whole.transform(frame.iloc[[row]]) for row in range(50)]) == expected).all()
