"""How sure a model is of one noisy digit: samples of its posterior, and how wide it is."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui import pictures
from ui.pictures import Picture
from vae import compare
from vae.checkpoints import Checkpoint

SAMPLES = 10
WHITE = 0.25


def show_doubt(model: Checkpoint, noisy: np.ndarray, rng: np.random.Generator) -> None:
    """Shows what a model's posterior holds, where its samples differ, and its spread.

    Args:
        model: Whose posterior.
        noisy: The noisy digit, floats in [0, 1], (28, 28).
        rng: Decides the samples.
    """
    samples = compare.sample_posterior(model.vae, noisy, SAMPLES, rng)
    st.write(
        "A VAE does not answer with one code but with a cloud of them, the posterior. Here are "
        f"{SAMPLES} codes from the cloud that {model.name} sees in this noisy digit, decoded."
    )
    pictures.show([Picture(picture, alt="A sample") for picture in samples.images], columns=SAMPLES)
    doubt, number = st.columns([1, 3], vertical_alignment="center")
    with doubt:
        caption = f"Standard deviation of each pixel; white is {WHITE} or more"
        pictures.show([Picture(samples.deviation / WHITE, caption)], max_width=220)
    number.metric(
        "Spread of the posterior",
        f"{samples.spread:.1f} nats",
        help="The posterior's differential entropy minus the prior's: half the sum of z_log_var.",
    )
    number.caption(
        "0 nats would be as wide as the prior: the picture would have told nothing. Each nat less means that "
        "the cloud fills 2.7 times less of the space of codes, so the model is surer. "
        + (
            f"But {model.name} was trained without the KL term, so nothing ever taught it how unsure to be."
            if model.config.objective.kl_weight == 0
            else "Raise the level and see it climb."
        )
    )
