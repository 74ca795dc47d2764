"""The model in JavaScript: what the app's live views and an exported page share, and how modules become one script."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

SCRIPTS = Path(__file__).parent


def join_modules(paths: Iterable[Path]) -> str:
    """Joins JavaScript modules into one.

    The modules are written so that joining is all it takes: no two share a top-level name, and imports keep the names.

    Args:
        paths: The modules' files, each after those that it imports.

    Returns:
        One text without imports and without exports but a default one.
    """
    text = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    text = re.sub(r"^import .*?;$", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"^export (?!default)", "", text, flags=re.MULTILINE)
