"""A real server and a real Chromium for the browser tests."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).parents[2]
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'
# What a closed network refuses is no fault of the page.
OUTSIDE = re.compile(r"net::ERR_|Failed to load resource|streamlit\.io")


@dataclass
class Server:
    """A running Skipscope."""

    process: subprocess.Popen[bytes]
    address: str
    log: Path


@dataclass
class Visit:
    """A page in the browser, and what its console said."""

    page: Page
    address: str
    errors: list[str] = field(default_factory=list)

    def open(self, path: str = "") -> None:
        """Go to a path of the app and wait until it is drawn."""
        self.page.goto(f"{self.address}/{path}")
        self.settle()

    def settle(self, calm: float = 0.6, timeout: float = 60) -> None:
        """Wait until no script runs and nothing is awaited, for `calm` seconds."""
        self.page.wait_for_selector(IDLE, timeout=timeout * 1000)
        deadline, since = time.monotonic() + timeout, time.monotonic()
        while time.monotonic() < deadline:
            busy = not self.page.query_selector(IDLE) or self.page.query_selector(
                '[data-testid="stSkeleton"], .sk-awaiting[data-live]'
            )
            if busy:
                since = time.monotonic()
            elif time.monotonic() - since > calm:
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"The page did not come to rest within {timeout} s: {self.text()[:400]}")

    def text(self) -> str:
        """What the main part says."""
        return self.page.inner_text('[data-testid="stMain"]')

    def check_sound(self) -> None:
        """No exception on the page, no error in the console."""
        shown = [e.inner_text() for e in self.page.query_selector_all('[data-testid="stException"]')]
        assert shown == []
        assert self.errors == []


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_server(folder: Path, script: str = "app.py", **environment: str) -> Server:
    """Start the app (or another script) as a visitor's command does, and wait until it is healthy."""
    port = free_port()
    log = folder / f"server-{port}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port)],
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, "SKIPSCOPE_DATA_FOLDER": str(folder / "data"), **environment},
        )
    address = f"http://localhost:{port}"
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return Server(process, address, log)
        except OSError:
            time.sleep(0.1)
    process.kill()
    raise AssertionError(f"The server did not start: {log.read_text()[-2000:]}")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all browser tests."""
    started = start_server(tmp_path_factory.mktemp("server"))
    yield started
    started.process.terminate()
    started.process.wait(20)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """An installed Chromium or Chrome, else Playwright's own."""
    found = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))), None)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield launched
        launched.close()


def new_visit(
    browser: Browser, address: str, *, width: int = 1440, dark: bool = False
) -> tuple[BrowserContext, Visit]:
    """A fresh visitor with a window of that width."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
    )
    page = context.new_page()
    visit = Visit(page, address)
    page.on(
        "console",
        lambda m: visit.errors.append(m.text) if m.type == "error" and not OUTSIDE.search(m.text) else None,
    )
    page.on("pageerror", lambda error: visit.errors.append(str(error)))
    return context, visit


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Visit]:
    """A visitor at a desk, light theme."""
    context, made = new_visit(browser, server.address)
    yield made
    context.close()
