"""Measures on digits made by code, whose slant, thickness and size are known; and where codes go to change them."""

import numpy as np
import pytest

from vae import latent_profile, properties
from vae.checkpoints import load, load_reader
from vae.data import load_mnist
from vae.errors import InputError
from vae.properties import PROPERTIES, correlations, fit_directions, name_of

FINE = 8  # Made at this many times the size and averaged, so that edges are grey as in MNIST.
Y, X = (np.mgrid[: 28 * FINE, : 28 * FINE] + 0.5) / FINE - 14


def render(inside: np.ndarray) -> np.ndarray:
    """A picture (1, 28, 28) of where a mask at FINE times its size is true."""
    return inside.reshape(28, FINE, 28, FINE).mean(axis=(1, 3), dtype=np.float32)[None]


def stroke(thickness: float, degrees: float = 0, length: float = 16) -> np.ndarray:
    """A straight stroke that leans to the right by some degrees, with square ends."""
    lean = np.radians(degrees)
    across, along = X * np.cos(lean) + Y * np.sin(lean), Y * np.cos(lean) - X * np.sin(lean)
    return render((np.abs(across) < thickness / 2) & (np.abs(along) < length / 2))


def ring(radius: float, thickness: float) -> np.ndarray:
    return render(np.abs(np.hypot(X, Y) - radius) < thickness / 2)


def box(width: float, height: float, shear: float = 0) -> np.ndarray:
    return render((np.abs(X + shear * Y) < width / 2) & (np.abs(Y) < height / 2))


@pytest.mark.parametrize("thickness", [2, 2.5, 4, 6])
@pytest.mark.parametrize("radius", [6, 9])
def test_a_rings_strokes_are_as_thick_and_as_long_as_they_were_drawn(thickness, radius):
    image = ring(radius, thickness)
    assert properties.thickness(image)[0] == pytest.approx(thickness, rel=0.06)
    assert properties.length(image)[0] == pytest.approx(2 * np.pi * radius, rel=0.06)


@pytest.mark.parametrize("degrees", [-30, 0, 20, 45])
def test_how_thick_a_stroke_is_hardly_depends_on_its_slant(degrees):
    # The ends of a stroke count as outline too: it is measured a little thinner than it is.
    length, thickness = 20, 3
    expected = thickness * length / (length + thickness)
    assert properties.thickness(stroke(thickness, degrees, length))[0] == pytest.approx(expected, rel=0.06)


def test_a_fainter_stroke_is_as_thick():
    image = ring(8, 3)
    np.testing.assert_allclose(properties.thickness(image / 2), properties.thickness(image), rtol=1e-6)


@pytest.mark.parametrize("width,height", [(4, 18), (10, 20), (16, 12)])
@pytest.mark.parametrize("shear", [0, 0.3, -0.3])
def test_a_box_is_as_wide_and_as_tall_as_it_was_drawn_however_it_leans(width, height, shear):
    image = box(width, height, shear)
    assert properties.width(image)[0] == pytest.approx(width, abs=0.3)
    assert properties.height(image)[0] == pytest.approx(height, abs=0.3)


def test_ink_is_the_area():
    assert properties.ink(box(10, 12))[0] == pytest.approx(120, rel=0.01)


def test_a_blank_picture_has_no_ink_and_every_measure_of_it_is_finite():
    measured = properties.measure(np.zeros((2, 28, 28), np.float32))
    assert np.isfinite(measured).all()
    assert (measured[:, list(PROPERTIES).index("thickness")] == 0).all()


def test_all_measures_come_in_the_order_of_their_table():
    images = np.concatenate([ring(8, 3), box(10, 12, 0.2)])
    for column, found in zip(properties.measure(images).T, PROPERTIES.values(), strict=True):
        np.testing.assert_array_equal(column, found.measure(images))


@pytest.mark.parametrize("name", PROPERTIES)
def test_what_is_no_picture_is_refused(name):
    with pytest.raises(InputError, match="Expected image"):
        PROPERTIES[name].measure(np.full((1, 28, 28), 2.0))


def test_thickness_goes_with_that_of_the_strokes_skeleton_as_morpho_mnist_measures_it():
    ndimage = pytest.importorskip("scipy.ndimage")
    morphology = pytest.importorskip("skimage.morphology")
    images = load_mnist("test").images[:300]
    expected = []
    for image in images:
        fine = ndimage.zoom(image, 4, order=1) > 0.5
        expected.append(ndimage.distance_transform_edt(fine)[morphology.skeletonize(fine)].mean() * 2 / 4)
    assert np.corrcoef(properties.thickness(images), expected)[0, 1] > 0.9


def linear_world(rng, noise=0.0):
    """Codes of which a property is a linear map, and the map."""
    codes = rng.standard_normal((4000, 5)) @ rng.standard_normal((5, 5))
    slopes = rng.standard_normal((5, 2))
    return codes, codes @ slopes + 3 + noise * rng.standard_normal((4000, 2)), slopes


def test_a_linear_property_is_told_whole_and_a_step_changes_it_by_a_standard_deviation():
    codes, measured, slopes = linear_world(np.random.default_rng(0))
    found = fit_directions(codes, measured, codes, measured)
    np.testing.assert_allclose(found.r2, 1, atol=1e-4)
    np.testing.assert_allclose((found.directions * slopes.T).sum(axis=1), measured.std(axis=0), rtol=1e-3)


def test_without_margins_a_direction_is_that_in_which_codes_go_with_the_property():
    rng = np.random.default_rng(1)
    codes, measured, _ = linear_world(rng, noise=1.0)
    directions = fit_directions(codes, measured, codes, measured).directions
    covariance = (codes - codes.mean(axis=0)).T @ (measured - measured.mean(axis=0))
    for direction, expected in zip(directions, covariance.T, strict=True):
        cosine = direction @ expected / np.linalg.norm(direction) / np.linalg.norm(expected)
        assert cosine > 0.999


def test_margins_turn_a_direction_away_from_what_changes_the_reading():
    codes, measured, _ = linear_world(np.random.default_rng(2))
    margin = np.array([[0, 0, 1.0, 0, 0]])
    free, kept = (fit_directions(codes, measured, codes, measured, m).directions for m in (None, margin))
    assert (np.abs(kept @ margin[0]) < 0.5 * np.abs(free @ margin[0])).all()


def test_noise_that_no_code_tells_lowers_r2_by_its_share():
    codes, measured, _ = linear_world(np.random.default_rng(3))
    noisy = measured + measured.std(axis=0) * np.random.default_rng(4).standard_normal(measured.shape)
    np.testing.assert_allclose(fit_directions(codes, noisy, codes, noisy).r2, 0.5, atol=0.03)


def test_correlations_are_numpys():
    a, b = np.random.default_rng(5).standard_normal((2, 200, 3))
    b = b + a
    np.testing.assert_allclose(correlations(a, b), np.corrcoef(a, b, rowvar=False)[:3, 3:], atol=1e-12)


def test_a_component_is_called_after_what_it_goes_with_most_or_nothing():
    names = list(PROPERTIES)
    assert name_of(np.array([0.1, -0.66, 0.2, 0.3, 0, 0.5])) == names[1]
    assert name_of(np.full(len(names), 0.29)) is None


@pytest.fixture(scope="module")
def shipped():
    model, reader = load("calibrated"), load_reader().reader
    return model, reader, latent_profile.read(model.folder, model.card, reader)


@pytest.mark.parametrize("name,least", [("slant", 0.85), ("thickness", 0.75), ("width", 0.75)])
def test_a_code_of_the_default_model_tells_slant_thickness_and_width(shipped, name, least):
    model, _, profile = shipped
    column = list(PROPERTIES).index(name)
    assert profile.properties.r2[column] >= least
    # The same from the test digits: what a linear map of their codes misses is no more than the file says.
    test = load_mnist("test")
    codes = model.vae.encode(test.images[:3000]).z_mean
    measured = PROPERTIES[name].measure(test.images[:3000])
    design = np.hstack([codes, np.ones((len(codes), 1))])
    fitted = design @ np.linalg.lstsq(design, measured, rcond=None)[0]
    assert 1 - ((measured - fitted) ** 2).mean() / measured.var() >= profile.properties.r2[column] - 0.03


@pytest.mark.parametrize("name", PROPERTIES)
def test_along_a_direction_the_decoded_picture_gains_what_it_says_and_reads_as_before(shipped, name):
    model, reader, profile = shipped
    codes = model.vae.encode(load_mnist("test").images[:300]).z_mean
    direction = profile.properties.directions[list(PROPERTIES).index(name)]
    before, measured = reader.read(model.vae.decode(codes)).argmax(axis=1), []
    for step in (-2, -1, 0, 1, 2):
        images = model.vae.decode((codes + step * direction).astype(np.float32))
        measured.append(PROPERTIES[name].measure(images).mean())
        assert (reader.read(images).argmax(axis=1) == before).mean() >= 0.95, step
    assert (np.diff(measured) > 0).all()
