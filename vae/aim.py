"""A short way in the latent space to where a picture reads as another digit."""

from __future__ import annotations

import numpy as np

from vae.inference import VAE
from vae.reader import Reader


def margin_gradients(vae: VAE, reader: Reader, z: np.ndarray) -> np.ndarray:
    """Which way the reading of codes' pictures gains most on the runner-up.

    Args:
        vae: What decodes them.
        reader: What reads them.
        z: Finite floats, (n, latent_dim).

    Returns:
        The gradient of log p(reading) - log p(runner-up) with respect to each code, float32 (n, latent_dim).

    Raises:
        InputError: Codes of another shape or type.
    """
    images = vae.decode(z)
    first, second = np.argsort(-reader.scores(images), axis=1, kind="stable")[:, :2].T
    return vae.decode_backward(z, reader.backward(images, first)[1] - reader.backward(images, second)[1])
