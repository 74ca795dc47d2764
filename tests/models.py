"""Tiny models for tests, made without training."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vae import VAE, Config, anomaly, metrics, precomputed
from vae.anomaly import CodeDensity
from vae.checkpoints import load, save
from vae.config import Network
from vae.data import Digits, load_mnist
from vae.latent import PrincipalComponents
from vae.precomputed import DigitTable


def shapes(count: int, classes: int = 3, seed: int = 0) -> Digits:
    """Pictures that are no digits: a bright square whose place tells its class, labelled 0, 7, 14 and so on."""
    rng = np.random.default_rng(seed)
    ranks = np.arange(count) % classes
    images = rng.random((count, 28, 28), np.float32) / 4
    for image, rank in zip(images, ranks, strict=True):
        row, column = divmod(int(rank) % 49, 7)
        image[4 * row : 4 * row + 4, 4 * column : 4 * column + 4] = 1
    return Digits(images, ranks * 7)


def save_tiny(
    folder: Path, latent_dim: int, test: Digits | None = None, dead: bool = False, table: bool = False
) -> Path:
    """Writes a model with random weights.

    Args:
        folder: Where.
        latent_dim: How many numbers its codes have.
        test: Its test pictures, of data of one's own; MNIST's without.
        dead: Whether every picture has the same code, which the decoder ignores.
        table: Whether what `precompute` works out lies beside it, with any places for t-SNE's.

    Returns:
        The folder.
    """
    network, rng = Network.of_dense_layers((12,), latent_dim), np.random.default_rng(latent_dim + 1000 * dead)
    weights = {
        name: (rng.standard_normal(shape) / np.sqrt(shape[0] / 8)).astype(np.float32)
        for name, shape in network.weight_shapes().items()
    }
    if dead:
        for name in (
            "z_mean.0.kernel",
            "z_mean.0.bias",
            "z_log_var.0.kernel",
            "z_log_var.0.bias",
            "decoder.0.kernel",
        ):
            weights[name][:] = 0
    training = load_mnist("test") if test is None else test
    codes = VAE(network, weights).encode(training.images[:300])
    card = {"decoder_variance": 0.05, "data": {"name": "MNIST", "path": None}}
    if test is not None:
        card["data"] = {"name": "own", "path": "own.npz", "sha256": "0" * 64}
    components, kl = PrincipalComponents.fit(codes.z_mean), metrics.kl_divergence(*codes).mean(axis=0)
    save(folder, Config(network), weights, components, kl, card, test)
    if table:
        model = load(folder)
        found = anomaly.score(model.vae, training.images, model.decoder_variance, rng)
        density = CodeDensity.fit(codes.z_mean, training.labels[:300])
        layout, of_codes = rng.random((len(training.images), 2)), density.negative_log_density(found.z_mean)
        table = DigitTable(layout, found.reconstruction, found.kl, of_codes, density)
        precomputed.write(folder, model.card, table)
    return folder
