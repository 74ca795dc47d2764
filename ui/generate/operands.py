"""Which test digits a sum of digits begins with."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui import cache
from vae.slant import slant

SEVEN, ONE = 7, 1
# Percentiles among the sevens: strongly slanted, but none of the oddities that lean most.
SLANTED = (90, 95)
UPRIGHT = 2.0  # Degrees.


@st.cache_data(show_spinner=False)
def default_operands() -> tuple[int, int, int]:
    """A slanted 7, an upright 7 and a typical 1, chosen by their measured slant.

    Of all pairs of a slanted 7 and an upright one it takes the one most alike in the rest: the ink in each
    row is compared, wherever in the row it lies, since a slant only moves ink along its row. The 1 is the one
    nearest to the median slant and amount of ink.

    Returns:
        Their numbers among the test digits.
    """
    images = cache.test_digits().images
    sevens, ones = cache.indices_of(SEVEN), cache.indices_of(ONE)
    angles = slant(images[sevens])
    low, high = np.percentile(angles, SLANTED)
    slanted, upright = sevens[(angles >= low) & (angles <= high)], sevens[np.abs(angles) <= UPRIGHT]
    rows = images.sum(axis=2)
    apart = ((rows[slanted][:, None] - rows[upright][None]) ** 2).sum(axis=2)
    example, reference = np.unravel_index(apart.argmin(), apart.shape)
    lean, ink = slant(images[ones]), images[ones].sum(axis=(1, 2))
    oddity = np.abs(lean - np.median(lean)) + np.abs(ink - np.median(ink))
    return int(slanted[example]), int(upright[reference]), int(ones[oddity.argmin()])
