"""Augmentation against SciPy's transforms: each of its three movements alone, and all of them at once."""

import numpy as np
import pytest
import scipy.ndimage

from vae import augmentation
from vae.augmentation import augment
from vae.data import load_mnist

MOVEMENTS = ("ROTATION", "SCALE", "SHEAR")


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    return load_mnist("test").images[:60]


@pytest.fixture
def only(monkeypatch):
    """A function that distorts every image by one movement alone; returns images and that movement's draws."""

    def distort(name: str, images: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
        monkeypatch.setattr(augmentation, "SHARE", 1.1)
        for other in MOVEMENTS:
            monkeypatch.setattr(augmentation, other, 0.3 if other == name else 0.0)
        count, rng = len(images), np.random.default_rng(seed)
        rng.random(count)  # Which images are distorted.
        draws = {
            "ROTATION": rng.normal(0, 0.3, count),
            "SCALE": rng.normal(0, 0.3, (2, count)).T,
            "SHEAR": rng.normal(0, 0.3, count),
        }
        return augment(images, 1.0, np.random.default_rng(seed)), draws[name]

    return distort


def transformed(image: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """SciPy's affine map about the centre; rows and columns of the matrix count (y, x), from output to input."""
    centre = np.full(2, 13.5)
    return scipy.ndimage.affine_transform(
        image.astype(np.float64), matrix, centre - matrix @ centre, order=1, mode="grid-constant"
    )


def test_a_rotation_is_scipys_rotation(digits, only):
    rotated, angles = only("ROTATION", digits, 0)
    for image, result, angle in zip(digits, rotated, angles, strict=True):
        expected = scipy.ndimage.rotate(
            image.astype(np.float64), np.degrees(angle), reshape=False, order=1, mode="grid-constant"
        )
        np.testing.assert_allclose(result, expected, atol=1e-4)


def test_a_scaling_is_scipys_zoom_of_each_axis(digits, only):
    scaled, logs = only("SCALE", digits, 1)
    for image, result, (x, y) in zip(digits, scaled, np.exp(logs), strict=True):
        np.testing.assert_allclose(result, transformed(image, np.diag([y, x])), atol=1e-4)


def test_a_shear_moves_rows_sideways_in_proportion_to_their_height(digits, only):
    sheared, shears = only("SHEAR", digits, 2)
    for image, result, shear in zip(digits, sheared, shears, strict=True):
        rows = [
            scipy.ndimage.shift(row.astype(np.float64), -shear * (y - 13.5), order=1, mode="grid-constant")
            for y, row in enumerate(image)
        ]
        np.testing.assert_allclose(result, rows, atol=1e-4)


def test_all_movements_at_once_stay_in_range_and_keep_the_ink_where_it_was(digits):
    augmented = augment(digits, 0.5, np.random.default_rng(3))
    assert augmented.dtype == np.float32 and augmented.min() >= 0 and augmented.max() <= 1
    ink = augmented.sum(axis=(1, 2)) / digits.sum(axis=(1, 2))
    assert ink.min() > 0.75 and ink.max() < 1.3


def test_half_of_the_images_are_distorted_and_the_others_untouched():
    grey = np.random.default_rng(0).random((2000, 28, 28), dtype=np.float32)
    same = (augment(grey, 0.5, np.random.default_rng(4)) == grey).all(axis=(1, 2))
    assert same.mean() == pytest.approx(0.5, abs=0.05)


def test_at_strength_0_nothing_changes(digits):
    np.testing.assert_allclose(augment(digits, 0.0, np.random.default_rng(5)), digits, atol=1e-6)


def test_strength_multiplies_how_far_images_are_distorted(digits):
    moved = [
        np.abs(augment(digits, strength, np.random.default_rng(6)) - digits).mean()
        for strength in (0.1, 0.2, 0.4)
    ]
    assert moved[1] > 1.5 * moved[0] and moved[2] > 1.4 * moved[1]
