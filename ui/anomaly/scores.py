"""Anomaly scores: those of the test digits, to compare with, and a chart of where one lies among them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import streamlit as st

from ui import cache
from ui.cache import BY_WEIGHTS
from ui.show import charts
from ui.state import current
from vae import anomaly
from vae.checkpoints import Checkpoint

BINS = 60
SAMPLES = 8  # Of each judged picture's code: enough to keep the estimate's spread to a nat or two.


class Scores(NamedTuple):
    """Scores of pictures; of the test digits, or of one to be judged.

    Attributes:
        reconstruction: What can't be painted, nats, (n,).
        kl: The price of the code against the prior, nats, (n,).
        surprise: How odd the code is among the training digits', nats, (n,); None where that isn't known.
        verdict: What is judged by, (n,): the strangeness in standard deviations, or else the negative ELBO in
            nats.
        unit: The verdict's.
        blame: The nats of each pixel, (n, 28, 28); None for the test digits.
    """

    reconstruction: np.ndarray
    kl: np.ndarray
    surprise: np.ndarray | None
    verdict: np.ndarray
    unit: str
    blame: np.ndarray | None = None


@st.cache_resource(show_spinner="Scoring the test digits…", max_entries=4, hash_funcs=BY_WEIGHTS)
def _compute(model: Checkpoint) -> tuple[np.ndarray, np.ndarray]:
    images = cache.test_digits().images
    found = anomaly.score(model.vae, images, model.decoder_variance, np.random.default_rng(0))
    return found.reconstruction, found.kl


def test_scores(model: Checkpoint) -> Scores:
    """The test digits' scores under the current model: read where they were worked out ahead, computed once
    otherwise."""
    table = cache.test_table(model, current().model)
    if table is None:
        reconstruction, kl = _compute(model)
        return Scores(reconstruction, kl, None, reconstruction + kl, "nats")
    parts = (table.reconstruction, table.negative_log_density)
    return Scores(parts[0], table.kl, parts[1], anomaly.anomaly_score(*parts, parts), "standard deviations")


def judge(model: Checkpoint, images: np.ndarray) -> Scores:
    """The scores of pictures (n, 28, 28), by the same measure as the test digits'."""
    found = anomaly.score(
        model.vae, images, model.decoder_variance, np.random.default_rng(0), samples=SAMPLES
    )
    reference, table = test_scores(model), cache.test_table(model, current().model)
    if table is None:
        return Scores(
            found.reconstruction, found.kl, None, found.total, reference.unit, found.negative_log_likelihood
        )
    surprise = table.density.negative_log_density(found.z_mean)
    verdict = anomaly.anomaly_score(
        found.reconstruction, surprise, (table.reconstruction, table.negative_log_density)
    )
    return Scores(
        found.reconstruction, found.kl, surprise, verdict, reference.unit, found.negative_log_likelihood
    )


def show_verdict(value: float, reference: Scores, name: str) -> None:
    """Shows a verdict on the distribution of the test digits'.

    Args:
        value: The verdict on something.
        reference: The test digits' scores.
        name: What the score is of.
    """
    scores = reference.verdict
    typical = float(np.median(scores))
    low, high = np.percentile(scores, [0.05, 99.9]) - typical
    counts, edges = np.histogram(scores - typical, BINS, (low, high))
    above = value - typical
    across = charts.quantity(
        "from",
        f"{reference.unit.capitalize()} above typical",
        (min(low, above), max(high, above) * 1.02),
    )
    bars = {
        "data": {"values": charts.rows({"from": edges[:-1], "to": edges[1:], "count": counts})},
        "mark": {"type": "bar", "color": charts.NEUTRAL, "binSpacing": 0, "clip": True},
        "encoding": {
            "x": across | {"bin": {"binned": True}},
            "x2": {"field": "to"},
            "y": {"field": "count", "type": "quantitative", "title": "Test digits"},
            "tooltip": [{"field": "count", "type": "quantitative", "title": "Test digits"}],
        },
    }
    place = {"values": [{"from": above, "name": name}]}
    rule = {
        "data": place,
        "mark": {"type": "rule", "strokeWidth": 3, "color": "#e76300"},
        "encoding": {"x": across},
    }
    alt = f"{name} lies {above:+.1f} {reference.unit} from the typical test digit, on the histogram of all"
    charts.show({"layer": [bars, rule]}, height=220, key="anomaly-chart", alt=alt)
