"""Draw a digit, bury it in noise, see it dug out: the whole machine as one picture."""

import numpy as np
import streamlit as st

from ui import cache
from ui.bench.model import current_model
from ui.bench.noise import choose_level
from ui.components import live
from ui.show import glossary, pictures
from ui.show.layout import introduce
from ui.show.parts import part
from ui.show.pictures import Picture
from ui.show.plain_text import numbers
from ui.show.reading import reads_as
from ui.state import current
from ui.test_set import GALLERY
from vae import metrics

state, model = current(), current_model()
test = cache.test_set(model)


def show_by_reruns() -> None:
    """The noise level, the pictures and how close they are, with Streamlit's own widgets."""
    choose_level()
    clean = state.digit.image
    noisy = state.corrupt(clean[None])[0]
    denoised = model.vae.denoise(noisy[None])[0]
    pictures.show(
        [
            Picture(clean, "What the model sees", f"{state.digit.title}, at 28 by 28 pixels"),
            Picture(noisy, f"Noisy, level {state.level:.2f}"),
            Picture(denoised, reads_as(model, denoised, "Denoised")),
        ]
    )
    before, after = metrics.psnr(np.stack([noisy, denoised]), np.stack([clean, clean]))
    glossary.write(f"[[PSNR]]: noisy {decibels(before)}, denoised {decibels(after)}.")


def decibels(psnr: float) -> str:
    """A PSNR in words."""
    return "perfect" if np.isinf(psnr) else f"{psnr:.1f} dB"


st.title(test.words("Dig a digit out of the noise"))
introduce(
    f"Draw a digit. Noise is added, and a variational [[autoencoder]] squeezes the noisy picture into "
    f"{numbers(model.vae.network.latent_dim)} and paints a clean {test.noun} from "
    f"{'them' if model.vae.network.latent_dim > 1 else 'it'}."
)
with part("machine"):
    live.machine_view(model, show_by_reruns)
with part("numbers"), st.popover("What these numbers mean", icon=":material/help:"):
    st.write(
        "**Error (MSE)** is the mean squared difference from the original over all pixels: 0 is perfect, 1 means "
        "black for white everywhere. **PSNR** is the same error in decibels: each 10 dB more means a tenth of the "
        "squared error. **Likeness (SSIM)** compares the structure of the two pictures in small windows, which is "
        "closer to what the eye does: 1 means the same picture, 0 nothing in common."
    )
count = min(GALLERY, len(test))
many = "Ten" if count == 10 else str(count)
with part("gallery"):
    st.header(
        test.words(f"{many} test digits at the same noise" if count > 1 else "A test digit at the same noise")
    )
    live.gallery_view(model)
    st.caption(
        test.words(
            "Look for digits that come back as a different one: the more noise there is, the more the model fills in "
            "what it expects."
        )
    )
