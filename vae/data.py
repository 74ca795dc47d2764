"""What models are trained on: MNIST, bundled with the project, or pictures of one's own, 28 x 28.

MNIST's test and training images are separate members of one archive, so that reading the test set never touches the
training set.
"""

from __future__ import annotations

import gzip
import hashlib
import math
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from vae.errors import DataError, InputError
from vae.validate import IMAGE_SHAPE, as_images

ASSETS = Path(__file__).parent / "assets"
MNIST = ASSETS / "mnist.npz"
SPLITS = ("train", "test")
LEAST = 2  # Of one picture nothing can be said to vary.


class Digits(NamedTuple):
    """Images and what they show.

    Attributes:
        images: float32 (n, 28, 28) in [0, 1], 0 is background.
        labels: Whole numbers from 0, (n,); MNIST's are 0 to 9.
    """

    images: np.ndarray
    labels: np.ndarray


def load_mnist(split: str) -> Digits:
    """Reads one split of MNIST.

    Args:
        split: "train" (60,000 digits) or "test" (10,000).

    Returns:
        Its images, scaled to [0, 1], and labels.

    Raises:
        InputError: Another split.
        DataError: The bundled file is missing.

    Source: LeCun, Cortes and Burges, "The MNIST database of handwritten digits", CC BY-SA 3.0.
    """
    if split not in SPLITS:
        raise InputError(f"Expected a split among {SPLITS}. Received {split!r}.")
    if not MNIST.exists():
        raise DataError(f"Expected MNIST at {MNIST}. It is part of the repository: check it out again.")
    with np.load(MNIST, allow_pickle=False) as archive:
        images = archive[f"x_{split}"].astype(np.float32) / 255
        return Digits(images, archive[f"y_{split}"])


def mnist_sha256() -> str:
    """The SHA-256 of the bundled file, as a checkpoint's card records it."""
    return hashlib.sha256(MNIST.read_bytes()).hexdigest()


@dataclass(frozen=True)
class Dataset:
    """Pictures to train on and pictures to measure on.

    Attributes:
        name: What people call it.
        train: The training pictures.
        test: The test pictures.
        sha256: Of the file, or of the four files one after the other.
        path: Where it was read from; None for the bundled MNIST.
    """

    name: str
    train: Digits
    test: Digits
    sha256: str
    path: Path | None = None

    def to_card(self) -> dict[str, Any]:
        """What a model's card says of it."""
        return {
            "name": self.name,
            "sha256": self.sha256,
            "path": None if self.path is None else str(self.path.resolve()),
            "train": len(self.train.images),
            "test": len(self.test.images),
            "classes": int(max(self.train.labels.max(), self.test.labels.max())) + 1,
        }


def load_dataset(path: str | Path | None = None) -> Dataset:
    """Reads a data set.

    Args:
        path: An .npz file with x_train and x_test, floats in [0, 1] of shape (n, 28, 28), and y_train and y_test, whole
            numbers from 0; or a folder with the four IDX files of MNIST or one of its relatives (Fashion-MNIST, KMNIST,
            EMNIST, which is stored with rows and columns exchanged and put right), as they are or gzipped. None is the
            bundled MNIST.

    Raises:
        DataError: There is no such data set, or it is not what it should be.
    """
    if path is None:
        return Dataset("MNIST", load_mnist("train"), load_mnist("test"), mnist_sha256())
    path = Path(path)
    if path.is_dir():
        return _load_idx(path)
    if not path.is_file():
        raise DataError(f"Expected an .npz file or a folder with IDX files. There is no {path}.")
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files if name in NPZ_MEMBERS}
    except (
        ValueError,
        OSError,
        EOFError,
        AttributeError,
        TypeError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise DataError(f"Expected {path} to be a NumPy archive, .npz. Received: {error}.") from error
    missing = [name for name in NPZ_MEMBERS if name not in arrays]
    if missing:
        raise DataError(f"Expected {', '.join(NPZ_MEMBERS)} in {path}. Missing: {', '.join(missing)}.")
    splits = (
        _checked(arrays[f"x_{split}"], arrays[f"y_{split}"], f"x_{split}", f"y_{split}", path)
        for split in SPLITS
    )
    return Dataset(path.stem, *splits, hashlib.sha256(path.read_bytes()).hexdigest(), path)


NPZ_MEMBERS = ("x_train", "y_train", "x_test", "y_test")


def _checked(
    images: np.ndarray, labels: np.ndarray, images_name: str, labels_name: str, path: Path
) -> Digits:
    try:
        images = as_images(images)
    except InputError as error:
        raise DataError(f"{images_name} in {path} can't be used. {error}") from error
    if len(images) < LEAST:
        raise DataError(
            f"Expected at least {LEAST} pictures in {images_name} of {path}. Received {len(images)}."
        )
    whole = labels.ndim == 1 and np.issubdtype(labels.dtype, np.integer) and len(labels) == len(images)
    if not whole or labels.min() < 0 or labels.max() > 999:
        raise DataError(
            f"Expected {labels_name} in {path} as {len(images)} whole numbers from 0 to 999, one for each picture. "
            f"Received {labels.dtype} of shape {labels.shape}."
        )
    return Digits(images, labels.astype(np.int64))


IDX_KINDS = {"train": ("train-images", "train-labels"), "test": ("t10k-images", "t10k-labels")}


def _load_idx(folder: Path) -> Dataset:
    """Reads the four files, whose names end as MNIST's do: "emnist-letters-test-images-idx3-ubyte.gz"."""
    digest, splits = hashlib.sha256(), []
    for kinds in IDX_KINDS.values():
        found = [_find_idx(folder, kind) for kind in kinds]
        for path in found:
            digest.update(path.read_bytes())
        images, labels = (_read_idx(path, axes) for path, axes in zip(found, (3, 1), strict=True))
        if found[0].name.startswith("emnist"):
            images = images.transpose(0, 2, 1)
        scaled = np.ascontiguousarray(images, np.float32) / 255
        splits.append(_checked(scaled, labels, found[0].name, found[1].name, folder))
    return Dataset(folder.resolve().name, *splits, digest.hexdigest(), folder)


def _find_idx(folder: Path, kind: str) -> Path:
    kinds = (kind, kind.replace("t10k", "test"))
    found = sorted(
        path
        for path in folder.iterdir()
        if any(f"{name}-idx" in path.name or f"{name}.idx" in path.name for name in kinds)
    )
    if len(found) != 1:
        received = ", ".join(path.name for path in found) or "none"
        raise DataError(f"Expected one IDX file of {kind} in {folder}. Received {received}.")
    return found[0]


def _read_idx(path: Path, axes: int) -> np.ndarray:
    """Reads a file of unsigned bytes.

    Source: LeCun, Cortes and Burges, "The MNIST database of handwritten digits", "File formats".
    """
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"Expected {path} to be gzipped. Received: {error}.") from error
    shape = tuple(int.from_bytes(content[4 * n : 4 * n + 4], "big") for n in range(1, axes + 1))
    start = 4 + 4 * axes
    if content[:4] != bytes([0, 0, 8, axes]) or len(content) - start != math.prod(shape):
        raise DataError(f"Expected {path} as an IDX file of bytes with {axes} axes. Received something else.")
    if axes == 3 and shape[1:] != IMAGE_SHAPE:
        raise DataError(f"Expected pictures of 28 x 28 in {path}. Received {shape[1]} x {shape[2]}.")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def pack_test_set(test: Digits) -> dict[str, np.ndarray]:
    """Test pictures and labels as arrays to keep beside a model: as bytes where that loses nothing."""
    as_bytes = np.rint(test.images * 255).astype(np.uint8)
    exact = np.array_equal(as_bytes.astype(np.float32) / 255, test.images)
    return {"images": as_bytes if exact else test.images, "labels": test.labels}


def unpack_test_set(arrays: Mapping[str, np.ndarray], path: Path) -> Digits:
    """What `pack_test_set` packed, read from a file.

    Raises:
        DataError: It holds something else.
    """
    images = arrays["images"]
    scaled = images.astype(np.float32) / 255 if images.dtype == np.uint8 else images
    return _checked(scaled, arrays["labels"], "images", "labels", path)
