"""A real server and a real browser. A page that complains on its console, or asks another host, fails its test."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from analytics.intake import import_orders
from tests.browser.visitors import JOB_MS, PATIENCE_MS, WIDE, Server, Visitor, free_port, is_up, wait_for

ROOT = Path(__file__).resolve().parent.parent.parent


def _chromium() -> str | None:
    """The system's Chromium, else the one that Playwright downloaded for itself."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).is_file() else None


CHROMIUM = _chromium()
ARGUMENTS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",  # three-dimensional clouds need WebGL
    "--enable-unsafe-swiftshader",
    "--disable-gpu-rasterization",  # pages themselves are drawn without it: that takes a tenth of the time
    "--disable-gpu-compositing",
]
LONG_AGO = "2020-01-01T00:00:00+00:00"
NASTY = (
    "customer,order,date,product,quantity,price,country\n"
    '"=HYPERLINK(""x"")",1,2024-01-10,Cup,2,10,"=HYPERLINK(""x"")"\n'
    "<script>document.title='run'</script>,2,2024-02-10,Cup,1,10,<script>document.title='run'</script>\n"
    "<img src=x onerror=alert(1)>,3,2024-02-11,Pot,1,40,<img src=x onerror=alert(1)>\n"
    "dee,4,2024-03-20,Pot,1,40,France\n"
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here is marked `browser`, and skipped where there is none."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="there is no Chromium on this computer"))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`python -m dashboard` with the sample shop, which is the newest dataset, and a shop of nasty names."""
    folder = tmp_path_factory.mktemp("browser")
    home, log = folder / "home", folder / "server.log"
    environment = {
        **os.environ,
        "CLIENTELE_HOME": str(home),
        "CLIENTELE_WORKERS": "1",
        "CLIENTELE_LOG_LEVEL": "warning",
    }
    subprocess.run([sys.executable, "-m", "dashboard.sample"], check=True, cwd=ROOT, env=environment)
    (folder / "nasty.csv").write_text(NASTY, encoding="utf-8")
    import_orders(folder / "nasty.csv", name="nasty", currency="EUR", created_at=LONG_AGO, home=home)
    port = free_port()
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "dashboard"],
            cwd=ROOT,
            env={**environment, "CLIENTELE_PORT": str(port)},
            stdout=output,
            stderr=output,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: process.poll() is not None or is_up(address), log.read_text, JOB_MS)
        assert process.poll() is None, log.read_text()
        yield Server(address, home, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(PATIENCE_MS / 1000)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
    assert "Traceback" not in log.read_text()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS) as started:
        yield started


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Callable[..., Visitor]]:
    """Make visitors, each with a browser context of their own; at the end of the test none of them has complained."""
    visitors: list[Visitor] = []

    def arrive(viewport: dict[str, int] | None = None, scheme: str = "light") -> Visitor:
        context = browser.new_context(viewport=viewport or WIDE, color_scheme=scheme, accept_downloads=True)
        visitors.append(Visitor(server, context))
        return visitors[-1]

    yield arrive
    for visitor in visitors:
        visitor.context.close()
    assert [complaint for visitor in visitors for complaint in visitor.complaints] == []


@pytest.fixture
def visitor(visit: Callable[..., Visitor]) -> Visitor:
    """One visitor with a wide screen."""
    return visit()


@pytest.fixture
def home(server: Server, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The server's workspace, for asking the analytics what the screen should say."""
    monkeypatch.setenv("CLIENTELE_HOME", str(server.home))
    return server.home
