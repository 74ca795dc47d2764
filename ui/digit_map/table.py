"""What the map of the test digits is made of, read once for all visitors."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui import cache
from ui.components.digit_map import digit_sheet
from vae import neighbours

NEIGHBOURS = 5


@st.cache_resource(show_spinner="Putting the test digits on one sheet…")
def test_sheet() -> bytes:
    """All test digits on one picture, as a PNG file."""
    return digit_sheet(cache.test_digits().images)


def neighbours_place(codes: np.ndarray, known_codes: np.ndarray, known_places: np.ndarray) -> np.ndarray:
    """Where new codes stand on a map that has places for known ones only.

    The mean of the places of the nearest known codes, each weighted by the inverse square of its distance: so
    a known code stands on its own place.

    Args:
        codes: (n, latent_dim).
        known_codes: (m, latent_dim), m at least 5.
        known_places: (m, 2).

    Returns:
        (n, 2).
    """
    found = neighbours.nearest(codes, known_codes, NEIGHBOURS)
    weights = 1 / np.maximum(found.distances, 1e-9)[..., None]
    return (weights * known_places[found.indices]).sum(axis=1) / weights.sum(axis=1)
