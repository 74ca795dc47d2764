"""Print how well models denoise, beside classical filters (minutes: BM3D is slow).

examples:
  python -m vae evaluate                              all shipped models
  python -m vae evaluate notebook notebook-2          these two
  python -m vae evaluate notebook-2 --quick           a look within a minute
  python -m vae evaluate --json figures.json          write the figures to a file too
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from vae.checkpoints import load, shipped_models
from vae.commands.progress import progress_bar
from vae.validate import require_writable

QUICK = 1_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument(
        "models",
        nargs="*",
        metavar="MODEL",
        help="models, by name or folder (default: all shipped)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument(
        "--quick",
        action="store_true",
        help=f"at most {QUICK:,} pictures and no filters: a look, not the project's figures",
    )
    parser.add_argument(
        "--data",
        metavar="PATH",
        help="where the pictures are that the models were trained on, if they were moved",
    )


def run(arguments: argparse.Namespace) -> None:
    """Prints the table of `evaluation.evaluate`."""
    from vae import evaluation

    if arguments.json:
        require_writable(arguments.json.resolve().parent)
    # Each once, whether it was named or given by its folder.
    models = {
        model.folder.resolve(): model for model in map(load, arguments.models or shipped_models())
    }.values()
    first = next(iter(models))  # All have the same data, or are refused.
    options: dict[str, Any] = {}
    if arguments.quick:
        options = {"count": min(QUICK, len(first.test_set().images)), "classical_count": 0}
    if arguments.data:
        options["training"] = first.dataset(arguments.data).train
    with progress_bar(0, "step") as bar:

        def on_progress(done: int, total: int, doing: str) -> None:
            bar.total = total
            bar.set_description(doing, refresh=False)
            bar.update(done - bar.n)

        result = evaluation.evaluate(models, **options, on_progress=on_progress)
    print(evaluation.render(result))
    if arguments.json:
        arguments.json.write_text(json.dumps(result.to_dict(), indent=1) + "\n")
        print(f"\nWritten to {arguments.json}.")
