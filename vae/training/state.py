"""An unfinished training on disk: all that it takes to go on as if it had never stopped.

It lies beside the model's folder until that is saved, in one file that is replaced whole after each epoch.
"""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vae.checkpoints import BEGUN
from vae.config import Config
from vae.errors import CheckpointError

FILE = "state.npz"


@dataclass(frozen=True)
class Epoch:
    """What an epoch reached, on training batches as they came, with the weights changing all the while.

    Attributes:
        epoch: Its number, from 1.
        seconds: How long it took, without the validation.
        loss: The objective's total.
        reconstruction_loss: Its first part.
        kl_divergence: Its second part before weighting, nats.
        mse: Mean squared error of the reconstructions from sampled codes.
        validation_loss: The objective's total on test pictures after the epoch; None where none were given.
    """

    epoch: int
    seconds: float
    loss: float
    reconstruction_loss: float
    kl_divergence: float
    mse: float
    validation_loss: float | None = None


@dataclass(frozen=True)
class State:
    """A training after one of its epochs.

    Attributes:
        phase: 0 in the epochs proper, 1 in those of polishing.
        done: How many epochs of the phase are done.
        variables: Those of the network and of the optimizer, in their order.
        rng: The state of the generator of all random draws.
        history: What each epoch so far reached.
    """

    phase: int
    done: int
    variables: list[np.ndarray]
    rng: Mapping[str, Any]
    history: tuple[Epoch, ...]


@dataclass(frozen=True)
class Unfinished:
    """A training that can go on.

    Attributes:
        config: What is trained, and how.
        seed: What decides every random draw.
        data: Where the pictures come from, as `vae.data.load_dataset` takes it; None for MNIST.
        state: How far it is.
    """

    config: Config
    seed: int
    data: str | None
    state: State


def folder_of(model_folder: Path) -> Path:
    """Where the unfinished training of a model lies."""
    return model_folder.with_name(model_folder.name + BEGUN)


def write(model_folder: Path, unfinished: Unfinished) -> None:
    """Writes the state, replacing an older one whole."""
    folder, state = folder_of(model_folder), unfinished.state
    folder.mkdir(parents=True, exist_ok=True)
    about = {
        "config": unfinished.config.to_dict(),
        "seed": unfinished.seed,
        "data": unfinished.data,
        "phase": state.phase,
        "done": state.done,
        "rng": state.rng,
        "history": [asdict(epoch) for epoch in state.history],
    }
    arrays = {f"variable.{index}": array for index, array in enumerate(state.variables)}
    with (folder / f".{FILE}").open("wb") as file:
        np.savez(file, about=np.array(json.dumps(about)), **arrays)
    os.replace(folder / f".{FILE}", folder / FILE)


def read(model_folder: Path) -> Unfinished:
    """Reads the unfinished training of a model.

    Raises:
        CheckpointError: There is none, or it is damaged.
    """
    path = folder_of(model_folder) / FILE
    if not path.is_file():
        raise CheckpointError(f"Expected an unfinished training in {path.parent}. There is none.")
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            about = json.loads(str(archive["about"]))
            variables = [archive[f"variable.{index}"] for index in range(len(archive.files) - 1)]
        history = tuple(Epoch(**epoch) for epoch in about["history"])
        state = State(about["phase"], about["done"], variables, about["rng"], history)
        return Unfinished(Config.from_dict(about["config"]), about["seed"], about["data"], state)
    except (ValueError, OSError, EOFError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise CheckpointError(
            f"Expected {path} to hold an unfinished training. Received {error}. Begin anew."
        ) from error


def remove(model_folder: Path) -> None:
    """Removes the unfinished training of a model that is finished."""
    shutil.rmtree(folder_of(model_folder), ignore_errors=True)
