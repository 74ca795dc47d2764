"""Pictures like those that people photograph and upload, drawn by code, each with what is right for it.

A sheet or board is drawn with its ink (`Sheet`), laid on a desk (`on_desk`), lit and taken by a camera (`taken`).
`KINDS` names them all. Who writes the digit is passed in, so that the same kinds can be tried with other hands.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from vae.preprocess import ink_to_digit

HEIGHT, WIDTH = 1000, 750
PAPER = (0.93, 0.92, 0.88)
PENS = {"ball": 0.035, "fine": 0.022, "felt": 0.09, "fat": 0.16}  # Shares of the digit's height.
INKS = {
    "black": (0.08, 0.08, 0.10),
    "blue": (0.12, 0.16, 0.45),
    "red": (0.75, 0.12, 0.12),
    "green": (0.10, 0.45, 0.20),
    "pencil": (0.45, 0.45, 0.46),
    "faint pencil": (0.66, 0.66, 0.66),
    "yellow marker": (0.95, 0.85, 0.15),
    "orange": (0.95, 0.55, 0.15),
    "white": (0.95, 0.95, 0.93),
}

# A hand writes a digit: (digit, side, pen as a share of the side, rng) -> how much of each pixel is inked, of shape
# (side, side).
Hand = Callable[[int, int, float, np.random.Generator], np.ndarray]

# Corners of smooth lines in a unit square, x before y.
LINES = {
    0: [
        [
            (0.5, 0.0),
            (0.2, 0.15),
            (0.12, 0.5),
            (0.25, 0.9),
            (0.5, 1),
            (0.78, 0.85),
            (0.86, 0.5),
            (0.75, 0.12),
            (0.5, 0.0),
        ]
    ],
    1: [[(0.35, 0.2), (0.55, 0.0), (0.52, 0.5), (0.5, 1.0)]],
    2: [
        [
            (0.15, 0.22),
            (0.35, 0.02),
            (0.7, 0.05),
            (0.78, 0.3),
            (0.5, 0.65),
            (0.12, 1.0),
            (0.5, 0.97),
            (0.88, 1.0),
        ]
    ],
    3: [
        [
            (0.18, 0.08),
            (0.5, 0.0),
            (0.8, 0.18),
            (0.7, 0.4),
            (0.42, 0.48),
            (0.75, 0.56),
            (0.85, 0.8),
            (0.55, 1.0),
            (0.15, 0.9),
        ]
    ],
    4: [
        [(0.45, 0.0), (0.3, 0.35), (0.08, 0.66), (0.45, 0.66), (0.9, 0.64)],
        [(0.66, 0.35), (0.64, 0.7), (0.62, 1.0)],
    ],
    5: [
        [
            (0.28, 0.02),
            (0.24, 0.22),
            (0.22, 0.46),
            (0.55, 0.4),
            (0.82, 0.62),
            (0.7, 0.92),
            (0.4, 1.0),
            (0.12, 0.9),
        ],
        [(0.28, 0.02), (0.55, 0.03), (0.85, 0.0)],
    ],
    6: [
        [
            (0.7, 0.0),
            (0.35, 0.25),
            (0.18, 0.65),
            (0.35, 0.97),
            (0.65, 0.97),
            (0.78, 0.72),
            (0.6, 0.52),
            (0.35, 0.58),
            (0.2, 0.75),
        ]
    ],
    7: [[(0.12, 0.05), (0.5, 0.04), (0.88, 0.0), (0.65, 0.45), (0.45, 1.0)]],
    8: [
        [
            (0.72, 0.12),
            (0.45, 0.0),
            (0.25, 0.2),
            (0.5, 0.46),
            (0.78, 0.75),
            (0.5, 1.0),
            (0.2, 0.8),
            (0.45, 0.5),
            (0.75, 0.22),
            (0.72, 0.12),
        ]
    ],
    9: [
        [
            (0.78, 0.25),
            (0.55, 0.02),
            (0.25, 0.15),
            (0.25, 0.42),
            (0.55, 0.5),
            (0.76, 0.28),
            (0.74, 0.65),
            (0.62, 1.0),
        ]
    ],
}


def smooth(points: np.ndarray, steps: int = 12) -> np.ndarray:
    """A Catmull-Rom curve through points (n, 2)."""
    ends = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(ends, ends[1:], ends[2:], ends[3:], strict=False)
    ]
    return np.concatenate([*pieces, points[-1:]])


def drawn(digit: int, side: int, pen: float, rng: np.random.Generator) -> np.ndarray:
    """A hand that follows `LINES`, a little differently each time."""
    slant, stretch = rng.normal(0, 0.08), rng.uniform(0.85, 1.1)
    large = 2 * side
    picture = Image.new("L", (large, large))
    brush = ImageDraw.Draw(picture)
    radius = pen * large / 2
    room = large - 2 * radius - 4
    for line in LINES[digit]:
        points = np.array(line) + rng.normal(0, 0.015, (len(line), 2)) * (np.array(line) != 0)
        curve = smooth(points)
        curve[:, 0] = 0.5 + (curve[:, 0] - 0.5) * stretch * 0.8 + slant * (0.5 - curve[:, 1])
        curve = np.clip(curve, 0, 1) * room + radius + 2
        brush.line([tuple(p) for p in curve], fill=255, width=max(round(2 * radius), 1), joint="curve")
        for x, y in curve:
            brush.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return np.asarray(picture.resize((side, side), Image.Resampling.BOX), np.float32) / 255


@dataclass
class Sheet:
    """A sheet or board: what it reflects (h, w, 3) in [0, 1], and the digits on it, as MNIST would have them."""

    pixels: np.ndarray
    digits: list[np.ndarray]


@dataclass(frozen=True)
class Photo:
    """A file, and what is right for it.

    Attributes:
        data: The file.
        digits: All that are written in it; empty where only a refusal is right.
        reason: What a refusal has to say, as a regular expression; "" where a refusal is wrong.
        turns: Quarter turns, counterclockwise, that make it upright.
    """

    data: bytes
    digits: list[np.ndarray]
    reason: str = ""
    turns: int = 0


@dataclass(frozen=True)
class Writer:
    """Who writes what: a hand and a generator."""

    hand: Hand
    rng: np.random.Generator

    def digit(self) -> int:
        return int(self.rng.integers(10))


# --- Sheets and what is written on them ---


def plain(colour=PAPER, height=HEIGHT, width=WIDTH, texture=0.01, rng=None) -> Sheet:
    rng = rng or np.random.default_rng(0)
    grain = ndimage.gaussian_filter(rng.standard_normal((height, width), np.float32), 1) * 3 * texture
    return Sheet(np.asarray(colour, np.float32) * (1 + grain[..., None]), [])


def ruled(
    sheet: Sheet, spacing, colour, across=True, down=False, angle=0.0, width=2.0, margin=False
) -> Sheet:
    """Lines across, lines down, or both, which makes squares."""
    height, breadth = sheet.pixels.shape[:2]
    y, x = np.mgrid[:height, :breadth]
    turn = np.deg2rad(angle)
    v, u = y * np.cos(turn) + x * np.sin(turn), x * np.cos(turn) - y * np.sin(turn)
    cover = np.zeros((height, breadth))
    for along, wanted in ((v, across), (u, down)):
        if wanted:
            off = np.abs((along + spacing / 2) % spacing - spacing / 2)
            cover = np.maximum(cover, np.clip(width / 2 + 0.5 - off, 0, 1))
    pixels = sheet.pixels * (1 - cover[..., None]) + np.asarray(colour) * cover[..., None]
    if margin:
        line = np.clip(1.5 - np.abs(u - 0.16 * breadth), 0, 1)[..., None]
        pixels = pixels * (1 - line) + np.array((0.85, 0.4, 0.4)) * line
    return Sheet(pixels, sheet.digits)


def dotted(sheet: Sheet, spacing, colour) -> Sheet:
    height, width = sheet.pixels.shape[:2]
    y, x = np.mgrid[:height, :width]
    off = np.hypot(y % spacing - spacing / 2, x % spacing - spacing / 2)
    cover = np.clip(2.0 - off, 0, 1)[..., None]
    return Sheet(sheet.pixels * (1 - cover) + np.asarray(colour) * cover, sheet.digits)


def written(
    sheet: Sheet, writer: Writer, ink="blue", pen="ball", size=0.4, at=None, digit=None, medium="opaque"
) -> Sheet:
    """Write a digit.

    Args:
        size: its height as a share of the sheet's shorter side.
        at: its centre as shares (down, across), by chance if None.
        medium: "opaque"; "dry" leaves the paper's grain; "clear" takes light away as a highlighter does.
    """
    rng = writer.rng
    height, width = sheet.pixels.shape[:2]
    side = round(size * min(height, width))
    cover = writer.hand(writer.digit() if digit is None else digit, side, PENS.get(pen, pen), rng)
    clean = ink_to_digit(np.pad(cover, 4).astype(float))
    room = (1 - side / height, 1 - side / width)
    at = at or tuple(0.5 + r * rng.uniform(-0.3, 0.3) for r in room)
    top = int(np.clip(round(at[0] * height - side / 2), 0, height - side))
    left = int(np.clip(round(at[1] * width - side / 2), 0, width - side))
    if medium == "dry":
        grain = ndimage.gaussian_filter(rng.normal(0, 1, cover.shape), 1.2) * 4
        cover = cover * np.clip(0.75 + 0.25 * grain, 0.25, 1)
    colour = np.asarray(INKS.get(ink, ink))
    pixels = sheet.pixels.copy()
    place = pixels[top : top + side, left : left + side]
    c = cover[..., None]
    place[:] = place * (1 - c * (1 - colour)) if medium == "clear" else place * (1 - c) + colour * c
    return Sheet(pixels, [*sheet.digits, clean])


# --- Desks ---


def desk(colour, rng, height=HEIGHT, width=WIDTH, grain=0.0) -> np.ndarray:
    pixels = plain(colour, height, width, 0.02, rng).pixels
    if grain:
        streaks = ndimage.gaussian_filter(rng.normal(0, 1, (height, width)), (1.5, 60))
        waves = ndimage.gaussian_filter(rng.normal(0, 1, (height, width)), (4, 200))
        pixels = pixels * (1 + grain * (streaks / streaks.std() + waves / waves.std())[..., None] / 2)
    return np.clip(pixels, 0, 1)


def on_desk(
    sheet: Sheet, ground: np.ndarray, rng, size=0.75, angle=4.0, perspective=0.08, shadow=0.0, at=None
) -> Sheet:
    """Lay a sheet on a desk, turned by up to `angle` degrees and seen from aside."""
    height, width = ground.shape[:2]
    rows, columns = sheet.pixels.shape[:2]
    scale = size * min(height / rows, width / columns)
    turn = np.deg2rad(rng.uniform(-angle, angle))
    corners = np.array([(-columns, -rows), (columns, -rows), (columns, rows), (-columns, rows)]) / 2 * scale
    corners = corners * (1 - perspective * rng.uniform(0, 1, (4, 1)))
    corners = corners @ np.array([(np.cos(turn), np.sin(turn)), (-np.sin(turn), np.cos(turn))])
    centre = np.array([width, height]) * (at or tuple(0.5 + rng.uniform(-0.04, 0.04, 2)))
    corners = corners + centre
    source = np.array([(0, 0), (columns, 0), (columns, rows), (0, rows)], float)
    equations, values = [], []
    for (x, y), (u, v) in zip(corners, source, strict=True):
        equations += [(x, y, 1, 0, 0, 0, -u * x, -u * y), (0, 0, 0, x, y, 1, -v * x, -v * y)]
        values += [u, v]
    coefficients = np.linalg.solve(equations, values)
    picture = Image.fromarray((np.clip(sheet.pixels, 0, 1) * 255).astype(np.uint8))
    size_wh = (width, height)
    laid = picture.transform(size_wh, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BICUBIC)
    mask = Image.new("L", picture.size, 255).transform(
        size_wh, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BILINEAR
    )
    cover = np.asarray(mask, float)[..., None] / 255
    below = ground
    if shadow:
        dark = ndimage.gaussian_filter(np.roll(cover[..., 0], (10, 12), (0, 1)), 7)[..., None]
        below = ground * (1 - shadow * dark)
    return Sheet(below * (1 - cover) + np.asarray(laid, float) / 255 * cover, sheet.digits)


# --- Light and camera ---


def light(rng, height, width, uneven=0.3, vignette=0.15) -> np.ndarray:
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    angle = rng.uniform(0, 2 * np.pi)
    return (1 + uneven * (x * np.cos(angle) + y * np.sin(angle)) / 2) * (1 - vignette * (x**2 + y**2) / 2)


def half_shadow(rng, height, width, depth=0.45, soft=2.0) -> np.ndarray:
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    angle = rng.uniform(0, 2 * np.pi)
    inside = (x * np.cos(angle) + y * np.sin(angle) > rng.uniform(-0.25, 0.25)).astype(float)
    return 1 - depth * ndimage.gaussian_filter(inside, soft)


def spot(rng, height, width, at=(0.3, 0.7), radius=0.15) -> np.ndarray:
    y, x = np.mgrid[0 : height / width : height * 1j, 0 : 1 : width * 1j]
    away = np.hypot(y - at[0] * height / width, x - at[1]) / radius
    return np.exp(-(away**2))


def taken(
    sheet: Sheet,
    rng,
    brightness=0.95,
    uneven=0.3,
    vignette=0.15,
    shade=None,
    glare=None,
    blur=0.7,
    noise=0.012,
    tint=(1, 0.99, 0.96),
    quality=85,
    kind="JPEG",
    motion=0,
    **saving,
) -> bytes:
    """The file that a camera makes of a sheet."""
    height, width = sheet.pixels.shape[:2]
    lit = light(rng, height, width, uneven, vignette)[..., None] * brightness * np.asarray(tint)
    seen = (sheet.pixels * lit).astype(np.float32)
    if shade is not None:
        seen = seen * shade[..., None]
    if glare is not None:
        seen = seen + glare[..., None]
    if blur:
        seen = ndimage.gaussian_filter(seen, (blur, blur, 0))
    if motion:
        seen = ndimage.uniform_filter1d(seen, motion, axis=1)
    seen = seen + noise * rng.standard_normal(seen.shape, np.float32)
    return encoded(np.clip(seen, 0, 1), kind, quality=quality, **saving)


def encoded(pixels, kind="PNG", **saving) -> bytes:
    """A picture, or an array of uint8 or of floats in [0, 1], as a file's bytes."""
    if isinstance(pixels, np.ndarray):
        if pixels.dtype.kind == "f":
            pixels = np.round(pixels * 255).astype(np.uint8)
        pixels = Image.fromarray(pixels)
    file = io.BytesIO()
    if kind in ("PNG", "GIF", "BMP", "TIFF"):
        saving.pop("quality", None)
    if kind == "HEIF":
        import pillow_heif

        pillow_heif.register_heif_opener()
    pixels.save(file, kind, **saving)
    return file.getvalue()


# --- The kinds ---

KINDS: dict[str, Callable[[Writer], Photo]] = {}


def kind(function: Callable[[Writer], Photo]) -> Callable[[Writer], Photo]:
    KINDS[function.__name__] = function
    return function


def _kind(name: str, make: Callable[[Writer], Photo]) -> None:
    KINDS[name] = make


def _simple(name, ground=PAPER, turns=0, reason="", rules=None, camera=None, scene=None, **writing):
    """A digit on a sheet: `rules` draws on the sheet first, `scene` lays it somewhere, `camera` is for `taken`."""

    def make(writer: Writer) -> Photo:
        rng = writer.rng
        sheet = plain(ground, rng=rng)
        if rules:
            sheet = rules(sheet, rng)
        sheet = written(sheet, writer, **writing)
        if scene:
            sheet = scene(sheet, rng)
        options = camera(rng, *sheet.pixels.shape[:2]) if callable(camera) else (camera or {})
        return Photo(taken(sheet, rng, **options), sheet.digits, reason, turns)

    _kind(name, make)


for _ink in ("black", "blue", "red", "green", "pencil"):
    for _pen in ("ball", "felt"):
        _simple(f"paper, {_ink} {_pen}", ink=_ink, pen=_pen)
_simple("paper, fine pen", pen="fine", ink="black", size=0.5)
_simple("paper, fat marker", pen="fat", ink="black", size=0.6)
_simple("paper, faint pencil", ink="faint pencil", pen=0.05, size=0.5, reason="faint")
_simple("paper, small digit", size=0.15, pen=0.08)
_simple("paper, filled by the digit", size=0.9, at=(0.5, 0.5))
_simple("paper, fat marker that fills it", size=0.9, pen="fat", at=(0.5, 0.5), ink="black")
_simple("paper, in a corner", size=0.25, at=(0.2, 0.2))
_simple("sticky note", ground=(0.98, 0.92, 0.45))
_simple("pink paper", ground=(0.96, 0.70, 0.75), ink="black")
_simple("blue paper", ground=(0.45, 0.60, 0.85), ink="black", pen="felt")
_simple("brown paper", ground=(0.66, 0.50, 0.34), ink="black", pen="felt")
_simple(
    "recycled paper",
    ground=(0.75, 0.73, 0.70),
    ink="blue",
    rules=lambda s, r: Sheet(s.pixels * (1 - 0.35 * (r.random((HEIGHT, WIDTH, 1)) > 0.995)), []),
)

_BLUE_LINE, _GREY_LINE = (0.62, 0.74, 0.90), (0.72, 0.72, 0.72)
_simple("ruled blue", rules=lambda s, r: ruled(s, 44, _BLUE_LINE, margin=True), size=0.35)
_simple("ruled grey, tilted", rules=lambda s, r: ruled(s, 38, _GREY_LINE, angle=4), ink="black", size=0.4)
_simple("ruled, digit of one line's height", rules=lambda s, r: ruled(s, 60, _BLUE_LINE), size=0.12, pen=0.07)
for _ink, _pen in (("pencil", 0.05), ("blue", "ball"), ("black", "felt")):
    _simple(
        f"squares blue, {_ink}",
        rules=lambda s, r: ruled(s, 30, (0.45, 0.62, 0.88), down=True),
        ink=_ink,
        pen=_pen,
        reason="square",
    )
_simple(
    "squares grey, pencil",
    rules=lambda s, r: ruled(s, 32, _GREY_LINE, down=True, angle=-3),
    ink="pencil",
    pen=0.05,
    reason="square",
)
_simple(
    "squares small, ballpoint",
    rules=lambda s, r: ruled(s, 18, _BLUE_LINE, down=True, width=1.5),
    reason="square",
)
_simple(
    "squares dark, black felt",
    rules=lambda s, r: ruled(s, 40, (0.45, 0.45, 0.5), down=True),
    ink="black",
    pen="felt",
    reason="square",
)
_simple(
    "squares on a desk",
    rules=lambda s, r: ruled(s, 34, _BLUE_LINE, down=True),
    ink="black",
    pen=0.06,
    scene=lambda s, r: on_desk(s, desk((0.3, 0.2, 0.12), r), r, 0.85, 6),
    reason="square",
)
_simple("dotted paper", rules=lambda s, r: dotted(s, 30, (0.6, 0.6, 0.65)))

for _name, _ground, _ink in (
    ("blackboard", (0.10, 0.10, 0.11), (0.85, 0.85, 0.83)),
    ("greenboard", (0.13, 0.26, 0.19), (0.85, 0.85, 0.83)),
    ("greenboard yellow", (0.13, 0.26, 0.19), (0.88, 0.80, 0.30)),
    ("greenboard pink", (0.13, 0.26, 0.19), (0.85, 0.50, 0.55)),
):
    _simple(f"chalk, {_name}", ground=_ground, ink=_ink, pen=0.07, medium="dry", camera={"noise": 0.015})
_simple(
    "chalk, smeared board",
    ground=(0.13, 0.26, 0.19),
    ink=(0.85, 0.85, 0.83),
    pen=0.07,
    medium="dry",
    rules=lambda s, r: Sheet(
        s.pixels + 0.08 * (ndimage.gaussian_filter(r.random((HEIGHT, WIDTH)), (15, 60)) > 0.5)[..., None], []
    ),
)
for _ink in ("black", "red", "green", "blue", "yellow marker"):
    _simple(
        f"whiteboard, {_ink}",
        ground=(0.95, 0.96, 0.97),
        ink=_ink,
        pen=0.07,
        camera=lambda r, h, w: {"glare": 0.3 * spot(r, h, w, (0.12, 0.8), 0.12), "uneven": 0.2},
    )
for _name, _ink in (
    ("yellow", (1.0, 0.98, 0.35)),
    ("pink", (1.0, 0.55, 0.75)),
    ("green", (0.6, 1.0, 0.5)),
    ("orange", (1.0, 0.75, 0.35)),
):
    _simple(f"highlighter, {_name}", ink=_ink, pen=0.1, medium="clear")

_simple("light from aside", camera={"uneven": 0.9})
_simple("vignette", camera={"vignette": 0.7})
_simple("hard shadow", camera=lambda r, h, w: {"shade": half_shadow(r, h, w)})
_simple("soft shadow", camera=lambda r, h, w: {"shade": half_shadow(r, h, w, 0.6, 50)})
_simple(
    "two shadows", camera=lambda r, h, w: {"shade": half_shadow(r, h, w, 0.3) * half_shadow(r, h, w, 0.4, 15)}
)
_simple(
    "shadow of a hand",
    camera=lambda r, h, w: {"shade": 1 - 0.5 * np.clip(4 * spot(r, h, w, (0.75, 0.5), 0.3) - 1, 0, 1)},
)
_simple(
    "chalk, hard shadow",
    ground=(0.13, 0.26, 0.19),
    ink=(0.85, 0.85, 0.83),
    pen=0.07,
    medium="dry",
    camera=lambda r, h, w: {"shade": half_shadow(r, h, w)},
)
_simple("glare beside", camera=lambda r, h, w: {"glare": 0.8 * spot(r, h, w, (0.15, 0.8), 0.12)})
_simple(
    "glare over a part", camera=lambda r, h, w: {"glare": 0.35 * spot(r, h, w, (0.5, 0.6), 0.15)}, pen=0.06
)
_simple("dim and noisy", camera={"brightness": 0.3, "noise": 0.03}, pen=0.06, ink="black")
_simple("warm lamp", camera={"tint": (1.0, 0.8, 0.5)})
_simple("overexposed", camera={"brightness": 1.4}, ink="black")
_simple("blurred", camera={"blur": 6}, pen=0.06)
_simple("shaken", camera={"motion": 15}, pen=0.06)
_simple("noisy", camera={"noise": 0.08}, pen=0.06, ink="black")
_simple("poor compression", camera={"quality": 15})
_simple(
    "crease", rules=lambda s, r: Sheet(s.pixels * half_shadow(r, HEIGHT, WIDTH, 0.12, 1.5)[..., None], [])
)
_simple(
    "crumpled",
    rules=lambda s, r: Sheet(
        s.pixels * np.prod([half_shadow(r, HEIGHT, WIDTH, 0.08, 3) for _ in range(6)], axis=0)[..., None], []
    ),
)

for _name, _colour in (
    ("brown", (0.42, 0.26, 0.15)),
    ("black", (0.07, 0.07, 0.08)),
    ("white", (0.80, 0.80, 0.79)),
    ("grey", (0.5, 0.5, 0.52)),
    ("red", (0.6, 0.15, 0.15)),
):
    _simple(f"desk, {_name}", scene=lambda s, r, c=_colour: on_desk(s, desk(c, r), r), pen=0.05)
    _simple(
        f"desk, {_name}, small sheet",
        pen=0.06,
        size=0.5,
        scene=lambda s, r, c=_colour: on_desk(s, desk(c, r), r, 0.5, 12, shadow=0.4),
    )
_simple(
    "desk, wood",
    pen=0.05,
    scene=lambda s, r: on_desk(s, desk((0.55, 0.38, 0.24), r, grain=0.25), r, 0.7, shadow=0.3),
)
_simple(
    "desk, tilted", pen=0.05, scene=lambda s, r: on_desk(s, desk((0.42, 0.26, 0.15), r), r, 0.6, 25, 0.15)
)
_simple(
    "desk, only at one side",
    pen=0.05,
    scene=lambda s, r: on_desk(s, desk((0.3, 0.2, 0.15), r), r, 1.1, 4, at=(0.62, 0.5)),
)
_simple(
    "desk, hard shadow",
    pen=0.05,
    scene=lambda s, r: on_desk(s, desk((0.42, 0.26, 0.15), r), r, 0.7),
    camera=lambda r, h, w: {"shade": half_shadow(r, h, w)},
)
_simple(
    "desk, near the sheet's edge",
    pen=0.07,
    size=0.3,
    at=(0.22, 0.22),
    scene=lambda s, r: on_desk(s, desk((0.2, 0.2, 0.22), r), r, 0.8),
)
_simple(
    "desk, sticky note",
    ground=(0.98, 0.92, 0.45),
    ink="black",
    pen=0.07,
    size=0.6,
    scene=lambda s, r: on_desk(
        Sheet(s.pixels[150:850], s.digits), desk((0.5, 0.35, 0.2), r, grain=0.2), r, 0.5, 10
    ),
)

for _name, _ground, _ink in (
    ("red on green", (0.0, 0.5, 0.0), (1.0, 0.0, 0.0)),
    ("red on blue", (0.1, 0.15, 0.8), (0.85, 0.1, 0.1)),
    ("green on red", (0.8, 0.1, 0.1), (0.1, 0.45, 0.1)),
    ("yellow on white", (1.0, 1.0, 1.0), (1.0, 1.0, 0.0)),
    ("blue on black", (0.0, 0.0, 0.0), (0.2, 0.3, 1.0)),
    ("white on red", (0.75, 0.1, 0.1), (1.0, 1.0, 1.0)),
    ("cyan on grey", (0.6, 0.6, 0.6), (0.2, 0.75, 0.75)),
):

    def _paint(writer, ground=_ground, ink=_ink):
        sheet = written(Sheet(np.full((400, 400, 3), ground), []), writer, ink, 0.12, 0.6)
        return Photo(encoded(sheet.pixels), sheet.digits)

    _kind(f"paint, {_name}", _paint)
    _simple(
        f"card, {_name}",
        ground=tuple(0.06 + 0.86 * np.array(_ground)),
        ink=tuple(0.06 + 0.86 * np.array(_ink)),
        pen=0.09,
    )


def _several(count, reason="", size=0.22, scene=None, name=""):
    def make(writer):
        sheet = plain(rng=writer.rng)
        columns = min(count, 4)
        rows = -(-count // columns)
        for index in range(count):
            row, column = divmod(index, columns)
            at = ((row + 0.6) / (rows + 0.2), (column + 0.6) / (columns + 0.2))
            sheet = written(sheet, writer, "black", 0.08, min(size, 0.75 / columns), at)
        if scene:
            sheet = scene(sheet, writer.rng)
        return Photo(taken(sheet, writer.rng), sheet.digits, reason)

    _kind(name or f"{count} digits", make)


_several(2)
_several(2, size=0.35, name="2 digits, large")
_several(2, scene=lambda s, r: on_desk(s, desk((0.42, 0.26, 0.15), r), r, 0.8), name="2 digits on a desk")
_several(3)
_several(8)
_several(14, "closer", size=0.12)


@kind
def sideways(writer):
    sheet = written(plain(rng=writer.rng), writer, "black", 0.06, digit=7)
    sheet.pixels = np.rot90(sheet.pixels, -1).copy()
    return Photo(taken(sheet, writer.rng), sheet.digits, turns=1)


# How each EXIF orientation is stored: what the camera's turn has done to the upright picture.
STORED_AS = {
    3: Image.Transpose.ROTATE_180,
    6: Image.Transpose.ROTATE_90,
    8: Image.Transpose.ROTATE_270,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
}
for _orientation, _stored in STORED_AS.items():

    def _held(writer, orientation=_orientation, stored=_stored):
        sheet = written(plain(rng=writer.rng), writer)
        upright = Image.open(io.BytesIO(taken(sheet, writer.rng, kind="PNG")))
        exif = Image.Exif()
        exif[0x0112] = orientation
        return Photo(
            encoded(upright.transpose(stored), "JPEG", quality=80, exif=exif.tobytes()), sheet.digits
        )

    _kind(f"orientation {_orientation}", _held)

# --- Formats and sizes ---


def _format(name, change=None, kind="PNG", **saving):
    def make(writer):
        sheet = written(plain(rng=writer.rng), writer, "black", 0.07)
        picture = Image.open(io.BytesIO(taken(sheet, writer.rng, kind="PNG")))
        return Photo(encoded(change(picture) if change else picture, kind, **saving), sheet.digits)

    _kind(f"format, {name}", make)


for _format_name in ("PNG", "BMP", "GIF", "TIFF", "WEBP", "AVIF", "HEIF"):
    _format(_format_name, kind=_format_name)
_format("palette", lambda p: p.quantize(32))
_format("grey", lambda p: p.convert("L"))
_format("one bit", lambda p: p.convert("L").point(lambda v: 255 * (v > 110), "1"))
_format("16 bits", lambda p: Image.fromarray(np.asarray(p.convert("L")).astype(np.uint16) * 257))
_format("CMYK", lambda p: p.convert("CMYK"), "JPEG")
_format("alpha", lambda p: p.convert("RGBA"))
_format("progressive", None, "JPEG", progressive=True)
_format("40 megapixels", lambda p: p.resize((5480, 7300)), "JPEG", quality=60)
_format("500 pixels", lambda p: p.resize((375, 500)))
_format("160 pixels", lambda p: p.resize((120, 160)))


def _screen(name, ground, ink, pen=0.12, size=0.75, side=400, alpha=None, at=(0.5, 0.5), **saving):
    def make(writer):
        sheet = written(Sheet(np.full((side, side, 3), ground, float), []), writer, ink, pen, size, at)
        pixels = sheet.pixels
        if alpha:
            cover = np.abs(pixels - np.asarray(ground)).max(axis=2, keepdims=True)
            pixels = np.concatenate([np.full_like(pixels, alpha == "white"), cover / cover.max()], axis=2)
        return Photo(encoded(pixels, **saving), sheet.digits)

    _kind(f"screen, {name}", make)


_screen("white on black", (0, 0, 0), (1, 1, 1))
_screen("black on white", (1, 1, 1), (0, 0, 0))
_screen("thin pen", (1, 1, 1), (0, 0, 0), 0.01)
_screen("to its edges", (1, 1, 1), (0, 0, 0), 0.12, 0.99)
_screen("small in a large picture", (1, 1, 1), (0, 0, 0), 0.1, 0.12, 1200, at=(0.3, 0.6))
_screen("white on transparent", (0, 0, 0), (1, 1, 1), alpha="white")
_screen("black on transparent", (0, 0, 0), (1, 1, 1), alpha="black")
_screen("black on white as JPEG", (1, 1, 1), (0, 0, 0), kind="JPEG", quality=40)


@kind
def printed_digit(writer):
    picture = Image.new("RGB", (600, 800), (245, 244, 238))
    digit = writer.digit()
    font = ImageFont.load_default(320)
    ImageDraw.Draw(picture).text((210, 200), str(digit), fill=(20, 20, 25), font=font)
    ink = (245 - np.asarray(picture.convert("L"), float)) / 225
    sheet = Sheet(np.asarray(picture) / 255, [ink_to_digit(np.clip(ink, 0, 1))])
    return Photo(taken(sheet, writer.rng), sheet.digits)


# --- What has to be refused, or chosen from ---


def _refused(name, make, reason):
    _kind(name, lambda writer: Photo(make(writer), [], reason))


for _side in (8, 12, 16):

    def _tiny(writer, side=_side):
        sheet = written(plain(rng=writer.rng), writer, "black", 0.1, 0.55)
        photo = Image.open(io.BytesIO(taken(sheet, writer.rng))).crop((0, 100, WIDTH, 100 + WIDTH))
        return encoded(photo.resize((side, side)))

    _refused(f"tiny, {_side} pixels", _tiny, "pixel")


def _cut(writer):
    sheet = written(plain(rng=writer.rng), writer, "black", 0.08, 0.5, (0.5, 0.5), digit=0)
    row = int(np.argwhere(sheet.pixels.min(axis=2) < 0.3)[:, 0].mean())
    sheet.pixels = sheet.pixels[row:]
    return taken(sheet, writer.rng)


_refused("cut by the frame", _cut, "edge")
_refused("blank paper", lambda w: taken(plain(rng=w.rng), w.rng), "Nothing|nothing")
_refused(
    "blank paper, hard shadow",
    lambda w: taken(plain(rng=w.rng), w.rng, shade=half_shadow(w.rng, HEIGHT, WIDTH)),
    ".",
)
_refused(
    "blank sheet on a desk",
    lambda w: taken(on_desk(plain(rng=w.rng), desk((0.42, 0.26, 0.15), w.rng), w.rng), w.rng),
    ".",
)
_refused(
    "blank sheet on a black desk",
    lambda w: taken(on_desk(plain(rng=w.rng), desk((0.07, 0.07, 0.08), w.rng), w.rng, 0.5, 12), w.rng),
    ".",
)
_refused("desk alone", lambda w: taken(Sheet(desk((0.55, 0.38, 0.24), w.rng, grain=0.25), []), w.rng), ".")
_refused(
    "desk's edge alone",
    lambda w: taken(
        Sheet(
            np.where(
                (np.mgrid[:HEIGHT, :WIDTH][0] + 0.1 * np.mgrid[:HEIGHT, :WIDTH][1] > 600)[..., None],
                (0.42, 0.26, 0.15),
                (0.7, 0.7, 0.7),
            ),
            [],
        ),
        w.rng,
    ),
    ".",
)
_refused(
    "squares alone",
    lambda w: taken(ruled(plain(rng=w.rng), 30, (0.45, 0.62, 0.88), down=True), w.rng),
    "square|line|nothing|Nothing",
)
_refused(
    "lines alone",
    lambda w: taken(ruled(plain(rng=w.rng), 44, _BLUE_LINE, margin=True), w.rng),
    "square|line|nothing|Nothing",
)
_refused(
    "dot",
    lambda w: taken(
        Sheet(
            plain(rng=w.rng).pixels
            * (1 - 0.9 * (spot(w.rng, HEIGHT, WIDTH, (0.5, 0.5), 0.1) > 0.5)[..., None]),
            [],
        ),
        w.rng,
    ),
    ".",
)
_refused("white noise", lambda w: encoded(w.rng.random((500, 400, 3))), ".")


@kind
def page_of_text(writer):
    picture = Image.new("RGB", (750, 1000), (245, 244, 238))
    text = "the quick brown fox jumps over a lazy dog\n" * 14
    ImageDraw.Draw(picture).text(
        (60, 80), text, fill=(20, 20, 25), font=ImageFont.load_default(30), spacing=30
    )
    return Photo(taken(Sheet(np.asarray(picture) / 255, []), writer.rng), [], "closer")


# Under half of them, for each takes half a second; `python -m benchmarks.photos` tries all, with several hands.
ISSUE = (
    "paint, red on green",
    "desk, brown",
    "desk, black, small sheet",
    "squares grey, pencil",
    "highlighter, yellow",
    "2 digits",
    "sideways",
    "tiny, 12 pixels",
    "page_of_text",
    "14 digits",
    "cut by the frame",
)
TESTED = [name for index, name in enumerate(KINDS) if index % 5 in (1, 3) or name in ISSUE]


def correlation(image: np.ndarray, other: np.ndarray, angles=(0,)) -> float:
    """How alike two digits are, at the best of several angles in degrees."""
    turned = (ndimage.rotate(other, angle, reshape=False, order=1) for angle in angles)
    return max(float(np.corrcoef(image.ravel(), each.ravel())[0, 1]) for each in turned)


# Other digits of the same class written by the same hand correlate by 0.6 to 0.9, those of other classes by less.
ALIKE = 0.85
SHEET_ANGLES = (0, -8, 8, -16, 16, -24, 24)


def verdict(name: str, photo: Photo, read: Callable) -> str:
    """What became of a photo: "right", "chosen" (right, with other things to choose from), "refused" (with a reason
    that is true), or else a sentence that says what is wrong."""
    angles = SHEET_ANGLES if "desk" in name else (0,)
    try:
        candidates = read(photo.data, photo.turns).candidates
    except ValueError as error:
        if photo.reason and re.search(photo.reason, str(error)):
            return "refused"
        return f"refused: {error}"
    alike = [max(correlation(c.digit, digit, angles) for c in candidates) for digit in photo.digits]
    if not alike or min(alike) < ALIKE:
        return f"taken for something else, alike by {np.round(alike, 2)}"
    if len(candidates) == len(photo.digits):
        return "right"
    first = max(correlation(candidates[0].digit, digit, angles) for digit in photo.digits)
    return "chosen" if first >= ALIKE else "another candidate came first"
