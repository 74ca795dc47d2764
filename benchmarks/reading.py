"""Does denoising keep what a digit is? What is read right of noisy digits, denoised or not, as a table in Markdown.

Run it as `python -m benchmarks.reading [MODEL ...] [--epochs 12]`. The shipped reader, which never saw noise, reads
what each model denoised; beside it, a wider reader that was trained on that very noise, sigma ~ U(0, 1), reads the
noisy digits themselves: about as much as can be told of them at all. Training it takes ten to twenty minutes on two
cores. All is measured on MNIST's 10,000 test digits with the noise of `python -m vae evaluate`.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np

from vae import corruptions
from vae.checkpoints import load, load_reader, shipped_models
from vae.config import Noise, ReaderNetwork
from vae.data import load_mnist
from vae.evaluation import SIGMAS
from vae.layers import Conv, Dense, Flatten, SpaceToDepth
from vae.packing import round_weights
from vae.presets import READER
from vae.reader import Reader
from vae.training.reader import Epoch, fit

NOISE_TRAINED = replace(
    READER,
    network=ReaderNetwork((SpaceToDepth(2), Conv(32), Conv(64, stride=2), Conv(64), Flatten(), Dense(128))),
    noise=Noise(0.0, 1.0, fresh=True),
)


def tell(epoch: Epoch) -> None:
    """Prints what an epoch reached."""
    print(f"epoch {epoch.epoch}: {100 * epoch.accuracy:.2f} % right, {epoch.seconds:.0f} s", flush=True)


def main() -> None:
    """Trains and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", default=shipped_models(), help="default: all shipped")
    parser.add_argument("--epochs", type=int, default=12, help="of the reader that is trained on noise")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    test, config = load_mnist("test"), NOISE_TRAINED.with_changes({"training.epochs": arguments.epochs})
    weights, _ = fit(config, load_mnist("train"), arguments.seed, outliers=0.0, on_epoch=tell)
    noise_trained = Reader(config.network, round_weights(config.network, weights))
    clean_trained, vaes = load_reader().reader, {name: load(name).vae for name in arguments.models}

    field = corruptions.draw_field("gaussian", len(test.images), np.random.default_rng(123))
    rows: dict[str, list[float]] = {}

    def add(name: str, reader: Reader, images: np.ndarray) -> None:
        right = (reader.read(images).argmax(axis=1) == test.labels).mean()
        rows.setdefault(name, []).append(100 * right)

    for sigma in (0.0, *SIGMAS):
        noisy = corruptions.apply(test.images, "gaussian", sigma, field)
        add("noisy digits, by the reader", clean_trained, noisy)
        for name, vae in vaes.items():
            add(f"denoised by `{name}`, by the reader", clean_trained, vae.denoise(noisy))
        add("noisy digits, by a reader trained on noise", noise_trained, noisy)
    print(f"\n| read right, percent | {' | '.join(f'{sigma:g}' for sigma in (0.0, *SIGMAS))} |")
    print("|:--|" + "--:|" * (len(SIGMAS) + 1))
    for name, cells in rows.items():
        print(f"| {name} | {' | '.join(f'{cell:.1f}' for cell in cells)} |")


if __name__ == "__main__":
    main()
