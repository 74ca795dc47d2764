"""Which test digits a sum of digits begins with."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui import mnist
from vae.slant import slant

SEVEN, ONE = 7, 1
STRONG_SLANT = 90  # Percentile among the digits of the class.
UPRIGHT = 2.0  # Degrees.


def _ink(images: np.ndarray) -> np.ndarray:
    return images.sum(axis=(1, 2))


@st.cache_data(show_spinner=False)
def default_operands() -> tuple[int, int, int]:
    """A slanted 7, an upright 7 and an upright 1, chosen by their measured slant.

    Of all pairs of a strongly slanted 7 and an upright one it takes the one most alike in the rest: each row
    of ink counts, wherever in the row it lies, since a slant only moves ink along its row.

    Returns:
        Their numbers among the test digits.
    """
    images = mnist.test_digits().images
    sevens, ones = mnist.indices_of(SEVEN), mnist.indices_of(ONE)
    angles = slant(images[sevens])
    slanted = sevens[angles >= np.percentile(angles, STRONG_SLANT)]
    upright = sevens[np.abs(angles) <= UPRIGHT]
    rows = images.sum(axis=2)
    apart = ((rows[slanted][:, None] - rows[upright][None]) ** 2).sum(axis=2)
    example, reference = np.unravel_index(apart.argmin(), apart.shape)
    ink = _ink(images[ones])
    # A typical 1: upright, and with a middling amount of ink.
    typical = np.abs(slant(images[ones])) + np.abs(ink - np.median(ink))
    return int(slanted[example]), int(upright[reference]), int(ones[typical.argmin()])
