"""The axes of the latent space that have a slider each, and what they go with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import streamlit as st

from ui import cache
from ui.cache import BY_WEIGHTS
from ui.directions import percent
from vae.checkpoints import Checkpoint
from vae.metrics import ACTIVE_VARIANCE
from vae.properties import PROPERTIES

# A correlation below this is not worth a name.
LEAST_CORRELATION = 0.3
# A property that a linear map of the code tells worse than this is not offered.
LEAST_R2 = 0.4


@dataclass(frozen=True)
class Axes:
    """A basis of the latent space, counted in standard deviations of the codes.

    Attributes:
        mean: Where all coordinates are 0, (latent_dim,).
        directions: One standard deviation along each axis, as rows, (latent_dim, latent_dim).
        inverse: From codes less the mean to coordinates, (latent_dim, latent_dim).
        shares: What each axis holds of all there is, (latent_dim,).
        titles: What each is called, with its share and what it goes with.
        dead: Whether the codes hardly vary along it, (latent_dim,).
    """

    mean: np.ndarray
    directions: np.ndarray
    inverse: np.ndarray
    shares: np.ndarray
    titles: Sequence[str]
    dead: np.ndarray

    def standardise(self, codes: np.ndarray) -> np.ndarray:
        """The coordinates of codes (n, latent_dim), likewise."""
        return (codes - self.mean) @ self.inverse

    def move(self, code: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """A code, (latent_dim,), moved along the axes by steps, (latent_dim,)."""
        return (code + steps @ self.directions).astype(np.float32)


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_WEIGHTS)
def _axes(model: Checkpoint, name: str, basis: str, has_profile: bool) -> Axes:
    components, profile = model.components, cache.latent_profile(model, name)
    if basis == "changes":
        directions, shares, correlations, short = (
            profile.changes.directions, profile.changes.shares, None, "Axis"
        )  # fmt: skip
        variances = (directions**2).sum(axis=1)
    else:
        directions, shares, short = components.directions, components.explained_variance_ratio, "PC"
        correlations = None if profile is None else profile.correlations
        variances = components.variances
    dead = variances <= ACTIVE_VARIANCE
    inverse = np.linalg.pinv(directions, rcond=1e-6)
    titles = [
        f"{short} {n + 1} · {percent(share)}" + ("" if correlations is None else _goes_with(correlations[n]))
        for n, share in enumerate(shares)
    ]
    titles = [f"{title} · dead" if is_dead else title for title, is_dead in zip(titles, dead, strict=True)]
    return Axes(components.mean, directions, inverse, shares, titles, dead)


def axes_of(model: Checkpoint, name: str, basis: str) -> Axes:
    """The axes of a basis, "components" or "changes"; the former where nothing is known of the latter."""
    has_profile = cache.latent_profile(model, name) is not None
    return _axes(model, name, basis if has_profile else "components", has_profile)


def _goes_with(correlations: np.ndarray) -> str:
    """What an axis goes with most, from its correlations with all properties."""
    most = int(np.abs(correlations).argmax())
    r = float(correlations[most])
    if not abs(r) >= LEAST_CORRELATION:
        return ""
    found = list(PROPERTIES.values())[most]
    ends = (found.less, found.more) if r > 0 else (found.more, found.less)
    return f" · {ends[0]} – {ends[1]}, r = {f'{abs(r):.2f}'[1:]}"


class PropertySlider(NamedTuple):
    """A slider that moves a code so that a measured property changes.

    Attributes:
        name: A key of `PROPERTIES`.
        label: Its name.
        unit: What follows a number of it.
        mean: Over training digits, in its unit.
        deviation: Their standard deviation.
        slope: How much of it one unit of each latent tells, in its unit, (latent_dim,).
        direction: What to add to a code to raise it by a standard deviation, (latent_dim,).
        r2: The share of its variance that the code tells.
    """

    name: str
    label: str
    unit: str
    mean: float
    deviation: float
    slope: np.ndarray
    direction: np.ndarray
    r2: float

    def of(self, code: np.ndarray, mean_code: np.ndarray) -> float:
        """What the code tells of the property, in its unit."""
        return self.mean + float(self.slope @ (code - mean_code))


UNITS = {"degrees": "°", "pixels": " px"}


def property_sliders(model: Checkpoint, name: str) -> list[PropertySlider]:
    """A slider for each property that the code tells well enough, best first."""
    profile = cache.latent_profile(model, name)
    if profile is None:
        return []
    found = profile.properties
    sliders = [
        PropertySlider(
            key, one.label, UNITS[one.unit], float(found.mean[n]), float(found.deviation[n]), found.slopes[n],
            found.directions[n], float(found.r2[n]),
        )
        for n, (key, one) in enumerate(PROPERTIES.items())
        if key in SHOWN and found.r2[n] >= LEAST_R2
    ]  # fmt: skip
    return sorted(sliders, key=lambda slider: -slider.r2)


# The others say in other words what these say.
SHOWN = ("slant", "thickness", "width", "height")
