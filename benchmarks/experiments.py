"""What each choice in the preset `calibrated` buys: short training runs that differ in one thing each.

    python -m benchmarks.experiments
    python -m benchmarks.experiments --only "as shipped" --only "no batch normalisation"

Prints a row for each run: PSNR (dB) on MNIST's first test digits at seven noise levels, PSNR at sigma 0.2 on as many
training digits (the gap between the two is what was learned by heart), the KL divergence, how many units are active,
the last epoch's loss and the network's size. Short runs rank what speeds learning up; what only long runs show, such
as overfitting, they can't.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np

from vae import metrics
from vae.config import Config, Network
from vae.data import load_mnist
from vae.inference import VAE
from vae.layers import Conv, ConvTranspose, Dense, DepthToSpace, Flatten, Layer, Reshape, SpaceToDepth
from vae.presets import PRESETS
from vae.training.loop import fit

SIGMAS = (0.0, 0.1, 0.2, 0.3, 0.5, 0.8, 1.0)
BASE = PRESETS["calibrated"]

# What the variants of the network are put together from.
START = (Dense(7 * 7 * 64), Reshape((7, 7, 64)))  # From the code to 64 channels at 7 x 7.
END = BASE.network.decoder[-2:]  # To pixels, at 14 x 14.
AT_7_ENCODER = (SpaceToDepth(4), Conv(128), Conv(64), Flatten())
AT_7_DECODER = (*START, Conv(96), Conv(16, activation="sigmoid"), DepthToSpace(4))
NARROW = Network(BASE.network.encoder, (*START, Conv(64), *BASE.network.decoder[-3:]))

# The preset as it was before Muon and the wide layer after the code: what the older comparisons start from.
EARLIER = replace(BASE, network=NARROW).with_changes(
    {"training.optimizer": "adam", "training.learning_rate": 3e-3}
)


def with_network(base: Config, encoder: tuple[Layer, ...], decoder: tuple[Layer, ...]) -> Config:
    """A configuration with another network."""
    return replace(base, network=Network(encoder, decoder))


def with_encoder(*end: Layer) -> Config:
    """The preset with other layers after the encoder's first convolution at 7 x 7, and the narrow decoder."""
    return with_network(BASE, (*BASE.network.encoder[:3], *end, Flatten()), NARROW.decoder)


def with_decoder(*layers: Layer) -> Config:
    """The preset with another decoder."""
    return with_network(BASE, BASE.network.encoder, layers)


VARIANTS: dict[str, Config] = {
    "as shipped": BASE,
    # The network, from the shipped one.
    "64 channels straight from the code": replace(BASE, network=NARROW),
    "96 channels straight from the code": with_decoder(
        Dense(7 * 7 * 96), Reshape((7, 7, 96)), Conv(64), *BASE.network.decoder[-3:]
    ),
    "64 from the code, 64 at 14 x 14": with_decoder(*START, Conv(64), ConvTranspose(64, stride=2), *END),
    "64 from the code, 192 of 1 x 1 before it": with_encoder(Conv(64), Conv(64), Conv(192, kernel=1)),
    "64 from the code, 192 of 1 x 1 for the last before it": with_encoder(Conv(64), Conv(192, kernel=1)),
    "64 from the code, 96 before it": with_encoder(Conv(64), Conv(96)),
    "twice the channels": with_network(
        BASE,
        (SpaceToDepth(2), Conv(64), Conv(128, stride=2), Conv(128), Conv(128), Flatten()),
        (*BASE.network.decoder[:2], Conv(128, kernel=1), Conv(128), ConvTranspose(96, stride=2), *END),
    ),
    "augmentation of half the strength": BASE.with_changes({"training.augmentation": 0.25}),
    # The network, from the earlier one.
    "earlier": EARLIER,
    "all convolutions at 7 x 7": with_network(EARLIER, AT_7_ENCODER, AT_7_DECODER),
    "the same, dense 256 in the encoder": with_network(EARLIER, (*AT_7_ENCODER, Dense(256)), AT_7_DECODER),
    "the same, dense 256 in the decoder": with_network(EARLIER, AT_7_ENCODER, (Dense(256), *AT_7_DECODER)),
    "the same, dense 256 in both": with_network(
        EARLIER, (*AT_7_ENCODER, Dense(256)), (Dense(256), *AT_7_DECODER)
    ),
    "the same, two in the encoder": with_network(
        EARLIER, (*AT_7_ENCODER, Dense(256), Dense(256)), (Dense(256), *AT_7_DECODER)
    ),
    "the encoder down to 4 x 4": with_network(
        EARLIER,
        (SpaceToDepth(4), Conv(64), Conv(64), Conv(128, stride=2), Conv(128), Flatten()),
        AT_7_DECODER,
    ),
    "the decoder at 7 x 7": with_network(EARLIER, NARROW.encoder, AT_7_DECODER),
    "the decoder at 7 x 7, deeper": with_network(
        EARLIER,
        NARROW.encoder,
        (*START, Conv(64), Conv(64), Conv(16, activation="sigmoid"), DepthToSpace(4)),
    ),
    "the decoder shallower, 64 channels at 14 x 14": with_network(
        EARLIER, NARROW.encoder, (*START, ConvTranspose(64, stride=2), *END)
    ),
    "the decoder deeper, 32 channels at 14 x 14": with_network(
        EARLIER, NARROW.encoder, (*START, Conv(64), Conv(64), ConvTranspose(32, stride=2), *END)
    ),
    "the encoder deeper, the decoder with 32 at 14 x 14": with_network(
        EARLIER,
        (*NARROW.encoder[:-1], Conv(64), Flatten()),
        (*START, Conv(64), ConvTranspose(32, stride=2), *END),
    ),
    # The training, from the earlier one.
    "no augmentation": EARLIER.with_changes({"training.augmentation": 0.0}),
    "no batch normalisation": EARLIER.with_changes(
        {"training.batch_norm": False, "training.learning_rate": 1e-3}
    ),
    "one decoder variance a batch": EARLIER.with_changes({"objective.reconstruction": "batch_variance"}),
    "half the learning rate": EARLIER.with_changes(
        {"training.learning_rate": EARLIER.training.learning_rate / 2}
    ),
    "twice the learning rate": EARLIER.with_changes(
        {"training.learning_rate": EARLIER.training.learning_rate * 2}
    ),
    "batches of 64": EARLIER.with_changes({"training.batch_size": 64}),
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
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--digits", type=int, default=2500, help="how many to measure on (default 2500)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", action="append", choices=list(VARIANTS), help="a variant; may be repeated")
    arguments = parser.parse_args()
    train, test = load_mnist("train").images, load_mnist("test").images[: arguments.digits]
    print(
        "| variant | "
        + " | ".join(f"{sigma}" for sigma in SIGMAS)
        + " | train 0.2 | KL | active | loss | weights | multiply-adds |"
    )
    print("|:--|" + "--:|" * (len(SIGMAS) + 6))
    for name in arguments.only or VARIANTS:
        # What follows the epochs is left out: standardised codes have another KL divergence than the trained ones.
        config = VARIANTS[name].with_changes(
            {
                "training.epochs": arguments.epochs,
                "training.polish_epochs": 0,
                "training.standardise_codes": False,
            }
        )
        weights, history = fit(config, train, arguments.seed)
        vae = VAE(config.network, weights)
        posterior = vae.encode(test)
        cells = [f"{psnr(vae, test, sigma):.2f}" for sigma in SIGMAS]
        cells.append(f"{psnr(vae, train[: len(test)], 0.2):.2f}")
        cells.append(f"{metrics.kl_divergence(*posterior).sum(axis=1).mean():.1f}")
        cells.append(f"{metrics.active_units(posterior.z_mean).sum()}")
        cells.append(f"{history[-1].loss:.1f}")
        cells.append(f"{config.network.parameters / 1e6:.2f} M")
        cells.append(f"{config.network.multiply_adds / 1e6:.2f} M")
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
