"""A map of thousands of digits that lives in the browser: hover to see one, click to take it.

The dots, the zoom and the picture at the pointer are drawn in JavaScript (`scatter.js`); the server hears
only which digit is taken.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from ui.show.pictures import png, tile, to_uint8

_FOLDER = Path(__file__).parent
_read = {
    path.name: path.read_text("utf-8")
    for path in _FOLDER.iterdir()
    if path.suffix in {".js", ".html", ".css"}
}

SHEET_COLUMNS = 100


@dataclass(frozen=True)
class Mark:
    """A picture of the visitor's that stands on the map.

    Attributes:
        name: What is written beside it.
        place: Where, in the map's own units, (2,).
        image: float32 (28, 28) in [0, 1].
    """

    name: str
    place: np.ndarray
    image: np.ndarray


def digit_sheet(images: np.ndarray) -> bytes:
    """All pictures (n, 28, 28) on one, as a PNG file: what the browser cuts them from."""
    # 16 shades of grey halve the file, and at the size of a thumbnail nobody sees the difference.
    coarse = np.round(images * 15) / 15
    return png(tile(coarse, SHEET_COLUMNS, gap=0))


def _base64(array: np.ndarray) -> str:
    return base64.b64encode(array.tobytes()).decode()


def scatter(
    points: np.ndarray,
    labels: np.ndarray,
    colours: Sequence[str],
    sheet: bytes,
    marks: Sequence[Mark],
    *,
    describe: str,
    alt: str,
    key: str,
    on_pick: Callable[[int], None],
) -> None:
    """Shows the map.

    Args:
        points: Where each digit lies, in any unit, the same for both axes, (n, 2).
        labels: The class of each, uint8 (n,).
        colours: The colour of each class.
        sheet: All digits as one picture, from `digit_sheet`.
        marks: The visitor's own pictures; a dashed line joins them.
        describe: What stands beneath the picture at the pointer, with {index} and {label} in it.
        alt: What a screen reader says of the map.
        key: Names the map on its page.
        on_pick: Called with a digit's number when it is clicked.
    """
    places = np.array([mark.place for mark in marks]).reshape(-1, 2)
    # The marks belong to the map's extent too, or one might stand outside of it.
    everything = np.concatenate([points, places])
    low, high = everything.min(axis=0), everything.max(axis=0)
    span = (high - low).max() or 1.0
    origin = (low + high - span) / 2

    def picked() -> None:
        index = st.session_state[key].picked
        if isinstance(index, int) and 0 <= index < len(points):
            on_pick(index)

    show_sheet = st.components.v2.component("scatter_sheet", js=_read["sheet.js"])
    show_scatter = st.components.v2.component(
        "scatter", html=_read["scatter.html"], css=_read["scatter.css"], js=_read["scatter.js"]
    )
    show_sheet(key=f"{key}-sheet", data=sheet, height=1)
    show_scatter(
        key=key,
        data={
            "points": _base64(np.round((points - origin) / span * 65535).astype("<u2")),
            "labels": _base64(np.asarray(labels, np.uint8)),
            "colours": list(colours),
            "marks": [
                {"name": mark.name, "x": float(x), "y": float(y), "pixels": _base64(to_uint8(mark.image))}
                for mark, (x, y) in zip(marks, (places - origin) / span, strict=True)
            ],
            "describe": describe,
            "alt": alt,
        },
        on_picked_change=picked,
    )
