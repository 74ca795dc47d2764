"""Work out ahead what the app shows of a model's test pictures: their map by t-SNE and their anomaly scores.

`train` does this at its end. t-SNE of 10,000 pictures takes about a minute. The result lies beside the model, in
test_digits.npz; where it is up to date already, nothing is done.

examples:
  python -m vae precompute runs/mine
  python -m vae precompute notebook calibrated --force
"""

from __future__ import annotations

import argparse
import time

from vae import precomputed
from vae.checkpoints import load, model_folder
from vae.data import load_mnist


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("models", nargs="+", metavar="MODEL", help="a model, by name or folder")
    parser.add_argument("--force", action="store_true", help="also where the file is up to date")


def run(arguments: argparse.Namespace) -> None:
    """Writes the files and says what it did."""
    models = {name: load(name) for name in arguments.models}  # A wrong name is told before any work.
    training, test = load_mnist("train"), load_mnist("test")
    for name, model in models.items():
        folder = model_folder(name)
        if not arguments.force and precomputed.read(folder, model.card, len(test.images)) is not None:
            print(f"{name}: up to date")
            continue
        start = time.perf_counter()
        path = precomputed.write(folder, model.card, precomputed.compute(model, training, test))
        print(f"{name}: {path}, {path.stat().st_size / 1e3:.0f} kB, in {time.perf_counter() - start:.0f} s")
