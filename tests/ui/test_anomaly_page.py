"""The page that tells how unlike a digit something is."""

import re

import numpy as np
import pytest

from tests.pages import messages, pictures, run_page
from ui.anomaly.scores import SAMPLES, non_digits
from vae import anomaly, latent_profile, precomputed
from vae.checkpoints import load, load_reader, model_folder
from vae.data import load_mnist
from vae.nondigits import NON_DIGITS


def judge(what: str, app=None):
    app = app or run_page("anomaly")
    app.session_state["state"].anomaly.what = what
    return app.run()


def percentile(app) -> float:
    found = re.search(r"Stranger than (every|[\d.]+)", messages(app))[1]
    return 100.0 if found == "every" else float(found)


@pytest.mark.parametrize("what", ["digit", "noisy", *NON_DIGITS])
def test_everything_is_judged_without_an_error(what):
    app = judge(what)
    assert not app.exception and 0 <= percentile(app) <= 100
    assert "Which pixels don't fit" in pictures(app)


def test_shuffled_patches_are_stranger_than_nearly_all_test_digits():
    assert percentile(judge("shuffled_patches")) > 99


def test_the_first_test_digit_is_not_strange():
    assert percentile(judge("digit")) < 95


def test_the_parts_and_the_whole_stand_in_the_table():
    said = messages(judge("digit"))
    for part in ("reconstruction", "KL", "negative ELBO"):
        assert part in said


@pytest.fixture(scope="module")
def model():
    return load("calibrated")


@pytest.fixture(scope="module")
def table(model):
    return precomputed.read(model_folder("calibrated"), model.card)


@pytest.fixture(scope="module")
def digit_test(model):
    return latent_profile.read(model.folder, model.card, load_reader().reader).digit_test


def test_the_verdict_and_the_rank_are_those_of_the_digit_test(model, digit_test):
    app = judge("digit")
    images = load_mnist("test").images[[9, 247]]
    scores = digit_test.score(digit_test.parts(model.vae, images))
    assert scores.min() < digit_test.threshold < scores.max()
    for index, verdict in zip((9, 247), scores, strict=True):
        app.session_state["state"].pick_test_digit(index)
        app.run()
        assert percentile(app) == pytest.approx(digit_test.percentile(verdict), abs=0.15)
        said = "Probably no digit." if verdict > digit_test.threshold else "Probably a digit."
        assert next(one.value for one in app.header) == said


def test_the_parts_are_ranked_among_the_test_digits(model, table):
    app = judge("digit")
    app.session_state["state"].pick_test_digit(9)
    app.run()
    image = load_mnist("test").images[9:10]
    found = anomaly.score(model.vae, image, model.decoder_variance, np.random.default_rng(0), samples=SAMPLES)
    parts = {
        "reconstruction": (found.reconstruction, table.reconstruction),
        "KL": (found.kl, table.kl),
        "negative ELBO": (found.total, table.reconstruction + table.kl),
        "negative log-density": (
            table.density.negative_log_density(found.z_mean),
            table.negative_log_density,
        ),
    }
    said = messages(app)
    for name, (value, real) in parts.items():
        below = anomaly.percentile(value[0], np.sort(real))
        assert f"({name}) | {value[0] - np.median(real):+.0f} | {below:.1f}% |".replace(
            "-", "−"
        ) in said.replace("-", "−")


def test_one_of_each_kind_is_judged_by_the_digit_test_too(model, digit_test):
    app = judge("digit")
    captions = "".join(element.proto.body for element in app.get("html"))
    images = np.stack([*non_digits(0).values()])
    verdicts = digit_test.score(digit_test.parts(model.vae, images))
    for kind, verdict in zip(NON_DIGITS.values(), verdicts, strict=True):
        said = "probably no digit" if verdict > digit_test.threshold else "probably a digit"
        assert f"{kind.label}: {said}" in captions


def test_without_a_table_of_these_weights_the_verdict_is_the_negative_elbo(monkeypatch):
    monkeypatch.setattr("ui.cache.test_table", lambda model, name: None)
    app = judge("digit")
    assert not app.exception
    assert "The chart shows the negative ELBO." in messages(app)
    assert "negative log-density" not in messages(app)
