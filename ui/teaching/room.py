"""A room in which a class guesses together, as its teacher and its visitors see it."""

from __future__ import annotations

import streamlit as st

from ui import cache
from ui.show.pictures import image_tag
from ui.show.plain_text import as_plain_text
from ui.state import current


def room_link(code: str) -> str:
    """The whole address by which a class enters a room: the page as it is shown, without the projector's look."""
    from ui.bench.share import share_link

    return share_link({"room": code, "guess": "yes"})


def show_room() -> None:
    """The room that this visitor is in: to its teacher how to enter it, to all others where the teacher is."""
    classroom = current().classroom
    if cache.rooms().hosts(classroom.room, classroom.key):
        _show_entrance(classroom.room)
    elif not cache.rooms().exists(classroom.room):
        st.caption(f"There is no room {classroom.room} any more: your guesses are your own.")
    else:
        _follow(classroom.room, classroom.place)


def _show_entrance(code: str) -> None:
    # Only now: it is loaded for the first who need it.
    from ui.bench.share import qr_code

    with st.expander(f"Room {code}: how to enter", icon=":material/groups:"):
        link = room_link(code)
        st.markdown(
            f"Scan this, or open the app's **Lesson** and type **{code}**. Each guess counts here, without a name."
        )
        found = qr_code(link)
        if found:
            tag = image_tag(found[0], "QR code of this room")
            st.html(f'<div style="max-width:min(16rem,45vh)">{tag}</div>')
        st.code(link, language=None, wrap_lines=True)


def _follow(code: str, here: int) -> None:
    # A way to where the teacher is, as soon as that is another step.
    @st.fragment(run_every=2.0)
    def look() -> None:
        place = cache.rooms().place(code)
        if place in (0, here):
            st.caption(f"You are in room {code}.")
        elif st.button(
            f"Room {code} is at step {place}: go there", icon=":material/directions_walk:", key="room.follow"
        ):
            from ui.teaching.presenter import go_to_step

            go_to_step(place)

    look()


def enter_room() -> None:
    """Lets a teacher open a room, and a visitor enter one."""
    classroom = current().classroom

    def open_one() -> None:
        opened = cache.rooms().open()
        st.session_state["room.full"] = opened is None
        if opened:
            classroom.room, classroom.key = opened

    def leave() -> None:
        cache.rooms().close(classroom.room, classroom.key)
        classroom.room = classroom.key = ""

    if classroom.room:
        if not cache.rooms().exists(classroom.room):
            st.markdown(f"There is no room **{classroom.room}** any more: your guesses are your own.")
        elif cache.rooms().hosts(classroom.room, classroom.key):
            st.markdown(f"You opened room **{classroom.room}**. It ends when you leave it.")
        else:
            st.markdown(f"You are in room **{classroom.room}**.")
        st.button("Leave the room", icon=":material/logout:", on_click=leave)
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        typed = st.text_input("Enter a room: its four letters", max_chars=4, width=260).strip().upper()
        st.button("Open a room for my class", icon=":material/groups:", on_click=open_one)
    if st.session_state.pop("room.full", False):
        st.warning("This server has as many rooms as it takes. Try again in three hours, or ask who runs it.")
    elif not typed:
        return
    elif cache.rooms().exists(typed):
        from ui.teaching.presenter import go_to_step

        classroom.room, classroom.guess = typed, True
        place = cache.rooms().place(typed)
        if place:
            go_to_step(place)
        st.rerun()
    else:
        st.warning(f"There is no room {as_plain_text(typed)} on this server. Check its four letters.")
