"""Sliders on the principal components of the latent space."""

import numpy as np
import streamlit as st

from ui import cache
from ui.bench.digit import choose_test_picture
from ui.bench.model import current_model
from ui.latent_space.axes import axes_of, goals_of, property_sliders
from ui.latent_space.kept import keep_directions
from ui.latent_space.sliders import latent_explorer
from ui.show import glossary
from ui.show.layout import introduce
from ui.show.parts import part
from ui.show.plain_text import numbers
from ui.show.reroll import reroll
from ui.state import MAX_SEED, bind, current

state = current()
explorer = state.explorer
model = current_model()
test = cache.test_set(model)
latent_dim = model.config.network.latent_dim

STARTS = {
    "digit": "My digit",
    "noisy": "My digit, noisy",
    "mean": "The mean digit",
    "test": "A test digit",
    "prior": "A random draw",
}

BASES = {"components": "Strongest in the codes", "changes": "Strongest in the picture"}

st.title("Turn the knobs that the model found")
moves = (
    "Each slider moves them along one direction in which the training digits differ, the strongest first."
    if latent_dim > 1
    else "The slider moves it."
)
introduce(test.words(f"A digit is {numbers(latent_dim)} here. {moves}"))


def start_code() -> tuple[np.ndarray, str]:
    """The code of the chosen start, (latent_dim,), and its title; shows the controls that go with it."""
    if explorer.start == "mean":
        return model.components.mean, test.words("The mean of all training digits' codes")
    if explorer.start == "prior":
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.number_input("Seed of the draw", 0, MAX_SEED, step=1, **bind("seed", part=explorer))
            reroll("Another draw", explorer)
        rng = np.random.default_rng(explorer.seed)
        return rng.standard_normal(latent_dim, dtype=np.float32), "A draw from the prior"
    if explorer.start == "test":
        index = choose_test_picture(
            f"{test.words('Test digit')}, 0 to {len(test) - 1:,}", "test_index", explorer
        )
        image, title = test.images[index], test.title(index)
    else:
        image, title = state.digit.image, state.digit.title
    if explorer.start == "noisy":
        image, title = state.corrupt(image[None])[0], f"{title}, noisy"
    return model.vae.encode(image[None]).z_mean[0], f"{title}, decoded"


with part("start"):
    st.segmented_control(
        "Start from",
        list(STARTS),
        format_func=lambda start: test.words(STARTS[start]),
        required=True,
        **bind("start", part=explorer),
    )
    code, title = start_code()
    properties = property_sliders(model, state.model, code)
    if properties:
        st.segmented_control(
            "Axes", list(BASES), format_func=BASES.get, required=True, **bind("basis", part=explorer)
        )
axes = axes_of(model, state.model, explorer.basis)
explorer.begin(code, axes)
with part("sliders"):
    latent_explorer(model, explorer, axes, properties, goals_of(model, state.model), title)
with part("own"):
    keep_directions(model, explorer, properties)
with part("how-to-read"):
    glossary.caption(
        test.words(
            "**How to read it.** The percentage is a [[principal component|component]]'s share of the variance of the "
            "training digits' codes. A slider counts in [[standard deviation|standard deviations]]: the average digit "
            "is at 0, and most digits are between −2 and 2. The strip beneath it shows the start with this one slider "
            "moved from −3 to 3. In the difference, orange is ink that was added and blue is ink that was lost. "
            "Whatever the sliders don't control stays as it was at the start, so moving one never loses the rest of "
            "the digit."
        )
    )
