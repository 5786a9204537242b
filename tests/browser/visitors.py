"""The server that is visited, and those who visit it: each with a browser of their own, and all complaints written down."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psutil
from playwright.sync_api import BrowserContext, ConsoleMessage, FloatRect, Locator, Page, expect

WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
HARMLESS = ("Canvas2D: Multiple readback operations", "GPU stall due to ReadPixels")
PATIENCE_MS = 45_000
"""How long anything on a page may take; a test that passes does not wait for it."""
JOB_MS = 180_000
"""How long a job in the background may take."""


@dataclass(frozen=True)
class Server:
    """A started server: where it is, and its workspace."""

    address: str
    home: Path
    pid: int


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(condition: Callable[[], Any], otherwise: Callable[[], str], patience_ms: float = PATIENCE_MS) -> Any:
    """What the condition gives once it is true; a failure when it is not in time.

    A condition on a page has to ask the page, as `address` does: what Playwright remembers of it stands still meanwhile.
    """
    pause, end = threading.Event(), time.monotonic() + patience_ms / 1000
    while not (found := condition()):
        assert time.monotonic() < end, otherwise()
        pause.wait(0.1)
    return found


def is_up(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/health", timeout=10) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def address(page: Page) -> str:
    """Path and query of the page, as the page itself says."""
    return str(page.evaluate("location.pathname + location.search"))


def in_link(page: Page, name: str) -> list[str]:
    """The values that the page's address has for a name."""
    return parse_qs(urlsplit(address(page)).query).get(name, [])


def settled(page: Page) -> None:
    """Wait until the page has heard the answers to all that it asked, so that nothing is drawn anew under a hand."""
    wait_for(
        lambda: page.evaluate("Boolean(window.store) && !window.store.getState().isLoading"),
        lambda: f"{address(page)} is still waiting for answers",
        JOB_MS,
    )


def still(page: Page, target: Locator) -> FloatRect:
    """Where something is, once it stays there."""
    settled(page)
    target.scroll_into_view_if_needed()
    seen: list[FloatRect | None] = [None]

    def stays() -> FloatRect | None:
        seen.append(target.bounding_box())
        return seen[-1] if seen[-1] == seen[-2] else None

    place: FloatRect = wait_for(stays, lambda: f"it is still moving: {seen[-3:]}")
    return place


def point_at(page: Page, target: Locator, layer: Locator, told: str) -> None:
    """Hold the pointer over a part of a chart until the chart says what is there."""

    def is_told() -> bool:
        box = still(page, target)
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x + 1, y)
        page.mouse.move(x, y)
        return told in (layer.text_content() or "")

    wait_for(is_told, lambda: f"the chart does not say '{told}' but '{layer.text_content()}'")


def fits(page: Page, width: int) -> None:
    """The page, with everything on it that was to come, is no wider than the screen."""
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def jobs_of(server: Server) -> list[psutil.Process]:
    """The processes that the server's worker has started."""
    jobs = []
    with contextlib.suppress(psutil.NoSuchProcess):
        for child in psutil.Process(server.pid).children():
            jobs += child.children(recursive=True)
    return jobs


def no_jobs(server: Server) -> None:
    """Wait until no job is at work, of this test or of one before."""
    wait_for(lambda: not jobs_of(server), lambda: "the job is still there", JOB_MS)


def begun_jobs(server: Server) -> list[psutil.Process]:
    """The jobs that run their own program. Before that, a process is half the server's: to hold it would hold the server."""
    begun = []
    for process in jobs_of(server):
        with contextlib.suppress(psutil.NoSuchProcess):
            if "job_process" in " ".join(process.cmdline()):
                begun.append(process)
    return begun


@contextlib.contextmanager
def held_job(server: Server) -> Iterator[None]:
    """The next job, held as soon as it has begun: it cannot be done before what is to be seen of it was seen."""
    held: list[psutil.Process] = wait_for(lambda: begun_jobs(server), lambda: "no job was started")
    try:
        for process in held:
            process.suspend()
        yield
    finally:
        for process in held:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()


@dataclass
class Visitor:
    """Someone with a browser of their own, and everything that their pages complained about."""

    server: Server
    context: BrowserContext
    complaints: list[str] = field(default_factory=list)

    def page(self) -> Page:
        """A new page, listened to."""
        page = self.context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("request", lambda request: self._address(request.url))
        page.on(
            "response",
            lambda reply: reply.status >= 400 and self.complaints.append(f"status {reply.status}: {reply.url}"),
        )
        return page

    def open(self, path: str = "/") -> Page:
        """A page at that path, once its tab is there."""
        page = self.page()
        self.go(page, path)
        return page

    def go(self, page: Page, path: str) -> None:
        page.goto(self.server.address + path)
        expect(page.locator("#shell-content > *").first).to_be_visible()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not any(known in message.text for known in HARMLESS):
            self.complaints.append(f"console {message.type}: {message.text}")

    def _address(self, url: str) -> None:
        if urlsplit(url).scheme not in {"data", "blob"} and not url.startswith(self.server.address):
            self.complaints.append(f"another host: {url}")
