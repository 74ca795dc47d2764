"""The ink that `vae.strokes` finds in a photo becomes a digit as the makers of MNIST would have stored it.

What is drawn on the canvas goes through `vae.drawing`, and shares the last steps.

The steps are few, explicit and continuous wherever they can be. Lengths are in pixels, and a pixel with index i covers
the interval from i to i + 1.

1. Box. The rows and columns that hold ink above `INK_THRESHOLD` of its largest value.
2. Working grid. Resample so that the box's longest side measures `WORKING_SIDE`, its centre at the centre of
   a square of `WORKING_SIZE`.
3. Stroke width. Twice the ink's area over its perimeter, the total variation being the perimeter of soft ink.
4. Strokes outside MNIST's range of widths are thickened or slimmed by a disc with a soft rim of radius
   `growth`.
5. Digit. Resample so that the box, grown with the strokes, has a longest side of 20, and so that the centre
   of mass lies at the centre of pixel 14, where MNIST has it.
6. Divide by the largest value.

Source: LeCun, Cortes, Burges, "The MNIST database of handwritten digits": "size normalized to fit in a 20x20
pixel box while preserving their aspect ratio", with grey levels from anti-aliasing, and "centered in a 28x28
image by computing the center of mass".
"""

import numpy as np

from vae.config import IMAGE_SHAPE
from vae.errors import PreprocessError

DIGIT_SIZE = IMAGE_SHAPE[0]
DIGIT_SIDE = 20
# MNIST was moved by whole pixels: its centres of mass spread evenly from index 13.5 to 14.5, around pixel
# 14's centre. Moving by fractions instead keeps a drawing from jumping while it grows, and crisp ink ends no
# softer than MNIST's.
CENTRE = 14.5

WORKING_SIDE = 80
WORKING_SIZE = 104

INK_THRESHOLD = 0.15
MIN_SIDE = 6

# Widths are in pixels of the digit. Enlarged smoothly and measured in step 3, a tenth of MNIST is thinner
# than the first and another tenth wider than the second.
MIN_STROKE_WIDTH = 1.8
MAX_STROKE_WIDTH = 3.4
# A filled disc or square measures 10, however large it is, and the widest of 1,500 MNIST digits 6.6.
BLOB_WIDTH = 8.0


def ink_to_digit(ink: np.ndarray) -> np.ndarray:
    """Crop, scale, centre and even out ink on a ground of zero.

    Args:
        ink: float of shape (h, w) in [0, 1]; 0 is background.

    Returns:
        The digit: float32 of shape (28, 28) in [0, 1], its largest value 1.

    Raises:
        PreprocessError: there is no ink, or no more than a dot or a filled area.

    Source: the steps at the top of this module.
    """
    peak = ink.max()
    if peak <= 0:
        raise PreprocessError("There is no ink yet: draw a digit, large, in one stroke or several.")
    ink = ink / peak

    top, bottom = _extent(ink.max(axis=1))
    left, right = _extent(ink.max(axis=0))
    side = max(bottom - top, right - left)
    if side < MIN_SIDE:
        raise PreprocessError("That is only a speck: draw the digit larger.")

    scale = WORKING_SIDE / side
    middle = WORKING_SIZE / 2
    rows = resampling_matrix(ink.shape[0], WORKING_SIZE, scale, (top + bottom) / 2, middle)
    columns = resampling_matrix(ink.shape[1], WORKING_SIZE, scale, (left + right) / 2, middle)
    working = rows @ ink @ columns.T

    width = stroke_width(working)  # Still in pixels of the working grid.
    if width > BLOB_WIDTH * WORKING_SIDE / DIGIT_SIDE:
        raise PreprocessError(
            "That is a dot or a filled area: draw a digit with lines, and leave room around them."
        )
    growth = _growth(width)
    working = _thicken(working, growth) if growth > 0 else 1 - _thicken(1 - working, -growth)

    scale = DIGIT_SIDE / (WORKING_SIDE + 2 * growth)
    height = scale * ((bottom - top) * WORKING_SIDE / side + 2 * growth)
    breadth = scale * ((right - left) * WORKING_SIDE / side + 2 * growth)
    return centre_digit(working, scale, height, breadth)


def centre_digit(working: np.ndarray, scale: float, height: float, breadth: float) -> np.ndarray:
    """Shrink ink to a digit whose centre of mass lies where MNIST has it, which are steps 5 and 6.

    Args:
        working: ink, float of shape (WORKING_SIZE, WORKING_SIZE) in [0, 1], its box at the centre.
        scale: pixels of the digit per pixel of `working`.
        height: of the box, in pixels of the digit.
        breadth: of the box, likewise.

    Returns:
        The digit: float32 of shape (28, 28) in [0, 1], its largest value 1.
    """
    rows = _centring_matrix(working.sum(axis=1), scale, height)
    columns = _centring_matrix(working.sum(axis=0), scale, breadth)
    digit = np.clip(rows @ working @ columns.T, 0, 1)
    return (digit / digit.max()).astype(np.float32)


def resampling_matrix(
    source_size: int, target_size: int, scale: float, source_point: float, target_point: float
) -> np.ndarray:
    """Build the matrix that resamples one axis, laying one point of the source on one point of the target.

    A target pixel is the mean of the source over the interval that it covers. An interval shorter than a
    source pixel is lengthened to one, which makes enlarging a linear interpolation. Outside the source is
    background.

    Args:
        source_size: pixels along the source's axis.
        target_size: pixels along the target's axis.
        scale: target pixels per source pixel, positive.
        source_point: a position along the source, in its pixels.
        target_point: where in the target, in its pixels, that position comes to lie.

    Returns:
        Weights: float64 of shape (target_size, source_size); rows sum to at most 1.
    """
    centres = source_point + (np.arange(target_size) + 0.5 - target_point) / scale
    half = max(1.0, 1.0 / scale) / 2
    starts = np.arange(source_size)
    overlap = np.minimum(centres[:, None] + half, starts + 1) - np.maximum(centres[:, None] - half, starts)
    return np.maximum(overlap, 0) / (2 * half)


def stroke_width(ink: np.ndarray) -> float:
    """Measure the mean width of strokes as twice their area over their perimeter, which is exact for long
    ones.

    Args:
        ink: float of shape (h, w) in [0, 1], not all zero; its margins are background.

    Returns:
        The width, in pixels of `ink`.

    Source: total variation as the perimeter of a soft set, by the coarea formula; differences across the
        diagonals (Roberts), which treat slanting edges and straight ones more alike.
    """
    falling = ink[1:, 1:] - ink[:-1, :-1]
    rising = ink[1:, :-1] - ink[:-1, 1:]
    perimeter = np.sqrt((falling**2 + rising**2) / 2).sum()
    return float(2 * ink.sum() / perimeter)


def _extent(profile: np.ndarray) -> tuple[int, int]:
    inked = np.flatnonzero(profile > INK_THRESHOLD)
    return int(inked[0]), int(inked[-1]) + 1


def _growth(width: float) -> float:
    # Growing by g turns the longest side into WORKING_SIDE + 2 g, and with it what a pixel of the digit
    # measures: (width + 2 g) / (WORKING_SIDE + 2 g) = target / DIGIT_SIDE, solved for g.
    target = min(max(width * DIGIT_SIDE / WORKING_SIDE, MIN_STROKE_WIDTH), MAX_STROKE_WIDTH) / DIGIT_SIDE
    return (target * WORKING_SIDE - width) / (2 * (1 - target))


def _thicken(ink: np.ndarray, radius: float) -> np.ndarray:
    # The rim of the disc fades over one pixel, so that the result moves evenly with the radius and 0 changes
    # nothing.
    reach = int(np.ceil(radius))
    padded = np.pad(ink, reach, mode="edge")
    size = ink.shape[0]
    thick = ink
    for down in range(-reach, reach + 1):
        for across in range(-reach, reach + 1):
            weight = min(radius + 1 - np.hypot(down, across), 1.0)
            if weight > 0:
                moved = padded[reach + down : reach + down + size, reach + across : reach + across + size]
                thick = np.maximum(thick, weight * moved)
    return thick


def _centring_matrix(mass: np.ndarray, scale: float, length: float) -> np.ndarray:
    centre = (mass * (np.arange(WORKING_SIZE) + 0.5)).sum() / mass.sum()
    # The box lies at the centre of the working grid. A digit with its mass far to one side still keeps all
    # its ink.
    before = length / 2 + scale * (centre - WORKING_SIZE / 2)
    target = min(max(CENTRE, before), DIGIT_SIZE - length + before)
    return resampling_matrix(WORKING_SIZE, DIGIT_SIZE, scale, centre, target)
