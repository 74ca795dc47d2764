"""Principal components against NumPy's singular values and scikit-learn."""

import numpy as np
import pytest

from vae.latent import PrincipalComponents, change_axes


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


def test_the_axes_of_change_of_a_linear_decoder_are_its_singular_vectors_in_whitened_codes():
    rng = np.random.default_rng(0)
    codes = rng.standard_normal((500, 4)) @ rng.standard_normal((4, 4))
    components = PrincipalComponents.fit(codes)
    weights = rng.standard_normal((4, 784))
    found = change_axes(lambda z: (z @ weights).reshape(-1, 28, 28), codes[:5], components)
    changes = np.linalg.svd(components.directions @ weights)[1] ** 2
    np.testing.assert_allclose(found.shares, changes / changes.sum(), rtol=1e-3)
    # Each is one standard deviation long, and changes the picture as much as its share says.
    lengths = components.standardise(components.mean + found.directions)
    np.testing.assert_allclose(np.linalg.norm(lengths, axis=1), 1, rtol=1e-3)
    np.testing.assert_allclose(((found.directions @ weights) ** 2).sum(axis=1), changes, rtol=1e-3)
    assert (np.abs(found.directions).max(axis=1) == found.directions.max(axis=1)).all()


def test_a_decoder_that_ignores_its_code_has_no_axis_of_change_and_no_division_by_zero():
    codes = np.random.default_rng(1).standard_normal((50, 3))
    found = change_axes(lambda z: np.zeros((len(z), 28, 28)), codes[:5], PrincipalComponents.fit(codes))
    np.testing.assert_array_equal(found.shares, 0)
    assert np.isfinite(found.directions).all()
