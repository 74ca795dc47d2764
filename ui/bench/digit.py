"""Whose digit: drawn, one of the test digits, or a picture."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui import cache
from ui.bench.canvas import clear, draw_digit, undo
from ui.bench.upload import upload_picture
from ui.show import pictures
from ui.show.layout import CANVAS_SIDE, PAD, STROKES
from ui.show.pictures import Picture
from ui.state import bind, current

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
    {"drawing": _draw, "test": _pick_test_digit, "upload": upload_picture}[state.source]()
    if state.source != "drawing":
        state.drawing.mounted = False


def _draw() -> None:
    with st.container(key=PAD, width=CANVAS_SIDE):
        draw_digit()
    with st.container(horizontal=True, key=STROKES):
        st.button(
            "Undo",
            icon=":material/undo:",
            key=UNDO,
            on_click=undo,
            help="Takes the last stroke back (Ctrl+Z).",
        )
        st.button("Clear", icon=":material/ink_eraser:", on_click=clear)


def _pick_test_digit() -> None:
    state = current()
    pictures.show([Picture(state.digit.image, alt=state.digit.title)], max_width=CANVAS_SIDE)
    st.number_input(
        "Test digit, 0 to 9,999", 0, cache.TEST_COUNT - 1, step=1, **bind("test_index", everywhere=True)
    )

    def pick() -> None:
        label = st.session_state["random-class"]
        if label is not None:
            state.pick_test_digit(np.random.default_rng().choice(cache.indices_of(label)))
            st.session_state["random-class"] = None

    st.pills("Or a random one of a class", range(10), key="random-class", on_change=pick)
