"""A direction of one's own in a model's latent space, as a small JSON file."""

from __future__ import annotations

import json
import math

import numpy as np

from vae.errors import InputError

FORMAT = "direction in a latent space"
# A direction of 128 numbers takes some 3 kB.
MAX_BYTES = 20_000
MAX_NAME = 60
MAX_STEP = 100.0


def write(name: str, direction: np.ndarray, digest: str) -> str:
    """A direction as JSON.

    Args:
        name: What it is called, at most `MAX_NAME` letters.
        direction: What it adds to a code, (latent_dim,).
        digest: The SHA-256 of the weights of the model whose latent space it is.
    """
    numbers = [round(float(value), 5) for value in direction]
    return json.dumps({"format": FORMAT, "name": name, "model": digest, "direction": numbers})


def read(data: bytes, latent_dim: int, digest: str) -> tuple[str, np.ndarray]:
    """Reads a direction from anybody's file.

    Args:
        data: The file.
        latent_dim: How many numbers a code of the model has.
        digest: The SHA-256 of the model's weights.

    Returns:
        Its name, and what it adds to a code, float32 (latent_dim,).

    Raises:
        InputError: It is no such file, or a direction of another model.
    """
    if len(data) > MAX_BYTES:
        raise InputError(
            f"Expected a file of at most {MAX_BYTES // 1000} kB. Received {len(data) / 1000:.0f} kB."
        )
    try:
        found = json.loads(data)
        name, numbers = found["name"], found["direction"]
        is_ours = found["format"] == FORMAT
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError("Expected a direction as this page saves it. Received something else.") from error
    if not is_ours or not isinstance(name, str) or not 0 < len(name.strip()) <= MAX_NAME:
        raise InputError("Expected a direction as this page saves it. Received something else.")
    if found.get("model") != digest:
        raise InputError("Expected a direction of this model. Received one of another model's latent space.")
    is_numbers = isinstance(numbers, list) and all(
        isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= MAX_STEP
        for value in numbers
    )
    if not is_numbers or len(numbers) != latent_dim or not all(map(math.isfinite, numbers)):
        raise InputError(f"Expected {latent_dim} numbers, none beyond {MAX_STEP:g}. Received something else.")
    return name.strip(), np.array(numbers, np.float32)
