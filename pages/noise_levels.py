"""One digit from clean to drowned: the strip, the curves, the doubt, and the way through the latent space."""

from functools import partial

import numpy as np
import streamlit as st

from ui import live, pictures, sweeps
from ui.controls import choose_corruption, choose_digit_folded, choose_level, choose_seed
from ui.doubt import show_doubt
from ui.models import compared_models, current_model
from ui.noise_charts import show_paths, show_quality
from ui.pictures import Picture
from ui.session import bind, current
from ui.strip import COUNTS, Strip, denoised_strip, show_strip, strip_png
from ui.trained import describe_training, trained_range
from vae import metrics, noise_sweep
from vae.checkpoints import Checkpoint

DOWNLOAD = {"icon": ":material/download:", "on_click": "ignore"}


@st.fragment
def show_levels() -> None:
    """The strip, from level to level."""
    session, model = current(), current_model()
    trained = trained_range(model, session.corruption)

    # Where the live view runs, the browser makes the pictures: the server's are made when they are asked for.
    def strip() -> Strip:
        levels = np.linspace(*session.strip_range, session.strip_levels)
        return denoised_strip(
            model, session.digit.image, session.corruption, levels, session.rng(), session.hole
        )

    def show_by_reruns() -> None:
        count, span = st.columns(2)
        count.slider("How many levels", *COUNTS, **bind("strip_levels"))
        span.slider("From level to level", 0.0, 1.0, step=0.05, **bind("strip_range"))
        show_strip(strip(), trained)

    live.noise_strip(model, show_by_reruns, trained)
    overlined = "; overlined are the levels that it was trained on" if trained else ""
    st.caption(f"Above: noisy. Below: denoised by **{model.name}**{overlined}.")
    st.download_button(
        "Strip as PNG", lambda: strip_png(strip()), "noise-levels.png", "image/png", **DOWNLOAD
    )


def show_curves(models: tuple[Checkpoint, ...]) -> None:
    """How close to the original every method comes, and from where on denoising pays."""
    session, model = current(), current_model()
    curves = sweeps.quality_curves(
        session.digit.image, session.corruption, session.seed, session.hole, models
    )
    noisy = curves[sweeps.NOISY].psnr.mean(axis=1)
    crossings = {
        m.name: noise_sweep.crossing(sweeps.LEVELS, noisy, curves[m.name].psnr.mean(axis=1)) for m in models
    }
    trained = trained_range(model, session.corruption)
    show_quality(curves, trained, {name: level for name, level in crossings.items() if level is not None})
    pays = (
        f"**{n}** " + ("nowhere" if x is None else f"from level {x:.2f} on") for n, x in crossings.items()
    )
    st.write(f"Where it begins to pay to denoise this digit, in PSNR: {', '.join(pays)} (the dashed lines).")
    draws = len(curves[sweeps.NOISY].psnr[0])
    band = (
        f" Each line is a mean over {draws} draws of the noise, its band reaches from the worst to the best."
    )
    ground = f" The shaded levels are those that {model.name} was trained on."
    st.caption("Higher is closer to the original." + band * (draws > 1) + ground * (trained is not None))
    st.download_button(
        "Curves as CSV", partial(sweeps.curves_csv, curves), "noise-levels.csv", "text/csv", **DOWNLOAD
    )


@st.fragment
def show_one_level(models: tuple[Checkpoint, ...]) -> None:
    """At one level: model beside model, and how sure the picked one is."""
    session = current()

    def show_by_reruns() -> None:
        choose_level()
        image = session.digit.image
        noisy = session.corrupt(image[None])
        shown = [Picture(image, "Original")]
        for name, found in {"Noisy": noisy, **{m.name: m.vae.denoise(noisy) for m in models}}.items():
            psnr, ssim = metrics.psnr(found, image[None])[0], metrics.ssim(found, image[None])[0]
            shown.append(Picture(found[0], f"{name}: {psnr:.1f} dB, SSIM {ssim:.2f}"))
        pictures.show(shown, max_width=760)

    with st.container(width=760):
        live.denoise_view({model.name: model for model in models}, show_by_reruns)
    st.subheader("How sure is it?")
    show_doubt(current_model())


def show_path() -> None:
    """Where the code goes as the noise rises."""
    session, model = current(), current_model()
    paths = sweeps.latent_paths(session.digit.image, session.corruption, session.seed, session.hole, model)
    show_paths(sweeps.cloud(model), paths, model.components.explained_variance_ratio)
    first = paths[1][:, 0]
    turns = [0, *np.flatnonzero(first[1:] != first[:-1]) + 1]
    story = ", then ".join(f"a **{first[turn]}** from {sweeps.LEVELS[turn]:.2f}" for turn in turns)
    st.write(f"By its nearest test digits in all dimensions, the first draw's code is {story}.")
    st.caption(
        "Small dots: test digits, in the colour of their class. Lines: the code as the level rises from 0 to "
        "1, each for another draw of the noise; the growing dots have the colour of the nearest test digits."
    )


session = current()
st.title("How much noise can it take?")
st.write(
    "One digit, from clean to drowned. Guess first: at which level will you no longer know it, and at which "
    "will the VAE?"
)
choose_digit_folded()
kind, seed = st.columns(2)
with kind:
    choose_corruption()
with seed:
    choose_seed()
st.caption(describe_training(current_model(), session.corruption))
show_levels()
models = compared_models()
st.subheader("How good is it, and when does it pay?")
show_curves(models)
st.subheader("Model beside model")
show_one_level(models)
st.subheader("The path in latent space")
show_path()
