"""What is kept of a latent space: read as it was written, up to date, and within what it promises."""

from dataclasses import replace

import numpy as np
import pytest

from vae import latent_profile
from vae.anomaly import ERROR_RATE, roc_auc
from vae.checkpoints import load, load_reader, shipped_models
from vae.config import Network
from vae.data import Digits, load_mnist
from vae.inference import VAE
from vae.latent import PrincipalComponents
from vae.layers import Dense, Flatten
from vae.nondigits import NON_DIGITS, make_non_digits


@pytest.fixture(scope="module")
def reader():
    return load_reader()


@pytest.fixture(scope="module", params=shipped_models())
def shipped(request, reader):
    model = load(request.param)
    return model, latent_profile.read(model.folder, model.card, reader.reader)


def test_a_shipped_profile_is_of_the_shipped_weights_and_the_shipped_reader(shipped, reader):
    _, profile = shipped
    assert profile is not None
    assert profile.reader_digest == reader.digest


def test_a_shipped_profile_is_small(shipped):
    model, _ = shipped
    assert (model.folder / latent_profile.FILE).stat().st_size < 150_000


def test_draws_from_the_mixture_look_far_more_like_digits_than_those_of_the_prior(reader):
    model = load("calibrated")
    found = latent_profile.read(model.folder, model.card, reader.reader).legibility
    assert found["mixture"].confident >= 0.9
    assert found["mixture"].distance <= found["prior"].distance / 20
    assert found["prior"].confident < found["gaussian"].confident < found["mixture"].confident


def test_what_a_profile_says_of_draws_holds_for_other_draws(shipped, reader):
    model, profile = shipped
    images = model.vae.decode(profile.mixture.sample(1000, np.random.default_rng(99)))
    confident = (reader.reader.read(images).max(axis=1) > latent_profile.CONFIDENT).mean()
    assert confident == pytest.approx(profile.legibility["mixture"].confident, abs=0.04)


@pytest.mark.parametrize("label", range(10))
def test_draws_of_a_class_read_as_it(shipped, reader, label):
    model, profile = shipped
    codes = profile.mixture.of_class(label).sample(200, np.random.default_rng(label))
    assert (reader.reader.read(model.vae.decode(codes)).argmax(axis=1) == label).mean() > 0.85


def test_ten_axes_of_change_hold_more_than_ten_components(shipped):
    model, profile = shipped
    assert profile.changes.shares.sum() == pytest.approx(1, abs=1e-5)
    assert (np.diff(profile.changes.shares) <= 0).all()
    assert profile.changes.shares[:10].sum() > 1.1 * model.components.explained_variance_ratio[:10].sum()


def test_a_step_along_the_first_axis_changes_the_picture_more_than_one_along_the_last(shipped):
    model, profile = shipped
    codes = model.vae.encode(load_mnist("test").images[1000:1100]).z_mean
    before = model.vae.decode(codes)
    first, last = (
        (
            (model.vae.decode((codes + 0.3 * profile.changes.directions[row]).astype(np.float32)) - before)
            ** 2
        ).mean()
        for row in (0, -1)
    )
    assert first > 3 * last


def test_five_percent_of_the_test_digits_are_called_none(shipped):
    model, profile = shipped
    test = profile.digit_test
    scores = test.score(test.parts(model.vae, load_mnist("test").images))
    assert (scores > test.threshold).mean() == pytest.approx(ERROR_RATE, abs=0.002)
    assert scores.mean() == pytest.approx(0, abs=1e-3)
    assert test.percentile(np.median(scores)) == pytest.approx(50, abs=0.2)
    assert test.percentile(scores.max() + 1) == 100


def test_the_default_model_tells_digits_from_other_pictures(reader):
    model, digits = load("calibrated"), load_mnist("test")
    test = latent_profile.read(model.folder, model.card, reader.reader).digit_test
    normal = test.score(test.parts(model.vae, digits.images[:2000]))
    areas = []
    for kind in NON_DIGITS:
        images = make_non_digits(kind, digits, 300, np.random.default_rng(0))
        areas.append(roc_auc(normal, test.score(test.parts(model.vae, images))))
    assert np.mean(areas) > 0.98


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A small model of random weights, as a checkpoint without a file, with some digits."""
    network = Network((Flatten(), Dense(8)), (Dense(8), Dense(784, "sigmoid")), latent_dim=3)
    rng = np.random.default_rng(0)
    weights = {
        name: (rng.standard_normal(shape) / np.sqrt(shape[0])).astype(np.float32)
        for name, shape in network.weight_shapes().items()
    }
    digits = Digits(*(part[:400] for part in load_mnist("test")))
    vae = VAE(network, weights)
    components = PrincipalComponents.fit(vae.encode(digits.images).z_mean)
    return replace(load("notebook"), vae=vae, components=components), digits


@pytest.mark.parametrize("asked", [True, False])
def test_what_is_written_is_read_back(tiny, reader, tmp_path, asked):
    model, digits = tiny
    asked = reader if asked else None
    made = latent_profile.compute(model, digits, digits, asked)
    latent_profile.write(tmp_path, model.card, made)
    found = latent_profile.read(tmp_path, model.card, asked and asked.reader)
    for section in ("properties", "changes", "gaussian"):
        for ours, theirs in zip(getattr(found, section), getattr(made, section), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found.correlations, made.correlations, atol=1e-6)
    parts = [profile.digit_test.parts(model.vae, digits.images[:20]) for profile in (found, made)]
    np.testing.assert_allclose(*parts, rtol=1e-3, atol=1e-3)
    scores = [profile.digit_test.score(part) for profile, part in zip((found, made), parts, strict=True)]
    np.testing.assert_allclose(*scores, rtol=1e-2, atol=1e-2)
    for name, numbers in made.legibility.items():
        assert found.legibility[name] == pytest.approx(numbers, rel=1e-5)
    assert found.reader_digest == (asked.digest if asked else "")


def test_a_file_of_other_weights_or_a_damaged_one_is_none(shipped, reader, tmp_path):
    model, profile = shipped
    path = latent_profile.write(tmp_path, model.card, profile)
    assert latent_profile.read(tmp_path, {"weights_sha256": "b" * 64}, reader.reader) is None
    whole = path.read_bytes()
    for length in (0, 100, len(whole) // 2):
        path.write_bytes(whole[:length])
        assert latent_profile.read(tmp_path, model.card, reader.reader) is None
    path.unlink()
    assert latent_profile.read(tmp_path, model.card, reader.reader) is None
