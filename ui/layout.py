"""A page in two parts: what is looked at stays in sight while what is chosen from scrolls by."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

# On a phone both parts stand in one column, and the first sticks to the top: it has to be small there, and to
# cover what scrolls beneath it, in the browser's own ground for light or dark pages.
_STYLE = """<style>
[data-testid="stColumn"]:has(> [data-testid="stVerticalBlock"] > .stElementContainer .sticky-view) {
  position: sticky; top: 3.75rem; align-self: flex-start; z-index: 2; }
@media (max-width: 640px) {
  [data-testid="stColumn"]:has(> [data-testid="stVerticalBlock"] > .stElementContainer .sticky-view) {
    background: Canvas; padding-bottom: 0.5rem; }
}
</style><span class="sticky-view"></span>"""


def view_and_choices() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Two columns, the narrower first; it stays in sight while the page scrolls."""
    view, choices = st.columns([2, 5], gap="medium")
    view.html(_STYLE)
    return view, choices
