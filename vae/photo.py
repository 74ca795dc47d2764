"""An uploaded picture, a phone's photo included, becomes the digit in it, or a choice of those in it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from vae.picture_file import Picture, decode
from vae.preprocess import PreprocessError, ink_to_digit

MAX_CANDIDATES = 10
PREVIEW_SIDE = 640
# In pixels of the file, as MNIST's makers had them: a digit of fewer has lost its shape already.
MIN_DIGIT_PIXELS = 14

# As many lines make ruled paper; a few are on anything.
MIN_LINES = 8

TOO_FEW_PIXELS = "This picture has too few pixels: choose one in which the digit is at least {} pixels high."
TOO_MUCH_WRITING = (
    "Too much in this picture could be writing: take the photo closer to one digit, or cut it out."
)
TOO_MANY_DIGITS = (
    "More than ten things in this picture look like digits: take the photo closer, or cut one out."
)
NOTHING = "Nothing stands out in this picture: write one digit, large and dark, on plain paper."
REASONS = {
    "edge": "The digit touches the edge of the picture: leave some paper all around it.",
    "faint": "What is written in this picture is too faint: use a darker pen or more light.",
    "blob": "What stands out in this picture is a spot or an area, not pen strokes: "
    "write one digit with a pen, and let it fill much of the picture.",
    "tangle": "What stands out in this picture is a tangle of lines, not a single digit: "
    "write one digit on plain paper.",
    "lying": "What stands out in this picture is a line or lies on its side: turn the picture if it is a digit.",
    "ground": "No single digit stands out from what is around it: write one on plain paper, "
    "and let the paper fill the picture.",
}
SQUARES = "The lines or squares of the paper hide what is written: use plain paper or a thicker, darker pen."


@dataclass(frozen=True)
class Candidate:
    """What may be the digit in a picture.

    Attributes:
        digit: float32 (28, 28) in [0, 1], 0 is background.
        box: where it stands: top, left, bottom and right, in pixels of `Findings.preview`.
        score: how much it looks like a digit drawn with a pen, in (0, 1].
    """

    digit: np.ndarray
    box: tuple[int, int, int, int]
    score: float


@dataclass(frozen=True)
class Findings:
    """What was found in a picture.

    Attributes:
        candidates: one to ten, likeliest first.
        preview: the picture as it was read, upright, uint8 (h, w, 3), `PREVIEW_SIDE` pixels long at most.
        is_mnist: whether the picture was in MNIST's format already, and is its own digit, unchanged.
    """

    candidates: tuple[Candidate, ...]
    preview: np.ndarray
    is_mnist: bool = False


def read_picture(data: bytes, turns: int = 0) -> Findings:
    """Finds the digits in an uploaded picture, each as the image that MNIST would hold of it.

    Args:
        data: the file's bytes; see `vae.picture_file.decode`.
        turns: quarter turns, counterclockwise, to make the picture upright.

    Returns:
        One to ten candidates, and the picture with their places.

    Raises:
        PreprocessError: the file is no picture, or too large, or no digit stands out in it, or more than ten do.

    Source: `vae.strokes` for finding ink, `vae.preprocess.ink_to_digit` for everything after that.
    """
    picture = decode(data, turns)
    preview = _preview(picture.pixels)
    if picture.digit is not None:
        whole = Candidate(picture.digit, (0, 0, *preview.shape[:2]), 1.0)
        return Findings((whole,), preview, is_mnist=True)
    candidates = _candidates(picture, len(preview) / len(picture.pixels))
    if len(candidates) > MAX_CANDIDATES:
        raise PreprocessError(TOO_MANY_DIGITS)
    return Findings(tuple(candidates), preview)


def _preview(pixels: np.ndarray) -> np.ndarray:
    image = Image.fromarray(np.round(pixels * 255).astype(np.uint8))
    image.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE), Image.Resampling.BOX)
    return np.asarray(image)


def _candidates(picture: Picture, preview_scale: float) -> list[Candidate]:
    # Here, for SciPy and scikit-image take half a second to load, and are needed only when a photo comes.
    from vae.sheet import find_sheets
    from vae.strokes import Found, find_digits, likeliest

    # What is on a sheet counts before what lies beside it.
    on_sheets = [
        replace(digit, box=sheet.in_picture(digit.box))
        for sheet in find_sheets(picture.pixels)
        for digit in find_digits(sheet.pixels).digits
    ]
    found = Found(likeliest(on_sheets), []) if on_sheets else find_digits(picture.pixels)
    candidates = []
    too_few = False
    for digit in found.digits:
        top, left, bottom, right = digit.box
        if max(bottom - top, right - left) < MIN_DIGIT_PIXELS * picture.scale:
            too_few = True
            continue
        try:
            image = ink_to_digit(digit.ink)
        except PreprocessError:
            continue
        box = tuple(round(edge * preview_scale) for edge in digit.box)
        candidates.append(Candidate(image, box, digit.score))
    if candidates:
        return candidates
    if too_few or max(picture.pixels.shape) < MIN_DIGIT_PIXELS * 2 * picture.scale:
        raise PreprocessError(TOO_FEW_PIXELS.format(MIN_DIGIT_PIXELS))
    striking = [digit for digit in found.rejected if digit.score > found.rejected[0].score / 2]
    writing = [digit for digit in found.rejected if digit.flaw == "many"] + [
        digit for digit in striking if digit.flaw in ("tangle", "blob")
    ]
    if len(writing) > MAX_CANDIDATES:
        raise PreprocessError(TOO_MUCH_WRITING)
    if found.lines >= MIN_LINES:
        raise PreprocessError(SQUARES)
    flaw = next((digit.flaw for digit in found.rejected if digit.flaw in REASONS), "")
    raise PreprocessError(REASONS.get(flaw, NOTHING))
