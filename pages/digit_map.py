"""Ten thousand digits on one map, and what lies between them."""

import numpy as np
import streamlit as st

from ui import cache
from ui.bench.model import current_model
from ui.components.digit_map import Mark, scatter
from ui.digit_map.table import neighbours_place, test_sheet
from ui.show import pictures
from ui.show.colours import CLASS_COLOURS
from ui.show.pictures import Picture, tile
from ui.state import bind, current

state = current()
choices = state.digit_map
model = current_model()
table = cache.test_table(model, state.model)

LAYOUTS = {"tsne": "t-SNE", "components": "Principal components", "plane": "Decoded plane"}
THROUGH = {"mean": "The mean digit", "digit": "My digit"}
SIDE, REACH = (
    15,
    3.0,
)  # Pictures along each side of the decoded plane, and how far it goes, in standard deviations.

st.title("Ten thousand digits on one map")
st.write(
    "Every dot is a test digit that the model never trained on, put where its "
    f"{model.config.network.latent_dim} numbers lead. Point at one to see it, click to make it yours."
)


def show_map() -> None:
    """The test digits as dots, my digit and its noisy self among them."""
    codes = cache.test_codes(model).z_mean
    mine = model.vae.encode(np.stack([state.digit.image, state.corrupt(state.digit.image[None])[0]])).z_mean
    if choices.layout == "tsne":
        points, places = table.tsne, neighbours_place(mine, codes, table.tsne)
    else:
        points, places = (model.components.project(z)[:, :2] for z in (codes, mine))
    names = ("My digit", "Noisy")
    images = (state.digit.image, state.corrupt(state.digit.image[None])[0])
    scatter(
        points,
        cache.test_digits().labels,
        CLASS_COLOURS,
        test_sheet(),
        [Mark(*mark) for mark in zip(names, places, images, strict=True)],
        describe="Test digit {index}, a {label}",
        alt="A map of the 10,000 test digits. Arrow keys go from one to another, Enter takes one.",
        key="digit-map",
        on_pick=state.pick_test_digit,
    )
    st.caption(
        "The buttons above the map hide and show a class. Drag to move; pinch to zoom, or turn the wheel "
        "once the map has been clicked. From near, the dots become digits. A test digit can also be picked "
        "by its number, above."
    )


def show_plane() -> None:
    """What the decoder paints all over the plane of the two strongest components."""
    st.segmented_control(
        "The plane passes through",
        list(THROUGH),
        format_func=THROUGH.get,
        required=True,
        **bind("through", part=choices),
    )
    components = model.components
    centre = components.mean
    if choices.through == "digit":
        # My digit stands in the middle column and row only if the plane's origin is its own place on it.
        centre = model.vae.encode(state.digit.image[None]).z_mean[0]
    across, up = np.meshgrid(np.linspace(-REACH, REACH, SIDE), np.linspace(REACH, -REACH, SIDE))
    codes = components.move(centre, np.stack([across.ravel(), up.ravel()], axis=1))
    images = cache.decode_rows(model, codes[None])[0]
    sheet = tile(images, SIDE, gap=0)
    pictures.show(
        [Picture(sheet, alt="Digits decoded over the plane of the two strongest components")], max_width=760
    )
    st.caption(
        f"To the right goes the strongest component, upwards the second, {REACH:g} standard deviations each "
        "way from the middle; the other components stay as they are there. Nothing here was ever written by "
        "hand: where one digit turns into another, the pictures in between are the decoder's own."
    )


if table is None:
    LAYOUTS.pop("tsne")
    if choices.layout == "tsne":
        choices.layout = "components"
st.segmented_control(
    "Laid out by", list(LAYOUTS), format_func=LAYOUTS.get, required=True, **bind("layout", part=choices)
)
if table is None:
    st.info(
        f"For {model.name} there is no t-SNE map yet, so its digits are laid out by principal components. "
        f"`python -m benchmarks.digit_map {state.model}` makes one.",
        icon=":material/map:",
    )
if choices.layout == "plane":
    show_plane()
else:
    show_map()
    share = model.components.explained_variance_ratio[:2].sum()
    if choices.layout == "tsne":
        st.write(
            "**How to read it.** t-SNE keeps neighbours together and little else: distances between groups, "
            "and their sizes, mean nothing. It has no rule for a new picture, so yours stand at the mean of "
            "the places of the test digits with the nearest codes, weighted by closeness."
        )
    else:
        st.write(
            f"**How to read it.** This is a shadow of the latent space on its two strongest axes, which hold "
            f"{share:.0%} of the codes' variance: what overlaps here may lie far apart in the other "
            f"{model.config.network.latent_dim - 2} dimensions."
        )
