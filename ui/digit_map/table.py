"""What the map of the test pictures is made of, read once for all visitors."""

from __future__ import annotations

from typing import Literal

import numpy as np
import streamlit as st

from ui import cache
from ui.cache import BY_DATA, BY_WEIGHTS
from ui.components.digit_map import Dots, digit_sheet, lay_out
from ui.test_set import TestSet
from vae import neighbours
from vae.checkpoints import Checkpoint
from vae.precomputed import DigitTable

Layout = Literal["tsne", "components"]

NEIGHBOURS = 5


@st.cache_resource(show_spinner="Putting the test pictures on one sheet…", max_entries=4, hash_funcs=BY_DATA)
def sheet(test: TestSet) -> bytes:
    """All test pictures on one picture, as a PNG file."""
    return digit_sheet(test.images)


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs=BY_WEIGHTS)
def dots(model: Checkpoint, layout: Layout, _table: DigitTable | None) -> Dots:
    """Where all test pictures lie."""
    points = _table.tsne if layout == "tsne" else project(model, cache.test_codes(model).z_mean)
    return lay_out(points, cache.test_set(model).ranks)


def place(model: Checkpoint, layout: Layout, table: DigitTable | None, codes: np.ndarray) -> np.ndarray:
    """Where new codes (n, latent_dim) stand among them, in the map's own units, (n, 2)."""
    if layout == "tsne":
        return neighbours_place(codes, cache.test_codes(model).z_mean, table.tsne)
    return project(model, codes)


def project(model: Checkpoint, codes: np.ndarray) -> np.ndarray:
    """Codes (n, latent_dim) on the plane of the two strongest components, (n, 2)."""
    places = model.components.project(codes)[:, :2]
    return np.pad(places, ((0, 0), (0, 2 - places.shape[1])))  # One number has no second component.


def neighbours_place(codes: np.ndarray, known_codes: np.ndarray, known_places: np.ndarray) -> np.ndarray:
    """Where new codes stand on a map that has places for known ones only.

    The mean of the places of the nearest known codes, each weighted by the inverse square of its distance: so
    a known code stands on its own place.

    Args:
        codes: (n, latent_dim).
        known_codes: (m, latent_dim).
        known_places: (m, 2).

    Returns:
        (n, 2).
    """
    found = neighbours.nearest(codes, known_codes, min(NEIGHBOURS, len(known_codes)))
    weights = 1 / np.maximum(found.distances, 1e-9)[..., None]
    return (weights * known_places[found.indices]).sum(axis=1) / weights.sum(axis=1)
