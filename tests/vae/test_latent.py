"""Principal components against NumPy's singular values and scikit-learn."""

import numpy as np
import pytest

from vae.latent import PrincipalComponents


@pytest.fixture(scope="module")
def codes():
    rng = np.random.default_rng(0)
    return (rng.standard_normal((500, 8)) @ rng.standard_normal((8, 8)) + rng.standard_normal(8)).astype(
        np.float32
    )


@pytest.fixture(scope="module")
def components(codes):
    return PrincipalComponents.fit(codes)


def test_variances_are_the_squared_singular_values_of_the_centred_codes(codes, components):
    singular = np.linalg.svd(codes.astype(np.float64) - codes.mean(axis=0), compute_uv=False)
    np.testing.assert_allclose(components.variances, singular**2 / (len(codes) - 1), rtol=1e-4)


def test_components_and_ratios_equal_scikit_learns(codes, components):
    decomposition = pytest.importorskip("sklearn.decomposition", reason="scikit-learn is not installed")
    pca = decomposition.PCA(svd_solver="full").fit(codes.astype(np.float64))
    np.testing.assert_allclose(components.explained_variance_ratio, pca.explained_variance_ratio_, rtol=1e-4)
    cosines = np.abs((components.components * pca.components_).sum(axis=1))
    np.testing.assert_allclose(cosines, 1, atol=1e-4)


def test_axes_are_orthonormal_and_their_largest_entry_is_positive(components):
    axes = components.components
    np.testing.assert_allclose(axes @ axes.T, np.eye(8), atol=1e-5)
    assert (axes[np.arange(8), np.abs(axes).argmax(axis=1)] > 0).all()


def test_coordinates_are_uncorrelated_with_the_variances_told(codes, components):
    covariance = np.cov(components.project(codes), rowvar=False)
    np.testing.assert_allclose(covariance, np.diag(components.variances), atol=1e-3)
    np.testing.assert_allclose(components.deviations**2, components.variances, rtol=1e-5)


def test_restoring_what_was_projected_gives_the_codes_back(codes, components):
    np.testing.assert_allclose(components.restore(components.project(codes)), codes, atol=1e-5)


def test_a_dimension_that_never_varies_has_no_variance_and_no_harm():
    codes = np.random.default_rng(0).standard_normal((50, 3)).astype(np.float32)
    codes[:, 1] = 2
    components = PrincipalComponents.fit(codes)
    assert components.variances[-1] == pytest.approx(0, abs=1e-6)
    assert (components.variances >= 0).all()


@pytest.mark.parametrize("codes", [np.zeros((1, 4)), np.zeros((0, 4)), np.zeros(4)])
def test_fewer_than_two_codes_are_refused(codes):
    with pytest.raises(ValueError, match="Expected at least two codes"):
        PrincipalComponents.fit(codes)
