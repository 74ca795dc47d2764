"""Picture files as digits, and digits as picture files: what `vae denoise` reads and writes.

A picture of 28 x 28 pixels is a digit as it is. Any other is a photo or a drawing of one, and is prepared as MNIST's
makers prepared theirs.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from vae.errors import InputError, PreprocessError
from vae.photo import read_picture
from vae.validate import IMAGE_SHAPE

# Formats by file suffix.
SUFFIXES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".bmp": "BMP"}
FORMATS = tuple(set(SUFFIXES.values()))


def pair_files(source: Path, target: Path) -> list[tuple[Path, Path]]:
    """Where each picture of a file or folder goes.

    Args:
        source: A picture, or a folder, which is searched with all its subfolders.
        target: For a picture, the file to write, or a folder to write it in. For a folder, the folder to write in;
            the PNG files there have the same names and subfolders.

    Returns:
        (picture, file to write), sorted.

    Raises:
        InputError: No such file or folder, no picture in it, two pictures of one name, a target of an unknown format,
            or one inside the source.
        FileExistsError: A file to write is there already.
    """
    if source.is_dir():
        pairs = _pair_folder(source, target)
    elif not source.is_file():
        raise InputError(
            f"Expected a picture or a folder of pictures. Received {source}, which does not exist."
        )
    else:
        if target.is_dir():
            target = target / f"{source.stem}.png"
        if target.suffix.lower() not in SUFFIXES:
            raise InputError(
                f"Expected a file name that ends with one of {', '.join(SUFFIXES)}, or a folder. Received {target}."
            )
        pairs = [(source, target)]
    for _, file in pairs:
        if file.exists():
            raise FileExistsError(f"Expected a new file. Received {file}, which exists.")
    return pairs


def _pair_folder(source: Path, target: Path) -> list[tuple[Path, Path]]:
    if target.exists() and not target.is_dir():
        raise InputError(f"Expected a folder to write a folder's pictures in. Received {target}, a file.")
    if target.resolve().is_relative_to(source.resolve()):
        raise InputError(f"Expected a folder outside {source}. Received {target}, which is in it.")
    paths = sorted(path for path in source.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    if not paths:
        raise InputError(f"Expected pictures ({', '.join(SUFFIXES)}) in {source}. There are none.")
    files: dict[Path, Path] = {}
    for path in paths:
        file = target / path.relative_to(source).with_suffix(".png")
        if file in files:
            raise InputError(f"Expected pictures of different names. Received {files[file]} and {path}.")
        files[file] = path
    return [(path, file) for file, path in files.items()]


def read_digit(path: Path, *, invert: bool = False) -> np.ndarray:
    """Reads a picture as a digit.

    Args:
        path: PNG, JPEG, WebP or BMP.
        invert: Whether a picture of 28 x 28 pixels is dark on light. For larger ones this is detected.

    Returns:
        float32 (28, 28) in [0, 1], 0 is background.

    Raises:
        PreprocessError: The file is damaged or not a picture, or no digit stands out in it.
    """
    data = path.read_bytes()
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            is_digit = image.size == IMAGE_SHAPE
            pixels = _grey(image) if is_digit else None
    except Exception as error:
        # Damaged files make decoders raise nearly anything: OSError, SyntaxError, ValueError, struct.error.
        raise PreprocessError(f"Expected a picture. Received {path}, which can't be read as one.") from error
    if pixels is not None:
        return 1 - pixels if invert else pixels
    try:
        return read_picture(data).candidates[0].digit
    except PreprocessError as error:
        raise PreprocessError(f"Expected a picture of a digit. Received {path}: {error}") from error


def _grey(image: Image.Image) -> np.ndarray:
    if image.mode.startswith("I"):  # Pillow would clip 16 bits to 8, which leaves only white.
        return (np.asarray(image, np.float32) / 65535).clip(0, 1)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "black"), image)
    return np.asarray(image.convert("L"), np.float32) / 255


def read_digits(paths: Sequence[Path], *, invert: bool = False, on_picture=lambda: None) -> np.ndarray:
    """Reads pictures as digits, all or none.

    Args:
        paths: The pictures.
        invert: As for `read_digit`.
        on_picture: Called after each picture.

    Returns:
        float32 (n, 28, 28) in [0, 1].

    Raises:
        PreprocessError: One or more can't be read; it names the first and says how many more there are.
    """
    digits, errors = [], []
    for path in paths:
        try:
            digits.append(read_digit(path, invert=invert))
        except PreprocessError as error:
            errors.append(error)
        on_picture()
    if len(errors) > 1:
        raise PreprocessError(f"{errors[0]} (And {len(errors) - 1} more can't be read.)") from errors[0]
    if errors:
        raise errors[0]
    return np.stack(digits)


def write_digit(path: Path, image: np.ndarray) -> None:
    """Writes a digit, floats (28, 28) in [0, 1], as a picture of 28 x 28 pixels; makes its folder if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.round(image * 255).astype(np.uint8)).save(path, SUFFIXES[path.suffix.lower()])
