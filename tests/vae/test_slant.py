"""How far a digit leans, against strokes drawn at a known angle."""

import numpy as np
import pytest

from vae.slant import slant


def stroke(degrees: float) -> np.ndarray:
    """A soft straight stroke through the middle that leans to the right by an angle."""
    rows, columns = np.mgrid[-9:10, 0:28]
    ideal = 13.5 - np.tan(np.radians(degrees)) * rows
    image = np.zeros((1, 28, 28), np.float32)
    image[0, 4:23] = np.maximum(1 - np.abs(columns - ideal) / 2, 0)
    return image


@pytest.mark.parametrize("degrees", [-30, -5, 0, 12, 40])
def test_a_stroke_drawn_at_an_angle_leans_by_that_angle(degrees):
    assert slant(stroke(degrees))[0] == pytest.approx(degrees, abs=0.3)


def test_a_mirrored_picture_leans_the_other_way():
    image = np.random.default_rng(0).random((3, 28, 28), np.float32)
    np.testing.assert_allclose(slant(image[:, :, ::-1]), -slant(image), atol=1e-9)


def test_a_picture_without_ink_or_with_one_row_does_not_lean():
    images = np.zeros((2, 28, 28), np.float32)
    images[1, 14, 5:20] = 1
    np.testing.assert_array_equal(slant(images), 0)
