"""What each choice in the preset `calibrated` buys: short training runs that differ in one thing each.

    python -m benchmarks.experiments --epochs 3
    python -m benchmarks.experiments --epochs 3 --only "no batch normalisation" --only "as shipped"

Prints a row for each run: PSNR (dB) on MNIST's 10,000 test digits at six noise levels, PSNR at sigma 0.2 on as many
training digits (the gap between the two is what was learned by heart), the KL divergence and how many units are active.
Short runs rank what speeds learning up; what only long runs show, such as overfitting, they can't.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np

from vae import metrics
from vae.config import Config, Conv, ConvTranspose, Dense, Flatten, Network, Reshape
from vae.data import load_mnist
from vae.inference import VAE
from vae.presets import PRESETS
from vae.training import fit

SIGMAS = (0.1, 0.2, 0.3, 0.5, 0.8, 1.0)
BASE = PRESETS["calibrated"]
STRIDED = Network(
    encoder=(Conv(32, stride=2), Conv(64, stride=2), Conv(64), Flatten(), Dense(256)),
    decoder=(
        Dense(256),
        Dense(7 * 7 * 64),
        Reshape((7, 7, 64)),
        ConvTranspose(64, stride=2),
        ConvTranspose(32, stride=2),
        Conv(1, activation="sigmoid"),
    ),
)

VARIANTS: dict[str, Config] = {
    "as shipped": BASE,
    "no augmentation": BASE.with_changes({"training.augmentation": 0.0}),
    "no batch normalisation": BASE.with_changes(
        {"training.batch_norm": False, "training.learning_rate": 1.5e-3}
    ),
    "one decoder variance a batch": BASE.with_changes({"objective.reconstruction": "batch_variance"}),
    "the weights' moving average, 0.999": BASE.with_changes({"training.ema": 0.999}),
    "KL warm-up over half the steps": BASE.with_changes({"training.kl_warmup": 0.5}),
    "half the learning rate": BASE.with_changes({"training.learning_rate": BASE.training.learning_rate / 2}),
    "twice the learning rate": BASE.with_changes({"training.learning_rate": BASE.training.learning_rate * 2}),
    "batches of 64": BASE.with_changes({"training.batch_size": 64}),
    "strided convolutions": replace(BASE, network=STRIDED),
}


def psnr(vae: VAE, clean: np.ndarray, sigma: float) -> float:
    """Mean PSNR (dB) of denoising with the protocol's noise."""
    noise = np.random.default_rng(123).standard_normal(clean.shape, dtype=np.float32)
    noisy = np.clip(clean + np.float32(sigma) * noise, 0, 1)
    return float(metrics.psnr(vae.denoise(noisy), clean).mean())


def main() -> None:
    """Trains the variants and prints their rows."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", action="append", choices=list(VARIANTS), help="a variant; may be repeated")
    arguments = parser.parse_args()
    train, test = load_mnist("train").images, load_mnist("test").images
    print(
        "| variant | " + " | ".join(f"{sigma}" for sigma in SIGMAS) + " | train 0.2 | KL | active | s/epoch |"
    )
    print("|:--|" + "--:|" * (len(SIGMAS) + 4))
    for name in arguments.only or VARIANTS:
        config = VARIANTS[name].with_changes(
            {"training.epochs": arguments.epochs, "training.polish_epochs": 0}
        )
        weights, history = fit(config, train, arguments.seed)
        vae = VAE(config.network, weights)
        posterior = vae.encode(test)
        cells = [f"{psnr(vae, test, sigma):.2f}" for sigma in SIGMAS]
        cells.append(f"{psnr(vae, train[: len(test)], 0.2):.2f}")
        cells.append(f"{metrics.kl_divergence(*posterior).sum(axis=1).mean():.1f}")
        cells.append(f"{metrics.active_units(posterior.z_mean).sum()}")
        cells.append(f"{np.median([epoch.seconds for epoch in history]):.0f}")
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
