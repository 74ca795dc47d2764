"""Where the code of one digit goes as the noise rises, among the codes of test digits."""

from __future__ import annotations

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
    "turn": "{digit} from {level}",
    "then": ", then ",
    "alt": "The code of the digit among the test digits' codes as noise rises",
}
_OF_SEVERAL_DRAWS = {
    "story": "By its nearest test digits in all dimensions, the first draw's code is {parts}.",
    "station": "At noise level {level}, draw {draw}: nearest to {digit}",
    "caption": (
        "Small dots: test digits, in the colour of their class. Lines: the code as the level rises from 0 to 1, each "
        "for another draw of the noise; the growing dots have the colour of the nearest test digits."
    ),
}
_OF_ONE_DRAW = {
    "story": "By its nearest test digits in all dimensions, the code is {parts}.",
    "station": "At noise level {level}: nearest to {digit}",
    "caption": (
        "Small dots: test digits, in the colour of their class. Line: the code as the level rises from 0 to 1; the "
        "growing dots have the colour of the nearest test digits."
    ),
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
        "words": _WORDS | (_OF_SEVERAL_DRAWS if is_random else _OF_ONE_DRAW),
    }
    live.path_view(model, shown, packed_codes(model))
