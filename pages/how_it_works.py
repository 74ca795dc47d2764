"""The lesson: what a variational autoencoder is, by touching it."""

import streamlit as st

from ui.controls import choose_digit_folded, choose_level
from ui.lesson import decoder, encoder, loss, machine, noise, prior, sampling, uses
from ui.lesson.story import tell
from ui.session import current

session = current()

st.title("How it works")
st.write(
    "What a variational autoencoder is, in eight steps, each of them live on your digit: five minutes to "
    "read, thirty to work through."
)
choose_digit_folded()
choose_level()
in_depth = st.toggle("Open all mathematics and code", key="lesson.in_depth")
story = tell(session, in_depth)

st.markdown(
    f"""
**In short.** An [encoder](#encoder) turns a picture into {story.latent_dim} numbers, each with an error bar.
[Sampling](#sampling) picks one point within the error bars, and a [decoder](#decoder) paints a picture from
it. Training makes [one loss](#loss) small: the picture shall be right, and the numbers shall say no more than
they must, so that [every point means something](#prior). Shown noisy digits and asked for clean ones, [it
learns to denoise](#noise). Start with [the whole machine](#machine), or go straight to [what it is good
for](#uses).
"""
)

machine.show(story)
encoder.show(story)
sampling.show(story)
decoder.show(story)
loss.show(story)
prior.show(story)
noise.show(story)
uses.show(story)
