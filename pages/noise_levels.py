"""One digit from clean to drowned: the strip, the curves, the posterior, and the way through the latent space."""

from functools import partial

import numpy as np
import streamlit as st

from ui.bench.model import compared_models, current_model, describe_training, trained_range
from ui.components import live
from ui.noise_levels import curves
from ui.noise_levels.charts import show_paths, show_quality
from ui.noise_levels.posterior import show_posterior
from ui.noise_levels.strip import denoised_strip, strip_png
from ui.state import current
from vae import noise_sweep
from vae.checkpoints import Checkpoint

DOWNLOAD = {"icon": ":material/download:", "on_click": "ignore"}


def show_levels() -> None:
    """The strip, from level to level."""
    state, model = current(), current_model()
    trained = trained_range(model, state.corruption)
    live.noise_strip(model, trained)
    marked = "; a line marks the levels that it was trained on" if trained else ""
    st.caption(f"Above: noisy. Below: denoised by **{model.name}**{marked}.")

    def strip() -> bytes:
        levels = np.linspace(*state.noise_levels.span, state.noise_levels.count)
        return strip_png(
            denoised_strip(model, state.digit.image, state.corruption, levels, state.rng(), state.hole)
        )

    st.download_button("Strip as PNG", strip, "noise-levels.png", "image/png", **DOWNLOAD)


def show_curves(models: tuple[Checkpoint, ...]) -> None:
    """How close to the original every method comes, and from where on denoising pays."""
    state, model = current(), current_model()
    found = curves.quality_curves(state.digit.image, state.corruption, state.seed, state.hole, models)
    noisy = found[curves.NOISY].psnr.mean(axis=1)
    crossings = {
        m.name: noise_sweep.crossing(curves.LEVELS, noisy, found[m.name].psnr.mean(axis=1)) for m in models
    }
    trained = trained_range(model, state.corruption)
    show_quality(found, trained, {name: level for name, level in crossings.items() if level is not None})
    pays = (f"**{n}** " + ("never" if x is None else f"from level {x:.2f}") for n, x in crossings.items())
    st.write(f"Where denoising starts to help this digit, by PSNR: {', '.join(pays)} (the dashed lines).")
    draws = len(found[curves.NOISY].psnr[0])
    band = (
        f" Each line is a mean over {draws} draws of the noise, its band reaches from the worst to the best."
    )
    ground = f" The shaded levels are those that {model.name} was trained on."
    st.caption("Higher is closer to the original." + band * (draws > 1) + ground * (trained is not None))
    st.download_button(
        "Curves as CSV", partial(curves.curves_csv, found), "noise-levels.csv", "text/csv", **DOWNLOAD
    )


def show_path() -> None:
    """Where the code goes as the noise rises."""
    state, model = current(), current_model()
    paths = curves.latent_paths(state.digit.image, state.corruption, state.seed, state.hole, model)
    show_paths(curves.cloud(model), paths, model.components.explained_variance_ratio)
    first = paths[1][:, 0]
    turns = [0, *np.flatnonzero(first[1:] != first[:-1]) + 1]
    story = ", then ".join(f"a **{first[turn]}** from {curves.LEVELS[turn]:.2f}" for turn in turns)
    st.write(f"By its nearest test digits in all dimensions, the first draw's code is {story}.")
    st.caption(
        "Small dots: test digits, in the colour of their class. Lines: the code as the level rises from 0 to "
        "1, each for another draw of the noise; the growing dots have the colour of the nearest test digits."
    )


state = current()
st.title("How much noise can it take?")
st.write(
    "One digit, from clean to drowned. Guess first: at which level will you no longer recognise it, and at which "
    "will the VAE fail?"
)
st.caption(describe_training(current_model(), state.corruption))
show_levels()
models = compared_models()
st.subheader("How good is it, and when does it help?")
show_curves(models)
st.subheader("Model beside model")
with st.container(width=760):
    live.comparison_view(models)
st.subheader("How sure is it?")
show_posterior(current_model())
st.subheader("The path in latent space")
show_path()
