"""Whose digit: drawn, one of the test digits, or a picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from ui.bench.canvas import clear, draw_digit, undo
from ui.bench.upload import upload_picture
from ui.show import pictures
from ui.show.layout import PAD, STROKES
from ui.show.pictures import Picture
from ui.state import bind, current
from vae.drawing import CANVAS_SIDE

SOURCES = {"drawing": "Draw", "test": "Test digit", "upload": "Upload"}
MAX_PILLS = 12
UNDO = "undo-stroke"


def choose_digit() -> None:
    """Lets the visitor draw a digit, pick one of the test digits or upload a picture."""
    state = current()
    st.segmented_control(
        "My digit",
        list(SOURCES),
        format_func=lambda source: state.test_set.words(SOURCES[source]),
        required=True,
        width="stretch",
        label_visibility="collapsed",
        **bind("source", everywhere=True),
    )
    {"drawing": _draw, "test": _pick_test_digit, "upload": upload_picture}[state.source]()
    if state.source != "drawing":
        state.drawing.mounted = False
    if state.source != "test" and not state.test_set.are_digits:
        st.caption(
            "This model was trained on other pictures than digits. What is drawn or uploaded is still "
            "brought into the form of MNIST's digits."
        )


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


def choose_test_picture(label: str, name: str, part: Any = None, default: int = 0, **widget: Any) -> int:
    """Lets the visitor type the number of one of the model's test pictures, and returns it.

    Args:
        label: What stands above it.
        name: The field of the state that holds the number.
        part: The part of the state whose field it is; without one it belongs to the frame.
        default: The number that takes the place of one that the model's test pictures don't reach.
        **widget: What else the widget is told.
    """
    state = current()
    test, wanted = state.test_set, getattr(part or state, name)
    index, last = test.number(wanted, default), len(test) - 1
    # Of its own for each length, as a widget holds its value within the ends that it began with.
    tied = bind(name, str(last), part=part, everywhere=part is None, shown=index)
    st.number_input(label, 0, last, step=1, **widget, **tied)
    if wanted > last:
        st.caption(
            f"There is no test {test.noun} {wanted:,}: this model's go from 0 to {last:,}. Number {index} takes its "
            "place."
        )
    return index


def _pick_test_digit() -> None:
    state = current()
    test = state.test_set
    pictures.show([Picture(state.digit.image, alt=state.digit.title)], max_width=CANVAS_SIDE)
    choose_test_picture(f"{test.words('Test digit')}, 0 to {len(test) - 1:,}", "test_index")

    def pick() -> None:
        label = st.session_state["random-class"]
        if label is not None:
            state.pick_test_digit(np.random.default_rng().choice(test.of_class(label)))
            st.session_state["random-class"] = None

    if len(test.classes) > MAX_PILLS:
        st.selectbox("Or a random one of a class", test.classes, None, key="random-class", on_change=pick)
    elif len(test.classes) > 1:
        st.pills("Or a random one of a class", test.classes, key="random-class", on_change=pick)
