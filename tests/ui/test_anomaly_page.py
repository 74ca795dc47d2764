"""The page that tells how unlike a digit something is."""

import re

import numpy as np
import pytest

from tests.pages import messages, pictures, run_page
from ui.anomaly.scores import SAMPLES, non_digits
from ui.show.plain_text import with_minus
from vae import anomaly, precomputed
from vae.checkpoints import load, model_folder
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


def score(model, table, images):
    """The parts and the anomaly scores of pictures, and those of all test digits."""
    found = anomaly.score(
        model.vae, images, model.decoder_variance, np.random.default_rng(0), samples=SAMPLES
    )
    density = table.density.negative_log_density(found.z_mean)
    test = table.reconstruction, table.negative_log_density
    verdict = anomaly.anomaly_score(found.reconstruction, density, test)
    return found, density, verdict, anomaly.anomaly_score(*test, test)


def test_ranks_are_the_shares_of_the_test_digits_with_a_lower_score(model, table):
    app = judge("digit")
    app.session_state["state"].pick_test_digit(9)
    found, density, verdict, of_digits = score(model, table, load_mnist("test").images[9:10])
    assert abs(percentile(app.run()) - 100 * (of_digits < verdict).mean()) <= 0.05
    parts = {
        "reconstruction": (found.reconstruction, table.reconstruction),
        "KL": (found.kl, table.kl),
        "negative ELBO": (found.total, table.reconstruction + table.kl),
        "negative log-density": (density, table.negative_log_density),
    }
    said = messages(app)
    for name, (value, real) in parts.items():
        below = anomaly.percentile(value[0], np.sort(real))
        row = f"({name}) | {with_minus(f'{value[0] - np.median(real):+.0f}')} | {below:.1f}% |"
        assert row in said


def test_one_of_each_kind_is_ranked_among_the_test_digits_too(model, table):
    app = judge("digit")
    captions = "".join(element.proto.body for element in app.get("html"))
    images = np.stack([*non_digits(0).values()])
    *_, verdicts, of_digits = score(model, table, images)
    for kind, verdict in zip(NON_DIGITS.values(), verdicts, strict=True):
        share = 100 * (of_digits < verdict).mean()
        words = "every test digit" if share == 100 else f"{share:.1f}%"
        assert f"{kind.label}: stranger than {words}" in captions


def test_without_a_table_of_these_weights_the_verdict_is_the_negative_elbo(monkeypatch):
    monkeypatch.setattr("ui.cache.test_table", lambda model, name: None)
    app = judge("digit")
    assert not app.exception
    assert "The chart shows the negative ELBO." in messages(app)
    assert "negative log-density" not in messages(app)
