"""The charts of one digit under rising noise: how good the pictures are, and where its code goes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import streamlit as st

from ui.noise_levels.curves import LEVELS, MEDIAN, NOISY
from ui.show import charts
from ui.show.colours import CLASS_COLOURS
from vae.noise_sweep import Quality

BLUE, ORANGE, GREEN, _, PURPLE, *_ = charts.LINE_COLOURS
# A model that was trained here is drawn in the last colour.
METHODS = {NOISY: charts.NEUTRAL, MEDIAN: ORANGE, "notebook": GREEN, "calibrated": BLUE}
CLASSES = {str(label): colour for label, colour in enumerate(CLASS_COLOURS)}
MEASURES = {"psnr": ("PSNR, dB", (0, 35)), "ssim": ("SSIM", (0, 1))}


def show_quality(
    curves: Mapping[str, Quality], span: tuple[float, float] | None, crossings: Mapping[str, float]
) -> None:
    """PSNR and SSIM over the noise level: for each method a mean line, and a band from worst to best draw.

    Args:
        curves: By method, as from `ui.noise_levels.curves.quality_curves`.
        span: The levels to shade.
        crossings: By method, the level at which a dashed line stands among the PSNR curves.
    """
    colours = {method: METHODS.get(method, PURPLE) for method in curves}
    for place, (measure, (title, domain)) in zip(st.columns(2), MEASURES.items(), strict=True):
        figures = np.stack([getattr(quality, measure) for quality in curves.values()])
        spec = charts.line_chart(
            {
                "method": np.repeat(list(curves), len(LEVELS)),
                "level": np.tile(LEVELS, len(curves)),
                measure: figures.mean(axis=2).ravel(),
                "low": figures.min(axis=2).ravel(),
                "high": figures.max(axis=2).ravel(),
            },
            x=charts.quantity("level", "Noise level", (0, 1)),
            y=charts.quantity(measure, title, domain),
            colour=charts.category("method", colours),
            band=("low", "high"),
            span=span,
            marks=crossings if measure == "psnr" else None,
        )
        with place:
            charts.show(
                spec, height=320, key=f"curves-{measure}", alt=f"{title}, of each method over the noise level"
            )


def show_paths(
    cloud: tuple[np.ndarray, np.ndarray], paths: tuple[np.ndarray, np.ndarray], shares: np.ndarray
) -> None:
    """The way of a digit's code through the test digits' codes as the noise rises.

    Args:
        cloud: Places (n, 2) and labels (n,) of test digits, as from `ui.noise_levels.curves.cloud`.
        paths: Places (levels, draws, 2) and nearest labels (levels, draws), as from
            `ui.noise_levels.curves.latent_paths`.
        shares: The share of all variance along the two axes, (2,).
    """
    (points, labels), (stations, nearest) = cloud, paths
    draws = nearest.shape[1]
    spec = charts.map_chart(
        {"x": points[:, 0], "y": points[:, 1], "digit": labels.astype(str)},
        {
            "x": stations[..., 0].ravel(),
            "y": stations[..., 1].ravel(),
            "digit": nearest.ravel().astype(str),
            "level": LEVELS.repeat(draws),
            "draw": np.tile(np.arange(draws) + 1, len(LEVELS)),
        },
        x=charts.quantity("x", f"First principal component, {shares[0]:.0%} of the variance"),
        y=charts.quantity("y", f"Second principal component, {shares[1]:.0%}"),
        colour=charts.category("digit", CLASSES, "Digit", columns=5),
        path="draw",
        order="level",
        tooltip={"level": "Noise level", "digit": "Lies among", "draw": "Draw of noise"},
    )
    charts.show(
        spec, height=460, key="paths", alt="The code of the digit among the test digits' codes as noise rises"
    )
