"""Draw a model's figures: galleries, loss curves, latent space.

examples:
  python -m vae figures calibrated figures/                      PNG
  python -m vae figures mine figures/ --format pdf          for a paper; svg for a page
  python -m vae figures calibrated figures/ --format png svg     both
  python -m vae figures calibrated figures/ --seed 1             other noise, other draws from the prior
  python -m vae figures ladder figures/                          rate-distortion and draws, of all siblings

Seven figures, named after what they show: denoising, noise-levels, samples, traversals, codes, component-variance and
loss. No file is overwritten.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from vae.checkpoints import load
from vae.errors import InputError
from vae.ladder import find_ladder, load_ladder
from vae.validate import require_writable

STOPPED = "Files written so far are complete, except perhaps the last."
# `vae.figures` has them too, but importing it takes matplotlib.
FORMATS = ("png", "svg", "pdf")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument(
        "model", metavar="MODEL", help="a shipped model, a run or the ladder by name, or a folder of one"
    )
    parser.add_argument("target", type=Path, metavar="OUT", help="the folder to write in")
    parser.add_argument(
        "--format",
        nargs="+",
        choices=FORMATS,
        default=["png"],
        metavar="FORMAT",
        help="one or more of png, svg, pdf (default png)",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=0,
        help="the seed of the noise and of the draws from the prior (default 0)",
    )


def run(arguments: argparse.Namespace) -> None:
    """Draws every figure and writes it in each format."""
    if arguments.seed < 0:
        raise InputError(f"Expected a seed of 0 or more. Received {arguments.seed}.")
    from vae import figures
    from vae.data import load_dataset

    def file(name: str, suffix: str) -> Path:
        return arguments.target / f"{name}.{suffix}"

    ladder = find_ladder(arguments.model)
    if ladder:
        names, drawn = figures.LADDER_FIGURES, figures.draw_ladder(load_ladder(ladder), arguments.seed)
    else:
        model = load(arguments.model)
        digits = load_dataset(model.card.get("data", {}).get("path")).test  # None for MNIST.
        names, drawn = figures.FIGURES, figures.draw(model, digits, arguments.seed)
    for name in names:
        for suffix in arguments.format:
            if file(name, suffix).exists():
                raise FileExistsError(f"Expected a new file. Received {file(name, suffix)}, which exists.")
    require_writable(arguments.target)
    for name, figure in drawn:
        for suffix in arguments.format:
            figures.save(figure, file(name, suffix))
            print(file(name, suffix), flush=True)
