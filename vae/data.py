"""MNIST, bundled with the project: 60,000 training and 10,000 test digits.

The test and training images are separate members of one archive, so that reading the test set never touches
the training set.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vae.errors import DataError, InputError

ASSETS = Path(__file__).parent / "assets"
MNIST = ASSETS / "mnist.npz"
SPLITS = ("train", "test")


class Digits(NamedTuple):
    """Images and what they show.

    Attributes:
        images: float32 (n, 28, 28) in [0, 1], 0 is background.
        labels: uint8 (n,), 0 to 9.
    """

    images: np.ndarray
    labels: np.ndarray


def load_mnist(split: str) -> Digits:
    """Reads one split of MNIST.

    Args:
        split: "train" (60,000 digits) or "test" (10,000).

    Returns:
        Its images, scaled to [0, 1], and labels.

    Raises:
        InputError: Another split.
        DataError: The bundled file is missing.

    Source: LeCun, Cortes and Burges, "The MNIST database of handwritten digits", CC BY-SA 3.0.
    """
    if split not in SPLITS:
        raise InputError(f"Expected a split among {SPLITS}. Received {split!r}.")
    if not MNIST.exists():
        raise DataError(f"Expected MNIST at {MNIST}. It is part of the repository: check it out again.")
    with np.load(MNIST, allow_pickle=False) as archive:
        images = archive[f"x_{split}"].astype(np.float32) / 255
        return Digits(images, archive[f"y_{split}"])


def mnist_sha256() -> str:
    """The SHA-256 of the bundled file, as a checkpoint's card records it."""
    return hashlib.sha256(MNIST.read_bytes()).hexdigest()
