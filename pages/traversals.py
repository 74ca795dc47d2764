"""What each direction of the latent space does, in rows and animated."""

import numpy as np
import streamlit as st

from ui.bench.model import current_model
from ui.cache import decode_rows
from ui.components.player import player
from ui.directions import directions
from ui.show import pictures
from ui.show.download import gif, there_and_back
from ui.show.layout import view_and_choices
from ui.show.pictures import Picture, png, tile
from ui.state import REACH, bind, current
from vae.latent import traverse

state = current()
traversals = state.traversals
model = current_model()

COLUMNS = np.linspace(-REACH, REACH, 7)
FRAMES = np.linspace(-REACH, REACH, 43)  # Every seventh is a column.
BASES = {"components": "Principal components", "dimensions": "Raw dimensions"}
AROUND = {"digit": "My digit", "mean": "The mean digit"}
READING = {
    "components": "A principal component is a direction along which the training digits' codes differ "
    "together; the percentage is its share of their variance. The more evenly the codes fill the prior, "
    "the more alike the shares are. A column counts standard deviations from the start; most digits lie "
    "within 2 of the mean, so the ends show a digit driven further than digits go.",
    "dimensions": "A raw dimension is one of the numbers that the encoder writes. Its KL divergence, in "
    "nats, is what it costs in the loss, and a limit to what it can tell of a digit. One that costs "
    "nothing tells nothing: it is dead, its codes hardly vary, and its row stands still, for the "
    "decoder has learnt to ignore it. A column counts standard deviations of the codes or of the prior, "
    "whichever is larger.",
}

st.title("Walk the latent space, one direction at a time")
st.write(
    "Each row goes through one digit, along one direction of the latent space. Some slant it, some "
    "thicken it, some turn it into another digit, and some do nothing at all."
)
with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    st.segmented_control(
        "Along", list(BASES), format_func=BASES.get, required=True, **bind("basis", part=traversals)
    )
    st.segmented_control(
        "Around", list(AROUND), format_func=AROUND.get, required=True, **bind("around", part=traversals)
    )
is_mine = traversals.around == "digit"
code = model.vae.encode(state.digit.image[None]).z_mean[0] if is_mine else model.components.mean
rows = directions(model, traversals.basis)
row = min(traversals.row, len(rows) - 1)
chosen = rows[row]


def choose_row(place: int) -> None:
    """Shows another row large."""
    traversals.row = place


def show_large(frames: np.ndarray) -> None:
    """One row, animated."""
    st.markdown(f"**{chosen.label}**")
    player(frames, -REACH, REACH, f"{chosen.label}: the digit from -3 to 3 standard deviations", key="player")


def offer_row(frames: np.ndarray, still: np.ndarray) -> None:
    """What can be done with the row shown large: take it home, or play with it."""
    # The files are made when asked for: they cost more than the whole page.
    st.download_button(
        "GIF",
        lambda: gif(there_and_back(frames), fps=20),
        f"{chosen.name}.gif",
        "image/gif",
        icon=":material/download:",
        on_click="ignore",
    )
    st.download_button(
        "PNG",
        lambda: png(tile(still, len(still)), scale=8),
        f"{chosen.name}.png",
        "image/png",
        icon=":material/download:",
        on_click="ignore",
    )
    if st.button("Open in the explorer", icon=":material/tune:"):
        state.explorer.start, state.explorer.focus = traversals.around, chosen.leans_on
        st.switch_page("pages/latent_space.py")


def show_rows(count: int) -> None:
    """The first rows, each with a button that shows it large."""
    _, scale = st.columns([1, 3], gap="small")
    marks = "".join(f"<span>{column:+.0f}</span>" if column else "<b>start</b>" for column in COLUMNS)
    scale.html(
        f'<div style="display: grid; grid-template-columns: repeat({len(COLUMNS)}, minmax(0, 1fr)); '
        f'text-align: center; font-size: 0.875rem; opacity: 0.8">{marks}</div>'
    )
    walks = decode_rows(model, traverse(code, np.stack([row.vector for row in rows[:count]]), COLUMNS))
    for place, (direction, walk) in enumerate(zip(rows, walks, strict=False)):
        name, strip = st.columns([1, 3], vertical_alignment="center", gap="small")
        name.button(
            f":gray[{direction.title}]" if direction.dead else direction.title,
            key=f"row-{place}",
            type="primary" if place == row else "tertiary",
            on_click=choose_row,
            args=(place,),
            width="stretch",
        )
        picture = Picture(tile(walk, len(walk)), alt=f"{direction.label}, from -3 to 3 standard deviations")
        opacity = 0.4 if direction.dead else 1
        strip.html(f'<div style="opacity: {opacity}">{pictures.grid([picture], columns=1)}</div>')


frames = decode_rows(model, traverse(code, chosen.vector[None], FRAMES))[0]
view, choices = view_and_choices()
with view:
    show_large(frames)
with choices:
    most = len(rows)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if most > 1:
            shown = min(traversals.rows, most)
            st.slider("How many rows", 1, most, **bind("rows", str(most), part=traversals, shown=shown))
        offer_row(frames, frames[::7])
    show_rows(min(traversals.rows, most))
st.caption(f"**How to read it.** {READING[traversals.basis]}")
