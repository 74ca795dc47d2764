"""Step 4: the decoder, one number at a time."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui.how_it_works.source import show_source
from ui.how_it_works.story import Story
from ui.show import pictures
from ui.show.pictures import Picture
from ui.show.plain_text import numbers, with_minus
from ui.state import bind, current
from vae import metrics
from vae.latent import traverse

STEPS = 5


@st.fragment
def show(story: Story) -> None:
    """How the picture changes when one number of the code does."""
    st.header(
        f"4. The decoder: {numbers(story.latent_dim)} {'become' if story.latent_dim > 1 else 'becomes'} a picture",
        anchor="decoder",
    )
    st.write(
        "The code is all that the decoder knows about your picture. Change "
        + ("one number, leave the others alone" if story.latent_dim > 1 else "its only number")
        + ", and see what that number is about."
    )
    kl, active = story.kl, story.active
    order = np.argsort(-kl).tolist()
    chosen = current().lesson
    dimension = st.selectbox(
        "Which number of the code",
        order,
        format_func=lambda index: (
            f"Number {index + 1}: {kl[index]:.1f} nats" + ("" if active[index] else " (dead)")
        ),
        help="The most telling first, with the nats that each number costs for this digit. A nat is 1.44 bits.",
        **bind("dimension", part=chosen, shown=chosen.dimension if chosen.dimension in order else order[0]),
    )
    reach = max(3.0, float(np.ceil(2 * np.abs(story.posterior.z_mean).max())) / 2)
    values = np.linspace(-reach, reach, STEPS)
    mean = story.posterior.z_mean[0]
    direction = np.eye(story.latent_dim, dtype=np.float32)[[dimension]]
    outputs = story.model.vae.decode(traverse(mean, direction, values - mean[dimension])[0])
    pictures.show(
        [
            Picture(image, with_minus(f"{value:+.1f}") if value else "0")
            for image, value in zip(outputs, values, strict=True)
        ]
    )
    moved = metrics.rms_difference(outputs[[0, -1]])
    st.caption(
        f"From one end to the other the picture changes by {moved:.3f} at each pixel (root mean square). "
        f"Your digit is at {with_minus(f'{mean[dimension]:+.2f}')}."
        + (" Pick a dead number and hardly anything changes." if not active.all() else "")
    )
    with st.expander("The mathematics", expanded=story.in_depth):
        st.markdown(
            r"""
$$
p_\theta(x \mid z) = \mathcal N\bigl(x;\ \hat x_\theta(z),\ \sigma_x^2 I\bigr)
$$

- $\hat x_\theta(z)$: what the decoder paints, 784 numbers from 0 to 1; $\theta$: its weights.
- $\sigma_x^2$: how far a pixel of the true picture may be from it, as a variance. One number for a whole
  picture; the next step, the loss, says where it comes from.
- $x$: the clean picture.
"""
        )
    with st.expander("The code", expanded=story.in_depth):
        show_source("vae/inference.py", "VAE.decode")
        show_source("vae/layers.py", "Dense.apply")
