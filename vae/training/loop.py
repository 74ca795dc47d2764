"""Training with TensorFlow: a configuration and digits in, weights and what was measured of them out.

The loop knows nothing of progress bars or pages: it calls back after each chunk of steps and after each epoch.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from vae import checkpoints, metrics
from vae.augmentation import augment
from vae.config import IMAGE_PIXELS, IMAGE_SHAPE, Config
from vae.data import load_mnist, mnist_sha256
from vae.inference import VAE
from vae.latent import PrincipalComponents
from vae.packing import round_weights
from vae.posterior import Posterior
from vae.training import network
from vae.training.optimizers import OPTIMIZERS, Adam

# A chunk of steps runs inside one graph call. Large enough to make Python's part negligible, small enough that
# a chunk of fresh noise (steps x batch x 784 floats) stays in tens of megabytes.
CHUNK_STEPS = 32


@dataclass(frozen=True)
class Epoch:
    """What an epoch reached, on training batches as they came, with the weights changing all the while.

    Attributes:
        epoch: Its number, from 1.
        seconds: How long it took.
        loss: The objective's total.
        reconstruction_loss: Its first part.
        kl_divergence: Its second part before weighting, nats.
        mse: Mean squared error of the reconstructions from sampled codes.
    """

    epoch: int
    seconds: float
    loss: float
    reconstruction_loss: float
    kl_divergence: float
    mse: float


class Chunk(NamedTuple):
    """Some steps' worth of training input; the batch axis comes second.

    Attributes:
        clean, noisy: float32 (steps, batch, 784).
        epsilon: N(0, 1), float32 (steps, batch, latent_dim).
    """

    clean: np.ndarray
    noisy: np.ndarray
    epsilon: np.ndarray


def add_training_noise(clean: np.ndarray, config: Config, rng: np.random.Generator) -> np.ndarray:
    """clip(clean + sigma * N(0, 1), 0, 1) with a sigma for each image, drawn as `config.Noise` says.

    Args:
        clean: float32 (..., 784) in [0, 1].
        config: Whose noise.
        rng: Where the randomness comes from.

    Returns:
        Noisy images of the same shape.
    """
    noise = config.noise
    sigma = rng.uniform(noise.sigma_min, noise.sigma_max, (*clean.shape[:-1], 1)).astype(np.float32)
    noisy = rng.standard_normal(clean.shape, dtype=np.float32)
    # In place: this runs at every step, on tens of megabytes.
    noisy *= sigma
    noisy += clean
    return np.clip(noisy, 0, 1, out=noisy)


def _chunks(images: np.ndarray, noisy: np.ndarray | None, config: Config, rng) -> Iterator[Chunk]:
    """One epoch of shuffled batches; the last, smaller batch comes as a chunk of its own."""
    batch = config.training.batch_size
    order = rng.permutation(len(images))
    whole = len(order) // batch * batch
    rows = order[:whole].reshape(-1, batch)
    pieces = [rows[start : start + CHUNK_STEPS] for start in range(0, len(rows), CHUNK_STEPS)]
    if whole < len(order):
        pieces.append(order[None, whole:])
    for piece in pieces:
        clean = images[piece]
        if config.training.augmentation:
            shape = (-1, 28, 28)
            clean = augment(clean.reshape(shape), config.training.augmentation, rng).reshape(clean.shape)
        spoilt = add_training_noise(clean, config, rng) if noisy is None else noisy[piece]
        epsilon = rng.standard_normal((*piece.shape, config.network.latent_dim), dtype=np.float32)
        yield Chunk(clean, spoilt, epsilon)


def _make_run_chunk(model: network.KerasVAE, optimizer: Adam, config: Config):
    variables = model.trainable_variables
    pixels = tf.TensorSpec((None, None, IMAGE_PIXELS), tf.float32)
    epsilons = tf.TensorSpec((None, None, config.network.latent_dim), tf.float32)

    # Without AutoGraph, which can't turn Python loops into TensorFlow's on every version of Python.
    @tf.function(input_signature=(pixels, pixels, epsilons), autograph=False)
    def run_chunk(clean, noisy, epsilon):
        steps = tf.shape(clean)[0]

        def take_step(step, losses):
            with tf.GradientTape() as tape:
                z_mean, z_log_var = model.encoder(tf.reshape(noisy[step], (-1, 28, 28, 1)), training=True)
                z = network.sample(z_mean, z_log_var, epsilon[step])
                reconstruction = model.decoder(z, training=True)
                loss = network.objective(config.objective, clean[step], reconstruction, z_mean, z_log_var)
            optimizer.apply(tape.gradient(loss.total, variables))
            return step + 1, losses.write(step, tf.stack(loss))

        losses = tf.TensorArray(tf.float32, steps, element_shape=(4,))
        # One step after the other: each needs the weights that the last one left.
        _, losses = tf.while_loop(lambda step, _: step < steps, take_step, (0, losses), parallel_iterations=1)
        return losses.stack()

    return run_chunk


def fit(
    config: Config,
    images: np.ndarray,
    seed: int,
    *,
    on_chunk: Callable[[int, int], None] = lambda done, total: None,
    on_epoch: Callable[[Epoch], None] = lambda epoch: None,
) -> tuple[dict[str, np.ndarray], list[Epoch]]:
    """Trains a network.

    Args:
        config: What to train, and how.
        images: Clean digits, float32 (n, 28, 28) in [0, 1].
        seed: What decides the initial weights, the order of digits, the noise and the sampled codes.
        on_chunk: Called with (steps done, steps in all) every few steps.
        on_epoch: Called after each epoch.

    Returns:
        The weights by name, and what each epoch reached.
    """
    training = config.training
    images = np.ascontiguousarray(images, np.float32).reshape(-1, IMAGE_PIXELS)
    steps = -(-len(images) // training.batch_size)
    total = steps * (training.epochs + training.polish_epochs)
    history: list[Epoch] = []

    def run(model: network.KerasVAE, phase: Config, rng: np.random.Generator) -> None:
        before = len(history)
        for epoch in _run_epochs(
            model, phase, images, rng, steps, lambda done: on_chunk(before * steps + done, total)
        ):
            history.append(replace(epoch, epoch=before + epoch.epoch))
            on_epoch(history[-1])

    model = network.build(config.network, seed, batch_norm=training.batch_norm)
    run(model, config, np.random.default_rng(seed))
    weights = network.weights_of(model)
    if training.polish_epochs:
        model = network.build(config.network, seed)
        network.set_weights(model, weights)
        run(model, _polish(config), np.random.default_rng([seed, 1]))
        weights = network.weights_of(model)
    if training.standardise_codes:
        posterior = VAE(config.network, weights).encode(images.reshape(-1, *IMAGE_SHAPE))
        weights = standardise_codes(weights, posterior)
    return weights, history


def standardise_codes(weights: Mapping[str, np.ndarray], posterior: Posterior) -> dict[str, np.ndarray]:
    """Shifts and scales every latent so that the given posteriors fit the prior best.

    Of all codes z' = (z - shift) / scale those with shift = E[z_mean] and scale^2 = Var[z_mean] + E[exp(z_log_var)]
    have the least mean KL divergence from N(0, I). The decoder's first layer undoes both, so that the model
    reconstructs as before.

    Args:
        weights: Those of a network whose decoder begins with a dense layer, by name.
        posterior: What the encoder makes of some images, (n, latent_dim).

    Returns:
        All weights by name, float32; those of the heads and of the decoder's first layer are new.

    Source: the KL divergence between Gaussians (Kingma and Welling, "Auto-Encoding Variational Bayes", ICLR 2014,
    appendix B), its derivatives by shift and scale set to zero.
    """
    shift = posterior.z_mean.mean(axis=0, dtype=np.float64)
    scale = np.sqrt(posterior.z_mean.var(axis=0, dtype=np.float64) + np.exp(posterior.z_log_var).mean(axis=0))
    kernel = weights["decoder.0.kernel"]
    changed = {
        "z_mean.0.kernel": weights["z_mean.0.kernel"] / scale,
        "z_mean.0.bias": (weights["z_mean.0.bias"] - shift) / scale,
        "z_log_var.0.bias": weights["z_log_var.0.bias"] - 2 * np.log(scale),
        "decoder.0.kernel": kernel * scale[:, None],
        "decoder.0.bias": weights["decoder.0.bias"] + shift @ kernel,
    }
    return {**weights, **{name: array.astype(np.float32) for name, array in changed.items()}}


def _polish(config: Config) -> Config:
    """The last epochs as a phase of their own: the digits as they are, and the network as it will be served.

    With Adam, for which the settings of polishing were chosen.
    """
    training = config.training
    return config.with_changes(
        {
            "training.optimizer": "adam",
            "training.epochs": training.polish_epochs,
            "training.learning_rate": training.polish_learning_rate,
            "training.schedule": "cosine",
            "training.augmentation": 0.0,
            "training.batch_norm": False,
        }
    )


def _run_epochs(
    model: network.KerasVAE,
    config: Config,
    images: np.ndarray,
    rng: np.random.Generator,
    steps: int,
    on_chunk: Callable[[int], None],
) -> Iterator[Epoch]:
    """Trains for a phase's epochs of `steps` each; calls back with the steps done, yields what each epoch reached."""
    training = config.training
    total = steps * training.epochs
    optimizer = OPTIMIZERS[training.optimizer](training, model.trainable_variables, total)
    run_chunk = _make_run_chunk(model, optimizer, config)
    noisy = None if config.noise.fresh else add_training_noise(images, config, rng)
    done = 0
    for number in range(1, training.epochs + 1):
        start, sums, seen = time.perf_counter(), np.zeros(4), 0
        for chunk in _chunks(images, noisy, config, rng):
            losses = run_chunk(*chunk).numpy()
            examples = chunk.clean.shape[1]
            sums += losses.sum(axis=0) * examples
            seen += len(losses) * examples
            done += len(losses)
            on_chunk(done)
        yield Epoch(number, time.perf_counter() - start, *map(float, sums / seen))


def train(
    config: Config,
    folder: Path,
    seed: int,
    *,
    on_chunk: Callable[[int, int], None] = lambda done, total: None,
    on_epoch: Callable[[Epoch], None] = lambda epoch: None,
) -> dict[str, float]:
    """Trains on MNIST, measures what came out and saves it; nothing is written before all of it is done.

    Args:
        config: What to train, and how.
        folder: Where the checkpoint goes.
        seed: What decides every random draw.
        on_chunk: As for `fit`.
        on_epoch: As for `fit`.

    Returns:
        The figures that are also in the card: see `measure`.
    """
    images = load_mnist("train").images
    weights, history = fit(config, images, seed, on_chunk=on_chunk, on_epoch=on_epoch)
    vae = VAE(config.network, round_weights(config.network, weights))  # As it will be run.
    posterior = vae.encode(images)
    reconstruction = vae.decode(posterior.sample(np.random.default_rng(seed)))
    figures = measure(vae)
    card: dict[str, Any] = {
        "decoder_variance": float(metrics.mse(reconstruction, images).mean()),
        "training": {
            "seed": seed,
            "seconds": round(sum(epoch.seconds for epoch in history), 1),
            "history": [{key: round(value, 6) for key, value in asdict(epoch).items()} for epoch in history],
        },
        "data": {"name": "MNIST", "sha256": mnist_sha256()},
        "versions": {
            "python": platform.python_version(),
            "tensorflow": tf.__version__,
            "keras": keras.__version__,
            "numpy": np.__version__,
        },
        "figures": figures,
    }
    components = PrincipalComponents.fit(posterior.z_mean)
    checkpoints.save(
        folder, config, weights, components, metrics.kl_divergence(*posterior).mean(axis=0), card
    )
    return figures


TEST_NOISE_SEED = 123


def measure(vae: VAE) -> dict[str, float]:
    """The figures that a training run reports, on MNIST's 10,000 test digits.

    Returns:
        `mse_noisy_to_clean`: mean squared error at sigma 0.2, what denoising is about;
        `mse_clean_to_clean`: the same without noise, the figure that the notebook looked at.
    """
    clean = load_mnist("test").images
    noise = np.random.default_rng(TEST_NOISE_SEED).standard_normal(clean.shape, dtype=np.float32)
    noisy = np.clip(clean + np.float32(0.2) * noise, 0, 1)
    return {
        "mse_noisy_to_clean": float(metrics.mse(vae.denoise(noisy), clean).mean()),
        "mse_clean_to_clean": float(metrics.mse(vae.denoise(clean), clean).mean()),
    }
