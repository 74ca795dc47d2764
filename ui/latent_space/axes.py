"""The axes of the latent space that have a slider each, and what they go with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import streamlit as st

from ui import cache
from ui.cache import BY_WEIGHTS
from ui.latent_space.directions import percent
from vae.checkpoints import Checkpoint
from vae.metrics import ACTIVE_VARIANCE
from vae.properties import PROPERTIES, name_of

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

    def without_meaning(self) -> list[str]:
        """The titles without what each axis goes with."""
        return [" · ".join(title.split(" · ")[:2]) for title in self.titles]

    def move(self, code: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """A code, (latent_dim,), moved along the axes by steps, (latent_dim,)."""
        return (code + steps @ self.directions).astype(np.float32)


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_WEIGHTS)
def _axes(model: Checkpoint, name: str, basis: str, has_profile: bool) -> Axes:
    components, profile = model.components, cache.latent_profile(model, name)
    correlations = None if profile is None else profile.correlations
    if basis == "changes":
        directions, shares, short = profile.changes.directions, profile.changes.shares, "Axis"
        variances = (directions**2).sum(axis=1)
        # Standardised components are uncorrelated and each axis is a rotation of them: so are its correlations.
        correlations = directions @ np.linalg.pinv(components.directions, rcond=1e-6) @ correlations
    else:
        directions, shares, short = components.directions, components.explained_variance_ratio, "PC"
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
    name = name_of(correlations)
    if name is None:
        return ""
    r, found = float(correlations[list(PROPERTIES).index(name)]), PROPERTIES[name]
    less, more = (found.less, found.more) if r > 0 else (found.more, found.less)
    return f" · {less} – {more}, r = {f'{abs(r):.2f}'[1:]}"


class PropertySlider(NamedTuple):
    """A slider that moves a code so that a measured property changes.

    Attributes:
        name: A key of `PROPERTIES`.
        label: Its name.
        unit: What follows a number of it.
        start: What is measured of the picture where the sliders start, in its unit.
        deviation: The standard deviation over training digits.
        direction: What to add to a code to raise it by that, (latent_dim,).
    """

    name: str
    label: str
    unit: str
    start: float
    deviation: float
    direction: np.ndarray


UNITS = {"degrees": "°", "pixels": " px"}
# The others say in other words what these say.
SHOWN = ("slant", "thickness", "width", "height")


def property_sliders(model: Checkpoint, name: str, code: np.ndarray) -> list[PropertySlider]:
    """A slider for each property that the code tells well enough, the best told first.

    Args:
        model: Whose latent space.
        name: Its name or folder.
        code: Where the sliders start, (latent_dim,).
    """
    profile = cache.latent_profile(model, name)
    if profile is None:
        return []
    picture, found, sliders = model.vae.decode(code[None]), profile.properties, {}
    for n, (key, one) in enumerate(PROPERTIES.items()):
        if key not in SHOWN or found.r2[n] < LEAST_R2:
            continue
        start, unit = float(one.measure(picture)[0]), UNITS[one.unit]
        slider = PropertySlider(key, one.label, unit, start, float(found.deviation[n]), found.directions[n])
        sliders[key] = (found.r2[n], slider)
    return [slider for _, slider in sorted(sliders.values(), key=lambda pair: -pair[0])]


def goals_of(model: Checkpoint, name: str) -> dict[str, np.ndarray]:
    """Codes of each digit that a picture can be turned into: the mean, and those of its Gaussians.

    Args:
        model: Whose latent space.
        name: Its name or folder.

    Returns:
        (goals, latent_dim) by the digit; none where nothing reads what the model makes.
    """
    profile = cache.latent_profile(model, name)
    if profile is None or profile.digit_test.reader is None:
        return {}
    mixture, goals = profile.mixture, {}
    for label in np.unique(mixture.labels):
        of_class = mixture.labels == label
        means, weights = mixture.means[of_class], mixture.weights[of_class]
        mean = np.average(means, axis=0, weights=weights)
        goals[str(label)] = np.concatenate([mean[None], means]).astype(np.float32)
    return goals
