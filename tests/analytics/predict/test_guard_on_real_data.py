"""The guard on real data: what it names, what it lets pass, and how far figures are off without it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.intake import import_labelled, import_sessions
from analytics.predict import TrainingRequest
from analytics.predict.cases import Cases, features
from analytics.predict.guard.leaks import find_leaks
from analytics.predict.problems.columns import notes_on
from analytics.predict.problems.labelled import CLASSIFICATION, REGRESSION
from analytics.predict.problems.visits import CONVERSION
from analytics.predict.training import train_on
from analytics.sources import Source, open_source


@pytest.fixture(scope="module")
def clothing(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Source:
    """E-shop clothing 2008 (Łapczyński & Białowąs 2013), all clicks."""
    home = tmp_path_factory.mktemp("clothing_guard")
    import_labelled(real_data / "e-shop clothing 2008.csv", name="clothing", home=home)
    return open_source("clothing", home=home)


@pytest.mark.parametrize(
    ("problem", "target", "leaking"),
    [
        (CLASSIFICATION, "price 2", ["page 2 (clothing model)", "price"]),
        (REGRESSION, "price", ["page 2 (clothing model)", "price 2"]),
    ],
    ids=["price 2", "price"],
)
def test_clothing(clothing: Source, problem: object, target: str, leaking: list[str]) -> None:
    """The product has one price, and `price 2` is the price against the mean of its category: exactly these are named."""
    asked = CLASSIFICATION if problem is CLASSIFICATION else REGRESSION
    cases = asked.cases(clothing, TrainingRequest("clothing", problem=asked.name, target=target))
    found = find_leaks(cases, np.arange(len(cases)), kind=asked.kind)
    assert [leak.column for leak in found] == leaking
    assert len(cases) == 165_474
    assert any("'session ID'" in note for note in cases.notes)
    assert any("'year'" in note for note in cases.notes)
    assert any(leaking[0] in note for note in notes_on(cases))


def test_page_values_pass_with_a_word(real_data: Path, tmp_path: Path) -> None:
    """Of Online Shoppers nothing is a leak; PageValues, .91 alone, has its note."""
    import_sessions(real_data / "online_shoppers_intention.csv", name="visits", home=tmp_path)
    cases = CONVERSION.cases(open_source("visits", home=tmp_path), TrainingRequest("visits", problem="conversion"))
    assert find_leaks(cases, np.arange(len(cases)), kind="classification") == ()
    assert len(cases) == 12_330
    assert cases.target.sum() == 1_908
    assert any(note.startswith("'page_values' is worked out from the transactions") for note in notes_on(cases))


def test_balancing_before_the_split_is_named(real_data: Path) -> None:
    """SMOTE before the split shows an F1 above .9, inside the folds it is below .7 on the same visits; the guard says why.

    The common way: dummies, SMOTE over all visits, then a random test part.
    """
    from imblearn.over_sampling import SMOTE

    visits = pd.read_csv(real_data / "online_shoppers_intention.csv")
    target = visits.pop("Revenue").astype(int)
    numbers = pd.get_dummies(visits, columns=["Month", "VisitorType"]).astype(float)
    request = TrainingRequest(
        "visits", problem="classification", target="Revenue", models=("xgboost",), folds=2, split="random"
    )

    def cases(frame: pd.DataFrame, answers: pd.Series) -> Cases:
        ids = pd.Series([f"{row}" for row in range(len(frame))])
        return Cases(features(frame), answers.to_numpy(dtype=float), ids)

    inflated = train_on(cases(*SMOTE(random_state=0).fit_resample(numbers, target)), request)
    honest = train_on(
        cases(numbers, target),
        replace(request, balance="smote"),
    )
    shown, true = inflated.contender().figures, honest.contender().figures
    assert shown["f1"] > 0.9
    assert true["f1"] < 0.72
    assert shown["roc_auc"] > 0.96
    assert 0.91 < true["roc_auc"] < 0.945
    assert shown["accuracy"] > 0.92
    assert any("SMOTE" in warning and "before the split" in warning for warning in inflated.warnings)
    assert not any("SMOTE" in warning for warning in honest.warnings)
