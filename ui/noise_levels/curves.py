"""How good the pictures of one digit are under rising noise: curves in the browser, and their figures as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

import numpy as np

from ui.bench.model import compared_models, trained_range
from ui.cache import draws_of
from ui.components import live
from ui.show import charts
from ui.show.colours import model_colours
from ui.show.download import download
from ui.state import current
from vae import noise_sweep
from vae.checkpoints import Checkpoint
from vae.corruptions import Hole
from vae.noise_sweep import Quality

LEVELS = np.linspace(0, 1, 21)
NOISY, MEDIAN = "noisy", "median filter"

COLOURS = {NOISY: charts.NEUTRAL, MEDIAN: "#f08c2e"}  # The models' follow from their places.
_MEASURES = {"psnr": ("PSNR, dB", (0, 35)), "ssim": ("SSIM", (0, 1))}
_WORDS = {
    "at": "At noise level {level}",
    "starts": "Where denoising starts to help this picture, by PSNR: {methods}{dashed}.",
    "from": "{name} from level {level}",
    "never": "{name} never",
    "dashed": ["", " (the dashed line)", " (the dashed lines)"],
    "higher": "Higher is closer to the original.",
    "average": "Each line is the mean of {draws} draws of the noise; its band spans the worst to the best.",
    "table": "As a table",
    "soFar": "the first {draws} of {all}",
}


def show_curves(models: Sequence[Checkpoint], model: Checkpoint) -> None:
    """Shows PSNR and SSIM over the noise level, and where denoising starts to help.

    Args:
        models: The models to compare.
        model: The current one, whose trained levels are shaded.
    """
    state = current()
    names = [one.name for one in models]
    level, trained = {"title": "Noise level", "domain": (0, 1)}, trained_range(model, state.corruption)
    shaded = "level is the one" if trained and trained[0] == trained[1] else "levels are those"
    shown = {
        "methods": [NOISY, MEDIAN, *names],
        "colours": COLOURS | dict(zip(names, model_colours(len(names)), strict=True)),
        "levels": LEVELS.tolist(),
        "charts": {
            measure: {
                "alt": f"{title}, of each method over the noise level",
                "x": level,
                "y": {"title": title, "domain": domain},
            }
            for measure, (title, domain) in _MEASURES.items()
        },
        "trained": trained,
        "words": _WORDS | {"trained": f"The shaded {shaded} that {model.name} was trained on."},
    }
    live.quality_view(models, shown)


def quality_curves(
    image: np.ndarray, kind: str, seed: int, hole: Hole, models: Sequence[Checkpoint]
) -> dict[str, Quality]:
    """PSNR and SSIM of one digit at `LEVELS`: noisy, through the median filter, and denoised by models.

    Args:
        image: The digit, (28, 28).
        kind: A key of `vae.corruptions.CORRUPTIONS`.
        seed: Decides the noise; the app's other pictures show its first draw.
        hole: Where the hole of "masking" is.
        models: The models to compare.

    Returns:
        Figures (levels, draws) by method: NOISY, MEDIAN and the models' names.
    """
    draws, rng = draws_of(kind), np.random.default_rng(seed)
    noisy = noise_sweep.sweep(image, kind, LEVELS, rng, draws=draws, hole=hole)
    filtered = noise_sweep.median_filter(noisy.reshape(-1, *image.shape)).reshape(noisy.shape)
    pictures = {NOISY: noisy, MEDIAN: filtered}
    pictures |= {model.name: noise_sweep.denoise_sweep(model.vae, noisy) for model in models}
    return {method: noise_sweep.quality(of_method, image) for method, of_method in pictures.items()}


def offer_curves() -> None:
    """Offers the figures behind the curves of the current digit, noise and models, as CSV."""
    state = current()
    of = (state.digit.image, state.corruption, state.seed, state.hole, compared_models())
    download("Curves as CSV", lambda: curves_csv(quality_curves(*of)), "noise-levels.csv")


def curves_csv(curves: Mapping[str, Quality]) -> str:
    """The figures behind the curves as CSV: one row for each method, level and draw."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["method", "level", "draw", "psnr_db", "ssim"])
    for method, (psnr, ssim) in curves.items():
        for (row, draw), decibels in np.ndenumerate(psnr):
            writer.writerow([method, f"{LEVELS[row]:.2f}", draw, f"{decibels:.4f}", f"{ssim[row, draw]:.5f}"])
    return text.getvalue()
