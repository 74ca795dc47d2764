"""The metrics against scikit-image, and the KL divergence against its definition."""

import numpy as np
import pytest

from vae.data import load_mnist
from vae.metrics import active_units, frechet_distance, kl_divergence, mse, psnr, rms_difference, ssim


@pytest.fixture(scope="module")
def pairs():
    clean = load_mnist("test").images[:12]
    noise = np.random.default_rng(0).normal(0, 0.3, clean.shape)
    return np.clip(clean + noise, 0, 1).astype(np.float32), clean


def test_mse_is_the_mean_over_the_pixels_of_each_image():
    images = np.zeros((2, 28, 28), np.float32)
    images[1, 0, 0] = 0.5
    assert mse(images, np.zeros_like(images)) == pytest.approx([0, 0.25 / 784])


def test_psnr_equals_scikit_image(pairs):
    skimage_metrics = pytest.importorskip("skimage.metrics", reason="scikit-image is not installed")
    expected = [
        skimage_metrics.peak_signal_noise_ratio(clean, noisy, data_range=1)
        for noisy, clean in zip(*pairs, strict=True)
    ]
    np.testing.assert_allclose(psnr(*pairs), expected, rtol=1e-6)


def test_psnr_of_equal_images_is_infinite(pairs):
    assert np.isposinf(psnr(pairs[1], pairs[1])).all()


def test_ssim_equals_scikit_image(pairs):
    skimage_metrics = pytest.importorskip("skimage.metrics", reason="scikit-image is not installed")
    expected = [
        skimage_metrics.structural_similarity(clean, noisy, data_range=1)
        for noisy, clean in zip(*pairs, strict=True)
    ]
    np.testing.assert_allclose(ssim(*pairs), expected, atol=1e-6)


def test_ssim_of_equal_images_is_one_even_when_they_are_blank(pairs):
    assert ssim(pairs[1], pairs[1]) == pytest.approx(np.ones(12))
    blank = np.zeros((1, 28, 28), np.float32)
    assert ssim(blank, blank) == pytest.approx([1])


@pytest.mark.parametrize("metric", [mse, psnr, ssim])
def test_images_and_references_must_be_as_many(metric, pairs):
    with pytest.raises(ValueError, match=r"Expected as many .* Received 12 and 3"):
        metric(pairs[0], pairs[1][:3])


@pytest.mark.parametrize("metric", [mse, psnr, ssim])
def test_no_images_give_no_figures(metric):
    empty = np.empty((0, 28, 28), np.float32)
    assert metric(empty, empty).shape == (0,)


def test_kl_divergence_of_the_prior_from_itself_is_zero():
    assert (kl_divergence(np.zeros((3, 5)), np.zeros((3, 5))) == 0).all()


def test_kl_divergence_is_the_mean_log_ratio_of_the_densities():
    z_mean, z_log_var = np.array([[0.0, 1.5, -0.7]]), np.array([[-3.0, 0.4, 1.0]])
    std = np.exp(z_log_var / 2)
    z = z_mean + std * np.random.default_rng(0).standard_normal((400_000, 3))
    log_ratio = -0.5 * ((z - z_mean) / std) ** 2 - np.log(std) + 0.5 * z**2
    np.testing.assert_allclose(kl_divergence(z_mean, z_log_var)[0], log_ratio.mean(axis=0), atol=0.02)


def test_kl_divergence_is_never_negative_near_the_prior():
    tiny = np.linspace(-1e-4, 1e-4, 101, dtype=np.float32)[None]
    assert (kl_divergence(np.zeros_like(tiny), tiny) >= -1e-10).all()


def test_kl_divergence_needs_two_arrays_of_one_shape():
    with pytest.raises(ValueError, match="Expected two arrays of one shape"):
        kl_divergence(np.zeros((2, 3)), np.zeros((2, 4)))


def test_active_units_are_those_whose_mean_varies_by_more_than_a_hundredth():
    unit = np.resize([-1.0, 1.0], 1000)  # Variance 1.
    z_mean = np.stack([unit, 0.11 * unit, 0.09 * unit, np.full(1000, 3.0)], axis=1)
    assert active_units(z_mean).tolist() == [True, True, False, False]


def test_rms_difference_of_two_flat_pictures_is_their_difference():
    assert rms_difference(np.float32([0.2, 0.5])[:, None, None] * np.ones((28, 28), np.float32)) == (
        pytest.approx(0.3, rel=1e-5)
    )


def test_rms_difference_of_one_picture_is_refused():
    with pytest.raises(ValueError, match="at least two"):
        rms_difference(np.zeros((1, 28, 28), np.float32))


def test_the_frechet_distance_of_gaussians_is_its_closed_form():
    # Between N(0, 1) and N(m, s^2) in each dimension: m^2 + (1 - s)^2.
    draws = np.random.default_rng(0).standard_normal((200_000, 3))
    mean, deviation = np.array([0.0, 1, -2]), np.array([1.0, 2, 0.5])
    expected = (mean**2).sum() + ((1 - deviation) ** 2).sum()
    assert frechet_distance(draws, mean + deviation * draws) == pytest.approx(expected, rel=0.02)


def test_the_frechet_distance_equals_that_of_scipys_matrix_root_and_is_zero_to_itself():
    linalg = pytest.importorskip("scipy.linalg")
    rng = np.random.default_rng(1)
    first, second = (rng.standard_normal((500, 6)) @ rng.standard_normal((6, 6)) for _ in range(2))
    covariances = [np.cov(cloud, rowvar=False) for cloud in (first, second)]
    apart = ((first.mean(axis=0) - second.mean(axis=0)) ** 2).sum()
    cross = np.trace(linalg.sqrtm(covariances[0] @ covariances[1]).real)
    expected = apart + sum(map(np.trace, covariances)) - 2 * cross
    assert frechet_distance(first, second) == pytest.approx(expected, rel=1e-6)
    assert frechet_distance(first, first) == pytest.approx(0, abs=1e-6)
