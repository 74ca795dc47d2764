"""Denoise pictures of digits, a file or a folder of them.

examples:
  python -m vae denoise noisy.png clean.png             one picture
  python -m vae denoise scans/ denoised/                every picture in scans/ and the folders in it
  python -m vae denoise scans/ denoised/ --model notebook
  python -m vae denoise ink.png out.png --invert        28 x 28 pixels, dark on light

A picture of 28 x 28 pixels is taken as it is, white on black. Any other is a photo or a drawing of one digit: the
digit is found, cropped, centred and scaled as MNIST's were. It reads PNG, JPEG, WebP and BMP, and writes pictures of
28 x 28 pixels, white on black. It reads all pictures before it writes the first, and overwrites no file.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from vae.checkpoints import load, shipped_models
from vae.commands.progress import progress_bar
from vae.validate import require_writable

STOPPED = "Files written so far are complete, except perhaps the last."
BATCH = 32


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("source", type=Path, metavar="IN", help="a picture, or a folder of pictures")
    parser.add_argument("target", type=Path, metavar="OUT", help="the file or folder to write")
    default = shipped_models()[0]
    parser.add_argument(
        "--model",
        default=default,
        help=f"a shipped model or a run by name, or a model's folder (default {default})",
    )
    parser.add_argument(
        "--invert", action="store_true", help="the pictures of 28 x 28 pixels are dark on light"
    )


def run(arguments: argparse.Namespace) -> None:
    """Reads all pictures, then denoises and writes them."""
    from vae.batch_files import pair_files, read_digits, write_digit

    pairs = pair_files(arguments.source, arguments.target)
    model = load(arguments.model)
    require_writable(pairs[0][1].parent if arguments.source.is_file() else arguments.target)
    with progress_bar(2 * len(pairs), "picture") as bar:
        bar.set_description("reading")
        digits = read_digits([path for path, _ in pairs], invert=arguments.invert, on_picture=bar.update)
        bar.set_description("denoising")
        for start in range(0, len(pairs), BATCH):
            denoised = model.vae.denoise(digits[start : start + BATCH])
            for (_, file), image in zip(pairs[start : start + BATCH], denoised, strict=True):
                write_digit(file, image)
                bar.update()
    pictures = "1 picture" if len(pairs) == 1 else f"{len(pairs):,} pictures"
    print(
        f"Denoised {pictures} with {model.name}, to {pairs[0][1] if len(pairs) == 1 else arguments.target}."
    )
