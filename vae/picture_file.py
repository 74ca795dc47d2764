"""An uploaded file becomes pixels: small enough to work on, upright, and without transparency.

What a file promises is checked before its pixels are decoded, so that no file costs more memory or time than a
large photo does.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, UnidentifiedImageError

from vae.preprocess import DIGIT_SIZE, PreprocessError

MAX_BYTES = 25 * 1024 * 1024
# A JPEG's decoder scales down while it decodes.
MAX_JPEG_PIXELS = 50_000_000
MAX_PIXELS = 16_000_000
# What a JPEG that is written in several scans, as a progressive one is, holds all at once. Colour at half the
# resolution, as nearly all have it, takes 3 bytes a pixel; colour at full resolution 6.
MAX_COEFFICIENT_BYTES = 210_000_000
# Of such a file; 24 MB took 2.5 s.
MAX_PROGRESSIVE_BYTES = 16 * 1024 * 1024
# Each scan of a progressive JPEG goes over all its coefficients. Cameras and editors write about ten.
MAX_SCANS = 25
MAX_READS = 100_000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")
FORMATS_IN_WORDS = "JPEG, PNG, WebP, HEIC, AVIF, GIF, TIFF or BMP"

# The longer side of what is worked on. A digit a tenth as high still has four times the pixels that it ends with.
WORKING_SIDE = 800
# Smaller pictures are enlarged to this, so that lengths in pixels mean the same in all.
SMALLEST_WORKING_SIDE = 400
MIN_SHORTER_SIDE = 4
BAND = 64  # Rows of what is worked on.
MAX_ASPECT = 20

ORIENTATION = 0x0112  # EXIF's tag.

EMPTY = "This file is empty."
TOO_LARGE = f"This file is larger than {MAX_BYTES // 1024**2} MB: choose a smaller one."
NOT_A_PICTURE = f"This file is not a picture that can be read here: choose a {FORMATS_IN_WORDS} file."
DAMAGED = "This picture is damaged or incomplete: choose another copy of it, or take the photo again."
TOO_MANY_PIXELS = (
    f"This picture has too many pixels: choose one of at most {MAX_PIXELS // 10**6} million, or a JPEG of at most "
    f"{MAX_JPEG_PIXELS // 10**6} million."
)
TOO_LARGE_TO_HOLD = (
    "This JPEG is progressive and too large to be decoded in pieces: save it smaller, or as an ordinary JPEG."
)
TOO_NARROW = "This picture is too narrow to hold a digit: choose one less stretched."
# Reasons that have nothing to do with which way up a picture is.
UNREADABLE = (EMPTY, TOO_LARGE, NOT_A_PICTURE, DAMAGED, TOO_MANY_PIXELS, TOO_LARGE_TO_HOLD, TOO_NARROW)


@dataclass(frozen=True)
class Picture:
    """A decoded file.

    Attributes:
        pixels: float32 (h, w, 3) in [0, 1], red, green and blue, `WORKING_SIDE` long at most.
        scale: pixels of `pixels` for each pixel of the file.
        digit: the picture itself where it has MNIST's format, float32 (28, 28) with a ground of 0; otherwise None.
    """

    pixels: np.ndarray
    scale: float
    digit: np.ndarray | None


def decode(data: bytes, turns: int = 0) -> Picture:
    """Decodes a picture's file.

    Args:
        data: the file's bytes: JPEG, PNG, WebP, HEIC, AVIF, GIF, TIFF or BMP. Of several frames the first counts.
        turns: quarter turns, counterclockwise, on top of those that the file's own orientation asks for.

    Returns:
        Its pixels, upright and laid on an opaque ground.

    Raises:
        PreprocessError: the file is empty, too large, damaged or no picture.
    """
    if not data:
        raise PreprocessError(EMPTY)
    if len(data) > MAX_BYTES:
        raise PreprocessError(TOO_LARGE)
    image = _opened(data)
    with image:
        _check_size(image, data)
        longest = max(image.size)
        try:
            image.draft(None, (WORKING_SIDE, WORKING_SIDE))
            orientation = image.getexif().get(ORIENTATION)
            image.load()
            pixels = _pixels(image)
        except Exception as error:
            # Damaged files make decoders raise nearly anything: OSError, SyntaxError, ValueError, struct.error,
            # EOFError.
            raise PreprocessError(DAMAGED) from error
    pixels = np.rot90(_upright(pixels, orientation), turns)
    digit = _mnist_digit(pixels)
    if max(pixels.shape) < SMALLEST_WORKING_SIDE:
        pixels = _resized(pixels, SMALLEST_WORKING_SIDE / max(pixels.shape))
    return Picture(np.ascontiguousarray(pixels), max(pixels.shape) / longest, digit)


def _opened(data: bytes) -> Image.Image:
    formats = list(FORMATS)
    if data[4:8] == b"ftyp" and data[8:12] not in (b"avif", b"avis"):
        _read_heif()
    else:
        formats.remove("HEIF")
    try:
        return Image.open(_Read(data), formats=formats)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PreprocessError(TOO_MANY_PIXELS) from error
    except (UnidentifiedImageError, UserWarning) as error:
        raise PreprocessError(NOT_A_PICTURE) from error
    except Exception as error:
        raise PreprocessError(DAMAGED) from error


class _Read(io.BytesIO):
    """A file that gives up where it is read in millions of tiny pieces, for which each piece would take its time."""

    reads = 0

    def read(self, *size: int) -> bytes:
        self.reads += 1
        if self.reads > MAX_READS:
            raise OSError("The file consists of too many pieces.")
        return super().read(*size)


def _read_heif() -> None:
    # Here, for it takes a tenth of a second and few send such files.
    try:
        from pillow_heif import register_heif_opener
    except ImportError as error:
        raise PreprocessError(
            "HEIC pictures cannot be read here: send this one as a JPEG (phones do so when a photo is shared)."
        ) from error
    register_heif_opener()


def _check_size(image: Image.Image, data: bytes) -> None:
    limit = MAX_PIXELS
    if image.format in ("JPEG", "MPO"):
        limit = MAX_JPEG_PIXELS
        scans = data.count(b"\xff\xda")
        if image.info.get("progressive") and scans > MAX_SCANS:
            raise PreprocessError(DAMAGED)
    if image.width * image.height > limit:
        raise PreprocessError(TOO_MANY_PIXELS)
    in_scans = image.format in ("JPEG", "MPO") and scans > 1
    too_long = len(data) > MAX_PROGRESSIVE_BYTES and image.info.get("progressive")
    if in_scans and (too_long or _coefficient_bytes(image) > MAX_COEFFICIENT_BYTES):
        raise PreprocessError(TOO_LARGE_TO_HOLD)
    shorter, longer = sorted(image.size)
    if shorter < MIN_SHORTER_SIDE or longer > MAX_ASPECT * shorter:
        raise PreprocessError(TOO_NARROW)


def _coefficient_bytes(image: Image.Image) -> float:
    """What the coefficients of a JPEG take: 2 bytes for each value of each component."""
    shares = [across * down for _, across, down, _ in image.layer]
    return 2 * image.width * image.height * sum(shares) / max(shares)


def _pixels(image: Image.Image) -> np.ndarray:
    """Shrinks an image to the working size: float32 (h, w, 3) in [0, 1]."""
    if image.mode[0] in "IF":
        # Pillow would clip 16 bits to 8, and leave white. Scanners often fill 12 of 16.
        levels = np.asarray(image)
        highest = float(np.nanmax(levels))
        full_scale = next((full for full in (1, 255, 4095, 65535) if highest <= full), highest)
        grey = _shrunk(image, "F") / full_scale
        return np.repeat(np.clip(grey, 0, 1)[..., None], 3, axis=2)
    if image.has_transparency_data:
        return _opaque(_shrunk(image, "RGBA") / 255)
    if image.mode in ("1", "L"):
        return np.repeat(_shrunk(image, "L")[..., None] / 255, 3, axis=2)
    return _shrunk(image, "RGB") / 255


def _shrunk(image: Image.Image, mode: str) -> np.ndarray:
    """An image in another mode, at most `WORKING_SIDE` long: float32.

    A large one is converted and reduced by a whole factor in bands, so that no second copy of all of it is held.
    """
    factor = max(max(image.size) // (2 * WORKING_SIDE), 1)
    reduced = Image.new(mode, tuple(-(-length // factor) for length in image.size))
    for top in range(0, image.height, BAND * factor):
        band = image.crop((0, top, image.width, min(top + BAND * factor, image.height)))
        if mode == "F":
            band = Image.fromarray(np.nan_to_num(np.asarray(band).astype(np.float32)))
        reduced.paste(band.convert(mode).reduce(factor), (0, top // factor))
    scale = WORKING_SIDE / max(image.size)
    if scale < 1:
        size = tuple(max(round(length * scale), 1) for length in image.size)
        reduced = reduced.resize(size, Image.Resampling.BILINEAR)
    return np.asarray(reduced, np.float32)


def _opaque(pixels: np.ndarray) -> np.ndarray:
    colour, alpha = pixels[..., :3], pixels[..., 3:]
    solid = alpha[..., 0] > 0.5
    if not solid.any():
        return np.ones_like(colour)
    usual = np.median(colour[solid], axis=0)
    # Where most is opaque, that is paper, which goes on under what is transparent. Otherwise it is ink, and the
    # ground is whatever the ink shows on.
    ground = usual if solid.mean() > 0.5 else np.full(3, usual.mean() < 0.5, np.float32)
    return colour * alpha + ground * (1 - alpha)


def _upright(pixels: np.ndarray, orientation: object) -> np.ndarray:
    # From the tag's number alone: files carry damaged EXIF blocks.
    turned = {
        2: lambda p: p[:, ::-1],
        3: lambda p: p[::-1, ::-1],
        4: lambda p: p[::-1],
        5: lambda p: p.transpose(1, 0, 2),
        6: lambda p: np.rot90(p, -1),
        7: lambda p: p[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90,
    }.get(orientation)
    return turned(pixels) if turned else pixels


def _mnist_digit(pixels: np.ndarray) -> np.ndarray | None:
    side = len(pixels)
    if pixels.shape[:2] != (side, side) or side % DIGIT_SIZE or np.ptp(pixels, axis=2).max() > 0:
        return None
    factor = side // DIGIT_SIZE
    digit = pixels[::factor, ::factor, 0]
    if factor > 1 and not np.array_equal(digit.repeat(factor, 0).repeat(factor, 1), pixels[..., 0]):
        return None
    if np.ptp(digit) == 0:
        return None
    frame = np.concatenate([digit[0], digit[-1], digit[:, 0], digit[:, -1]])
    if np.median(frame) > 0.5:
        # In whole levels where there are 255 of them, so that inverting is exact.
        levels = np.round(digit * 255)
        exact = np.array_equal((levels / 255).astype(np.float32), digit)
        digit = ((255 - levels) / 255).astype(np.float32) if exact else 1 - digit
    return np.ascontiguousarray(digit, np.float32)


def _resized(pixels: np.ndarray, scale: float) -> np.ndarray:
    size = tuple(max(round(length * scale), 1) for length in pixels.shape[1::-1])
    planes = [
        np.asarray(Image.fromarray(np.ascontiguousarray(plane)).resize(size, Image.Resampling.BICUBIC))
        for plane in pixels.transpose(2, 0, 1)
    ]
    return np.clip(np.stack(planes, axis=2), 0, 1)
