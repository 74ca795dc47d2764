"""A model as one run of bytes, small enough for a browser: what `vae/js/model.js` reads."""

from __future__ import annotations

import base64
import json

import numpy as np

from vae.checkpoints import Checkpoint


def _floats(array: np.ndarray) -> str:
    """Numbers as little-endian float32 in base64."""
    return base64.b64encode(np.asarray(array, "<f4").tobytes()).decode()


def pack(model: Checkpoint) -> bytes:
    """A model's network, weights and principal components as bytes.

    Weights are kept as 16-bit whole numbers, with a scale for each place along their last axis: as small as float16 and
    several times closer to float32, for the weights of one unit are of like size.

    Args:
        model: Any loaded model.

    Returns:
        The length of a JSON header (4 bytes, little-endian), the header, the scales (float32) and the weights (int16).
    """
    index, scales, values = {}, [], []
    scale_start = value_start = 0
    for name, weight in model.vae.weights.items():
        rows = weight.reshape(-1, weight.shape[-1])
        scale = np.maximum(np.abs(rows).max(axis=0), np.finfo(np.float32).tiny) / 32767
        index[name] = {"shape": weight.shape, "start": value_start, "scale": scale_start}
        scales.append(scale.astype("<f4"))
        values.append(np.round(rows / scale).astype("<i2").ravel())
        scale_start += scale.size
        value_start += weight.size
    header = {
        "network": model.config.to_dict()["network"],
        "weights": index,
        "scales": scale_start,
        "components": _floats(model.components.components),
        "deviations": _floats(model.components.deviations),
        "shares": _floats(model.components.explained_variance_ratio),
    }
    text = json.dumps(header).encode()
    return b"".join([len(text).to_bytes(4, "little"), text, *(part.tobytes() for part in (*scales, *values))])
