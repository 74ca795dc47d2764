"""What the pull to the prior costs and what it buys: a model's rate and distortion, and how good its draws are.

The rate is what a code costs, in nats: the most that it can say of its picture; the distortion what the picture loses
on the way there and back. How good draws are is told by a reader: how many of them read as a digit, and how far, as a
cloud of the reader's features, they lie from real pictures.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from vae import metrics
from vae.data import Digits
from vae.errors import InputError
from vae.posterior import aggregated_posterior

if TYPE_CHECKING:
    from vae.inference import VAE

FILE = "rate_distortion.json"
# From this confidence on a picture "reads": a draw that reads shows a digit, and no mixture of two.
READS = 0.9
DRAWS, WALKS = 10_000, 1_000


class Reads(Protocol):
    """What reads pictures: `vae.reader.Reader` does."""

    def features(self, images: np.ndarray) -> np.ndarray:
        """What its last layer sees of pictures (n, 28, 28), (n, features)."""

    def read(self, images: np.ndarray) -> np.ndarray:
        """The probability of each class, (n, classes)."""


@dataclass(frozen=True)
class RateDistortion:
    """What a model's codes cost, what they lose, and what draws from the prior and walks between codes show.

    All is measured on test pictures.

    Attributes:
        kl_weight: What a nat weighed in training.
        rate_by_dimension: Mean KL divergence of the posterior from the prior in each latent dimension, nats.
        distortion: Mean squared error of reconstructions from sampled codes, over all pixels.
        variance_of_means: By how much the posteriors' means vary in each dimension.
        deviation_by_dimension: The standard deviation of the aggregated posterior; the prior's is 1.
        draws_read: The share of draws from the prior that read with a confidence above 0.9.
        draws_distance: The Frechet distance between as many draws and the test pictures, in the reader's features.
        middles_read: The share of middles of straight walks between pictures of different classes that read so.
        middles_confidence: The mean confidence there.
        reconstructions_read: The share of reconstructions from sampled codes that read so.
    """

    kl_weight: float
    rate_by_dimension: tuple[float, ...]
    distortion: float
    variance_of_means: tuple[float, ...]
    deviation_by_dimension: tuple[float, ...]
    draws_read: float
    draws_distance: float
    middles_read: float
    middles_confidence: float
    reconstructions_read: float

    @property
    def rate(self) -> float:
        """Mean KL divergence of the posterior from the prior, nats, summed over dimensions."""
        return sum(self.rate_by_dimension)

    @property
    def active(self) -> tuple[bool, ...]:
        """Which dimensions are in use, those whose means vary by more than 0.01; the others are dead."""
        return tuple(variance > metrics.ACTIVE_VARIANCE for variance in self.variance_of_means)


def pair_classes(labels: np.ndarray, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draws pairs of pictures of different classes, each pair as likely as every other.

    Args:
        labels: The classes of n pictures, at least two of them.
        count: How many pairs.
        rng: Where the randomness comes from.

    Returns:
        The places of the pairs' first and second pictures, each (count,).

    Raises:
        InputError: All pictures are of one class.
    """
    if len(np.unique(labels)) < 2:
        raise InputError("Expected pictures of two classes or more. Received one.")
    first, second = rng.integers(len(labels), size=(2, count))
    while (alike := labels[first] == labels[second]).any():
        first[alike], second[alike] = rng.integers(len(labels), size=(2, alike.sum()))
    return first, second


def measure(
    vae: VAE,
    kl_weight: float,
    reader: Reads,
    test: Digits,
    real: np.ndarray,
    seed: int = 0,
    draws: int = DRAWS,
    walks: int = WALKS,
) -> RateDistortion:
    """Measures a model on clean test pictures.

    Args:
        vae: The model.
        kl_weight: What a nat weighed in its training.
        reader: Who reads draws, reconstructions and walks.
        test: Pictures of two classes or more.
        real: The reader's features of these, (n, features).
        seed: What decides the sampled codes, the draws from the prior and the walks.
        draws: How many draws from the prior.
        walks: How many walks.
    """
    rng = np.random.default_rng(seed)
    posterior = vae.encode(test.images)
    reconstructions = vae.decode(posterior.sample(rng))
    drawn = vae.decode(rng.standard_normal((draws, vae.network.latent_dim), dtype=np.float32))
    start, end = pair_classes(test.labels, walks, rng)
    middles = vae.decode((posterior.z_mean[start] + posterior.z_mean[end]) / 2)
    drawn_read, middles_read, reconstructions_read = (
        reader.read(images).max(axis=1) for images in (drawn, middles, reconstructions)
    )
    aggregated = aggregated_posterior(posterior)
    return RateDistortion(
        kl_weight=kl_weight,
        rate_by_dimension=tuple(metrics.kl_divergence(*posterior).mean(axis=0, dtype=np.float64).tolist()),
        distortion=float(metrics.mse(reconstructions, test.images).mean()),
        variance_of_means=tuple(posterior.z_mean.var(axis=0, dtype=np.float64).tolist()),
        deviation_by_dimension=tuple(np.sqrt(np.diag(aggregated.covariance)).tolist()),
        draws_read=float((drawn_read > READS).mean()),
        draws_distance=metrics.frechet_distance(reader.features(drawn), real),
        middles_read=float((middles_read > READS).mean()),
        middles_confidence=float(middles_read.mean()),
        reconstructions_read=float((reconstructions_read > READS).mean()),
    )


def write(folder: Path, about: Mapping[str, str], found: RateDistortion) -> None:
    """Writes what was measured beside a model.

    Args:
        folder: The model's folder.
        about: What the figures are of, by name: the SHA-256 of the weights of the model and of the reader.
        found: The figures.
    """
    path = Path(folder) / FILE
    path.write_text(json.dumps({**about, **asdict(found)}, indent=1) + "\n")


def read(folder: Path, about: Mapping[str, str]) -> RateDistortion | None:
    """Reads what was measured of a model.

    Args:
        folder: The model's folder.
        about: What the figures should be of, as `write` took it.

    Returns:
        The figures; None where there are none, or damaged ones, or those of other weights.
    """
    try:
        data = json.loads((Path(folder) / FILE).read_text(encoding="utf-8"))
        if any(data.get(name) != value for name, value in about.items()):
            return None
        values: dict[str, Any] = {field.name: data[field.name] for field in fields(RateDistortion)}
        lists = {name: tuple(map(float, value)) for name, value in values.items() if isinstance(value, list)}
        return RateDistortion(**{**values, **lists})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
