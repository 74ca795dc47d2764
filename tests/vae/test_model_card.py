"""What the model card says, against the weights that are shipped."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from vae import corruptions, metrics
from vae.checkpoints import load, load_reader, shipped_models
from vae.data import load_mnist

CARD = (Path(__file__).parents[2] / "MODEL_CARD.md").read_text(encoding="utf-8")
SIGMAS = (0.1, 0.2, 0.3, 0.5, 0.8, 1.0)


def figures(heading: str, row: str) -> list[float]:
    """The numbers of a row in the first table after a heading."""
    line = re.search(rf"^\| `{row}` \|(.*)\|$", CARD.split(heading, 1)[1], re.MULTILINE)
    return [float(re.match(r"[\d.]+", cell.strip()).group()) for cell in line.group(1).split("|")]


# The convolutional network takes its time: one level of it tells other weights just as well.
@pytest.mark.parametrize("model,sigma", [("calibrated", 0.2), ("notebook", 0.2), ("notebook", 1.0)])
def test_psnr_in_the_card_is_what_the_shipped_weights_reach(model, sigma):
    clean = load_mnist("test").images
    noisy = corruptions.corrupt(clean, "gaussian", sigma, np.random.default_rng(123))
    reached = metrics.psnr(load(model).vae.denoise(noisy), clean).mean()
    assert figures("PSNR, dB:", model)[SIGMAS.index(sigma)] == pytest.approx(reached, abs=0.006)


@pytest.mark.parametrize("model", shipped_models())
def test_codes_in_the_card_are_those_of_the_shipped_weights(model):
    posterior = load(model).vae.encode(load_mnist("test").images)
    kl, active, spread, deviation = figures("Their codes of clean test digits", model)
    assert kl == pytest.approx(metrics.kl_divergence(*posterior).sum(axis=1).mean(), abs=0.06)
    assert active == metrics.active_units(posterior.z_mean).sum()
    assert spread == pytest.approx(posterior.z_mean.std(axis=0).mean(), abs=0.006)
    assert deviation == pytest.approx(np.exp(posterior.z_log_var / 2).mean(), abs=0.0006)


@pytest.mark.parametrize("model", shipped_models())
def test_size_in_the_card_is_that_of_the_network(model):
    assert f"{load(model).config.network.parameters:,}" in CARD


def test_what_the_card_says_of_the_reader_is_what_was_measured_when_it_was_trained():
    found = load_reader().card["figures"]
    for state in ("noisy", "denoised"):
        for row, name, digits, scale in (
            ("read right", "accuracy", 1, 100),
            ("calibration error", "calibration_error", 3, 1),
        ):
            line = re.search(rf"^\| {state}, {row} \|(.*)\|$", CARD, re.MULTILINE).group(1)
            cells = [cell.strip() for cell in line.split("|")]
            expected = [found["clean"] if state == "noisy" else None, *found[state].values()]
            assert cells == [
                "" if figures is None else f"{scale * figures[name]:.{digits}f}" for figures in expected
            ]
    assert f"{load_reader().config.network.parameters:,}" in CARD
