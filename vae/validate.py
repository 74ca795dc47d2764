"""What is checked at every public boundary: images are floats (n, 28, 28) in [0, 1], codes are (n, latent_dim)."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from vae.errors import ConfigError, InputError

IMAGE_SHAPE = (28, 28)


def require(condition: bool, expected: str, received: object) -> None:
    """Refuses a part of a configuration.

    Raises:
        ConfigError: The condition does not hold.
    """
    if not condition:
        raise ConfigError(f"Expected {expected}. Received {received!r}.")


def is_positive_int(value: object) -> bool:
    """Whether a value from outside is a whole number above 0; true is none."""
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def is_number(value: object) -> bool:
    """Whether a value from outside is a finite number; true is none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def as_images(images: np.ndarray) -> np.ndarray:
    """Checks a batch of images and returns it as float32.

    Args:
        images: Floats in [0, 1], of shape (n, 28, 28).

    Returns:
        The same values as float32.

    Raises:
        InputError: Another shape or type, values that are not finite or outside [0, 1].
    """
    images = np.asarray(images)
    if images.ndim != 3 or images.shape[1:] != IMAGE_SHAPE:
        raise InputError(f"Expected images of shape (n, 28, 28). Received shape {images.shape}.")
    if not np.issubdtype(images.dtype, np.floating):
        raise InputError(
            f"Expected images as floats in [0, 1]. Received {images.dtype}: divide 0..255 values by 255 first."
        )
    if images.size and not (images.min() >= 0 and images.max() <= 1):  # NaN fails both comparisons.
        raise InputError(
            f"Expected image values in [0, 1]. Received values from {images.min():.4g} to {images.max():.4g}."
        )
    return images.astype(np.float32, copy=False)


def as_codes(z: np.ndarray, latent_dim: int) -> np.ndarray:
    """Checks a batch of latent codes, finite floats of shape (n, latent_dim), and returns it as float32.

    Raises:
        InputError: Another shape or type, or values that are not finite.
    """
    z = np.asarray(z)
    if z.ndim != 2 or z.shape[1] != latent_dim:
        raise InputError(f"Expected codes of shape (n, {latent_dim}). Received shape {z.shape}.")
    if not np.issubdtype(z.dtype, np.floating) or not np.isfinite(z).all():
        raise InputError(
            f"Expected finite floats as codes. Received {z.dtype} values, not all finite floats."
        )
    return z.astype(np.float32, copy=False)


def as_level(level: float, name: str = "sigma") -> float:
    """Checks that a noise level is a number in [0, 1].

    Raises:
        InputError: It isn't.
    """
    if not isinstance(level, (int, float, np.floating, np.integer)) or not 0 <= level <= 1:
        raise InputError(f"Expected {name} in [0, 1]. Received {level!r}.")
    return float(level)


def require_writable(folder: Path) -> None:
    """Finds out before the work, not after it, that its result can't be kept; makes the folder if there is none.

    Raises:
        OSError: The folder can't be made, or nothing can be written in it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / ".vae-can-write"
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from error  # Nobody has heard of the probe.
