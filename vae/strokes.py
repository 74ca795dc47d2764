"""Finding what is drawn with a pen, a chalk or a brush in a picture.

A stroke is thin, and differs from its ground on both sides of it in at least one colour. A closing with a square
wider than the stroke fills it with its ground, and leaves edges of paper, desk and shadow as they are; so what a
closing (or, for light ink, an opening) changes is ink. As pens differ in width, this is done with several squares.

1. Planes. The logarithms of luminance, red, green and blue: light multiplies, so in a logarithm a shadow is a shift.
2. Lines. The lines of ruled and squared paper are long, straight and parallel (a Hough transform finds them). What
   they take from the planes is given back.
3. Response. For every square and for dark and light ink: how much closing changes the planes, in units of the noise
   there.
4. Marks. Connected pieces of response, each cut at a share of its own strength.
5. What looks like strokes: lines, of about even width, not too tangled, on a ground that is alike on all sides.
6. Digits. A large mark and the small ones near it, such as the bar of a 5.

Source: top-hat transforms, as in Serra, "Image Analysis and Mathematical Morphology", 1982; Duda and Hart, "Use of
    the Hough transformation to detect lines and curves in pictures", 1972. SciPy and scikit-image do both.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from PIL import Image
from scipy import ndimage
from skimage.morphology import convex_hull_image, skeletonize

from vae.closing import closing
from vae.ruling import without_lines

# Keeps the noise of nearly black pixels from counting as contrast.
OFFSET = 0.08
# The planes' noise is taken to be at least this: what compression does to even colours.
MIN_NOISE = 0.012
# By how much the picture is reduced, and the square's side afterwards.
SCALES = ((1, 31), (2, 31), (4, 31), (4, 61))

# In units of the noise: what might be ink, and what surely is.
LOW, CLEAR = 4.0, 9.0
USUAL = 35  # Percent of a neighbourhood that responds less is what its ground usually does.
# A mark is cut at this share of its own strength.
CUT = 0.4
# As a share of the picture's longer side.
MIN_SIDE = 0.035
MIN_PART_SIDE = 0.01
EDGE = 5  # Pixels: nearer to the edge of a photo, something goes on beyond it.
BRIDGE = 2  # Pixels: a dry pen leaves gaps of twice this.

MIN_LENGTH = 2.6  # In widths of the stroke.
MAX_UNEVENNESS = 0.46  # The standard deviation of the width along the strokes, as a share of its mean.
EVEN_STROKE = 0.3  # Less has only a stroke, be it that of a fat 8.
MAX_WIDTH = 0.34  # Of the digit's longer side; the widest of 1,500 MNIST digits has 0.33.
# So much of its hull covered, not counting and counting its holes, and no longer than this for its breadth: a sheet.
SHEET_HULL, SHEET_SOLID, SHEET_ASPECT = 0.8, 0.75, 2.2
MAX_TANGLE = 7.0  # Length of all strokes against the digit's longer side.
MAX_HOLES = 3
# Pixels. What is thinner in a reduced picture shows better in a larger one; a line of print would become a stroke.
MIN_REDUCED_WIDTH = 4.0
# A mark no longer than this, in its own sides, is straight; its two sides differ by less than this of its contrast.
MAX_STRAIGHT, MAX_STEP = 1.2, 0.1
MAX_RING_SPREAD = 0.95  # Of the contrast.
MAX_RING_INK = 0.3  # The share of the ring that is inked as well.
# Of what is as dark and hangs together with a mark, the mark is at least this share: otherwise it is only a part.
MIN_SHARE = 0.75
# More marks of about one size and strength than this are a texture or print.
MAX_ALIKE = 14
# A picture with a known ground has at least this share of its frame, and of all its pixels, within so much of it.
EVEN_FRAME, EVEN_GROUND, EVEN = 0.6, 0.4, 0.02

MIN_PART, MAX_PART_GAP = 0.04, 0.2
FLAT = 1.8  # So much wider than high, it's a bar.
SIMILAR = 0.6  # Two marks whose sides differ by less than this factor are two digits, where they stand side by side.
MIN_SCORE = 0.4  # Against the likeliest.
MIN_LIKELY = 0.13  # Less has only what stands out by chance in a picture of anything.
BAR = (
    2.2  # So much wider than high, it's an underline or lies on its side: no test digit of MNIST is over 2.0.
)
MIN_NESTED = 0.3  # A mark at least so large inside another's loop, as a share of its side: that is a frame.

# Below the first share of a mark's strength is ground, above the second full ink.
FAINT, FULL = 0.3, 0.7


@dataclass
class Digit:
    """What may be a digit.

    Attributes:
        ink: float (h, w) in [0, 1], with a margin of ground.
        box: where it stands: top, left, bottom and right, in pixels of the picture.
        score: how much it looks like a digit drawn with a pen, in (0, 1].
        flaw: why it can't be taken for one, a key of `vae.photo.REASONS` where there is more to say than that it
            isn't one; "" where nothing is wrong.
        origin: where `ink` begins: top and left, in its own pixels.
        factor: pixels of the picture in one of `ink`.
        polarity: 1 for dark ink, -1 for light.
    """

    ink: np.ndarray
    box: tuple[float, float, float, float]
    score: float
    flaw: str = ""
    origin: tuple[int, int] = (0, 0)
    factor: int = 1
    polarity: int = 1


@dataclass
class Found:
    """All that was found in a picture.

    Attributes:
        digits: what looks like digits, likeliest first.
        rejected: what stands out as well but can't be a digit, most striking first.
        lines: how many lines of ruled paper there were.
    """

    digits: list[Digit]
    rejected: list[Digit]
    lines: int = 0


@dataclass
class _Layer:
    """One scale and one polarity: what is needed of it to judge its marks."""

    hats: np.ndarray  # float32 (4, h, w), how much the ground is above the ink.
    planes: np.ndarray  # float32 (4, h, w), ink low.
    response: np.ndarray  # float32 (h, w), in units of the noise.
    factor: int
    square: int
    polarity: int = 1  # 1 for dark ink, -1 for light.
    exact: bool = False  # Whether the ground is known.


@dataclass
class _Mark:
    layer: _Layer
    slices: tuple[slice, slice]
    mask: np.ndarray
    strength: float
    colour: np.ndarray = field(init=False)
    length: float = field(init=False)
    width: float = field(init=False)
    unevenness: float = field(init=False)

    def __post_init__(self):
        self.colour = self.layer.hats[(slice(None), *self.slices)][:, self.mask].mean(axis=1)
        depth = ndimage.distance_transform_edt(np.pad(self.mask, 1))
        bones = skeletonize(np.pad(self.mask, 1))
        self.length = float(bones.sum()) * 1.1  # Diagonal steps are longer.
        self.width = float(2 * depth[bones].mean() - 0.5) if bones.any() else 1.0
        self.unevenness = float(depth[bones].std() / depth[bones].mean()) if bones.any() else 0.0

    @property
    def box(self) -> np.ndarray:
        rows, columns = self.slices
        return np.array([rows.start, columns.start, rows.stop, columns.stop])

    @property
    def side(self) -> int:
        return int(max(self.box[2:] - self.box[:2]))

    @property
    def touches_edge(self) -> bool:
        top, left, bottom, right = self.box
        height, width = self.layer.response.shape
        if self.layer.exact and bottom - top >= 0.98 * height and right - left >= 0.98 * width:
            return False  # Cropped to the digit's own box.
        margin = 0 if self.layer.exact else max(EDGE // self.layer.factor, 1)
        return top <= margin or left <= margin or bottom >= height - margin or right >= width - margin

    def is_sheet(self) -> bool:
        """Whether it is an area with straight sides or round ones, perhaps with something on it."""
        extent = np.array(self.mask.shape)
        if (
            self.unevenness < EVEN_STROKE
            or self.width < 0.1 * self.side
            or extent.max() > SHEET_ASPECT * extent.min()
        ):
            return False
        step = max(self.side // 100, 1)
        small = self.mask[::step, ::step]
        hull = convex_hull_image(small).sum()
        return bool(
            small.sum() > SHEET_SOLID * hull and ndimage.binary_fill_holes(small).sum() > SHEET_HULL * hull
        )

    def holes(self) -> int:
        labels, count = ndimage.label(~np.pad(self.mask, 1))
        sizes = np.bincount(labels.ravel(), minlength=count + 1)[1:]
        return int((sizes > max(self.width**2 / 2, 9)).sum()) - 1


def find_digits(pixels: np.ndarray) -> Found:
    """Finds what looks like digits drawn with a pen.

    Args:
        pixels: float32 (h, w, 3) in [0, 1].

    Returns:
        What was found, with places in pixels of the picture.

    Source: the steps at the top of this module.
    """
    known = _known_ground(pixels)
    if known is not None:
        found = _found([known])
        if found.digits:
            return found
    planes, lines = without_lines(_planes(pixels))
    found = _found(_layers(planes))
    found.lines = lines
    return found


def _found(layers) -> Found:
    digits, rejected = [], []
    for layer in layers:
        for digit in _digits(layer, _marks(layer)):
            (rejected if digit.flaw else digits).append(digit)
    return Found(likeliest(digits), sorted(rejected, key=lambda d: -d.score))


def _known_ground(pixels: np.ndarray) -> _Layer | None:
    """The one layer of a picture that was made on a screen, whose ground is even and so known exactly."""
    frame = np.concatenate([pixels[0], pixels[-1], pixels[1:-1, 0], pixels[1:-1, -1]])
    ground = np.median(frame, axis=0)
    if (np.abs(frame - ground).max(axis=1) <= EVEN).mean() < EVEN_FRAME:
        return None
    hats = np.abs(np.moveaxis(pixels - ground, 2, 0))
    response = hats.max(axis=0)
    if (response <= EVEN).mean() < EVEN_GROUND:
        return None
    return _Layer(hats, -hats, response / EVEN, 1, max(response.shape), exact=True)


def _planes(pixels: np.ndarray) -> np.ndarray:
    colours = np.moveaxis(pixels, 2, 0)
    planes = np.stack([colours.mean(axis=0), *colours])
    return np.log(ndimage.gaussian_filter(planes, (0, 0.8, 0.8)) + np.float32(OFFSET))


def _noise(planes: np.ndarray) -> np.ndarray:
    """The noise of each plane, from differences between near pixels."""
    steps = planes[:, ::2, 3:] - planes[:, ::2, :-3]
    return np.maximum(1.05 * np.median(np.abs(steps), axis=(1, 2), keepdims=True), MIN_NOISE)


def _layers(planes: np.ndarray):
    reduced = {1: planes}
    for factor in (2, 4):
        full = reduced[factor // 2]
        height, width = (length // 2 * 2 for length in full.shape[1:])
        rows = full[:, 0:height:2] + full[:, 1:height:2]
        reduced[factor] = (rows[:, :, 0:width:2] + rows[:, :, 1:width:2]) / 4
    noises = {factor: _noise(here) for factor, here in reduced.items()}
    for factor, square in SCALES:
        here, noise = reduced[factor], noises[factor]
        for polarity in (1, -1):
            ink_low = polarity * here
            hats = closing(ink_low, square) - ink_low
            yield _Layer(hats, ink_low, _response((hats / noise).max(axis=0)), factor, square, polarity)


def _response(ratio: np.ndarray) -> np.ndarray:
    """Takes away what a rough ground gives everywhere, and counts in units of that roughness."""
    cell = 8
    height, width = (-(-length // cell) for length in ratio.shape)
    padded = np.pad(
        ratio, ((0, height * cell - ratio.shape[0]), (0, width * cell - ratio.shape[1])), mode="edge"
    )
    cells = padded.reshape(height, cell, width, cell).swapaxes(1, 2).reshape(height, width, cell**2)
    cells = np.partition(cells, cell**2 // 2, axis=2)[..., cell**2 // 2]
    # Not the median: a digit that fills the picture may cover half of it.
    side = max(min(15, height, width) // 2 * 2 - 1, 1)
    usual = ndimage.percentile_filter(cells, USUAL, side, mode="nearest")
    usual = Image.fromarray(usual).resize((width * cell, height * cell), Image.Resampling.BILINEAR)
    usual = np.asarray(usual)[: ratio.shape[0], : ratio.shape[1]]
    return (ratio - usual) / np.maximum(usual / 2.5, 1)


def _marks(layer: _Layer) -> list[_Mark]:
    response = layer.response
    smallest = max(MIN_PART_SIDE * max(response.shape), 5)
    marks = []
    waiting = [((slice(0, response.shape[0]), slice(0, response.shape[1])), response > LOW, 0)]
    while waiting:
        (rows, columns), mask, depth = waiting.pop()
        joined = ndimage.binary_dilation(mask, iterations=BRIDGE if layer.factor == 1 else 1)
        labels, _ = ndimage.label(joined, np.ones((3, 3)))
        found = ndimage.find_objects(labels)
        for label, place in enumerate(found, 1):
            piece = (labels[place] == label) & mask[place]
            inked_rows, inked_columns = np.flatnonzero(piece.any(1)), np.flatnonzero(piece.any(0))
            extent = (inked_rows[-1] - inked_rows[0], inked_columns[-1] - inked_columns[0])
            if max(extent) + 1 < smallest:
                continue
            piece = piece[inked_rows[0] : inked_rows[-1] + 1, inked_columns[0] : inked_columns[-1] + 1]
            top = rows.start + place[0].start + inked_rows[0]
            left = columns.start + place[1].start + inked_columns[0]
            slices = (slice(top, top + piece.shape[0]), slice(left, left + piece.shape[1]))
            strength = float(np.percentile(response[slices][piece], 80))
            core = piece & (response[slices] > max(CUT * strength, LOW))
            if depth < 3 and core.sum() < 0.97 * piece.sum():
                waiting.append((slices, core, depth + 1))
            elif strength > LOW + 1:
                marks.append(_Mark(layer, slices, piece, strength))
    return marks


def _digits(layer: _Layer, marks: list[_Mark]):
    free = sorted(marks, key=lambda mark: -mark.side)
    while free:
        main = free.pop(0)
        flaw = _flaw(main)
        parts = [main]
        if main.side < MIN_SIDE * max(layer.response.shape):
            return
        if not flaw and _alike(main, marks) > MAX_ALIKE:
            flaw = "many"
        if not flaw:
            parts += [mark for mark in free if _belongs(mark, main)]
            free = [mark for mark in free if mark not in parts]
        yield _digit(layer, parts, flaw)


def _flaw(mark: _Mark) -> str:
    if mark.length < MIN_LENGTH * mark.width or mark.width > MAX_WIDTH * mark.side:
        return "blob"
    if mark.unevenness > MAX_UNEVENNESS or mark.is_sheet():
        return "blob"
    if mark.width > 0.8 * mark.layer.square:
        return "wide"
    if mark.layer.factor > 1 and mark.width < MIN_REDUCED_WIDTH:
        return "thin"
    if mark.touches_edge:
        return "edge"
    if mark.length > MAX_TANGLE * mark.side or mark.holes() > MAX_HOLES:
        return "tangle"
    return ""


def _alike(mark: _Mark, marks: list[_Mark]) -> int:
    return sum(
        0.5 < other.side / mark.side < 2 and 0.5 < other.strength / mark.strength < 2 for other in marks
    )


def _gap(a: np.ndarray, b: np.ndarray) -> float:
    return float(max(np.maximum(a[:2] - b[2:], b[:2] - a[2:]).max(), 0))


def _side_by_side(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two boxes lie apart along one axis and beside each other along the other."""
    overlap = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    smaller = np.minimum(a[2:] - a[:2], b[2:] - b[:2])
    return bool(overlap.min() < 0 and (overlap / np.maximum(smaller, 1)).max() > 0.5)


def _belongs(part: _Mark, main: _Mark) -> bool:
    if part.touches_edge or part.mask.sum() < MIN_PART * main.mask.sum():
        return False
    alike = part.colour @ main.colour / (np.linalg.norm(part.colour) * np.linalg.norm(main.colour) + 1e-9)
    if alike < 0.85 or not 0.35 < part.strength / main.strength < 3:
        return False
    if not 0.4 < part.width / main.width < 2.5 or _gap(part.box, main.box) > MAX_PART_GAP * main.side:
        return False
    if part.side <= SIMILAR * main.side or not _side_by_side(part.box, main.box):
        return True
    # The bar of a 5 may be as long as the rest and apart from it.
    upper, lower = sorted((part, main), key=lambda mark: mark.box[0] + mark.box[2])
    height, breadth = upper.box[2:] - upper.box[:2]
    below = min(upper.box[3], lower.box[3]) - max(upper.box[1], lower.box[1])
    return bool(breadth > FLAT * height and below > 0.2 * breadth)


def _digit(layer: _Layer, parts: list[_Mark], flaw: str) -> Digit:
    main = parts[0]
    box = np.array([mark.box for mark in parts])
    top, left, bottom, right = *box[:, :2].min(axis=0), *box[:, 2:].max(axis=0)
    reach = round(max(2.5 * main.width, 8)) + 1
    height, width = layer.response.shape
    rows = slice(max(top - reach, 0), min(bottom + reach, height))
    columns = slice(max(left - reach, 0), min(right + reach, width))
    mask = np.zeros((rows.stop - rows.start, columns.stop - columns.start), bool)
    for mark in parts:
        place = tuple(
            slice(s.start - o.start, s.stop - o.start)
            for s, o in zip(mark.slices, (rows, columns), strict=True)
        )
        mask[place] |= mark.mask

    colour = np.average([mark.colour for mark in parts], axis=0, weights=[mark.mask.sum() for mark in parts])
    along = colour / (colour @ colour)
    ink = np.tensordot(along, layer.hats[:, rows, columns], 1)
    away = ndimage.distance_transform_edt(~mask)
    near = away <= 2
    ring = (away > max(main.width, 3)) & (away <= max(2.5 * main.width, 8))
    strength = np.percentile(ink[mask], 60)
    ground = along @ layer.planes[:, rows, columns][:, ring]
    if ring.any():
        low, high = np.percentile(ground, (7, 93))
        spread = float(high - low) / strength
        if not flaw and (spread > MAX_RING_SPREAD or (ink[ring] > strength / 2).mean() > MAX_RING_INK):
            flaw = "ground"
    else:
        spread = 0.0
    if not flaw and not layer.exact and _is_border(layer, main, along, strength):
        flaw = "ground"
    if not flaw and right - left > BAR * (bottom - top):
        flaw = "lying"
    if not flaw and main.strength < CLEAR:
        flaw = "faint"
    complete = 1.0
    if not flaw and not layer.exact:
        flaw, complete = _rest(layer, main, along, strength)
    ink = np.clip((ink / strength - FAINT) / (FULL - FAINT), 0, 1) * near
    ink[[0, -1]] = ink[:, [0, -1]] = 0

    side = max(bottom - top, right - left)
    off_centre = np.abs(np.array([(top + bottom) / height, (left + right) / width]) - 1).max()
    score = (
        complete * main.strength / (main.strength + 15)
        * np.sqrt(side / max(height, width))
        * (1 - 0.5 * min(spread, 1))
        * (1 - 0.4 * off_centre**2)
    )  # fmt: skip
    if not flaw and score < MIN_LIKELY:
        flaw = "ground"
    factor = layer.factor
    box = (top * factor, left * factor, bottom * factor, right * factor)
    return Digit(ink, box, float(score), flaw, (rows.start, columns.start), factor, layer.polarity)


def _is_border(layer: _Layer, mark: _Mark, along: np.ndarray, strength: float) -> bool:
    """Whether a straight mark has another ground on its other side, as the shadow along a sheet does."""
    if mark.length > MAX_STRAIGHT * mark.side:
        return False
    points = np.argwhere(mark.mask)
    way = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)[2][0]
    off = np.round(1.5 * mark.width * np.array([way[1], -way[0]])).astype(int)
    limit = np.array(layer.response.shape) - 1
    grounds = [
        np.median(along @ layer.planes[(slice(None), *np.clip(points + mark.box[:2] + side, 0, limit).T)])
        for side in (off, -off)
    ]
    return abs(grounds[0] - grounds[1]) > MAX_STEP * strength


def _rest(layer: _Layer, mark: _Mark, along: np.ndarray, strength: float) -> tuple[str, float]:
    """The flaw of a mark that is only a part of something as dark, of a wide stroke or of one that goes on, and how
    much of it the mark is."""
    levels = np.tensordot(along, layer.planes, 1)
    inked = levels < np.median(levels[mark.slices][mark.mask]) + 0.4 * strength
    inked[mark.slices] |= mark.mask
    labels, _ = ndimage.label(inked, np.ones((3, 3)))
    ours = np.unique(labels[mark.slices][mark.mask])
    whole = np.isin(labels, ours)
    if whole[0].any() or whole[-1].any() or whole[:, 0].any() or whole[:, -1].any():
        return "edge", 1.0
    share = float(mark.mask.sum() / whole.sum())
    return "" if share > MIN_SHARE else "ground", share


def likeliest(digits: list[Digit]) -> list[Digit]:
    """Of several that stand in one place keeps the likeliest, and of all those that are nearly as likely as the first.

    Args:
        digits: in any order.

    Returns:
        Those kept, likeliest first.
    """
    kept: list[Digit] = []
    # A circle around a digit is none, and neither is the light hole of a dark 0.
    loops = [(outer, inner) for outer in digits for inner in digits if _frames(outer, inner)]
    beside = [outer if outer.polarity == inner.polarity else inner for outer, inner in loops]
    digits = [digit for digit in digits if not any(digit is other for other in beside)]
    for digit in sorted(digits, key=lambda d: -d.score):
        if not any(_shared(digit.box, other.box) > 0.5 for other in kept):
            kept.append(digit)
    return [digit for digit in kept if digit.score > MIN_SCORE * kept[0].score]


def _frames(digit: Digit, other: Digit) -> bool:
    """Whether a digit is only a loop around another, as a circle drawn around it is."""
    size, inner = (max(d.box[2] - d.box[0], d.box[3] - d.box[1]) for d in (digit, other))
    if inner < MIN_NESTED * size or _shared(digit.box, other.box) < 1 or inner >= size:
        return False
    places = (np.argwhere(other.ink > 0.5) + other.origin) * other.factor // digit.factor - digit.origin
    rows, columns = np.clip(places, 0, np.array(digit.ink.shape) - 1).T
    inked = digit.ink > FAINT
    hollow = ndimage.binary_fill_holes(inked) & ~inked
    return bool(hollow[rows, columns].mean() > 0.9)


def _shared(a, b) -> float:
    """How much of the smaller of two boxes lies in the other."""
    a, b = np.array(a), np.array(b)
    overlap = np.maximum(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0).prod()
    return overlap / max(min((a[2:] - a[:2]).prod(), (b[2:] - b[:2]).prod()), 1)
