"""Posteriors: drawing from them, their width, and many together, against closed forms and Monte Carlo."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from vae import metrics
from vae.checkpoints import load
from vae.config import IMAGE_PIXELS, Network
from vae.corruptions import corrupt
from vae.data import load_mnist
from vae.inference import VAE
from vae.layers import Dense, Flatten
from vae.posterior import (
    Gaussian,
    Posterior,
    aggregated_posterior,
    posterior_spread,
    pull_to_prior,
    sample_posterior,
)


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


def gaussian(means, deviations) -> Posterior:
    return Posterior(np.float32(means), 2 * np.log(np.float32(deviations)))


def test_posterior_spread_is_the_difference_of_two_entropies():
    log_var = np.random.default_rng(0).normal(-2, 1, (3, 5))
    prior = scipy.stats.multivariate_normal(np.zeros(5)).entropy()
    expected = [
        scipy.stats.multivariate_normal(np.zeros(5), np.diag(np.exp(row))).entropy() - prior
        for row in log_var
    ]
    np.testing.assert_allclose(posterior_spread(log_var), expected)
    assert posterior_spread(np.zeros((1, 5))) == 0


def test_samples_are_decoded_codes_of_the_posterior(digits, small_vae):
    samples = sample_posterior(small_vae, digits[0], 500, np.random.default_rng(0))
    posterior = small_vae.encode(digits[:1])
    logits = np.log(samples.images) - np.log1p(-samples.images)
    # Decoding is linear up to the sigmoid, so that the logits' mean is that of the mean code.
    mean = small_vae.decode(posterior.z_mean)[0]
    error = logits.std(axis=0) / np.sqrt(500)
    assert np.abs((logits.mean(axis=0) - np.log(mean / (1 - mean))) / error).mean() < 1.5
    np.testing.assert_allclose(samples.deviation, samples.images.std(axis=0))
    assert samples.spread == pytest.approx(posterior.z_log_var.sum() / 2, rel=1e-5)


def test_same_seed_gives_the_same_samples(digits, small_vae):
    first, second = (sample_posterior(small_vae, digits[0], 3, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(first.images, second.images)


def test_calibrated_grows_less_sure_as_the_noise_rises(digits):
    model = load("calibrated")
    spreads, deviations = [], []
    for level in (0.0, 0.3, 0.6, 1.0):
        noisy = corrupt(digits, "gaussian", level, np.random.default_rng(0))
        samples = [sample_posterior(model.vae, image, 8, np.random.default_rng(0)) for image in noisy[:10]]
        spreads.append(posterior_spread(model.vae.encode(noisy).z_log_var).mean())
        deviations.append(np.mean([sample.deviation.mean() for sample in samples]))
    assert (np.diff(spreads) > 0).all()
    assert deviations[-1] > 1.5 * deviations[0]


def test_a_posterior_pulled_all_the_way_is_the_prior_and_costs_nothing():
    pulled = pull_to_prior(gaussian([[2, -1]], [[0.1, 0.5]]), 1)
    assert metrics.kl_divergence(*pulled).sum() == 0
    np.testing.assert_array_equal(np.exp(pulled.z_log_var), 1)


def test_a_posterior_that_is_not_pulled_stays():
    posterior = gaussian([[2, -1]], [[0.1, 0.5]])
    for before, after in zip(posterior, pull_to_prior(posterior, 0), strict=True):
        np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_pull_beyond_the_prior_is_refused(share):
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        pull_to_prior(gaussian([[0]], [[1]]), share)


def test_a_draw_with_known_chance_is_the_draw_that_a_posterior_makes(small_vae, digits):
    posterior = small_vae.encode(digits)
    epsilon = np.random.default_rng(3).standard_normal(posterior.z_mean.shape, dtype=np.float32)
    np.testing.assert_array_equal(posterior.draw(epsilon), posterior.sample(np.random.default_rng(3)))


def test_the_aggregated_posterior_has_the_moments_of_sampled_codes():
    rng = np.random.default_rng(5)
    z_mean = rng.standard_normal((20_000, 3)) @ rng.standard_normal((3, 3)) + [1, 0, -2]
    posterior = Posterior(z_mean.astype(np.float32), rng.normal(-1, 0.5, (20_000, 3)).astype(np.float32))
    codes = posterior.sample(rng)
    found = aggregated_posterior(posterior)
    np.testing.assert_allclose(found.mean, codes.mean(axis=0), atol=0.03)
    np.testing.assert_allclose(found.covariance, np.cov(codes, rowvar=False, bias=True), atol=0.06)


@pytest.mark.parametrize("temperature", [0.0, 0.5, 2.0])
def test_draws_from_a_gaussian_have_its_mean_and_its_scaled_covariance(temperature):
    rng = np.random.default_rng(6)
    root = rng.standard_normal((3, 2))  # Of rank 2: a dead dimension has no variance either.
    gaussian = Gaussian(np.array([1.0, 2.0, 3.0]), root @ root.T)
    drawn = gaussian.scale(temperature).sample(50_000, rng)
    np.testing.assert_allclose(drawn.mean(axis=0), gaussian.mean, atol=0.06)
    expected = temperature**2 * gaussian.covariance
    np.testing.assert_allclose(np.cov(drawn, rowvar=False), expected, atol=0.03 * max(1, expected.max()))


def test_draws_from_the_prior_are_plain_standard_normal_numbers():
    expected = np.random.default_rng(7).standard_normal((5, 4), dtype=np.float32)
    np.testing.assert_array_equal(Gaussian.prior(4).sample(5, np.random.default_rng(7)), expected)
