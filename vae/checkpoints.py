"""A trained model on disk: a folder with `weights.npz` and `card.json`.

`weights.npz` holds float32 arrays, never pickled: the network's weights, and what was measured of its latent space
over the training digits. `card.json` holds the configuration, the training run and the figures.
"""

from __future__ import annotations

import hashlib
import json
import math
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vae.config import Config
from vae.data import ASSETS
from vae.errors import CheckpointError, InputError
from vae.inference import VAE
from vae.latent import PrincipalComponents
from vae.packing import round_weights

FORMAT = 1
RUNS = Path("runs")
CARD, WEIGHTS = "card.json", "weights.npz"


@dataclass(frozen=True)
class Checkpoint:
    """A loaded model.

    Attributes:
        name: What people call it, the folder's name.
        config: What it was trained with.
        vae: The network with its weights.
        components: The principal components of the training digits' codes.
        kl: Mean KL divergence of each latent dimension over the training digits, nats, (latent_dim,).
        decoder_variance: Mean squared error of a clean training digit's reconstruction from a sampled code: the
            best single variance of a Gaussian decoder.
        card: The whole card, with the training run and figures.
    """

    name: str
    config: Config
    vae: VAE
    components: PrincipalComponents
    kl: np.ndarray
    decoder_variance: float
    card: Mapping[str, Any]


def shipped_models() -> list[str]:
    """The names of the models that the project ships, the default first."""
    names = sorted(path.parent.name for path in ASSETS.glob(f"*/{CARD}"))
    return sorted(names, key=lambda name: name != "calibrated")


def model_folder(model: str | Path) -> Path:
    """The folder of a shipped model, by name, or of any other, by path."""
    shipped = ASSETS / str(model)
    return shipped if str(model) in shipped_models() else Path(model)


def require_replaceable(folder: Path) -> None:
    """Keeps a model from being saved over anything that isn't one.

    Raises:
        CheckpointError: The path is a file, or a folder that holds something else than a model.
    """
    if folder.is_dir() and ((folder / CARD).is_file() or not any(folder.iterdir())):
        return
    if folder.exists():
        raise CheckpointError(
            f"Expected a new folder for the model, or one that holds a model to replace. Received {folder}, which "
            f"holds something else."
        )


def save(
    folder: Path,
    config: Config,
    weights: Mapping[str, np.ndarray],
    components: PrincipalComponents,
    kl: np.ndarray,
    card: Mapping[str, Any],
) -> None:
    """Writes a model whole or not at all: an interrupted save leaves an older model as it was.

    Args:
        folder: Where; a model that is there already is replaced.
        config: What the model was trained with.
        weights: The network's weights by name, float32.
        components: The principal components of the training digits' codes.
        kl: Mean KL divergence of each dimension, (latent_dim,).
        card: What else to record: training, data, versions, figures, decoder_variance.

    Raises:
        CheckpointError: Something else than a model is there.
    """
    folder = Path(folder)
    require_replaceable(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    try:
        arrays = {
            **weights,
            "latent.mean": components.mean,
            "latent.components": components.components,
            "latent.variances": components.variances,
            "latent.kl": np.asarray(kl, np.float32),
        }
        np.savez_compressed(staging / WEIGHTS, **arrays)
        digest = hashlib.sha256((staging / WEIGHTS).read_bytes()).hexdigest()
        full_card = {"format": FORMAT, "weights_sha256": digest, "config": config.to_dict(), **card}
        (staging / CARD).write_text(json.dumps(full_card, indent=1) + "\n")
        staging.chmod(0o755)
        # A folder can't be replaced in one step; the old one steps aside and comes back if the new one fails.
        aside = staging.with_name(staging.name + "-old")
        if folder.exists():
            folder.rename(aside)
        try:
            staging.rename(folder)
        except BaseException:
            if aside.exists():
                aside.rename(folder)
            raise
        shutil.rmtree(aside, ignore_errors=True)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _read_card(folder: Path) -> dict[str, Any]:
    path = folder / CARD
    if not path.is_file():
        raise CheckpointError(
            f"Expected a trained model in {folder}. There is no {CARD}: train one with `python -m vae train notebook`, "
            f"or pick a shipped model ({', '.join(shipped_models())})."
        )
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise CheckpointError(
            f"Expected {path} to be JSON. Received {error}. Train or copy it again."
        ) from error
    version = card.get("format") if isinstance(card, dict) else None
    if type(version) is not int or version < 1:
        raise CheckpointError(
            f"Expected {path} to name its format. Received {version!r}. Train or copy it again."
        )
    if version > FORMAT:
        raise CheckpointError(
            f"Expected a card of format {FORMAT} or older in {folder}. Received format {version}: it was written by a "
            f"newer version of this project. Update the project."
        )
    return card


def _read_arrays(folder: Path) -> dict[str, np.ndarray]:
    path = folder / WEIGHTS
    try:
        # Opened here, because np.load leaves a damaged file open.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except FileNotFoundError as error:
        raise CheckpointError(
            f"Expected {path}. There is no such file. Train or copy the model again."
        ) from error
    except (
        ValueError,
        OSError,
        EOFError,
        KeyError,
        AttributeError,
        TypeError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise CheckpointError(
            f"Expected {path} to be a whole NumPy archive. Received {error}. Train or copy the model again."
        ) from error


def load(model: str | Path) -> Checkpoint:
    """Reads a model and checks it.

    Args:
        model: The name of a shipped model, or the folder of any other.

    Returns:
        The model, ready to run.

    Raises:
        CheckpointError: There is none, a file is damaged, of the wrong shape or not finite, or the card is newer
            than this version of the project understands.
    """
    folder = model_folder(model)
    card = _read_card(folder)
    arrays = _read_arrays(folder)
    try:
        config = Config.from_dict(card["config"])
        VAE(config.network, arrays)  # Checks them.
        vae = VAE(config.network, round_weights(config.network, arrays))
        dims = config.network.latent_dim
        shapes = {"mean": (dims,), "components": (dims, dims), "variances": (dims,), "kl": (dims,)}
        latent = {}
        for name, shape in shapes.items():
            array = arrays.get(f"latent.{name}")
            if array is None or array.shape != shape or not np.isfinite(array).all():
                received = (
                    "nothing" if array is None else f"shape {array.shape}, or values that are not finite"
                )
                raise InputError(f"Expected 'latent.{name}', finite, of shape {shape}. Received {received}.")
            latent[name] = array
        decoder_variance = float(card["decoder_variance"])
        if not (math.isfinite(decoder_variance) and decoder_variance > 0):
            raise InputError(f"Expected a decoder_variance above 0. Received {decoder_variance}.")
        return Checkpoint(
            name=folder.name,
            config=config,
            vae=vae,
            components=PrincipalComponents(latent["mean"], latent["components"], latent["variances"]),
            kl=latent["kl"],
            decoder_variance=decoder_variance,
            card=card,
        )
    except (KeyError, TypeError, ValueError) as error:
        missing = f"Expected the card to hold {error}." if isinstance(error, KeyError) else str(error)
        raise CheckpointError(
            f"The model in {folder} can't be used. {missing} Train or copy it again."
        ) from error
