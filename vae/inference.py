"""The forward pass in NumPy: encode, decode and denoise with a trained network, without TensorFlow.

It knows only the few kinds of layer that `config.py` describes. All functions are pure and the weights are
never written to, so that one VAE can serve any number of threads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from vae.config import (
    Conv,
    ConvTranspose,
    Dense,
    DepthToSpace,
    Layer,
    Network,
    SpaceToDepth,
    output_shape,
)
from vae.errors import InputError
from vae.validate import as_codes, as_images

# Large batches go through in pieces: the patches of a convolution over 10,000 images would fill gigabytes,
# and those of a few dozen images stay in memory that the allocator keeps at hand.
CHUNK = 32


class Posterior(NamedTuple):
    """q(z | image), a diagonal Gaussian for each image.

    Attributes:
        z_mean: Its mean, float32 (n, latent_dim).
        z_log_var: The natural logarithm of its variance, float32 (n, latent_dim).
    """

    z_mean: np.ndarray
    z_log_var: np.ndarray

    def sample(self, rng: np.random.Generator) -> np.ndarray:
        """Draws z = z_mean + exp(z_log_var / 2) * epsilon, epsilon ~ N(0, I), float32 (n, latent_dim).

        Source: Kingma and Welling, "Auto-Encoding Variational Bayes", ICLR 2014, section 2.4.
        """
        epsilon = rng.standard_normal(self.z_mean.shape, dtype=np.float32)
        return self.z_mean + np.exp(self.z_log_var / 2) * epsilon


def _activate(x: np.ndarray, activation: str) -> np.ndarray:
    if activation == "relu":
        return np.maximum(x, 0, out=x)
    if activation == "sigmoid":
        # Saturates beyond +-60 in float32 anyway; the clip only keeps exp from overflowing.
        return 1 / (1 + np.exp(-np.clip(x, -60, 60)))
    return x


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """How many zeros "same" padding puts before and after an axis of `size`, by TensorFlow's rule."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def _conv(x: np.ndarray, layer: Conv, kernel: np.ndarray) -> np.ndarray:
    count, height, width, channels = x.shape
    rows, columns, filters = output_shape(layer, x.shape[1:])
    k, stride = layer.kernel, layer.stride
    (top, bottom), (left, right) = same_padding(height, k, stride), same_padding(width, k, stride)
    padded = np.zeros((count, top + height + bottom, left + width + right, channels), np.float32)
    padded[:, top : top + height, left : left + width] = x
    # A patch's row is k pixels with their channels, one run in memory: all patches are one view, copied once.
    image, row, column, channel = padded.strides
    patches = as_strided(
        padded,
        (count, rows, columns, k, k * channels),
        (image, row * stride, column * stride, row, channel),
        writeable=False,
    )
    # One matrix product does the whole batch: (pixels, k * k * channels) @ (k * k * channels, filters).
    y = patches.reshape(-1, k * k * channels) @ kernel.reshape(-1, filters)
    return y.reshape(count, rows, columns, filters)


def _conv_transpose(x: np.ndarray, layer: ConvTranspose, kernel: np.ndarray) -> np.ndarray:
    count, height, width, channels = x.shape
    k, stride, filters = layer.kernel, layer.stride, layer.filters
    # Every input pixel stamps a k x k patch of each filter on the output; stamps that overlap add up.
    stamps = (x.reshape(-1, channels) @ kernel.reshape(-1, channels).T).reshape(
        count, height, width, k, k, filters
    )
    y = np.zeros((count, (height - 1) * stride + k, (width - 1) * stride + k, filters), np.float32)
    for i in range(k):
        for j in range(k):
            y[:, i : i + (height - 1) * stride + 1 : stride, j : j + (width - 1) * stride + 1 : stride] += (
                stamps[..., i, j, :]
            )
    before = (k - stride) // 2
    return y[:, before : before + height * stride, before : before + width * stride]


def apply_layer(layer: Layer, x: np.ndarray, weights: Mapping[str, np.ndarray]) -> np.ndarray:
    """One layer's output, float32 (n, ...), from its input (n, ...) and its {"kernel", "bias"}."""
    if isinstance(layer, (Dense, Conv)):
        if isinstance(layer, Dense):
            y = x @ weights["kernel"]
        else:
            convolve = _conv_transpose if isinstance(layer, ConvTranspose) else _conv
            y = convolve(x, layer, weights["kernel"])
        y += weights["bias"]
        return _activate(y, layer.activation)
    shape = output_shape(layer, x.shape[1:])
    if isinstance(layer, SpaceToDepth):
        block = layer.block
        if isinstance(layer, DepthToSpace):
            rows, columns = x.shape[1:3]
            x = x.reshape(-1, rows, columns, block, block, shape[-1])
        else:
            x = x.reshape(-1, shape[0], block, shape[1], block, x.shape[-1])
        x = x.transpose(0, 1, 3, 2, 4, 5)
    return x.reshape(-1, *shape)  # Flatten and Reshape only do this.


class VAE:
    """A trained variational autoencoder: images to posteriors, codes to images."""

    def __init__(self, network: Network, weights: Mapping[str, np.ndarray]):
        """Takes a network and its weights, named and shaped as `network.weight_shapes()` says.

        Raises:
            InputError: A weight is missing, or has another shape or values that are not finite.
        """
        self.network = network
        self._weights: dict[str, np.ndarray] = {}
        for name, shape in network.weight_shapes().items():
            if name not in weights:
                raise InputError(f"Expected a weight {name!r}. Received {sorted(weights)}.")
            array = np.asarray(weights[name])
            if array.shape != shape or array.dtype != np.float32:
                raise InputError(
                    f"Expected {name!r} as float32 of shape {shape}. Received {array.dtype} of shape {array.shape}."
                )
            if not np.isfinite(array).all():
                raise InputError(f"Expected finite numbers in {name!r}. Received NaN or infinity.")
            self._weights[name] = array
        # Found once, not at each call: for one digit, looking layers up takes as long as running them.
        self._chains = {
            part: [(layer, self._weights_of(f"{part}.{index}.")) for index, layer in enumerate(layers)]
            for part, (layers, _) in network.parts().items()
        }

    def _weights_of(self, prefix: str) -> dict[str, np.ndarray]:
        names = [name for name in ("kernel", "bias") if prefix + name in self._weights]
        return {name: self._weights[prefix + name] for name in names}

    def _steps(self, part: str, x: np.ndarray) -> Iterator[tuple[Layer, np.ndarray]]:
        for layer, weights in self._chains[part]:
            x = apply_layer(layer, x, weights)
            yield layer, x

    def _run(self, part: str, x: np.ndarray) -> np.ndarray:
        for _, output in self._steps(part, x):
            x = output
        return x

    @property
    def weights(self) -> Mapping[str, np.ndarray]:
        """The weights by name; read them, don't write to them."""
        return self._weights

    def encode(self, images: np.ndarray) -> Posterior:
        """The posterior of each image.

        Args:
            images: Floats in [0, 1], (n, 28, 28), or one image, (28, 28).

        Returns:
            z_mean and z_log_var, each (n, latent_dim), or (latent_dim,) of one image.

        Raises:
            InputError: Images of another shape, type or range.
        """
        if np.ndim(images) == 2:
            return Posterior(*(part[0] for part in self.encode(np.asarray(images)[None])))
        images = as_images(images)
        means, log_vars = [np.empty((0, self.network.latent_dim), np.float32)], []
        log_vars += means
        for start in range(0, len(images), CHUNK):
            features = self._run("encoder", images[start : start + CHUNK, :, :, None])
            means.append(self._run("z_mean", features))
            log_vars.append(self._run("z_log_var", features))
        return Posterior(np.concatenate(means), np.concatenate(log_vars))

    def decode(self, z: np.ndarray) -> np.ndarray:
        """The image of each code.

        Args:
            z: Finite floats, (n, latent_dim), or one code, (latent_dim,).

        Returns:
            float32 images in [0, 1], (n, 28, 28), or (28, 28) of one code.

        Raises:
            InputError: Codes of another shape or type.
        """
        if np.ndim(z) == 1:
            return self.decode(np.asarray(z)[None])[0]
        z = as_codes(z, self.network.latent_dim)
        images = np.empty((len(z), 28, 28), np.float32)
        for start in range(0, len(z), CHUNK):
            images[start : start + CHUNK] = self._run("decoder", z[start : start + CHUNK]).reshape(-1, 28, 28)
        return images

    def denoise(self, images: np.ndarray) -> np.ndarray:
        """Images through the mean of their posterior and back: no sampling, so always the same.

        Takes and returns images as `encode` takes and `decode` returns them, with the same errors.
        """
        return self.decode(self.encode(images).z_mean)

    def activations(self, images: np.ndarray) -> list[tuple[str, Layer, np.ndarray]]:
        """What every layer makes of a few images, on the way that `denoise` takes.

        Args:
            images: Floats in [0, 1], (n, 28, 28).

        Returns:
            (part, layer, output) in order; part is "encoder", "z_mean", "z_log_var" or "decoder".

        Raises:
            InputError: Images of another shape, type or range.
        """
        x = as_images(images)[..., None]
        steps = [("encoder", layer, output) for layer, output in self._steps("encoder", x)]
        features = steps[-1][2] if steps else x
        for head in ("z_log_var", "z_mean"):
            steps += [(head, layer, output) for layer, output in self._steps(head, features)]
        steps += [("decoder", layer, output) for layer, output in self._steps("decoder", steps[-1][2])]
        return steps
