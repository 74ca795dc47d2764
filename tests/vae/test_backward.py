"""The way back through a network, against finite differences and against what a transpose is."""

import numpy as np
import pytest

from vae.config import ReaderNetwork
from vae.inference import VAE
from vae.layers import (
    ACTIVATIONS,
    DERIVATIVES,
    LAYERS,
    Conv,
    ConvTranspose,
    Dense,
    DepthToSpace,
    Flatten,
    Reshape,
    SpaceToDepth,
)
from vae.presets import PRESETS
from vae.reader import Reader

# Of each kind several, with the shape of their input.
CASES = [
    (Dense(7, "linear"), (5,)),
    *[
        (kind(4, kernel, stride, "linear"), (height, width, 3))
        for kind in (Conv, ConvTranspose)
        for kernel, stride in ((1, 1), (3, 1), (3, 2), (4, 2), (2, 3), (6, 4), (5, 3))
        for height, width in ((7, 8), (9, 5), (1, 3))
        if kind is Conv or kernel >= stride
    ],
    (Flatten(), (3, 4, 2)),
    (Reshape((2, 3, 4)), (24,)),
    (SpaceToDepth(2), (4, 6, 3)),
    (DepthToSpace(2), (3, 2, 8)),
]


def weights_for(layer, shape, rng):
    return {
        name: rng.standard_normal(size, dtype=np.float32) for name, size in layer.weight_shapes(shape).items()
    }


def test_every_kind_of_layer_is_among_the_cases():
    assert {type(layer) for layer, _ in CASES} == set(LAYERS.values())


@pytest.mark.parametrize("layer,shape", CASES)
def test_a_linear_layers_way_back_is_its_transpose(layer, shape):
    # <g, A d> = <A' g, d> for all g and d; the bias drops out of a difference.
    rng = np.random.default_rng(0)
    weights = weights_for(layer, shape, rng)
    x, direction = rng.standard_normal((2, 3, *shape), dtype=np.float32)
    output = layer.apply(x, weights)
    gradient = rng.standard_normal(output.shape, dtype=np.float32)
    change = layer.apply(x + direction, weights) - output
    back = layer.backward(gradient, output, weights, shape)
    assert back.shape == x.shape and back.dtype == np.float32
    np.testing.assert_allclose((gradient * change).sum(), (back * direction).sum(), rtol=1e-3, atol=1e-3)


def test_every_activation_has_its_derivative():
    assert set(DERIVATIVES) == set(ACTIVATIONS)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_derivative_is_the_slope_of_its_activation(name):
    x, step = np.linspace(-4, 4, 30), 1e-6  # 0, where ReLU has none, is not among them.
    ahead, behind = (ACTIVATIONS[name](x + sign * step) for sign in (1, -1))
    slope = DERIVATIVES[name](ACTIVATIONS[name](x.copy())) * np.ones(len(x))
    np.testing.assert_allclose(slope, (ahead - behind) / (2 * step), atol=1e-6)


def random_weights(network, rng):
    return {
        name: (rng.standard_normal(shape) / np.sqrt(max(np.prod(shape[:-1]), 4))).astype(np.float32)
        for name, shape in network.weight_shapes().items()
    }


def assert_close(found, expected):
    # ReLU's corners between both ends of a step, and float32, leave a difference that is small beside the numbers.
    difference, scale = np.abs(found - expected), np.sqrt((expected**2).mean())
    assert np.median(difference) < 0.03 * scale
    assert difference.max() < 0.2 * scale


@pytest.mark.parametrize("name", PRESETS)
def test_a_decoders_way_back_agrees_with_finite_differences(name):
    rng = np.random.default_rng(1)
    network = PRESETS[name].network
    vae = VAE(network, random_weights(network, rng))
    z = rng.standard_normal((40, network.latent_dim), dtype=np.float32)
    gradient = rng.standard_normal((40, 28, 28), dtype=np.float32)
    direction = rng.standard_normal(z.shape, dtype=np.float32)
    step = np.float32(1e-3)
    ahead, behind = vae.decode(z + step * direction), vae.decode(z - step * direction)
    expected = (gradient * (ahead.astype(np.float64) - behind)).sum(axis=(1, 2)) / (2 * step)
    found = (vae.decode_backward(z, gradient) * direction).sum(axis=1)
    assert_close(found, expected)


def test_a_readers_gradient_agrees_with_finite_differences():
    rng = np.random.default_rng(2)
    network = ReaderNetwork((SpaceToDepth(2), Conv(6, stride=2), Conv(5), Flatten(), Dense(9)), classes=4)
    reader = Reader(network, random_weights(network, rng))
    images = rng.uniform(0.1, 0.9, (40, 28, 28)).astype(np.float32)
    classes = rng.integers(4, size=40)
    logs, gradient = reader.backward(images, classes)
    rows, step = np.arange(40), np.float32(5e-4)
    np.testing.assert_allclose(logs, np.log(reader.read(images)[rows, classes]), atol=1e-5)
    direction = rng.uniform(-1, 1, images.shape).astype(np.float32)
    ahead, behind = (
        np.log(reader.read(images + sign * step * direction).astype(np.float64)[rows, classes])
        for sign in (np.float32(1), np.float32(-1))
    )
    expected = (ahead - behind) / (2 * step)
    found = (gradient * direction).sum(axis=(1, 2))
    assert_close(found, expected)
