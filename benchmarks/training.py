"""How fast does training go: images a second of `vae.training.loop.fit` beside a plain Keras `fit` of its net.

Run it as `python -m benchmarks.training [--epochs 6]`. Epochs of the two alternate, so that whatever else the
machine is doing slows both; compare the two columns, never a column with another day's.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np

from vae.config import IMAGE_PIXELS, IMAGE_SHAPE
from vae.data import load_mnist
from vae.inference import VAE
from vae.metrics import mse
from vae.presets import PRESETS
from vae.training import loop, network  # Before Keras itself: importing `vae.training` quietens TensorFlow.

import keras  # isort: skip


@keras.saving.register_keras_serializable("benchmark")
class Sampling(keras.layers.Layer):
    """The reparameterisation trick as a layer of its own, as in the notebook."""

    def __init__(self, seed: int, **kwargs):
        super().__init__(**kwargs)
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs):
        z_mean, z_log_var = inputs
        epsilon = keras.random.normal(keras.ops.shape(z_mean), seed=self.seed_generator)
        return network.sample(z_mean, z_log_var, epsilon)


def plain_keras(seed: int) -> keras.Model:
    """The notebook's network and optimiser, with Keras's own training loop."""
    keras.utils.set_random_seed(seed)
    image = keras.Input(IMAGE_SHAPE)
    hidden = keras.layers.Dense(512, "relu")(keras.layers.Flatten()(image))
    z = Sampling(seed)([keras.layers.Dense(40)(hidden), keras.layers.Dense(40)(hidden)])
    hidden = keras.layers.Dense(512, "relu")(z)
    output = keras.layers.Reshape(IMAGE_SHAPE)(keras.layers.Dense(IMAGE_PIXELS, "sigmoid")(hidden))
    model = keras.Model(image, output)
    model.compile(keras.optimizers.Adam(1e-3), "mse")
    return model


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--epochs", type=int, default=6, help="epochs of each; the first, which compiles, is not timed"
    )
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.epochs < 2:
        parser.error("Expected at least 2 epochs: the first is not timed.")

    config = PRESETS["notebook"].with_changes({"training.epochs": arguments.epochs})
    clean = load_mnist("train").images
    noisy = loop.add_training_noise(
        clean.reshape(-1, IMAGE_PIXELS), config, np.random.default_rng(arguments.seed)
    ).reshape(clean.shape)
    model = plain_keras(arguments.seed)
    speeds, cpu_seconds = ([], []), ([], [])
    print(f"{'epoch':>5}  {'vae.training.loop.fit':^40}  {'plain Keras fit':^40}")
    clock = time.process_time()

    def then_keras(epoch: loop.Epoch) -> None:
        nonlocal clock
        cpu_seconds[0].append(time.process_time() - clock)
        clock, start = time.process_time(), time.perf_counter()
        history = model.fit(noisy, clean, batch_size=config.training.batch_size, epochs=1, verbose=0)
        seconds = time.perf_counter() - start
        cpu_seconds[1].append(time.process_time() - clock)
        speeds[0].append(len(clean) / epoch.seconds)
        speeds[1].append(len(clean) / seconds)
        losses = (epoch.loss, history.history["loss"][0])
        cells = [
            f"{speed[-1]:>9,.0f} images/s  {cpu[-1]:>5.1f} CPU s  loss {loss:.5f}"
            for speed, cpu, loss in zip(speeds, cpu_seconds, losses, strict=True)
        ]
        print(f"{epoch.epoch:>5}  {cells[0]:>40}  {cells[1]:>40}", flush=True)
        clock = time.process_time()

    weights, _ = loop.fit(config, clean, arguments.seed, on_epoch=then_keras)

    ours, theirs = (statistics.median(speed[1:]) for speed in speeds)
    cpu_ours, cpu_theirs = (statistics.median(cpu[1:]) for cpu in cpu_seconds)
    print(f"\nmedians without the first: {ours:,.0f} and {theirs:,.0f} images/s, ratio {ours / theirs:.2f}")
    # The clock of a busy machine tells more of what else runs there; processor time tells less of it.
    print(
        f"processor time an epoch: {cpu_ours:.1f} and {cpu_theirs:.1f} s, ratio {cpu_theirs / cpu_ours:.2f}"
    )
    test = load_mnist("test").images
    noise = np.random.default_rng(123).standard_normal(test.shape, dtype=np.float32)
    spoilt = np.clip(test + np.float32(0.2) * noise, 0, 1)
    reached = [
        mse(VAE(config.network, weights).denoise(spoilt), test).mean(),
        # Keras's model samples its codes; its sampling noise is part of what it reaches here.
        mse(model.predict(spoilt, batch_size=500, verbose=0), test).mean(),
    ]
    print(f"test MSE at sigma 0.2: {reached[0]:.5f} and {reached[1]:.5f}")


if __name__ == "__main__":
    main()
