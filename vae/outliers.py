"""Pictures that show nothing, made by code while a reader trains: told that they are no class, it learns to doubt.

A classifier that has seen digits alone is as sure of noise as of a digit. What is made here is like nothing that the
app judges as "no digit" (`vae.nondigits`), which stays unseen.

Source: Hendrycks, Mazeika and Dietterich, "Deep Anomaly Detection with Outlier Exposure", ICLR 2019.
"""

from __future__ import annotations

import numpy as np

from vae.validate import IMAGE_SHAPE

# Within this many pixels of the middle there is ink, as in MNIST.
REACH = 11.0


def draw_outliers(count: int, rng: np.random.Generator) -> np.ndarray:
    """Blobs, tangles of strokes and noise, a third each, some of them on a noisy ground.

    Args:
        count: How many.
        rng: Where the randomness comes from.

    Returns:
        float32 (count, 28, 28) in [0, 1].
    """
    kinds = np.arange(count) % 3
    made = np.empty((count, *IMAGE_SHAPE), np.float32)
    for kind, draw in enumerate((_blobs, _tangles, _noise)):
        chosen = kinds == kind
        made[chosen] = draw(int(chosen.sum()), rng)
    grounds = np.where(rng.random((count, 1, 1)) < 0.3, rng.uniform(0, 0.15, (count, 1, 1)), 0)
    return np.clip(made + grounds * rng.standard_normal(made.shape), 0, 1).astype(np.float32)


def _blobs(count: int, rng: np.random.Generator) -> np.ndarray:
    field = 3 * (_smooth_field(count, 9, rng) + 0.7 * _smooth_field(count, 15, rng))
    return _window() / (1 + np.exp(rng.uniform(0, 3, (count, 1, 1)) - field))


def _tangles(count: int, rng: np.random.Generator) -> np.ndarray:
    # Ink where a smooth field is near 0: lines that end nowhere.
    field = np.abs(_smooth_field(count, 11, rng))
    return _window() * np.clip(1.2 - field / rng.uniform(0.15, 0.6, (count, 1, 1)), 0, 1)


def _noise(count: int, rng: np.random.Generator) -> np.ndarray:
    return rng.uniform(0, 1, (count, 1, 1)) * np.abs(rng.standard_normal((count, *IMAGE_SHAPE)))


def _window() -> np.ndarray:
    y, x = np.indices(IMAGE_SHAPE) - (IMAGE_SHAPE[0] - 1) / 2
    return np.clip(REACH - np.hypot(x, y), 0, 3) / 3


def _smooth_field(count: int, nodes: int, rng: np.random.Generator) -> np.ndarray:
    """N(0, 1) at nodes x nodes places over the picture, and in between as bilinear interpolation has it."""
    places = np.linspace(0, nodes - 1, IMAGE_SHAPE[0])
    before = np.minimum(places.astype(int), nodes - 2)
    weights = np.zeros((IMAGE_SHAPE[0], nodes))
    rows = np.arange(IMAGE_SHAPE[0])
    weights[rows, before], weights[rows, before + 1] = 1 - (places - before), places - before
    return weights @ rng.standard_normal((count, nodes, nodes)) @ weights.T
