"""The address of what is shown, to send or to point a phone at."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlencode

import segno
import streamlit as st
from segno.encoder import DataOverflowError

from ui import cache
from ui.bench.model import current_model
from ui.show.download import download
from ui.show.parts import hidden_parts, parts_of
from ui.show.pictures import image_tag
from ui.state import State, current
from ui.teaching.plan import LANDING
from vae.checkpoints import Checkpoint

# What is only this screen's: its text size, the projector's look, a room's key.
OWN = ("text", "present", "host")
# A QR code with more modules a side than this is hard to read from the back row.
FINE = 101


def share_link(changes: Mapping[str, str] | None = None) -> str:
    """The whole address of what is shown now, without what is only this screen's, `OWN`.

    Args:
        changes: Settings that it has instead of the state's, as texts by name; "" for the default.
    """
    link = current().to_link() | dict.fromkeys(OWN, "") | (changes or {})
    given = {name: text for name, text in link.items() if text}
    page = st.context.url or ""
    return f"{page}?{urlencode(given, safe=',:')}" if given else page


def qr_code(text: str) -> tuple[str, int] | None:
    """A QR code as SVG, percent-encoded for a picture's address, and its modules a side; None where text is too long.

    Source: ISO/IEC 18004:2015, which `segno` implements.
    """
    try:
        code = segno.make_qr(text, error="l")
    except DataOverflowError:
        return None
    svg = code.svg_inline(border=4, dark="#000", light="#fff", omitsize=True)
    if "xmlns" not in svg:
        svg = svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    return quote(svg), code.symbol_size(border=0)[0]


@st.dialog("Share what you see")
def show_share() -> None:
    """The address, with a button that copies it, and the same as a QR code; what it hides, asks and shows."""
    link = share_link(_choose_changes())
    st.code(link, language=None, wrap_lines=True)
    _show_qr_code(link)
    _offer_page()


def _show_qr_code(link: str) -> None:
    found = qr_code(link)
    if found is None:
        st.caption("This address is too long for a QR code: copy it.")
        return
    svg, modules = found
    st.html(f'<div class="qr">{image_tag(svg, "QR code of the address above")}</div>{_STYLE}')
    hints = ["It shows the same page, digit, noise and model."]
    if modules > FINE:
        hints.append(
            "It carries a drawing, so its QR code is fine: hold the phone close, or pick a test digit."
        )
    if current().has_private_model:
        hints.append("Your own model is left out, since only you can see it: publish it first.")
    st.caption(" ".join(hints))


def take_home(state: State, model: Checkpoint) -> str:
    """A page that needs no server, with a model and the current digit and noise in it."""
    # Only now: what writes other formats needs more than the app does.
    from vae.export import html

    start = html.Start(
        clean=state.digit.image,
        strokes=state.drawing.strokes if state.digit.image is state.drawing.digit else (),
        corruption=state.corruption,
        level=state.level,
        field=cache.noise_field(state.corruption, state.seed)[0],
        hole=state.hole,
    )
    return html.build(model, start)


def _offer_page() -> None:
    state, model = current(), current_model()
    st.divider()
    download("Take it home as one page", lambda: take_home(state, model), f"{Path(state.model).name}.html")
    st.caption(
        "A file with this model, digit and noise that runs in any browser, without this server or any network."
    )


def _choose_changes() -> dict[str, str]:
    # What a teacher may have the link do beside showing the same.
    state = current()
    room = state.classroom
    titles = parts_of(state.page or LANDING)
    with st.expander("For a class", expanded=bool(room.hide or room.show or room.guess)):
        asks = st.toggle(
            "Ask first, and hold the answer back until there is a guess", room.guess, key="share.guess"
        )
        presents = st.toggle("Open it large, for a projector", key="share.present")
        now_hidden = hidden_parts(state.page or LANDING, room.hide, room.show)
        hidden = st.pills(
            "Leave out",
            list(titles),
            selection_mode="multi",
            default=[name for name in titles if name in now_hidden],
            format_func=titles.get,
            key=f"share.hide.{state.page}",
        )
    return {
        "guess": "yes" if asks else "",
        "present": "yes" if presents else "",
        "hide": ",".join(hidden),
        "show": "",
    }


_STYLE = (
    "<style>.qr img { width: min(100%, 320px); display: block; margin: 0 auto; border-radius: 8px; }</style>"
)
