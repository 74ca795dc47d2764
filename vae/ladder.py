"""The ladder: siblings that differ in nothing but the weight of the KL divergence, with what was measured of each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from vae import rate_distortion
from vae.checkpoints import Checkpoint, load
from vae.data import ASSETS
from vae.errors import CheckpointError
from vae.presets import LADDER, LADDER_WEIGHTS
from vae.rate_distortion import RateDistortion

SHIPPED = ASSETS / LADDER


class Sibling(NamedTuple):
    """One model of the ladder.

    Attributes:
        model: The model.
        figures: Its rate, its distortion and how good its draws are.
    """

    model: Checkpoint
    figures: RateDistortion


def folder_of(ladder: Path, kl_weight: float) -> Path:
    """Where the sibling of a weight lies in a ladder's folder."""
    return ladder / f"kl-{kl_weight:g}"


def find_ladder(name: str) -> Path | None:
    """The folder of a ladder, the shipped one by its name; None for anything else."""
    ladder = SHIPPED if name == LADDER else Path(name)
    return ladder if all(folder_of(ladder, weight).is_dir() for weight in LADDER_WEIGHTS) else None


def load_ladder(ladder: Path = SHIPPED) -> tuple[Sibling, ...]:
    """Reads all siblings, by rising weight.

    Raises:
        CheckpointError: One is missing or damaged, or has no figures of its own.
    """
    siblings = []
    for kl_weight in LADDER_WEIGHTS:
        model = load(folder_of(ladder, kl_weight))
        figures = rate_distortion.read(model.folder, {"weights_sha256": model.digest})
        if figures is None:
            raise CheckpointError(
                f"Expected the figures of {model.name} in {model.folder / rate_distortion.FILE}. They are missing or "
                "of another model: run `python -m vae train ladder` with the same --output."
            )
        siblings.append(Sibling(model, figures))
    return tuple(siblings)


def best_draws(figures: Sequence[RateDistortion]) -> int:
    """The place of the model whose draws from the prior are closest to real digits, by their Frechet distance."""
    return min(range(len(figures)), key=lambda place: figures[place].draws_distance)


def as_table(rows: dict[str, RateDistortion]) -> str:
    """What was measured of some models, by name, as a Markdown table."""
    lines = [
        "| model | KL weight | rate, nats | distortion | active | std of codes | draws read | Frechet distance | "
        "middles read | confidence there | reconstructions read |",
        "|:--|" + "--:|" * 10,
    ]
    for name, found in rows.items():
        deviations = found.deviation_by_dimension
        cells = [
            f"{found.kl_weight:g}",
            f"{found.rate:.1f}",
            f"{found.distortion:.4f}",
            f"{sum(found.active)} of {len(deviations)}",
            f"{sum(deviations) / len(deviations):.2f}",
            f"{100 * found.draws_read:.1f} %",
            f"{found.draws_distance:.1f}",
            f"{100 * found.middles_read:.1f} %",
            f"{found.middles_confidence:.3f}",
            f"{100 * found.reconstructions_read:.1f} %",
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
