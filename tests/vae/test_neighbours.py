"""The nearest among many, against a search one by one and scikit-learn."""

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from vae import metrics, neighbours
from vae.data import load_mnist


@pytest.fixture(scope="module")
def digits():
    return load_mnist("test").images[:20]


def test_nearest_label_equals_scikit_learn():
    rng = np.random.default_rng(0)
    known, labels, codes = rng.normal(size=(300, 6)), rng.integers(0, 4, 300), rng.normal(size=(50, 6))
    expected = KNeighborsClassifier(7, algorithm="brute").fit(known, labels).predict(codes)
    np.testing.assert_array_equal(neighbours.nearest_label(codes, known, labels, 7), expected)


def test_nearest_finds_what_a_search_one_by_one_finds(digits):
    found = neighbours.nearest_images(digits[:3], digits[3:], count=4)
    for image, indices, distances in zip(digits[:3], *found, strict=True):
        expected = metrics.mse(np.repeat(image[None], 17, axis=0), digits[3:])
        np.testing.assert_array_equal(indices, np.argsort(expected)[:4])
        np.testing.assert_allclose(distances, np.sort(expected)[:4])


def test_a_digit_is_its_own_nearest(digits):
    found = neighbours.nearest_images(digits, digits)
    np.testing.assert_array_equal(found.indices[:, 0], np.arange(20))
    assert (found.mse == 0).all()


def test_a_search_set_that_is_kept_finds_what_a_fresh_search_finds(digits):
    kept = neighbours.image_search_set(digits[3:])
    fresh = neighbours.nearest_images(digits[:3], digits[3:], count=4)
    for found, expected in zip(neighbours.nearest_images(digits[:3], kept, count=4), fresh, strict=True):
        np.testing.assert_array_equal(found, expected)
