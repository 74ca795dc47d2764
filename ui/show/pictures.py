"""Pictures of digits on a page: crisp pixels at any size, side by side also on a phone.

A picture travels as a 28 x 28 PNG inside the page's HTML and is enlarged by the browser, pixel by pixel.
"""

from __future__ import annotations

import base64
import html
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import streamlit as st


class Picture(NamedTuple):
    """A picture with what is written beneath it.

    Attributes:
        image: (h, w) floats in [0, 1], shown white on black, or (h, w, 3) uint8 in colour.
        caption: A few words; "" for none.
        alt: What a screen reader says; the caption where it is "".
    """

    image: np.ndarray
    caption: str = ""
    alt: str = ""


def to_uint8(image: np.ndarray) -> np.ndarray:
    """Floats in [0, 1] as 0..255; what is uint8 already stays."""
    return image if image.dtype == np.uint8 else (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)


def png(image: np.ndarray, scale: int = 1) -> bytes:
    """A picture as a PNG file, each pixel enlarged to `scale` x `scale`.

    Source: Portable Network Graphics (PNG) Specification, third edition, W3C, 2025, sections 5 and 11.
    """
    pixels = to_uint8(image)
    if scale > 1:
        pixels = pixels.repeat(scale, axis=0).repeat(scale, axis=1)
    height, width = pixels.shape[:2]
    lines = np.zeros(
        (height, 1 + pixels[0].size), np.uint8
    )  # Each begins with the number of its filter: 0, none.
    lines[:, 1:] = pixels.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, 2 if pixels.ndim == 3 else 0, 0, 0, 0)
    # Written here, since Pillow takes five times as long for a picture as small as a digit.
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def diverging(image: np.ndarray) -> np.ndarray:
    """A difference of pictures in colour: orange where it is above 0, blue where below, black at 0.

    Args:
        image: (h, w) floats in [-1, 1].

    Returns:
        (h, w, 3) uint8.
    """
    strength = np.clip(np.abs(image), 0, 1)[..., None]
    return to_uint8(strength * np.where(image[..., None] > 0, _GAINED, _LOST))


# Blue and orange are told apart by all kinds of colour vision.
_GAINED, _LOST = np.array([1, 0.62, 0.1]), np.array([0.25, 0.6, 1])


def tile(images: np.ndarray, columns: int, gap: int = 1, ground: float = 0.25) -> np.ndarray:
    """Pictures (n, h, w) as one, in rows of `columns` with a grey gap between them."""
    count, height, width = images.shape
    rows = -(-count // columns)
    sheet = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap), ground, np.float32)
    for index, image in enumerate(images):
        top, left = index // columns * (height + gap), index % columns * (width + gap)
        sheet[top : top + height, left : left + width] = image
    return sheet


_STYLE = """<style>
.digits { display: grid; gap: 0.5rem; }
.digits figure { margin: 0; min-width: 0; }
.digits img { width: 100%; display: block; image-rendering: pixelated; border-radius: 4px; }
.digits i { aspect-ratio: 1; background-image: var(--sheet); image-rendering: pixelated; border-radius: 4px; }
.digits-row { margin: 0.75rem 0 0.25rem; font-size: 0.875rem; opacity: 0.8; }
.digits figcaption { font-size: 0.875rem; line-height: 1.3; padding-top: 0.25rem; opacity: 0.8;
  overflow-wrap: anywhere; }
</style>"""


def image_tag(image: np.ndarray | str, alt: str) -> str:
    """HTML of one picture: floats or bytes as `png` takes them, or SVG, percent-encoded."""
    data = (
        f"svg+xml,{image}"
        if isinstance(image, str)
        else f"png;base64,{base64.b64encode(png(image)).decode()}"
    )
    return f'<img src="data:image/{data}" alt="{html.escape(alt, quote=True)}">'


def grid(pictures: Sequence[Picture], columns: int, max_width: int | None = None) -> str:
    """HTML of pictures in rows of `columns`, filling the width up to `max_width` CSS pixels."""
    figures = []
    for picture in pictures:
        caption = f"<figcaption>{html.escape(picture.caption)}</figcaption>" if picture.caption else ""
        image = image_tag(picture.image, picture.alt or picture.caption)
        figures.append(f"<figure>{image}{caption}</figure>")
    limit = f"max-width:{max_width}px;" if max_width else ""
    columns_style = f"grid-template-columns:repeat({columns},minmax(0,1fr));"
    return f'{_STYLE}<div class="digits" style="{columns_style}{limit}">{"".join(figures)}</div>'


def sheet(images: np.ndarray, alts: Sequence[str], columns: int) -> str:
    """HTML of many pictures without captions, in rows of `columns`.

    They travel as one PNG, from which CSS cuts them: compressing dozens of small ones takes much longer.

    Args:
        images: Floats in [0, 1], (n, h, w).
        alts: What a screen reader says of each.
        columns: How many stand side by side.
    """
    rows = -(-len(images) // columns)
    data = base64.b64encode(png(tile(images, columns, gap=0))).decode()

    def share(place: int, count: int) -> str:
        return f"{100 * place / max(count - 1, 1):.4g}%"

    cells = "".join(
        f'<i role="img" aria-label="{html.escape(alt, quote=True)}" style="background-position:'
        f"{share(n % columns, columns)} {share(n // columns, rows)};"
        f'background-size:{100 * columns}% {100 * rows}%"></i>'
        for n, alt in enumerate(alts)
    )
    style = f"grid-template-columns:repeat({columns},minmax(0,1fr));--sheet:url(data:image/png;base64,{data})"
    return f'{_STYLE}<div class="digits" style="{style}">{cells}</div>'


def show(pictures: Sequence[Picture], columns: int | None = None, max_width: int | None = None) -> None:
    """Shows pictures in rows of `columns` (all in one row by default)."""
    st.html(grid(pictures, columns or len(pictures), max_width))


def named_rows(rows: Mapping[str, Sequence[Picture]]) -> str:
    """HTML of rows of pictures, each beneath its name."""
    parts = (
        f'<p class="digits-row">{html.escape(name)}</p>{grid(row, len(row))}' for name, row in rows.items()
    )
    return "".join(parts)


def show_rows(rows: Mapping[str, Sequence[Picture]]) -> None:
    """Shows rows of pictures, each beneath its name, as one element: every element on a page takes its time."""
    st.html(named_rows(rows))
