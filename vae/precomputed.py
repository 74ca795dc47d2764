"""What is worked out ahead of a model over its test pictures, kept beside it in `test_digits.npz`.

The file names the weights that it was made from, so that one left over from another training is never used.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from vae import anomaly
from vae.anomaly import CodeDensity
from vae.data import Digits

if TYPE_CHECKING:
    from vae.checkpoints import Checkpoint

FILE = "test_digits.npz"
OLDER_NAMES = {"surprise": "negative_log_density"}


class DigitTable(NamedTuple):
    """The test pictures as a model sees them, in their data set's order.

    Attributes:
        tsne: Their codes in two dimensions by t-SNE, float32 (n, 2), in t-SNE's own units.
        reconstruction: The reconstruction part of their anomaly scores, nats, float32 (n,).
        kl: The KL part, nats, float32 (n,).
        negative_log_density: How odd their codes are among the training pictures', nats, float32 (n,).
        density: Where the training pictures' codes are.
    """

    tsne: np.ndarray
    reconstruction: np.ndarray
    kl: np.ndarray
    negative_log_density: np.ndarray
    density: CodeDensity


def compute(model: Checkpoint, training: Digits, test: Digits) -> DigitTable:
    """Scores a model's test pictures and lays their codes out by t-SNE, which takes a minute for 10,000.

    Args:
        model: Whose table.
        training: The pictures that it was trained on, with their labels.
        test: The test pictures.

    Raises:
        ModuleNotFoundError: scikit-learn is not installed.

    Source: van der Maaten and Hinton, "Visualizing Data using t-SNE", JMLR 9, 2008; started from the
    principal components, as Kobak and Berens, "The art of using t-SNE for single-cell transcriptomics", 2019,
    advise.
    """
    from sklearn.manifold import TSNE  # Only this needs it.

    found = anomaly.score(model.vae, test.images, model.decoder_variance, np.random.default_rng(0))
    density = CodeDensity.fit(model.vae.encode(training.images).z_mean, training.labels)
    # Fewer pictures than the usual perplexity has neighbours can't be asked for so many.
    perplexity = min(30, (len(test.images) - 1) / 3)
    # One number has no second component, and codes that are all alike have no first one.
    init = "pca" if model.vae.network.latent_dim > 1 and np.ptp(found.z_mean, axis=0).any() else "random"
    layout = TSNE(perplexity=perplexity, init=init, random_state=0)
    return DigitTable(
        tsne=layout.fit_transform(found.z_mean),
        reconstruction=found.reconstruction,
        kl=found.kl,
        negative_log_density=density.negative_log_density(found.z_mean),
        density=density,
    )


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
    density = {
        f"density.{field.name}": getattr(table.density, field.name).astype(np.float32)
        for field in fields(CodeDensity)
    }
    np.savez_compressed(path, weights_sha256=np.array(card["weights_sha256"]), **single, **density)
    return path


def read(folder: Path, card: Mapping[str, Any], count: int = 10_000) -> DigitTable | None:
    """Reads the file beside a model.

    Args:
        folder: The model's folder.
        card: The model's card.
        count: How many test pictures the model has.

    Returns:
        What it holds; None where there is no file, or one that is damaged, made from other weights or of another
        number of pictures.
    """
    try:
        # Opened here, since NumPy leaves the file of a damaged archive open.
        with open(Path(folder) / FILE, "rb") as file, np.load(file, allow_pickle=False) as archive:
            if str(archive["weights_sha256"]) != card.get("weights_sha256"):
                return None
            arrays = {
                OLDER_NAMES.get(name, name): archive[name].astype(np.float32)
                for name in archive.files
                if name != "weights_sha256"
            }
        density = CodeDensity(*(arrays.pop(f"density.{field.name}") for field in fields(CodeDensity)))
        table = DigitTable(**arrays, density=density)
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error):
        return None
    whole = table.tsne.shape == (count, 2) and all(
        part.shape == (count,) for part in (table.reconstruction, table.kl, table.negative_log_density)
    )
    return table if whole and all(np.isfinite(array).all() for array in arrays.values()) else None
