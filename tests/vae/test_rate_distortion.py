"""What the pull to the prior costs and buys, against closed forms and Monte Carlo."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.special
import scipy.stats

from vae import rate_distortion
from vae.config import IMAGE_PIXELS, Network
from vae.data import Digits
from vae.errors import InputError
from vae.inference import VAE
from vae.layers import Dense, Flatten
from vae.rate_distortion import measure, pair_classes


def test_every_pair_of_unlike_pictures_is_drawn_alike_often():
    labels = np.array([0, 0, 1, 2])
    start, end = pair_classes(labels, 20_000, np.random.default_rng(0))
    assert (labels[start] != labels[end]).all()
    counts = np.bincount(4 * start + end, minlength=16)
    unlike = (labels[:, None] != labels).ravel()
    assert scipy.stats.chisquare(counts[unlike]).pvalue > 0.01
    with pytest.raises(InputError, match="two classes"):
        pair_classes(np.zeros(5, int), 3, np.random.default_rng(0))


MEANS, LOG_VARS = np.float32([0.5, -1.0, 0.0]), np.float32([-1.0, 0.3, 0.0])


@pytest.fixture(scope="module")
def machine() -> VAE:
    """Three numbers, of which the first is also moved by the picture's first pixel, -3 to 3, and makes it."""
    network = Network((Flatten(),), (Dense(IMAGE_PIXELS, "sigmoid"),), latent_dim=3)
    weights = {name: np.zeros(shape, np.float32) for name, shape in network.weight_shapes().items()}
    weights["z_mean.0.kernel"][0, 0] = 6
    weights["z_mean.0.bias"] = MEANS + np.float32([-3.5, 0, 0])
    weights["z_log_var.0.bias"] = LOG_VARS
    weights["decoder.0.kernel"][0, 0] = 2
    return VAE(network, weights)


class FirstPixel:
    """Reads the first pixel as the probability of class 0."""

    def features(self, images):
        return np.log(images[:, 0, :1] / (1 - images[:, 0, :1] + 1e-9) + 1e-9)

    def read(self, images):
        return np.stack([images[:, 0, 0], 1 - images[:, 0, 0]], axis=1)


REAL = np.zeros((2, 1))


@pytest.fixture(scope="module")
def digits() -> Digits:
    images = np.full((4_000, 28, 28), 0.5, np.float32)
    images[:, 0, 0] = np.tile([0.0, 1.0], 2_000)
    return Digits(images, np.tile([0, 1], 2_000))


def test_rate_distortion_and_spread_are_those_of_closed_forms(machine, digits):
    found = measure(machine, 2.0, FirstPixel(), digits, REAL, draws=500, walks=100)
    variance = np.exp(LOG_VARS.astype(float))
    squares = np.array([9, 1, 0])  # The first mean is -3 or 3.
    np.testing.assert_allclose(found.rate_by_dimension, (squares + variance - LOG_VARS - 1) / 2, rtol=1e-5)
    assert found.rate == pytest.approx(sum(found.rate_by_dimension))
    np.testing.assert_allclose(
        found.deviation_by_dimension, np.sqrt(np.array([9, 0, 0]) + variance), rtol=1e-5
    )
    assert found.active == (True, False, False)
    np.testing.assert_allclose(found.variance_of_means, squares * (1, 0, 0), rtol=1e-5)
    # Only the first pixel is off, by sigmoid(-2 z) where it is 1, z ~ N(3, e^-1); where it is 0, likewise.
    z = scipy.stats.norm(3, np.exp(-0.5))
    error = z.expect(lambda x: scipy.special.expit(-2 * x) ** 2)
    assert found.distortion == pytest.approx(error / IMAGE_PIXELS, rel=0.15)
    assert found.kl_weight == 2


def test_draws_and_middles_are_read_as_their_distributions_say(machine, digits):
    found = measure(machine, 0.0, FirstPixel(), digits, REAL, draws=20_000, walks=200)
    # sigmoid(2 z) or its complement is above 0.9 where |z| is above log(9) / 2.
    assert found.draws_read == pytest.approx(2 * scipy.stats.norm.sf(np.log(9) / 2), abs=0.01)
    # Half way between -3 and 3 the picture says nothing.
    assert (found.middles_read, found.middles_confidence) == (0, pytest.approx(0.5))
    assert found.reconstructions_read == pytest.approx(
        scipy.stats.norm(3, np.exp(-0.5)).sf(np.log(9) / 2), abs=0.01
    )


def test_the_distance_of_draws_is_that_of_the_readers_features(machine, digits):
    # Log odds of 2 z, which are N(0, 4), against N(1, 1): (0 - 1)^2 + (2 - 1)^2.
    real = np.random.default_rng(1).normal(1, 1, (50_000, 1))
    found = measure(machine, 0.0, FirstPixel(), digits, real, draws=50_000, walks=10)
    assert found.draws_distance == pytest.approx(2, rel=0.05)


def test_figures_are_read_back_as_they_were_written(machine, digits, tmp_path):
    found = measure(machine, 1.0, FirstPixel(), digits, REAL, draws=100, walks=10)
    about = {"weights_sha256": "a", "reader_sha256": "b"}
    rate_distortion.write(tmp_path, about, found)
    assert rate_distortion.read(tmp_path, about) == found
    assert rate_distortion.read(tmp_path, {"weights_sha256": "a"}) == found


@pytest.mark.parametrize("name", ["weights_sha256", "reader_sha256"])
def test_figures_of_other_weights_are_not_read(machine, digits, tmp_path, name):
    found = measure(machine, 1.0, FirstPixel(), digits, REAL, draws=100, walks=10)
    about = {"weights_sha256": "a", "reader_sha256": "b"}
    rate_distortion.write(tmp_path, about, found)
    assert rate_distortion.read(tmp_path, {**about, name: "c"}) is None


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"weights_sha256": "a", "distortion": 1}'])
def test_damaged_figures_are_none(tmp_path, content):
    if content is not None:
        (tmp_path / rate_distortion.FILE).write_text(content)
    assert rate_distortion.read(tmp_path, {"weights_sha256": "a"}) is None
