"""Every kind of layer: what it holds, the shape it makes, its weights, its cost and its NumPy passes, there and back.

A layer is a frozen description. Keras (`vae/training/network.py`), JavaScript (`vae/js/network.js`) and the picture of
the network (`ui/architecture.py`) have a table by kind each, and refuse a kind that isn't in it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, TypeVar

import numpy as np
from numpy.lib.stride_tricks import as_strided

from vae.validate import is_positive_int, require

Shape = tuple[int, ...]


def _relu(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0, out=x)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    # Saturates beyond +-60 in float32 anyway; the clip only keeps exp from overflowing.
    return 1 / (1 + np.exp(-np.clip(x, -60, 60)))


# Each may overwrite its argument.
ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "linear": lambda x: x,
    "relu": _relu,
    "sigmoid": _sigmoid,
}

# The derivative of each, from its output y.
DERIVATIVES: dict[str, Callable[[np.ndarray], np.ndarray | float]] = {
    "linear": lambda y: 1.0,
    "relu": lambda y: y > 0,
    "sigmoid": lambda y: y * (1 - y),
}


class Layer:
    """What all kinds of layer have; shapes are those of one example, without the batch axis.

    Attributes:
        kind: The name of the kind, in cards and in JavaScript.
        unit_axis: Which axis of the kernel counts the layer's units; None for a layer without weights.
    """

    kind: ClassVar[str]
    unit_axis: ClassVar[int | None] = None

    def output_shape(self, shape: Shape) -> Shape:
        """The shape after the layer, from the shape before it.

        Raises:
            ConfigError: The layer can't take that shape.
        """
        raise NotImplementedError

    def weight_shapes(self, shape: Shape) -> dict[str, Shape]:
        """The weights for an input of `shape`: {"kernel": shape, "bias": shape}, or {} for a layer without any.

        The shapes are Keras's.
        """
        return {}

    def multiply_adds(self, shape: Shape) -> int:
        """Multiply-adds for one example of `shape`."""
        return 0

    def apply(self, x: np.ndarray, weights: Mapping[str, np.ndarray]) -> np.ndarray:
        """The layer's output, float32 (n, ...), from its input (n, ...) and its weights."""
        return x.reshape(-1, *self.output_shape(x.shape[1:]))

    def backward(
        self, gradient: np.ndarray, output: np.ndarray, weights: Mapping[str, np.ndarray], shape: Shape
    ) -> np.ndarray:
        """The gradient with respect to the layer's input, from that with respect to its output.

        It is the vector-Jacobian product of `apply`: for any direction d of the input, its product with d is that of
        `gradient` with the change of the output along d.

        Args:
            gradient: With respect to the output, float32 (n, ...).
            output: What `apply` returned, (n, ...).
            weights: As for `apply`.
            shape: The input's shape, without the batch axis.

        Returns:
            float32 (n, *shape).

        Source: Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors", Nature 323, 1986.
        """
        return gradient.reshape(-1, *shape)

    def to_dict(self) -> dict[str, Any]:
        """The description as a card holds it; `layer_from_dict` reads it back."""
        return {"kind": self.kind, **asdict(self)}


LAYERS: dict[str, type[Layer]] = {}

_Kind = TypeVar("_Kind", bound=type[Layer])


def _register(kind: _Kind) -> _Kind:
    LAYERS[kind.kind] = kind
    return kind


def layer_from_dict(data: Mapping[str, Any]) -> Layer:
    """Reads a layer from a card.

    Raises:
        ConfigError: No such kind of layer, or a setting out of range.
        TypeError: A setting that the kind does not have.
    """
    require(isinstance(data, Mapping), "a layer as a mapping with its kind", data)
    options = dict(data)
    kind = options.pop("kind", None)
    require(isinstance(kind, str) and kind in LAYERS, f"a layer kind among {sorted(LAYERS)}", kind)
    return LAYERS[kind](**options)


def _require_positive(layer: Layer, *names: str) -> None:
    for name in names:
        value = getattr(layer, name)
        require(is_positive_int(value), f"{name} to be a positive whole number", value)


def _require_activation(activation: object) -> None:
    known = isinstance(activation, str) and activation in ACTIVATIONS
    require(known, f"an activation among {tuple(ACTIVATIONS)}", activation)


@_register
@dataclass(frozen=True)
class Dense(Layer):
    """A fully connected layer: (n, inputs) -> (n, units), with a kernel (inputs, units)."""

    kind: ClassVar[str] = "dense"
    unit_axis: ClassVar[int] = 1
    units: int
    activation: str = "relu"

    def __post_init__(self):
        _require_positive(self, "units")
        _require_activation(self.activation)

    def output_shape(self, shape: Shape) -> Shape:
        require(len(shape) == 1, "a flat input to a dense layer", shape)
        return (self.units,)

    def weight_shapes(self, shape: Shape) -> dict[str, Shape]:
        return {"kernel": (shape[0], self.units), "bias": (self.units,)}

    def multiply_adds(self, shape: Shape) -> int:
        return shape[0] * self.units

    def apply(self, x: np.ndarray, weights: Mapping[str, np.ndarray]) -> np.ndarray:
        y = x @ weights["kernel"]
        y += weights["bias"]
        return ACTIVATIONS[self.activation](y)

    def backward(
        self, gradient: np.ndarray, output: np.ndarray, weights: Mapping[str, np.ndarray], shape: Shape
    ) -> np.ndarray:
        return (gradient * DERIVATIVES[self.activation](output)) @ weights["kernel"].T


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """How many zeros "same" padding puts before and after an axis of `size`, by TensorFlow's rule."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def _gather(
    x: np.ndarray, k: int, stride: int, before: tuple[int, int], shape: tuple[int, int]
) -> np.ndarray:
    """The k x k patches of pictures (n, h, w, c) that begin `stride` apart, (n * rows * columns, k * k * c).

    `shape` is (rows, columns); the first patch begins `before` pixels above and left of the picture, where zeros are.
    """
    count, height, width, channels = x.shape
    (rows, columns), (top, left) = shape, before
    padded_shape = (count, (rows - 1) * stride + k, (columns - 1) * stride + k, channels)
    padded = np.zeros(padded_shape, np.float32)
    inside = padded[:, top : top + height, left : left + width]
    inside[:] = x[:, : inside.shape[1], : inside.shape[2]]  # No patch may reach the last rows and columns.
    # A patch's row is k pixels with their channels, one run in memory: all patches are one view, copied once.
    image, row, column, channel = padded.strides
    patches = as_strided(
        padded,
        (count, rows, columns, k, k * channels),
        (image, row * stride, column * stride, row, channel),
        writeable=False,
    )
    return patches.reshape(-1, k * k * channels)


def _scatter(patches: np.ndarray, stride: int, before: tuple[int, int], shape: tuple[int, int]) -> np.ndarray:
    """The transpose of `_gather`: patches (n, rows, columns, k, k, c), stamped where they were, add up to (n, h, w, c).

    `shape` is (h, w).
    """
    count, rows, columns, k, _, channels = patches.shape
    (height, width), (top, left) = shape, before
    # At least as large as the picture, whose last rows and columns no patch may reach.
    size = [
        max((steps - 1) * stride + k, first + length)
        for steps, first, length in ((rows, top, height), (columns, left, width))
    ]
    y = np.zeros((count, *size, channels), np.float32)
    for i in range(k):
        for j in range(k):
            y[:, i : i + (rows - 1) * stride + 1 : stride, j : j + (columns - 1) * stride + 1 : stride] += (
                patches[..., i, j, :]
            )
    return y[:, top : top + height, left : left + width]


@dataclass(frozen=True)
class _Convolution(Layer):
    filters: int
    kernel: int = 3
    stride: int = 1
    activation: str = "relu"

    def __post_init__(self):
        _require_positive(self, "filters", "kernel", "stride")
        _require_activation(self.activation)

    def output_shape(self, shape: Shape) -> Shape:
        require(len(shape) == 3, f"an input (height, width, channels) to {self.kind}", shape)
        return (*self._output_size(*shape[:2]), self.filters)

    def _output_size(self, height: int, width: int) -> tuple[int, int]:
        raise NotImplementedError

    def apply(self, x: np.ndarray, weights: Mapping[str, np.ndarray]) -> np.ndarray:
        y = self._convolve(x, weights["kernel"])
        y += weights["bias"]
        return ACTIVATIONS[self.activation](y)

    def backward(
        self, gradient: np.ndarray, output: np.ndarray, weights: Mapping[str, np.ndarray], shape: Shape
    ) -> np.ndarray:
        return self._correlate(gradient * DERIVATIVES[self.activation](output), weights["kernel"], shape)

    def _convolve(self, x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def _correlate(self, gradient: np.ndarray, kernel: np.ndarray, shape: Shape) -> np.ndarray:
        """The transpose of `_convolve`, back to an input of `shape`."""
        raise NotImplementedError


@_register
@dataclass(frozen=True)
class Conv(_Convolution):
    """A convolution with "same" padding: (n, h, w, c) -> (n, ceil(h / stride), ceil(w / stride), filters).

    Its kernel is (kernel, kernel, c, filters).
    """

    kind: ClassVar[str] = "conv"
    unit_axis: ClassVar[int] = 3

    def _output_size(self, height: int, width: int) -> tuple[int, int]:
        return -(-height // self.stride), -(-width // self.stride)

    def weight_shapes(self, shape: Shape) -> dict[str, Shape]:
        return {"kernel": (self.kernel, self.kernel, shape[-1], self.filters), "bias": (self.filters,)}

    def multiply_adds(self, shape: Shape) -> int:
        # Every weight of the kernel is used once at each output pixel.
        return math.prod(self.weight_shapes(shape)["kernel"]) * math.prod(self._output_size(*shape[:2]))

    def _before(self, height: int, width: int) -> tuple[int, int]:
        return same_padding(height, self.kernel, self.stride)[0], same_padding(
            width, self.kernel, self.stride
        )[0]

    def _convolve(self, x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
        rows, columns, filters = self.output_shape(x.shape[1:])
        patches = _gather(x, self.kernel, self.stride, self._before(*x.shape[1:3]), (rows, columns))
        # One matrix product does the whole batch: (pixels, k * k * channels) @ (k * k * channels, filters).
        return (patches @ kernel.reshape(-1, filters)).reshape(-1, rows, columns, filters)

    def _correlate(self, gradient: np.ndarray, kernel: np.ndarray, shape: Shape) -> np.ndarray:
        height, width, channels = shape
        patches = gradient.reshape(-1, self.filters) @ kernel.reshape(-1, self.filters).T
        patches = patches.reshape(*gradient.shape[:3], self.kernel, self.kernel, channels)
        return _scatter(patches, self.stride, self._before(height, width), (height, width))


@_register
@dataclass(frozen=True)
class ConvTranspose(_Convolution):
    """A transposed convolution with "same" padding: (n, h, w, c) -> (n, h * stride, w * stride, filters).

    Its kernel is (kernel, kernel, filters, c).
    """

    kind: ClassVar[str] = "conv_transpose"
    unit_axis: ClassVar[int] = 2

    def __post_init__(self):
        super().__post_init__()
        # With a kernel smaller than its stride some output pixels would see no input at all.
        require(self.kernel >= self.stride, "a kernel no smaller than the stride", (self.kernel, self.stride))

    def _output_size(self, height: int, width: int) -> tuple[int, int]:
        return height * self.stride, width * self.stride

    def weight_shapes(self, shape: Shape) -> dict[str, Shape]:
        return {"kernel": (self.kernel, self.kernel, self.filters, shape[-1]), "bias": (self.filters,)}

    def multiply_adds(self, shape: Shape) -> int:
        # Every weight of the kernel is used once at each input pixel.
        return math.prod(self.weight_shapes(shape)["kernel"]) * math.prod(shape[:2])

    @property
    def _before(self) -> tuple[int, int]:
        return (self.kernel - self.stride) // 2, (self.kernel - self.stride) // 2

    def _convolve(self, x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
        height, width, channels = x.shape[1:]
        # Every input pixel stamps a k x k patch of each filter on the output; stamps that overlap add up.
        stamps = x.reshape(-1, channels) @ kernel.reshape(-1, channels).T
        stamps = stamps.reshape(-1, height, width, self.kernel, self.kernel, self.filters)
        return _scatter(stamps, self.stride, self._before, self._output_size(height, width))

    def _correlate(self, gradient: np.ndarray, kernel: np.ndarray, shape: Shape) -> np.ndarray:
        height, width, channels = shape
        patches = _gather(gradient, self.kernel, self.stride, self._before, (height, width))
        return (patches @ kernel.reshape(-1, channels)).reshape(-1, *shape)


@_register
@dataclass(frozen=True)
class Flatten(Layer):
    """(n, h, w, c) -> (n, h * w * c), rows first."""

    kind: ClassVar[str] = "flatten"

    def output_shape(self, shape: Shape) -> Shape:
        return (math.prod(shape),)


@_register
@dataclass(frozen=True)
class Reshape(Layer):
    """(n, inputs) -> (n, *shape)."""

    kind: ClassVar[str] = "reshape"
    shape: Shape = ()

    def __post_init__(self):
        object.__setattr__(self, "shape", tuple(self.shape))
        require(
            len(self.shape) > 0 and all(map(is_positive_int, self.shape)),
            "a shape of positive numbers",
            self.shape,
        )

    def output_shape(self, shape: Shape) -> Shape:
        count = math.prod(self.shape)
        require(math.prod(shape) == count, f"{count} values to reshape", shape)
        return self.shape


def _to_depth(x: np.ndarray, block: int) -> np.ndarray:
    count, height, width, channels = x.shape
    rows, columns = height // block, width // block
    blocks = x.reshape(count, rows, block, columns, block, channels)
    return blocks.transpose(0, 1, 3, 2, 4, 5).reshape(count, rows, columns, block**2 * channels)


def _to_space(x: np.ndarray, block: int) -> np.ndarray:
    count, rows, columns, depth = x.shape
    channels = depth // block**2
    blocks = x.reshape(count, rows, columns, block, block, channels)
    return blocks.transpose(0, 1, 3, 2, 4, 5).reshape(count, rows * block, columns * block, channels)


@dataclass(frozen=True)
class _Rearrangement(Layer):
    block: int = 2

    def __post_init__(self):
        _require_positive(self, "block")


@_register
@dataclass(frozen=True)
class SpaceToDepth(_Rearrangement):
    """Each block of pixels becomes the channels of one: (n, h, w, c) -> (n, h / b, w / b, b * b * c).

    The channel order is (row in block, column in block, channel), TensorFlow's `space_to_depth`.
    """

    kind: ClassVar[str] = "space_to_depth"

    def output_shape(self, shape: Shape) -> Shape:
        require(len(shape) == 3, f"an input (height, width, channels) to {self.kind}", shape)
        height, width, channels = shape
        block = self.block
        require(height % block == width % block == 0, f"height and width divisible by {block}", shape)
        return (height // block, width // block, channels * block**2)

    def apply(self, x: np.ndarray, weights: Mapping[str, np.ndarray]) -> np.ndarray:
        return _to_depth(x, self.block)

    def backward(
        self, gradient: np.ndarray, output: np.ndarray, weights: Mapping[str, np.ndarray], shape: Shape
    ) -> np.ndarray:
        return _to_space(gradient, self.block)


@_register
@dataclass(frozen=True)
class DepthToSpace(_Rearrangement):
    """Channels become blocks of pixels: (n, h, w, b * b * c) -> (n, h * b, w * b, c).

    Source: Shi et al., "Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel
    Convolutional Neural Network", CVPR 2016, equation 4.
    """

    kind: ClassVar[str] = "depth_to_space"

    def output_shape(self, shape: Shape) -> Shape:
        require(len(shape) == 3, f"an input (height, width, channels) to {self.kind}", shape)
        height, width, channels = shape
        block = self.block
        require(channels % block**2 == 0, f"a multiple of {block**2} channels", shape)
        return (height * block, width * block, channels // block**2)

    def apply(self, x: np.ndarray, weights: Mapping[str, np.ndarray]) -> np.ndarray:
        return _to_space(x, self.block)

    def backward(
        self, gradient: np.ndarray, output: np.ndarray, weights: Mapping[str, np.ndarray], shape: Shape
    ) -> np.ndarray:
        return _to_depth(gradient, self.block)
