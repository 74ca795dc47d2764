"""The model in the browser: views that repaint at every frame, while a pen, a slider or an animation moves.

The browser fetches a model's weights once a visit, by their address; otherwise Python sends only small things: the
digit, the level, the random field. The browser runs `network.js` on them and tells Python what the visitor settles on.

Beneath every view stand plain Streamlit widgets that do the same by reruns, its stand-in, so that nothing
depends on a script: a live view that runs hides them, and one that fails shows them again. Where no script
starts at all, a style sheet shows them after a moment.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from ui.media import media_url
from ui.session import current
from ui.strip import COUNTS
from ui.walks import REACH, STEP, Explorer
from vae import noise
from vae.checkpoints import Checkpoint

FOLDER = Path(__file__).parent
STAND_IN = "live-stand-in"

_STYLE = f"""<style>
@keyframes live-stand-in {{ from {{ max-height: 0; overflow: hidden; opacity: 0; }} }}
.st-key-{STAND_IN} {{ animation: live-stand-in 0s 3s backwards; }}
[data-live-stand-in=shown] .st-key-{STAND_IN} {{ animation: none; }}
[data-live-stand-in=hidden] .st-key-{STAND_IN} {{ display: none; }}
</style>"""

_HTML = """<div class="live" hidden></div>
<p class="notice">This browser can't show the live view. The controls below do the same; their pictures follow
when you let go.</p>"""


def script(*names: str) -> str:
    """Joins JavaScript modules into one, each after those that it imports.

    Streamlit takes a component's script as one text. The modules are written so that joining is all it takes:
    no two share a top-level name, and imports keep the names.
    """
    texts = [(FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in names]
    text = re.sub(r"^import .*?;$", "", "\n".join(texts), flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"^export (?!default)", "", text, flags=re.MULTILINE)


_VIEW = ("kernel", "network", "model", "view")
_PEN = ("noise", "metrics", "preprocess", "canvas")


def _view(name: str, *modules: str) -> Callable[..., Any]:
    css, js = (FOLDER / "live.css").read_text(encoding="utf-8"), script(*_VIEW, *modules, name)
    # Registered at each mount: before Streamlit 1.66 what an import registers is lost to a second runtime, and a
    # registration costs next to nothing.
    return lambda **mount: st.components.v2.component(f"live_{name}", html=_HTML, css=css, js=js)(**mount)


_denoise_view = _view("denoise_view", *_PEN)
_noise_strip = _view("noise_strip", *_PEN)
_latent_explorer = _view("latent_explorer")


def _floats(array: np.ndarray) -> str:
    """Numbers as little-endian float32 in base64."""
    return base64.b64encode(np.asarray(array, "<f4").tobytes()).decode()


def model_id(model: Checkpoint) -> str:
    """What tells a model apart from all others: part of its weights' SHA-256."""
    return model.card["weights_sha256"][:16]


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs={Checkpoint: model_id})
def packed_model(model: Checkpoint) -> bytes:
    """A model as `model.js` reads it: its card's network, its weights and its principal components.

    Weights travel as 16-bit whole numbers, with a scale for each place along their last axis: as small as
    float16 and several times closer to float32, for the weights of one unit are of like size.
    """
    index, scales, values = {}, [], []
    scale_start = value_start = 0
    for name, weight in model.vae.weights.items():
        if name.startswith("z_log_var."):
            continue  # The browser denoises through the mean and never samples.
        rows = weight.reshape(-1, weight.shape[-1])
        scale = np.maximum(np.abs(rows).max(axis=0), np.finfo(np.float32).tiny) / 32767
        index[name] = {"shape": weight.shape, "start": value_start, "scale": scale_start}
        scales.append(scale.astype("<f4"))
        values.append(np.round(rows / scale).astype("<i2").ravel())
        scale_start += scale.size
        value_start += weight.size
    header = {
        "network": model.config.to_dict()["network"],
        "weights": index,
        "scales": scale_start,
        "components": _floats(model.components.components),
        "deviations": _floats(model.components.deviations),
        "shares": _floats(model.components.explained_variance_ratio),
    }
    text = json.dumps(header).encode()
    return b"".join([len(text).to_bytes(4, "little"), text, *(part.tobytes() for part in (*scales, *values))])


def _mount(
    component: Callable[..., Any],
    key: str,
    model: Checkpoint,
    data: dict[str, Any],
    stand_in: Callable[[], None],
    on_settle: Callable[[Any], None] | None = None,
) -> None:
    """Shows a live view and, until it has proved to run in this visit, what stands in for it."""

    def settled() -> None:
        st.session_state["live-runs"] = True
        if on_settle is not None:
            on_settle(st.session_state[key].settled)

    def failed() -> None:
        st.session_state["live-runs"] = False

    st.html(_STYLE)
    name = model_id(model)
    component(
        key=key,
        data={"model": name, "url": media_url(packed_model(model), name), **data},
        on_settled_change=settled,
        on_failed_change=failed,
    )
    # A browser that has sent something runs the view: from then on nobody needs to work on hidden pictures.
    if not st.session_state.get("live-runs", False):
        with st.container(key=STAND_IN):
            stand_in()


def _noise_data() -> dict[str, Any]:
    session = current()
    return {
        "title": session.digit.title,
        "clean": _floats(session.digit.image),
        "drawing": session.source == "drawing",
        "corruption": session.corruption,
        "field": _floats(noise.draw_field(session.corruption, 1, session.rng())),
        "hole": session.hole,
    }


def denoise_view(model: Checkpoint, stand_in: Callable[[], None]) -> None:
    """The current digit clean, spoilt and denoised, live under the pen and under a slider for the level.

    Args:
        model: Who denoises.
        stand_in: Shows Streamlit's own slider and pictures, for where the live view can't run.
    """
    session = current()

    def keep(level: float) -> None:
        session.level = min(max(float(level), 0.0), 1.0)

    data = {"level": session.level, **_noise_data()}
    _mount(_denoise_view, "live-denoise", model, data, stand_in, keep)


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
    _mount(_noise_strip, "live-strip", model, {**data, **_noise_data()}, stand_in, keep)


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
    _mount(_latent_explorer, "live-explorer", model, data, stand_in, keep)
