"""The sample shop: published once, so that whoever starts Clientele for the first time sees a shop and not an empty page."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from analytics.datasets import list_datasets, now_text, sweep
from analytics.errors import AnalyticsError, StoreError

NAME: Final = "sample"
FOLDER: Final = Path(__file__).resolve().parent.parent / "data" / "sample"


def publish_sample() -> None:
    """Import the sample shop's files as the dataset `sample`, by the way that every file takes."""
    from analytics.intake import import_orders

    import_orders(
        FOLDER / "order_lines.parquet",
        name=NAME,
        label="Sample shop.parquet",
        currency="EUR",
        customers=FOLDER / "customers.parquet",
        events=FOLDER / "events.parquet",
        created_at=now_text(datetime.now(UTC)),
    )


def ensure_dataset() -> None:
    """Publish the sample shop if there is no dataset at all.

    In a process of its own: the server forks later, and an engine that has run before a fork may hang after it.
    """
    sweep()
    if not list_datasets():
        done = subprocess.run([sys.executable, "-m", "dashboard.sample"], check=False)
        if done.returncode:
            raise StoreError("The sample shop could not be published. Can the workspace folder be written to?")


if __name__ == "__main__":
    try:
        publish_sample()
    except AnalyticsError as problem:
        sys.exit(str(problem))
