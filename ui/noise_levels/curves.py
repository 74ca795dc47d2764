"""Figures of one digit under rising noise, kept for all visitors: read them, do not write to them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

import numpy as np
import streamlit as st

from ui import cache
from ui.cache import BY_WEIGHTS
from vae import neighbours, noise_sweep
from vae.checkpoints import Checkpoint
from vae.corruptions import CORRUPTIONS, Hole
from vae.noise_sweep import Quality

LEVELS = np.linspace(0, 1, 21)
DRAWS = 12
PATH_DRAWS = 4
KNOWN = 2_000
NOISY, MEDIAN = "noisy", "median filter"


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=BY_WEIGHTS)
def quality_curves(
    image: np.ndarray, kind: str, seed: int, hole: Hole, models: tuple[Checkpoint, ...]
) -> dict[str, Quality]:
    """PSNR and SSIM of one digit at `LEVELS`: noisy, through the median filter, and denoised by models.

    Args:
        image: The digit, (28, 28).
        kind: A key of `vae.corruptions.CORRUPTIONS`.
        seed: What decides the noise; its first draw is what the other pictures of the app show.
        hole: Where the hole of "masking" stands.
        models: The models to compare.

    Returns:
        Figures (levels, draws) by method: NOISY, MEDIAN and the models' names.
    """
    draws = DRAWS if CORRUPTIONS[kind].is_random else 1
    noisy = noise_sweep.sweep(image, kind, LEVELS, np.random.default_rng(seed), draws=draws, hole=hole)
    filtered = noise_sweep.median_filter(noisy.reshape(-1, *image.shape)).reshape(noisy.shape)
    pictures = {NOISY: noisy, MEDIAN: filtered}
    pictures |= {model.name: noise_sweep.denoise_sweep(model.vae, noisy) for model in models}
    return {method: noise_sweep.quality(of_method, image) for method, of_method in pictures.items()}


def curves_csv(curves: Mapping[str, Quality]) -> str:
    """The figures behind the curves as CSV: one row for each method, level and draw."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["method", "level", "draw", "psnr_db", "ssim"])
    for method, (psnr, ssim) in curves.items():
        for (row, draw), decibels in np.ndenumerate(psnr):
            writer.writerow([method, f"{LEVELS[row]:.2f}", draw, f"{decibels:.4f}", f"{ssim[row, draw]:.5f}"])
    return text.getvalue()


@st.cache_resource(max_entries=4, show_spinner="Encoding test digits…", hash_funcs=BY_WEIGHTS)
def _known_codes(model: Checkpoint) -> tuple[np.ndarray, np.ndarray]:
    # A fifth of the test digits: the page waits for them, and more points would only hide one another.
    digits = cache.test_digits()
    some = np.random.default_rng(0).choice(cache.TEST_COUNT, KNOWN, replace=False)
    return model.vae.encode(digits.images[some]).z_mean, digits.labels[some]


def cloud(model: Checkpoint) -> tuple[np.ndarray, np.ndarray]:
    """The codes of `KNOWN` test digits along the first two principal components, (n, 2), and their labels."""
    codes, labels = _known_codes(model)
    return model.components.project(codes)[:, :2], labels


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=BY_WEIGHTS)
def latent_paths(
    image: np.ndarray, kind: str, seed: int, hole: Hole, model: Checkpoint
) -> tuple[np.ndarray, np.ndarray]:
    """Where the code of one digit goes as the noise rises.

    Takes what `quality_curves` takes, with one model.

    Returns:
        The code along the first two principal components at `LEVELS`, (levels, draws, 2), and what most of
        the nearest test digits show there, (levels, draws).
    """
    draws = PATH_DRAWS if CORRUPTIONS[kind].is_random else 1
    noisy = noise_sweep.sweep(image, kind, LEVELS, np.random.default_rng(seed), draws=draws, hole=hole)
    codes = model.vae.encode(noisy.reshape(-1, *image.shape)).z_mean
    shape = noisy.shape[:2]
    labels = neighbours.nearest_label(codes, *_known_codes(model))
    return model.components.project(codes)[:, :2].reshape(*shape, 2), labels.reshape(shape)
