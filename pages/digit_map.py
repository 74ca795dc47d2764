"""Ten thousand digits on one map, and what lies between them."""

import numpy as np
import streamlit as st

from ui import cache
from ui.bench.model import current_model
from ui.components import live
from ui.components.digit_map import Mark, scatter
from ui.digit_map.table import dots, place, test_sheet
from ui.show import pictures
from ui.show.colours import CLASS_COLOURS
from ui.show.layout import introduce
from ui.show.pictures import Picture, tile
from ui.show.plain_text import as_plain_text
from ui.state import bind, current

state = current()
choices = state.digit_map
model = current_model()
table = cache.test_table(model, state.model)
latent_dim = model.config.network.latent_dim

LAYOUTS = {"tsne": "t-SNE", "components": "Principal components", "plane": "Decoded plane"}
THROUGH = {"mean": "The mean digit", "digit": "My digit"}
# Pictures along each side of the decoded plane, and how far it goes, in standard deviations.
SIDE, REACH = 15, 3.0

st.title("Ten thousand digits on one map")
numbers = f"{latent_dim} numbers" if latent_dim > 1 else "a single number"
introduce(
    "Each picture is decoded from a code on the plane of the two strongest principal components."
    if choices.layout == "plane"
    else f"Every dot is a test digit, which the model was not trained on. Its code, {numbers}, decides where it lies. "
    "Point at a dot to see the digit, click it to make it yours."
)


def show_map() -> None:
    """The test digits as dots, my digit and its noisy self among them."""
    mine = np.stack([state.digit.image, state.corrupt(state.digit.image[None])[0]])
    places = place(model, choices.layout, table, model.vae.encode(mine).z_mean)
    scatter(
        dots(model, choices.layout, table),
        CLASS_COLOURS,
        test_sheet(),
        [Mark(*mark) for mark in zip(("My digit", "Noisy"), places, mine, strict=True)],
        describe="Test digit {index}, a {label}",
        alt="A map of the 10,000 test digits. Arrow keys go from one to another, Enter takes one.",
        key="digit-map",
        on_pick=state.pick_test_digit,
    )
    st.caption(
        "The buttons above the map hide and show a class. Drag to move the map. Pinch to zoom, or click the map and "
        "turn the wheel. When you are close enough, the dots become pictures."
    )


def show_plane() -> None:
    """What the decoder makes of codes all over the plane of the two strongest components."""
    st.segmented_control(
        "The plane passes through",
        list(THROUGH),
        format_func=THROUGH.get,
        required=True,
        **bind("through", part=choices),
    )
    components, steps = model.components, np.linspace(-REACH, REACH, SIDE)
    alt = "Digits decoded over the plane of the two strongest components"

    def show_by_reruns() -> None:
        centre = components.mean
        if choices.through == "digit":
            centre = model.vae.encode(state.digit.image[None]).z_mean[0]
        across, up = np.meshgrid(steps, steps[::-1])
        codes = components.move(centre, np.stack([across.ravel(), up.ravel()], axis=1)[:, :latent_dim])
        pictures.show([Picture(tile(model.vae.decode(codes), SIDE, gap=0), alt=alt)], max_width=760)

    around = components.mean if choices.through == "mean" else None
    live.plane_view(model, around, steps, alt, show_by_reruns)
    st.caption(
        f"The strongest component goes from left to right, the second from the bottom to the top, each from -{REACH:g} "
        f"to {REACH:g} standard deviations around the middle. The other components keep the values that they have in "
        "the middle. Nobody wrote these digits: the decoder made each of them from a code."
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
        f"There is no t-SNE map for {as_plain_text(model.name)} yet, so its digits are laid out by principal "
        "components. "
        f"python -m vae precompute {as_plain_text(state.model)} makes one.",
        icon=":material/map:",
    )
if choices.layout == "plane":
    show_plane()
else:
    show_map()
    if choices.layout == "tsne":
        st.write(
            "**How to read it.** t-SNE keeps neighbours together and little else: the distances between groups and "
            "the sizes of groups mean nothing. It has no rule for a new picture. So your digit is placed at the mean "
            "of the five test digits with the nearest codes, weighted by closeness."
        )
    else:
        share = model.components.explained_variance_ratio[:2].sum()
        st.write(
            "**How to read it.** The axes are the two strongest principal components of the codes, which hold "
            f"{share:.0%} of their variance. Digits that overlap here may lie far apart in the other directions."
        )
