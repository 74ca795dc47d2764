"""The button that draws by chance again, the same everywhere."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ui.state import current, new_seed


def reroll(label: str, part: Any, key: str | None = None) -> None:
    """Shows the button.

    Args:
        label: What is written on it.
        part: What gets another `seed` when it is pressed: the state or a part of it; or a dictionary.
        key: The dictionary's key.
    """

    def press() -> None:
        if key is None:
            part.seed = new_seed()
        else:
            part[key] = new_seed()
        current().write_address()

    st.button(label, icon=":material/casino:", key=key and f"sample.{key}", on_click=press)
