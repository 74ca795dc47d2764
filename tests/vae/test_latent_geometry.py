"""Traversals, moves, interpolation and arithmetic against what geometry says of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vae import latent
from vae.latent import PrincipalComponents

LATENT_DIM = 6


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def codes(rng):
    return (rng.standard_normal((500, LATENT_DIM)) @ rng.standard_normal((LATENT_DIM, LATENT_DIM))).astype(
        np.float32
    )


@pytest.fixture
def components(codes):
    return PrincipalComponents.fit(codes)


def flat_cloud(rng):
    """Codes that don't vary at all along their last dimension."""
    codes = rng.standard_normal((100, LATENT_DIM)).astype(np.float32)
    codes[:, -1] = 2
    return PrincipalComponents.fit(codes)


codes_within_reach = arrays(np.float64, LATENT_DIM, elements=st.floats(-5, 5, width=32))


def test_projecting_and_restoring_is_the_identity(components, codes):
    np.testing.assert_allclose(components.restore(components.project(codes)), codes, atol=1e-5)


def test_variances_are_the_eigenvalues_of_the_covariance(components, codes):
    eigenvalues = np.linalg.eigvalsh(np.cov(codes, rowvar=False))[::-1]
    np.testing.assert_allclose(components.variances, eigenvalues, rtol=1e-5)


def test_variances_are_squared_singular_values(components, codes):
    singular = np.linalg.svd(codes - codes.mean(axis=0), compute_uv=False)
    np.testing.assert_allclose(components.variances, singular**2 / (len(codes) - 1), rtol=1e-4)


def test_explained_variance_ratios_sum_to_one(components):
    assert components.explained_variance_ratio.sum() == pytest.approx(1, abs=1e-6)


def test_dimension_variances_are_the_covariance_diagonal(components, codes):
    np.testing.assert_allclose(components.dimension_variances, codes.var(axis=0, ddof=1), rtol=1e-4)


def test_a_single_latent_dimension_is_its_own_component():
    components = PrincipalComponents.fit(np.array([[1.0], [2.0], [6.0]]))
    assert components.components == [[1]]
    np.testing.assert_allclose(components.variances, [7])


def test_standardised_codes_have_unit_variance_and_no_covariance(components, codes):
    covariance = np.cov(components.standardise(codes), rowvar=False)
    np.testing.assert_allclose(covariance, np.eye(LATENT_DIM), atol=1e-4)


def test_standardising_along_an_axis_without_variance_gives_zero(rng):
    components = flat_cloud(rng)
    assert components.deviations[-1] == 0
    assert components.standardise(components.mean[None] + 1)[0, -1] == 0


def test_the_mean_standardises_to_zero(components):
    np.testing.assert_allclose(components.standardise(components.mean[None]), 0, atol=1e-6)


def test_a_move_changes_the_moved_coordinates_by_its_steps(components, codes):
    moved = components.move(codes[0], np.array([1.5, -2.0]))
    change = components.standardise(moved[None])[0] - components.standardise(codes[:1])[0]
    np.testing.assert_allclose(change, [1.5, -2, 0, 0, 0, 0], atol=1e-4)


def test_a_move_keeps_what_the_moved_components_do_not_hold(components, codes):
    moved = components.move(codes[0], np.array([3.0, 3.0]))
    before, after = components.project(codes[:1])[0], components.project(moved[None])[0]
    np.testing.assert_allclose(after[2:], before[2:], atol=1e-5)


def test_moving_there_and_back_is_the_identity(components, codes):
    steps = np.array([0.7, -1.1, 2.9])
    np.testing.assert_allclose(components.move(components.move(codes[0], steps), -steps), codes[0], atol=1e-5)


def test_no_move_returns_the_very_same_code(components, codes):
    np.testing.assert_array_equal(components.move(codes[0], np.zeros(LATENT_DIM)), codes[0])


def test_moves_go_in_batches(components, codes):
    steps = np.array([[1.0, 2.0], [-1.0, 0.5]])
    each = [components.move(codes[0], row) for row in steps]
    np.testing.assert_allclose(components.move(codes[0], steps), each, atol=1e-6)


def test_more_steps_than_axes_are_refused(components, codes):
    with pytest.raises(ValueError, match="at most 6 steps"):
        components.move(codes[0], np.zeros(LATENT_DIM + 1))


def test_the_middle_of_a_traversal_is_its_start(components, codes):
    walks = latent.traverse(codes[0], components.directions, np.linspace(-3, 3, 7))
    assert walks.shape == (LATENT_DIM, 7, LATENT_DIM)
    np.testing.assert_array_equal(walks[:, 3], np.tile(codes[0], (LATENT_DIM, 1)))


def test_a_traversal_is_a_row_of_moves(components, codes):
    walk = latent.traverse(codes[0], components.directions, np.array([-2.0, 1.0]))[1]
    np.testing.assert_allclose(walk[0], components.move(codes[0], np.array([0, -2.0])), atol=1e-5)
    np.testing.assert_allclose(walk[1], components.move(codes[0], np.array([0, 1.0])), atol=1e-5)


def test_a_traversal_of_a_raw_dimension_changes_only_that_dimension(components, codes):
    walk = latent.traverse(codes[0], latent.dimension_directions(components), np.linspace(-3, 3, 7))[2]
    others = np.delete(walk - codes[0], 2, axis=1)
    np.testing.assert_array_equal(others, 0)


def test_a_dead_dimension_is_walked_as_far_as_the_prior_reaches(rng):
    lengths = np.diag(latent.dimension_directions(flat_cloud(rng)))
    assert lengths[-1] == 1


def test_a_wide_dimension_is_walked_as_far_as_its_codes_reach(rng):
    codes = rng.standard_normal((2000, 2)) * [4, 0.5]
    lengths = np.diag(latent.dimension_directions(PrincipalComponents.fit(codes)))
    np.testing.assert_allclose(lengths, [codes[:, 0].std(ddof=1), 1], rtol=1e-5)


@pytest.mark.parametrize("spherical", [False, True])
@given(start=codes_within_reach, end=codes_within_reach)
def test_interpolation_begins_at_the_start_and_ends_at_the_end(spherical, start, end):
    walk = latent.interpolate(start, end, 5, spherical=spherical)
    assert walk.shape == (5, LATENT_DIM)
    np.testing.assert_allclose(walk[0], start, atol=1e-5)
    np.testing.assert_allclose(walk[-1], end, atol=1e-5)


def test_linear_interpolation_has_even_steps(codes):
    steps = np.diff(latent.interpolate(codes[0], codes[1], 9), axis=0)
    np.testing.assert_allclose(steps, np.tile((codes[1] - codes[0]) / 8, (8, 1)), atol=1e-5)


@given(start=codes_within_reach, end=codes_within_reach)
def test_spherical_interpolation_keeps_the_norm_of_codes_of_one_norm(start, end):
    start, end = (
        code / np.linalg.norm(code) if code.any() else np.eye(LATENT_DIM)[0] for code in (start, end)
    )
    walk = latent.interpolate(4 * start, 4 * end, 11, spherical=True)
    np.testing.assert_allclose(np.linalg.norm(walk, axis=1), 4, rtol=1e-5)


def test_spherical_interpolation_takes_the_norm_evenly_from_one_to_the_other():
    walk = latent.interpolate(np.array([1.0, 0]), np.array([0, 3.0]), 5, spherical=True)
    np.testing.assert_allclose(np.linalg.norm(walk, axis=1), [1, 1.5, 2, 2.5, 3], rtol=1e-6)


def test_spherical_interpolation_turns_at_an_even_speed():
    walk = latent.interpolate(np.array([1.0, 0]), np.array([0, 1.0]), 4, spherical=True)
    np.testing.assert_allclose(np.degrees(np.arctan2(walk[:, 1], walk[:, 0])), [0, 30, 60, 90], atol=1e-4)


def test_spherical_interpolation_agrees_with_the_quotient_of_sines(codes):
    start, end = (code / np.linalg.norm(code) for code in codes[:2].astype(np.float64))
    angle, fractions = np.arccos(start @ end), np.linspace(0, 1, 7)[:, None]
    expected = (np.sin((1 - fractions) * angle) * start + np.sin(fractions * angle) * end) / np.sin(angle)
    np.testing.assert_allclose(latent.interpolate(start, end, 7, spherical=True), expected, atol=1e-6)


@pytest.mark.parametrize("nudge", [0, 1e-15, 1e-9, 1e-4])
def test_spherical_interpolation_is_stable_between_nearly_parallel_codes(codes, nudge):
    start = codes[0].astype(np.float64)
    end = 2 * start + nudge * codes[1]
    walk = latent.interpolate(start, end, 5, spherical=True)
    np.testing.assert_allclose(walk, latent.interpolate(start, end, 5), atol=1e-4)


@pytest.mark.parametrize("nudge", [0, 1e-15, 1e-9])
def test_spherical_interpolation_goes_around_between_opposite_codes(codes, nudge):
    start = codes[0].astype(np.float64)
    walk = latent.interpolate(start, -start + nudge * codes[1], 5, spherical=True)
    np.testing.assert_allclose(np.linalg.norm(walk, axis=1), np.linalg.norm(start), rtol=1e-5)
    np.testing.assert_allclose(walk[2] @ start, 0, atol=1e-3)


def test_spherical_interpolation_from_the_origin_is_straight(codes):
    origin = np.zeros(LATENT_DIM)
    walk = latent.interpolate(origin, codes[0], 5, spherical=True)
    np.testing.assert_allclose(walk, latent.interpolate(origin, codes[0], 5), atol=1e-6)


def test_a_walk_of_one_step_is_refused(codes):
    with pytest.raises(ValueError, match="at least 2 steps"):
        latent.interpolate(codes[0], codes[1], 1)


def test_codes_of_different_lengths_are_refused(codes):
    with pytest.raises(ValueError, match="Expected two codes of one shape"):
        latent.interpolate(codes[0], codes[1][:3], 5)


def test_an_analogy_with_its_own_reference_returns_the_example(codes):
    np.testing.assert_allclose(latent.analogy(codes[0], codes[1], codes[1]), codes[0], atol=1e-6)


def test_an_analogy_adds_the_difference_to_the_subject(codes):
    example, reference, subject = codes[:3]
    np.testing.assert_allclose(
        latent.analogy(example, reference, subject) - subject, example - reference, atol=1e-5
    )


def test_codes_that_are_all_alike_have_shares_of_0():
    components = PrincipalComponents.fit(np.ones((5, 3)))
    np.testing.assert_array_equal(components.explained_variance_ratio, np.zeros(3))
