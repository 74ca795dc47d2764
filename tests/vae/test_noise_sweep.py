"""One image under rising noise: sweeps, the median filter and the crossing."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.ndimage
import scipy.stats

from vae import metrics, noise_sweep
from vae.config import IMAGE_PIXELS, Network
from vae.corruptions import CORRUPTIONS, corrupt
from vae.data import load_mnist
from vae.inference import VAE
from vae.layers import Dense, Flatten


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    return load_mnist("test").images[:40]


@pytest.fixture(scope="module")
def small_vae() -> VAE:
    """A VAE with random weights, 4 latent dimensions."""
    network = Network(encoder=(Flatten(),), decoder=(Dense(IMAGE_PIXELS, "sigmoid"),), latent_dim=4)
    rng = np.random.default_rng(0)
    shapes = network.weight_shapes()
    return VAE(
        network, {name: rng.normal(0, 0.05, shape).astype(np.float32) for name, shape in shapes.items()}
    )


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_first_draw_of_a_sweep_is_what_corrupt_gives_at_each_level(digits, kind):
    levels = np.linspace(0, 1, 5)
    pictures = noise_sweep.sweep(digits[0], kind, levels, np.random.default_rng(3), draws=2, hole=(0.2, 0.7))
    assert pictures.shape == (5, 2, 28, 28)
    for level, picture in zip(levels, pictures[:, 0], strict=True):
        expected = corrupt(digits[:1], kind, float(level), np.random.default_rng(3), hole=(0.2, 0.7))
        np.testing.assert_array_equal(picture, expected[0])


def test_draws_of_a_sweep_differ_for_random_corruptions_only(digits):
    for kind, corruption in CORRUPTIONS.items():
        pictures = noise_sweep.sweep(digits[0], kind, np.array([0.5]), np.random.default_rng(0), draws=2)
        assert np.array_equal(pictures[0, 0], pictures[0, 1]) != corruption.is_random


@pytest.mark.parametrize("size", [1, 3, 5])
def test_median_filter_equals_scipy(digits, size):
    noisy = corrupt(digits[:4], "salt_and_pepper", 0.4, np.random.default_rng(0))
    expected = np.stack([scipy.ndimage.median_filter(image, size, mode="reflect") for image in noisy])
    np.testing.assert_array_equal(noise_sweep.median_filter(noisy, size), expected)


@pytest.mark.parametrize("size", [0, 2, -3])
def test_median_filter_of_an_even_side_is_refused(digits, size):
    with pytest.raises(ValueError, match="odd"):
        noise_sweep.median_filter(digits[:1], size)


def test_quality_of_a_sweep_is_that_of_its_single_pictures(digits):
    pictures = noise_sweep.sweep(
        digits[0], "gaussian", np.array([0.0, 0.3]), np.random.default_rng(0), draws=3
    )
    quality = noise_sweep.quality(pictures, digits[0])
    assert np.isinf(quality.psnr[0]).all()
    np.testing.assert_allclose(quality.ssim[0], 1)
    for draw in range(3):
        np.testing.assert_allclose(
            quality.psnr[1, draw], metrics.psnr(pictures[1, draw][None], digits[:1])[0]
        )
        np.testing.assert_allclose(
            quality.ssim[1, draw], metrics.ssim(pictures[1, draw][None], digits[:1])[0]
        )


def test_denoised_sweep_is_its_pictures_denoised_one_by_one(digits, small_vae):
    pictures = noise_sweep.sweep(
        digits[0], "speckle", np.array([0.2, 0.9]), np.random.default_rng(0), draws=2
    )
    denoised = noise_sweep.denoise_sweep(small_vae, pictures)
    for place in np.ndindex(2, 2):
        np.testing.assert_allclose(denoised[place], small_vae.denoise(pictures[place][None])[0], atol=1e-6)


def test_crossing_of_two_straight_lines_is_where_they_meet():
    levels = np.linspace(0, 1, 6)
    assert noise_sweep.crossing(levels, 30 - 20 * levels, 20 + 0 * levels) == pytest.approx(0.5)
    assert noise_sweep.crossing(levels, 20 + 0 * levels, 10 + 30 * levels) == pytest.approx(1 / 3)


def test_no_crossing_where_denoising_never_pays():
    levels = np.linspace(0, 1, 6)
    assert noise_sweep.crossing(levels, 0 * levels + 30, 0 * levels + 20) is None
    assert noise_sweep.crossing(levels, np.full(6, np.inf), np.full(6, np.inf)) is None


def test_crossing_is_the_first_level_where_denoising_always_pays():
    levels = np.linspace(0.2, 1, 5)
    assert noise_sweep.crossing(levels, 0 * levels, 0 * levels + 1) == pytest.approx(0.2)


def test_crossing_after_an_infinite_quality_is_at_a_given_level():
    levels = np.array([0.0, 0.1, 0.2])
    assert noise_sweep.crossing(
        levels, np.array([np.inf, 15, 10]), np.array([20.0, 20, 20])
    ) == pytest.approx(0.1)
