"""What every step of the lesson is told: which digit it follows through which model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ui import cache
from ui.bench.model import current_model
from ui.show.reroll import reroll
from ui.state import State, current
from ui.test_set import TestSet
from vae import metrics
from vae.checkpoints import Checkpoint
from vae.posterior import Posterior


@dataclass(frozen=True)
class Story:
    """One digit on its way through one model.

    Attributes:
        model: The model that is picked.
        title: What the digit is.
        clean: The digit, (1, 28, 28) in [0, 1].
        noisy: The same digit, corrupted as chosen, (1, 28, 28) in [0, 1].
        in_depth: Whether mathematics and code are open.
    """

    model: Checkpoint
    title: str
    clean: np.ndarray
    noisy: np.ndarray
    in_depth: bool = False

    @property
    def latent_dim(self) -> int:
        """How many numbers a code has."""
        return self.model.config.network.latent_dim

    @property
    def test(self) -> TestSet:
        """The test pictures of the data that the model was trained on."""
        return cache.test_set(self.model)

    # Made when a step asks for it: not every step does.
    @cached_property
    def posterior(self) -> Posterior:
        """What the encoder makes of the noisy digit, one Gaussian."""
        return self.model.vae.encode(self.noisy)

    @property
    def active(self) -> np.ndarray:
        """Which dimensions of the code are in use, (latent_dim,) of bool."""
        return self.model.components.dimension_variances > metrics.ACTIVE_VARIANCE

    @property
    def deviation(self) -> np.ndarray:
        """The posterior's standard deviation, (latent_dim,)."""
        return np.exp(self.posterior.z_log_var[0] / 2)

    @property
    def kl(self) -> np.ndarray:
        """The digit's KL divergence in each dimension, nats, (latent_dim,)."""
        return metrics.kl_divergence(*self.posterior)[0]

    def unused(self) -> str:
        """What to say of the dimensions that are not in use."""
        dead = int((~self.active).sum())
        if not dead:
            tell = f"all {self.latent_dim} numbers tell" if self.latent_dim > 1 else "its only number tells"
            return f"This model has no dead dimension: {tell} its {self.test.noun}s apart."
        if dead == self.latent_dim:
            return (
                f"Every dimension of this model is dead. Whatever {self.test.noun} comes in, the code says the same, "
                "so the decoder has learned to ignore it."
            )
        return (
            f"Pale: {dead} of the {self.latent_dim} dimensions are dead. Whatever {self.test.noun} comes in, they "
            "say the same, so the decoder has learned to ignore them."
        )


def tell(state: State) -> Story:
    """The story of the current digit, model and noise."""
    model, digit = current_model(), state.digit
    clean = digit.image[None]
    return Story(
        model=model,
        title=digit.title,
        clean=clean,
        noisy=state.corrupt(clean),
        in_depth=state.lesson.in_depth,
    )


def fresh_rng(button: str, place: str) -> np.random.Generator:
    """Shows a button and returns a generator, from the visitor's seed, that each press starts afresh.

    Args:
        button: What is written on the button.
        place: Which part of the lesson, of `SAMPLED`.
    """
    state = current()
    reroll(button, state.lesson.sampled, place)
    return np.random.default_rng([state.seed, state.lesson.sampled.get(place, 0)])
