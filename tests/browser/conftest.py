"""A running app and a real Chromium for the tests in this folder; they skip where there is no Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.browser import CHROMIUM_FLAGS, chromium_path, serving


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
    path = chromium_path()
    if path is None:
        pytest.skip(
            "no Chromium is installed; on Debian: apt-get install chromium-headless-shell, or set CHROMIUM to a binary"
        )
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def app_url() -> Iterator[str]:
    """The address of the app, served from this checkout on a free port of this machine."""
    with serving() as (url, _):
        yield url


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
        # The server forgets a file in the moment in which a visitor leaves its page: what asks for it asks again, as a
        # test of its own holds. And Streamlit looks for its own paths beneath a page's address first.
        page.on(
            "console",
            lambda line: (
                line.type == "error" and "404" not in line.text and self.console_errors.append(line.text)
            ),
        )
        page.on("pageerror", lambda error: self.console_errors.append(str(error)))


@pytest.fixture(scope="session")
def contexts(chromium):
    """A browser's memory for light pages and one for dark ones: what all pages fetch is fetched and compiled once."""
    made = {dark: chromium.new_context(color_scheme="dark" if dark else "light") for dark in (False, True)}
    yield made
    for context in made.values():
        context.close()


@pytest.fixture
def open_page(contexts, app_url):
    """A function that opens a page of the app, (path, width, dark) -> (page, watch), as a visitor who is new to it."""
    pages = []

    def open_page(path: str = "", width: int = 1280, dark: bool = False):
        context = contexts[dark]
        context.clear_cookies()
        page = context.new_page()
        pages.append(page)
        page.set_viewport_size({"width": width, "height": 900})
        page.set_default_timeout(60_000)
        watch = Watch(page, app_url)
        page.goto(f"{app_url}/{path}")
        page.wait_for_selector("h1")
        return page, watch

    yield open_page
    for page in pages:
        page.close()
