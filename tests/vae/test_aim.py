"""Ways to where a picture reads as another digit: they arrive, and no straight way is much shorter."""

import numpy as np
import pytest

from vae import latent_profile
from vae.aim import CONFIDENCE, aim, log_odds, margin_gradients
from vae.checkpoints import load, load_reader
from vae.data import load_mnist
from vae.errors import InputError

CASES = 40
STRAIGHT_STEPS = 50


@pytest.fixture(scope="module")
def known():
    """The default model, the reader and the mixture of codes."""
    model, reader = load("calibrated"), load_reader().reader
    return model.vae, reader, latent_profile.read(model.folder, model.card, reader).mixture


@pytest.fixture(scope="module")
def cases(known):
    """Ways from test digits to other digits than they show."""
    vae, reader, mixture = known
    rng, test = np.random.default_rng(3), load_mnist("test")
    chosen = rng.choice(len(test.images), CASES, replace=False)
    codes = vae.encode(test.images[chosen]).z_mean
    targets = (test.labels[chosen] + rng.integers(1, 10, CASES)) % 10
    return [aim(vae, reader, mixture, z, int(t)) for z, t in zip(codes, targets, strict=True)]


def straight_length(vae, reader, start, end, target) -> float:
    """How far the straight way from a code goes until it reads as the target; infinite if it never does."""
    fractions = np.linspace(0, 1, STRAIGHT_STEPS + 1)
    codes = start + fractions[:, None] * (end - start)
    reached = reader.read(vae.decode(codes.astype(np.float32)))[:, target] >= CONFIDENCE
    return np.inf if not reached.any() else fractions[reached.argmax()] * np.linalg.norm(end - start)


def test_every_way_arrives_where_the_picture_reads_as_the_target(known, cases):
    vae, reader, _ = known
    assert all(cases)
    read = reader.read(vae.decode(np.stack([way.end for way in cases])))
    for way, probabilities in zip(cases, read, strict=True):
        assert probabilities[way.target] >= CONFIDENCE - 1e-4
        assert way.confidence == pytest.approx(probabilities[way.target], abs=1e-4)


def test_no_straight_way_to_the_classs_mean_or_its_nearest_code_is_more_than_ten_percent_shorter(
    known, cases
):
    vae, reader, _ = known
    training = load_mnist("train")
    codes, labels = vae.encode(training.images[:6000]).z_mean, training.labels[:6000]
    reads = reader.read(vae.decode(codes))[np.arange(6000), labels] >= CONFIDENCE
    ratios = []
    for way in cases:
        of_class = codes[labels == way.target]
        clear = codes[(labels == way.target) & reads]
        nearest = clear[np.linalg.norm(clear - way.start, axis=1).argmin()]
        straight = [
            straight_length(vae, reader, way.start, end, way.target)
            for end in (of_class.mean(axis=0), nearest)
        ]
        ratios.append(way.length / min(straight))
    assert max(ratios) < 1 / 0.9
    assert np.mean(ratios) < 0.85


def test_a_path_walks_evenly_from_start_to_end(cases):
    way = cases[0]
    path = way.path(5)
    np.testing.assert_allclose(path[[0, -1]], [way.start, way.end], atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(np.diff(path, axis=0), axis=1), way.length / 4, rtol=1e-4)


def test_a_picture_that_already_reads_as_the_target_goes_nowhere(known):
    vae, reader, mixture = known
    digit = load_mnist("test").images[:1]
    z = vae.encode(digit).z_mean[0]
    way = aim(vae, reader, mixture, z, int(reader.read(vae.decode(z)).argmax()))
    assert way.length == 0


def test_a_higher_confidence_takes_a_longer_way(known):
    vae, reader, mixture = known
    z = vae.encode(load_mnist("test").images[:1]).z_mean[0]
    lengths = [aim(vae, reader, mixture, z, 3, confidence).length for confidence in (0.5, 0.9, 0.99)]
    assert lengths == sorted(lengths)


@pytest.mark.parametrize("confidence", [0, 1, -0.5])
def test_a_confidence_out_of_range_is_refused(known, confidence):
    with pytest.raises(InputError, match="Expected a confidence"):
        aim(*known, np.zeros(40), 3, confidence)


def test_a_class_or_a_code_that_is_not_there_is_refused(known):
    with pytest.raises(InputError, match="Expected a class"):
        aim(*known, np.zeros(40), 10)
    with pytest.raises(InputError, match="Expected codes"):
        aim(*known, np.zeros(39), 3)


def test_a_margin_gradient_is_the_slope_of_the_margin(known):
    vae, reader, _ = known
    z = vae.encode(load_mnist("test").images[:60]).z_mean
    order = np.argsort(-reader.scores(vae.decode(z)), axis=1)
    rows = np.arange(len(z))

    def margin(codes):
        scores = reader.scores(vae.decode(codes)).astype(float)
        return scores[rows, order[:, 0]] - scores[rows, order[:, 1]]

    direction = np.random.default_rng(0).standard_normal(z.shape).astype(np.float32)
    step = np.float32(2e-3)
    expected = (margin(z + step * direction) - margin(z - step * direction)) / (2 * step)
    found = (margin_gradients(vae, reader, z) * direction).sum(axis=1)
    # Corners of ReLU between both ends leave a few apart.
    assert np.corrcoef(found, expected)[0, 1] > 0.98


def test_log_odds_of_certainty_are_finite():
    np.testing.assert_allclose(log_odds(np.array([0.5, 0.9])), [0, np.log(9)], atol=1e-12)
    assert np.isfinite(log_odds(np.array([0.0, 1.0]))).all()
