"""A map of thousands of digits that lives in the browser: hover to see one, click to take it.

The dots, the zoom and the picture at the pointer are drawn in JavaScript (`scatter.js`); the server hears
only which digit is taken.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import streamlit as st

from ui.components.media import media_url
from ui.show.pictures import png, tile, to_uint8
from vae.js import SCRIPTS, join_modules

_FOLDER = Path(__file__).parent
_HTML, _CSS = ((_FOLDER / f"scatter.{kind}").read_text("utf-8") for kind in ("html", "css"))
_SCRIPT = join_modules([SCRIPTS / "fetch.js", _FOLDER / "scatter.js"])

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


class Dots(NamedTuple):
    """Where the test digits lie on a map, as the browser fetches it.

    Attributes:
        places: uint16 (n, 2) as bytes, shares of 65,535 along both axes; the map's longer side goes from 0 to 1.
        classes: The place of each one's class among all classes, uint16 (n,) as bytes.
        origin: Where (0, 0) lies, in the map's own units, (2,).
        span: How long the map's longer side is, in the map's own units.
    """

    places: bytes
    classes: bytes
    origin: np.ndarray
    span: float


def lay_out(points: np.ndarray, classes: np.ndarray) -> Dots:
    """Places dots on a map.

    Args:
        points: Where each digit lies, in any unit, the same for both axes, (n, 2).
        classes: The place of each one's class among all classes, (n,).
    """
    low, high = points.min(axis=0), points.max(axis=0)
    span = float((high - low).max()) or 1.0
    origin = (low + high - span) / 2
    shares = np.round((points - origin) / span * 65535).astype("<u2")
    return Dots(shares.tobytes(), np.asarray(classes, "<u2").tobytes(), origin, span)


def _base64(array: np.ndarray) -> str:
    return base64.b64encode(array.tobytes()).decode()


def scatter(
    dots: Dots,
    colours: Sequence[str],
    sheet: bytes,
    marks: Sequence[Mark],
    *,
    classes: Sequence[tuple[str, str]],
    describe: str,
    alt: str,
    key: str,
    on_pick: Callable[[int], None],
) -> None:
    """Shows the map. The browser fetches dots and pictures once, by their addresses.

    Args:
        dots: Where the digits lie, from `lay_out`.
        colours: The colour of each class.
        sheet: All digits as one picture, from `digit_sheet`.
        marks: The visitor's own pictures; a dashed line joins them.
        classes: The name of each class, and what one of it is called in a sentence: ("7", "a 7").
        describe: What stands beneath the picture at the pointer, with {index} and {label} in it.
        alt: What a screen reader says of the map.
        key: Names the map on its page.
        on_pick: Called with a digit's number when it is clicked.
    """

    def picked() -> None:
        if key not in st.session_state:  # The page was left in the same moment.
            return
        index = st.session_state[key].picked
        if isinstance(index, int) and 0 <= index < len(dots.classes) // 2:
            on_pick(index)

    places = ((np.asarray(mark.place) - dots.origin) / dots.span for mark in marks)
    component = st.components.v2.component("scatter", html=_HTML, css=_CSS, js=_SCRIPT)
    component(
        key=key,
        data={
            "points": media_url(dots.places, f"{key}-points"),
            "labels": media_url(dots.classes, f"{key}-labels"),
            "sheet": media_url(sheet, f"{key}-sheet"),
            "colours": list(colours),
            "marks": [
                {"name": mark.name, "x": float(x), "y": float(y), "pixels": _base64(to_uint8(mark.image))}
                for mark, (x, y) in zip(marks, places, strict=True)
            ],
            "names": [name for name, _ in classes],
            "called": [called for _, called in classes],
            "describe": describe,
            "alt": alt,
        },
        on_picked_change=picked,
    )
