"""A model as Keras has it, made of Keras's own layers alone, so that it opens where this package isn't installed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import keras
import numpy as np
from keras import layers

from vae.checkpoints import Checkpoint
from vae.export import counterpart
from vae.layers import Conv, ConvTranspose, Dense, DepthToSpace, Flatten, Layer, Reshape, Shape, SpaceToDepth
from vae.validate import IMAGE_SHAPE


def _dense(layer: Dense, shape: Shape, name: str) -> list[keras.layers.Layer]:
    return [layers.Dense(layer.units, layer.activation, name=name)]


def _convolution(make: type[keras.layers.Layer]):
    def with_options(layer: Conv | ConvTranspose, shape: Shape, name: str) -> list[keras.layers.Layer]:
        options = {"strides": layer.stride, "padding": "same", "activation": layer.activation}
        return [make(layer.filters, layer.kernel, **options, name=name)]

    return with_options


def _reshape(layer: Flatten | Reshape, shape: Shape, name: str) -> list[keras.layers.Layer]:
    return [layers.Reshape(layer.output_shape(shape), name=name)]


def _rearrangement(layer: SpaceToDepth | DepthToSpace, shape: Shape, name: str) -> list[keras.layers.Layer]:
    after, block = layer.output_shape(shape), layer.block
    if isinstance(layer, DepthToSpace):
        split = (shape[0], shape[1], block, block, after[2])
    else:
        split = (after[0], block, after[1], block, shape[2])
    return [
        layers.Reshape(split, name=f"{name}-blocks"),
        layers.Permute((1, 3, 2, 4, 5), name=f"{name}-order"),
        layers.Reshape(after, name=name),
    ]


# The counterpart of each kind of `vae.layers`: (description, shape before it, name) -> Keras layers.
KERAS_LAYERS: dict[type[Layer], Callable[[Layer, Shape, str], list[keras.layers.Layer]]] = {
    Dense: _dense,
    Conv: _convolution(layers.Conv2D),
    ConvTranspose: _convolution(layers.Conv2DTranspose),
    Flatten: _reshape,
    Reshape: _reshape,
    SpaceToDepth: _rearrangement,
    DepthToSpace: _rearrangement,
}


def _run(
    part: str,
    description: tuple[Layer, ...],
    shape: Shape,
    x: keras.KerasTensor,
    weights: Mapping[str, np.ndarray],
) -> keras.KerasTensor:
    for index, layer in enumerate(description):
        for keras_layer in counterpart(KERAS_LAYERS, layer)(layer, shape, f"{part}-{index}"):
            x = keras_layer(x)
            if keras_layer.weights:
                keras_layer.set_weights([weights[f"{part}.{index}.{name}"] for name in ("kernel", "bias")])
        shape = layer.output_shape(shape)
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
