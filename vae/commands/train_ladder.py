"""What `train ladder` does."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vae import ladder, rate_distortion
from vae.checkpoints import load, load_reader, require_replaceable, runs_folder
from vae.commands import configuration
from vae.commands.progress import training_progress
from vae.config import Config
from vae.data import Dataset, load_dataset
from vae.errors import CheckpointError, ConfigError
from vae.presets import DEFAULT_MODEL, LADDER, LADDER_WEIGHTS, ladder_config
from vae.training import state
from vae.training.state import State
from vae.validate import require_writable


def run(arguments: argparse.Namespace) -> int | None:
    """Trains every sibling that isn't finished yet, measures them all and prints the table.

    Returns:
        The exit status of a stopped training; None when all are there.
    """
    if any([arguments.config, arguments.hidden, arguments.resume, arguments.data]):
        raise ConfigError(
            "Expected `train ladder` without --config, --hidden, --data and --resume: the same command again goes on. "
            "Received one of them."
        )
    changes = configuration.parse_settings(arguments.settings)
    if "objective.kl_weight" in changes:
        raise ConfigError(
            "Expected settings that all siblings share. Received objective.kl_weight, in which they differ."
        )
    if arguments.seed < 0:
        raise ConfigError(f"Expected a seed of 0 or more. Received {arguments.seed}.")
    configs = {weight: ladder_config(weight).with_changes(changes) for weight in LADDER_WEIGHTS}
    whole = arguments.output or runs_folder() / LADDER
    begun = {}
    for weight, config in configs.items():
        folder = ladder.folder_of(whole, weight)
        require_replaceable(folder)
        begun[weight] = _unfinished(folder, config, arguments.seed)
    require_writable(whole)
    reader, data = load_reader(), load_dataset()
    real = reader.reader.features(data.test.images)
    rows = {}
    for weight, config in configs.items():
        folder = ladder.folder_of(whole, weight)
        if _is_finished(folder, config, arguments.seed):
            print(f"{folder.name}: finished before", flush=True)
        elif not _train(folder, config, arguments.seed, data, begun[weight]):
            print("Stopped. The same command goes on after the last whole epoch.", file=sys.stderr)
            return 130
        model = load(folder)
        about = {"weights_sha256": model.digest, "reader_sha256": reader.digest}
        found = rate_distortion.read(folder, about)
        if found is None:
            found = rate_distortion.measure(model.vae, weight, reader.reader, data.test, real)
            rate_distortion.write(folder, about, found)
        rows[folder.name] = found
    beside = load(DEFAULT_MODEL)
    rows[beside.name] = rate_distortion.measure(
        beside.vae, beside.config.objective.kl_weight, reader.reader, data.test, real
    )
    print(ladder.as_table(rows))
    print(f"Saved in {whole}.")
    return None


def _is_finished(folder: Path, config: Config, seed: int) -> bool:
    try:
        model = load(folder)
    except CheckpointError:
        return False
    training = model.card.get("training", {})
    return model.config == config and training.get("seed") == seed and training.get("stopped_after") is None


def _unfinished(folder: Path, config: Config, seed: int) -> State | None:
    """How far a sibling is that was stopped, None at the start.

    Raises:
        ConfigError: What was stopped is another training.
    """
    if not state.folder_of(folder).exists():
        return None
    found = state.read(folder)
    if (found.config, found.seed, found.data) != (config, seed, None):
        raise ConfigError(
            f"Expected the training in {state.folder_of(folder)} to have the same settings and seed. Received others: "
            "give them again, or delete it."
        )
    return found.state


def _train(folder: Path, config: Config, seed: int, data: Dataset, begun: State | None) -> bool:
    """Trains one sibling; whether it got to the end."""
    from vae.training import loop  # Loads TensorFlow, which takes seconds.

    print(
        f"{folder.name}: {config.network.parameters:,} weights, {config.training.epochs} epochs, seed {seed}"
        + (f", after epoch {len(begun.history)}" if begun else ""),
        flush=True,
    )
    with training_progress() as calls:
        try:
            result = loop.train(config, folder, seed, data=data, resume=begun, **calls)
        except KeyboardInterrupt:
            if not state.folder_of(folder).exists():
                raise
            return False
    return result.stopped_after is None
