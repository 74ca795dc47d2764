"""How sure a model is of one noisy digit: samples of its posterior, and how wide it is."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui import live, pictures
from ui.pictures import Picture
from ui.session import current
from vae.checkpoints import Checkpoint
from vae.posterior import sample_posterior

SAMPLES = 10
WHITE = 0.25


def show_doubt(model: Checkpoint) -> None:
    """Shows what a model's posterior of the current noisy digit holds, where its samples differ, and its spread."""
    session = current()
    st.write(
        "A VAE does not answer with one code but with a cloud of them, the posterior. Here are "
        f"{SAMPLES} codes from the cloud that {model.name} sees in this noisy digit, decoded."
    )
    caption = f"Standard deviation of each pixel; white is {WHITE} or more"
    words = (
        "0 nats would be as wide as the prior: the picture would have told nothing. Each nat less means that "
        "the cloud fills 2.7 times less of the space of codes, so the model is surer. "
    ) + (
        f"But {model.name} was trained without the KL term, so nothing ever taught it how unsure to be."
        if model.config.objective.kl_weight == 0
        else "Raise the level and see it climb."
    )

    def show_by_reruns() -> None:
        noisy = session.corrupt(session.digit.image[None])[0]
        samples = sample_posterior(model.vae, noisy, SAMPLES, session.rng())
        found = [Picture(image, alt=f"Sample {n}") for n, image in enumerate(samples.images, start=1)]
        pictures.show(found, columns=SAMPLES)
        doubt, number = st.columns([1, 3], vertical_alignment="center")
        with doubt:
            pictures.show([Picture(samples.deviation / WHITE, caption)], max_width=220)
        number.metric("Spread of the posterior", f"{samples.spread:.1f} nats")
        number.caption(words)

    epsilon = session.rng().standard_normal((SAMPLES, model.vae.network.latent_dim), np.float32)
    shown = {"samples": SAMPLES, "epsilon": epsilon, "white": WHITE, "caption": caption, "words": words}
    live.doubt_view(model, shown, show_by_reruns)
