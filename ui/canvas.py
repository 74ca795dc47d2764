"""The drawing canvas: strokes in, a digit out; they survive a visit to another page."""

from __future__ import annotations

import streamlit as st

from ui.session import current
from vae.preprocess import PreprocessError, ink_to_digit

# The canvas's toolbar lies over its upper right corner, swallows strokes that begin there, and moves up when the
# pointer comes near. So the square to draw in begins below it, and the row above holds nothing on its right.
SIDE, TOOLBAR = 280, 34
CANVAS_KEY = "canvas"
# The ground is black like MNIST's and lies behind the canvas, which is transparent where nothing is drawn. As the
# canvas's own background picture it would make each page run twice: the canvas tells how such a picture fits.
_GROUND = f"""<style>
[class*=st-key-{CANVAS_KEY}-] {{
  background: linear-gradient(#323232 {TOOLBAR}px, #181818 {TOOLBAR}px) 0 0 / {SIDE}px {SIDE + TOOLBAR}px no-repeat;
}}
</style>"""


def canvas_key() -> str:
    """The canvas's widget key; it changes when the drawing is cleared."""
    return f"{CANVAS_KEY}-{current().drawing.version}"


def draw_digit() -> None:
    """Shows the canvas and keeps what is drawn on it in the session."""
    # Importing it needs a running Streamlit.
    from streamlit_drawable_canvas import st_canvas

    drawing = current().drawing
    st.button("Clear", icon=":material/ink_eraser:", on_click=drawing.clear)
    st.html(_GROUND)
    result = st_canvas(
        stroke_width=22,
        stroke_color="#ffffff",
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
            # The strokes alone, for the ground lies behind them.
            drawing.digit, drawing.problem = ink_to_digit(result.image_data[..., 3] / 255), ""
        except PreprocessError as error:
            drawing.digit, drawing.problem = None, str(error)
    if drawing.problem:
        st.info(drawing.problem)
