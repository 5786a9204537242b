"""A workspace for the whole run: the sample shop, and small shops written by hand. The app over it, and its test client."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dash import Dash
from flask.testing import FlaskClient

from analytics.intake import import_orders
from dashboard.app import create_app
from dashboard.sample import publish_sample
from dashboard.settings import Settings

LONG_AGO = "2020-01-01T00:00:00+00:00"
HEADER = "customer,order,date,product,quantity,price,country\n"

SHOPS = {
    # Three months; Ada buys often, Bo and Cem sometimes, Dee once
    "small": HEADER
    + "ada,1,2024-01-10,Cup,2,10,France\n"
    + "ada,2,2024-02-10,Cup,1,10,France\n"
    + "ada,3,2024-03-20,Pot,1,40,France\n"
    + "bo,4,2024-01-15,Pot,1,40,Spain\n"
    + "bo,5,2024-03-01,Cup,1,10,Spain\n"
    + "cem,6,2024-02-02,Cup,3,10,Spain\n"
    + "cem,7,2024-02-20,Cup,3,10,Spain\n"
    + "dee,8,2024-01-31,Jug,1,25,Åland\n",
    "one": HEADER + "ada,1,2024-01-10,Cup,2,10,France\n",
    "nasty": HEADER
    + '"=HYPERLINK(""x"")",1,2024-01-10,"=HYPERLINK(""x"")",2,10,"=HYPERLINK(""x"")"\n'
    + "<script>alert(1)</script>,2,2024-02-10,<script>alert(1)</script>,1,10,<script>alert(1)</script>\n"
    + '"+1,2",3,2024-03-20,Pot,1,40,"@SUM(A1)"\n'
    + "-7,4,2024-03-01,Pot,1,40,France\n",
}


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that holds the sample shop, which is the default, and the small shops."""
    folder = tmp_path_factory.mktemp("dashboard")
    home = folder / "home"
    for name, text in SHOPS.items():
        file = folder / f"{name}.csv"
        file.write_text(text, encoding="utf-8")
        import_orders(file, name=name, label=file.name, currency="EUR", created_at=LONG_AGO, home=home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLIENTELE_HOME", str(home))
        publish_sample()
    return home


@pytest.fixture
def home(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The workspace, and the environment that points to it for as long as the test runs."""
    monkeypatch.setenv("CLIENTELE_HOME", str(workspace))
    return workspace


@pytest.fixture(scope="session")
def made(workspace: Path) -> Iterator[Dash]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLIENTELE_HOME", str(workspace))  # what create_app sets is undone with it
        app = create_app(Settings(home=workspace, most_jobs=1, log_level="warning"))
    yield app
    app._background_manager.stop_all()
    app._background_manager.handle.close()


@pytest.fixture
def app(made: Dash, home: Path) -> Dash:
    """The whole dashboard over the workspace."""
    return made


class Client(FlaskClient):
    """A browser that reads each response to its end."""

    def open(self, *args: Any, **options: Any) -> Any:
        return super().open(*args, buffered=True, **options)


@pytest.fixture
def client(app: Dash) -> FlaskClient:
    app.server.test_client_class = Client
    return app.server.test_client()
