"""A trained model on disk: a folder with `weights.npz` and `card.json`.

`weights.npz` holds float32 arrays, never pickled: the network's weights, and measurements of its latent space over the
training digits. `card.json` holds the configuration, the training run and the figures. A reader has a folder of the
same kind; its card says that it is a reader.
"""

from __future__ import annotations

import functools
import hashlib
import io
import itertools
import json
import math
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vae.config import Config, ReaderConfig
from vae.data import ASSETS, Dataset, Digits, load_dataset, load_mnist, pack_test_set, unpack_test_set
from vae.errors import CheckpointError, ConfigError, DataError, InputError
from vae.inference import VAE
from vae.latent import PrincipalComponents
from vae.layers import Shape
from vae.packing import round_weights
from vae.presets import DEFAULT_MODEL
from vae.reader import Reader, ReaderCheckpoint

FORMAT = 1
CARD, WEIGHTS, TEST_SET = "card.json", "weights.npz", "test_set.npz"
BEGUN = ".training"  # The suffix of a run's name in the folder of its unfinished training.


@dataclass(frozen=True)
class Checkpoint:
    """A loaded model.

    Attributes:
        name: What people call it: the folder's name. If a run's folder has the name of a shipped model, its parent's
            name comes first, so that nobody takes it for the shipped one.
        folder: Where it is.
        digest: The SHA-256 of its weights, computed at loading and equal to the card's.
        config: What it was trained with.
        vae: The network with its weights.
        components: The principal components of the training digits' codes.
        kl: Mean KL divergence of each latent dimension over the training digits, nats, (latent_dim,).
        decoder_variance: Mean squared error of a clean training digit's reconstruction from a sampled code: the
            best single variance of a Gaussian decoder.
        card: The whole card, with the training run and figures.
    """

    name: str
    folder: Path
    digest: str
    config: Config
    vae: VAE
    components: PrincipalComponents
    kl: np.ndarray
    decoder_variance: float
    card: Mapping[str, Any]

    @property
    def data_name(self) -> str:
        """What it was trained on, by name."""
        return str(self.card.get("data", {}).get("name", "MNIST"))

    @property
    def knows_digits(self) -> bool:
        """Whether it was trained on the bundled MNIST, so that statements about digits hold for it."""
        return self.card.get("data", {}).get("path") is None

    def test_set(self) -> Digits:
        """The test pictures of the data that it was trained on.

        Raises:
            CheckpointError: They are missing beside the model, or damaged.
        """
        if self.knows_digits:
            return load_mnist("test")
        path = self.folder / TEST_SET
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
                return unpack_test_set(archive, path)
        except (
            ValueError,
            OSError,
            EOFError,
            KeyError,
            AttributeError,
            zipfile.BadZipFile,
            zlib.error,
        ) as error:
            received = getattr(error, "strerror", None) or error
            raise CheckpointError(
                f"Expected the test pictures of {self.name} in {path}. Received: {received}. Train the model again."
            ) from error

    def dataset(self, path: str | Path | None = None) -> Dataset:
        """The data that it was trained on.

        Args:
            path: Where that is, if it is no longer where the card says.

        Raises:
            DataError: It is not there, or other data is.
        """
        known = self.card.get("data", {})
        found = load_dataset(path or known.get("path"))
        if found.sha256 != known.get("sha256", found.sha256):
            raise DataError(
                f"Expected the data that {self.name} was trained on, {self.data_name}. Received {found.name}, "
                f"whose SHA-256 is another. Say where it is with --data."
            )
        return found


READER = "reader"  # The kind in a reader's card, and the name of the shipped one.


def shipped_models() -> list[str]:
    """The names of the models that the project ships, the default first; the reader is not among them."""
    return list(_models_in(ASSETS))


@functools.cache  # The shipped models don't change.
def _models_in(assets: Path) -> tuple[str, ...]:
    names = sorted(path.parent.name for path in assets.glob(f"*/{CARD}") if not _is_reader(path.parent))
    return tuple(sorted(names, key=lambda name: name != DEFAULT_MODEL))


def runs_folder() -> Path:
    """The folder of trained models: VAE_RUNS, or else the checkout's `runs/`, or else `./runs`."""
    named = os.environ.get("VAE_RUNS")
    if named:
        return Path(named)
    checkout = Path(__file__).parents[1]
    return checkout / "runs" if (checkout / "pyproject.toml").is_file() else Path("runs")


def runs() -> list[Path]:
    """The folders of all models that were trained here, by name."""
    folders = sorted(path.parent for path in runs_folder().glob(f"*/{CARD}"))
    return [folder for folder in folders if not _is_reader(folder)]


def _is_reader(folder: Path) -> bool:
    path = folder / CARD
    return _says_reader(path, path.stat().st_mtime_ns)


@functools.cache  # The list of runs is made again and again, and a card hardly ever changes.
def _says_reader(path: Path, changed: int) -> bool:
    try:
        return json.loads(path.read_text(encoding="utf-8")).get("kind") == READER
    except (ValueError, OSError, AttributeError):
        return False  # Loading it says what is wrong with it.


def new_run(name: str) -> Path:
    """The folder for a new run: `name`, with the first number that makes it new if need be.

    The name of a shipped model is taken, and so is that of a run that has only begun.
    """
    folder = runs_folder()
    for number in itertools.count(1):
        path = folder / (name if number == 1 else f"{name}-{number}")
        begun = path.with_name(path.name + BEGUN)
        taken = path.name in (*shipped_models(), READER) or path.exists() or begun.exists()
        if not taken:
            return path


def require_run_name(name: str) -> None:
    """Makes sure that a run's name doesn't lead out of the folder of runs.

    Raises:
        CheckpointError: It is empty, hidden or a path.
    """
    if not name or name.startswith(".") or Path(name).name != name or "\\" in name:
        raise CheckpointError(f"Expected a run's name without slashes or a leading dot. Received {name!r}.")


def model_folder(model: str | Path) -> Path:
    """The folder of a shipped model, by name; of any other, by path; or of a run, by name."""
    if str(model) in shipped_models():
        return ASSETS / str(model)
    run = runs_folder() / str(model)
    return run if not Path(model).exists() and (run / CARD).is_file() else Path(model)


def _display_name(folder: Path) -> str:
    shipped = folder.parent == ASSETS
    if shipped or folder.name not in shipped_models():
        return folder.name
    return f"{folder.resolve().parent.name}/{folder.name}"


def require_replaceable(folder: Path) -> None:
    """Keeps a model from being saved over anything that isn't one.

    Raises:
        CheckpointError: The path is a file, or a folder that holds something other than a model.
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
    test: Digits | None = None,
) -> None:
    """Writes a model whole or not at all: an interrupted save leaves an older model as it was.

    Args:
        folder: Where; a model that is there already is replaced.
        config: What the model was trained with.
        weights: The network's weights by name, float32.
        components: The principal components of the training digits' codes.
        kl: Mean KL divergence of each dimension, (latent_dim,).
        card: What else to record: training, data, versions, figures, decoder_variance.
        test: The test pictures to keep beside the model, if its data isn't MNIST.

    Raises:
        CheckpointError: Something other than a model is there.
    """
    arrays = {
        **weights,
        "latent.mean": components.mean,
        "latent.components": components.components,
        "latent.variances": components.variances,
        "latent.kl": np.asarray(kl, np.float32),
    }
    others = {} if test is None else {TEST_SET: pack_test_set(test)}
    _write(folder, arrays, {"config": config.to_dict(), **card}, others)


def save_reader(
    folder: Path, config: ReaderConfig, weights: Mapping[str, np.ndarray], card: Mapping[str, Any]
) -> None:
    """Writes a reader as `save` writes a model; takes and raises what that does."""
    _write(folder, weights, {"kind": READER, "config": config.to_dict(), **card}, {})


def _write(
    folder: Path,
    arrays: Mapping[str, np.ndarray],
    card: Mapping[str, Any],
    others: Mapping[str, Mapping[str, np.ndarray]],
) -> None:
    """Replaces a folder by one with the weights, their card and other archives."""
    folder = Path(folder)
    require_replaceable(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    try:
        for name, archive in {WEIGHTS: arrays, **others}.items():
            np.savez_compressed(staging / name, **archive)
        digest = hashlib.sha256((staging / WEIGHTS).read_bytes()).hexdigest()
        full_card = {"format": FORMAT, "weights_sha256": digest, **card}
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


def describe(model: str | Path) -> str:
    """What a model is, in a few words, from its card alone: "every noise level, KL", and the data where it isn't MNIST.

    Args:
        model: The name of a shipped model or of a run, or the folder of any other.

    Raises:
        CheckpointError: There is no card, or it can't be read.
        ConfigError: The card holds no configuration.
    """
    card = _read_card(model_folder(model))
    config, data = Config.from_dict(card.get("config", {})), card.get("data", {})
    trained_on = [] if data.get("path") is None else [f"on {data.get('name')}"]
    return ", ".join([config.noise.in_words, config.objective.in_words, *trained_on])


def _read_digest(folder: Path, card: Mapping[str, Any]) -> str:
    """The SHA-256 of the weights' file, which must be the card's."""
    path, digest = folder / WEIGHTS, hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except FileNotFoundError as error:
        raise CheckpointError(
            f"Expected {path}. There is no such file. Train or copy the model again."
        ) from error
    if digest.hexdigest() != card.get("weights_sha256"):
        raise CheckpointError(
            f"Expected {path} to have the SHA-256 that its card names. Received another: the file is damaged or comes "
            f"from another training run. Train or copy the model again."
        )
    return digest.hexdigest()


def _read_arrays(folder: Path, shapes: Mapping[str, Shape]) -> dict[str, np.ndarray]:
    """Reads the expected members of the archive, none of them larger than it can be."""
    path, arrays = folder / WEIGHTS, {}
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            for name, shape in shapes.items():
                if f"{name}.npy" not in names:
                    continue  # Whoever needs it reports it.
                # Twice as much as float32 takes, and the header, so that the error can name another type.
                most = 8 * math.prod(shape) + 4096
                with archive.open(f"{name}.npy") as member:
                    content = member.read(most + 1)
                if len(content) > most:
                    raise ValueError(f"{name!r} with more than {most:,} bytes")
                arrays[name] = np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
    except (
        ValueError,
        OSError,
        EOFError,
        KeyError,
        AttributeError,
        TypeError,
        NotImplementedError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise CheckpointError(
            f"Expected {path} to be a whole NumPy archive. Received {error}. Train or copy the model again."
        ) from error
    return arrays


def load(model: str | Path) -> Checkpoint:
    """Reads a model and checks it.

    Args:
        model: The name of a shipped model or of a run, or the folder of any other.

    Returns:
        The model, ready to run.

    Raises:
        CheckpointError: There is none, a file is damaged, of the wrong shape or not finite, or the card is newer
            than this version of the project understands.
    """
    folder = model_folder(model)
    card = _read_card(folder)
    if card.get("kind") == READER:
        raise CheckpointError(f"Expected a model in {folder}. Received a reader, which has no latent space.")
    digest = _read_digest(folder, card)
    try:
        config = Config.from_dict(card["config"])
        dims = config.network.latent_dim
        shapes = {"mean": (dims,), "components": (dims, dims), "variances": (dims,), "kl": (dims,)}
        latent_shapes = {f"latent.{name}": shape for name, shape in shapes.items()}
        arrays = _read_arrays(folder, {**config.network.weight_shapes(), **latent_shapes})
        VAE(config.network, arrays)  # Checks them.
        vae = VAE(config.network, round_weights(config.network, arrays))
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
            name=_display_name(folder),
            folder=folder,
            digest=digest,
            config=config,
            vae=vae,
            components=PrincipalComponents(latent["mean"], latent["components"], latent["variances"]),
            kl=latent["kl"],
            decoder_variance=decoder_variance,
            card=card,
        )
    except CheckpointError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        missing = f"Expected the card to hold {error}." if isinstance(error, KeyError) else str(error)
        raise CheckpointError(
            f"The model in {folder} can't be used. {missing} Train or copy it again."
        ) from error


def load_reader(folder: str | Path | None = None) -> ReaderCheckpoint:
    """Reads a reader and checks it.

    Args:
        folder: Its folder, or the name of a run; by default the shipped reader of MNIST's digits.

    Raises:
        CheckpointError: There is none, a file is damaged, of the wrong shape or not finite, or the card is newer
            than this version of the project understands.
    """
    folder = ASSETS / READER if folder is None else model_folder(folder)
    card = _read_card(folder)
    if card.get("kind") != READER:
        raise CheckpointError(
            f"Expected a reader in {folder}. Received something else: run `vae train reader`."
        )
    digest = _read_digest(folder, card)
    try:
        config = ReaderConfig.from_dict(card["config"])
        arrays = _read_arrays(folder, config.network.weight_shapes())
        Reader(config.network, arrays)  # Checks them.
        reader = Reader(config.network, round_weights(config.network, arrays))
    except (KeyError, InputError, ConfigError) as error:
        raise CheckpointError(
            f"The reader in {folder} can't be used. {error} Train or copy it again."
        ) from error
    return ReaderCheckpoint(folder, digest, config, reader, card)
