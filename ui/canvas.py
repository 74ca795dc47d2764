"""The drawing canvas: strokes in, a digit out; they survive a visit to another page."""

from __future__ import annotations

import base64
import functools

import numpy as np
import streamlit as st

from ui.pictures import png
from ui.session import current
from vae.preprocess import PreprocessError, ink_to_digit

# The canvas's toolbar lies over its upper right corner, swallows strokes that begin there, and moves up when the
# pointer comes near. So the square to draw in begins below it, and the row above holds nothing on its right.
SIDE, TOOLBAR = 280, 34
CANVAS_KEY = "canvas"


@functools.cache
def _ground() -> str:
    """The canvas's ground as a data URI: black like MNIST's, a frame around the square to draw in."""
    ground = np.full((SIDE + TOOLBAR, SIDE, 3), 24, np.uint8)
    ground[:TOOLBAR] = 50
    return "data:image/png;base64," + base64.b64encode(png(ground)).decode()


def canvas_key() -> str:
    """The canvas's widget key; it changes when the drawing is cleared."""
    return f"{CANVAS_KEY}-{current().drawing.version}"


def draw_digit() -> None:
    """Shows the canvas and keeps what is drawn on it in the session."""
    # Importing it needs a running Streamlit.
    from streamlit_drawable_canvas import st_canvas

    drawing = current().drawing
    st.button("Clear", icon=":material/ink_eraser:", on_click=drawing.clear)
    result = st_canvas(
        stroke_width=22,
        stroke_color="#ffffff",
        background_image=_ground(),
        height=SIDE + TOOLBAR,
        width=SIDE,
        initial_drawing=drawing.mount(),
        return_image_data=True,
        update_streamlit=True,
        key=canvas_key(),
    )
    if result.image_data is not None:
        drawing.json = result.json_data
        try:
            # The strokes alone: the ground lies behind the canvas, which is transparent where nothing is drawn.
            drawing.digit, drawing.problem = ink_to_digit(result.image_data[..., 3] / 255), ""
        except PreprocessError as error:
            drawing.digit, drawing.problem = None, str(error)
    if drawing.problem:
        st.info(drawing.problem)
