"""Leaving out the lines of ruled and squared paper."""

from __future__ import annotations

import numpy as np
from skimage.transform import hough_line, hough_line_peaks

from vae.closing import closing, opening

# Wider than a printed line, and narrower than most strokes.
SQUARE = 9
LINE = 0.03  # How much darker than the paper a line is, at least, as a difference of logarithms.
# What share of its way across the picture a line shows, and how many go the same way at least.
MIN_SUPPORT, MIN_PARALLEL = 0.4, 4
PARALLEL = np.deg2rad(10)
MAX_IRREGULARITY = 0.2  # Of the distances between them, as a share of the usual one.
MAX_LINES = 160
# Along a line, its strength and its place are measured anew in pieces so long; across it, so far.
PIECE, REACH = 120, 5


def without_lines(planes: np.ndarray) -> tuple[np.ndarray, int]:
    """Takes printed lines out of a picture, and leaves what is written over them.

    Args:
        planes: float32 (c, h, w), logarithms of intensities.

    Returns:
        The planes without lines, and how many there were.

    Source: Duda and Hart, 1972, for finding them.
    """
    hats = closing(planes, SQUARE) - planes
    strongest = hats.max(axis=0)
    usual = np.median(strongest)
    mask = strongest > max(2.5 * usual, LINE)
    lines = _regular(_long_lines(mask), mask.shape)
    if not lines:
        return planes, 0
    planes = planes.copy()
    band = np.zeros(mask.shape, bool)
    for angle, distance in lines:
        _erase(planes, hats, band, angle, distance)
    # Ink that covers a line lost that line's share: it is taken from its two sides.
    filled = opening(planes, SQUARE - 2)
    return np.where(band, np.minimum(planes, filled), planes), len(lines)


def _long_lines(mask: np.ndarray) -> list[tuple[float, float]]:
    share = mask.mean()
    if not 0.002 < share < 0.5:
        return []
    angles = np.deg2rad(np.arange(-90, 90, 0.5))
    votes, angles, distances = hough_line(mask, angles)
    threshold = MIN_SUPPORT * min(mask.shape)
    _, found_angles, found_distances = hough_line_peaks(
        votes, angles, distances, min_distance=6, min_angle=6, threshold=threshold, num_peaks=MAX_LINES
    )
    return [
        (angle, distance)
        for angle, distance in zip(found_angles, found_distances, strict=True)
        if _support(mask, angle, distance) > MIN_SUPPORT + share
    ]


def _support(mask: np.ndarray, angle: float, distance: float) -> float:
    rows, columns, _ = _band(mask.shape, angle, distance, 1)
    if rows.shape[0] < 0.4 * min(mask.shape):
        return 0.0
    return float(mask[rows, columns].any(axis=1).mean())


def _band(shape, angle, distance, reach):
    """Pixels within reach of a line, (along, across), and how far each is from it, in pixels across."""
    height, width = shape
    flat = abs(np.sin(angle)) > abs(np.cos(angle))
    if flat:
        along = np.arange(width)
        middle = (distance - along * np.cos(angle)) / np.sin(angle)
        limit = height
    else:
        along = np.arange(height)
        middle = (distance - along * np.sin(angle)) / np.cos(angle)
        limit = width
    inside = (middle > reach) & (middle < limit - 1 - reach)
    along, middle = along[inside], middle[inside]
    across = np.round(middle).astype(int)[:, None] + np.arange(-reach, reach + 1)
    offset = across - middle[:, None]
    along = np.broadcast_to(along[:, None], across.shape)
    return (across, along, offset) if flat else (along, across, offset)


def _regular(lines: list[tuple[float, float]], shape: tuple[int, int]) -> list[tuple[float, float]]:
    """Those lines that go one way at even distances, as ruling does, and as the edges of things don't."""

    def turned(angle, other):
        return (angle - other + np.pi / 2) % np.pi - np.pi / 2

    kept, waiting = [], lines
    while len(waiting) >= MIN_PARALLEL:
        groups = [
            [line for line in waiting if abs(turned(line[0], angle)) < PARALLEL] for angle, _ in waiting
        ]
        group = max(groups, key=len)
        reference = group[0][0]
        places = []
        for angle, distance in group:
            place = distance - shape[1] / 2 * np.cos(angle) - shape[0] / 2 * np.sin(angle)
            flipped = abs(angle - reference) > np.pi / 2
            places.append(-place if flipped else place)
        gaps = np.diff(np.sort(places))
        gaps = gaps[gaps > SQUARE / 2]  # One line may be found twice.
        usual = np.median(gaps) if len(gaps) else 0.0
        if len(gaps) >= MIN_PARALLEL - 1 and np.median(np.abs(gaps - usual)) < MAX_IRREGULARITY * usual:
            kept += group
        waiting = [line for line in waiting if line not in group]
    return kept


def _erase(planes, hats, band, angle, distance):
    rows, columns, offset = _band(planes.shape[1:], angle, distance, REACH + 1)
    for start in range(0, len(rows), PIECE):
        piece = slice(start, start + PIECE)
        r, c, o = rows[piece], columns[piece], offset[piece]
        values = np.moveaxis(hats[:, r, c], 0, 2)
        # The same offsets at every step along the line, by interpolation; strokes that cross it are outvoted.
        along = np.arange(len(r))[:, None]
        straight = _between(values, along, np.arange(-REACH, REACH + 1) - o[:, :1])
        profile = np.median(straight, axis=0)
        profile -= profile.min(axis=0)
        line = _between(profile[None], np.zeros_like(along), np.clip(o + REACH, 0, 2 * REACH))
        planes[:, r, c] += np.moveaxis(line, 2, 0)
        hats[:, r, c] -= np.moveaxis(line, 2, 0)
        strength = line.max(axis=2)
        band[r, c] |= strength > max(0.3 * strength.max(), LINE / 2)


def _between(values: np.ndarray, along: np.ndarray, position: np.ndarray) -> np.ndarray:
    """Values (n, k, c) at fractional positions along their second axis, by linear interpolation."""
    below = np.clip(np.floor(position).astype(int), 0, values.shape[1] - 2)
    share = (position - below)[..., None]
    return values[along, below] * (1 - share) + values[along, below + 1] * share
