"""Anomaly scores: those of the test pictures, to compare with, and where another picture's lies among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from ui import cache
from ui.cache import BY_WEIGHTS
from ui.show import charts, pictures
from ui.show.pictures import Picture
from ui.state import current
from vae import anomaly
from vae.anomaly import DigitTest
from vae.checkpoints import Checkpoint
from vae.nondigits import NON_DIGITS, make_non_digits
from vae.precomputed import DigitTable
from vae.presets import DEFAULT_MODEL

BINS = 60
# Of each judged picture's code: enough to keep the estimate's spread to about a fiftieth of that of the test digits.
SAMPLES = 4


class Scores(NamedTuple):
    """Scores of pictures; of the test digits, or of some to be judged.

    Attributes:
        reconstruction: The reconstruction part of the negative ELBO, nats, (n,).
        kl: KL divergence of the code's posterior from the prior, nats, (n,).
        negative_log_density: Of the code among the training digits', nats, (n,); None where that isn't known.
        verdict: What is judged by, (n,): the digit test's score in standard deviations, or else the negative ELBO in
            nats.
    """

    reconstruction: np.ndarray
    kl: np.ndarray
    negative_log_density: np.ndarray | None
    verdict: np.ndarray

    def parts(self) -> dict[str, np.ndarray]:
        """Each part by its name, and the negative ELBO, nats, (n,)."""
        parts = {"reconstruction": self.reconstruction, "kl": self.kl}
        parts["negative_elbo"] = self.reconstruction + self.kl
        if self.negative_log_density is not None:
            parts["negative_log_density"] = self.negative_log_density
        return parts


@dataclass(frozen=True)
class Reference:
    """How the test pictures score.

    Attributes:
        things: What they are called: "test digits".
        verdict: All verdicts, ascending, (n,).
        parts: All scores of each part, likewise.
        unit: The verdict's.
        threshold: Above this it is probably none; an `anomaly.ERROR_RATE` of the test pictures lies above it.
        judge: The digit test; None where the verdict is the negative ELBO.
        table: What the verdict is made with; None where it is the negative ELBO.
        histogram: Bars of the verdicts above the median, as rows for a chart.
        reach: Where the histogram begins and ends.
    """

    things: str
    verdict: np.ndarray
    parts: dict[str, np.ndarray]
    unit: str
    threshold: float
    judge: DigitTest | None
    table: DigitTable | None
    histogram: list[dict[str, Any]]
    reach: tuple[float, float]

    def say(self, verdict: float) -> str:
        """What a verdict says, in words."""
        noun = self.things.removeprefix("test ").removesuffix("s")
        return f"Probably {'no' if verdict > self.threshold else 'a'} {noun}"

    def rank(self, verdict: float) -> str:
        """Where a verdict stands among theirs, in words."""
        below = anomaly.percentile(verdict, self.verdict)
        every = f"every {self.things.removesuffix('s')}"
        return "Stranger than " + (every if below == 100 else f"{below:.1f}% of the {self.things}")


def reference(model: Checkpoint) -> Reference:
    """How the test pictures score under a model: read where it was worked out ahead, computed once otherwise."""
    name = current().model
    table, profile = cache.test_table(model, name), cache.latent_profile(model, name)
    is_whole = table is not None and profile is not None
    return (
        _reference(model, is_whole, table, profile.digit_test)
        if is_whole
        else _reference(model, False, None, None)
    )


@st.cache_resource(show_spinner="Scoring the test pictures…", max_entries=8, hash_funcs=BY_WEIGHTS)
def _reference(
    model: Checkpoint, has_table: bool, _table: DigitTable | None, _judge: DigitTest | None
) -> Reference:
    test = cache.test_set(model)
    if has_table:
        # The digit test keeps quantiles alone: as many as a histogram needs.
        scores = Scores(_table.reconstruction, _table.kl, _table.negative_log_density, _judge.quantiles)
    else:
        rng = np.random.default_rng(0)
        found = anomaly.score(model.vae, test.images, model.decoder_variance, rng)
        scores = Scores(found.reconstruction, found.kl, None, found.total)
    verdict = np.sort(scores.verdict)
    above = verdict - np.median(verdict)
    low, high = map(float, np.percentile(above, [0.05, 99.9]))
    counts, edges = np.histogram(above, BINS, (low, high))
    return Reference(
        things=f"test {test.noun}s",
        verdict=verdict,
        parts={name: np.sort(part) for name, part in scores.parts().items()},
        unit="standard deviations" if has_table else "nats",
        threshold=_judge.threshold if has_table else float(np.quantile(verdict, 1 - anomaly.ERROR_RATE)),
        judge=_judge,
        table=_table,
        histogram=charts.rows({"from": edges[:-1], "to": edges[1:], "count": counts}),
        reach=(low, high),
    )


def judge(model: Checkpoint, images: np.ndarray, test: Reference) -> tuple[Scores, anomaly.Score]:
    """The scores of pictures (n, 28, 28), by the same measure as the test pictures', and what they are made of."""
    found = anomaly.score(
        model.vae, images, model.decoder_variance, np.random.default_rng(0), samples=SAMPLES
    )
    if test.judge is None:
        return Scores(found.reconstruction, found.kl, None, found.total), found
    density = test.table.density.negative_log_density(found.z_mean)
    verdict = test.judge.score(test.judge.parts(model.vae, images))
    return Scores(found.reconstruction, found.kl, density, verdict), found


@st.cache_resource(show_spinner=False, max_entries=64)
def non_digits(seed: int) -> dict[str, np.ndarray]:
    """One non-digit of each kind, float32 (28, 28), some of them made of MNIST's test digits."""
    digits = cache.test_set_of(DEFAULT_MODEL)
    return {kind: make_non_digits(kind, digits, 1, np.random.default_rng(seed))[0] for kind in NON_DIGITS}


def show_one_of_each(model: Checkpoint, test: Reference, seed: int) -> None:
    """One non-digit of each kind, with the verdict on it."""
    st.html(_one_of_each(model, test.table is not None, seed, test))


@st.cache_data(show_spinner=False, max_entries=64, hash_funcs=BY_WEIGHTS)
def _one_of_each(model: Checkpoint, has_table: bool, seed: int, _test: Reference) -> str:
    images = non_digits(seed)
    scores, _ = judge(model, np.stack(list(images.values())), _test)
    shown = [
        Picture(images[kind], f"{made.label}: {_test.say(verdict).lower()}", made.label)
        for (kind, made), verdict in zip(NON_DIGITS.items(), scores.verdict, strict=True)
    ]
    return pictures.grid(shown, len(shown), max_width=860)


def show_verdict(value: float, test: Reference, name: str) -> None:
    """Shows a verdict on the distribution of the test pictures'.

    Args:
        value: The verdict on something.
        test: How the test pictures score.
        name: What the verdict is on.
    """
    above, things = value - float(np.median(test.verdict)), test.things.capitalize()
    low, high = test.reach
    across = charts.quantity(
        "from", f"{test.unit.capitalize()} above the median", (min(low, above), max(high, above) * 1.02)
    )
    bars = {
        "data": {"values": test.histogram},
        "mark": {"type": "bar", "color": charts.NEUTRAL, "binSpacing": 0, "clip": True},
        "encoding": {
            "x": across | {"bin": {"binned": True}},
            "x2": {"field": "to"},
            "y": {"field": "count", "type": "quantitative", "title": things},
            "tooltip": [{"field": "count", "type": "quantitative", "title": things}],
        },
    }
    rule = {
        "data": {"values": [{"from": above, "name": name}]},
        "mark": {"type": "rule", "strokeWidth": 3, "color": "#e76300"},
        "encoding": {"x": across},
    }
    alt = (
        f"{name}: {above:+.1f} {test.unit} from the median of all {test.things}, whose histogram it stands on"
    )
    charts.show({"layer": [bars, rule]}, height=220, key="anomaly-chart", alt=alt)
