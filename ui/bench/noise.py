"""The noise: its kind, its seed, and, if no live view has a slider for it, its level."""

from __future__ import annotations

import streamlit as st

from ui.show.reroll import reroll
from ui.state import MAX_SEED, bind, bind_folded, current
from vae.corruptions import CORRUPTIONS


def choose_corruption() -> None:
    """Lets the visitor pick the kind of noise, and where a hole is if no live view has sliders for it."""
    state = current()
    kinds = list(CORRUPTIONS)
    given, bound = bind_folded("corruption")
    st.selectbox(
        "Kind of noise",
        kinds,
        kinds.index(given),
        format_func=lambda kind: CORRUPTIONS[kind].label,
        **bound,
    )
    if state.corruption == "masking" and not state.live:

        def keep() -> None:
            state.hole = (st.session_state["hole-down"], st.session_state["hole-right"])

        names = {"hole-down": "Hole: top to bottom", "hole-right": "Hole: left to right"}
        for (key, name), share in zip(names.items(), state.hole, strict=True):
            st.slider(name, 0.0, 1.0, share, 0.05, key=key, on_change=keep)


def choose_seed() -> None:
    """Lets the visitor type a seed, or have another drawn."""
    given, bound = bind_folded("seed")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input(
            "Seed of the noise",
            0,
            MAX_SEED,
            given,
            step=1,
            help="The same seed always draws the same noise, so you can make a picture again.",
            **bound,
        )
        reroll("New noise", current())


def choose_level() -> None:
    """Lets the visitor move the level of noise."""
    corruption = CORRUPTIONS[current().corruption]
    st.slider(
        "Noise level",
        0.0,
        1.0,
        step=0.01,
        help=f"{corruption.label}: {corruption.meaning}.",
        **bind("level", everywhere=True),
    )
