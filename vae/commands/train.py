r"""Train a model and save it: a preset, or a network and settings of your own.

examples:
  python -m vae train notebook                                    about a minute on two cores
  python -m vae train calibrated --seed 1 --output runs/mine
  python -m vae train notebook --set training.epochs=5 --set noise.fresh=true
  python -m vae train notebook --hidden 256,128 --set network.latent_dim=2
  python -m vae train --config my.json                            see `python -m vae config --help`
  python -m vae train notebook --data fashion                     a folder with Fashion-MNIST's four files
  python -m vae train --resume notebook-2                         go on after Ctrl-C
  python -m vae train reader                                      the classifier that reads the app's pictures

several machines:
  Run the same command on each, with a TF_CONFIG that names them all and says which one this is. Each takes its share
  of every batch; only worker 0, the chief, writes files and reports progress. To resume, each must see the chief's
  folder.
  To try it on one machine, run these in two terminals:
  TF_CONFIG='{"cluster":{"worker":["localhost:4000","localhost:4001"]},"task":{"type":"worker","index":0}}' \
    python -m vae train notebook
  TF_CONFIG='{"cluster":{"worker":["localhost:4000","localhost:4001"]},"task":{"type":"worker","index":1}}' \
    python -m vae train notebook
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from vae.checkpoints import READER, load, new_run, require_replaceable, runs_folder
from vae.commands import configuration, train_ladder, train_reader
from vae.commands.precompute import work_out
from vae.commands.progress import journal, training_progress
from vae.data import Dataset, load_dataset
from vae.errors import ConfigError
from vae.presets import EXPECTED, LADDER, PRESETS
from vae.training import state
from vae.training.cluster import read_cluster
from vae.training.state import Unfinished
from vae.validate import require_writable

INTERRUPTED = 130  # What a shell reports for a program that Ctrl-C ended: 128 + SIGINT.

FIGURES = {
    "mse_noisy_to_clean": "MSE at sigma 0.2, noisy to clean",
    "mse_clean_to_clean": "MSE without noise, clean to clean, which is what the notebook looked at",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    configuration.add_arguments(parser)
    parser.add_argument("--seed", type=int, default=0, help="the seed of every random draw (default 0)")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FOLDER",
        help="the folder for the model (default: a new one among the runs, such as runs/notebook-2)",
    )
    parser.add_argument(
        "--data",
        metavar="PATH",
        help="what to train on instead of MNIST: an .npz file with x_train, y_train, x_test and y_test, pictures of "
        "28 x 28 as floats in [0, 1], or a folder with the four IDX files of MNIST or a relative of it",
    )
    parser.add_argument(
        "--resume",
        metavar="MODEL",
        help="continue a training run that was stopped, by the model's name or folder",
    )
    parser.add_argument(
        "--progress",
        choices=("bar", "jsonl"),
        default="bar",
        help="jsonl: print a line of JSON for each thing that happens, with pictures, and take requests on stdin: "
        """{"do": "pause"}, "step", "resume" or "stop", or {"set": {"objective.kl_weight": 2}}""",
    )
    parser.add_argument(
        "--no-precompute",
        action="store_false",
        dest="precompute",
        help="leave out what the app shows of the model (some minutes; see `precompute`)",
    )


def _precompute(folder: Path, data: Dataset) -> None:
    """What `vae precompute` does; without scikit-learn the model is as good, but two pages of the app are slower."""
    try:
        written = list(work_out(load(folder), data))
    except ModuleNotFoundError as error:
        print(
            f"Nothing was precomputed for the app: that needs the package {error.name!r}, which is not installed. "
            f"Run `pip install scikit-learn`, then `python -m vae precompute {folder}`."
        )
        return
    print(f"Worked out ahead for the app: {' and '.join(map(str, written))}.")


def _unfinished(arguments: argparse.Namespace) -> tuple[str, Path, Unfinished]:
    """The name, the folder and the settings of the model to train, and the state to resume from, None at the start."""
    if arguments.resume is not None:
        given = [
            arguments.preset,
            arguments.config,
            arguments.hidden,
            arguments.output,
            arguments.data,
            *arguments.settings,
        ]
        if any(given):
            raise ConfigError(
                "Expected --resume MODEL alone: a training run goes on as it began. Received more."
            )
        by_name = runs_folder() / arguments.resume
        folder = by_name if state.folder_of(by_name).exists() else Path(arguments.resume)
        return folder.name, folder, state.read(folder)
    config = configuration.from_arguments(arguments)
    if arguments.seed < 0:
        raise ConfigError(f"Expected a seed of 0 or more. Received {arguments.seed}.")
    name = arguments.preset or arguments.config.stem
    folder = arguments.output or new_run(name)
    if state.folder_of(folder).exists():
        raise ConfigError(
            f"Expected a folder without an unfinished training. Received {folder}. {_to_go_on(folder)} Or delete "
            f"{state.folder_of(folder)}."
        )
    return name, folder, Unfinished(config, arguments.seed, arguments.data, None)


def run(arguments: argparse.Namespace) -> int | None:
    """Trains a model, prints what each epoch reached and, at the end, what was expected."""
    if arguments.preset == READER:
        return train_reader.run(arguments)
    if arguments.preset == LADDER:
        return train_ladder.run(arguments)
    if arguments.progress == "bar":
        return _train(arguments, lambda config, test, seed: training_progress())
    # Nothing else may come between the journal's lines.
    stream = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):
        return _train(arguments, functools.partial(journal, stream))


def _train(arguments: argparse.Namespace, told: Callable[..., AbstractContextManager]) -> int | None:
    cluster = read_cluster()
    name, folder, unfinished = _unfinished(arguments)
    config, done = unfinished.config, unfinished.state
    if cluster:
        cluster.require_shares(config)
        cluster.require_free_port()
    data = load_dataset(unfinished.data)
    if cluster is None or cluster.index == 0:
        require_replaceable(folder)
        require_writable(folder.resolve().parent)
    from vae.training import distributed, loop  # Loads TensorFlow, which takes seconds.

    if cluster:
        print(f"Waiting until all {len(cluster.addresses)} workers are here.", flush=True)
    team = distributed.Team(cluster)
    if not team.is_chief:
        print(f"Training with the chief, {cluster.addresses[0]}, which reports progress.", flush=True)
        loop.train(config, folder, unfinished.seed, data=data, resume=done, team=team)
        team.wait()
        print("Finished.")
        return None
    training = config.training
    print(
        f"{name}: {config.network.parameters:,} weights, {training.epochs + training.polish_epochs} epochs, "
        f"seed {unfinished.seed}, to {folder}"
        + (f", after epoch {len(done.history)}" if done else "")
        + (f", on {team.count} workers" if cluster else ""),
        flush=True,
    )
    with told(config, data.test, unfinished.seed) as calls:
        try:
            result = loop.train(config, folder, unfinished.seed, data=data, resume=done, team=team, **calls)
        except KeyboardInterrupt:
            if not state.folder_of(folder).exists():
                raise
            print(f"Stopped. {_to_go_on(folder)}", file=sys.stderr)
            return INTERRUPTED
    if result.stopped_after is not None:
        print(
            f"Stopped after epoch {result.stopped_after}. Its model is saved in {folder}. {_to_go_on(folder)}",
            file=sys.stderr,
        )
        return INTERRUPTED
    # Other settings lead to other figures.
    expected = EXPECTED.get(name, {}) if config == PRESETS.get(name) and data.path is None else {}
    print(f"Reached on {len(data.test.images):,} test pictures of {data.name}:")
    for figure, label in FIGURES.items():
        beside = f"  (expected: about {expected[figure]:.4f})" if figure in expected else ""
        print(f"  {label}: {result.figures[figure]:.5f}{beside}")
    print(f"Saved in {folder}.")
    if arguments.precompute:
        _precompute(folder, data)
    team.wait()
    print(f"Measure it with `python -m vae evaluate {folder}`.")
    return None


def _to_go_on(folder: Path) -> str:
    return f"Go on with `python -m vae train --resume {folder}`."
