"""What the lesson counts: the loss of one digit, draws from a posterior, and the cloud of all codes.

A few lines of arithmetic each, on what `inference.py` returns, so that a page can show the numbers.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vae import metrics
from vae.config import IMAGE_PIXELS, MSE_FLOOR, Objective
from vae.errors import InputError
from vae.inference import VAE, Posterior
from vae.validate import as_images


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
    calibrated = IMAGE_PIXELS / 2 * np.log(mse + MSE_FLOOR)
    reconstruction_loss = mse if objective.reconstruction == "mse" else calibrated
    kl = metrics.kl_divergence(*posterior).astype(np.float64).sum(axis=1)
    return LossParts(mse, reconstruction_loss, kl, reconstruction_loss + objective.kl_weight * kl)


class Draw(NamedTuple):
    """Codes drawn from posteriors, and the random numbers that they were made of.

    Attributes:
        epsilon: From N(0, I), float32 (n, latent_dim).
        z: z_mean + exp(z_log_var / 2) * epsilon, likewise.
    """

    epsilon: np.ndarray
    z: np.ndarray


def draw(posterior: Posterior, epsilon: np.ndarray) -> Draw:
    """Codes from one posterior, or one from each of many, with the randomness laid open.

    Args:
        posterior: One Gaussian, or n.
        epsilon: Draws from N(0, I), (n, latent_dim).

    Source: Kingma and Welling, "Auto-Encoding Variational Bayes", ICLR 2014, section 2.4.
    """
    return Draw(epsilon, posterior.z_mean + np.exp(posterior.z_log_var / 2) * epsilon)


def pull_to_prior(posterior: Posterior, share: float) -> Posterior:
    """A posterior moved towards N(0, I): mean and log-variance shrink by the same share.

    Args:
        posterior: Where from.
        share: How far, 0 (not at all) to 1 (the prior itself, of which nothing is known).

    Raises:
        InputError: A share outside [0, 1].
    """
    if not 0 <= share <= 1:
        raise InputError(f"Expected a share in [0, 1]. Received {share!r}.")
    keep = np.float32(1 - share)
    return Posterior(keep * posterior.z_mean, keep * posterior.z_log_var)


def tug_of_war(
    vae: VAE,
    objective: Objective,
    clean: np.ndarray,
    posterior: Posterior,
    shares: np.ndarray,
    epsilon: np.ndarray,
) -> LossParts:
    """The loss of one digit as its posterior is pulled to the prior, averaged over draws.

    Args:
        vae: Whose decoder.
        objective: What is counted.
        clean: What the output should be, one image (1, 28, 28).
        posterior: The digit's, one Gaussian.
        shares: How far it is pulled, (steps,) in [0, 1].
        epsilon: Draws from N(0, I), (draws, latent_dim), the same at every step.

    Returns:
        The parts at each share, (steps,).

    Raises:
        InputError: An image of another shape, type or range, or a share outside [0, 1].
    """
    pulled = [pull_to_prior(posterior, share) for share in shares]
    outputs = vae.decode(np.concatenate([draw(each, epsilon).z for each in pulled]))
    repeated = Posterior(
        *(np.concatenate(arrays).repeat(len(epsilon), axis=0) for arrays in zip(*pulled, strict=True))
    )
    parts = loss_parts(objective, np.repeat(as_images(clean), len(outputs), axis=0), outputs, repeated)
    return LossParts(*(values.reshape(len(shares), -1).mean(axis=1) for values in parts))


def rms_difference(images: np.ndarray) -> float:
    """The root mean square difference per pixel between two of some images, averaged over all pairs.

    Args:
        images: At least two, (n, 28, 28) in [0, 1].

    Raises:
        InputError: Fewer than two images, or images of another shape, type or range.
    """
    if len(images) < 2:
        raise InputError(f"Expected at least two images. Received {len(images)}.")
    first, second = np.triu_indices(len(images), k=1)
    return float(np.sqrt(metrics.mse(images[first], images[second])).mean())


class Spread(NamedTuple):
    """How widely a cloud of codes is spread over its active dimensions; N(0, I) is spread by 1 in each.

    Attributes:
        means: Standard deviation of the posteriors' means: how far apart the digits lie.
        posteriors: Root mean square of the posteriors' standard deviations: how much room each digit takes.
        codes: Standard deviation of sampled codes: both together.
    """

    means: float
    posteriors: float
    codes: float


def spread(posterior: Posterior) -> Spread:
    """Measures a cloud of codes.

    By the law of total variance, sampled codes vary as their means do, plus the mean of their variances.

    Args:
        posterior: The posteriors of many images.
    """
    active = metrics.active_units(posterior.z_mean)
    if not active.any():
        active[:] = True
    between = posterior.z_mean.astype(np.float64).var(axis=0)[active].mean()
    within = np.exp(posterior.z_log_var.astype(np.float64)).mean(axis=0)[active].mean()
    return Spread(*map(float, np.sqrt([between, within, between + within])))


class Neighbours(NamedTuple):
    """The most similar among many images.

    Attributes:
        indices: Which, nearest first, (n, count).
        mse: Their mean squared distances, (n, count).
    """

    indices: np.ndarray
    mse: np.ndarray


def nearest(images: np.ndarray, among: np.ndarray, count: int = 1) -> Neighbours:
    """Finds the images of a set that lie closest to some images, pixel by pixel.

    Args:
        images: (n, 28, 28) in [0, 1].
        among: Where to look, (m, 28, 28) in [0, 1], m at least `count`.
        count: How many for each.

    Raises:
        InputError: Images of another shape, type or range.
    """
    flat, others = (as_images(array).reshape(-1, IMAGE_PIXELS) for array in (images, among))
    # |a - b|^2 = |a|^2 + |b|^2 - 2 ab makes one matrix product of it, and |a|^2 doesn't change a row's order.
    distances = np.einsum("ij,ij->i", others, others) - 2 * flat @ others.T
    indices = np.argsort(distances, axis=1, kind="stable")[:, :count]
    exact = [
        metrics.mse(among[row], np.repeat(image[None], count, axis=0))
        for row, image in zip(indices, images, strict=True)
    ]
    return Neighbours(indices, np.array(exact))


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

    def error(image: np.ndarray) -> float:
        return float(metrics.mse(np.repeat(image[None], len(images), axis=0), images).mean())

    mean = as_images(images).mean(axis=0)
    return Compromise(mean, error(mean), min(map(error, images)))
