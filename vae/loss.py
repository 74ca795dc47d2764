"""The loss of single digits, in NumPy: its two parts, their tug of war, and what squared error asks for."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vae import metrics
from vae.config import IMAGE_PIXELS, MSE_FLOOR, Objective
from vae.inference import VAE
from vae.posterior import Posterior, pull_to_prior
from vae.validate import as_images


def reconstruction_loss(objective: Objective, mse, log=np.log):
    """What an objective makes of a mean squared error: that of each image, or of a batch.

    Args:
        objective: Which reconstruction loss; see `config.Objective` for the kinds and their source.
        mse: Mean squared errors, of any shape.
        log: The logarithm: NumPy's, or that of another library whose arrays come in.

    Returns:
        The same shape; its mean over the images, or its value for the batch, is what training minimises.
    """
    if objective.reconstruction == "mse":
        return mse
    return IMAGE_PIXELS / 2 * log(mse + MSE_FLOOR)


class LossParts(NamedTuple):
    """The loss and what it is made of, each (n,) float64.

    Attributes:
        mse: Mean squared error over the pixels.
        reconstruction_loss: What the objective makes of it.
        kl_divergence: Nats, summed over dimensions, before weighting.
        total: reconstruction_loss + kl_weight * kl_divergence.
    """

    mse: np.ndarray
    reconstruction_loss: np.ndarray
    kl_divergence: np.ndarray
    total: np.ndarray


def loss_parts(
    objective: Objective, clean: np.ndarray, output: np.ndarray, posterior: Posterior
) -> LossParts:
    """The loss of each image as a batch of its own, in which the two calibrated objectives are one.

    Args:
        objective: Which reconstruction loss, and the weight of the KL divergence.
        clean: What the output should be, (n, 28, 28) in [0, 1].
        output: What the decoder made, likewise.
        posterior: What the encoder made, n Gaussians.

    Returns:
        The parts of each image's loss.

    Raises:
        InputError: Images of another shape, type or range.
    """
    mse = metrics.mse(output, clean)
    reconstruction = reconstruction_loss(objective, mse)
    kl = metrics.kl_divergence(*posterior).astype(np.float64).sum(axis=1)
    return LossParts(mse, reconstruction, kl, reconstruction + objective.kl_weight * kl)


class TugOfWar(NamedTuple):
    """One digit's loss, and what the decoder makes, as its posterior is pulled to the prior.

    Attributes:
        mse, reconstruction_loss, kl_divergence, total: As in `LossParts`, averaged over the draws, (steps,).
        outputs: What the decoder made of each draw, (steps, draws, 28, 28).
    """

    mse: np.ndarray
    reconstruction_loss: np.ndarray
    kl_divergence: np.ndarray
    total: np.ndarray
    outputs: np.ndarray


def tug_of_war(
    vae: VAE,
    objective: Objective,
    clean: np.ndarray,
    posterior: Posterior,
    shares: np.ndarray,
    epsilon: np.ndarray,
) -> TugOfWar:
    """The loss of one digit as its posterior is pulled to the prior, averaged over draws.

    Args:
        vae: Whose decoder.
        objective: What is counted.
        clean: What the output should be, one image (1, 28, 28).
        posterior: The digit's, one Gaussian.
        shares: How far it is pulled, (steps,) in [0, 1].
        epsilon: Draws from N(0, I), (draws, latent_dim), the same at every step.

    Returns:
        The parts at each share, and the pictures behind them.

    Raises:
        InputError: An image of another shape, type or range, or a share outside [0, 1].
    """
    pulled = [pull_to_prior(posterior, share) for share in shares]
    outputs = vae.decode(np.concatenate([each.draw(epsilon) for each in pulled]))
    repeated = Posterior(
        *(np.concatenate(arrays).repeat(len(epsilon), axis=0) for arrays in zip(*pulled, strict=True))
    )
    parts = loss_parts(objective, np.repeat(as_images(clean), len(outputs), axis=0), outputs, repeated)
    averages = (values.reshape(len(shares), -1).mean(axis=1) for values in parts)
    return TugOfWar(*averages, outputs.reshape(len(shares), len(epsilon), *outputs.shape[1:]))


class Compromise(NamedTuple):
    """One picture that has to stand for several.

    Attributes:
        mean: Their average, (28, 28): no picture has a smaller mean squared error over all of them.
        error: That error.
        best_error: The same error of the best single one among them.
    """

    mean: np.ndarray
    error: float
    best_error: float


def compromise(images: np.ndarray) -> Compromise:
    """What squared error asks for where several pictures are possible: their average, which is blurred.

    Args:
        images: The possible pictures, taken as equally likely, (n, 28, 28) in [0, 1].

    Raises:
        InputError: Images of another shape, type or range.
    """
    images = as_images(images)
    count, mean = len(images), images.mean(axis=0)
    # Each picture, and the average as one more, against all.
    guesses = np.concatenate([images, mean[None]])
    against = metrics.mse(guesses.repeat(count, axis=0), np.tile(images, (count + 1, 1, 1)))
    *errors, error = against.reshape(count + 1, count).mean(axis=1).tolist()
    return Compromise(mean, error, min(errors))
