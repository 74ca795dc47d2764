"""Step 1: the whole machine in one picture."""

from __future__ import annotations

import streamlit as st

from ui.how_it_works.architecture import architecture_html
from ui.how_it_works.story import Story
from ui.show.plain_text import numbers
from vae.config import IMAGE_PIXELS


def show(story: Story) -> None:
    """The lesson in short, and the network, layer by layer, with the digit on its way through it."""
    network = story.model.config.network
    bars = "each with an error bar" if network.latent_dim > 1 else "with an error bar"
    st.markdown(
        f"""
What a variational autoencoder is, in eight steps, each of them live on your digit: five minutes to read,
thirty to work through.

**In short.** An *encoder* turns a picture into {numbers(network.latent_dim)}, {bars}. *Sampling* picks one
point within the error bars, and a *decoder* paints a picture from it. Training makes one *loss* small: the picture
should match, and the code should carry no more than it needs. Shown noisy digits and asked for clean ones, the whole
machine learns to remove noise.
"""
    )
    st.header("1. The whole machine", anchor="machine")
    st.write(
        f"An **encoder** boils {IMAGE_PIXELS} pixels down to {numbers(network.latent_dim)}, the **code**. "
        f"A **decoder** paints {IMAGE_PIXELS} pixels from the code. The code is too small to hold the "
        "noise, so what comes out is what the network has learned that {story.test.noun}s look like. Here is every "
        "layer of this model, with your digit in it."
    )
    st.html(architecture_html(story.model.vae, story.noisy[0]))
    st.caption(
        "Bright is a large number, black a small one or none. The coloured line tells how many numbers "
        "there are, on a scale of logarithms: it is shortest at the code. This network has learned "
        f"{network.parameters:,} weights and multiplies {network.multiply_adds:,} times for one digit."
    )
