"""The order of the tests: what fails fast comes first, what needs a browser last."""

from __future__ import annotations

from pathlib import Path

BROWSER = Path(__file__).parent / "browser"


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: BROWSER in item.path.parents)
