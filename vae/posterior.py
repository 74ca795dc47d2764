"""The posterior q(z | image): drawing from it, how wide it is, and many of them together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vae.errors import InputError

if TYPE_CHECKING:
    from vae.inference import VAE


class Posterior(NamedTuple):
    """q(z | image), a diagonal Gaussian for each image.

    Attributes:
        z_mean: Its mean, float32 (n, latent_dim).
        z_log_var: The natural logarithm of its variance, float32 (n, latent_dim).
    """

    z_mean: np.ndarray
    z_log_var: np.ndarray

    def draw(self, epsilon: np.ndarray) -> np.ndarray:
        """Codes z = z_mean + exp(z_log_var / 2) * epsilon, with the randomness laid open.

        Args:
            epsilon: Draws from N(0, I), (n, latent_dim); of a single posterior any number of them.

        Returns:
            A code for each draw, float32 (n, latent_dim).

        Source: Kingma and Welling, "Auto-Encoding Variational Bayes", ICLR 2014, section 2.4.
        """
        return self.z_mean + np.exp(self.z_log_var / 2) * epsilon

    def sample(self, rng: np.random.Generator) -> np.ndarray:
        """Draws a code from each posterior, float32 (n, latent_dim)."""
        return self.draw(rng.standard_normal(self.z_mean.shape, dtype=np.float32))


def posterior_spread(z_log_var: np.ndarray) -> np.ndarray:
    """How wide each posterior is: its differential entropy minus that of the prior N(0, I), in nats.

    A Gaussian's entropy is log(2 pi e s^2) / 2 for each dimension, and the prior has s = 1: the difference is
    the sum of log s = z_log_var / 2. At 0 the posterior is as wide as the prior: the picture told nothing. At
    -n it fills exp(-n) of the prior's volume. Unlike the KL divergence it does not ask where it lies.

    Args:
        z_log_var: Natural logarithms of the variances, (n, latent_dim).

    Returns:
        (n,), nats.

    Source: Cover and Thomas, "Elements of Information Theory", 2nd edition, 2006, theorem 8.4.1.
    """
    return np.sum(z_log_var, axis=-1) / 2


class Samples(NamedTuple):
    """What a model thinks a spoilt picture may show.

    Attributes:
        images: Decoded samples of the posterior, float32 (n, 28, 28).
        deviation: Each pixel's standard deviation over them, 0 to 0.5, (28, 28).
        spread: The posterior's spread, nats; see `posterior_spread`.
    """

    images: np.ndarray
    deviation: np.ndarray
    spread: float


def sample_posterior(vae: VAE, image: np.ndarray, count: int, rng: np.random.Generator) -> Samples:
    """Draws codes from one image's posterior and decodes them.

    Args:
        vae: A trained model.
        image: A spoilt image, floats in [0, 1], (28, 28).
        count: How many samples.
        rng: Where the randomness comes from.

    Raises:
        InputError: An image of another shape, type or range.
    """
    posterior = vae.encode(image[None])
    spread = float(posterior_spread(posterior.z_log_var)[0])
    epsilon = rng.standard_normal((count, vae.network.latent_dim), dtype=np.float32)
    images = vae.decode(posterior.draw(epsilon))
    return Samples(images, images.std(axis=0), spread)


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


class Gaussian(NamedTuple):
    """A Gaussian of codes, such as the prior, or one that is fitted to the codes of many images.

    Attributes:
        mean: (latent_dim,).
        covariance: (latent_dim, latent_dim).
    """

    mean: np.ndarray
    covariance: np.ndarray

    @classmethod
    def prior(cls, latent_dim: int) -> Gaussian:
        """N(0, I)."""
        return cls(np.zeros(latent_dim), np.eye(latent_dim))

    def scale(self, temperature: float) -> Gaussian:
        """The same with all standard deviations multiplied by a temperature, at least 0."""
        return self._replace(covariance=temperature**2 * self.covariance)

    @property
    def deviation(self) -> float:
        """The standard deviation of one dimension, as a root mean square over all of them."""
        return float(np.sqrt(np.trace(self.covariance) / len(self.mean)))

    def sample(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Draws codes, float32 (count, latent_dim)."""
        variances, axes = np.linalg.eigh(self.covariance)
        root = axes * np.sqrt(np.maximum(variances, 0))
        noise = rng.standard_normal((count, len(self.mean)), dtype=np.float32)
        return (self.mean + noise @ root.T).astype(np.float32)


def aggregated_posterior(posterior: Posterior) -> Gaussian:
    """The mean and the covariance of the aggregated posterior: of codes that are sampled for many images.

    By the law of total variance its variance in a dimension is that of the posteriors' means plus the mean of their
    variances. The posteriors' dimensions are independent, so that between two dimensions only the means covary.

    Args:
        posterior: The posteriors of n images, n at least 1.

    Source: Makhzani et al., "Adversarial Autoencoders", 2016, section 2 (the aggregated posterior).
    """
    means = posterior.z_mean.astype(np.float64)
    centred = means - means.mean(axis=0)
    within = np.exp(posterior.z_log_var.astype(np.float64)).mean(axis=0)
    return Gaussian(means.mean(axis=0), centred.T @ centred / len(means) + np.diag(within))
