"""One image under rising noise: sweeps, the median filter, the crossing, samples and neighbours."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.ndimage
import scipy.stats
from sklearn.neighbors import KNeighborsClassifier

from vae import compare, metrics
from vae.checkpoints import load
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
    pictures = compare.sweep(digits[0], kind, levels, np.random.default_rng(3), draws=2, hole=(0.2, 0.7))
    assert pictures.shape == (5, 2, 28, 28)
    for level, picture in zip(levels, pictures[:, 0], strict=True):
        expected = corrupt(digits[:1], kind, float(level), np.random.default_rng(3), hole=(0.2, 0.7))
        np.testing.assert_array_equal(picture, expected[0])


def test_draws_of_a_sweep_differ_for_random_corruptions_only(digits):
    for kind, corruption in CORRUPTIONS.items():
        pictures = compare.sweep(digits[0], kind, np.array([0.5]), np.random.default_rng(0), draws=2)
        assert np.array_equal(pictures[0, 0], pictures[0, 1]) != corruption.is_random


@pytest.mark.parametrize("size", [1, 3, 5])
def test_median_filter_equals_scipy(digits, size):
    noisy = corrupt(digits[:4], "salt_and_pepper", 0.4, np.random.default_rng(0))
    expected = np.stack([scipy.ndimage.median_filter(image, size, mode="reflect") for image in noisy])
    np.testing.assert_array_equal(compare.median_filter(noisy, size), expected)


@pytest.mark.parametrize("size", [0, 2, -3])
def test_median_filter_of_an_even_side_is_refused(digits, size):
    with pytest.raises(ValueError, match="odd"):
        compare.median_filter(digits[:1], size)


def test_quality_of_a_sweep_is_that_of_its_single_pictures(digits):
    pictures = compare.sweep(digits[0], "gaussian", np.array([0.0, 0.3]), np.random.default_rng(0), draws=3)
    quality = compare.quality(pictures, digits[0])
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
    pictures = compare.sweep(digits[0], "speckle", np.array([0.2, 0.9]), np.random.default_rng(0), draws=2)
    denoised = compare.denoise_sweep(small_vae, pictures)
    for place in np.ndindex(2, 2):
        np.testing.assert_allclose(denoised[place], small_vae.denoise(pictures[place][None])[0], atol=1e-6)


def test_crossing_of_two_straight_lines_is_where_they_meet():
    levels = np.linspace(0, 1, 6)
    assert compare.crossing(levels, 30 - 20 * levels, 20 + 0 * levels) == pytest.approx(0.5)
    assert compare.crossing(levels, 20 + 0 * levels, 10 + 30 * levels) == pytest.approx(1 / 3)


def test_no_crossing_where_denoising_never_pays():
    levels = np.linspace(0, 1, 6)
    assert compare.crossing(levels, 0 * levels + 30, 0 * levels + 20) is None
    assert compare.crossing(levels, np.full(6, np.inf), np.full(6, np.inf)) is None


def test_crossing_is_the_first_level_where_denoising_always_pays():
    levels = np.linspace(0.2, 1, 5)
    assert compare.crossing(levels, 0 * levels, 0 * levels + 1) == pytest.approx(0.2)


def test_crossing_after_an_infinite_quality_is_at_a_given_level():
    levels = np.array([0.0, 0.1, 0.2])
    assert compare.crossing(levels, np.array([np.inf, 15, 10]), np.array([20.0, 20, 20])) == pytest.approx(
        0.1
    )


def test_posterior_spread_is_the_difference_of_two_entropies():
    log_var = np.random.default_rng(0).normal(-2, 1, (3, 5))
    prior = scipy.stats.multivariate_normal(np.zeros(5)).entropy()
    expected = [
        scipy.stats.multivariate_normal(np.zeros(5), np.diag(np.exp(row))).entropy() - prior
        for row in log_var
    ]
    np.testing.assert_allclose(compare.posterior_spread(log_var), expected)
    assert compare.posterior_spread(np.zeros((1, 5))) == 0


def test_samples_are_decoded_codes_of_the_posterior(digits, small_vae):
    samples = compare.sample_posterior(small_vae, digits[0], 500, np.random.default_rng(0))
    posterior = small_vae.encode(digits[:1])
    logits = np.log(samples.images) - np.log1p(-samples.images)
    # Decoding is linear up to the sigmoid, so that the logits' mean is that of the mean code.
    mean = small_vae.decode(posterior.z_mean)[0]
    error = logits.std(axis=0) / np.sqrt(500)
    assert np.abs((logits.mean(axis=0) - np.log(mean / (1 - mean))) / error).mean() < 1.5
    np.testing.assert_allclose(samples.deviation, samples.images.std(axis=0))
    assert samples.spread == pytest.approx(posterior.z_log_var.sum() / 2, rel=1e-5)


def test_same_seed_gives_the_same_samples(digits, small_vae):
    first, second = (
        compare.sample_posterior(small_vae, digits[0], 3, np.random.default_rng(7)) for _ in range(2)
    )
    np.testing.assert_array_equal(first.images, second.images)


def test_nearest_label_equals_scikit_learn():
    rng = np.random.default_rng(0)
    known, labels, codes = rng.normal(size=(300, 6)), rng.integers(0, 4, 300), rng.normal(size=(50, 6))
    expected = KNeighborsClassifier(7, algorithm="brute").fit(known, labels).predict(codes)
    np.testing.assert_array_equal(compare.nearest_label(codes, known, labels, 7), expected)


def test_calibrated_grows_less_sure_as_the_noise_rises(digits):
    model = load("calibrated")
    spreads, deviations = [], []
    for level in (0.0, 0.3, 0.6, 1.0):
        noisy = corrupt(digits, "gaussian", level, np.random.default_rng(0))
        samples = [
            compare.sample_posterior(model.vae, image, 8, np.random.default_rng(0)) for image in noisy[:10]
        ]
        spreads.append(compare.posterior_spread(model.vae.encode(noisy).z_log_var).mean())
        deviations.append(np.mean([sample.deviation.mean() for sample in samples]))
    assert (np.diff(spreads) > 0).all()
    assert deviations[-1] > 1.5 * deviations[0]
