"""The anomaly score against closed forms of a linear VAE, and the ROC AUC against scikit-learn's."""

import numpy as np
import pytest

from vae.anomaly import ERROR_RATE, CodeDensity, DigitTest, anomaly_score, percentile, roc_auc, score
from vae.checkpoints import load
from vae.config import Network, ReaderNetwork
from vae.data import load_mnist
from vae.density import GaussianMixture
from vae.inference import VAE
from vae.layers import Dense, Flatten, Reshape
from vae.metrics import kl_divergence
from vae.reader import Reader

LATENT = 3
VARIANCE = 0.02
IMAGES = np.random.default_rng(1).random((4, 28, 28), np.float32)


@pytest.fixture(scope="module")
def linear():
    """Probabilistic PCA as a VAE: x = W z + c + noise, with the exact posterior as its encoder.

    The columns of W are orthogonal, so that the posterior is a Gaussian with independent dimensions.
    """
    rng = np.random.default_rng(0)
    q, _ = np.linalg.qr(rng.standard_normal((784, LATENT)))
    w, c = q * np.array([2.0, 1.0, 0.5]), rng.random(784)
    posterior_variance = VARIANCE / ((w**2).sum(axis=0) + VARIANCE)
    to_mean = w * posterior_variance / VARIANCE
    weights = {
        "z_mean.0.kernel": to_mean,
        "z_mean.0.bias": -c @ to_mean,
        "z_log_var.0.kernel": np.zeros((784, LATENT)),
        "z_log_var.0.bias": np.log(posterior_variance),
        "decoder.0.kernel": w.T,
        "decoder.0.bias": c,
    }
    network = Network((Flatten(),), (Dense(784, "linear"), Reshape((28, 28, 1))), LATENT)
    return VAE(network, {name: array.astype(np.float32) for name, array in weights.items()}), w, c


def test_the_score_of_a_linear_vae_is_its_exact_negative_log_likelihood(linear):
    vae, w, c = linear
    covariance = w @ w.T + VARIANCE * np.eye(784)
    difference = IMAGES.reshape(-1, 784) - c
    log_determinant = np.linalg.slogdet(2 * np.pi * covariance)[1]
    exact = 0.5 * (
        np.einsum("ni,ni->n", difference, np.linalg.solve(covariance, difference.T).T) + log_determinant
    )
    found = score(vae, IMAGES, VARIANCE, np.random.default_rng(0), samples=400)
    # The posterior is exact, so the bound is tight; what is left is the samples' spread.
    np.testing.assert_allclose(found.total, exact, rtol=0, atol=0.5)


def test_the_reconstruction_part_has_its_closed_form_mean(linear):
    vae, w, _ = linear
    posterior = vae.encode(IMAGES)
    at_mean = ((IMAGES - vae.decode(posterior.z_mean)) ** 2).sum(axis=(1, 2))
    spread = (np.exp(posterior.z_log_var) * (w**2).sum(axis=0)).sum(axis=1)
    exact = (at_mean + spread) / (2 * VARIANCE) + 392 * np.log(2 * np.pi * VARIANCE)
    found = score(vae, IMAGES, VARIANCE, np.random.default_rng(0), samples=400)
    np.testing.assert_allclose(found.reconstruction, exact, rtol=0, atol=0.5)


def test_the_kl_part_is_the_metrics_kl(linear):
    vae = linear[0]
    found = score(vae, IMAGES, VARIANCE, np.random.default_rng(0))
    np.testing.assert_allclose(found.kl, kl_divergence(*vae.encode(IMAGES)).sum(axis=1), rtol=1e-6)


def test_the_pixels_and_a_constant_add_up_to_the_reconstruction_part(linear):
    found = score(linear[0], IMAGES, VARIANCE, np.random.default_rng(0))
    constant = found.reconstruction - found.negative_log_likelihood.sum(axis=(1, 2))
    np.testing.assert_allclose(constant, 392 * np.log(2 * np.pi * VARIANCE), rtol=1e-5)
    assert (found.negative_log_likelihood >= 0).all()


def test_the_same_generator_gives_the_same_score(linear):
    first, second = (score(linear[0], IMAGES, VARIANCE, np.random.default_rng(7)).total for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    "wrong", [{"decoder_variance": 0.0}, {"decoder_variance": float("nan")}, {"samples": 0}]
)
def test_a_variance_or_a_count_out_of_range_is_named(linear, wrong):
    with pytest.raises(ValueError, match=r"Expected .* Received"):
        score(linear[0], IMAGES, **{"decoder_variance": VARIANCE, "rng": np.random.default_rng(0), **wrong})


def test_roc_auc_equals_scikit_learns_with_ties():
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(2)
    normal, anomalous = rng.integers(0, 9, 200).astype(float), rng.integers(3, 12, 90).astype(float)
    labels = np.r_[np.zeros(200), np.ones(90)]
    assert roc_auc(normal, anomalous) == pytest.approx(
        metrics.roc_auc_score(labels, np.r_[normal, anomalous])
    )


def test_two_mirrored_samples_are_steadier_than_two_independent_ones():
    model, images = load("notebook"), load_mnist("test").images[:5]

    def spread(samples):
        rngs = map(np.random.default_rng, range(20))
        scores = [score(model.vae, images, model.decoder_variance, rng, samples=samples) for rng in rngs]
        return np.std([found.reconstruction for found in scores], axis=0).mean()

    assert spread(2) < 0.3 * spread(1) / np.sqrt(2)


@pytest.mark.parametrize("samples", [1, 3, 70])
def test_any_number_of_samples_is_a_mean_over_that_many(linear, samples):
    vae, *_ = linear
    found = score(vae, IMAGES, VARIANCE, np.random.default_rng(2), samples=samples)
    posterior, rng = vae.encode(IMAGES), np.random.default_rng(2)
    errors, epsilon = [], None
    for n in range(samples):
        epsilon = -epsilon if n % 2 else rng.standard_normal(posterior.z_mean.shape, dtype=np.float32)
        errors.append((IMAGES - vae.decode(posterior.draw(epsilon))) ** 2 / (2 * VARIANCE))
    np.testing.assert_allclose(found.negative_log_likelihood, np.mean(errors, axis=0), rtol=1e-4, atol=1e-5)


def test_roc_auc_is_1_when_all_anomalies_score_higher_and_half_by_chance():
    assert roc_auc(np.arange(5.0), np.arange(5.0, 9)) == 1
    assert roc_auc(np.ones(5), np.ones(3)) == 0.5


def test_the_median_of_a_reference_has_percentile_50():
    assert percentile(3, np.arange(1, 6)) == 50
    assert percentile(0, np.arange(1, 6)) == 0
    assert percentile(9, np.arange(1, 6)) == 100


def test_the_density_of_codes_is_the_mixture_of_scipys_gaussians():
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(3)
    labels = rng.integers(3, size=300)
    codes = rng.normal(size=(300, 4)) + labels[:, None]
    density = CodeDensity.fit(codes, labels)
    new = rng.normal(size=(5, 4))
    parts = zip(density.weights, density.means, density.covariances, strict=True)
    exact = -np.log(sum(share * stats.multivariate_normal(mean, c).pdf(new) for share, mean, c in parts))
    np.testing.assert_allclose(density.negative_log_density(new), exact, rtol=1e-9)
    np.testing.assert_allclose(density.means[1], codes[labels == 1].mean(axis=0))


def test_a_dead_dimension_leaves_the_negative_log_density_finite():
    codes = np.random.default_rng(4).normal(size=(100, 3)) * [1, 1, 0]
    assert np.isfinite(CodeDensity.fit(codes, np.arange(100) % 2).negative_log_density(codes)).all()


def test_an_average_digit_has_an_anomaly_score_of_0_and_one_deviation_in_each_part_adds_up_to_2():
    reference = (np.array([1.0, 3.0]), np.array([-10.0, 10.0]))
    found = anomaly_score(np.array([2.0, 3.0]), np.array([0.0, 10.0]), reference)
    np.testing.assert_allclose(found, [0, 2])


def test_a_part_in_which_all_reference_pictures_are_alike_counts_nothing():
    same, other = np.full(3, 5.0), np.array([1.0, 2.0, 3.0])
    found = anomaly_score(np.array([9.0]), np.array([4.0]), (same, other))
    np.testing.assert_allclose(found, (4 - 2) / other.std())


def test_codes_that_are_all_alike_have_a_density():
    density = CodeDensity.fit(np.ones((20, 3), np.float32), np.arange(20) % 2)
    assert np.isfinite(density.negative_log_density(np.ones((2, 3)))).all()


@pytest.fixture(scope="module")
def digit_test(linear):
    vae = linear[0]
    rng = np.random.default_rng(5)
    digits = np.clip(rng.normal(0.5, 0.15, (400, 28, 28)), 0, 1).astype(np.float32)
    codes = vae.encode(digits).z_mean
    mixture = GaussianMixture(
        np.ones(1), codes.mean(axis=0)[None], np.linalg.cholesky(np.cov(codes.T))[None], np.zeros(1, int)
    )
    network = ReaderNetwork((Flatten(),), classes=2)
    weights = {
        name: rng.normal(0, 0.05, shape).astype(np.float32) for name, shape in network.weight_shapes().items()
    }
    return DigitTest.fit(vae, mixture, Reader(network, weights), digits), vae, digits


def test_a_digit_test_adds_the_standard_scores_of_both_parts(digit_test):
    test, vae, digits = digit_test
    oddness = -test.mixture.log_density(vae.encode(digits).z_mean)
    silence = -test.reader.evidence(digits)
    expected = sum((part - part.mean()) / part.std() for part in (oddness, silence))
    scores = test.score(test.parts(vae, digits))
    np.testing.assert_allclose(scores, expected, rtol=1e-6, atol=1e-9)
    assert test.threshold == pytest.approx(np.quantile(scores, 1 - ERROR_RATE), rel=1e-6)
    assert (scores > test.threshold).mean() == pytest.approx(ERROR_RATE, abs=0.003)
    assert test.percentile(np.sort(scores)[100]) == pytest.approx(25, abs=0.3)


def test_without_a_reader_a_digit_test_goes_by_the_code_alone(digit_test):
    test, vae, digits = digit_test
    alone = DigitTest.fit(vae, test.mixture, None, digits)
    parts = alone.parts(vae, digits)
    assert (parts[:, 1] == 0).all()
    np.testing.assert_allclose(alone.score(parts), (parts[:, 0] - parts[:, 0].mean()) / parts[:, 0].std())
