"""One digit from clean to drowned: the strip, the curves, the posterior, and the way through the latent space."""

import streamlit as st

from ui import cache
from ui.bench.model import compared_models, current_model, describe_training, trained_range
from ui.components import live
from ui.noise_levels import curves
from ui.noise_levels.path import show_path
from ui.noise_levels.posterior import show_posterior
from ui.show.layout import introduce
from ui.show.parts import part
from ui.show.plain_text import as_plain_text
from ui.state import current
from vae.checkpoints import Checkpoint


def show_levels(model: Checkpoint) -> None:
    """The strip, from level to level."""
    state = current()
    trained = trained_range(model, state.corruption)
    live.noise_strip(model, trained)
    marked = "; a line marks the levels that it was trained on" if trained else ""
    read = ", and what that reads as" if cache.reader_of(model) else ""
    above = f"Above: noisy. Below: denoised by **{as_plain_text(model.name)}**{read}{marked}."
    st.caption(f"{above} {describe_training(model, state.corruption)}")


state, model = current(), current_model()
st.title("How much noise can it take?")
test = cache.test_set(model)
introduce(
    test.words(
        "One digit, from clean to drowned. At which level do you stop recognising it, and at which does the VAE fail?"
    )
)
with part("strip"):
    show_levels(model)
models = compared_models()
with part("quality"):
    st.header("How good is it, and when does it help?")
    curves.show_curves(models, model)
with part("models"):
    st.header("Model beside model")
    if not test.are_digits:
        st.caption("The shipped models were trained on digits.")
    with st.container(width=760):
        live.comparison_view(models)
with part("posterior"):
    st.header("How sure is it?")
    show_posterior(model)
with part("path"):
    st.header("The path in latent space")
    show_path(model)
