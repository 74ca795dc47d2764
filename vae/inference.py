"""The forward pass in NumPy: encode, decode and denoise with a trained network, without TensorFlow.

The kinds of layer are in `vae.layers`. All functions are pure and the weights are
never written to, so that one VAE can serve any number of threads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from vae.config import Chains, Network
from vae.errors import InputError
from vae.layers import Layer
from vae.posterior import Posterior
from vae.validate import as_codes, as_images

# Large batches go through in pieces: the patches of a convolution over 10,000 images would fill gigabytes,
# and those of a few dozen images stay in memory that the allocator keeps at hand.
CHUNK = 32


class Runner:
    """Runs the chains of a described network, there and back."""

    def __init__(self, network: Chains, weights: Mapping[str, np.ndarray]):
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
            x = layer.apply(x, weights)
            yield layer, x

    def _run(self, part: str, x: np.ndarray) -> np.ndarray:
        for _, output in self._steps(part, x):
            x = output
        return x

    def _trace(self, part: str, x: np.ndarray) -> list[np.ndarray]:
        """The input of a chain and what each of its layers makes of it."""
        return [x, *(output for _, output in self._steps(part, x))]

    def _backward(self, part: str, trace: list[np.ndarray], gradient: np.ndarray) -> np.ndarray:
        """The gradient with respect to a chain's input, from that with respect to its output and from its trace."""
        chain = self._chains[part]
        for (layer, weights), x, output in zip(chain[::-1], trace[-2::-1], trace[:0:-1], strict=True):
            gradient = layer.backward(gradient, output, weights, x.shape[1:])
        return gradient

    @property
    def weights(self) -> Mapping[str, np.ndarray]:
        """The weights by name; read them, don't write to them."""
        return self._weights


class VAE(Runner):
    """A trained variational autoencoder: images to posteriors, codes to images."""

    network: Network

    @classmethod
    def untrained(cls, network: Network, seed: int) -> VAE:
        """A network before its training: uniform kernels in proportion to what they connect, and no biases.

        Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS
        2010, equation 16.
        """
        rng, weights = np.random.default_rng(seed), {}
        for name, shape in network.weight_shapes().items():
            *around, inputs, outputs = shape if len(shape) > 1 else (0, 0)
            limit = np.sqrt(6 / max(np.prod(around, dtype=float) * (inputs + outputs), 1))
            is_kernel = len(shape) > 1
            values = rng.uniform(-limit, limit, shape) if is_kernel else np.zeros(shape)
            weights[name] = values.astype(np.float32)
        return cls(network, weights)

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

    def decode_backward(self, z: np.ndarray, gradient: np.ndarray) -> np.ndarray:
        """The gradient with respect to codes, from that with respect to their decoded images.

        Args:
            z: Finite floats, (n, latent_dim).
            gradient: Of anything with respect to `decode(z)`, (n, 28, 28).

        Returns:
            float32 (n, latent_dim): J' gradient, with the decoder's Jacobian J at each code.

        Raises:
            InputError: Codes of another shape or type.
        """
        z = as_codes(z, self.network.latent_dim)
        found = np.empty_like(z)
        for start in range(0, len(z), CHUNK):
            part = slice(start, start + CHUNK)
            trace = self._trace("decoder", z[part])
            found[part] = self._backward("decoder", trace, gradient[part].reshape(trace[-1].shape))
        return found

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
