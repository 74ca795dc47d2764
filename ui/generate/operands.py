"""Which test pictures a sum of codes begins with."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui.cache import BY_DATA
from ui.test_set import TestSet
from vae.slant import slant

SEVEN, ONE = 7, 1
# Percentiles among the sevens: strongly slanted, but none of the oddities that lean most.
SLANTED = (90, 95)
UPRIGHT = 2.0  # Degrees.


@st.cache_data(show_spinner=False, max_entries=8, hash_funcs=BY_DATA)
def default_operands(test: TestSet) -> tuple[int, int, int]:
    """What leads from the third picture to another, as numbers of test pictures: add the first, subtract the second.

    Of digits a slant. Of other pictures what leads from one class to another: a picture of the last class, one of the
    first, and another one of the first.
    """
    if test.are_digits:
        return _slanting_operands(test)
    first, last = test.of_class(test.classes[0]), test.of_class(test.classes[-1])
    return int(last[0]), int(first[0]), int(first[1 % len(first)])


def _slanting_operands(test: TestSet) -> tuple[int, int, int]:
    """A slanted 7, an upright 7 and a typical 1, chosen by their measured slant.

    Of all pairs of a slanted 7 and an upright one it takes the one most alike in the rest: the ink in each
    row is compared, wherever in the row it lies, since a slant only moves ink along its row. The 1 is the one
    nearest to the median slant and amount of ink.
    """
    images, sevens, ones = test.images, test.of_class(SEVEN), test.of_class(ONE)
    angles = slant(images[sevens])
    low, high = np.percentile(angles, SLANTED)
    slanted, upright = sevens[(angles >= low) & (angles <= high)], sevens[np.abs(angles) <= UPRIGHT]
    rows = images.sum(axis=2)
    apart = ((rows[slanted][:, None] - rows[upright][None]) ** 2).sum(axis=2)
    example, reference = np.unravel_index(apart.argmin(), apart.shape)
    lean, ink = slant(images[ones]), images[ones].sum(axis=(1, 2))
    oddity = np.abs(lean - np.median(lean)) + np.abs(ink - np.median(ink))
    return int(slanted[example]), int(upright[reference]), int(ones[oddity.argmin()])
