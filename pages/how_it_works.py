"""The lesson: what a variational autoencoder is, by touching it."""

import streamlit as st

from ui.how_it_works import decoder, encoder, loss, machine, noise, prior, sampling, uses
from ui.how_it_works.story import tell
from ui.state import bind, current

state = current()

st.title("How it works")
st.write(
    "What a variational autoencoder is, in eight steps, each of them live on your digit: five minutes to "
    "read, thirty to work through."
)
st.toggle("Open all mathematics and code", **bind("in_depth", part=state.lesson))
story = tell(state)

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
