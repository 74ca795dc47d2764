"""The command line: `python -m vae train PRESET` and `python -m vae evaluate [MODEL ...]`.

Each command does its one call into the package, shows its progress, and says in one line what went wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vae.checkpoints import RUNS, load, require_replaceable, shipped_models
from vae.config import ConfigError
from vae.presets import EXPECTED, PRESETS

FIGURES = {
    "mse_noisy_to_clean": "MSE at sigma 0.2, noisy to clean",
    "mse_clean_to_clean": "MSE without noise, clean to clean, which is what the notebook looked at",
}
INTERRUPTED = 130  # What a shell reports for a program that Ctrl-C ended: 128 + SIGINT.


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m vae", description="A denoising variational autoencoder for MNIST."
    )
    commands = parser.add_subparsers(dest="command", required=True)

    train = commands.add_parser("train", help="train a preset and save it")
    train.add_argument("preset", choices=sorted(PRESETS), metavar="PRESET", help=" or ".join(sorted(PRESETS)))
    train.add_argument("--seed", type=int, default=0, help="what decides every random draw (default 0)")
    train.add_argument(
        "--output", type=Path, metavar="FOLDER", help="where the model goes (default runs/PRESET)"
    )
    train.add_argument(
        "--set",
        action="append",
        default=[],
        dest="settings",
        metavar="NAME=VALUE",
        help="change a setting, such as training.epochs=5; may be repeated",
    )
    train.set_defaults(run=run_train)

    evaluate = commands.add_parser(
        "evaluate", help="print how well models denoise, beside classical filters (minutes: BM3D is slow)"
    )
    evaluate.add_argument(
        "models",
        nargs="*",
        metavar="MODEL",
        help="models' folders, or names of shipped ones (default: all shipped)",
    )
    evaluate.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    evaluate.add_argument(
        "--quick", action="store_true", help="1,000 digits and no filters: a look, not the project's figures"
    )
    evaluate.set_defaults(run=run_evaluate)
    return parser


def parse_settings(settings: Sequence[str]) -> dict[str, Any]:
    """Reads NAME=VALUE pairs; a value is JSON where it can be, and a string otherwise.

    Raises:
        ConfigError: A pair without "=".
    """
    changes = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise ConfigError(f"Expected NAME=VALUE, such as training.epochs=5. Received {setting!r}.")
        try:
            changes[name] = json.loads(value)
        except ValueError:
            changes[name] = value
    return changes


def _require_writable(folder: Path) -> None:
    """Finds out before the work, not after it, that its result can't be kept."""
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / ".vae-can-write"
    probe.touch()
    probe.unlink()


def _progress_bar(total: int, unit: str):
    # Only training and evaluating need it: the app runs without.
    from tqdm import tqdm

    return tqdm(total=total, unit=unit, leave=False, dynamic_ncols=True, disable=not sys.stderr.isatty())


def run_train(arguments: argparse.Namespace) -> None:
    """Trains a preset, prints what each epoch reached and, at the end, what was expected."""
    config = PRESETS[arguments.preset].with_changes(parse_settings(arguments.settings))
    folder = arguments.output or RUNS / arguments.preset
    if arguments.seed < 0:
        raise ConfigError(f"Expected a seed of 0 or more. Received {arguments.seed}.")
    require_replaceable(folder)
    _require_writable(folder.resolve().parent)
    from vae import training  # Loads TensorFlow, which takes seconds.

    print(
        f"{arguments.preset}: {config.network.parameters:,} weights, {config.training.epochs} epochs, "
        f"seed {arguments.seed}, to {folder}",
        flush=True,
    )
    with _progress_bar(0, "step") as bar:

        def on_chunk(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        def on_epoch(epoch: training.Epoch) -> None:
            bar.write(
                f"epoch {epoch.epoch:>3}  loss {epoch.loss:.5g}  KL {epoch.kl_divergence:.1f} nats  "
                f"MSE {epoch.mse:.5f}  {epoch.seconds:.1f} s",
                file=sys.stdout,
            )
            sys.stdout.flush()  # Lest a log stay empty for a hundred epochs.

        figures = training.train(config, folder, arguments.seed, on_chunk=on_chunk, on_epoch=on_epoch)
    # With other settings other figures are to be expected.
    expected = EXPECTED.get(arguments.preset, {}) if config == PRESETS[arguments.preset] else {}
    print("Reached on the 10,000 test digits:")
    for name, label in FIGURES.items():
        beside = f"  (expected: about {expected[name]:.4f})" if name in expected else ""
        print(f"  {label}: {figures[name]:.5f}{beside}")
    print(f"Saved in {folder}. Measure it with `python -m vae evaluate {folder}`.")


def run_evaluate(arguments: argparse.Namespace) -> None:
    """Prints the table of `evaluation.evaluate`."""
    from vae import evaluation

    if arguments.json:
        _require_writable(arguments.json.resolve().parent)
    models = [load(model) for model in arguments.models or shipped_models()]
    counts = {"count": 1_000, "classical_count": 0} if arguments.quick else {}
    with _progress_bar(0, "step") as bar:

        def on_progress(done: int, total: int, doing: str) -> None:
            bar.total = total
            bar.set_description(doing, refresh=False)
            bar.update(done - bar.n)

        result = evaluation.evaluate(models, **counts, on_progress=on_progress)
    print(evaluation.render(result))
    if arguments.json:
        arguments.json.write_text(json.dumps(result.to_dict(), indent=1) + "\n")
        print(f"\nWritten to {arguments.json}.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        arguments: The command line after `python -m vae`; by default that of this process.

    Returns:
        The exit status: 0, 2 for something the user can put right, 130 after Ctrl-C.
    """
    parsed = _parser().parse_args(arguments)
    try:
        parsed.run(parsed)
    except KeyboardInterrupt:
        print("Stopped. Nothing was written: what was there before is as it was.", file=sys.stderr)
        return INTERRUPTED
    except ModuleNotFoundError as error:
        requirements = "train" if parsed.command == "train" else "dev"
        print(
            f"Expected the package {error.name!r}, which `{parsed.command}` needs. It is not installed: run "
            f"`pip install -r requirements-{requirements}.txt`.",
            file=sys.stderr,
        )
        return 2
    except (ValueError, OSError) as error:  # ConfigError and CheckpointError are ValueErrors.
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
