"""The dialog in which a page's pictures are saved."""

from __future__ import annotations

import streamlit as st

from ui.bench.model import current_model
from ui.bench.share import share_link
from ui.export.sheet import Sheet
from ui.export.sheets import sheets_of
from ui.noise_levels.curves import offer_curves
from ui.show import pictures
from ui.show.download import download
from ui.show.pictures import Picture, tile
from ui.show.plain_text import as_plain_text
from ui.state import current

# A longer address would be more than the picture.
MAX_LINK = 160


def caption_of(sheet: Sheet, link: str) -> str:
    """What stands beneath saved pictures: the model and what else decided them, and where they can be seen."""
    return f"{sheet.about} · {link}" if 0 < len(link) <= MAX_LINK else sheet.about


@st.dialog("Save what you see", width="large")
def show_save(page: str) -> None:
    """The page's pictures, one at a time, with a button for each kind of file.

    Args:
        page: The page's file in pages/, without its ending.
    """
    state, model = current(), current_model()
    if state.is_asking:
        st.write("This page holds an answer back, which its pictures would show. Answer its question first.")
        return
    sheets = sheets_of(page, state, model)
    if not sheets:
        st.write("What this page shows now has no pictures to save. Choose another view of it.")
        return
    titles = [sheet.title for sheet in sheets]
    place = titles.index(st.selectbox("Which pictures", titles)) if len(sheets) > 1 else 0
    # A link never names a model that only its owner sees.
    link = "" if state.has_private_model else share_link()
    _show_sheet(sheets[place], caption_of(sheets[place], link))
    if page == "noise_levels":
        offer_curves()


def _show_sheet(sheet: Sheet, caption: str) -> None:
    rows, columns = sheet.pictures.shape[:2]
    flat = sheet.pictures.reshape(rows * columns, *sheet.pictures.shape[2:])
    pictures.show([Picture(tile(flat, columns), alt=sheet.title)], max_width=min(640, 120 * columns))
    st.caption(as_plain_text(caption))
    with st.container(horizontal=True):
        for kind in ("png", "svg", "pdf"):
            download(kind.upper(), lambda kind=kind: sheet.figure(kind, caption), f"{sheet.name}.{kind}")
        if sheet.frames is not None:
            download("GIF", sheet.moving, f"{sheet.name}.gif")
        download("CSV", sheet.numbers, f"{sheet.name}.csv")
        download("Python", sheet.script, f"{sheet.name}.py")
    with st.expander("As Python"):
        st.write("With the package installed, this makes the same pictures.")
        st.code(sheet.script(), language="python")
