"""Files to take home: the one button that offers them, and moving pictures as GIFs. (A still one is `pictures.png`.)"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import streamlit as st
from PIL import Image

from ui.show.pictures import to_uint8

MAX_FPS = 50
_TYPES = {
    ".png": "image/png",
    ".gif": "image/gif",
    ".svg": "image/svg+xml",
    ".pdf": "application/pdf",
    ".csv": "text/csv",
    ".py": "text/x-python",
    ".json": "application/json",
    ".zip": "application/zip",
    ".html": "text/html",
}


def download(label: str, make: Callable[[], bytes | str], name: str) -> None:
    """A button that downloads a file, without a rerun.

    Args:
        label: What it says.
        make: Makes the file, when it is asked for: many a file costs more than the whole page. It runs outside the
            visit, so it must not ask for the state.
        name: The file's name, whose ending is a key of `_TYPES`.
    """
    kind = _TYPES[Path(name).suffix]
    st.download_button(label, make, name, kind, icon=":material/download:", on_click="ignore")


def there_and_back(frames: np.ndarray) -> np.ndarray:
    """Frames (n, h, w) with the way back appended, so that they loop without a jump, (2 n - 2, h, w)."""
    return np.concatenate([frames, frames[-2:0:-1]])


def gif(frames: np.ndarray, fps: float, scale: int = 8) -> bytes:
    """A moving picture as a GIF file that plays without end.

    Args:
        frames: Floats in [0, 1], white on black, (n, h, w), n at least 1.
        fps: Frames a second, above 0 and at most 50. A GIF counts in hundredths of a second, and browsers
            slow down what is faster than two of them.
        scale: Each pixel is enlarged to scale x scale.

    Returns:
        The file's bytes.

    Raises:
        ValueError: No frames, or another speed.
    """
    if frames.ndim != 3 or not len(frames):
        raise ValueError(f"Expected frames of shape (n, h, w), n at least 1. Received shape {frames.shape}.")
    if not 0 < fps <= MAX_FPS:
        raise ValueError(f"Expected fps above 0 and at most {MAX_FPS}. Received {fps}.")
    pixels = to_uint8(frames).repeat(scale, axis=1).repeat(scale, axis=2)
    first, *rest = map(Image.fromarray, pixels)
    buffer = io.BytesIO()
    first.save(buffer, "GIF", save_all=True, append_images=rest, duration=round(100 / fps) * 10, loop=0)
    return buffer.getvalue()
