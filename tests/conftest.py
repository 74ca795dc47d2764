"""The order of the tests: what fails fast comes first, what needs a browser last."""

from __future__ import annotations

import os
from pathlib import Path

# NumPy's matrix library lets its threads spin while they wait for each other: two tests at a time on two cores took
# three times as long. What the tests start, servers too, inherits it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

BROWSER = Path(__file__).parent / "browser"


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: BROWSER in item.path.parents)
