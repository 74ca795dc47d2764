"""Directions of the visitor's own: what the sliders have moved, named, and applied to another digit."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui.latent_space.axes import PropertySlider
from ui.show.download import download
from ui.show.plain_text import as_plain_text
from ui.state import Explorer
from vae import direction_file
from vae.checkpoints import Checkpoint
from vae.errors import InputError

MOST_KEPT = 20
EMPTY = "Move some sliders, then give what they did a name. It can be applied to any other digit."


def keep_directions(model: Checkpoint, explorer: Explorer, properties: list[PropertySlider]) -> None:
    """Lets the visitor name what the sliders have moved, apply it at any strength, save and load it.

    Args:
        model: Whose latent space.
        explorer: Where the sliders stand.
        properties: What has a slider of its own.
    """
    moved = explorer.current_code(properties) - explorer.code
    with st.expander("Directions of my own"):
        st.caption(EMPTY)
        _name(explorer, moved if (explorer.moves or explorer.raised) else None)
        _load(model, explorer)
        kept = {name: way for name, way in explorer.kept.items() if len(way) == len(explorer.code)}
        if not kept:
            return
        name = st.selectbox("Direction", list(kept), format_func=as_plain_text, key="kept.direction")
        strength = st.slider("Strength", -2.0, 2.0, 1.0, 0.1, key="kept.strength")
        with st.container(horizontal=True):
            st.button(
                "Apply to this digit",
                icon=":material/play_arrow:",
                on_click=explorer.add,
                args=(strength * kept[name],),
            )
            download("Save", lambda: direction_file.write(name, kept[name], model.digest), "direction.json")
            st.button("Forget", icon=":material/delete:", on_click=explorer.kept.pop, args=(name, None))


def _name(explorer: Explorer, moved: np.ndarray | None) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input("Name", max_chars=direction_file.MAX_NAME, key="kept.name").strip()

        def keep() -> None:
            explorer.kept = {**explorer.kept, name: moved}

        is_full = len(explorer.kept) >= MOST_KEPT and name not in explorer.kept
        st.button(
            "Keep",
            icon=":material/bookmark_add:",
            on_click=keep,
            disabled=moved is None or not name or is_full,
        )


def _load(model: Checkpoint, explorer: Explorer) -> None:
    file = st.file_uploader("Load a saved direction", key="kept.file")
    if file is None or st.session_state.get("kept.loaded") == file.file_id:
        return
    try:
        name, way = direction_file.read(file.getvalue(), model.vae.network.latent_dim, model.digest)
    except InputError as error:
        st.warning(as_plain_text(str(error)))
        return
    st.session_state["kept.loaded"] = file.file_id
    if len(explorer.kept) < MOST_KEPT:
        explorer.kept = {**explorer.kept, name: way}
