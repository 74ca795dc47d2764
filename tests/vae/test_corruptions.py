"""What the six corruptions promise: their levels, their seeds, and the project's own protocol."""

import numpy as np
import pytest

from vae.corruptions import CORRUPTIONS, MAX_BLUR, apply, corrupt, draw_field
from vae.data import load_mnist

GREY = np.full((400, 28, 28), 0.5, np.float32)
KINDS = sorted(CORRUPTIONS)


@pytest.fixture(scope="module")
def digits():
    return load_mnist("test").images[:20]


def test_gaussian_noise_is_the_protocol_of_the_figures(digits):
    noise = np.random.default_rng(123).standard_normal(digits.shape, dtype=np.float32)
    expected = np.clip(digits + np.float32(0.3) * noise, 0, 1)
    np.testing.assert_array_equal(corrupt(digits, "gaussian", 0.3, np.random.default_rng(123)), expected)


def test_fewer_images_get_the_same_noise_as_the_first_of_many(digits):
    many, few = (draw_field("gaussian", count, np.random.default_rng(1)) for count in (20, 5))
    np.testing.assert_array_equal(many[:5], few)


@pytest.mark.parametrize("kind", KINDS)
def test_level_zero_returns_the_image_unchanged(kind, digits):
    np.testing.assert_array_equal(corrupt(digits, kind, 0, np.random.default_rng(0)), digits)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("level", [0.05, 0.5, 1])
def test_a_spoilt_image_is_still_an_image_and_the_clean_one_is_untouched(kind, level, digits):
    before = digits.copy()
    spoilt = corrupt(digits, kind, level, np.random.default_rng(0))
    assert spoilt.shape == digits.shape
    assert spoilt.dtype == np.float32
    assert spoilt.min() >= 0
    assert spoilt.max() <= 1
    assert not np.array_equal(spoilt, digits)
    np.testing.assert_array_equal(digits, before)


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_decides_the_noise(kind, digits):
    same, again, other = (corrupt(digits, kind, 0.4, np.random.default_rng(seed)) for seed in (7, 7, 8))
    np.testing.assert_array_equal(same, again)
    if CORRUPTIONS[kind].field != "none":
        assert not np.array_equal(same, other)


def test_the_level_of_gaussian_noise_is_its_standard_deviation():
    spoilt = corrupt(GREY, "gaussian", 0.1, np.random.default_rng(0))  # Five deviations from either bound.
    assert spoilt.std() == pytest.approx(0.1, rel=0.01)
    assert spoilt.mean() == pytest.approx(0.5, abs=0.001)


def test_the_level_of_salt_and_pepper_is_the_share_replaced_half_white_and_half_black():
    spoilt = corrupt(GREY, "salt_and_pepper", 0.3, np.random.default_rng(0))
    assert (spoilt == 0).mean() == pytest.approx(0.15, abs=0.005)
    assert (spoilt == 1).mean() == pytest.approx(0.15, abs=0.005)


def test_at_full_level_salt_and_pepper_replaces_every_pixel():
    assert set(np.unique(corrupt(GREY, "salt_and_pepper", 1, np.random.default_rng(0)))) == {0, 1}


def test_the_level_of_dropout_is_the_share_that_goes_black():
    assert (corrupt(GREY, "dropout", 0.3, np.random.default_rng(0)) == 0).mean() == pytest.approx(
        0.3, abs=0.005
    )
    assert not corrupt(GREY, "dropout", 1, np.random.default_rng(0)).any()


def test_the_level_of_speckle_is_the_deviation_of_a_factor_and_the_ground_stays_clean(digits):
    spoilt = corrupt(GREY, "speckle", 0.15, np.random.default_rng(0))
    assert (spoilt / 0.5).std() == pytest.approx(0.15, rel=0.01)
    assert not corrupt(digits, "speckle", 1, np.random.default_rng(0))[digits == 0].any()


@pytest.mark.parametrize("level", [0.25, 0.5, 1])
def test_the_level_of_masking_is_the_side_of_the_hole(level):
    spoilt = corrupt(GREY[:1], "masking", level, np.random.default_rng(0))
    assert np.sqrt((spoilt == 0).sum()) == 28 * level


@pytest.mark.parametrize(
    "hole,corner", [((0, 0), np.s_[:7, :7]), ((1, 1), np.s_[-7:, -7:]), ((0, 1), np.s_[:7, -7:])]
)
def test_the_hole_stands_where_it_is_told_and_stays_inside(hole, corner):
    spoilt = corrupt(GREY[:1], "masking", 0.25, np.random.default_rng(0), hole=hole)[0]
    assert not spoilt[corner].any()
    assert (spoilt == 0).sum() == 49


@pytest.mark.parametrize("level", [0.1, 0.35, 1])
def test_blur_equals_scipys_gaussian_filter(level, digits):
    ndimage = pytest.importorskip("scipy.ndimage", reason="SciPy is not installed")
    sigma = MAX_BLUR * level
    expected = ndimage.gaussian_filter(
        digits.astype(np.float64), (0, sigma, sigma), mode="constant", truncate=12
    )
    np.testing.assert_allclose(corrupt(digits, "blur", level, np.random.default_rng(0)), expected, atol=1e-5)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "masking"])
def test_a_higher_level_of_the_same_field_spoils_more(kind, digits):
    field = draw_field(kind, len(digits), np.random.default_rng(0))
    errors = [((apply(digits, kind, level, field) - digits) ** 2).mean() for level in (0.1, 0.3, 0.6, 1)]
    assert errors == sorted(errors)


@pytest.mark.parametrize("level", [-0.01, 1.01, np.nan, "0.5", None])
def test_a_level_outside_zero_to_one_is_refused(level, digits):
    with pytest.raises(ValueError, match=r"Expected level in \[0, 1\]. Received"):
        corrupt(digits, "gaussian", level, np.random.default_rng(0))


def test_an_unknown_corruption_is_refused_with_the_known_ones(digits):
    with pytest.raises(ValueError, match=r"Expected a corruption among .*gaussian.* Received 'rain'"):
        corrupt(digits, "rain", 0.5, np.random.default_rng(0))


@pytest.mark.parametrize("hole", [(-0.1, 0.5), (0.5, 1.1), (np.nan, 0)])
def test_a_hole_outside_the_picture_is_refused(hole, digits):
    with pytest.raises(ValueError, match="Expected the hole"):
        corrupt(digits, "masking", 0.5, np.random.default_rng(0), hole=hole)


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((28, 28), np.float32),
        np.zeros((1, 27, 28), np.float32),
        np.zeros((1, 28, 28), np.uint8),
        np.full((1, 28, 28), 2, np.float32),
        np.full((1, 28, 28), np.nan, np.float32),
    ],
    ids=["one image", "shape", "integers", "range", "NaN"],
)
def test_what_is_no_batch_of_images_is_refused(images):
    with pytest.raises(ValueError, match=r"Expected image.* Received"):
        corrupt(images, "gaussian", 0.5, np.random.default_rng(0))
