"""Finding sheets of paper that lie somewhere in a picture, and straightening them.

A sheet is an area with four straight sides, lighter or darker than what it lies on. Seen from aside it is any
quadrilateral; a projective map makes it upright again, and with it what is written on it.

Source: Otsu, "A threshold selection method from gray-level histograms", 1979; Hartley and Zisserman, "Multiple View
    Geometry", 2003, section 2.3. SciPy and scikit-image do both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.spatial import ConvexHull
from skimage.draw import polygon
from skimage.measure import approximate_polygon
from skimage.transform import ProjectiveTransform, warp

LOOKED_AT = 200  # Pixels: sheets are looked for in a picture so long.
# Keeps the noise of nearly black pixels from counting as an edge.
OFFSET = 0.08
# An edge is so many times as steep as the picture usually is.
EDGES, MIN_STEP = (2, 4, 8), 0.004
MAX_SHEETS = 3
MIN_AREA, MAX_AREA = 0.03, 0.85  # Of the picture. One that fills it needs no straightening.
MAX_ASPECT = 3.0
MIN_SOLID = 0.75  # Of its hull.
# How well the quadrilateral and the hull agree, as the share of both together that both cover.
MIN_AGREEMENT = 0.9
TOLERANCE = 0.06  # How far the outline may stray from the four sides, as a share of the area's size.
RIM = 0.02  # This much of a sheet's sides is left out: its edges, and their shadow.
SIDE = 600  # Pixels: a straightened sheet's longer side.


@dataclass(frozen=True)
class Sheet:
    """A straightened sheet.

    Attributes:
        pixels: float32 (h, w, 3) in [0, 1].
        to_picture: the map from its pixels, (x, y), to those of the picture.
    """

    pixels: np.ndarray
    to_picture: ProjectiveTransform

    def in_picture(self, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        """What of the picture a box on the sheet covers, both as top, left, bottom and right."""
        top, left, bottom, right = box
        corners = self.to_picture([(left, top), (right, top), (right, bottom), (left, bottom)])
        (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
        return float(top), float(left), float(bottom), float(right)


def find_sheets(pixels: np.ndarray) -> list[Sheet]:
    """Finds sheets that lie whole in a picture.

    Args:
        pixels: float32 (h, w, 3) in [0, 1].

    Returns:
        At most `MAX_SHEETS`, the largest first, each turned by less than an eighth so that it is upright.

    Source: the steps at the top of this module.
    """
    factor = max(max(pixels.shape) // LOOKED_AT, 1)
    height, width = (length // factor * factor for length in pixels.shape[:2])
    small = pixels[:height, :width].reshape(height // factor, factor, width // factor, factor, 3).mean((1, 3))
    kept: list[tuple[np.ndarray, np.ndarray]] = []
    for mask, corners in sorted(_quadrilaterals(small), key=lambda found: -found[0].sum()):
        if not any((mask & other).any() for other, _ in kept):
            kept.append((mask, corners))
    return [_straightened(pixels, (corners + 0.5) * factor) for _, corners in kept[:MAX_SHEETS]]


def _quadrilaterals(pixels: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Areas (h, w) with four straight sides, and their corners (4, 2) as x and y."""
    planes = np.moveaxis(np.log(pixels + OFFSET), 2, 0)
    steps = np.max([ndimage.gaussian_gradient_magnitude(plane, 1) for plane in planes], axis=0)
    usual = max(float(np.median(steps)), MIN_STEP)
    for times in EDGES:
        edges = steps > times * usual
        labels, _ = ndimage.label(ndimage.binary_opening(~edges))
        for label, place in enumerate(ndimage.find_objects(labels), 1):
            yield from _quadrilateral(labels == label, place)


def _quadrilateral(mask: np.ndarray, place: tuple[slice, slice]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    on_edge = any(s.start == 0 or s.stop == length for s, length in zip(place, mask.shape, strict=True))
    if on_edge or not mask.mean() / 0.7 > MIN_AREA:
        return
    mask = ndimage.binary_fill_holes(ndimage.binary_dilation(mask, iterations=2))
    if not MIN_AREA < mask.mean() < MAX_AREA:
        return
    points = np.argwhere(mask)[:, ::-1].astype(float)
    hull = points[ConvexHull(points).vertices]
    size = np.sqrt(mask.sum())
    farthest = np.linalg.norm(hull - hull.mean(axis=0), axis=1).argmax()
    outline = np.roll(hull, -farthest, axis=0)
    corners = approximate_polygon(np.concatenate([outline, outline[:1]]), TOLERANCE * size)[:-1]
    if len(corners) != 4:
        return
    # What is written near a side makes a bay, which its hull doesn't have.
    whole = _filled(hull, mask.shape)
    corners = _sharpened(corners, whole)
    drawn = _filled(corners, mask.shape)
    if (drawn & whole).sum() < MIN_AGREEMENT * (drawn | whole).sum() or mask.sum() < MIN_SOLID * whole.sum():
        return
    # Clockwise on the screen, from the corner at which the flattest upper side begins.
    ways = np.roll(corners, -1, axis=0) - corners
    if ways[0, 0] * ways[1, 1] < ways[0, 1] * ways[1, 0]:
        corners = corners[::-1]
        ways = np.roll(corners, -1, axis=0) - corners
    lengths = np.linalg.norm(ways, axis=1)
    across, down = (lengths[0] + lengths[2]) / 2, (lengths[1] + lengths[3]) / 2
    if max(across, down) > MAX_ASPECT * min(across, down):
        return
    direction = ways / lengths[:, None]
    first = int((direction[:, 0] - direction[[2, 3, 0, 1], 0]).argmax())
    yield drawn, np.roll(corners, -first, axis=0)


def _filled(corners: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The inside of a polygon (n, 2), bool (h, w)."""
    inside = np.zeros(shape, bool)
    inside[polygon(corners[:, 1], corners[:, 0], shape)] = True
    return inside


def _sharpened(corners: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Where straight lines along the four sides of an area meet: its own corners are rounded."""
    rim = np.argwhere(mask & ~ndimage.binary_erosion(mask))[:, ::-1]
    sides = []
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        way = (end - start) / np.linalg.norm(end - start)
        along, across = (rim - start) @ way, np.abs((rim - start) @ (way[1], -way[0]))
        share = along / np.linalg.norm(end - start)
        near = rim[(across < TOLERANCE * np.sqrt(mask.sum())) & (share > 0.15) & (share < 0.85)]
        middle = near.mean(axis=0) if len(near) else start
        if len(near) > 1:
            way = np.linalg.svd(near - middle, full_matrices=False)[2][0]
        sides.append(np.cross((*middle, 1), (*(middle + way), 1)))
    meeting = [np.cross(before, side) for before, side in zip(sides[-1:] + sides, sides, strict=False)]
    return np.array([point[:2] / point[2] for point in meeting])


def _straightened(pixels: np.ndarray, corners: np.ndarray) -> Sheet:
    lengths = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    across, down = lengths[0] + lengths[2], lengths[1] + lengths[3]
    width, height = (round(SIDE * length / max(across, down)) for length in (across, down))
    rim = RIM * SIDE
    square = np.array([(-rim, -rim), (width + rim, -rim), (width + rim, height + rim), (-rim, height + rim)])
    to_picture = ProjectiveTransform.from_estimate(square, corners)
    straight = warp(pixels, to_picture, output_shape=(height, width), order=1, mode="edge")
    return Sheet(straight.astype(np.float32), to_picture)
