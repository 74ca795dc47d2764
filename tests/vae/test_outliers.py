"""Pictures that show nothing."""

import numpy as np
import pytest

from vae.outliers import draw_outliers


def test_outliers_are_pictures_that_a_seed_decides():
    first, again = (draw_outliers(31, np.random.default_rng(3)) for _ in range(2))
    assert first.shape == (31, 28, 28) and first.dtype == np.float32
    assert first.min() >= 0 and first.max() <= 1
    np.testing.assert_array_equal(first, again)
    assert len({image.tobytes() for image in first}) == 31


@pytest.mark.parametrize("count", [0, 1, 2])
def test_even_few_outliers_can_be_asked_for(count):
    assert draw_outliers(count, np.random.default_rng(0)).shape == (count, 28, 28)


def test_two_of_three_outliers_have_their_ink_where_digits_have_it():
    images = draw_outliers(3_000, np.random.default_rng(0)).reshape(-1, 3, 28, 28)
    at_the_border = images[..., 0, :].mean(axis=(0, 2))
    inside = images[..., 10:18, 10:18].mean(axis=(0, 2, 3))
    assert (at_the_border[:2] < 0.1 * inside[:2]).all()
    assert at_the_border[2] == pytest.approx(inside[2], rel=0.05)
