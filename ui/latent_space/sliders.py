"""The latent explorer: the decoded digit, and a slider for each principal component with a strip of what it
does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from ui.components import live
from ui.directions import Direction, directions
from ui.reading import reads_as
from ui.show import pictures
from ui.show.layout import view_and_choices
from ui.show.pictures import Picture, diverging, tile
from ui.state import REACH, STEP, Explorer, bind
from vae.checkpoints import Checkpoint

STOPS = np.linspace(-REACH, REACH, 7)

# One large picture and two small ones; on a phone, where they stay on top of the sliders, three small ones. A slider
# is just so much narrower than its strip that each picture is beneath its place on the slider.
_STYLE = """<style>
[class*="st-key-explorer-slider-"] [data-testid="stSlider"] > [role="group"] { margin: 0 calc(100% / 14);
  width: auto; }
[class*="st-key-explorer-slider-"] .digits { margin-top: -0.5rem; }
.st-key-explorer-pictures .digits figure:first-child { grid-column: 1 / -1; }
@media (max-width: 640px) {
  .st-key-explorer-pictures .digits { grid-template-columns: repeat(3, minmax(0, 1fr)) !important; }
  .st-key-explorer-pictures .digits figure:first-child { grid-column: auto; }
}
</style>"""


def latent_explorer(model: Checkpoint, explorer: Explorer, title: str) -> None:
    """Shows the digit where the sliders stand, beside the start and their difference, and the sliders.

    Args:
        model: Whose latent space.
        explorer: Where the sliders stand; it has begun.
        title: What the sliders started from, for a caption.
    """
    _choose_sliders(model, explorer)
    axes = directions(model, "components")

    def stand_in() -> None:
        view, choices = view_and_choices()
        with view, st.container(key="explorer-pictures"):
            st.html(_STYLE)
            _show_pictures(model, explorer, title)
        with choices:
            _show_sliders(model, explorer, axes)

    live.latent_explorer(model, explorer, [axis.title for axis in axes], stand_in)


def _choose_sliders(model: Checkpoint, explorer: Explorer) -> None:
    shares = model.components.explained_variance_ratio
    most = len(shares)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if most > 1:
            shown = min(explorer.shown, most)
            st.slider("How many sliders", 1, most, **bind("shown", str(most), part=explorer, shown=shown))
        st.button(
            "Undo a move", icon=":material/undo:", on_click=explorer.undo, disabled=not explorer.history
        )
        st.button(
            "Reset all", icon=":material/restart_alt:", on_click=explorer.reset, disabled=not explorer.moves
        )
    listed = explorer.listed
    st.caption(f"These {len(listed)} hold {shares[listed].sum():.0%} of the variance of the codes.")


def _show_pictures(model: Checkpoint, explorer: Explorer, title: str) -> None:
    codes = np.stack([explorer.current_code(model.components), explorer.code])
    now, start = model.vae.decode(codes)
    pictures.show(
        [
            Picture(now, reads_as(model, now, "Where the sliders stand")),
            Picture(start, title, f"The start: {title}"),
            Picture(diverging(now - start), "Difference", "Difference: orange is more ink, blue is less"),
        ],
        columns=2,
    )


def _show_sliders(model: Checkpoint, explorer: Explorer, axes: Sequence[Direction]) -> None:
    listed = explorer.listed
    # Each strip shows the start with one component moved through its slider's range.
    steps = STOPS[None, :] - explorer.origin[listed, None]
    codes = explorer.code + steps[..., None] * model.components.directions[listed][:, None, :]
    images = model.vae.decode(codes.reshape(-1, codes.shape[-1]).astype(np.float32))
    strips = images.reshape(*codes.shape[:2], *images.shape[1:])
    rows = list(zip(listed, strips, strict=True))
    for first in range(0, len(rows), 2):
        for column, (component, strip) in zip(
            st.columns(2, gap="medium"), rows[first : first + 2], strict=False
        ):
            with column:
                _slider(axes[component], explorer, component, strip)


def _slider(direction: Direction, explorer: Explorer, component: int, strip: np.ndarray) -> None:
    key, position = f"explorer.{component}", float(explorer.positions[component])
    if st.session_state.get(key) != position:
        st.session_state[key] = position
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(key=f"explorer-slider-{component}", gap=None):
            st.slider(
                f":gray[{direction.title}]" if direction.dead else direction.title,
                -REACH,
                REACH,
                step=STEP,
                format="%+.2f",
                key=key,
                on_change=lambda: explorer.put(component, st.session_state[key]),
            )
            pictures.show(
                [Picture(tile(strip, len(strip)), alt=f"{direction.label}, from −3 to 3 standard deviations")]
            )
        st.button(
            "",
            icon=":material/restart_alt:",
            key=f"{key}.reset",
            type="tertiary",
            help=f"PC {component + 1} back to the start",
            disabled=component not in explorer.moves,
            on_click=explorer.reset,
            args=(component,),
        )
