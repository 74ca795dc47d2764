"""A model in few bytes: every large kernel as 8-bit whole numbers, with a scale for each 64 weights of a unit.

Python rounds the weights likewise when it loads a checkpoint, so that it runs the very numbers that the browser gets.
Biases and small kernels, whose errors would show and whose bytes hardly count, stay float32.

Source: Dettmers et al., "8-bit Optimizers via Block-wise Quantization", ICLR 2022, section 2.1 (a scale for each block,
so that one large weight makes few others coarse).
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vae.config import Chains

if TYPE_CHECKING:
    from vae.checkpoints import Checkpoint
    from vae.config import Config, ReaderConfig
    from vae.inference import Runner
    from vae.reader import ReaderCheckpoint


def floats_as_text(array: np.ndarray) -> str:
    """Numbers as little-endian float32 in base64."""
    return base64.b64encode(np.asarray(array, "<f4").tobytes()).decode()


LEVELS = 127
BLOCK = 64
# The first and the last convolution have as few: they touch pixels.
SMALL = 2048


class RoundedKernel(NamedTuple):
    """A kernel as whole numbers.

    Attributes:
        values: int8, of the kernel's shape, -127 to 127.
        scales: What the values are multiplied by, (blocks, units): one for each BLOCK weights of a unit. They are
            float32 with the precision of bfloat16, so that two bytes hold them.
        unit_axis: Which axis counts the units.
    """

    values: np.ndarray
    scales: np.ndarray
    unit_axis: int

    def kernel(self) -> np.ndarray:
        """The kernel that both programs run, float32."""
        values = np.moveaxis(self.values, self.unit_axis, -1)
        inputs, units = values.reshape(-1, values.shape[-1]).shape
        scales = self.scales.repeat(BLOCK, axis=0)[:inputs]
        kernel = values * scales.reshape(*values.shape[:-1], units)
        return np.ascontiguousarray(np.moveaxis(kernel, -1, self.unit_axis))


def round_kernel(kernel: np.ndarray, unit_axis: int) -> RoundedKernel:
    """Rounds a kernel to 8 bits; no weight moves by more than about a 254th of its block's largest.

    Args:
        kernel: float32, of any shape.
        unit_axis: Which axis counts the units, 0 or more. The weights of a unit are blocked in the order of the other
            axes.
    """
    by_unit = np.moveaxis(kernel, unit_axis, -1)
    flat = by_unit.reshape(-1, by_unit.shape[-1])
    starts = np.arange(0, len(flat), BLOCK)
    scales = np.maximum.reduceat(np.abs(flat), starts) / np.float32(LEVELS)
    scales = np.maximum(scales, np.finfo(np.float32).tiny)
    # To the nearest of 8 bits. Then a block's largest weight is 127 or -127 times its scale, exactly, and a rounded
    # kernel rounds to itself, to the bit.
    scales = ((scales.view(np.uint32) + 0x8000) & np.uint32(0xFFFF0000)).view(np.float32)
    steps = np.rint(flat / scales.repeat(BLOCK, axis=0)[: len(flat)])
    values = np.clip(steps, -LEVELS, LEVELS).astype(np.int8)
    return RoundedKernel(np.moveaxis(values.reshape(by_unit.shape), -1, unit_axis), scales, unit_axis)


def _is_rounded(kernel: np.ndarray) -> bool:
    return kernel.size > SMALL


def round_weights(network: Chains, weights: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The weights as they are run: large kernels rounded to 8 bits, all else as it is.

    Args:
        network: Whose weights.
        weights: Float32, named and shaped as `network.weight_shapes()` says.

    Returns:
        All of them, float32, of the same shapes.
    """
    axes = network.unit_axes()
    return {
        name: round_kernel(array, axes[name]).kernel() if name in axes and _is_rounded(array) else array
        for name, array in weights.items()
    }


class _Column:
    """Arrays one after the other."""

    def __init__(self):
        self._parts: list[bytes] = []
        self.count = 0

    def add(self, array: np.ndarray) -> int:
        """Appends an array and returns where it starts, in numbers."""
        start = self.count
        self._parts.append(array.tobytes())
        self.count += array.size
        return start

    def bytes(self) -> bytes:
        return b"".join(self._parts)


def pack(model: Checkpoint) -> bytes:
    """A model as `vae/js/model.js` reads it: its network, its weights and its principal components.

    The length of a JSON header (4 bytes, little-endian), the header, padding to a multiple of 4, all float32 numbers,
    the upper halves of all scales, all 8-bit numbers. The header says how many "floats" and "scales" there are, and of
    each array its "shape" and where it starts, counted in numbers: in "floats", or, if it is rounded, in "values" and
    "scales". A rounded kernel also has "units", how many there are, and "inner", how many weights in a row are of one.
    """
    components = {
        "components": model.components.components,
        "deviations": model.components.deviations,
        "shares": model.components.explained_variance_ratio,
    }
    return _pack(model.config, model.vae, components)


def pack_reader(checkpoint: ReaderCheckpoint) -> bytes:
    """A reader as `vae/js/model.js` reads it, in the format of `pack`."""
    return _pack(checkpoint.config, checkpoint.reader, {})


def _pack(config: Config | ReaderConfig, runner: Runner, latent: Mapping[str, np.ndarray]) -> bytes:
    floats, scales, values = _Column(), _Column(), _Column()
    axes = config.network.unit_axes()
    index = {}
    for name, weight in runner.weights.items():
        index[name] = {"shape": weight.shape}
        if name in axes and _is_rounded(weight):
            rounded = round_kernel(weight, axes[name])
            index[name] |= {
                "values": values.add(rounded.values),
                "scales": scales.add((rounded.scales.view(np.uint32) >> 16).astype("<u2")),
                "units": weight.shape[axes[name]],
                "inner": math.prod(weight.shape[axes[name] + 1 :]),
            }
        else:
            index[name]["floats"] = floats.add(weight.astype("<f4"))
    header = {
        "network": config.to_dict()["network"],
        "weights": index,
        "latent": {
            name: {"shape": array.shape, "floats": floats.add(array.astype("<f4"))}
            for name, array in latent.items()
        },
    }
    header |= {"block": BLOCK, "floats": floats.count, "scales": scales.count}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    parts = [text, floats.bytes(), scales.bytes(), values.bytes()]
    return b"".join([len(text).to_bytes(4, "little"), *parts])
