"""Where the code of one digit goes as the noise rises, among the codes of test pictures."""

from __future__ import annotations

from typing import Any

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
    "only": "{what} at every level",
    "first": "{what} at first",
    "turn": "{what} from level {level}",
    "then": ", then ",
    "table": "As a table",
    "level": "noise level",
    "alt": "The code of the digit among the test digits' codes as noise rises",
}
# With a reader for the decoded pictures, and without one, by the nearest test digits.
_BY_READER = {"story": "Denoised, {it} reads as {parts}.", "said": "reads as {what}", "what": "reads as"}
_BY_NEIGHBOURS = {
    "story": "Going by the nearest test digits in all dimensions, the code of {it} is {parts}.",
    "said": "nearest to {what}",
    "what": "nearest to",
}
_COLOUR = {
    True: "the growing dots are coloured by what the denoised digit reads as.",
    False: "the growing dots are coloured by the nearest test digits.",
}
_DOTS = "Small dots: test digits, coloured by class. "


def _words(is_random: bool, is_read: bool) -> dict[str, Any]:
    by = _BY_READER if is_read else _BY_NEIGHBOURS
    at = "At noise level {level}, draw {draw}: " if is_random else "At noise level {level}: "
    lines = (
        "Lines: the code as the level rises from 0 to 1, one for each draw of the noise; "
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


def known_pictures(test: TestSet) -> np.ndarray:
    """Which test pictures the code is compared with, at most KNOWN."""
    # A fifth of MNIST's: the page waits for them, and more points would only hide one another.
    return np.random.default_rng(0).choice(len(test), min(KNOWN, len(test)), replace=False)


@st.cache_resource(max_entries=4, show_spinner="Encoding test pictures…", hash_funcs=BY_WEIGHTS)
def packed_codes(model: Checkpoint) -> bytes:
    """The codes of the known pictures, float32 (n, latent_dim), and the places of their classes, uint16 (n,)."""
    test = cache.test_set(model)
    some = known_pictures(test)
    codes = model.vae.encode(test.images[some]).z_mean
    return codes.astype("<f4").tobytes() + test.ranks[some].tobytes()


def show_path(model: Checkpoint) -> None:
    """Shows the path along the first two principal components, and which pictures it passes."""
    test = cache.test_set(model)
    words = _words(CORRUPTIONS[current().corruption].is_random, cache.reader_of(model) is not None)
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
