"""How sure a model is of one noisy digit: samples of its posterior, and how wide it is."""

from __future__ import annotations

import numpy as np

from ui.components import live
from ui.show import glossary
from ui.show.plain_text import as_plain_text
from ui.state import current
from vae.checkpoints import Checkpoint

SAMPLES = 10
WHITE = 0.25


def show_posterior(model: Checkpoint) -> None:
    """Shows samples of a model's posterior of the current noisy digit, where they differ, and how wide it is."""
    state = current()
    glossary.write(
        "A VAE does not answer with one [[code]] but with a cloud of them, the [[posterior]]. Here are "
        f"{SAMPLES} codes from the cloud that {as_plain_text(model.name)} sees in this noisy picture, decoded."
    )
    caption = f"Standard deviation of each pixel; white is {WHITE} or more"
    spread = (
        "0 nats would be as wide as the prior: the picture would have told it nothing. Each nat less means that "
        "the cloud fills 2.7 times less of the space of codes, so the model is surer. "
    ) + (
        f"But {model.name} was trained without the KL term, so nothing ever taught it how unsure to be."
        if model.config.objective.kl_weight == 0
        else "Raise the level and see it climb."
    )

    epsilon = state.rng().standard_normal((SAMPLES, model.vae.network.latent_dim), np.float32)
    words = {
        "spread": spread,
        "read": "Sorted by what they read as: {parts}.",
        "most": "{count} of {all} read as {digit}",
        "fewer": "{count} as {digit}",
    }
    shown = {"samples": SAMPLES, "epsilon": epsilon, "white": WHITE, "caption": caption, "words": words}
    live.posterior_view(model, shown)
