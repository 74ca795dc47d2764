"""What each direction of the latent space does, in rows and animated."""

import numpy as np
import streamlit as st

from ui import cache
from ui.bench.model import current_model
from ui.components import live
from ui.latent_space.directions import directions
from ui.show.layout import introduce
from ui.show.parts import part
from ui.state import REACH, bind, current
from vae.metrics import ACTIVE_VARIANCE

state = current()
traversals = state.traversals
model = current_model()
test = cache.test_set(model)

COLUMNS = np.linspace(-REACH, REACH, 7)
FRAMES = np.linspace(-REACH, REACH, 43)  # Every seventh is a column.
BASES = {"components": "Principal components", "dimensions": "Raw dimensions"}
AROUND = {"digit": "My digit", "mean": "The mean digit"}
READING = {
    "components": "Principal components are the directions in which the training digits' codes vary, the "
    "strongest first; the percentage is each one's share of the variance. If the codes fill the prior evenly, "
    "all shares are about the same. The columns count standard deviations from the start. Most digits lie "
    "within 2 of the mean, so the pictures at both ends show codes that few digits have.",
    "dimensions": "A raw dimension is one of the numbers that the encoder writes. Its KL divergence, in nats, is "
    "what it adds to a loss with a KL term, and the most it can tell about a digit. A dimension with "
    "none tells nothing: it is dead. Its codes hardly vary, and its row does not change, because the decoder "
    "ignores it. A column is one standard deviation of the codes or of the prior, whichever is larger.",
}

st.title("Walk the latent space, one direction at a time")
is_alive = (model.components.dimension_variances > ACTIVE_VARIANCE).any()
changes = (
    "Some directions slant it, some thicken it, some turn it into another digit. "
    if test.are_digits and is_alive
    else ""
)
introduce(
    test.words("Each row takes one digit and moves its code along one direction of the [[latent space]]. ")
    + f"{changes}Click a row to play it large."
)
with part("walks"), st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    st.segmented_control(
        "Along", list(BASES), format_func=BASES.get, required=True, **bind("basis", part=traversals)
    )
    st.segmented_control(
        "Around",
        list(AROUND),
        format_func=lambda around: test.words(AROUND[around]),
        required=True,
        **bind("around", part=traversals),
    )
rows = directions(model, traversals.basis)
row = min(traversals.row, len(rows) - 1)
chosen = rows[row]


with part("rows"):
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if len(rows) > 1:
            shown = min(traversals.rows, len(rows))
            st.slider(
                "How many rows",
                1,
                len(rows),
                width=260,
                **bind("rows", str(len(rows)), part=traversals, shown=shown),
            )
        if st.button("Open in the explorer", icon=":material/tune:"):
            state.explorer.start, state.explorer.focus = traversals.around, chosen.leans_on
            st.switch_page("pages/latent_space.py")
    around = model.components.mean if traversals.around == "mean" else None
    live.traversals_view(model, rows, around, COLUMNS, len(FRAMES))
    st.caption(f"**How to read it.** {test.words(READING[traversals.basis])}")
