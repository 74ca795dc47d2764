"""Small random rotations, scalings and shears of training digits: more digits than MNIST has.

Only some digits are distorted: interpolation softens edges, and a model that saw nothing but soft digits would paint
soft digits.
"""

from __future__ import annotations

import numpy as np

# Standard deviations at strength 1: about 7 degrees, 6 percent, and 2.8 pixels of slant over a digit's height.
ROTATION, SCALE, SHEAR = 0.12, 0.06, 0.10
SHARE = 0.5


def augment(images: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    """Distorts half of the images, each by a random affine map about its centre, with bilinear interpolation.

    Nothing is shifted: MNIST's digits are centred, and a code would have to spend two dimensions on the shift.

    Args:
        images: float32 (n, 28, 28) in [0, 1].
        strength: A factor for the standard deviations of rotation, scale and shear; 0 changes nothing.
        rng: Where the randomness comes from.

    Returns:
        float32 (n, 28, 28) in [0, 1]; beyond the old edge it is 0.
    """
    chosen = rng.random(len(images)) < SHARE
    augmented = images.copy()
    augmented[chosen] = _distort(images[chosen], strength, rng)
    return augmented


def _distort(images: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    count, height, width = images.shape
    angle = rng.normal(0, ROTATION * strength, count)
    scale_x, scale_y = np.exp(rng.normal(0, SCALE * strength, (2, count)))
    shear = rng.normal(0, SHEAR * strength, count)
    cos, sin = np.cos(angle), np.sin(angle)
    # Rows of the map from output to input coordinates, in pixels from the centre.
    to_x = np.stack([cos * scale_x, shear - sin], axis=1).astype(np.float32)
    to_y = np.stack([sin, cos * scale_y], axis=1).astype(np.float32)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    offsets = np.stack([x - (width - 1) / 2, y - (height - 1) / 2]).reshape(2, -1)
    source_x = to_x @ offsets + (width - 1) / 2
    source_y = to_y @ offsets + (height - 1) / 2
    left, top = np.floor(source_x), np.floor(source_y)
    part_x, part_y = source_x - left, source_y - top
    # A border of zeros stands in for everything beyond the edge.
    padded = np.pad(images, ((0, 0), (1, 2), (1, 2))).reshape(-1)
    column = np.clip(left.astype(np.int32) + 1, 0, width + 1)
    row = np.clip(top.astype(np.int32) + 1, 0, height + 1)
    stride = width + 3
    corner = np.arange(count, dtype=np.int32)[:, None] * (stride * (height + 3)) + row * stride + column
    upper = padded[corner] * (1 - part_x) + padded[corner + 1] * part_x
    lower = padded[corner + stride] * (1 - part_x) + padded[corner + stride + 1] * part_x
    return (upper * (1 - part_y) + lower * part_y).reshape(images.shape)
