"""The server that is visited, and those who visit it: each with a browser of their own, and all complaints written down."""

from __future__ import annotations

import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect

WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
HARMLESS = ("Canvas2D: Multiple readback operations",)
PATIENCE_MS = 20_000


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


def wait_for(condition: Callable[[], Any], seconds: float, otherwise: Callable[[], str]) -> Any:
    """What the condition gives once it is true; a failure when it is not in time."""
    pause, end = threading.Event(), time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, otherwise()
        pause.wait(0.1)
    return found


def is_up(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/health", timeout=2) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


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
