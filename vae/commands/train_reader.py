"""What `train reader` does."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from vae.checkpoints import READER, new_run, require_replaceable
from vae.commands import configuration
from vae.commands.progress import progress_bar
from vae.data import load_dataset
from vae.errors import ConfigError
from vae.presets import READER as CONFIG
from vae.validate import require_writable


def run(arguments: argparse.Namespace) -> None:
    """Trains a reader and prints what each epoch reached and, at the end, how much it reads right."""
    if any([arguments.config, arguments.hidden, arguments.resume]):
        raise ConfigError(
            "Expected `train reader` without --config, --hidden and --resume. Received one of them."
        )
    config = CONFIG.with_changes(configuration.parse_settings(arguments.settings))
    if arguments.seed < 0:
        raise ConfigError(f"Expected a seed of 0 or more. Received {arguments.seed}.")
    data = load_dataset(arguments.data)
    folder = arguments.output or new_run(READER)
    require_replaceable(folder)
    require_writable(folder.resolve().parent)
    from vae.training import reader as training  # Loads TensorFlow, which takes seconds.

    print(
        f"reader: {config.network.parameters:,} weights, {config.training.epochs} epochs, seed {arguments.seed}, "
        f"to {folder}",
        flush=True,
    )
    with progress_bar(config.training.epochs, "epoch") as bar:

        def on_epoch(epoch: training.Epoch) -> None:
            bar.update()
            bar.write(
                f"epoch {epoch.epoch:>3}  loss {epoch.loss:.4f}  right {100 * epoch.accuracy:.2f} %  "
                f"{epoch.seconds:.1f} s",
                file=sys.stdout,
            )
            sys.stdout.flush()

        figures = training.train_reader(config, folder, arguments.seed, data=data, on_epoch=on_epoch)
    print(f"On {len(data.test.images):,} test pictures of {data.name}:")
    print(_line("clean", figures["clean"]))
    for state in ("noisy", "denoised"):
        for sigma, found in figures.get(state, {}).items():
            print(_line(f"{state}, sigma {sigma}", found))
    print(f"Saved in {folder}.")


def _line(label: str, found: dict[str, Any]) -> str:
    return (
        f"  {label:<20}  read right {100 * found['accuracy']:.2f} %  "
        f"expected calibration error {found['calibration_error']:.4f}"
    )
