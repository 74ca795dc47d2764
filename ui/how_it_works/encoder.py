"""Step 2: the encoder and its two vectors."""

from __future__ import annotations

import streamlit as st

from ui.how_it_works.source import show_source
from ui.how_it_works.story import Story
from ui.show import glossary, pictures
from ui.show.bars import bars, nice_limit, titled
from ui.show.pictures import Picture


def show(story: Story) -> None:
    """The posterior of the digit as bars."""
    mean, log_var = story.posterior.z_mean[0], story.posterior.z_log_var[0]
    st.header("2. The encoder: a guess, and how sure it is", anchor="encoder")
    glossary.write(
        "An ordinary [[autoencoder]] turns a picture into one point. A *variational* one turns it into a "
        "small cloud of points: for "
        + (f"each of the {story.latent_dim} numbers" if story.latent_dim > 1 else "the only number")
        + " of the code it gives a **mean**, its best guess, and a **variance**, how unsure it is. This cloud is "
        "called the **[[posterior]]**."
    )
    left, right = st.columns([1, 3], gap="large", vertical_alignment="center")
    with left:
        pictures.show(
            [Picture(story.noisy[0], "What the encoder sees", f"{story.title}, noisy")], max_width=200
        )
    charts = {
        "Mean of each number": bars(
            mean, "Mean of each number of the code", nice_limit(mean), pale=~story.active
        ),
        "Log-variance of each number: 0 is as vague as the prior, far below 0 is sure": bars(
            log_var, "Log-variance of each number of the code", nice_limit(log_var), pale=~story.active
        ),
    }
    with right:
        st.html(titled(charts))
        st.caption(
            f"{story.unused()} Surest here: number {log_var.argmin() + 1}, known to within "
            f"±{story.deviation.min():.2g}; the prior leaves ±1."
        )
    with st.expander("The mathematics", expanded=story.in_depth):
        st.markdown(
            r"""
$$
q_\phi(z \mid \tilde x) = \mathcal N\bigl(z;\ \mu,\ \operatorname{diag}(\sigma^2)\bigr)
$$

- $\tilde x$: the noisy picture, 784 numbers from 0 to 1; $z$: the code.
- $\mu$ (`z_mean`) and $\log \sigma^2$ (`z_log_var`): the encoder's two answers. It gives the logarithm
  because that may be any number, while a variance must be positive.
- $\phi$: the encoder's weights. $q_\phi$ stands in for the true posterior $p(z \mid x)$, which nobody can
  compute; one network learns to answer for every picture. *Diagonal*: the numbers of one code vary
  independently of each other.

Kingma and Welling, "Auto-Encoding Variational Bayes", ICLR 2014; found at the same time by Rezende, Mohamed
and Wierstra, "Stochastic Backpropagation and Approximate Inference in Deep Generative Models", ICML 2014.
"""
        )
    with st.expander("The code", expanded=story.in_depth):
        show_source("vae/inference.py", "VAE.encode")
