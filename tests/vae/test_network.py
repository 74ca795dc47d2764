"""NumPy's forward pass against Keras's, layer by layer and as a whole."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow", reason="TensorFlow is not installed: pip install -r requirements.txt")

from vae.checkpoints import load, shipped_models  # noqa: E402
from vae.config import Config, Network, Objective, ReaderNetwork  # noqa: E402
from vae.data import load_mnist  # noqa: E402
from vae.errors import ConfigError  # noqa: E402
from vae.inference import VAE  # noqa: E402
from vae.layers import (  # noqa: E402
    LAYERS,
    Conv,
    ConvTranspose,
    Dense,
    DepthToSpace,
    Flatten,
    Layer,
    Reshape,
    SpaceToDepth,
)
from vae.presets import PRESETS  # noqa: E402
from vae.reader import Reader  # noqa: E402
from vae.training import network  # noqa: E402

DENSE, CONVOLUTIONAL = 1e-5, 1e-4

NETWORKS = {
    "dense": PRESETS["notebook"].network,
    "strided": Network(
        encoder=(Conv(8, 3, 2), Conv(12, 4, 2), Conv(12), Flatten(), Dense(32)),
        decoder=(
            Dense(32),
            Dense(7 * 7 * 12),
            Reshape((7, 7, 12)),
            ConvTranspose(8, 4, 2),
            ConvTranspose(6, 3, 2),
            Conv(1, 3, 1, "sigmoid"),
        ),
        latent_dim=10,
    ),
    "rearranged": Network(
        encoder=(SpaceToDepth(2), Conv(16, 5, 2), SpaceToDepth(7), Flatten()),
        decoder=(
            Dense(7 * 7 * 8),
            Reshape((7, 7, 8)),
            DepthToSpace(2),
            ConvTranspose(4, 6, 1, "linear"),
            Conv(4, 3, 1, "sigmoid"),
            DepthToSpace(2),
        ),
        latent_dim=7,
    ),
}


def tolerance(description: Network) -> float:
    dense = all(isinstance(layer, Dense | Flatten) for layer in description.encoder + description.decoder)
    return DENSE if dense else CONVOLUTIONAL


def with_random_biases(model: network.KerasVAE) -> network.KerasVAE:
    # Fresh biases are zero, which would hide a bias that is left out.
    rng = np.random.default_rng(1)
    weights = network.weights_of(model)
    network.set_weights(
        model,
        {
            name: w + (rng.normal(0, 0.1, w.shape) if name.endswith("bias") else 0)
            for name, w in weights.items()
        },
    )
    return model


CONVOLUTIONS = [
    (kind, kernel, stride)
    for kind in (Conv, ConvTranspose)
    for kernel in range(1, 7)
    for stride in (1, 2, 3)
    if kind is Conv or kernel >= stride  # The others leave holes, and ConvTranspose refuses them.
]


@pytest.mark.parametrize("kind,kernel,stride", CONVOLUTIONS)
@pytest.mark.parametrize("size", [(7, 8), (9, 5), (1, 3)])
def test_a_convolution_equals_tensorflows(kind, kernel, stride, size):
    layer = kind(4, kernel, stride, "linear")
    rng = np.random.default_rng(0)
    x = rng.standard_normal((3, *size, 5), dtype=np.float32)
    bias = rng.standard_normal(4, dtype=np.float32)
    if kind is Conv:
        weights = rng.standard_normal((kernel, kernel, 5, 4), dtype=np.float32)
        expected = tf.nn.conv2d(x, weights, stride, "SAME")
    else:
        weights = rng.standard_normal((kernel, kernel, 4, 5), dtype=np.float32)
        shape = (3, size[0] * stride, size[1] * stride, 4)
        expected = tf.nn.conv2d_transpose(x, weights, shape, stride, "SAME")
    actual = layer.apply(x, {"kernel": weights, "bias": bias})
    np.testing.assert_allclose(actual, expected.numpy() + bias, atol=CONVOLUTIONAL)


@pytest.mark.parametrize("block", [2, 3])
def test_space_to_depth_and_back_equal_tensorflows(block):
    x = np.random.default_rng(0).standard_normal((2, 6, 12, 18), dtype=np.float32)
    np.testing.assert_array_equal(SpaceToDepth(block).apply(x, {}), tf.nn.space_to_depth(x, block))
    if 18 % block**2 == 0:
        np.testing.assert_array_equal(DepthToSpace(block).apply(x, {}), tf.nn.depth_to_space(x, block))
    there_and_back = DepthToSpace(block).apply(SpaceToDepth(block).apply(x, {}), {})
    np.testing.assert_array_equal(there_and_back, x)


@pytest.fixture(scope="module", params=sorted(NETWORKS))
def pair(request):
    description = NETWORKS[request.param]
    model = with_random_biases(network.build(description, seed=0))
    return model, VAE(description, network.weights_of(model)), tolerance(description)


def inputs(kind: str) -> np.ndarray:
    if kind == "digits":
        return load_mnist("test").images[:16]
    return np.random.default_rng(2).random((16, 28, 28), dtype=np.float32)


@pytest.mark.parametrize("kind", ["random", "digits"])
def test_numpys_encoder_equals_keras(pair, kind):
    model, vae, atol = pair
    images = inputs(kind)
    for actual, expected in zip(vae.encode(images), model.encoder(images[..., None]), strict=True):
        np.testing.assert_allclose(actual, expected, atol=atol)


def test_numpys_decoder_equals_keras(pair):
    model, vae, atol = pair
    z = np.random.default_rng(3).standard_normal((16, vae.network.latent_dim), dtype=np.float32)
    np.testing.assert_allclose(vae.decode(z).reshape(16, -1), model.decoder(z), atol=atol)


@pytest.mark.parametrize("kind", ["random", "digits"])
def test_numpy_as_a_whole_equals_keras(pair, kind):
    model, vae, atol = pair
    images = inputs(kind)
    expected = model.decoder(model.encoder(images[..., None])[0])
    np.testing.assert_allclose(vae.denoise(images).reshape(16, -1), expected, atol=atol)


def test_numpys_way_back_through_the_decoder_equals_tensorflows(pair):
    model, vae, atol = pair
    z, gradient = (
        np.random.default_rng(4).standard_normal((16, size), dtype=np.float32)
        for size in (vae.network.latent_dim, 784)
    )
    codes = tf.constant(z)
    with tf.GradientTape() as tape:
        tape.watch(codes)
        total = tf.reduce_sum(model.decoder(codes) * gradient)
    found = vae.decode_backward(z, gradient.reshape(-1, 28, 28))
    np.testing.assert_allclose(found, tape.gradient(total, codes), rtol=atol, atol=atol)


def test_a_reader_and_its_way_back_equal_tensorflows_with_normalisation_folded():
    description = ReaderNetwork((SpaceToDepth(2), Conv(6, stride=2), Conv(5), Flatten(), Dense(9)), classes=4)
    model = network.build_reader(description, seed=0, batch_norm=True)
    images, classes = tf.constant(inputs("digits")), np.arange(16) % 4
    for _ in range(3):  # Let the moving means and variances leave their start.
        model.model(images[..., None], training=True)
    reader = Reader(description, network.weights_of(model))
    with tf.GradientTape() as tape:
        tape.watch(images)
        features, scores = model.model(images[..., None], training=False)
        logs = tf.gather(tf.nn.log_softmax(scores), classes, batch_dims=1)
        total = tf.reduce_sum(logs)
    np.testing.assert_allclose(reader.features(images.numpy()), features, atol=CONVOLUTIONAL)
    np.testing.assert_allclose(reader.read(images.numpy()), tf.nn.softmax(scores), atol=CONVOLUTIONAL)
    found, gradient = reader.backward(images.numpy(), classes)
    np.testing.assert_allclose(found, logs, atol=CONVOLUTIONAL)
    np.testing.assert_allclose(gradient, tape.gradient(total, images), atol=CONVOLUTIONAL)


@pytest.mark.parametrize("name", shipped_models())
def test_a_shipped_model_gives_the_same_in_keras(name):
    vae = load(name).vae
    model = network.build(vae.network, seed=0)
    network.set_weights(model, vae.weights)
    images, atol = inputs("digits"), tolerance(vae.network)
    z_mean, z_log_var = model.encoder(images[..., None])
    # Trained codes reach several units: float32's error grows with them.
    np.testing.assert_allclose(vae.encode(images).z_mean, z_mean, rtol=atol, atol=atol)
    np.testing.assert_allclose(vae.encode(images).z_log_var, z_log_var, rtol=atol, atol=atol)
    np.testing.assert_allclose(vae.decode(np.array(z_mean)).reshape(16, -1), model.decoder(z_mean), atol=atol)


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_descriptions_count_weights_as_keras_does(name):
    model = network.build(NETWORKS[name], seed=0)
    assert NETWORKS[name].parameters == model.encoder.count_params() + model.decoder.count_params()
    shapes = {name: array.shape for name, array in network.weights_of(model).items()}
    assert shapes == NETWORKS[name].weight_shapes()


def test_a_seed_decides_the_initial_weights_and_layers_differ():
    description = Network((Flatten(), Dense(784), Dense(784)), (Dense(784, "sigmoid"),), latent_dim=4)
    first, again, other = (network.weights_of(network.build(description, seed)) for seed in (0, 0, 1))
    for name, array in first.items():
        np.testing.assert_array_equal(array, again[name])
    assert not np.array_equal(first["encoder.1.kernel"], other["encoder.1.kernel"])
    assert not np.array_equal(first["encoder.1.kernel"], first["encoder.2.kernel"])
    assert not np.array_equal(first["z_mean.0.kernel"], first["z_log_var.0.kernel"])


def test_batch_normalisation_folds_into_the_weights():
    description = NETWORKS["strided"]
    model = with_random_biases(network.build(description, seed=0, batch_norm=True))
    images = inputs("digits")
    for _ in range(3):  # Let the moving means and variances leave their start.
        z_mean, _ = model.encoder(images[..., None], training=True)
        model.decoder(z_mean, training=True)
    expected = model.decoder(model.encoder(images[..., None], training=False)[0], training=False)
    vae = VAE(description, network.weights_of(model))
    np.testing.assert_allclose(vae.denoise(images).reshape(16, -1), expected, atol=CONVOLUTIONAL)


def test_a_sampled_code_has_the_posteriors_mean_and_deviation():
    epsilon = np.random.default_rng(0).standard_normal((200_000, 1), dtype=np.float32)
    z = np.array(network.sample(np.full_like(epsilon, 2.0), np.full_like(epsilon, np.log(0.25)), epsilon))
    assert z.mean() == pytest.approx(2, abs=0.01)
    assert z.std() == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("reconstruction", ["mse", "batch_variance", "image_variance"])
def test_the_objective_is_its_formula(reconstruction):
    rng = np.random.default_rng(0)
    clean, made = rng.random((2, 6, 784), dtype=np.float32)
    z_mean, z_log_var = rng.standard_normal((2, 6, 5), dtype=np.float32)
    losses = network.objective(Objective(reconstruction, 0.3), clean, made, z_mean, z_log_var)
    image_mse = ((clean - made) ** 2).mean(axis=1)
    kl = 0.5 * (z_mean**2 + np.exp(z_log_var) - z_log_var - 1).sum(axis=1).mean()
    expected = {
        "mse": image_mse.mean(),
        "batch_variance": 392 * np.log(image_mse.mean()),
        "image_variance": 392 * np.log(image_mse).mean(),
    }[reconstruction]
    actual = [float(value) for value in losses]
    assert actual == pytest.approx([expected + 0.3 * kl, expected, kl, image_mse.mean()], rel=1e-3)


def test_the_objective_of_a_perfect_reconstruction_is_finite():
    config = Config(NETWORKS["dense"])
    zeros = np.zeros((2, 784), np.float32)
    codes = np.zeros((2, 40), np.float32)
    assert np.isfinite(float(network.objective(config.objective, zeros, zeros, codes, codes).total))


def test_every_kind_of_layer_has_its_counterpart_in_keras():
    assert set(network.KERAS_LAYERS) == set(LAYERS.values())


def test_a_layer_that_keras_does_not_know_is_refused():
    class Dropout(Layer):
        kind = "dropout"

        def output_shape(self, shape):
            return shape

    with pytest.raises(ConfigError, match="Received the kind 'dropout'"):
        network.build(Network((Flatten(), Dropout()), (Dense(784, "sigmoid"),)), seed=0)
