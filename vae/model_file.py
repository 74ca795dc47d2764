"""A model as one file, to take to another machine: a zip archive of its card and its weights."""

from __future__ import annotations

import io
import shutil
import tempfile
import zipfile
import zlib
from pathlib import Path

from vae.checkpoints import CARD, WEIGHTS, load
from vae.errors import CheckpointError
from vae.journal import FILE as JOURNAL

# What may be in such a file, and how large that may be, unpacked.
NAMES = (CARD, WEIGHTS, JOURNAL)
MOST_BYTES = 64 * 2**20


def pack_model(folder: Path) -> bytes:
    """The file of a model that was trained on MNIST.

    Args:
        folder: The model's folder.

    Raises:
        CheckpointError: It can't be used, or was trained on other pictures, which would have to go with it.
    """
    if not load(folder).knows_digits:
        raise CheckpointError(
            f"Expected a model of MNIST's digits. Received one of other pictures, in {folder}."
        )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in NAMES:
            if (folder / name).is_file():
                archive.write(folder / name, name)
    return buffer.getvalue()


def unpack_model(data: bytes, folder: Path) -> None:
    """Makes a model's folder from a file of `pack_model`.

    Nothing is written where it doesn't hold a model that can be used: names that lead elsewhere, archives that unpack
    to more than MOST_BYTES, arrays of objects and weights that don't fit the card are refused.

    Args:
        data: The file.
        folder: Where the model goes; nothing may be there yet.

    Raises:
        CheckpointError: It is no such file, or damaged, or the folder is there already.
    """
    if folder.exists():
        raise CheckpointError(f"Expected a new folder. Received {folder}, which is there already.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".loading-", dir=folder.parent))
    try:
        for name, content in _contents(data).items():
            (made / name).write_bytes(content)
        if not load(made).knows_digits:
            raise CheckpointError("Expected a model of MNIST's digits. Received one of other pictures.")
        made.chmod(0o755)
        made.rename(folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _contents(data: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            names = sorted(entry.filename for entry in entries)
            if len(set(names)) < len(names) or not {CARD, WEIGHTS} <= set(names) <= set(NAMES):
                raise CheckpointError(
                    f"Expected a file with {CARD} and {WEIGHTS}. Received one with other content."
                )
            if sum(entry.file_size for entry in entries) > MOST_BYTES:
                raise CheckpointError(f"Expected at most {MOST_BYTES // 2**20} MB, unpacked. Received more.")
            contents = {}
            for entry in entries:
                with archive.open(entry) as file:
                    # An archive may hold more than it says.
                    contents[entry.filename] = file.read(entry.file_size + 1)
            return contents
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ) as error:
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(
            "Expected a file that was downloaded here. Received another one, or a damaged one."
        ) from error
