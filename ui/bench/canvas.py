"""The drawing canvas: strokes in, a digit out."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import streamlit as st

from ui.state import current
from vae.drawing import CANVAS_SIDE, Strokes, without_repeats

CANVAS_KEY = "canvas"
# A field of the record that is the app's own: the canvas loads a record anew when it changes.
CHANGES = "changes"
PEN = {
    "stroke": "#ffffff",
    "strokeWidth": 22,
    "fill": None,
    "strokeLineCap": "round",
    "strokeLineJoin": "round",
}
# What a visitor's browser may send: no digit needs more.
MAX_STROKES, MAX_COMMANDS = 500, 5_000


def draw_digit() -> None:
    """Shows the canvas and keeps what is drawn on it in the state."""
    # Importing it needs a running Streamlit.
    from streamlit_drawable_canvas import st_canvas

    drawing = current().drawing
    result = st_canvas(
        stroke_width=PEN["strokeWidth"],
        stroke_color=PEN["stroke"],
        height=CANVAS_SIDE,
        width=CANVAS_SIDE,
        initial_drawing=to_record(drawing.mount()) | {CHANGES: drawing.changes},
        update_streamlit=True,
        key=CANVAS_KEY,
    )
    _take_in(result.json_data)


def undo() -> None:
    """Takes the last stroke back, one that came with the same rerun included."""
    _hear()
    current().drawing.undo()


def clear() -> None:
    """Empties the canvas."""
    _hear()
    current().drawing.clear()


def _hear() -> None:
    # A callback runs before the canvas is drawn, which tells what is on it.
    said = st.session_state.get(CANVAS_KEY)
    if said is not None:
        _take_in((said.get("drawing") or {}).get("raw"))


def _take_in(record: Any) -> None:
    """Keeps what the canvas says is drawn on it, if that is news."""
    drawing = current().drawing
    # What it says stays the same until its next stroke, whatever has been done to the drawing meanwhile. And before it
    # says anything, what it was given comes back.
    if record is None or CHANGES in record or record == drawing.seen:
        return
    drawing.seen = record
    strokes = from_record(record)
    said = [stroke.tolist() for stroke in strokes]
    # It repeats what it was given to load. Given something else since, that is no news either.
    is_echo = said in drawing.loaded[:-1]
    if not is_echo and said != [stroke.tolist() for stroke in drawing.strokes]:
        drawing.draw(strokes)


def to_record(strokes: Strokes) -> dict[str, Any]:
    """Strokes as the canvas's own record of them."""
    paths = []
    for stroke in strokes:
        first, *rest = stroke.tolist()
        # A dot is a line to its own place.
        paths.append(
            {"type": "Path", "path": [["M", *first], *(["L", *point] for point in rest or [first])], **PEN}
        )
    return {"version": "6.0.0", "objects": paths}


def from_record(record: Any) -> list[np.ndarray]:
    """The strokes of a canvas's record, points (n, 2) each; of whole numbers where they come from `to_record`.

    The pen's own curves become two straight pieces each, as `pen.js` has them while it draws. What is no line of finite
    numbers is left out: the record comes from the visitor's browser.
    """
    objects = record.get("objects") if isinstance(record, dict) else None
    strokes = []
    for one in objects[:MAX_STROKES] if isinstance(objects, list) else []:
        path = one.get("path") if isinstance(one, dict) else None
        try:
            points = _flatten(path[:MAX_COMMANDS]) if isinstance(path, list) else None
        except (TypeError, ValueError, IndexError):
            continue
        if points is not None and len(points) and np.isfinite(points).all() and np.abs(points).max() < 1e6:
            strokes.append(points)
    return strokes


def _flatten(path: list[list[Any]]) -> np.ndarray:
    points: list[tuple[float, float]] = []
    ours = True
    for command, *numbers in path:
        numbers = [float(number) for number in numbers]
        if command == "Q":
            ours = False
            (x, y), (control_x, control_y, end_x, end_y) = points[-1], numbers
            points.append(((x + 2 * control_x + end_x) / 4, (y + 2 * control_y + end_y) / 4))
            points.append((end_x, end_y))
        elif command in ("M", "L"):
            x, y = numbers
            points.append((x, y))
        else:
            raise ValueError(f"Expected commands M, L and Q. Received {json.dumps(command)[:20]}.")
    line = np.array(points)
    if ours and (line == np.clip(np.round(line), 0, CANVAS_SIDE)).all():
        return without_repeats(line.astype(np.int64))
    return line
