"""The latent explorer: the decoded digit, and a slider for each axis and each measured property, with a strip of what
it does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from ui.components import live
from ui.latent_space.axes import Axes, PropertySlider
from ui.show import pictures
from ui.show.layout import view_and_choices
from ui.show.pictures import Picture, diverging, tile
from ui.show.reading import reads_as
from ui.state import REACH, STEP, Explorer, bind, current
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


# What the live view says.
WORDS = {
    "heading": "Axes",
    "play": "Play {name}",
    "back": "{name} back to the start",
    "measured": "The picture measures {value}",
    "still": "Every slider stands at the start.",
    "one": "One slider moved; the picture changed by {percent}%.",
    "several": "{count} sliders moved; the picture changed by {percent}%.",
    "aims": "Turn it into",
    "aiming": "On the way to {digit}…",
    "aim": "Turn it into {digit}",
    "arrived": "It reads as {digit} now. The difference shows what that took.",
    "lost": "No way was found to a picture that surely reads as {digit}.",
}


def latent_explorer(
    model: Checkpoint,
    explorer: Explorer,
    axes: Axes,
    properties: Sequence[PropertySlider],
    goals: dict[str, np.ndarray],
    title: str,
) -> None:
    """Shows the digit where the sliders stand, beside the start and their difference, and the sliders.

    Args:
        model: Whose latent space.
        explorer: Where the sliders stand; it has begun with these axes.
        axes: The axes that have a slider each.
        properties: What has a slider of its own.
        goals: Codes of each digit that the picture can be turned into, by its name.
        title: What the sliders started from, for a caption.
    """
    _choose_sliders(axes, explorer)

    def stand_in() -> None:
        view, choices = view_and_choices()
        with view, st.container(key="explorer-pictures"):
            st.html(_STYLE)
            _show_pictures(model, explorer, properties, title)
        with choices:
            _show_sliders(model, explorer, axes, properties)

    kind = "Principal component" if explorer.basis == "components" else "Axis"
    words = WORDS | {"axis": f"{kind} {{number}}"}
    if current().unnamed:  # A question asks what the axes do: these would say it.
        properties, goals = (), {}
    live.latent_explorer(model, explorer, axes, properties, goals, words, stand_in)


def _choose_sliders(axes: Axes, explorer: Explorer) -> None:
    shares = axes.shares
    most = len(shares)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if most > 1:
            shown = min(explorer.shown, most)
            st.slider("How many sliders", 1, most, **bind("shown", str(most), part=explorer, shown=shown))
        st.button(
            "Undo a move", icon=":material/undo:", on_click=explorer.undo, disabled=not explorer.history
        )
        st.button(
            "Reset all",
            icon=":material/restart_alt:",
            on_click=explorer.reset,
            disabled=not (explorer.moves or explorer.raised),
        )
    listed = explorer.listed
    of = "of the variance of the codes" if explorer.basis == "components" else "of all change in the picture"
    these = f"These {len(listed)} hold" if len(listed) > 1 else "This one holds"
    st.caption(f"{these} {shares[listed].sum():.0%} {of}.")


def _show_pictures(
    model: Checkpoint, explorer: Explorer, properties: Sequence[PropertySlider], title: str
) -> None:
    codes = np.stack([explorer.current_code(properties), explorer.code])
    now, start = model.vae.decode(codes)
    pictures.show(
        [
            Picture(now, reads_as(model, now, "Where the sliders stand")),
            Picture(start, title, f"The start: {title}"),
            Picture(diverging(now - start), "Difference", "Difference: orange is more ink, blue is less"),
        ],
        columns=2,
    )


def _show_sliders(
    model: Checkpoint, explorer: Explorer, axes: Axes, properties: Sequence[PropertySlider]
) -> None:
    for one in properties:
        _property_slider(one, explorer)
    listed = explorer.listed
    # Each strip shows the start with one component moved through its slider's range.
    steps = STOPS[None, :] - explorer.origin[listed, None]
    codes = explorer.code + steps[..., None] * axes.directions[listed][:, None, :]
    images = model.vae.decode(codes.reshape(-1, codes.shape[-1]).astype(np.float32))
    strips = images.reshape(*codes.shape[:2], *images.shape[1:])
    rows = list(zip(listed, strips, strict=True))
    for first in range(0, len(rows), 2):
        for column, (component, strip) in zip(
            st.columns(2, gap="medium"), rows[first : first + 2], strict=False
        ):
            with column:
                _slider(axes, explorer, component, strip)


def _property_slider(one: PropertySlider, explorer: Explorer) -> None:
    key, raised = f"explorer.{one.name}", float(explorer.raised.get(one.name, 0))
    if st.session_state.get(key) != raised:
        st.session_state[key] = raised
    st.slider(
        f"{one.label}, standard deviations from the start",
        -REACH,
        REACH,
        step=STEP,
        format="%+.2f",
        key=key,
        on_change=lambda: explorer.settle({}, {one.name: st.session_state[key]}),
    )


def _slider(axes: Axes, explorer: Explorer, component: int, strip: np.ndarray) -> None:
    key, position = f"explorer.{component}", float(explorer.positions[component])
    if st.session_state.get(key) != position:
        st.session_state[key] = position
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(key=f"explorer-slider-{component}", gap=None):
            st.slider(
                f":gray[{axes.titles[component]}]" if axes.dead[component] else axes.titles[component],
                -REACH,
                REACH,
                step=STEP,
                format="%+.2f",
                key=key,
                on_change=lambda: explorer.put(component, st.session_state[key]),
            )
            pictures.show(
                [
                    Picture(
                        tile(strip, len(strip)),
                        alt=f"{axes.titles[component]}, from -3 to 3 standard deviations",
                    )
                ]
            )
        st.button(
            "",
            icon=":material/restart_alt:",
            key=f"{key}.reset",
            type="tertiary",
            help=f"Axis {component + 1} back to the start",
            disabled=component not in explorer.moves,
            on_click=explorer.reset,
            args=(component,),
        )
