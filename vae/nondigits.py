"""Pictures that are no digits, made by code: what an anomaly score should tell from MNIST.

All are white on black, and what is drawn afresh goes the way of every drawing, through `preprocess`: so size,
place and stroke width are MNIST's, and only the shape can tell.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from vae.data import Digits
from vae.errors import InputError
from vae.preprocess import ink_to_digit

# Turned by 180 degrees these become no other digit: 0, 1 and 8 stay what they are, 2 and 5 nearly do (they
# are drawn like Z and S), and 6 and 9 become each other.
TURNABLE = (3, 4, 7)
PATCH = 7
# Capitals that no handwritten digit resembles; B, C, D, G, I, J, L, O, P, Q, S, U, V and Z are too close to
# one.
LETTERS = "AEFHKMNRTWXY"
CANVAS = 112
PEN = 6  # Pixels of the canvas.


@dataclass(frozen=True)
class NonDigit:
    """One kind of non-digit.

    Attributes:
        label: Its name for people.
        meaning: How it is made, as a sentence for people.
        make: (digits, count, rng) -> float32 (count, 28, 28) in [0, 1].
    """

    label: str
    meaning: str
    make: Callable[[Digits, int, np.random.Generator], np.ndarray]


def _upside_down(digits: Digits, count: int, rng: np.random.Generator) -> np.ndarray:
    chosen = rng.choice(np.flatnonzero(np.isin(digits.labels, TURNABLE)), count)
    return digits.images[chosen, ::-1, ::-1].copy()


def _shuffled_patches(digits: Digits, count: int, rng: np.random.Generator) -> np.ndarray:
    images = digits.images[rng.choice(len(digits.images), count)]
    side = images.shape[1] // PATCH
    patches = (
        images.reshape(count, side, PATCH, side, PATCH)
        .transpose(0, 1, 3, 2, 4)
        .reshape(count, -1, PATCH, PATCH)
    )
    order = rng.random(patches.shape[:2]).argsort(axis=1)
    patches = patches[np.arange(count)[:, None], order]
    return patches.reshape(count, side, side, PATCH, PATCH).transpose(0, 1, 3, 2, 4).reshape(images.shape)


def _as_written(picture: Image.Image, rng: np.random.Generator) -> np.ndarray:
    # A hand turns and slants what it writes; the same small spread for all kinds.
    turn, shear = np.radians(rng.normal(0, 6)), rng.normal(0, 0.15)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ [[1, shear], [0, 1]]
    offset = CANVAS / 2 - matrix @ np.full(2, CANVAS / 2)
    affine = (*matrix[0], offset[0], *matrix[1], offset[1])
    turned = picture.transform(picture.size, Image.Transform.AFFINE, affine, Image.Resampling.BILINEAR)
    return ink_to_digit(np.asarray(turned, np.float64) / 255)


def _blank() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    picture = Image.new("L", (CANVAS, CANVAS))
    return picture, ImageDraw.Draw(picture)


def _letters(_digits: Digits, count: int, rng: np.random.Generator) -> np.ndarray:
    font = ImageFont.load_default(size=CANVAS // 2)
    images = np.empty((count, 28, 28), np.float32)
    for index, letter in enumerate(rng.choice(list(LETTERS), count)):
        picture, draw = _blank()
        # A thin outline thickens the font's strokes to a pen's.
        draw.text((CANVAS / 2, CANVAS / 2), letter, 255, font, anchor="mm", stroke_width=1)
        images[index] = _as_written(picture, rng)
    return images


def _polygon(radii: np.ndarray) -> np.ndarray:
    angles = 2 * np.pi * np.arange(len(radii)) / len(radii) - np.pi / 2
    return np.stack([np.cos(angles), np.sin(angles)], axis=1) * radii[:, None]


def _shape_lines() -> tuple[list[np.ndarray], ...]:
    """Shapes as lists of lines, each a chain of points around (0, 0) with coordinates in [-1, 1]."""

    def closed(points: np.ndarray) -> np.ndarray:
        return np.concatenate([points, points[:2]])

    turns = np.linspace(0.1, 1, 60)[:, None]
    spiral = turns * np.hstack([np.cos(5 * np.pi * turns), np.sin(5 * np.pi * turns)])
    cross = [np.array([[-1, 0], [1, 0]]), np.array([[0, -1], [0, 1]])]
    arrow = [np.array([[-1, 0], [1, 0]]), np.array([[0.3, -0.7], [1, 0], [0.3, 0.7]])]
    zigzag = [np.stack([np.linspace(-1, 1, 6), 0.6 * (-1.0) ** np.arange(6)], axis=1)]
    return (
        [closed(_polygon(np.ones(3)))],
        [closed(_polygon(np.ones(4)))],
        [closed(_polygon(np.array([1, 0.4] * 5)))],
        [spiral],
        [*cross, closed(_polygon(np.ones(24)))],
        arrow,
        zigzag,
    )


def _shapes(_digits: Digits, count: int, rng: np.random.Generator) -> np.ndarray:
    shapes = _shape_lines()
    images = np.empty((count, 28, 28), np.float32)
    for index, choice in enumerate(rng.integers(len(shapes), size=count)):
        picture, draw = _blank()
        for line in shapes[choice]:
            points = CANVAS / 2 + CANVAS * 0.33 * line
            draw.line([tuple(point) for point in points], 255, PEN, joint="curve")
        images[index] = _as_written(picture, rng)
    return images


NON_DIGITS = {
    "upside_down": NonDigit(
        "Upside-down digits",
        "a 3, 4 or 7 turned by half a circle; the other digits would become digits again, or nearly",
        _upside_down,
    ),
    "shuffled_patches": NonDigit(
        "Shuffled patches",
        "a digit cut into 16 squares, which are laid out in another order",
        _shuffled_patches,
    ),
    "letters": NonDigit(
        "Letters", f"one of the capitals {', '.join(LETTERS)}, turned and slanted a little", _letters
    ),
    "shapes": NonDigit(
        "Shapes", "a triangle, a square, a star, a spiral, a wheel, an arrow or a zigzag", _shapes
    ),
}


def make_non_digits(kind: str, digits: Digits, count: int, rng: np.random.Generator) -> np.ndarray:
    """Makes pictures that are no digits.

    Args:
        kind: A key of NON_DIGITS.
        digits: Digits to spoil, for the kinds that are made from some.
        count: How many.
        rng: Where the randomness comes from.

    Returns:
        float32 (count, 28, 28) in [0, 1].

    Raises:
        InputError: No such kind.
    """
    if kind not in NON_DIGITS:
        raise InputError(f"Expected a kind among {sorted(NON_DIGITS)}. Received {kind!r}.")
    return NON_DIGITS[kind].make(digits, count, rng)
