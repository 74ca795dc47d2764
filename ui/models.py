"""Trained models, loaded once for all visitors, and the sidebar's picker."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ui.session import bind, current
from vae.checkpoints import Checkpoint, CheckpointError, load, model_folder, runs, shipped_models


def available_models() -> list[str]:
    """The shipped models by name, the default first, then the folders of those trained here."""
    return shipped_models() + [str(path) for path in runs()]


@st.cache_resource(show_spinner="Loading the model…", max_entries=8)
def _load(model: str, changed: tuple[int, ...]) -> Checkpoint:
    return load(model)


def load_model(model: str) -> Checkpoint:
    """A model, read again only when its files have changed.

    Raises:
        CheckpointError: It can't be used.
    """
    files = sorted(path for path in Path(model_folder(model)).glob("*") if path.is_file())
    return _load(model, tuple(path.stat().st_mtime_ns for path in files))


def current_model() -> Checkpoint:
    """The model that is picked; where it can't be used, the page says so and ends."""
    try:
        return load_model(current().model)
    except CheckpointError as error:
        st.error(f"{error}", icon=":material/error:")
        st.stop()


def compared_models() -> tuple[Checkpoint, ...]:
    """The shipped models and the picked one; a shipped one that can't be used is named and left out."""
    models = []
    for name in shipped_models():
        try:
            models.append(load_model(name))
        except CheckpointError as error:
            st.warning(str(error))
    return tuple({model.name: model for model in [*models, current_model()]}.values())


def pick_model() -> None:
    """The model picker, for the sidebar."""
    session, models = current(), available_models()
    if not models:
        st.error(
            "There is no trained model. Check the repository out again, or train one with "
            "`python -m vae train notebook`."
        )
        st.stop()
    if session.model not in models:
        session.model = models[0]
    st.segmented_control(
        "Model",
        models,
        required=True,
        format_func=lambda model: Path(model).name + ("" if model in shipped_models() else " (trained here)"),
        help="Which trained network denoises. *calibrated* was trained on every noise level, *notebook* on one.",
        **bind("model"),
    )
