"""A drawing, which is a list of strokes, becomes a digit as the makers of MNIST would have stored it.

The strokes are drawn anew with a pen whose width is a fixed share of the digit's size. So a digit drawn small has
strokes as thick, relative to it, as one drawn large, and its loops stay open. The same algorithm runs in the browser
at every frame, number for number (`vae/js/drawing.js`).

1. Box. The rows and columns between the outermost points, grown by half a pen's width on every side.
2. Working grid. The box's longest side measures `WORKING_SIDE`, its centre lies at the centre of a square of
   `WORKING_SIZE`. A pixel's ink falls off linearly, over one pixel, at the pen's rim.
3. Digit. Shrunk so that the box's longest side is 20, the centre of mass where MNIST has it, and divided by the
   largest value: `vae.preprocess.centre_digit`.

A stroke is an integer array (n, 2) of points (x, y), in units of the canvas's pixels, each in [0, CANVAS_SIDE].
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vae.preprocess import (
    BLOB_WIDTH,
    DIGIT_SIDE,
    WORKING_SIDE,
    WORKING_SIZE,
    PreprocessError,
    centre_digit,
    stroke_width,
)

CANVAS_SIDE = 280
# In pixels of the digit: the median of MNIST's test digits, measured as `stroke_width` does, is 2.3.
PEN_WIDTH = 2.4
# The longest side below which a drawing is a speck, in pixels of the canvas.
MIN_SIDE = 20

# Two digits side by side have a gap between them of at least this share of the height, and are each this tall.
SEVERAL_GAP, SEVERAL_HEIGHT = 0.2, 0.6

EMPTY = "There is no ink yet: draw a digit, large, in one stroke or several."
SPECK = "That is only a speck: draw the digit larger."
BLOB = "That is a filled area: draw a digit with lines, and leave room around them."
SEVERAL = "This looks like more than one digit. The model knows single ones: it sees all of it as one."
CROWDED = "That is more than one digit: clear the canvas and draw a single one."

Strokes = tuple[np.ndarray, ...]

# The longest text of a drawing. A digit takes about 100 characters; a page of scribbles is simplified until it fits.
MAX_TEXT = 600
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_VALUE = {letter: value for value, letter in enumerate(_ALPHABET)}
_END_OF_STROKE = "."
# A step along one axis is one letter: -32 ... 31.
_STEP = 31
# By how many pixels a point may lie off the line that replaces it.
_TOLERANCES = (0.7, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)


def drawing_to_digit(strokes: Sequence[np.ndarray]) -> np.ndarray:
    """Turn strokes into the image that MNIST would hold of them.

    Args:
        strokes: The drawing, at least one stroke.

    Returns:
        The digit: float32 of shape (28, 28) in [0, 1], 0 is background, its largest value 1.

    Raises:
        PreprocessError: There is no ink, or no more than a dot or a filled area.

    Source: the steps at the top of this module.
    """
    if not strokes:
        raise PreprocessError(EMPTY)
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    side = float((high - low).max())
    if side < MIN_SIDE:
        raise PreprocessError(SPECK)
    # The pen is PEN_WIDTH / DIGIT_SIDE of the side with it: side * grown.
    grown = 1 / (1 - PEN_WIDTH / DIGIT_SIDE)
    enlargement = WORKING_SIDE / (side * grown)
    radius = WORKING_SIDE * PEN_WIDTH / DIGIT_SIDE / 2
    middle = (low + high) / 2
    working = np.zeros((WORKING_SIZE, WORKING_SIZE))
    for stroke in strokes:
        _draw(working, (stroke - middle) * enlargement + WORKING_SIZE / 2, radius)
    if stroke_width(working) > BLOB_WIDTH * WORKING_SIDE / DIGIT_SIDE:
        raise PreprocessError(BLOB)
    breadth, height = ((high - low) * enlargement + 2 * radius) * DIGIT_SIDE / WORKING_SIDE
    return centre_digit(working, DIGIT_SIDE / WORKING_SIDE, height, breadth)


def looks_like_several(strokes: Sequence[np.ndarray]) -> bool:
    """Whether strokes fall into two groups side by side, each as tall as a digit, with a clear gap between.

    Args:
        strokes: The drawing.
    """
    if len(strokes) < 2:
        return False
    everything = np.concatenate(strokes)
    height = float(np.ptp(everything[:, 1]))
    spans = sorted(((s[:, 0].min(), s[:, 0].max(), s) for s in strokes), key=lambda span: span[0])
    reach = spans[0][1]
    for index, (left, right, _) in enumerate(spans[1:], start=1):
        if left - reach > SEVERAL_GAP * height:
            sides = (spans[:index], spans[index:])
            heights = [np.ptp(np.concatenate([stroke for *_, stroke in side])[:, 1]) for side in sides]
            return bool(min(heights) > SEVERAL_HEIGHT * height)
        reach = max(reach, right)
    return False


def _draw(ink: np.ndarray, points: np.ndarray, radius: float) -> None:
    """Adds a line through points (n, 2) to ink (h, w), with a round pen whose rim fades over one pixel."""
    ends = points[1:] if len(points) > 1 else points
    for start, end in zip(points, ends, strict=False):
        # Only the pixels that the pen can reach.
        left, top = np.maximum(np.floor(np.minimum(start, end) - radius - 1), 0).astype(int)
        right, bottom = np.ceil(np.maximum(start, end) + radius + 1).astype(int)
        across = np.arange(left, min(right, ink.shape[1])) + 0.5 - start[0]
        down = np.arange(top, min(bottom, ink.shape[0]))[:, None] + 0.5 - start[1]
        way = end - start
        length = way @ way
        along = np.clip((across * way[0] + down * way[1]) / length, 0, 1) if length else 0.0
        far = np.sqrt((across - along * way[0]) ** 2 + (down - along * way[1]) ** 2)
        covered = np.clip(radius + 0.5 - far, 0, 1)
        place = ink[top : top + covered.shape[0], left : left + covered.shape[1]]
        np.maximum(place, covered, out=place)


def quantise(strokes: Sequence[np.ndarray]) -> Strokes:
    """Rounds strokes to the canvas's pixels and leaves out points that its lines do without.

    What comes out stays as it is when it is written as text, read again, and quantised again: so a drawing that comes
    back from a link is equal to the pixel.

    Args:
        strokes: Points in pixels of the canvas, (n, 2) each. Floats are a pen's; what lies outside is cut off at the
            rim. Whole numbers have been quantised before.

    Returns:
        The strokes, so few points that their text has at most MAX_TEXT characters.

    Raises:
        PreprocessError: There are so many strokes that no text of this length holds them.
    """
    inside = [part for s in strokes for part in ([s] if np.issubdtype(s.dtype, np.integer) else _clip(s))]
    if not inside:
        return ()
    for tolerance in _TOLERANCES:
        simple = [
            stroke if np.issubdtype(stroke.dtype, np.integer) else _round(simplify(stroke, tolerance))
            for stroke in inside
        ]
        text = to_text(simple)
        if len(text) <= MAX_TEXT:
            return from_text(text)  # With the stops of long steps, which are rounded as well.
    raise PreprocessError(CROWDED)


def _round(stroke: np.ndarray) -> np.ndarray:
    return without_repeats(np.round(stroke).astype(np.int64))


def without_repeats(stroke: np.ndarray) -> np.ndarray:
    """A line (n, 2) without points at which it stands still."""
    moves = np.ones(len(stroke), bool)
    moves[1:] = (stroke[1:] != stroke[:-1]).any(axis=1)
    return stroke[moves]


def simplify(points: np.ndarray, tolerance: float) -> np.ndarray:
    """Leaves out points of a line, (n, 2), that lie no farther than `tolerance` from what replaces them.

    Source: Ramer 1972; Douglas and Peucker 1973.
    """
    keep = np.zeros(len(points), bool)
    keep[[0, -1]] = True
    spans = [(0, len(points) - 1)]
    while spans:
        first, last = spans.pop()
        if last - first < 2:
            continue
        between, way = points[first + 1 : last] - points[first], points[last] - points[first]
        length = float(way @ way)
        along = np.clip(between @ way / length, 0, 1)[:, None] if length else 0.0
        far = ((between - along * way) ** 2).sum(axis=1)
        farthest = int(far.argmax())
        if far[farthest] > tolerance**2:
            middle = first + 1 + farthest
            keep[middle] = True
            spans += [(first, middle), (middle, last)]
    return points[keep]


def _clip(stroke: np.ndarray) -> list[np.ndarray]:
    """The parts of a line that lie on the canvas, each (n, 2)."""
    if ((stroke >= 0) & (stroke <= CANVAS_SIDE)).all():
        return [stroke]
    parts: list[list[np.ndarray]] = []
    for start, end in zip(stroke, stroke[1:] if len(stroke) > 1 else stroke, strict=False):
        way = end - start
        # Where the line enters and leaves the canvas, in shares of its length (Liang and Barsky 1984).
        enters, leaves = 0.0, 1.0
        for axis in range(2):
            if abs(way[axis]) < 1e-9:  # As good as along the rim.
                if not 0 <= start[axis] <= CANVAS_SIDE:
                    leaves = -1.0
                continue
            ends = sorted([-start[axis] / way[axis], (CANVAS_SIDE - start[axis]) / way[axis]])
            enters, leaves = max(enters, ends[0]), min(leaves, ends[1])
        if enters > leaves:
            continue
        first, last = (np.clip(start + share * way, 0, CANVAS_SIDE) for share in (enters, leaves))
        if parts and enters == 0 and np.array_equal(parts[-1][-1], first):
            parts[-1].append(last)
        else:
            parts.append([first, last])
    return [np.array(part) for part in parts]


def to_text(strokes: Sequence[np.ndarray]) -> str:
    """Strokes as letters, digits, "-", "_" and "." alone, as an address has them.

    A stroke is its first point, two letters for each of x and y, then two letters a step, one for each axis. A step of
    more than 31 pixels is written as several.
    """
    texts = []
    for stroke in strokes:
        letters = [_ALPHABET[half] for value in stroke[0] for half in divmod(int(value), 64)]
        for step in np.diff(stroke, axis=0):
            count = max(1, -(-int(np.abs(step).max()) // _STEP))
            # Whole numbers that add up to the step.
            stops = np.round(np.outer(np.arange(count + 1) / count, step)).astype(int)
            letters += [_ALPHABET[int(value) + 32] for value in np.diff(stops, axis=0).ravel()]
        texts.append("".join(letters))
    return _END_OF_STROKE.join(texts)


def from_text(text: str) -> Strokes:
    """Strokes as `to_text` wrote them.

    Raises:
        ValueError: Another text.
    """
    if not text or len(text) > MAX_TEXT or not set(text) <= {*_ALPHABET, _END_OF_STROKE}:
        raise ValueError(f"Expected a drawing of 1 to {MAX_TEXT} letters. Received {text[:40]!r}.")
    strokes = []
    for letters in text.split(_END_OF_STROKE):
        values = [_VALUE[letter] for letter in letters]
        if len(values) < 4 or len(values) % 2:
            raise ValueError(f"Expected strokes of two letters a step. Received {letters[:40]!r}.")
        start = np.array([[64 * values[0] + values[1], 64 * values[2] + values[3]]])
        steps = np.array(values[4:], int).reshape(-1, 2) - 32
        stroke = np.concatenate([start, start + steps.cumsum(axis=0)])
        if stroke.min() < 0 or stroke.max() > CANVAS_SIDE:
            raise ValueError(f"Expected points on the canvas, 0 to {CANVAS_SIDE}. Received others.")
        strokes.append(stroke)
    return tuple(strokes)
