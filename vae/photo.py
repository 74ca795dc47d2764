"""An uploaded picture, a phone's photo included, becomes a digit.

The file is checked before its pixels are decoded. The ground is then estimated and divided out, so that
light, shadow and paper vanish; what remains and hangs together in the middle is ink, and goes the same way as
a drawing.
"""

import io

import numpy as np
from PIL import Image, ImageOps

from vae.preprocess import PreprocessError, drawing_to_digit, ink_to_digit

MAX_UPLOAD_BYTES = 5 * 1024 * 1024
# Decoded, that is 100 MB at most. JPEG is counted after its decoder has scaled it down.
MAX_DECODED_PIXELS = 25_000_000
FORMATS = ("PNG", "JPEG", "WEBP", "BMP")

# The picture's longer side. A digit as small as a tenth of the picture still has twice the pixels that it
# will end with.
WORKING_SIDE = 384
MIN_SHORTER_SIDE = 16
# Four of 256 levels, which is what compression does to one even colour.
EVEN_FRAME = 4 / 255
# The ground changes slowly, so a coarse grid holds it; its medians look past strokes as long as these cover
# less than half of a window.
GROUND_SIDE = 48
GROUND_WINDOW = 17

# Strokes must stand out from the ground by this many standard deviations of the ground's own texture, and by
# this ratio.
MIN_DEVIATIONS = 7.0
MIN_CONTRAST = 0.12
# The share of all pixels that even a thin, small digit inks: where the ink's strength is read.
INK_SHARE = 0.002
# Below the first share of that strength is ground, above the second full ink.
FAINT, FULL = 0.3, 0.7
# Between the two, so much ink makes a stroke; the rims of hard shadows, which have less, don't tie it to the
# border.
SOLID = 0.5

# Ink is joined in cells of so many pixels, which bridges the small gaps that a dry pen leaves.
CELL = 4
# A part of the digit, such as the bar of a 5, is at least so large and so near, both in shares of the largest
# part.
MIN_PART = 0.03
MAX_PART_GAP = 0.2

NOT_A_PICTURE = "This file cannot be read as a picture: choose a PNG, JPEG, WebP or BMP file."
NO_DIGIT = "No digit stands out in this picture: write one, large and dark, with plain paper all around it."


def photo_to_digit(data: bytes) -> np.ndarray:
    """Turn an uploaded picture of a handwritten digit into the image that MNIST would hold of it.

    Args:
        data: the file's bytes: PNG, JPEG, WebP or BMP, at most `MAX_UPLOAD_BYTES`. Ink may be darker or
            lighter than its ground. Of several frames the first counts.

    Returns:
        The digit: float32 of shape (28, 28) in [0, 1], 0 is background, its largest value 1.

    Raises:
        PreprocessError: the file is empty, too large, damaged or no picture, or no digit stands out in it.

    Source: `vae.preprocess.ink_to_digit` for everything after the ink is found.
    """
    if not data:
        raise PreprocessError("This file is empty.")
    if len(data) > MAX_UPLOAD_BYTES:
        raise PreprocessError(
            f"This file is larger than {MAX_UPLOAD_BYTES // 1024**2} MB: choose a smaller one."
        )
    grey = _decode(data)
    try:
        if _has_even_frame(grey):
            return drawing_to_digit(grey)
        return ink_to_digit(_main_parts(_ink(grey)))
    except PreprocessError as error:
        # What is said of a drawing does not help whoever sent a photo.
        raise PreprocessError(NO_DIGIT) from error


def _decode(data: bytes) -> np.ndarray:
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            image.draft(None, (2 * WORKING_SIDE, 2 * WORKING_SIDE))
            if image.width * image.height > MAX_DECODED_PIXELS:
                raise PreprocessError("This picture has too many pixels: choose a smaller one.")
            scale = WORKING_SIDE / max(image.size)
            size = (round(image.width * scale), round(image.height * scale))
            if min(size) < MIN_SHORTER_SIDE:
                raise PreprocessError(
                    "This picture is too narrow to hold a digit: choose one less stretched."
                )
            orientation = image.getexif().get(0x0112)
            grey = _grey(image, size)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PreprocessError("This picture has too many pixels: choose a smaller one.") from error
    except PreprocessError:
        raise
    except Exception as error:
        # Damaged files make decoders raise nearly anything: OSError, SyntaxError, ValueError, struct.error,
        # EOFError.
        raise PreprocessError(NOT_A_PICTURE) from error
    return np.asarray(_upright(grey, orientation), np.float64)


def _grey(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    def shrink(full: Image.Image) -> Image.Image:
        return full.resize(size, Image.Resampling.BILINEAR, reducing_gap=3.0)

    if image.mode.startswith("I"):
        # Pillow would clip 16 bits to 8, and leave white. Scanners often fill fewer than 16.
        pixels = np.asarray(image, np.float32)
        return shrink(Image.fromarray(pixels / max(pixels.max(), 1)))
    if not image.has_transparency_data:
        return Image.fromarray(np.asarray(shrink(image.convert("L")), np.float32) / 255)
    light_and_alpha = np.asarray(shrink(image.convert("RGBA")).convert("LA"), np.float32) / 255
    light, alpha = light_and_alpha[..., 0], light_and_alpha[..., 1]
    opaque = alpha > 0.5
    if opaque.mean() < 0.5:
        # What is opaque is ink, whatever its colour.
        return Image.fromarray(1 - alpha)
    # What is opaque is paper, and goes on under what is transparent.
    return Image.fromarray(light * alpha + np.median(light[opaque]) * (1 - alpha))


def _upright(image: Image.Image, orientation: object) -> Image.Image:
    # The tag is applied to the small picture, and from its number alone: files carry damaged EXIF blocks.
    upright = Image.Exif()
    upright[0x0112] = orientation if orientation in range(1, 9) else 1
    image.info["exif"] = upright.tobytes()
    return ImageOps.exif_transpose(image)


def _has_even_frame(grey: np.ndarray) -> bool:
    # Paper under a lamp is never so even: this is a drawing made on a screen, and its ground is known
    # exactly.
    frame = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    return bool(np.ptp(frame) <= EVEN_FRAME)


def _ink(grey: np.ndarray) -> np.ndarray:
    # Light multiplies what the paper reflects: in a logarithm, a shadow is a shift, and ink is as strong in
    # it as outside. The offset keeps the noise of nearly black pixels from counting as contrast.
    reflected = np.log(_blur(grey) + 0.1)
    difference = reflected - _ground(reflected)
    texture = 1.4826 * np.median(np.abs(difference))
    # The strongest few pixels on each side; ink is the side that has the stronger ones.
    count = max(int(INK_SHARE * difference.size), 1)
    ordered = np.sort(difference, axis=None)
    dark, light = -ordered[count], ordered[-count - 1]
    strength = max(dark, light)
    if strength < max(MIN_DEVIATIONS * texture, MIN_CONTRAST):
        raise PreprocessError(NO_DIGIT)
    ink = -difference if dark >= light else difference
    return np.clip((ink / strength - FAINT) / (FULL - FAINT), 0, 1)


def _blur(image: np.ndarray) -> np.ndarray:
    padded = np.pad(image, 1, mode="edge")
    rows = (padded[:-2] + padded[1:-1] + padded[2:]) / 3
    return (rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]) / 3


def _ground(image: np.ndarray) -> np.ndarray:
    height, width = image.shape
    scale = GROUND_SIDE / max(height, width)
    coarse_size = (max(round(width * scale), 1), max(round(height * scale), 1))
    coarse = np.asarray(Image.fromarray(image.astype(np.float32)).resize(coarse_size, Image.Resampling.BOX))
    reach = GROUND_WINDOW // 2
    # Outside the picture nothing is known: those places are left out of the medians.
    padded = np.pad(coarse, reach, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (GROUND_WINDOW, GROUND_WINDOW))
    medians = np.nanmedian(windows, axis=(2, 3)).astype(np.float32)
    return np.asarray(Image.fromarray(medians).resize((width, height), Image.Resampling.BILINEAR), np.float64)


def _main_parts(ink: np.ndarray) -> np.ndarray:
    labels, count = _label_cells(_cells(ink))
    parts = [_Part(ink, labels, label) for label in range(1, count + 1)]
    # Shadows, desks and the edges of the paper run out of the picture; digits do not.
    inside = [part for part in parts if not part.touches_border]
    main = max(inside, key=lambda part: part.mass, default=None)
    if main is None or main.side < MIN_SHORTER_SIDE:
        raise PreprocessError(NO_DIGIT)
    kept = [
        part.label
        for part in inside
        if part.mass >= MIN_PART * main.mass and part.gap(main) <= MAX_PART_GAP * main.side
    ]
    mask = np.isin(labels, kept).repeat(CELL, axis=0).repeat(CELL, axis=1)
    return ink * mask[: ink.shape[0], : ink.shape[1]]


def _cells(ink: np.ndarray) -> np.ndarray:
    rows, columns = -(-ink.shape[0] // CELL), -(-ink.shape[1] // CELL)
    padded = np.pad(ink, ((0, rows * CELL - ink.shape[0]), (0, columns * CELL - ink.shape[1])))
    return padded.reshape(rows, CELL, columns, CELL).max(axis=(1, 3)) > SOLID


def _label_cells(inked: np.ndarray) -> tuple[np.ndarray, int]:
    labels, count = np.zeros(inked.shape, int), 0
    unlabelled = set(zip(*np.nonzero(inked), strict=True))
    while unlabelled:
        count += 1
        waiting = [unlabelled.pop()]
        while waiting:
            row, column = waiting.pop()
            labels[row, column] = count
            near = {
                (row + down, column + across) for down in (-1, 0, 1) for across in (-1, 0, 1)
            } & unlabelled
            unlabelled -= near
            waiting.extend(near)
    return labels, count


class _Part:
    """A connected piece of ink: its mass, and its box in pixels."""

    def __init__(self, ink: np.ndarray, labels: np.ndarray, label: int):
        self.label = label
        rows, columns = np.nonzero(labels == label)
        self.box = np.array([rows.min(), columns.min(), rows.max() + 1, columns.max() + 1]) * CELL
        top, left, bottom, right = self.box
        mask = (labels == label)[top // CELL : bottom // CELL, left // CELL : right // CELL]
        mask = mask.repeat(CELL, axis=0).repeat(CELL, axis=1)
        piece = ink[top:bottom, left:right]
        self.mass = (piece * mask[: piece.shape[0], : piece.shape[1]]).sum()
        self.side = max(bottom - top, right - left)
        self.touches_border = top == 0 or left == 0 or bottom >= ink.shape[0] or right >= ink.shape[1]

    def gap(self, other: "_Part") -> float:
        apart = np.maximum(self.box[:2] - other.box[2:], other.box[:2] - self.box[2:])
        return max(apart.max(), 0)
