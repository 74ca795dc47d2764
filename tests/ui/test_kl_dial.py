"""The dial of the KL weight: what the page says, and what it tells the browser."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from tests.pages import messages, run_page
from ui import cache
from ui.kl_dial import dial
from ui.kl_dial.claims import claims
from ui.show.glossary import explain
from ui.state import Dial
from vae.presets import LADDER_WEIGHTS
from vae.rate_distortion import RateDistortion


@pytest.fixture(scope="module")
def shown() -> dial.Shown:
    return dial._shown()


def test_without_scripts_the_page_says_that_it_needs_one():
    app = run_page("kl_dial")
    assert not app.exception
    assert "runs in your browser" in messages(app)


def test_every_template_is_filled_by_every_stop(shown):
    names = {"error", "reading"}  # What the browser works out.
    texts = [
        *dial.WORDS["captions"].values(),
        *(text for text in dial.WORDS.values() if isinstance(text, str)),
    ]
    wanted = {name for text in texts for name in re.findall(r"\{(\w+)\}", text)} - names
    for stop in shown.data["stops"]:
        assert set(stop["words"]) == wanted


def test_the_stops_are_the_siblings_by_rising_weight(shown):
    for weight, stop, sibling in zip(LADDER_WEIGHTS, shown.data["stops"], cache.ladder(), strict=True):
        assert float(stop["name"]) == weight
        assert stop["rate"] == pytest.approx(sum(stop["rates"]))
        low, high = shown.data["axes"]["rate"]["domain"]
        assert low < math.log10(stop["rate"]) < high
        strongest = set(np.argsort(sibling.figures.rate_by_dimension)[-2:])
        assert set(stop["dimensions"]) == strongest


def test_the_cloud_is_what_the_encoder_makes_of_test_digits(shown):
    siblings = cache.ladder()
    clouds = np.frombuffer(shown.clouds, "<f4").reshape(len(siblings), dial.CLOUD, 4)
    images = cache.test_set(siblings[0].model).images[: dial.CLOUD]
    for sibling, stop, cloud in zip(siblings, shown.data["stops"], clouds, strict=True):
        codes = sibling.model.vae.encode(images)
        dims = stop["dimensions"]
        np.testing.assert_allclose(cloud[:, :2], codes.z_mean[:, dims], atol=1e-5)
        np.testing.assert_allclose(cloud[:, 2:], np.exp(codes.z_log_var[:, dims] / 2), atol=1e-5)


@pytest.mark.parametrize("weight,stop", [(0, 0), (0.4, 0), (7.5, 4), (8, 4), (32, 6)])
def test_a_weight_between_two_stops_counts_as_the_nearer_one(weight, stop):
    assert Dial(kl_weight=weight).stop == stop


def figures(kl_weight: float, rate: float, **changes) -> RateDistortion:
    """A sibling whose figures say what one learns of VAEs, but for the changes."""
    pull = kl_weight / (1 + kl_weight)
    told = {
        "kl_weight": kl_weight,
        "rate_by_dimension": (rate / 2, rate / 2),
        "distortion": 0.01 + 0.02 * pull,
        "variance_of_means": (1.0, 0.001 if kl_weight > 8 else 1.0),
        "deviation_by_dimension": (20 - 19 * pull, 20 - 19 * pull),
        "draws_read": 0.5 * pull,
        "draws_distance": 90 - 80 * pull if kl_weight < 16 else 40.0,
        "middles_read": 0.4 + 0.3 * pull,
        "middles_confidence": 0.6 + 0.3 * pull,
        "reconstructions_read": 0.9,
    }
    return RateDistortion(**{**told, **changes})


LADDER = [figures(0.0, 900.0), figures(4.0, 30.0), figures(16.0, 4.0)]


def test_what_one_learns_of_vaes_is_said_where_the_figures_say_so():
    told = claims(LADDER)
    assert all(claim.holds for claim in told)
    assert "from 900 " in told[0].sentence and "to 4.0 at 16" in told[0].sentence
    assert "40.0% at weight 4" in told[1].sentence and "26.0" in told[1].sentence


@pytest.mark.parametrize(
    "place,stop,changes,words",
    [
        (0, 1, {"distortion": 0.5}, "not at every step"),
        (1, 0, {"draws_read": 0.9}, "doesn't buy better draws"),
        (2, 0, {"middles_read": 0.95}, "doesn't close holes"),
        (3, 0, {"deviation_by_dimension": (1.0, 1.0)}, "doesn't bring the codes nearer"),
        (4, 2, {"draws_distance": 1.0}, "the largest has the best draws"),
    ],
)
def test_a_figure_that_says_otherwise_changes_the_sentence(place, stop, changes, words):
    found = list(LADDER)
    found[stop] = replace(found[stop], **changes)
    told = claims(found)[place]
    assert not told.holds and words in told.sentence


def test_every_claim_holds_for_the_shipped_siblings():
    assert all(claim.holds for claim in claims([sibling.figures for sibling in cache.ladder()]))


def test_every_term_in_a_claim_is_explained():
    for claim in claims(LADDER):
        assert "[[" not in explain(claim.sentence)
