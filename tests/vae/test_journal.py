"""A training's journal: what it tells and shows, and what is read back of a damaged one."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest

from vae import journal, metrics
from vae.config import Config, Network, Noise, Objective, Training
from vae.data import Digits, load_mnist
from vae.inference import VAE
from vae.layers import Dense, Flatten

CONFIG = Config(
    Network((Flatten(), Dense(8)), (Dense(8), Dense(784, "sigmoid")), latent_dim=3),
    Noise(0.3, 0.3, fresh=True),
    Objective("mse", 0.0),
    Training(epochs=1),
)


@pytest.fixture(scope="module")
def test_digits() -> Digits:
    digits = load_mnist("test")
    return Digits(digits.images[:300], digits.labels[:300])


def write(test_digits, config=CONFIG, steps=20):
    """A journal of made-up steps, as events, and the weights that it was shown."""
    stream = io.StringIO()
    book = journal.Journal(stream, config, test_digits, 0)
    weights = VAE.untrained(config.network, 1).weights
    book.begin(steps, 10, weights)
    for done in range(1, steps + 1):
        book.steps(done, np.array([[1.0, 2.0, 3.0, 4.0]]) * done, lambda: weights)
    book.epoch({"epoch": 1, "loss": 0.5})
    book.say("ended", outcome="finished")
    return journal.read(stream.getvalue().splitlines()), weights


@pytest.mark.parametrize("images", [np.zeros((0, 28, 28)), np.linspace(0, 1, 3 * 784).reshape(3, 28, 28)])
def test_pictures_come_back_to_half_a_grey_value(images):
    back = journal.decode_images(journal.encode_images(images))
    assert back.shape == images.shape
    np.testing.assert_allclose(back, images, atol=0.5 / 255 + 1e-6)


@pytest.mark.parametrize("text", ["?", "YWJj"])
def test_what_is_no_pictures_is_an_error(text):
    with pytest.raises(ValueError):
        journal.decode_images(text)


def test_it_shows_one_test_digit_of_each_class_before_any_step(test_digits):
    events, weights = write(test_digits)
    begun, first = events[:2]
    assert begun["labels"] == list(range(10)) and first["event"] == "snapshot" and first["done"] == 0
    noisy, clean = journal.decode_images(begun["noisy"]), journal.decode_images(begun["clean"])
    # As noisy as it is trained.
    assert 0.1 < np.sqrt(metrics.mse(noisy, clean)).mean() < 0.3
    denoised = VAE(CONFIG.network, weights).denoise(noisy)
    np.testing.assert_allclose(journal.decode_images(first["denoised"]), denoised, atol=0.01)


def test_it_looks_often_at_first_and_then_after_each_epoch(test_digits):
    events, _ = write(test_digits)
    looks = [event["done"] for event in events if event["event"] == "snapshot"]
    assert looks == [0, *journal.EARLY, 20]


def test_losses_are_means_of_the_steps_since_the_last_report(test_digits):
    events, _ = write(test_digits)
    reports = [event for event in events if event["event"] == "steps"]
    assert reports[-1]["done"] == 20
    # All in one report, unless the machine was slow.
    if len(reports) == 1:
        assert reports[0]["mse"] == pytest.approx(4 * 10.5)


def test_the_cloud_turns_as_little_as_can_be(test_digits):
    stream = io.StringIO()
    book = journal.Journal(stream, CONFIG, test_digits, 0)
    weights = VAE.untrained(CONFIG.network, 1).weights
    mirrored = weights | {name: -weights[name] for name in ("z_mean.0.kernel", "z_mean.0.bias")}
    book.begin(1, 1, weights)
    book.look(weights)
    book.look(mirrored)
    first, again, other = (
        np.array(event["cloud"]) for event in journal.read(stream.getvalue().splitlines())[1:]
    )
    np.testing.assert_allclose(first, again, atol=0.011)
    np.testing.assert_allclose(first, -other, atol=0.011)


@pytest.mark.parametrize("latent_dim", [1, 2])
def test_codes_of_one_or_two_numbers_have_a_plane_too(latent_dim, test_digits):
    events, _ = write(test_digits, CONFIG.with_changes({"network.latent_dim": latent_dim}))
    assert np.array(events[1]["cloud"]).shape == (journal.CLOUD, 2)


def test_a_line_that_is_cut_off_or_no_event_is_left_out():
    lines = ["not json", "[1]", '{"event": 3}', json.dumps({"event": "ended"}), '{"event": "sna']
    assert journal.read(lines) == [{"event": "ended"}]
