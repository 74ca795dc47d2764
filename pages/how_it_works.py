"""The lesson: what a variational autoencoder is, by touching it, one step at a time."""

import streamlit as st

from ui.how_it_works import decoder, encoder, loss, machine, noise, prior, sampling, uses
from ui.how_it_works.steps import choose_step, turn_pages
from ui.how_it_works.story import tell
from ui.show.parts import part
from ui.state import bind, current

SHOW = {
    "machine": machine.show,
    "encoder": encoder.show,
    "sampling": sampling.show,
    "decoder": decoder.show,
    "loss": loss.show,
    "prior": prior.show,
    "noise": noise.show,
    "uses": uses.show,
}

state = current()
with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
    st.title("How it works", width="content")
    st.toggle("Open all mathematics and code", **bind("in_depth", part=state.lesson))
contents = choose_step()
story = tell(state)
if not story.test.are_digits:
    st.caption(
        "The lesson speaks of digits. This model was trained on other pictures, and all of it holds for them."
    )
with part("step"):
    SHOW[state.lesson.step](story)
turn_pages(contents)
