"""The mixture of codes against scikit-learn, SciPy and the codes it was fitted to."""

import numpy as np
import pytest

from vae.density import GaussianMixture
from vae.errors import InputError

pytest.importorskip("sklearn", reason="scikit-learn is not installed")


@pytest.fixture(scope="module")
def clusters():
    """Two clusters for each of three classes, in three dimensions."""
    rng = np.random.default_rng(0)
    centres = rng.normal(0, 8, (6, 3))
    which = rng.integers(6, size=3000)
    spread = 2 * np.eye(3) + 0.5 * rng.standard_normal((6, 3, 3))
    return centres[which] + np.einsum("nij,nj->ni", spread[which], rng.standard_normal((3000, 3))), which // 2


@pytest.fixture(scope="module")
def mixture(clusters):
    return GaussianMixture.fit(*clusters, seed=0, components=6)


def test_each_class_has_as_many_components_and_they_hold_its_share(mixture, clusters):
    assert mixture.labels.tolist() == [0, 0, 1, 1, 2, 2]
    for label in range(3):
        share = (clusters[1] == label).mean()
        assert mixture.weights[mixture.labels == label].sum() == pytest.approx(share, rel=1e-6)


def test_the_log_density_is_that_of_scipys_gaussians(mixture):
    stats = pytest.importorskip("scipy.stats")
    codes = np.random.default_rng(1).normal(0, 6, (20, 3))
    parts = zip(mixture.weights, mixture.means, mixture.roots.astype(float), strict=True)
    expected = sum(w * stats.multivariate_normal.pdf(codes, m, root @ root.T) for w, m, root in parts)
    np.testing.assert_allclose(mixture.log_density(codes), np.log(expected), rtol=1e-6)


def test_it_fits_as_well_as_scikit_learns_mixture_does(mixture, clusters):
    from sklearn.mixture import GaussianMixture as Mixture

    codes, labels = clusters
    for label in range(3):
        members = codes[labels == label]
        theirs = Mixture(2, random_state=1, n_init=3).fit(members).score(members)
        assert mixture.of_class(label).log_density(members).mean() == pytest.approx(theirs, abs=0.01)


def test_the_gradient_is_the_slope_of_the_log_density(mixture):
    rng = np.random.default_rng(2)
    codes, direction = rng.normal(0, 4, (30, 3)), rng.standard_normal((30, 3))
    ahead, behind = (mixture.log_density(codes + sign * 1e-5 * direction) for sign in (1, -1))
    np.testing.assert_allclose(
        (mixture.gradient(codes) * direction).sum(axis=1), (ahead - behind) / 2e-5, rtol=1e-4, atol=1e-4
    )


def test_draws_have_the_mean_and_the_covariance_of_the_codes(mixture, clusters):
    draws = mixture.sample(200_000, np.random.default_rng(3))
    assert draws.dtype == np.float32
    np.testing.assert_allclose(draws.mean(axis=0), clusters[0].mean(axis=0), atol=0.05)
    np.testing.assert_allclose(np.cov(draws.T), np.cov(clusters[0].T), rtol=0.03, atol=0.3)


def test_draws_of_a_class_lie_where_its_codes_do(mixture, clusters):
    codes, labels = clusters
    for label in range(3):
        draws = mixture.of_class(label).sample(20_000, np.random.default_rng(4))
        np.testing.assert_allclose(draws.mean(axis=0), codes[labels == label].mean(axis=0), atol=0.15)


def test_at_temperature_zero_only_the_means_are_drawn(mixture):
    draws = mixture.sample(100, np.random.default_rng(5), temperature=0)
    gaps = np.linalg.norm(draws[:, None] - mixture.means, axis=2).min(axis=1)
    np.testing.assert_allclose(gaps, 0, atol=1e-5)


def test_a_class_that_is_not_there_is_refused(mixture):
    with pytest.raises(InputError, match=r"Expected a class among \[0, 1, 2\]. Received 7"):
        mixture.of_class(7)


def test_a_class_with_few_codes_gets_one_component_and_one_code_is_enough():
    codes = np.random.default_rng(6).standard_normal((30, 4))
    found = GaussianMixture.fit(codes, np.r_[np.zeros(29, int), 1], seed=0)
    assert found.labels.tolist() == [0, 1]
    np.testing.assert_allclose(found.means[1], codes[29], atol=1e-6)
    assert np.isfinite(found.log_density(codes)).all()


def test_codes_of_a_dead_dimension_have_a_finite_density():
    codes = np.random.default_rng(7).standard_normal((200, 3)) * [1, 1, 0]
    found = GaussianMixture.fit(codes, np.zeros(200, int), seed=0)
    assert np.isfinite(found.log_density(codes)).all()
