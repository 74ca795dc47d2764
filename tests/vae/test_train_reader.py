"""Training a reader on a handful of made-up pictures."""

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed: pip install -r requirements.txt")

from vae import __main__ as cli
from vae.checkpoints import load_reader
from vae.config import Noise, ReaderConfig, ReaderNetwork, Training
from vae.data import Dataset, Digits
from vae.layers import Conv, Dense, Flatten, SpaceToDepth
from vae.outliers import draw_outliers
from vae.reader import Reader, softmax
from vae.training import reader as training

TINY = ReaderConfig(
    ReaderNetwork((SpaceToDepth(4), Conv(4), Flatten(), Dense(8)), classes=3),
    training=Training(epochs=6, batch_size=16, learning_rate=1e-2, augmentation=1.0),
)


def make_bars(count: int, seed: int = 0) -> Digits:
    """Pictures of one bar each, upright, level or slanted."""
    rng = np.random.default_rng(seed)
    images, labels = np.zeros((count, 28, 28), np.float32), rng.integers(3, size=count)
    y, x = np.mgrid[:28, :28] - 13.5
    for image, label in zip(images, labels, strict=True):
        image[np.abs([x, y, x - y][label] - rng.normal(0, 2)) < 2] = 1
    return Digits(images, labels)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reader") / "bars"
    data = Dataset("bars", make_bars(410), make_bars(100, seed=1), "0" * 64, folder.parent / "bars.npz")
    figures = training.train_reader(TINY, folder, seed=0, data=data)
    return load_reader(folder), figures


def test_a_reader_learns_what_bars_are(trained):
    checkpoint, figures = trained
    test = make_bars(100, seed=1)
    accuracy = (checkpoint.reader.read(test.images).argmax(axis=1) == test.labels).mean()
    assert figures["clean"]["accuracy"] == pytest.approx(accuracy)
    assert accuracy > 0.9


def test_a_readers_card_says_how_it_was_trained(trained):
    checkpoint, _ = trained
    assert checkpoint.config == TINY
    assert checkpoint.card["training"]["held_out"] == 41
    history = checkpoint.card["training"]["history"]
    assert [epoch["epoch"] for epoch in history] == [1, 2, 3, 4, 5, 6]
    assert history[-1]["loss"] < history[0]["loss"]
    assert set(checkpoint.card["figures"]["noisy"]) == {"0.2", "0.3", "0.5", "0.8", "1.0"}
    assert "denoised" not in checkpoint.card["figures"]  # No model of bars is there.


@pytest.mark.parametrize("noise", [Noise(0, 0.5, fresh=True), Noise(0.2, 0.2)])
def test_a_seed_decides_a_readers_weights(noise):
    config, digits = TINY.with_changes({"training.epochs": 1}), make_bars(50)
    config = ReaderConfig(config.network, noise, config.training)
    first, again, other = (training.fit(config, digits, seed)[0] for seed in (0, 0, 1))
    for name, array in first.items():
        np.testing.assert_allclose(array, again[name], atol=1e-5)
    assert not np.allclose(first["scores.0.kernel"], other["scores.0.kernel"])


def test_a_reader_that_is_shown_outliers_doubts_what_is_none_of_its_classes():
    noise = draw_outliers(300, np.random.default_rng(5))
    digits = make_bars(400)
    found = {}
    for outliers in (0.0, 0.5):
        weights, history = training.fit(TINY, digits, 0, outliers=outliers)
        reader = Reader(TINY.network, weights)
        found[outliers] = reader.read(noise).max(axis=1).mean()
        assert (reader.read(digits.images).argmax(axis=1) == digits.labels).mean() > 0.9
        # Only what has a class is counted.
        assert history[-1].accuracy > 0.9 and history[-1].loss < history[0].loss
    assert found[0.5] < 0.5 < 0.75 < found[0.0]


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_is_found_again(temperature):
    rng = np.random.default_rng(0)
    scores = rng.normal(0, 3, (50_000, 5))
    # A label drawn from the softmax of the scores: they fit as they are.
    labels = (scores + rng.gumbel(size=scores.shape)).argmax(axis=1)
    assert training.fit_temperature(temperature * scores, labels) == pytest.approx(temperature, rel=0.03)


def test_calibrating_changes_confidence_and_no_reading():
    digits = make_bars(300)
    weights, _ = training.fit(TINY, digits, 0)
    calibrated = training.calibrate(TINY, weights, digits)
    before, after = (Reader(TINY.network, each).scores(digits.images) for each in (weights, calibrated))
    np.testing.assert_array_equal(before.argmax(axis=1), after.argmax(axis=1))
    ratio = before / after
    np.testing.assert_allclose(ratio, np.median(ratio), rtol=0.05)
    # No other temperature would fit better.
    rows = np.arange(300)
    losses = [-np.log(softmax(after * scale)[rows, digits.labels]).mean() for scale in (0.8, 1, 1.25)]
    assert losses[1] <= min(losses)


@pytest.mark.parametrize("arguments", [["--hidden", "8"], ["--resume", "x"], ["--config", "x.json"]])
def test_what_only_a_model_takes_is_refused(capsys, arguments):
    assert cli.main(["train", "reader", *arguments]) == 2
    assert "Expected `train reader` without" in capsys.readouterr().err
