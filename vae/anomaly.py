"""How unlike a digit a picture is, under a trained VAE: what can't be painted, and how odd its code is.

A VAE bounds from below how likely a picture is: log p(x) >= ELBO(x) = E_q[log p(x | z)] - KL(q(z | x) || N(0,
I)). `score` gives the negative bound and its two parts, in nats. Its weakness is the prior: N(0, I) holds the
digits' codes but much else, so that a letter's code costs no more than a digit's. `CodeDensity` describes
where digits' codes really are, and `anomaly_score` adds what the decoder can't paint to how odd the code is
there, each counted in its own standard deviations, since the one varies among digits by a dozen times as many
nats as the other and would drown it.

`DigitTest` decides: it adds how odd the code is under a finer density to how little a reader sees of any class.

Sources: Kingma and Welling, "Auto-Encoding Variational Bayes", ICLR 2014, equation 3; An and Cho,
"Variational Autoencoder based Anomaly Detection using Reconstruction Probability", SNU Data Mining Center,
2015, algorithm 4; Ghosh et al., "From Variational to Deterministic Autoencoders", ICLR 2020, section 4 (a
density fitted to the codes afterwards).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from vae.config import IMAGE_PIXELS
from vae.density import GaussianMixture
from vae.errors import InputError
from vae.inference import VAE
from vae.metrics import kl_divergence
from vae.posterior import Posterior
from vae.reader import Reader
from vae.validate import as_images

# Several samples of a few pictures go through the decoder together, which is faster than one after the other.
DECODED_AT_ONCE = 32


class Score(NamedTuple):
    """The score of n pictures, in parts.

    Attributes:
        reconstruction: -E_q[log p(x | z)], nats, float64 (n,). A density may exceed 1, so that it may be
            negative.
        kl: KL divergence of the code's posterior from the prior, nats, float64 (n,), at least 0.
        z_mean: The mean of the code's posterior, float32 (n, latent_dim).
        negative_log_likelihood: What each pixel adds to `reconstruction`, but for a constant that is the same for
            every picture: its squared error over twice the variance, nats, float32 (n, 28, 28), at least 0.
    """

    reconstruction: np.ndarray
    kl: np.ndarray
    z_mean: np.ndarray
    negative_log_likelihood: np.ndarray

    @property
    def total(self) -> np.ndarray:
        """The negative ELBO, nats, (n,): higher is less like a digit."""
        return self.reconstruction + self.kl


def score(
    vae: VAE, images: np.ndarray, decoder_variance: float, rng: np.random.Generator, *, samples: int = 1
) -> Score:
    """Scores pictures under a Gaussian decoder, p(x | z) = N(decode(z), decoder_variance I).

    With v the variance, -log p(x | z) is the sum over the 784 pixels of (x - decode(z))^2 / (2 v) + log(2 pi
    v) / 2. Its mean over q(z | x) is estimated from samples of z.

    Args:
        vae: The trained model.
        images: Floats in [0, 1], (n, 28, 28).
        decoder_variance: v, squared pixel intensities, above 0; a checkpoint's `decoder_variance`.
        rng: Where the samples come from.
        samples: How many for each picture, at least 1; more make the estimate steadier, an even number most of all.

    Returns:
        The score and its parts.

    Raises:
        InputError: An argument of another shape, type or range.
    """
    images = as_images(images)
    if not decoder_variance > 0:
        raise InputError(f"Expected a decoder_variance above 0. Received {decoder_variance!r}.")
    if samples < 1:
        raise InputError(f"Expected at least 1 sample. Received {samples!r}.")
    posterior = vae.encode(images)
    squared_error = np.zeros_like(images)
    at_once = max(1, DECODED_AT_ONCE // max(1, len(images)))
    drawn = itertools.islice(_antithetic(posterior, samples, rng), samples)
    while codes := list(itertools.islice(drawn, at_once)):
        decoded = vae.decode(np.concatenate(codes)).reshape(len(codes), *images.shape)
        squared_error += ((images - decoded) ** 2).sum(axis=0)
    of_pixels = squared_error / np.float32(2 * decoder_variance * samples)
    constant = IMAGE_PIXELS / 2 * np.log(2 * np.pi * decoder_variance)
    return Score(
        reconstruction=of_pixels.sum(axis=(1, 2), dtype=np.float64) + constant,
        kl=kl_divergence(*posterior).sum(axis=1, dtype=np.float64),
        z_mean=posterior.z_mean,
        negative_log_likelihood=of_pixels,
    )


def _antithetic(posterior: Posterior, samples: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Samples of each posterior, every second one mirrored at the mean: what is odd in the noise then cancels.

    Source: Hammersley and Morton, "A new Monte Carlo technique: antithetic variates", Proceedings of the Cambridge
    Philosophical Society 52, 1956.
    """
    for _ in range(0, samples, 2):
        epsilon = rng.standard_normal(posterior.z_mean.shape, dtype=np.float32)
        yield posterior.draw(epsilon)
        yield posterior.draw(-epsilon)


@dataclass(frozen=True)
class CodeDensity:
    """Where the codes of digits are: a mixture of Gaussians, one for each class.

    Attributes:
        weights: The share of each class, (classes,); they sum to 1.
        means: (classes, latent_dim).
        covariances: (classes, latent_dim, latent_dim).
    """

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray

    @classmethod
    def fit(cls, codes: np.ndarray, labels: np.ndarray) -> CodeDensity:
        """Fits each class's Gaussian to its codes.

        Args:
            codes: (n, latent_dim).
            labels: Their classes, (n,).
        """
        classes = [codes[labels == label].astype(np.float64) for label in np.unique(labels)]
        # A dead dimension has no variance, and would make what little it has count for everything.
        # Where all are dead, their variance may be 0.
        ridge = max(RIDGE * np.var(codes, axis=0, dtype=np.float64).mean(), LEAST) * np.eye(codes.shape[1])
        return cls(
            weights=np.array([len(members) / len(codes) for members in classes]),
            means=np.stack([members.mean(axis=0) for members in classes]),
            covariances=np.stack(
                [np.cov(members, rowvar=False, bias=len(members) == 1) + ridge for members in classes]
            ),
        )

    def negative_log_density(self, codes: np.ndarray) -> np.ndarray:
        """-log p(z) of codes (n, latent_dim) under the mixture, nats, float64 (n,)."""
        logs = []
        for mean, whiten, log_constant in self._whitening:
            logs.append(log_constant - (((codes - mean) @ whiten) ** 2).sum(axis=1) / 2)
        return -np.logaddexp.reduce(logs)

    @cached_property
    def _whitening(self) -> list[tuple[np.ndarray, np.ndarray, float]]:
        """For each class its mean, what turns its covariance into I, (latent_dim, latent_dim), and the logarithm of
        its weighted density at the mean. Found once: it takes longer than to use it."""
        found = []
        for weight, mean, covariance in zip(self.weights, self.means, self.covariances, strict=True):
            root = np.linalg.cholesky(covariance.astype(np.float64))
            log_root = np.log(2 * np.pi) * len(mean) / 2 + np.log(np.diag(root)).sum()
            found.append((mean, np.linalg.inv(root).T, np.log(weight) - log_root))
        return found


RIDGE, LEAST = 1e-4, 1e-12


def anomaly_score(
    reconstruction: np.ndarray, negative_log_density: np.ndarray, reference: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    """How unlike a digit: the sum of both parts' standard scores among real digits.

    Args:
        reconstruction: The reconstruction part of a score, nats, (n,).
        negative_log_density: `CodeDensity.negative_log_density` of the codes, nats, (n,).
        reference: Both parts of many real digits, nats, each (m,); one in which all are alike tells nothing, counts 0.

    Returns:
        In standard deviations, (n,); 0 is an average digit.
    """
    score = np.zeros(len(reconstruction))
    for part, real in zip((reconstruction, negative_log_density), reference, strict=True):
        deviation = real.std(dtype=np.float64)
        score += (part - real.mean(dtype=np.float64)) / deviation if deviation else 0
    return score


ERROR_RATE = 0.05
QUANTILES = 1001


@dataclass(frozen=True)
class DigitTest:
    """Tells digits from what is none, with a known error rate.

    Its score is the sum of the standard scores, among real digits, of how odd the code is (minus its log density) and
    of how little the reader sees of any class (minus its evidence); of the first alone where there is no reader. A code
    knows nothing of what the encoder threw away, and the reader nothing of where digits lie.

    Attributes:
        mixture: Where the codes of digits are.
        reader: What reads digits, or None.
        means: Of both parts among the test digits, nats, (2,).
        deviations: Their standard deviations, nats, (2,).
        quantiles: Of the test digits' scores, from the least to the largest at even steps, (QUANTILES,).
    """

    mixture: GaussianMixture
    reader: Reader | None
    means: np.ndarray
    deviations: np.ndarray
    quantiles: np.ndarray

    @classmethod
    def fit(cls, vae: VAE, mixture: GaussianMixture, reader: Reader | None, digits: np.ndarray) -> DigitTest:
        """Measures how real digits score, (n, 28, 28)."""
        unscaled = cls(mixture, reader, np.zeros(2), np.ones(2), np.zeros(QUANTILES))
        parts = unscaled.parts(vae, digits)
        # The part that is missing without a reader is 0 throughout.
        scaled = replace(unscaled, means=parts.mean(axis=0), deviations=np.maximum(parts.std(axis=0), 1e-12))
        return replace(scaled, quantiles=np.quantile(scaled.score(parts), np.linspace(0, 1, QUANTILES)))

    def parts(self, vae: VAE, images: np.ndarray) -> np.ndarray:
        """Minus the log density of the codes of pictures (n, 28, 28), and minus the reader's evidence, nats, (n, 2).

        Raises:
            InputError: Images of another shape, type or range.
        """
        oddness = -self.mixture.log_density(vae.encode(as_images(images)).z_mean)
        evidence = np.zeros(len(oddness)) if self.reader is None else self.reader.evidence(images)
        return np.stack([oddness, -evidence], axis=1)

    def score(self, parts: np.ndarray) -> np.ndarray:
        """How unlike a digit, from `parts` (n, 2): the sum of standard scores, (n,); 0 is an average digit."""
        return ((parts - self.means) / self.deviations).sum(axis=1)

    @property
    def threshold(self) -> float:
        """The score above which something is probably no digit: an ERROR_RATE of the test digits lies above it."""
        return float(np.interp(1 - ERROR_RATE, np.linspace(0, 1, QUANTILES), self.quantiles))

    def percentile(self, score: float) -> float:
        """The share of the test digits that score lower, in percent, 0 to 100."""
        return float(np.interp(score, self.quantiles, np.linspace(0, 100, QUANTILES)))


def percentile(value: float, ordered: np.ndarray) -> float:
    """The share of a reference that lies below a value, in percent, 0 to 100; ties count by half.

    Args:
        value: A score.
        ordered: Scores to compare it with, ascending, (n,), n at least 1.
    """
    below = np.searchsorted(ordered, value, side="left")
    not_above = np.searchsorted(ordered, value, side="right")
    return float(100 * (below + not_above) / 2 / len(ordered))


def roc_auc(normal: np.ndarray, anomalous: np.ndarray) -> float:
    """The area under the ROC curve: how often a random anomaly scores above a random normal picture.

    Args:
        normal: Scores of normal pictures, (n,).
        anomalous: Scores of anomalies, (m,).

    Returns:
        0 to 1; 0.5 is chance. Ties count by half.

    Source: Hanley and McNeil, "The Meaning and Use of the Area under a Receiver Operating Characteristic
    (ROC) Curve", Radiology 143(1), 1982.
    """
    normal = np.sort(normal)
    below = np.searchsorted(normal, anomalous, side="left")
    not_above = np.searchsorted(normal, anomalous, side="right")
    return float((below + not_above).mean() / 2 / len(normal))
