"""What is worked out ahead of a model over the 10,000 test digits, kept beside it in `test_digits.npz`.

The file names the weights that it was made from, so that one left over from another training is never used.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from vae.anomaly import CodeDensity

FILE = "test_digits.npz"
COUNT = 10_000


class DigitTable(NamedTuple):
    """The test digits as a model sees them, in MNIST's order.

    Attributes:
        tsne: Their codes in two dimensions by t-SNE, float32 (10000, 2), in t-SNE's own units.
        reconstruction: The reconstruction part of their anomaly scores, nats, float32 (10000,).
        kl: The KL part, nats, float32 (10000,).
        negative_log_density: How odd their codes are among the training digits', nats, float32 (10000,).
        density: Where the training digits' codes are.
    """

    tsne: np.ndarray
    reconstruction: np.ndarray
    kl: np.ndarray
    negative_log_density: np.ndarray
    density: CodeDensity


def write(folder: Path, card: Mapping[str, Any], table: DigitTable) -> Path:
    """Writes the file beside a model and returns its path.

    Args:
        folder: The model's folder.
        card: The model's card; its `weights_sha256` goes into the file.
        table: What to write.
    """
    path = Path(folder) / FILE
    single = {name: array.astype(np.float32) for name, array in table._asdict().items() if name != "density"}
    # Half precision moves a dot by a twentieth of its radius at most.
    single["tsne"] = single["tsne"].astype(np.float16)
    density = {f"density.{name}": array.astype(np.float32) for name, array in vars(table.density).items()}
    np.savez_compressed(path, weights_sha256=np.array(card["weights_sha256"]), **single, **density)
    return path


def read(folder: Path, card: Mapping[str, Any]) -> DigitTable | None:
    """Reads the file beside a model.

    Args:
        folder: The model's folder.
        card: The model's card.

    Returns:
        What it holds; None where there is no file, or one that is damaged or made from other weights.
    """
    try:
        # Opened here, since NumPy leaves the file of a damaged archive open.
        with open(Path(folder) / FILE, "rb") as file, np.load(file, allow_pickle=False) as archive:
            if str(archive["weights_sha256"]) != card.get("weights_sha256"):
                return None
            arrays = {
                name: archive[name].astype(np.float32) for name in archive.files if name != "weights_sha256"
            }
        density = CodeDensity(*(arrays.pop(f"density.{field.name}") for field in fields(CodeDensity)))
        table = DigitTable(**arrays, density=density)
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error):
        return None
    whole = table.tsne.shape == (COUNT, 2) and all(
        part.shape == (COUNT,) for part in (table.reconstruction, table.kl, table.negative_log_density)
    )
    return table if whole and all(np.isfinite(array).all() for array in arrays.values()) else None
