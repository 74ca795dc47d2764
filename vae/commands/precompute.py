"""Compute in advance what the app shows of a model's test pictures: their t-SNE map and their anomaly scores.

`train` does this at the end. t-SNE of 10,000 pictures takes about a minute. The result is kept beside the model, in
test_digits.npz; if it is up to date already, nothing is done.

examples:
  python -m vae precompute runs/mine
  python -m vae precompute notebook calibrated --force
"""

from __future__ import annotations

import argparse
import time

from vae import precomputed
from vae.checkpoints import load


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("models", nargs="+", metavar="MODEL", help="a model, by name or folder")
    parser.add_argument("--force", action="store_true", help="even if the file is up to date")
    parser.add_argument(
        "--data",
        metavar="PATH",
        help="the pictures that a model was trained on, if they have been moved",
    )


def run(arguments: argparse.Namespace) -> None:
    """Writes the files and says what it did."""
    models = {name: load(name) for name in arguments.models}  # Names are checked before any work.
    for name, model in models.items():
        data, folder = model.dataset(arguments.data), model.folder
        if not arguments.force and precomputed.read(folder, model.card, len(data.test.images)) is not None:
            print(f"{name}: up to date")
            continue
        start = time.perf_counter()
        path = precomputed.write(folder, model.card, precomputed.compute(model, data.train, data.test))
        print(f"{name}: {path}, {path.stat().st_size / 1e3:.0f} kB, in {time.perf_counter() - start:.0f} s")
