"""Train a model and save it: a preset, or a network and settings of your own.

examples:
  python -m vae train notebook                                    about a minute on two cores
  python -m vae train calibrated --seed 1 --output runs/mine
  python -m vae train notebook --set training.epochs=5 --set noise.fresh=true
  python -m vae train notebook --hidden 256,128 --set network.latent_dim=2
  python -m vae train --config my.json                            see `python -m vae config --help`
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vae import precomputed
from vae.checkpoints import load, new_run, require_replaceable
from vae.commands import configuration
from vae.commands.progress import progress_bar
from vae.data import load_mnist
from vae.errors import ConfigError
from vae.presets import EXPECTED, PRESETS
from vae.validate import require_writable

FIGURES = {
    "mse_noisy_to_clean": "MSE at sigma 0.2, noisy to clean",
    "mse_clean_to_clean": "MSE without noise, clean to clean, which is what the notebook looked at",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    configuration.add_arguments(parser)
    parser.add_argument("--seed", type=int, default=0, help="what decides every random draw (default 0)")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FOLDER",
        help="where the model goes (default: a new one among the runs, such as runs/notebook-2)",
    )
    parser.add_argument(
        "--no-precompute",
        action="store_false",
        dest="precompute",
        help="leave out what the app shows of the test pictures (a minute; see `precompute`)",
    )


def _precompute(folder: Path) -> None:
    """What `vae precompute` does; without scikit-learn the model is as good, and two pages of the app are slower."""
    try:
        table = precomputed.compute(load(folder), load_mnist("train"), load_mnist("test"))
    except ModuleNotFoundError as error:
        print(
            f"Nothing was worked out ahead for the app: that needs the package {error.name!r}, which is not installed. "
            f"Run `pip install scikit-learn`, then `python -m vae precompute {folder}`."
        )
        return
    print(f"Worked out ahead for the app: {precomputed.write(folder, load(folder).card, table)}.")


def run(arguments: argparse.Namespace) -> None:
    """Trains a preset, prints what each epoch reached and, at the end, what was expected."""
    config = configuration.from_arguments(arguments)
    name = arguments.preset or arguments.config.stem
    folder = arguments.output or new_run(name)
    if arguments.seed < 0:
        raise ConfigError(f"Expected a seed of 0 or more. Received {arguments.seed}.")
    require_replaceable(folder)
    require_writable(folder.resolve().parent)
    from vae.training import loop  # Loads TensorFlow, which takes seconds.

    print(
        f"{name}: {config.network.parameters:,} weights, {config.training.epochs} epochs, "
        f"seed {arguments.seed}, to {folder}",
        flush=True,
    )
    with progress_bar(0, "step") as bar:

        def on_chunk(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        def on_epoch(epoch: loop.Epoch) -> None:
            bar.write(
                f"epoch {epoch.epoch:>3}  loss {epoch.loss:.5g}  KL {epoch.kl_divergence:.1f} nats  "
                f"MSE {epoch.mse:.5f}  {epoch.seconds:.1f} s",
                file=sys.stdout,
            )
            sys.stdout.flush()  # Lest a log stay empty for a hundred epochs.

        figures = loop.train(config, folder, arguments.seed, on_chunk=on_chunk, on_epoch=on_epoch)
    # With other settings other figures are to be expected.
    expected = EXPECTED.get(name, {}) if config == PRESETS.get(name) else {}
    print("Reached on the 10,000 test digits:")
    for name, label in FIGURES.items():
        beside = f"  (expected: about {expected[name]:.4f})" if name in expected else ""
        print(f"  {label}: {figures[name]:.5f}{beside}")
    print(f"Saved in {folder}.")
    if arguments.precompute:
        _precompute(folder)
    print(f"Measure it with `python -m vae evaluate {folder}`.")
