"""Step 3: a draw from the posterior, by the reparameterisation trick."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui.how_it_works.source import show_source
from ui.how_it_works.story import Story, fresh_rng
from ui.show import glossary, pictures
from ui.show.bars import Band, bars, nice_limit, titled
from ui.show.pictures import Picture
from vae import metrics

DRAWS = 3


@st.fragment
def show(story: Story) -> None:
    """Epsilon, z and the output, moving inside the posterior."""
    st.header("3. Sampling: one point of the cloud", anchor="sampling")
    glossary.write(
        "In training, the [[decoder]] never gets the mean. It gets one point drawn from the cloud: **z = "
        "mean + standard deviation × ε**, where ε is pure chance. So a whole neighbourhood of codes has "
        "to be painted as the same digit, and that is what makes the space of codes smooth. Press the "
        "button: ε jumps about, z only as far as the encoder is unsure."
    )
    epsilon = fresh_rng("Sample again", "sampling").standard_normal(
        (DRAWS, story.latent_dim), dtype=np.float32
    )
    z = story.posterior.draw(epsilon)
    at_mean, *outputs = story.model.vae.decode(np.concatenate([story.posterior.z_mean, z]))
    mean, deviation = story.posterior.z_mean[0], story.deviation
    band = Band(mean - 2 * deviation, mean + 2 * deviation)
    limit = nice_limit(band.low[story.active], band.high[story.active], mean)
    charts = {
        "ε: chance, the same for every digit": bars(
            epsilon[0], "Epsilon, the random part of the code", 4.0, pale=~story.active
        ),
        "z: the draw, on a band of two standard deviations": bars(
            z[0], "The drawn code and its posterior", limit, pale=~story.active, band=band
        ),
    }
    st.html(titled(charts))
    shown = [Picture(at_mean, "Mean", "From the mean"), Picture(outputs[0], "This z", "From this z")]
    shown += [
        Picture(output, "Another draw", f"From another draw, {n}") for n, output in enumerate(outputs[1:], 1)
    ]
    pictures.show(shown, max_width=760)
    st.caption(
        "Two draws from the cloud differ by "
        f"{metrics.rms_difference(np.stack(outputs)):.2g} at each pixel (root mean square; black to white "
        f"is 1). {story.unused()}"
    )
    with st.expander("The mathematics", expanded=story.in_depth):
        st.markdown(
            r"""
$$
z = \mu + \sigma \odot \varepsilon, \qquad \varepsilon \sim \mathcal N(0, I)
$$

- $\mu$, $\sigma$: the posterior's mean and standard deviation, $\sigma = \exp(\tfrac12 \log \sigma^2)$;
  $\odot$ multiplies number by number.
- $\varepsilon$: drawn afresh for each picture at each step; $\mathcal N(0, I)$: independent, mean 0, variance
  1.

Why write it this way? Training needs to know how the loss changes with $\mu$ and $\sigma$. Nothing can be
differentiated through "roll a die with mean $\mu$". But once the die $\varepsilon$ is cast, $z$ is plain
arithmetic: $\partial z / \partial \mu = 1$, $\partial z / \partial \sigma = \varepsilon$. This is the
*reparameterisation trick* (Kingma and Welling 2014, section 2.4; Rezende et al. 2014).
"""
        )
    with st.expander("The code", expanded=story.in_depth):
        st.markdown("In Keras, for training, and in NumPy, in this app:")
        show_source("vae/training/network.py", "sample")
        show_source("vae/posterior.py", "Posterior.draw")
