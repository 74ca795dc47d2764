"""The network in Keras, from its description, and the objective that trains it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from vae.config import IMAGE_PIXELS, Chains, Network, Objective, ReaderNetwork
from vae.errors import ConfigError
from vae.layers import Conv, ConvTranspose, Dense, DepthToSpace, Flatten, Layer, Reshape, SpaceToDepth
from vae.loss import reconstruction_loss


@keras.saving.register_keras_serializable("vae")
class BlockRearrange(layers.Layer):
    """Space to depth or back, for a channels-last input: see `layers.SpaceToDepth` and `layers.DepthToSpace`."""

    def __init__(self, block: int, to_depth: bool, **kwargs):
        super().__init__(**kwargs)
        self.block, self.to_depth = block, to_depth

    def call(self, x):
        _, height, width, channels = x.shape
        b = self.block
        if self.to_depth:
            x = ops.reshape(x, (-1, height // b, b, width // b, b, channels))
            x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
            return ops.reshape(x, (-1, height // b, width // b, b * b * channels))
        x = ops.reshape(x, (-1, height, width, b, b, channels // b**2))
        x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
        return ops.reshape(x, (-1, height * b, width * b, channels // b**2))


def _convolution(make: type[keras.layers.Layer]):
    def with_options(layer: Conv | ConvTranspose, initializer, name: str) -> keras.layers.Layer:
        return make(
            layer.filters,
            layer.kernel,
            strides=layer.stride,
            padding="same",
            activation=layer.activation,
            kernel_initializer=initializer,
            name=name,
        )

    return with_options


# The counterpart of each kind of `vae.layers`: (description, initializer of the kernel, name) -> Keras layer.
KERAS_LAYERS: dict[type[Layer], Callable[[Layer, keras.Initializer, str], keras.layers.Layer]] = {
    Dense: lambda layer, initializer, name: layers.Dense(
        layer.units, layer.activation, kernel_initializer=initializer, name=name
    ),
    Conv: _convolution(layers.Conv2D),
    ConvTranspose: _convolution(layers.Conv2DTranspose),
    Flatten: lambda layer, _, name: layers.Flatten(name=name),
    Reshape: lambda layer, _, name: layers.Reshape(layer.shape, name=name),
    SpaceToDepth: lambda layer, _, name: BlockRearrange(layer.block, to_depth=True, name=name),
    DepthToSpace: lambda layer, _, name: BlockRearrange(layer.block, to_depth=False, name=name),
}


def _keras_layer(layer: Layer, name: str, seed: int) -> keras.layers.Layer:
    if type(layer) not in KERAS_LAYERS:
        raise ConfigError(f"Expected a layer that Keras can train. Received the kind {layer.kind!r}.")
    # Every layer gets a seed of its own: with one seed for all, layers of one shape would start equal.
    return KERAS_LAYERS[type(layer)](layer, keras.initializers.GlorotUniform(seed=seed), name)


class KerasVAE(NamedTuple):
    """The network's parts as Keras models, which share their layers' weights with nothing else.

    Attributes:
        encoder: (n, 28, 28, 1) -> [z_mean, z_log_var], each (n, latent_dim).
        decoder: (n, latent_dim) -> (n, 784) in [0, 1].
    """

    encoder: keras.Model
    decoder: keras.Model

    @property
    def variables(self) -> list:
        """All weights, those that are learned and those of normalisation, the encoder's first."""
        return self.encoder.variables + self.decoder.variables

    @property
    def trainable_variables(self) -> list:
        """All weights that are learned, the encoder's first."""
        return self.encoder.trainable_variables + self.decoder.trainable_variables


class KerasReader(NamedTuple):
    """A reader as a Keras model: (n, 28, 28, 1) -> [features, scores], (n, features) and (n, classes)."""

    model: keras.Model


def _build_chains(
    network: Chains, inputs: Mapping[str, keras.KerasTensor], seed: int, batch_norm: bool, synchronized: bool
) -> dict[str, keras.KerasTensor]:
    """What each chain makes of its input; one that has none in `inputs` reads what the first chain makes."""
    outputs: dict[str, keras.KerasTensor] = {}
    layer_seeds = iter(np.random.SeedSequence(seed).generate_state(100).tolist())
    for part, (description, _) in network.parts().items():
        x = inputs[part] if part in inputs else next(iter(outputs.values()))
        for index, layer in enumerate(description):
            # Keras keeps dots out of names; `weights_of` restores the names of `Chains.weight_shapes`.
            name, layer_seed = f"{part}-{index}", next(layer_seeds)
            if batch_norm and getattr(layer, "activation", None) == "relu":
                x = _keras_layer(replace(layer, activation="linear"), name, layer_seed)(x)
                x = layers.BatchNormalization(momentum=0.98, synchronized=synchronized, name=f"{name}-norm")(
                    x
                )
                x = layers.Activation(layer.activation, name=f"{name}-activation")(x)
            else:
                x = _keras_layer(layer, name, layer_seed)(x)
        outputs[part] = x
    return outputs


def build(network: Network, seed: int, *, batch_norm: bool = False, synchronized: bool = False) -> KerasVAE:
    """Makes a network with fresh weights.

    Args:
        network: What to make.
        seed: What decides the initial weights.
        batch_norm: Whether hidden layers are normalised over each batch while the network trains.
        synchronized: Whether that batch is shared among several workers.

    Returns:
        Encoder and decoder, usable apart.
    """
    image, code = (keras.Input(network.parts()[part][1]) for part in ("encoder", "decoder"))
    outputs = _build_chains(network, {"encoder": image, "decoder": code}, seed, batch_norm, synchronized)
    flat = ops.reshape(outputs["decoder"], (-1, IMAGE_PIXELS))
    return KerasVAE(
        keras.Model(image, [outputs["z_mean"], outputs["z_log_var"]], name="encoder"),
        keras.Model(code, flat, name="decoder"),
    )


def build_reader(network: ReaderNetwork, seed: int, *, batch_norm: bool = False) -> KerasReader:
    """Makes a reader with fresh weights; takes what `build` takes."""
    image = keras.Input(network.parts()["features"][1])
    outputs = _build_chains(network, {"features": image}, seed, batch_norm, synchronized=False)
    return KerasReader(keras.Model(image, list(outputs.values()), name="reader"))


def _weighted_layers(model: KerasVAE | KerasReader) -> list[keras.layers.Layer]:
    return [
        layer
        for part in model
        for layer in part.layers
        if layer.weights and not isinstance(layer, layers.BatchNormalization)
    ]


def _norm_after(model: KerasVAE | KerasReader, layer: keras.layers.Layer) -> layers.BatchNormalization | None:
    norms = {norm.name: norm for part in model for norm in part.layers}
    return norms.get(f"{layer.name}-norm")


def numbers(variable: keras.Variable | tf.Variable) -> np.ndarray:
    """A variable's numbers."""
    # By way of TensorFlow's own tensor: NumPy 2 warns when it converts Keras's variable itself.
    return (variable.value if isinstance(variable, keras.Variable) else variable).numpy()


def weights_of(model: KerasVAE | KerasReader) -> dict[str, np.ndarray]:
    """All weights as float32 arrays, named as in `Chains.weight_shapes`, normalisation folded in.

    After a layer's W x + b, batch normalisation computes gamma (W x + b - mean) / sqrt(var + epsilon) + beta with
    the moving mean and variance: a layer with the kernel scale * W and the bias scale * (b - mean) + beta.
    """
    weights = {}
    for layer in _weighted_layers(model):
        kernel, bias = (numbers(variable) for variable in (layer.kernel, layer.bias))
        norm = _norm_after(model, layer)
        if norm is not None:
            mean, variance, gamma, beta = (
                numbers(variable)
                for variable in (norm.moving_mean, norm.moving_variance, norm.gamma, norm.beta)
            )
            scale = gamma / np.sqrt(variance + norm.epsilon)
            # A transposed convolution's kernel has its outputs on the third axis, all others on the last.
            transposed = isinstance(layer, layers.Conv2DTranspose)
            kernel = kernel * (scale[:, None] if transposed else scale)
            bias = scale * (bias - mean) + beta
        name = layer.name.replace("-", ".")
        weights[f"{name}.kernel"], weights[f"{name}.bias"] = kernel, bias
    return weights


def set_weights(model: KerasVAE | KerasReader, weights: Mapping[str, np.ndarray]) -> None:
    """Gives a model without batch normalisation the weights that `weights_of` took from another.

    Raises:
        KeyError: A weight is missing.
    """
    for layer in _weighted_layers(model):
        name = layer.name.replace("-", ".")
        layer.kernel.assign(weights[f"{name}.kernel"])
        layer.bias.assign(weights[f"{name}.bias"])


def sample(z_mean, z_log_var, epsilon):
    """z = z_mean + exp(z_log_var / 2) * epsilon: a draw from the posterior through which gradients pass.

    Args:
        z_mean, z_log_var: The posterior, (n, latent_dim).
        epsilon: Draws from N(0, I), (n, latent_dim).

    Source: Kingma and Welling, "Auto-Encoding Variational Bayes", ICLR 2014, section 2.4.
    """
    return z_mean + ops.exp(z_log_var / 2) * epsilon


class Losses(NamedTuple):
    """What a step minimises and what it is made of, all scalars."""

    total: object
    reconstruction_loss: object
    kl_divergence: object
    mse: object


def objective(
    config: Objective, clean, output, z_mean, z_log_var, over_batch: Callable = lambda mean: mean
) -> Losses:
    """The loss of a batch: see `config.Objective` for the kinds of reconstruction loss and their source.

    Args:
        config: Which reconstruction loss, and the weight of the KL divergence.
        clean: What the output should be, (n, 784) in [0, 1].
        output: What the decoder made, (n, 784) in [0, 1].
        z_mean, z_log_var: The posterior, (n, latent_dim).
        over_batch: Where these images are only a part of the batch, what turns a mean over them into that over all.
            Only the loss that depends on such a mean in any other way than linearly needs it.

    Returns:
        The total, its two parts (the KL divergence in nats, summed over dimensions, averaged over images) and the MSE.
    """
    image_mse = ops.mean(ops.square(clean - output), axis=1)
    mse = ops.mean(image_mse)
    kl = 0.5 * ops.mean(ops.sum(ops.square(z_mean) + ops.exp(z_log_var) - z_log_var - 1, axis=1))
    of_batch = config.reconstruction == "batch_variance"
    reconstruction = ops.mean(
        reconstruction_loss(config, over_batch(mse) if of_batch else image_mse, ops.log)
    )
    return Losses(reconstruction + config.kl_weight * kl, reconstruction, kl, mse)
