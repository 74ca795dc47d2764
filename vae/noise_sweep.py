"""How much noise can it take? One image under a rising level of corruption, in arrays.

All levels see the same draws of noise, only stronger: so curves are smooth, and a path through the latent
space is the path of one picture.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vae import metrics
from vae.config import IMAGE_SHAPE
from vae.corruptions import CENTRE, Hole, apply, draw_field
from vae.errors import InputError
from vae.inference import VAE
from vae.validate import as_images


def sweep(
    image: np.ndarray,
    kind: str,
    levels: np.ndarray,
    rng: np.random.Generator,
    *,
    draws: int = 1,
    hole: Hole = CENTRE,
) -> np.ndarray:
    """Spoils one image at each of some levels, with several draws of the same noise.

    Args:
        image: Floats in [0, 1], (28, 28).
        kind: A key of `vae.corruptions.CORRUPTIONS`.
        levels: How strong, each in [0, 1], (levels,).
        rng: Where the randomness comes from. The first draw equals that of `vae.corruptions.corrupt`.
        draws: How often the noise is drawn.
        hole: Where the hole of "masking" stands, (down, right) in [0, 1].

    Returns:
        float32 (levels, draws, 28, 28) in [0, 1].

    Raises:
        InputError: An argument of another shape, type or range.
    """
    images = np.broadcast_to(image, (draws, *IMAGE_SHAPE))
    field = draw_field(kind, draws, rng)
    return np.stack([apply(images, kind, float(level), field, hole=hole) for level in levels])


def median_filter(images: np.ndarray, size: int = 3) -> np.ndarray:
    """Each pixel becomes the median of the square around it: the classic remedy, which learns nothing.

    Beyond the edge the image is mirrored.

    Args:
        images: Floats in [0, 1], (n, 28, 28).
        size: The square's side in pixels, odd.

    Returns:
        float32 (n, 28, 28) in [0, 1].

    Raises:
        InputError: Images of another shape, type or range, or a side that is not odd.

    Source: Tukey, "Exploratory Data Analysis", 1977, chapter 7.
    """
    images = as_images(images)
    if size < 1 or size % 2 == 0:
        raise InputError(f"Expected size to be odd and positive. Received {size!r}.")
    reach = size // 2
    padded = np.pad(images, ((0, 0), (reach, reach), (reach, reach)), mode="symmetric")
    height, width = IMAGE_SHAPE
    shifts = [padded[:, row : row + height, col : col + width] for row in range(size) for col in range(size)]
    # Copies along the first axis sort several times faster than a view of sliding windows.
    return np.partition(np.stack(shifts), size * size // 2, axis=0)[size * size // 2]


class Quality(NamedTuple):
    """How close the pictures of a sweep are to the original.

    Attributes:
        psnr: dB, infinite where a picture equals the original, (levels, draws).
        ssim: -1 to 1, (levels, draws).
    """

    psnr: np.ndarray
    ssim: np.ndarray


def quality(pictures: np.ndarray, image: np.ndarray) -> Quality:
    """Measures a sweep's pictures, spoilt or denoised, against the original.

    Args:
        pictures: Floats in [0, 1], (levels, draws, 28, 28).
        image: The original, (28, 28).

    Raises:
        InputError: Images of another shape, type or range.
    """
    flat = pictures.reshape(-1, *IMAGE_SHAPE)
    originals = np.broadcast_to(image, flat.shape)
    shape = pictures.shape[:2]
    return Quality(metrics.psnr(flat, originals).reshape(shape), metrics.ssim(flat, originals).reshape(shape))


def denoise_sweep(vae: VAE, pictures: np.ndarray) -> np.ndarray:
    """Denoises a sweep, (levels, draws, 28, 28), in one batch; raises what `VAE.denoise` does."""
    return vae.denoise(pictures.reshape(-1, *IMAGE_SHAPE)).reshape(pictures.shape)


def crossing(levels: np.ndarray, before: np.ndarray, after: np.ndarray) -> float | None:
    """The level at which denoising starts to pay: where `after` first rises from below `before` to above it.

    Args:
        levels: Rising, (levels,).
        before: A quality of the spoilt pictures at each level, (levels,); it may be infinite.
        after: The same quality of the denoised ones.

    Returns:
        The level, by straight lines between the given ones; the first given one where it pays from there on;
        None where it never pays.
    """
    with np.errstate(invalid="ignore"):
        gain = np.asarray(after) - before
    gain = np.where(np.isnan(gain), 0.0, gain)  # Both infinite: equal.
    pays = np.flatnonzero(gain > 0)
    if not len(pays):
        return None
    first = pays[0]
    if first == 0:
        return float(levels[0])
    low, high = gain[first - 1], gain[first]
    # From an infinite loss no line can be drawn.
    share = -low / (high - low) if np.isfinite(low) and np.isfinite(high) else 1.0
    return float(levels[first - 1] + share * (levels[first] - levels[first - 1]))
