"""A room in which a class guesses together, as its teacher and its visitors see it."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from ui import cache
from ui.show.pictures import image_tag
from ui.state import current


def room_link(code: str) -> str:
    """The whole address by which a class enters a room: the page as it is shown, without the projector's look."""
    link = current().to_link() | {"room": code, "guess": "yes"}
    for own in ("present", "text"):
        link.pop(own, None)
    return f"{st.context.url or ''}?{urlencode(link)}"


def show_room(code: str) -> None:
    """A room's code and its QR code, for the class to enter by; folded away until it is wanted."""
    # Only now: it is loaded for the first who need it.
    from ui.bench.share import qr_code

    with st.expander(f"Room {code}: how to enter", icon=":material/groups:"):
        link = room_link(code)
        st.markdown(
            f"Open this page, or open the app's **Lesson** and type **{code}**. Each guess counts here, without a name."
        )
        st.code(link, language=None, wrap_lines=True)
        found = qr_code(link)
        if found:
            st.html(
                f'<div style="max-width:20rem">{image_tag(found[0], "QR code of the address above")}</div>'
            )


def enter_room() -> None:
    """Lets a teacher open a room, and a visitor enter one."""
    classroom = current().classroom

    def open_one() -> None:
        code = cache.rooms().open()
        if code is None:
            st.session_state["room.full"] = True
            return
        classroom.room, classroom.hosts = code, True

    def leave() -> None:
        classroom.room, classroom.hosts = "", False

    if classroom.room:
        exists = cache.rooms().exists(classroom.room)
        where = f"You are in room **{classroom.room}**" + (", which you opened." if classroom.hosts else ".")
        st.markdown(where if exists else f"Room **{classroom.room}** has ended: your guesses stay with you.")
        st.button("Leave the room", icon=":material/logout:", on_click=leave)
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        typed = st.text_input("Enter a room: its four letters", max_chars=4, width=260).strip().upper()
        st.button("Open a room for my class", icon=":material/groups:", on_click=open_one)
    if not typed:
        return
    if st.session_state.pop("room.full", False):
        st.warning("This server has as many rooms as it takes. Try again in an hour.")
    elif cache.rooms().exists(typed):
        classroom.room, classroom.guess = typed, True
        st.rerun()
    else:
        st.warning(f"There is no room {typed} on this server. Check its four letters.")
