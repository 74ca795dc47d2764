"""A model as Keras has it, made of Keras's own layers alone, so that it opens where this package isn't installed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np
from keras import layers

from vae.checkpoints import Checkpoint
from vae.config import (
    IMAGE_SHAPE,
    Conv,
    ConvTranspose,
    Dense,
    DepthToSpace,
    Flatten,
    Layer,
    Reshape,
    output_shape,
)


def _keras_layers(layer: Layer, shape: tuple[int, ...], name: str) -> list[keras.layers.Layer]:
    after = output_shape(layer, shape)
    if isinstance(layer, Dense):
        return [layers.Dense(layer.units, layer.activation, name=name)]
    if isinstance(layer, Conv):
        make = layers.Conv2DTranspose if isinstance(layer, ConvTranspose) else layers.Conv2D
        options = {"strides": layer.stride, "padding": "same", "activation": layer.activation}
        return [make(layer.filters, layer.kernel, **options, name=name)]
    if isinstance(layer, (Flatten, Reshape)):
        return [layers.Reshape(after, name=name)]
    height, width, channels = shape
    block = layer.block
    if isinstance(layer, DepthToSpace):
        split = (height, width, block, block, after[2])
    else:
        split = (after[0], block, after[1], block, channels)
    return [
        layers.Reshape(split, name=f"{name}-blocks"),
        layers.Permute((1, 3, 2, 4, 5), name=f"{name}-order"),
        layers.Reshape(after, name=name),
    ]


def _run(
    part: str,
    description: tuple[Layer, ...],
    shape: tuple[int, ...],
    x: keras.KerasTensor,
    weights: Mapping[str, np.ndarray],
) -> keras.KerasTensor:
    for index, layer in enumerate(description):
        for keras_layer in _keras_layers(layer, shape, f"{part}-{index}"):
            x = keras_layer(x)
            if keras_layer.weights:
                keras_layer.set_weights([weights[f"{part}.{index}.{name}"] for name in ("kernel", "bias")])
        shape = output_shape(layer, shape)
    return x


def build(model: Checkpoint) -> keras.Model:
    """A trained model in Keras.

    Args:
        model: Any loaded model.

    Returns:
        (n, 28, 28) -> (n, 28, 28), denoising through the mean of the posterior. Its layers "encoder", which
        returns z_mean and z_log_var, and "decoder" are models of their own.
    """
    weights, parts = model.vae.weights, model.config.network.parts()

    def run(part: str, x: keras.KerasTensor) -> keras.KerasTensor:
        return _run(part, *parts[part], x, weights)

    image = keras.Input(IMAGE_SHAPE, name="image")
    features = run("encoder", layers.Reshape((*IMAGE_SHAPE, 1), name="channels")(image))
    posterior = [run("z_mean", features), run("z_log_var", features)]
    encoder = keras.Model(image, posterior, name="encoder")
    code = keras.Input((model.config.network.latent_dim,), name="z")
    picture = layers.Reshape(IMAGE_SHAPE, name="picture")(run("decoder", code))
    decoder = keras.Model(code, picture, name="decoder")

    noisy = keras.Input(IMAGE_SHAPE, name="images")
    z_mean, _ = encoder(noisy)
    return keras.Model(noisy, decoder(z_mean), name="denoiser")


def write(model: Checkpoint, path: Path) -> None:
    """Writes `build(model)` to one file, which `keras.models.load_model` reads."""
    build(model).save(path)
