"""Pictures as PNG files, against Pillow."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from ui.show.pictures import png


@pytest.mark.parametrize("shape", [(28, 28), (5, 9), (3, 7, 3)], ids=str)
@pytest.mark.parametrize("scale", [1, 4])
def test_pillow_reads_back_the_same_pixels(shape, scale):
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    with Image.open(io.BytesIO(png(pixels, scale))) as found:
        found.load()
        assert found.format == "PNG" and found.mode == ("RGB" if len(shape) == 3 else "L")
        np.testing.assert_array_equal(found, pixels.repeat(scale, axis=0).repeat(scale, axis=1))


def test_floats_from_0_to_1_become_shades_from_0_to_255():
    with Image.open(io.BytesIO(png(np.array([[0, 0.2, 1], [-1, 0.5, 2]])))) as found:
        np.testing.assert_array_equal(found, [[0, 51, 255], [0, 128, 255]])
