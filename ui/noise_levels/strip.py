"""The strip: one digit across noise levels, noisy above and denoised below, as one picture."""

from __future__ import annotations

import io
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ui.show.pictures import tile, to_uint8
from vae import noise_sweep
from vae.checkpoints import Checkpoint
from vae.corruptions import Hole


class Strip(NamedTuple):
    """One digit at rising levels of noise.

    Attributes:
        levels: (n,).
        noisy: One picture a level, floats in [0, 1], (n, 28, 28).
        denoised: The same.
    """

    levels: np.ndarray
    noisy: np.ndarray
    denoised: np.ndarray

    def sheet(self) -> np.ndarray:
        """All pictures as one: noisy above, denoised below."""
        return tile(np.concatenate([self.noisy, self.denoised]), columns=len(self.noisy))


def denoised_strip(
    model: Checkpoint, image: np.ndarray, kind: str, levels: np.ndarray, rng: np.random.Generator, hole: Hole
) -> Strip:
    """Makes a strip: `image` (28, 28) corrupted by `vae.noise_sweep.sweep`, and denoised by a model."""
    noisy = noise_sweep.sweep(image, kind, levels, rng, hole=hole)[:, 0]
    return Strip(levels, noisy, model.vae.denoise(noisy))


def strip_png(strip: Strip, scale: int = 4) -> bytes:
    """A strip with its levels as a PNG file, each pixel of a digit enlarged to `scale` x `scale`."""
    sheet = to_uint8(strip.sheet()).repeat(scale, axis=0).repeat(scale, axis=1)
    text = ImageFont.load_default(5 * scale)
    picture = Image.new("L", (sheet.shape[1], sheet.shape[0] + 8 * scale), 255)
    picture.paste(Image.fromarray(sheet))
    draw = ImageDraw.Draw(picture)
    for column, level in enumerate(strip.levels):
        middle = (column + 0.5) * sheet.shape[1] / len(strip.levels)
        draw.text((middle, sheet.shape[0] + 4 * scale), f"{level:.2f}", fill=0, font=text, anchor="mm")
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
