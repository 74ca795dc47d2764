"""The controls that several pages share: the noise, and whose digit."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui import mnist
from ui.canvas import draw_digit
from ui.session import MAX_SEED, Session, bind, current
from vae.corruptions import CORRUPTIONS
from vae.photo import MAX_UPLOAD_BYTES, photo_to_digit
from vae.preprocess import PreprocessError

SOURCES = {"drawing": "Draw", "test": "Test digit", "upload": "Upload"}


def choose_digit() -> None:
    """Lets the visitor draw a digit, pick one of the test digits or upload a picture."""
    session = current()
    st.segmented_control(
        "My digit", list(SOURCES), format_func=SOURCES.get, required=True, width="stretch", **bind("source")
    )
    {"drawing": draw_digit, "test": _pick_test_digit, "upload": _upload_picture}[session.source]()
    if session.source != "drawing":
        session.drawing.mounted = False


def choose_digit_folded() -> None:
    """The same, folded away, for pages on which the digit is picked now and then."""
    # A fold closes when its label changes, in the middle of a drawing too: so the digit is named beneath it.
    with st.expander("Draw, pick or upload a digit", icon=":material/draw:"):
        choose_digit()
    digit = current().digit
    st.caption(f"My digit: {digit.title}" + (" (an example)" if digit.is_example else ""))


def _pick_test_digit() -> None:
    session = current()
    st.number_input("Test digit, 0 to 9,999", 0, mnist.TEST_COUNT - 1, step=1, **bind("test_index"))

    def pick(label: int) -> None:
        session.pick_test_digit(np.random.default_rng().choice(mnist.indices_of(label)))

    st.caption("Or a random one of a class:")
    with st.container(horizontal=True, gap="small"):
        for label in range(10):
            st.button(str(label), key=f"random-{label}", on_click=pick, args=(label,))


def _upload_picture() -> None:
    session = current()
    file = st.file_uploader(
        "A picture of one digit, written large: PNG, JPEG, WebP or BMP, up to 5 MB",
        type=["png", "jpg", "jpeg", "webp", "bmp"],
        key="upload",
    )
    if file is None:
        if session.upload is not None:
            st.caption(f"Still using {session.upload_name}.")
        return
    try:
        if file.size > MAX_UPLOAD_BYTES:
            raise PreprocessError("This file is larger than 5 MB: take a smaller picture.")
        session.upload, session.upload_name = photo_to_digit(file.getvalue()), file.name
    except PreprocessError as error:
        session.upload = None
        st.warning(str(error))


def _hole_sliders(session: Session) -> None:
    down, right = st.columns(2)
    rows = down.slider("Hole: up to down", 0.0, 1.0, session.hole[0], 0.05, key="hole-down")
    columns = right.slider("Hole: left to right", 0.0, 1.0, session.hole[1], 0.05, key="hole-right")
    session.hole = (rows, columns)


def choose_corruption() -> None:
    """Lets the visitor pick how the picture is spoilt, and where a hole stands if no live view has sliders for it."""
    session = current()
    st.selectbox(
        "What spoils it",
        list(CORRUPTIONS),
        format_func=lambda kind: CORRUPTIONS[kind].label,
        **bind("corruption"),
    )
    if session.corruption == "masking" and not session.live:
        _hole_sliders(session)


def choose_seed() -> None:
    """Lets the visitor type a seed, or have another drawn."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input(
            "Seed",
            0,
            MAX_SEED,
            step=1,
            help="The same seed always draws the same noise, so that a picture can be made again.",
            **bind("seed"),
        )
        st.button("New noise", icon=":material/casino:", on_click=current().reroll)


def choose_level() -> None:
    """Lets the visitor move the level of noise."""
    session = current()
    st.slider(
        "Noise level",
        0.0,
        1.0,
        step=0.01,
        help=f"{CORRUPTIONS[session.corruption].label}: {CORRUPTIONS[session.corruption].meaning}.",
        **bind("level"),
    )
