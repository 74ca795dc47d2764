"""A denoising variational autoencoder for MNIST: trained with Keras, served with NumPy.

From clean digits to noisy and denoised ones, and to a digit that nobody wrote:

    >>> import numpy as np
    >>> import vae
    >>> from vae import corruptions, metrics
    >>> clean = vae.load_mnist("test").images  # float32 (10000, 28, 28) in [0, 1], 0 is background.
    >>> noisy = corruptions.corrupt(clean[:500], "gaussian", 0.5, np.random.default_rng(0))
    >>> model = vae.load("calibrated")  # Or the folder of one that you trained.
    >>> denoised = model.vae.denoise(noisy)
    >>> print(f"{metrics.psnr(denoised, clean[:500]).mean() - metrics.psnr(noisy, clean[:500]).mean():.0f} dB closer")
    12 dB closer
    >>> z_mean, z_log_var = model.vae.encode(clean[0])  # One picture has one code.
    >>> model.vae.decode(z_mean + 2 * model.components.directions[0]).shape  # Two standard deviations along.
    (28, 28)

`vae.train(vae.PRESETS["notebook"], "my-model", seed=0)` trains a model, for which TensorFlow must be installed; it is
loaded then and not before. The command line, `vae --help`, does the same without Python.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vae.checkpoints import load, load_reader
from vae.config import Config
from vae.data import load_mnist
from vae.inference import VAE
from vae.presets import PRESETS

if TYPE_CHECKING:
    from vae.training.loop import train

__version__ = "0.1.0"
__all__ = ["PRESETS", "VAE", "Config", "__version__", "load", "load_mnist", "load_reader", "train"]


def __getattr__(name: str):
    # What only training needs is not loaded by those who only run a model.
    if name == "train":
        from vae.training.loop import train

        return train
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
