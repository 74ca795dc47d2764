"""The model in the browser: views that repaint at every frame, while a pen, a slider or an animation moves.

The browser fetches a model's weights once a visit, by their address; otherwise Python sends only small things: the
digit, the level, the random field. The browser runs `network.js` on them and tells Python what the visitor settles on.

Nothing depends on a script: every view has a stand-in, plain Streamlit widgets that do the same by reruns. It takes
over for the rest of the visit when a view says that it failed, or when the visitor asks for it with a button, which a
style sheet shows where no view runs after a few seconds. It isn't there from the start because each widget
on a page delays the first picture.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from ui.media import media_url
from ui.session import current
from ui.strip import COUNTS
from ui.walks import REACH, STEP, Explorer
from vae import corruptions
from vae.checkpoints import Checkpoint
from vae.js import SCRIPTS, join_modules
from vae.packing import pack

FOLDER = Path(__file__).parent
WAY_OUT = "live-way-out"

_STYLE = f"""<style>
@keyframes {WAY_OUT} {{ from {{ visibility: hidden; }} }}
[class*=st-key-{WAY_OUT}] {{ animation: {WAY_OUT} 0s 4s backwards; }}
[data-live=running] [class*=st-key-{WAY_OUT}] {{ display: none; }}
</style>"""
_HTML = '<div class="live" hidden></div>'


def script(*names: str) -> str:
    """The named modules of the package and of this folder as one text, as Streamlit takes a component's script."""
    return join_modules(
        next(path for folder in (SCRIPTS, FOLDER) if (path := folder / f"{name}.js").exists())
        for name in names
    )


_VIEW = ("kernel", "network", "model", "view")
_NOISE = ("noise", "metrics", "preprocess", "canvas", "spoilt")


def _view(name: str, *modules: str) -> Callable[..., Any]:
    css, js = (FOLDER / "live.css").read_text(encoding="utf-8"), script(*_VIEW, *modules, name)
    # Registered at each mount: before Streamlit 1.66 what an import registers is lost to a second runtime, and a
    # registration costs next to nothing.
    return lambda **mount: st.components.v2.component(f"live_{name}", html=_HTML, css=css, js=js)(**mount)


_denoise_view = _view("denoise_view", *_NOISE)
_doubt_view = _view("doubt_view", *_NOISE)
_noise_strip = _view("noise_strip", *_NOISE)
_latent_explorer = _view("latent_explorer")


def _floats(array: np.ndarray) -> str:
    """Numbers as little-endian float32 in base64."""
    return base64.b64encode(np.asarray(array, "<f4").tobytes()).decode()


def model_id(model: Checkpoint) -> str:
    """What tells a model apart from all others: part of its weights' SHA-256."""
    return model.digest[:16]


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs={Checkpoint: model_id})
def packed_model(model: Checkpoint) -> bytes:
    """A model as `model.js` reads it, packed once for all visitors."""
    return pack(model)


def _mount(
    component: Callable[..., Any],
    key: str,
    models: Sequence[Checkpoint],
    data: dict[str, Any],
    stand_in: Callable[[], None],
    on_settle: Callable[[Any], None] | None = None,
) -> None:
    """Shows a live view; in a visit in which one has failed, what stands in for it."""
    session = current()
    if not session.live:
        st.info(
            "The live view can't run here. These controls do the same; the pictures follow when you let go. "
            "Load the page anew to try it again."
        )
        stand_in()
        return

    def settled() -> None:
        if on_settle is not None:
            on_settle(st.session_state[key].settled)

    def move_hole() -> None:
        down, right = (min(max(float(share), 0.0), 1.0) for share in st.session_state[key].hole)
        session.hole = (down, right)

    def give_up() -> None:
        session.live = False

    named = [(model_id(model), media_url(packed_model(model), model_id(model))) for model in models]
    component(
        key=key,
        data={"models": named, **data},
        on_settled_change=settled,
        on_hole_change=move_hole,
        on_failed_change=give_up,
    )
    with st.container(key=f"{WAY_OUT}-{key}"):
        st.html(_STYLE)
        st.button("No picture yet? Take plain controls", on_click=give_up, key=f"{key}-give-up")


def _noise_data() -> dict[str, Any]:
    session = current()
    return {
        "title": session.digit.title,
        "clean": _floats(session.digit.image),
        "drawing": session.source == "drawing",
        "corruption": session.corruption,
        "field": _floats(corruptions.draw_field(session.corruption, 1, session.rng())),
        "hole": session.hole,
    }


def denoise_view(models: dict[str, Checkpoint], stand_in: Callable[[], None]) -> None:
    """The current digit clean, spoilt and denoised, live under the pen and under a slider for the level.

    Args:
        models: Who denoises, by what is written beneath each picture.
        stand_in: Shows Streamlit's own slider and pictures, for where the live view can't run.
    """
    session = current()

    def keep(level: float) -> None:
        session.level = min(max(float(level), 0.0), 1.0)

    data = {"level": session.level, "names": list(models), **_noise_data()}
    _mount(_denoise_view, "live-denoise", list(models.values()), data, stand_in, keep)


def doubt_view(model: Checkpoint, doubt: dict[str, Any], stand_in: Callable[[], None]) -> None:
    """Samples of the posterior of the current digit's spoilt picture, live under the slider of a `denoise_view`.

    Args:
        model: Whose posterior.
        doubt: "samples": how many; "epsilon": their standard normal draws, (samples, latent_dim); "white": the
            standard deviation that is shown white; "caption" of its picture; "words" beneath the spread.
        stand_in: Shows pictures by Streamlit's own means, for where the live view can't run.
    """
    data = {"level": current().level, **doubt, "epsilon": _floats(doubt["epsilon"]), **_noise_data()}
    _mount(_doubt_view, "live-doubt", [model], data, stand_in)


def noise_strip(
    model: Checkpoint, stand_in: Callable[[], None], trained: tuple[float, float] | None = None
) -> None:
    """The current digit across noise levels, noisy above and denoised below, live under the pen and under sliders.

    Args:
        model: Who denoises.
        stand_in: Shows sliders and strip by Streamlit's own means, for where the live view can't run.
        trained: The lowest and the highest level that the model was trained on: those between are marked.
    """
    session = current()

    def keep(chosen: dict[str, Any]) -> None:
        session.strip_levels = int(np.clip(chosen["count"], *COUNTS))
        low, high = sorted(min(max(float(level), 0.0), 1.0) for level in chosen["range"])
        session.strip_range = (low, high)

    data = {"counts": COUNTS, "count": session.strip_levels, "range": session.strip_range, "trained": trained}
    _mount(_noise_strip, "live-strip", [model], {**data, **_noise_data()}, stand_in, keep)


def latent_explorer(
    model: Checkpoint, explorer: Explorer, labels: Sequence[str], stand_in: Callable[[], None]
) -> None:
    """Sliders on the principal components, with what they decode to live beside them.

    Args:
        model: Whose latent space.
        explorer: Where the sliders stand; it has begun.
        labels: The sliders' names, one for each component.
        stand_in: Shows Streamlit's own sliders and pictures, for where the live view can't run.
    """

    def keep(positions: Sequence[float]) -> None:
        for component, position in enumerate(positions[: len(explorer.positions)]):
            if abs(position - explorer.positions[component]) > 1e-6:
                explorer.put(component, float(np.clip(position, -REACH, REACH)))

    data = {
        "code": _floats(explorer.code),
        "origin": [float(position) for position in explorer.origin],
        "positions": [float(position) for position in explorer.positions],
        "listed": explorer.listed,
        "labels": list(labels),
        "reach": REACH,
        "step": STEP,
    }
    _mount(_latent_explorer, "live-explorer", [model], data, stand_in, keep)
