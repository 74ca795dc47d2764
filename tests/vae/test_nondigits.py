"""Pictures that are no digits: what each kind promises."""

import numpy as np
import pytest

from vae.data import Digits
from vae.nondigits import NON_DIGITS, PATCH, TURNABLE, make_non_digits

LABELS = np.arange(10, dtype=np.uint8)
DIGITS = Digits(np.random.default_rng(0).random((10, 28, 28), np.float32), LABELS)


def make(kind: str, count: int = 6, seed: int = 0) -> np.ndarray:
    return make_non_digits(kind, DIGITS, count, np.random.default_rng(seed))


@pytest.mark.parametrize("kind", NON_DIGITS)
def test_every_kind_makes_float32_images_in_range(kind):
    images = make(kind)
    assert images.shape == (6, 28, 28) and images.dtype == np.float32
    assert images.min() >= 0 and images.max() <= 1
    assert images.any(axis=(1, 2)).all()


@pytest.mark.parametrize("kind", NON_DIGITS)
def test_the_seed_decides_what_is_made(kind):
    np.testing.assert_array_equal(make(kind), make(kind))
    assert not np.array_equal(make(kind), make(kind, seed=1))


def test_upside_down_digits_turned_back_are_digits_of_the_named_classes():
    for image in make("upside_down"):
        label = np.flatnonzero((DIGITS.images == image[::-1, ::-1]).all(axis=(1, 2)))
        assert len(label) == 1 and label[0] in TURNABLE


def test_shuffled_patches_keep_every_patch_of_one_digit():
    def patches(image):
        squares = (
            image.reshape(28 // PATCH, PATCH, 28 // PATCH, PATCH).transpose(0, 2, 1, 3).reshape(-1, PATCH**2)
        )
        return squares[np.lexsort(squares.T)]

    for image in make("shuffled_patches"):
        assert sum(np.array_equal(patches(image), patches(digit)) for digit in DIGITS.images) == 1


@pytest.mark.parametrize("kind", ["letters", "shapes"])
def test_what_is_drawn_afresh_is_centred_as_mnist_is(kind):
    places = np.arange(28)
    for image in make(kind):
        mass = image.sum()
        assert abs(image.sum(axis=1) @ places / mass - 14) < 1
        assert abs(image.sum(axis=0) @ places / mass - 14) < 1


def test_an_unknown_kind_is_named():
    with pytest.raises(ValueError, match=r"Expected a kind among .* Received 'faces'"):
        make("faces")
