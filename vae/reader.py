"""The reader: what digit a picture shows, and how sure that is.

A small classifier, trained on clean digits alone, that runs as the VAE does. What it reads is what a picture *looks
like* to somebody who knows digits and nothing else: it gives a letter to the digit that it resembles.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from vae.config import ReaderConfig, ReaderNetwork
from vae.inference import CHUNK, Runner
from vae.validate import as_images


class Reading(NamedTuple):
    """What some pictures read as.

    Attributes:
        reading: The likeliest class of each, (n,).
        confidence: Its probability, 0 to 1, float32 (n,).
        runner_up: The second likeliest class of each, (n,).
        runner_up_confidence: Its probability, float32 (n,).
    """

    reading: np.ndarray
    confidence: np.ndarray
    runner_up: np.ndarray
    runner_up_confidence: np.ndarray


def softmax(scores: np.ndarray) -> np.ndarray:
    """Probabilities from scores, exp(s_i) / sum_j exp(s_j) along the last axis, of the same shape."""
    # Less the largest, so that nothing overflows.
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


class Reader(Runner):
    """A trained reader: pictures to probabilities of classes."""

    network: ReaderNetwork

    def _pieces(self, images: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
        for start in range(0, len(images), CHUNK):
            part = slice(start, start + CHUNK)
            yield part, images[part, :, :, None]

    def features(self, images: np.ndarray) -> np.ndarray:
        """What the last layer sees of each picture.

        Args:
            images: Floats in [0, 1], (n, 28, 28).

        Returns:
            float32 (n, features).

        Raises:
            InputError: Images of another shape, type or range.
        """
        images = as_images(images)
        found = np.empty((len(images), *self.network.feature_shape), np.float32)
        for part, piece in self._pieces(images):
            found[part] = self._run("features", piece)
        return found

    def scores(self, images: np.ndarray) -> np.ndarray:
        """The logarithm of each class's probability but for a constant of each picture, float32 (n, classes).

        Takes and raises what `features` does.
        """
        return self._run("scores", self.features(images))

    def evidence(self, images: np.ndarray) -> np.ndarray:
        """How much speaks for any class at all: log of the sum of exp(score) over all classes.

        Probabilities say only which class it is if it is one. A picture that shows none of what the reader looks for
        has low scores for all of them.

        Takes and raises what `features` does; returns nats but for a constant, float64 (n,).

        Source: Liu, Wang, Owens and Li, "Energy-based Out-of-distribution Detection", NeurIPS 2020, equation 4.
        """
        return np.logaddexp.reduce(self.scores(images).astype(np.float64), axis=1)

    def read(self, images: np.ndarray) -> np.ndarray:
        """The probability of each class.

        Args:
            images: Floats in [0, 1], (n, 28, 28), or one image, (28, 28).

        Returns:
            float32 (n, classes), or (classes,) of one image; they sum to 1.

        Raises:
            InputError: Images of another shape, type or range.
        """
        if np.ndim(images) == 2:
            return self.read(np.asarray(images)[None])[0]
        return softmax(self.scores(images))

    def backward(self, images: np.ndarray, classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The logarithm of some classes' probabilities, and its gradient with respect to the pictures.

        Args:
            images: Floats in [0, 1], (n, 28, 28).
            classes: A class for each picture, (n,).

        Returns:
            log p(class | image), float32 (n,), and its gradient, float32 (n, 28, 28).

        Raises:
            InputError: Images of another shape, type or range.
        """
        images = as_images(images)
        logs, gradients = np.empty(len(images), np.float32), np.empty_like(images)
        for part, piece in self._pieces(images):
            features = self._trace("features", piece)
            scores = self._trace("scores", features[-1])
            probabilities, rows = softmax(scores[-1]), np.arange(len(piece))
            shifted = scores[-1] - scores[-1].max(axis=1, keepdims=True)
            logs[part] = (shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))[rows, classes[part]]
            # The derivative of the log-softmax by the scores: 1 at the class, less the probabilities.
            gradient = -probabilities
            gradient[rows, classes[part]] += 1
            gradient = self._backward("features", features, self._backward("scores", scores, gradient))
            gradients[part] = gradient[..., 0]
        return logs, gradients


def reading(probabilities: np.ndarray) -> Reading:
    """The two likeliest classes of each picture, from probabilities (n, classes), classes at least 2."""
    order = np.argsort(-probabilities, axis=1, kind="stable")[:, :2]
    (first, second), rows = order.T, np.arange(len(order))
    return Reading(first, probabilities[rows, first], second, probabilities[rows, second])


CALIBRATION_BINS = 15


def calibration_error(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """The expected calibration error: how far confidence is from the share that is read right.

    Pictures are sorted by confidence into 15 bins of equal width on [0, 1]; the error is the mean over pictures of the
    gap, in their bin, between mean confidence and the share that is read right.

    Args:
        probabilities: (n, classes).
        labels: The true classes, (n,).

    Returns:
        0 to 1.

    Source: Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks", ICML 2017, equation 3.
    """
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    gaps = np.bincount(bins, confidence - right, minlength=CALIBRATION_BINS)
    return float(np.abs(gaps).sum() / len(labels))


@dataclass(frozen=True)
class ReaderCheckpoint:
    """A loaded reader.

    Attributes:
        folder: Where it lies.
        digest: The SHA-256 of its weights.
        config: What it was trained with.
        reader: The network with its weights.
        card: The whole card, with the training run and figures.
    """

    folder: Path
    digest: str
    config: ReaderConfig
    reader: Reader
    card: Mapping[str, Any]
