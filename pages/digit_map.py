"""All test pictures on one map, and what lies between them."""

import numpy as np
import streamlit as st

from ui import cache
from ui.bench.model import current_model
from ui.components import live
from ui.components.digit_map import Mark, scatter
from ui.digit_map.table import NEIGHBOURS, dots, place, sheet
from ui.show import glossary
from ui.show.colours import class_colours
from ui.show.layout import introduce
from ui.show.parts import part
from ui.show.plain_text import as_plain_text, numbers
from ui.state import REACH, bind, current

state = current()
choices = state.digit_map
model = current_model()
test, table = cache.test_set(model), cache.test_table(model, state.model)
latent_dim = model.config.network.latent_dim

LAYOUTS = {"tsne": "t-SNE", "components": "Principal components", "plane": "Decoded plane"}
if table is None:
    del LAYOUTS["tsne"]
if latent_dim == 1:  # One number makes no plane.
    del LAYOUTS["plane"]
if choices.layout not in LAYOUTS:
    choices.layout = "components"
THROUGH = {"mean": "The mean digit", "digit": "My digit"}
# Pictures along each side of the decoded plane.
SIDE = 15
PLANE_WORDS = {
    "alt": "Digits decoded over the plane of the two strongest components",
    "pin": "Pin {name}, at {x} along the first component and {y} along the second; arrow keys move it",
    "way": "The way from A to B",
    "read": "The way from A to B reads as {parts}",
}

count = "Ten thousand" if len(test) == 10_000 else f"{len(test):,}"
st.title(test.words(f"{count} digits on one map" if len(test) > 1 else "One digit on a map"))
introduce(
    "Each picture is decoded from a code on the plane of the two strongest principal components."
    if choices.layout == "plane"
    else test.words(
        f"Every dot is a test digit that the model never trained on. Its code, {numbers(latent_dim)}, decides "
        "where it lies. Point at a dot to see the digit, and click it to make it yours."
    )
)


def show_map() -> None:
    """The test digits as dots, my digit and its noisy self among them."""
    mine = np.stack([state.digit.image, state.corrupt(state.digit.image[None])[0]])
    places = place(model, choices.layout, table, model.vae.encode(mine).z_mean)
    scatter(
        dots(model, choices.layout, table),
        class_colours(len(test.classes)),
        sheet(test),
        [Mark(*mark) for mark in zip((test.words("My digit"), "Noisy"), places, mine, strict=True)],
        describe=test.words("Test digit {index}, {label}"),
        classes=[(str(label), test.class_name(label)) for label in test.classes],
        alt=test.words(
            f"A map of the {len(test):,} test digits. Arrow keys go from one to another, Enter picks one."
        ),
        key="digit-map",
        on_pick=state.pick_test_digit,
    )
    st.caption(
        "The buttons above the map hide and show a class. Drag to move the map. Pinch to zoom, or click the map and "
        "scroll. When you are close enough, the dots become pictures."
    )


def show_plane() -> None:
    """What the decoder makes of codes across the plane of the two strongest components."""
    st.segmented_control(
        "The plane passes through",
        list(THROUGH),
        format_func=lambda through: test.words(THROUGH[through]),
        required=True,
        **bind("through", part=choices),
    )
    steps = np.linspace(-REACH, REACH, SIDE)
    words = PLANE_WORDS | {"alt": test.words(PLANE_WORDS["alt"])}
    around = model.components.mean if choices.through == "mean" else None
    live.plane_view(model, around, steps, words)
    glossary.caption(
        f"The strongest component runs from left to right and the second from bottom to top, each from −{REACH:g} to "
        f"{REACH:g} [[standard deviation|standard deviations]] around the middle. The other components "
        f"keep the values they have in the middle. Nobody made these {test.noun}s: the [[decoder]] made each of them "
        "from a code."
        + (
            " Their colour says which digit they read as, and lines mark where that changes."
            if cache.reader_of(model)
            else ""
        )
        + " Drag a pin, or click where you want the nearer one."
    )


with part("layout"):
    st.segmented_control(
        "Laid out by", list(LAYOUTS), format_func=LAYOUTS.get, required=True, **bind("layout", part=choices)
    )
    if table is None:
        st.info(
            f"There is no t-SNE map for {as_plain_text(model.name)} yet, so its {test.noun}s are laid out by principal "
            f"components. python -m vae precompute {as_plain_text(state.model)} makes one.",
            icon=":material/map:",
        )
with part("map"):
    if choices.layout == "plane":
        show_plane()
    else:
        show_map()
        if choices.layout == "tsne":
            st.write(
                "**How to read it.** t-SNE keeps neighbours together and little else: the distances between groups and "
                f"the sizes of groups mean nothing. It has no rule for a new picture. So your {test.noun} is placed at "
                f"the mean of the {min(NEIGHBOURS, len(test))} test {test.noun}s with the nearest codes, weighted by "
                "closeness."
            )
        elif latent_dim == 1:
            st.write("**How to read it.** A code is a single number here, so all dots lie on a line.")
        else:
            share = model.components.explained_variance_ratio[:2].sum()
            overlap = (
                "" if latent_dim == 2 else " that overlap here may lie far apart in the other directions."
            )
            glossary.write(
                "**How to read it.** The axes are the two strongest [[principal component|principal components]] of "
                f"the codes, which hold {share:.0%} of their variance."
                + (overlap and f" {test.words('Digits')}{overlap}")
            )
