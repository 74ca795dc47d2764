"""Where the code of one digit goes as the noise rises, among the codes of test pictures."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui import cache
from ui.cache import BY_WEIGHTS
from ui.components import live
from ui.noise_levels.curves import LEVELS
from ui.show.colours import class_colours
from ui.state import current
from ui.test_set import TestSet
from vae.checkpoints import Checkpoint
from vae.corruptions import CORRUPTIONS

DRAWS = 4
KNOWN = 2_000
_WORDS = {
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


def known_pictures(test: TestSet) -> np.ndarray:
    """Which test pictures the code is compared with, at most KNOWN."""
    # Of MNIST's a fifth: the page waits for them, and more points would only hide one another.
    return np.random.default_rng(0).choice(len(test), min(KNOWN, len(test)), replace=False)


@st.cache_resource(max_entries=4, show_spinner="Encoding test pictures…", hash_funcs=BY_WEIGHTS)
def packed_codes(model: Checkpoint) -> bytes:
    """The codes of the known pictures, float32 (n, latent_dim), and the places of their classes, uint16 (n,)."""
    test = cache.test_set(model)
    some = known_pictures(test)
    codes = model.vae.encode(test.images[some]).z_mean
    return codes.astype("<f4").tobytes() + test.ranks[some].tobytes()


def show_path(model: Checkpoint) -> None:
    """Shows the way along the first two principal components, and by which pictures it leads."""
    test = cache.test_set(model)
    words = _WORDS | (_OF_SEVERAL_DRAWS if CORRUPTIONS[current().corruption].is_random else _OF_ONE_DRAW)
    shares = model.components.explained_variance_ratio
    origin = model.components.project(np.zeros((1, len(shares))))[0, :2].tolist()
    origin += [0.0] * (2 - len(origin))  # One number has no second component: then all lies on a line.
    titles = [f"First principal component, {shares[0]:.0%} of the variance"]
    titles.append(f"Second principal component, {shares[1]:.0%}" if len(shares) > 1 else "")
    shown = {
        "levels": LEVELS.tolist(),
        "count": len(known_pictures(test)),
        "draws": DRAWS,
        "origin": origin,
        "titles": titles,
        "colours": class_colours(len(test.classes)),
        "names": [str(label) for label in test.classes],
        "words": {name: test.words(text) for name, text in words.items()}
        | {"classes": [test.class_name(label) for label in test.classes]},
    }
    live.path_view(model, shown, packed_codes(model))
