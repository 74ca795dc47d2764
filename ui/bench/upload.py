"""A picture of the visitor's own: a file or the camera's, and which digit in it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui.show import pictures
from ui.show.pictures import Picture
from ui.show.plain_text import as_plain_text
from ui.state import bind, current
from vae.drawing import CANVAS_SIDE
from vae.errors import PreprocessError
from vae.photo import Findings, read_picture
from vae.picture_file import FORMATS_IN_WORDS, UNREADABLE

TAKES = (
    f"A picture of one digit on plain paper: {FORMATS_IN_WORDS}, up to 25 MB. Pictures are used in this visit only "
    "and are not stored."
)
MARK = np.array([255, 140, 0], np.uint8)


def upload_picture() -> None:
    """Lets the visitor upload or take a picture, turn it, and choose among the digits in it."""
    state = current()
    st.toggle("Use the camera", **bind("camera", everywhere=True))
    if state.camera:
        file = st.camera_input("A photo of one digit", key="camera", on_change=_forget_choice)
    else:
        # Any file is accepted: the app says in words what is wrong with it; Streamlit would say so only in a tooltip.
        file = st.file_uploader(TAKES, key="upload", on_change=_forget_choice)
    if file is None:
        if state.upload is not None:
            pictures.show([Picture(state.upload, alt=state.digit.title)], max_width=CANVAS_SIDE)
        return
    try:
        with st.spinner("Looking for a digit…"):
            findings = _read(file.getvalue(), file.file_id, state.turns)
    except PreprocessError as error:
        state.upload = None
        st.warning(str(error))
        if str(error) not in UNREADABLE:
            _offer_turn()
        return
    state.chosen = min(state.chosen, len(findings.candidates) - 1)
    if len(findings.candidates) > 1:
        st.caption("Several things here look like digits. The likeliest is picked; you can choose another:")
        _choose(findings)
    taken = findings.candidates[state.chosen]
    state.take_picture(taken.digit, file.name)
    st.caption(
        f"{as_plain_text(file.name)}: already in MNIST's format, so it is used unchanged."
        if findings.is_mnist
        else f"Taken from {as_plain_text(file.name)}, inside the frame:"
    )
    alt = f"The picture, with a frame around digit {state.chosen + 1} of {len(findings.candidates)}"
    pictures.show([Picture(_marked(findings.preview, taken.box), alt=alt)], max_width=CANVAS_SIDE)
    _offer_turn()


def _read(data: bytes, file_id: str, turns: int) -> Findings:
    """What is in a picture; found once, and kept for this visit only."""
    state = current()
    if state.findings is None or state.findings[0] != (file_id, turns):
        state.findings = (file_id, turns), read_picture(data, turns)
    return state.findings[1]


def _forget_choice() -> None:
    current().turns = current().chosen = 0


def _offer_turn() -> None:
    def turn() -> None:
        current().turns, current().chosen = (current().turns + 1) % 4, 0

    st.button("Turn the picture", icon=":material/rotate_left:", on_click=turn)


def _choose(findings: Findings) -> None:
    def choose(index: int) -> None:
        current().chosen = index

    digits = [Picture(candidate.digit, str(index + 1)) for index, candidate in enumerate(findings.candidates)]
    pictures.show(digits, columns=5)
    with st.container(horizontal=True, gap="small"):
        for index in range(len(digits)):
            kind = "primary" if index == current().chosen else "secondary"
            st.button(str(index + 1), key=f"candidate-{index}", type=kind, on_click=choose, args=(index,))


def _marked(preview: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
    """A picture, uint8 (h, w, 3), with a frame around a place in it."""
    top, left, bottom, right = box
    width = max(2, max(preview.shape) // 160)
    marked = preview.copy()
    for row in (slice(top, top + width), slice(max(bottom - width, 0), bottom)):
        marked[row, left:right] = MARK
    for column in (slice(left, left + width), slice(max(right - width, 0), right)):
        marked[top:bottom, column] = MARK
    return marked
