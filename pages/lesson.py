"""The twenty-minute lesson: eight steps, each a prepared state of a page with a question."""

import streamlit as st

from ui.show.layout import introduce
from ui.show.parts import part
from ui.state import current
from ui.teaching.plan import PLAN
from ui.teaching.presenter import go_to_step
from ui.teaching.room import enter_room

state = current()
st.title("A lesson in twenty minutes")
introduce(
    "Eight steps, each a prepared page with a question. The page asks first, holds its answer back, and then shows "
    "what this model says."
)


def present() -> None:
    """Shows the lesson on a projector."""
    state.classroom.presents = True


with st.container(horizontal=True):
    begins = st.button("Begin", icon=":material/play_arrow:", type="primary")
    presents = st.button("Present on a projector", icon=":material/present_to_all:", on_click=present)
if begins or presents:
    go_to_step(1)
st.caption(
    "On a projector: → and ← turn the steps, A shows the answer, B shows the bench, F fills the screen. The other keys "
    "are the controls' own."
)
with part("plan"):
    chosen = 0
    for place, step in enumerate(PLAN, start=1):
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            with st.container(width="stretch", gap=None):
                minutes = f"{step.minutes} minutes"
                st.markdown(f"**{place}. {step.title}** · {minutes}\n\n*{step.question}*\n\n{step.show}")
            if st.button("Open", key=f"open.{place}", icon=":material/arrow_forward:"):
                chosen = place
    if chosen:
        go_to_step(chosen)
st.header("Guess together")
st.write(
    "A room counts a class's guesses on the teacher's screen. Nothing but the guesses is kept, in this server's memory "
    "alone, and the room ends three hours after it was last used."
)
enter_room()
