"""Step 7: what training on noisy digits adds."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui.how_it_works.source import show_source
from ui.how_it_works.story import Story, fresh_rng
from ui.show import glossary, pictures
from ui.show.pictures import Picture
from ui.state import current
from vae import metrics
from vae.config import Noise
from vae.corruptions import CORRUPTIONS, corrupt

VERSIONS = 3


def training_noise(noise: Noise) -> str:
    """What noise a model saw while it was trained, as a sentence."""
    if noise.sigma_max == 0:
        return "This model was trained on clean digits, so it never learned to remove noise."
    label = CORRUPTIONS[noise.kind].label
    if noise.sigma_min == noise.sigma_max:
        level = f"always of level {noise.sigma_max:g}"
    else:
        level = f"of any level from {noise.sigma_min:g} to {noise.sigma_max:g}"
    when = "drawn afresh each time it saw a digit" if noise.fresh else "drawn once, before training began"
    return f"This model saw {label}, {level}, {when}."


@st.fragment
def show(story: Story) -> None:
    """The same digit under several draws of noise, and how much of their difference is left after the code."""
    state = current()
    st.header("7. What training on noisy digits adds", anchor="noise")
    glossary.write(
        "The [[encoder]] is shown a **noisy** digit, and the output is compared with the **clean** one. So "
        "copying doesn't help: the network has to tell the digit from the noise, and to code only the digit. "
        + training_noise(story.model.config.noise)
    )
    rng = fresh_rng("New noise", "noise")
    copies = np.repeat(story.clean, VERSIONS, axis=0)
    noisy = corrupt(copies, state.corruption, state.level, rng, hole=state.hole)
    denoised = story.model.vae.denoise(noisy)
    pictures.show(
        [Picture(image, f"Noisy {n}") for n, image in enumerate(noisy, 1)]
        + [Picture(image, f"Denoised {n}") for n, image in enumerate(denoised, 1)],
        columns=VERSIONS,
        max_width=480,
    )
    before, after = metrics.rms_difference(noisy), metrics.rms_difference(denoised)
    if before:
        st.caption(
            f"Before the code, two of these pictures differ by {before:.3f} at each pixel (root mean "
            f"square); after it, by {after:.3f}, {after / before:.0%} of that. Move the noise slider beneath the "
            "noisy picture, and watch both numbers."
        )
    else:
        st.caption("Without noise, or with noise that isn't random, all the pictures are the same.")
    with st.expander("The mathematics", expanded=story.in_depth):
        st.markdown(
            r"""
$$
\begin{gathered} \ell = \mathbb E_{\tilde x \sim p(\tilde x \mid x)} \bigl[\ell(\tilde x)\bigr] \\[1ex]
\ell(\tilde x) = \mathbb E_{z \sim q_\phi(z \mid \tilde x)} \bigl[-\log p_\theta(x \mid z)\bigr] \\
+\, \beta\, D_{\mathrm{KL}}\bigl(q_\phi(z \mid \tilde x)\,\|\,p(z)\bigr) \end{gathered}
$$

- $x$: the clean digit; $\tilde x$: a noisy version of it, drawn from $p(\tilde x \mid x)$; $\mathbb E$: the
  average over such draws, of which each training step takes one; $p(z)$: the prior.
- The first part compares with $x$, not with $\tilde x$: the *denoising criterion* (Vincent, Larochelle,
  Bengio and Manzagol, "Extracting and Composing Robust Features with Denoising Autoencoders", ICML 2008).
- Averaged over the noise, a clean digit's posterior $\int q_\phi(z \mid \tilde x)\, p(\tilde x \mid x)\,
  d\tilde x$ is a mixture of Gaussians, richer than one of them, and at $\beta = 1$ the loss still bounds
  $-\log p(x)$ from above (Im, Ahn, Memisevic and Bengio, "Denoising Criterion for Variational Auto-Encoding
  Framework", AAAI 2017).
"""
        )
    with st.expander("The code", expanded=story.in_depth):
        show_source("vae/training/loop.py", "add_training_noise")
