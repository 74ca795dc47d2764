"""Work out ahead what the app shows of a model: of its test pictures, and of its latent space.

`train` does this at its end. Of the test pictures it is a map by t-SNE, which takes about a minute for 10,000, and
anomaly scores, in test_digits.npz; of the latent space, what changes slant and thickness, a density of the codes, and
what draws from it read as, in latent_space.npz. Where a file is up to date already, nothing is done.

examples:
  python -m vae precompute runs/mine
  python -m vae precompute notebook calibrated --force
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

from vae import latent_profile, precomputed
from vae.checkpoints import Checkpoint, load, load_reader
from vae.data import Dataset


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("models", nargs="+", metavar="MODEL", help="a model, by name or folder")
    parser.add_argument("--force", action="store_true", help="also where a file is up to date")
    parser.add_argument(
        "--data",
        metavar="PATH",
        help="where the pictures are that a model was trained on, if they were moved",
    )


def run(arguments: argparse.Namespace) -> None:
    """Writes the files and says what it did."""
    models = {name: load(name) for name in arguments.models}  # A wrong name is told before any work.
    for name, model in models.items():
        data, start = model.dataset(arguments.data), time.perf_counter()
        written = list(work_out(model, data, force=arguments.force))
        for path in written:
            print(f"{name}: {path}, {path.stat().st_size / 1e3:.0f} kB")
        print(f"{name}: {f'in {time.perf_counter() - start:.0f} s' if written else 'up to date'}")


def work_out(model: Checkpoint, data: Dataset, *, force: bool = False) -> Iterator[Path]:
    """Makes the files of a model that are not up to date, or all, and gives the path of each once it is written.

    Raises:
        ModuleNotFoundError: scikit-learn is not installed.
    """
    folder, card = model.folder, model.card
    if force or precomputed.read(folder, card, len(data.test.images)) is None:
        yield precomputed.write(folder, card, precomputed.compute(model, data.train, data.test))
    # The shipped reader knows digits and nothing else.
    reader = load_reader() if model.knows_digits else None
    known = latent_profile.read(folder, card, reader and reader.reader)
    if force or known is None or known.reader_digest != (reader.digest if reader else ""):
        yield latent_profile.write(folder, card, latent_profile.compute(model, data.train, data.test, reader))
