"""Where the code of one digit goes as the noise rises, among the codes of test digits."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from ui import cache
from ui.cache import BY_WEIGHTS
from ui.components import live
from ui.noise_levels.curves import LEVELS
from ui.show.colours import CLASS_COLOURS
from ui.state import current
from vae.checkpoints import Checkpoint
from vae.corruptions import CORRUPTIONS

DRAWS = 4
KNOWN = 2_000
_WORDS = {
    "digits": [f"an {digit}" if digit == 8 else f"a {digit}" for digit in range(10)],
    "only": "{digit} at every level",
    "first": "{digit} at first",
    "turn": "{digit} from level {level}",
    "then": ", then ",
    "alt": "The code of the digit among the test digits' codes as noise rises",
}
# Where a reader reads what is decoded, and where the nearest test digits have to say it.
_BY_READER = {"story": "Denoised, {it} reads as {parts}.", "said": "reads as {digit}"}
_BY_NEIGHBOURS = {
    "story": "By its nearest test digits in all dimensions, the code of {it} is {parts}.",
    "said": "nearest to {digit}",
}
_COLOUR = {
    True: "the growing dots have the colour of what the denoised digit reads as.",
    False: "the growing dots have the colour of the nearest test digits.",
}
_DOTS = "Small dots: test digits, in the colour of their class. "


def _words(is_random: bool, is_read: bool) -> dict[str, Any]:
    by = _BY_READER if is_read else _BY_NEIGHBOURS
    at = "At noise level {level}, draw {draw}: " if is_random else "At noise level {level}: "
    lines = (
        "Lines: the code as the level rises from 0 to 1, each for another draw of the noise; "
        if is_random
        else "Line: the code as the level rises from 0 to 1; "
    )
    it = "the first draw" if is_random else "the digit"
    story = by["story"].replace("{it}", it)
    return _WORDS | {
        "story": story,
        "station": at + by["said"],
        "caption": _DOTS + lines + _COLOUR[is_read],
    }


def known_digits() -> np.ndarray:
    """Which test digits the code is compared with, (KNOWN,)."""
    # A fifth of all: the page waits for them, and more points would only hide one another.
    return np.random.default_rng(0).choice(cache.TEST_COUNT, KNOWN, replace=False)


@st.cache_resource(max_entries=4, show_spinner="Encoding test digits…", hash_funcs=BY_WEIGHTS)
def packed_codes(model: Checkpoint) -> bytes:
    """The codes of the known digits, float32 (KNOWN, latent_dim), and their labels, uint8 (KNOWN,)."""
    digits, some = cache.test_digits(), known_digits()
    codes = model.vae.encode(digits.images[some]).z_mean
    return codes.astype("<f4").tobytes() + digits.labels[some].astype(np.uint8).tobytes()


def show_path(model: Checkpoint) -> None:
    """Shows the way along the first two principal components, and by which digits it leads."""
    is_random = CORRUPTIONS[current().corruption].is_random
    shares = model.components.explained_variance_ratio
    origin = model.components.project(np.zeros((1, model.vae.network.latent_dim)))[0, :2]
    shown = {
        "levels": LEVELS.tolist(),
        "count": KNOWN,
        "draws": DRAWS,
        "origin": origin.tolist(),
        "titles": [
            f"First principal component, {shares[0]:.0%} of the variance",
            f"Second principal component, {shares[1]:.0%}",
        ],
        "colours": CLASS_COLOURS,
        "words": _words(is_random, cache.reader_of(model) is not None),
    }
    live.path_view(model, shown, packed_codes(model))
