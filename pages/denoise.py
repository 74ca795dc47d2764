"""Draw a digit, bury it in noise, see it dug out."""

import numpy as np
import streamlit as st

from ui import mnist, pictures
from ui.controls import choose_corruption, choose_digit, choose_level, choose_seed
from ui.models import current_model
from ui.pictures import Picture
from ui.session import current
from vae import metrics

session = current()
vae = current_model().vae

st.title("Draw a digit, bury it in noise, see it dug out")
st.write(
    "A variational autoencoder squeezes the noisy picture through 40 numbers and paints it anew from them. "
    "What is left of your digit?"
)


def show_closeness(clean: np.ndarray, noisy: np.ndarray, denoised: np.ndarray) -> None:
    """How close noisy and denoised are to the original, in three measures and one sentence."""
    error_before, error_after = metrics.mse(np.stack([noisy, denoised]), np.stack([clean, clean]))
    psnr_before, psnr_after = metrics.psnr(np.stack([noisy, denoised]), np.stack([clean, clean]))
    ssim_before, ssim_after = metrics.ssim(np.stack([noisy, denoised]), np.stack([clean, clean]))
    if error_before == 0:
        st.write(
            "There is no noise to remove, so the denoised picture can only lose: what 40 numbers can't hold of the "
            "original is missing."
        )
    elif error_after < error_before:
        st.write(f"Denoising took away **{1 - error_after / error_before:.0%}** of the squared error.")
    else:
        st.write(
            f"Denoising made it **worse**, to {error_after / error_before:.1f} times the squared error: with so little "
            f"noise, what 40 numbers can't hold of the original weighs more than the noise."
        )
    error, psnr, ssim = st.columns(3)
    error.metric(
        "Error (MSE)",
        f"{error_after:.4f}",
        f"{error_after - error_before:+.4f} against noisy",
        delta_color="inverse",
        help="The mean squared difference from the original over all pixels: 0 is perfect, black for white is 1.",
    )
    psnr.metric(
        "PSNR",
        "perfect" if np.isinf(psnr_after) else f"{psnr_after:.1f} dB",
        None if np.isinf(psnr_before) else f"{psnr_after - psnr_before:+.1f} dB against noisy",
        help="The same error on a scale of decibels: each 10 dB more means a tenth of the squared error.",
    )
    ssim.metric(
        "Likeness (SSIM)",
        f"{ssim_after:.2f}",
        f"{ssim_after - ssim_before:+.2f} against noisy",
        help="How alike the two pictures' structures are, judged in small windows: 1 is the same picture.",
    )


def show_gallery() -> None:
    """The notebook's gallery: ten test digits, clean, spoilt in the same way, and denoised."""
    ten = mnist.test_digits().images[:10]
    noisy = session.corrupt(ten)
    rows = {"Original": ten, "Noisy": noisy, "Denoised": vae.denoise(noisy)}
    for name, images in rows.items():
        st.caption(name)
        pictures.show([Picture(image, alt=f"{name}, test digit {index}") for index, image in enumerate(images)])


left, right = st.columns([2, 3], gap="large")
with left:
    choose_digit()
digit = session.digit
noisy = session.corrupt(digit.image[None])[0]
denoised = vae.denoise(noisy[None])[0]
with right:
    choose_level()
    if digit.is_example:
        st.caption(f"Until there is a digit of yours, {digit.title.lower()} stands in.")
    pictures.show(
        [
            Picture(digit.image, "What the model sees", f"{digit.title}, at 28 by 28 pixels"),
            Picture(noisy, f"Noisy, level {session.level:.2f}"),
            Picture(denoised, "Denoised"),
        ]
    )
    show_closeness(digit.image, noisy, denoised)
    with st.expander("The noise: kind and seed"):
        choose_corruption()
        choose_seed()

st.subheader("Ten test digits at the same noise")
show_gallery()
st.caption("Look for digits that come back as another: the more noise, the more the model fills in what it expects.")
