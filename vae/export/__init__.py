"""A trained model in other programs' formats, each written by a module of its own.

To add a format, write its module with a function `write(model, path)` and add it to FORMATS.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import NamedTuple, TypeVar

import vae.training  # noqa: F401  It sets what TensorFlow and Keras read from the environment, and loads neither.
from vae.checkpoints import Checkpoint
from vae.errors import ConfigError, InputError
from vae.layers import Layer

Made = TypeVar("Made")


class Format(NamedTuple):
    """A format to export to.

    Attributes:
        meaning: What is written, as a phrase for people.
        suffix: What a file's name ends with, from the dot on; of a folder, what its default name ends with.
    """

    meaning: str
    suffix: str


FORMATS = {
    "keras": Format("a Keras model, images to images, made of Keras's own layers", ".keras"),
    "savedmodel": Format("a folder for TensorFlow, with denoise, encode and decode", "-savedmodel"),
    "onnx": Format("a folder with denoiser.onnx and decoder.onnx", "-onnx"),
    "html": Format("a page that runs the model in any browser, without a server", ".html"),
}


def counterpart(table: Mapping[type[Layer], Made], layer: Layer) -> Made:
    """What a format's table of kinds of layer holds for a layer.

    Raises:
        ConfigError: Nothing.
    """
    if type(layer) not in table:
        raise ConfigError(f"Expected a layer that can be exported. Received the kind {layer.kind!r}.")
    return table[type(layer)]


def default_path(model: Checkpoint, to: str) -> Path:
    """Where a model is exported to if nobody says: beside what one works on, named after the model's folder."""
    return Path(f"{model.folder.name}{FORMATS[to].suffix}")


def export(model: Checkpoint, to: str, path: Path) -> None:
    """Writes a model in another format, whole or not at all.

    Args:
        model: Any loaded model.
        to: A key of FORMATS.
        path: The file or folder to write; its folder is made if need be.

    Raises:
        InputError: The path doesn't end as a file of the format does.
        FileExistsError: There is something already.
        ModuleNotFoundError: What the format needs isn't installed.
    """
    path = Path(path)
    if path.exists():
        raise FileExistsError(f"Expected a new file or folder. Received {path}, which exists.")
    suffix = FORMATS[to].suffix
    if suffix.startswith(".") and path.suffix != suffix:
        raise InputError(f"Expected a file name that ends with {suffix}. Received {path}.")
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as staging:
        staged = Path(staging, path.name)
        # Imported here: each format takes a package of its own, and TensorFlow seconds to load.
        import_module(f"vae.export.{to}").write(model, staged)
        staged.rename(path)
