"""Which trained model is used."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ui import cache
from ui.show.plain_text import as_plain_text
from ui.state import bind_folded, current
from vae.checkpoints import Checkpoint, CheckpointError, shipped_models
from vae.corruptions import CORRUPTIONS
from vae.presets import DEFAULT_MODEL


def current_model() -> Checkpoint:
    """The picked model; if it can't be used, the page says so and stops."""
    try:
        return cache.load_model(current().model)
    except CheckpointError as error:
        st.error(as_plain_text(str(error)), icon=":material/error:")
        st.stop()


def usable_model() -> Checkpoint | None:
    """The picked model, or None if it can't be used: then the page says why."""
    try:
        return cache.load_model(current().model)
    except CheckpointError:
        return None


def compared_models() -> tuple[Checkpoint, ...]:
    """The shipped models and the picked one; a shipped one that can't be used is named and left out."""
    models = []
    for name in shipped_models():
        try:
            models.append(cache.load_model(name))
        except CheckpointError as error:
            st.warning(as_plain_text(str(error)))
    return tuple({model.name: model for model in [*models, current_model()]}.values())


def require_model() -> None:
    """Makes sure that the picked model exists; a link may name one that doesn't."""
    state = current()
    models = cache.available_models(state.owner)
    if not models:
        st.error(
            "There is no trained model. Check out the repository again, or train one with "
            "`python -m vae train notebook`."
        )
        st.stop()
    if state.model not in models:
        state.link_problem = f"The link names a model that isn't here, so the app uses {DEFAULT_MODEL}."
        state.model = models[0]


def _name(model: str) -> str:
    return as_plain_text(Path(model).name) + ("" if model in shipped_models() else " (trained here)")


def _title(model: str) -> str:
    what = cache.describe_model(model)
    return f"{_name(model)}: {as_plain_text(what)}" if what else _name(model)


def describe_choice() -> str:
    """The model and the kind of noise, in a few words."""
    state = current()
    return f"{_name(state.model)} · {CORRUPTIONS[state.corruption].label}"


def pick_model() -> None:
    """The model picker."""
    given, bound = bind_folded("model")
    st.segmented_control(
        "Model",
        cache.available_models(current().owner),
        default=given,
        required=True,
        format_func=_title,
        help="Which trained network denoises: on which noise it was trained, and whether with a KL term, which pulls "
        "its codes towards the prior.",
        **bound,
    )


def trained_range(model: Checkpoint, corruption: str) -> tuple[float, float] | None:
    """The lowest and highest level of a corruption that a model was trained on; None if it never met it."""
    noise = model.config.noise
    return (noise.sigma_min, noise.sigma_max) if corruption == noise.kind else None


def describe_training(model: Checkpoint, corruption: str) -> str:
    """A sentence, in Markdown, on what the model was trained on and whether that includes the corruption."""
    noise = model.config.noise
    low, high = f"{noise.sigma_min:g}", f"{noise.sigma_max:g}"
    levels = f"level {low} alone" if low == high else f"levels {low} to {high}"
    sentence = (
        f"**{as_plain_text(model.name)}** was trained on {CORRUPTIONS[noise.kind].label} only, at {levels}"
    )
    if corruption == noise.kind:
        return f"{sentence}."
    return f"{sentence}. {CORRUPTIONS[corruption].label} is new to it."
