"""What models are worth on real data, within the honest ceilings that are published, and on the sample shop."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from analytics.intake import import_labelled, import_orders
from analytics.predict import Training, TrainingRequest, train
from analytics.predict.evaluation.measures import calibration_error
from analytics.sources import Source, open_source


@pytest.fixture(scope="session")
def online_shoppers(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Training:
    """Online Shoppers (Sakar et al. 2018), learnt by the two boosters and the yardstick."""
    home = tmp_path_factory.mktemp("online_shoppers")
    import_labelled(real_data / "online_shoppers_intention.csv", name="visits", home=home)
    request = TrainingRequest(
        "visits",
        problem="classification",
        target="Revenue",
        positive="TRUE",
        models=("logistic", "boosting", "xgboost"),
    )
    return train(request, open_source("visits", home=home))


@pytest.mark.parametrize("name", ["boosting", "xgboost"])
def test_online_shoppers_within_the_honest_ceilings(online_shoppers: Training, name: str) -> None:
    """ROC-AUC of .93, average precision of .74 and F1 of .66, in the folds and on the test part; not the 93-98 % of a leak.

    The published ceilings of ten folds are .935, .753 and, at a cut-off of one half, .658. F1 is higher here because the
    cut-off is the one that was best in the folds of the training part, where the published one is not chosen at all.
    """
    one = online_shoppers.contender(name)
    assert one.in_folds["roc_auc"] >= 0.93
    for told in (one.figures, one.in_folds):
        assert told["average_precision"] >= 0.74
        assert 0.66 <= told["f1"] <= 0.72
        assert told["accuracy"] < 0.92
    # The test part has 381 buyers: by its chance alone the figure moves by .012, so the better of the two stands for both
    assert max(online_shoppers.contender(model).figures["roc_auc"] for model in ("boosting", "xgboost")) >= 0.93
    low, high = one.intervals["roc_auc"]
    assert low < 0.935 < high
    assert calibration_error(online_shoppers.test_target, one.scores) < 0.02


def test_online_shoppers_have_no_leak(online_shoppers: Training) -> None:
    """The guard lets PageValues pass, which is strong and known in time, and finds nothing too good to be true."""
    assert not [leak.column for leak in online_shoppers.leaks if leak.excluded]
    assert not online_shoppers.warnings
    assert online_shoppers.cases == 12_330
    assert online_shoppers.positive_rate == pytest.approx(0.1547, abs=1e-4)


@pytest.fixture(scope="session")
def clothing(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Source:
    """E-shop clothing (Łapczyński & Białowąs 2013): clicks of April to July to learn from, those of August to test on."""
    home = tmp_path_factory.mktemp("clothing")
    table = pd.read_csv(real_data / "e-shop clothing 2008.csv", sep=";")
    is_test = table["month"] == 8
    for name, rows in (("learnt", ~is_test), ("tested", is_test)):
        table[rows].to_csv(home / f"{name}.csv", index=False)
    import_labelled(home / "learnt.csv", name="clothing", test=home / "tested.csv", home=home)
    return open_source("clothing", home=home)


@pytest.mark.parametrize(
    ("problem", "target", "leaking", "known"),
    [
        ("classification", "price 2", {"price", "page 2 (clothing model)"}, ("roc_auc", 0.99)),
        ("regression", "price", {"page 2 (clothing model)"}, ("r2", 0.95)),
    ],
)
def test_clothing_knows_its_price_by_its_code(
    clothing: Source, problem: str, target: str, leaking: set[str], known: tuple[str, float]
) -> None:
    """The columns that a product's price can be read from are named and left out; kept on purpose they make it perfect."""
    request = TrainingRequest(
        "clothing", problem=problem, target=target, positive="1" if problem == "classification" else "",
        models=("xgboost",), folds=2, leave_out=("session ID",),
    )  # fmt: skip
    honest = train(request, clothing)
    found = {leak.column for leak in honest.leaks if leak.excluded}
    assert leaking <= found
    kept = train(replace(request, keep=tuple(found)), clothing)
    measure, least = known
    assert kept.contenders[0].figures[measure] > least
    assert honest.contenders[0].figures[measure] < kept.contenders[0].figures[measure]
    assert len(honest.test_target) == 14_148


SAMPLE = Path(__file__).resolve().parents[3] / "data" / "sample"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Source:
    """The sample shop's orders, without its clicks."""
    home = tmp_path_factory.mktemp("sample")
    import_orders(
        SAMPLE / "order_lines.parquet", name="sample", currency="EUR", customers=SAMPLE / "customers.parquet", home=home
    )
    return open_source("sample", home=home)


def test_revenue_to_come_beats_the_same_again(sample: Source) -> None:
    """Parted by time, the best model in the folds is nearer than "the same as in the last 90 days", by both usual errors."""
    training = train(TrainingRequest("sample", problem="revenue", models=("xgboost", "two_part")), sample)
    again = next(rule for rule in training.baselines if rule.name == "same_as_last")
    assert training.split
    for error in ("rmse", "mae"):
        assert training.contender().figures[error] < again.figures[error]


def test_chances_of_losing_a_customer_are_honest(sample: Source) -> None:
    """Of customers that no fit has seen, as many are lost as was said: the calibration error is at most .03.

    The test part is drawn from the customers of the same days. In days to come a season may move everyone's chance: that no
    model can know, and a test part that is later in time says so in a warning.
    """
    request = TrainingRequest("sample", problem="churn", models=("logistic", "xgboost"), split="random")
    training = train(request, sample)
    for one in training.contenders:
        assert calibration_error(training.test_target, one.scores) <= 0.03, one.name
        assert one.figures["roc_auc"] > 0.8
