"""The sample shop is published like any file, and its planted types are found again."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from analytics.datasets import list_versions, open_version
from analytics.request import AnalysisRequest
from analytics.segmentation import segment
from analytics.sources import open_source
from dashboard.sample import FOLDER, NAME, ensure_dataset

TYPES = 6


def test_the_sample_shop_is_published(home: Path) -> None:
    """Orders, returns, customers and clicks of the sample shop are a dataset with a ledger that adds up."""
    about = open_version(NAME).manifest
    truth = pd.read_parquet(FOLDER / "truth.parquet")
    assert about.customers == len(truth)
    assert set(about.tables) == {"order_lines", "orders", "returns", "customers", "events", "sessions"}
    assert about.currency == "EUR"
    assert (about.first_order_on, about.last_order_on) == ("2024-01-01", "2025-12-31")
    assert (about.first_event_on, about.last_event_on) == ("2024-01-01", "2025-12-31")
    gone = sum(entry.rows for entry in about.ledger if entry.action != "changed")
    assert about.rows_read - gone == about.tables["order_lines"]


def test_a_shop_that_is_there_is_left_alone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sample shop is published into an empty workspace only, and not again at every start."""
    started: list[object] = []
    monkeypatch.setattr("dashboard.sample.subprocess.run", lambda *args, **_: started.append(args))
    before = list_versions(NAME)
    ensure_dataset()
    assert list_versions(NAME) == before
    assert not started


def test_an_empty_workspace_gets_the_sample_shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who starts Clientele for the first time sees a shop, imported in a process of its own."""
    monkeypatch.setenv("CLIENTELE_HOME", str(tmp_path))
    ensure_dataset()
    assert len(list_versions(NAME)) == 1
    assert open_version(NAME).manifest.customers == 4_200


@pytest.mark.parametrize(
    ("metrics", "at_least"),
    [
        # The three metrics of RFM: who gives large baskets seldom and who buys cheaply often spend alike. Measured .591
        (("recency_days", "order_count", "revenue_total"), 0.55),
        # How lately, how often and how much at once, which is how the types were planted. Measured .764
        (("recency_days", "order_count", "order_value_mean"), 0.72),
    ],
)
def test_k_means_finds_the_planted_types(home: Path, metrics: tuple[str, ...], at_least: float) -> None:
    """Six groups by the customers' numbers are the six planted types, as far as types that overlap can be told apart.

    The adjusted Rand index is 1 where the groups are the types and 0 where they are chance; the thresholds are the
    measured values less about .04, which is more than another seed changes and less than a wrong metric costs.
    """
    from sklearn.metrics import adjusted_rand_score

    found = segment(AnalysisRequest(NAME, algorithm="kmeans", k=TYPES, metrics=metrics), open_source(NAME))
    truth = pd.read_parquet(FOLDER / "truth.parquet").set_index("customer_id")["behaviour_type"]
    planted = truth.reindex(found.table.frame["customer_id"])
    assert planted.nunique() == TYPES
    assert planted.notna().all()
    assert adjusted_rand_score(planted, found.codes) >= at_least
