"""A running app and a real Chromium for the tests in this folder; they skip where there is no Chromium."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def chromium():
    """A headless Chromium: the one that CHROMIUM names, or Debian's, or another on the PATH."""
    playwright_api = pytest.importorskip(
        "playwright.sync_api", reason="Playwright's Python package is not installed"
    )
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if path is None:
        pytest.skip(
            "no Chromium is installed; on Debian: apt-get install chromium, or set CHROMIUM to a binary"
        )
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def app_url() -> Iterator[str]:
    """The address of the app, served from this checkout on a free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true"]
    server = subprocess.Popen(
        [*command, "--server.address=127.0.0.1", f"--server.port={port}"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{url}/_stcore/health", timeout=5).close()
                break
            except OSError:
                assert server.poll() is None and time.monotonic() < deadline, "the app did not start"
                time.sleep(0.2)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=20)


class Watch:
    """What a page did that it should not have done."""

    def __init__(self, page, url: str):
        self.foreign_requests: list[str] = []
        self.console_errors: list[str] = []
        own = (url, url.replace("http://", "ws://"), "data:", "blob:")
        page.on(
            "request",
            lambda request: request.url.startswith(own) or self.foreign_requests.append(request.url),
        )
        page.on("console", lambda line: line.type == "error" and self.console_errors.append(line.text))
        page.on("pageerror", lambda error: self.console_errors.append(str(error)))


@pytest.fixture
def open_page(chromium, app_url):
    """A function that opens a page of the app, (path, width, dark) -> (page, watch)."""
    contexts = []

    def open_page(path: str = "", width: int = 1280, dark: bool = False):
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        watch = Watch(page, app_url)
        page.goto(f"{app_url}/{path}")
        page.wait_for_selector("h1")
        return page, watch

    yield open_page
    for context in contexts:
        context.close()
