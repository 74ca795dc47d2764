"""Draw a digit, bury it in noise, see it dug out."""

import numpy as np
import streamlit as st

from ui import live, mnist, pictures
from ui.controls import choose_corruption, choose_digit, choose_level, choose_seed
from ui.models import current_model
from ui.pictures import Picture
from ui.session import current
from vae import metrics

session = current()
model = current_model()
vae = model.vae

st.title("Dig a digit out of the noise")
st.write(
    f"Draw a digit and bury it in noise. A variational autoencoder squeezes the noisy picture through "
    f"{vae.network.latent_dim} numbers and paints it anew from them: what is left of your digit?"
)


def show_closeness(clean: np.ndarray, noisy: np.ndarray, denoised: np.ndarray) -> None:
    """How close noisy and denoised are to the original, in three measures and one sentence."""
    error_before, error_after = metrics.mse(np.stack([noisy, denoised]), np.stack([clean, clean]))
    psnr_before, psnr_after = metrics.psnr(np.stack([noisy, denoised]), np.stack([clean, clean]))
    ssim_before, ssim_after = metrics.ssim(np.stack([noisy, denoised]), np.stack([clean, clean]))
    if error_before == 0:
        st.write(
            "There is no noise to remove, so the denoised picture can only lose: what the code can't hold of the "
            "original is missing."
        )
    elif error_after < error_before:
        st.write(f"Denoising took away **{1 - error_after / error_before:.0%}** of the squared error.")
    else:
        st.write(
            f"Denoising made it **worse**, to {error_after / error_before:.1f} times the squared error: with so little "
            f"noise, what the code can't hold of the original weighs more than the noise."
        )
    st.markdown(
        f"""
| | Noisy | Denoised |
|:--|--:|--:|
| Error (MSE) | {error_before:.4f} | {error_after:.4f} |
| PSNR | {_decibels(psnr_before)} | {_decibels(psnr_after)} |
| Likeness (SSIM) | {ssim_before:.2f} | {ssim_after:.2f} |
"""
    )


def explain_closeness() -> None:
    """What the three measures are."""
    with st.popover("What these numbers mean", icon=":material/help:"):
        st.write(
            "**Error (MSE)** is the mean squared difference from the original over all pixels: 0 is perfect, black for "
            "white everywhere is 1. **PSNR** is the same error in decibels: each 10 dB more means a tenth of the "
            "squared error. **Likeness (SSIM)** compares the structure of the two pictures in small windows, nearer to "
            "what an eye does: 1 is the same picture, 0 has nothing in common with it."
        )


def _decibels(psnr: float) -> str:
    return "perfect" if np.isinf(psnr) else f"{psnr:.1f} dB"


def show_gallery() -> None:
    """The notebook's gallery: ten test digits, clean, spoilt in the same way, and denoised."""
    ten = mnist.test_digits().images[:10]
    noisy = session.corrupt(ten)
    rows = {"Original": ten, "Noisy": noisy, "Denoised": vae.denoise(noisy)}
    pictures.show_rows(
        {
            name: [Picture(image, alt=f"{name}, test digit {index}") for index, image in enumerate(images)]
            for name, images in rows.items()
        }
    )


def show_by_reruns() -> None:
    """The noise level, the three pictures and how close they are, by Streamlit's own widgets."""
    choose_level()
    noisy = session.corrupt(digit.image[None])[0]
    denoised = vae.denoise(noisy[None])[0]
    pictures.show(
        [
            Picture(digit.image, "What the model sees", f"{digit.title}, at 28 by 28 pixels"),
            Picture(noisy, f"Noisy, level {session.level:.2f}"),
            Picture(denoised, "Denoised"),
        ]
    )
    show_closeness(digit.image, noisy, denoised)


left, right = st.columns([2, 3], gap="large")
with left:
    choose_digit()
digit = session.digit
with right:
    if digit.is_example:
        st.caption(f"Until there is a digit of yours, {digit.title.lower()} stands in.")
    live.denoise_view({"Denoised": model}, show_by_reruns)
    # Unlike a fold, a popover costs nothing until it is opened.
    with st.container(horizontal=True):
        with st.popover("The noise: kind and seed", icon=":material/blur_on:"):
            choose_corruption()
            choose_seed()
        explain_closeness()

st.subheader("Ten test digits at the same noise")
show_gallery()
st.caption(
    "Look for digits that come back as another: the more noise, the more the model fills in what it expects."
)
