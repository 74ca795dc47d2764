"""A progress bar on stderr, if that is a terminal."""

from __future__ import annotations

import sys


def progress_bar(total: int, unit: str):
    """A bar of `total` units, as a context manager; tqdm's, with `update`, `set_description` and `write`."""
    # Only slow commands need it: the app runs without it.
    from tqdm import tqdm

    return tqdm(total=total, unit=unit, leave=False, dynamic_ncols=True, disable=not sys.stderr.isatty())
