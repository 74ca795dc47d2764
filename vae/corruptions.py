"""Six ways to corrupt a picture, each with a level in [0, 1] and its randomness passed in.

A corruption is drawn once as a field of random numbers and then applied at any level. So the same seed gives the
same noise at every level, only stronger: moving the level never makes the picture jump.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from vae.config import IMAGE_SHAPE
from vae.errors import InputError
from vae.validate import as_images, as_level

Hole = tuple[float, float]
CENTRE: Hole = (0.5, 0.5)


@dataclass(frozen=True)
class Corruption:
    """One way to corrupt a picture.

    Attributes:
        label: Its name for people.
        meaning: What a level means, as a sentence for people.
        field: The random number that it needs for each pixel: "normal" for N(0, 1), "uniform" for U[0, 1), or "none".
        spoil: (images, level, field, hole) -> images, unclipped.
    """

    label: str
    meaning: str
    field: Literal["normal", "uniform", "none"]
    spoil: Callable[[np.ndarray, float, np.ndarray, Hole], np.ndarray]

    @property
    def is_random(self) -> bool:
        """Whether two seeds can give two results."""
        return self.field != "none"


def _gaussian(images, level, field, _hole):
    return images + np.float32(level) * field


def _speckle(images, level, field, _hole):
    return images * (1 + np.float32(level) * field)


def _salt_and_pepper(images, level, field, _hole):
    # One uniform number for each pixel decides whether it is hit and, by which end of [0, 1) it is at, with what.
    images = np.where(field < level / 2, np.float32(0), images)
    return np.where(field >= 1 - level / 2, np.float32(1), images)


def _dropout(images, level, field, _hole):
    return np.where(field < level, np.float32(0), images)


def _masking(images, level, _field, hole):
    _, height, width = images.shape
    side = round(level * height)
    # The hole stays inside the picture: (0, 0) puts it in the upper left corner, (1, 1) in the lower right.
    top, left = round(hole[0] * (height - side)), round(hole[1] * (width - side))
    images = images.copy()
    images[:, top : top + side, left : left + side] = 0
    return images


MAX_BLUR = 4.0


def _blur(images, level, _field, _hole):
    size = images.shape[1]
    sigma = MAX_BLUR * level
    if sigma < 1e-3:
        return images
    offsets = np.arange(size)
    kernel = np.exp(-0.5 * ((offsets[:, None] - offsets[None, :]) / sigma) ** 2)
    # Ink is lost over the edge, because the background goes on beyond it: rows are not normalised by the part inside.
    reach = np.arange(-4 * size, 4 * size + 1)
    kernel = (kernel / np.exp(-0.5 * (reach / sigma) ** 2).sum()).astype(np.float32)
    return kernel @ images @ kernel


CORRUPTIONS = {
    "gaussian": Corruption(
        "Gaussian noise",
        "the standard deviation of the noise added to every pixel; black to white is 1",
        "normal",
        _gaussian,
    ),
    "salt_and_pepper": Corruption(
        "Salt and pepper",
        "the share of pixels replaced, half by white and half by black",
        "uniform",
        _salt_and_pepper,
    ),
    "speckle": Corruption(
        "Speckle",
        "the standard deviation of the factor by which ink is multiplied; the ground stays clean",
        "normal",
        _speckle,
    ),
    "masking": Corruption(
        "Masking", "the side of a square hole, as a share of the picture's side", "none", _masking
    ),
    "blur": Corruption(
        "Blur", f"the width of the blur: its standard deviation is {MAX_BLUR:.0f} pixels at 1", "none", _blur
    ),
    "dropout": Corruption("Pixel dropout", "the share of pixels that go black", "uniform", _dropout),
}


def _corruption(kind: str) -> Corruption:
    if kind not in CORRUPTIONS:
        raise InputError(f"Expected a corruption among {sorted(CORRUPTIONS)}. Received {kind!r}.")
    return CORRUPTIONS[kind]


def draw_field(kind: str, count: int, rng: np.random.Generator) -> np.ndarray:
    """Draws the random numbers that a corruption needs for `count` images.

    Args:
        kind: A key of CORRUPTIONS.
        count: How many images.
        rng: Where the randomness comes from.

    Returns:
        A float32 array (count, 28, 28): N(0, 1) or U[0, 1) for each pixel, or zeros where none are needed.

    Raises:
        InputError: No such corruption.
    """
    shape = (count, *IMAGE_SHAPE)
    field = _corruption(kind).field
    if field == "normal":
        return rng.standard_normal(shape, dtype=np.float32)
    if field == "uniform":
        return rng.random(shape, dtype=np.float32)
    return np.zeros(shape, np.float32)


def apply(
    images: np.ndarray, kind: str, level: float, field: np.ndarray, *, hole: Hole = CENTRE
) -> np.ndarray:
    """Corrupts images with random numbers that are already drawn.

    Args:
        images: Floats in [0, 1], (n, 28, 28).
        kind: A key of CORRUPTIONS.
        level: How strong, in [0, 1]; 0 returns the images unchanged. See `CORRUPTIONS[kind].meaning`.
        field: What `draw_field` drew for the same kind, (n, 28, 28) or (1, 28, 28).
        hole: Where the hole of "masking" is, (down, right) in [0, 1].

    Returns:
        The corrupted images, float32 (n, 28, 28), clipped to [0, 1].

    Raises:
        InputError: An argument of another shape, type or range.
    """
    images, level = as_images(images), as_level(level, "level")
    if not all(0 <= place <= 1 for place in hole):
        raise InputError(f"Expected the hole at (down, right) in [0, 1]. Received {hole}.")
    if field.shape not in (images.shape, (1, *IMAGE_SHAPE)):
        raise InputError(
            f"Expected a field of shape {images.shape} or {(1, *IMAGE_SHAPE)}. Received {field.shape}."
        )
    return np.clip(_corruption(kind).spoil(images, level, field, hole), 0, 1).astype(np.float32, copy=False)


def corrupt(
    images: np.ndarray, kind: str, level: float, rng: np.random.Generator, *, hole: Hole = CENTRE
) -> np.ndarray:
    """Draws and applies a corruption: `apply` after `draw_field`, with the same arguments and errors."""
    images = as_images(images)
    return apply(images, kind, level, draw_field(kind, len(images), rng), hole=hole)
