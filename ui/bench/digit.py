"""Whose digit: drawn, one of the test digits, or a picture."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui import cache
from ui.bench.canvas import draw_digit
from ui.show import pictures
from ui.show.layout import CANVAS_SIDE, PAD, STROKES
from ui.show.pictures import Picture
from ui.state import bind, current
from vae.photo import MAX_UPLOAD_BYTES, photo_to_digit
from vae.preprocess import PreprocessError

SOURCES = {"drawing": "Draw", "test": "Test digit", "upload": "Upload"}
UNDO = "undo-stroke"


def choose_digit() -> None:
    """Lets the visitor draw a digit, pick one of the test digits or upload a picture."""
    state = current()
    st.segmented_control(
        "My digit",
        list(SOURCES),
        format_func=SOURCES.get,
        required=True,
        width="stretch",
        label_visibility="collapsed",
        **bind("source", everywhere=True),
    )
    {"drawing": _draw, "test": _pick_test_digit, "upload": _upload_picture}[state.source]()
    if state.source != "drawing":
        state.drawing.mounted = False


def _draw() -> None:
    drawing = current().drawing
    with st.container(key=PAD, width=CANVAS_SIDE):
        draw_digit()
    with st.container(horizontal=True, key=STROKES):
        st.button(
            "Undo",
            icon=":material/undo:",
            key=UNDO,
            on_click=drawing.undo,
            help="Takes the last stroke back (Ctrl+Z).",
        )
        st.button("Clear", icon=":material/ink_eraser:", on_click=drawing.clear)


def _pick_test_digit() -> None:
    state = current()
    show_large(state.digit.image, state.digit.title)
    st.number_input(
        "Test digit, 0 to 9,999", 0, cache.TEST_COUNT - 1, step=1, **bind("test_index", everywhere=True)
    )

    def pick() -> None:
        label = st.session_state["random-class"]
        if label is not None:
            state.pick_test_digit(np.random.default_rng().choice(cache.indices_of(label)))
            st.session_state["random-class"] = None

    st.pills("Or a random one of a class", range(10), key="random-class", on_change=pick)


def show_large(image: np.ndarray, title: str) -> None:
    """A digit in the canvas's place."""
    pictures.show([Picture(image, alt=title)], max_width=CANVAS_SIDE)


def _upload_picture() -> None:
    state = current()
    file = st.file_uploader(
        "A picture of one digit, written large: PNG, JPEG, WebP or BMP, up to 5 MB",
        type=["png", "jpg", "jpeg", "webp", "bmp"],
        key="upload",
    )
    if file is not None:
        try:
            if file.size > MAX_UPLOAD_BYTES:
                raise PreprocessError("This file is larger than 5 MB: take a smaller picture.")
            state.take_picture(photo_to_digit(file.getvalue()), file.name)
        except PreprocessError as error:
            state.upload = None
            st.warning(str(error))
    if state.upload is not None:
        show_large(state.upload, state.digit.title)
