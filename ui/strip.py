"""The strip: one digit across noise levels, noisy above and denoised below, as one picture."""

from __future__ import annotations

import base64
import html
import io
from typing import NamedTuple

import numpy as np
import streamlit as st
from PIL import Image, ImageDraw, ImageFont

from ui.pictures import png, tile, to_uint8
from vae import noise_sweep
from vae.checkpoints import Checkpoint
from vae.corruptions import Hole

# How many levels may stand side by side, at the least and at the most.
COUNTS = (3, 21)
# Narrower columns than this are no longer read on a phone: there the strip scrolls inside its own box.
MIN_COLUMN_REM = 3.2

_STYLE = """<style>
.strip { overflow-x: auto; }
.strip img { width: 100%; display: block; image-rendering: pixelated; border-radius: 4px; }
.strip .levels { display: grid; font-size: 0.875rem; text-align: center; padding-top: 0.25rem; }
.strip .levels span { opacity: 0.8; border-top: 3px solid transparent; }
.strip .levels .trained { border-color: currentColor; }
</style>"""


class Strip(NamedTuple):
    """One digit at rising levels of noise.

    Attributes:
        levels: (n,).
        noisy: One picture a level, floats in [0, 1], (n, 28, 28).
        denoised: Likewise.
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
    """Makes a strip: `image` (28, 28) spoilt as `vae.noise_sweep.sweep` does, and denoised by a model."""
    noisy = noise_sweep.sweep(image, kind, levels, rng, hole=hole)[:, 0]
    return Strip(levels, noisy, model.vae.denoise(noisy))


def show_strip(strip: Strip, trained: tuple[float, float] | None = None) -> None:
    """Shows a strip with its levels beneath.

    Args:
        strip: What to show.
        trained: The lowest and the highest level that the model was trained on: those between are marked.
    """
    levels = strip.levels
    data = base64.b64encode(png(strip.sheet())).decode()
    low, high = trained or (2, 2)
    labels = "".join(
        f"<span{' class=trained' if low - 1e-6 <= level <= high + 1e-6 else ''}>{level:.2f}</span>"
        for level in levels
    )
    width = f"{len(levels) * MIN_COLUMN_REM:.1f}rem"
    alt = html.escape(
        f"The digit at noise levels {levels[0]:.2f} to {levels[-1]:.2f}: noisy above, denoised below"
    )
    st.html(
        f'{_STYLE}<div class="strip" tabindex="0"><div style="min-width:{width}">'
        f'<img src="data:image/png;base64,{data}" alt="{alt}">'
        f'<div class="levels" style="grid-template-columns:repeat({len(levels)},1fr)">{labels}</div>'
        "</div></div>"
    )


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
