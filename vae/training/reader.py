"""Training a reader: labelled pictures in, weights and what was measured of them out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from vae import checkpoints, corruptions
from vae.augmentation import augment
from vae.config import IMAGE_PIXELS, IMAGE_SHAPE, ReaderConfig
from vae.data import Dataset, Digits, load_dataset
from vae.outliers import draw_outliers
from vae.packing import round_weights
from vae.presets import DEFAULT_MODEL
from vae.reader import Reader, calibration_error, softmax
from vae.training import network
from vae.training.loop import CHUNK_STEPS, TEST_NOISE_SEED, add_training_noise, versions
from vae.training.optimizers import OPTIMIZERS

# The last training pictures, which the temperature is fitted to and nothing else.
HELD_OUT = 5_000
# To each digit comes so much of a picture of nothing: without them a reader is sure that noise is an 8.
OUTLIERS, NO_CLASS = 0.125, -1
SIGMAS = (0.2, 0.3, 0.5, 0.8, 1.0)


@dataclass(frozen=True)
class Epoch:
    """What an epoch reached, on training batches as they came, with the weights changing all the while.

    Attributes:
        epoch: Its number, from 1.
        seconds: How long it took.
        loss: The mean cross-entropy of the pictures of a class, nats.
        accuracy: The share that was read right.
    """

    epoch: int
    seconds: float
    loss: float
    accuracy: float


def fit(
    config: ReaderConfig,
    digits: Digits,
    seed: int,
    *,
    outliers: float = OUTLIERS,
    on_epoch: Callable[[Epoch], None] = lambda epoch: None,
) -> tuple[dict[str, np.ndarray], list[Epoch]]:
    """Trains a reader on pictures with a class, and on outliers, of which it learns that every class is as likely.

    Args:
        config: What to train, and how.
        digits: Pictures with their labels, which are below the network's number of classes.
        seed: What decides the initial weights, the order of pictures, how they are spoilt, and the outliers.
        outliers: How many outliers come to each picture, from 0.
        on_epoch: Called after each epoch.

    Returns:
        The weights by name, and what each epoch reached.
    """
    training = config.training
    model = network.build_reader(config.network, seed, batch_norm=training.batch_norm)
    steps = -(-len(digits.images) // training.batch_size) * training.epochs
    optimizer = OPTIMIZERS[training.optimizer](training, model.model.trainable_variables, steps)
    run_chunk = _make_run_chunk(model, optimizer)
    rng = np.random.default_rng(seed)
    noisy = None if config.noise.fresh else add_training_noise(_flat(digits.images), config, rng)
    history = []
    for number in range(1, training.epochs + 1):
        start, sums, seen = time.perf_counter(), np.zeros(2), 0
        for images, labels in _chunks(digits, noisy, config, outliers, rng):
            sums += run_chunk(images, labels).numpy()
            seen += np.count_nonzero(labels != NO_CLASS)
        epoch = Epoch(number, time.perf_counter() - start, *map(float, sums / seen))
        history.append(epoch)
        on_epoch(epoch)
    return network.weights_of(model), history


def _flat(images: np.ndarray) -> np.ndarray:
    return images.reshape(-1, IMAGE_PIXELS)


def _chunks(
    digits: Digits, noisy: np.ndarray | None, config: ReaderConfig, share: float, rng
) -> Iterator[tuple]:
    """One epoch of shuffled batches, (steps, batch, 784) with labels; the last, smaller batch is one of its own.

    What shows nothing comes at the end of each batch, with the label NO_CLASS.
    """
    order = rng.permutation(len(digits.images))
    size = config.training.batch_size * CHUNK_STEPS
    whole = len(order) // config.training.batch_size * config.training.batch_size
    pieces = [order[start : min(start + size, whole)] for start in range(0, whole, size)] + [order[whole:]]
    for piece in pieces:
        if not len(piece):
            continue
        if noisy is None:
            images = augment(digits.images[piece], config.training.augmentation, rng)
            images = add_training_noise(_flat(images), config, rng)
        else:
            images = noisy[piece]
        batch = min(config.training.batch_size, len(piece))
        images = images.reshape(-1, batch, IMAGE_PIXELS)
        labels = digits.labels[piece].reshape(-1, batch).astype(np.int32)
        steps, others = len(images), round(batch * share)
        outliers = draw_outliers(steps * others, rng).reshape(steps, others, IMAGE_PIXELS)
        of_none = np.full((steps, others), NO_CLASS, np.int32)
        yield np.concatenate([images, outliers], axis=1), np.concatenate([labels, of_none], axis=1)


def _make_run_chunk(model: network.KerasReader, optimizer):
    variables = model.model.trainable_variables
    signature = (tf.TensorSpec((None, None, IMAGE_PIXELS), tf.float32), tf.TensorSpec((None, None), tf.int32))

    @tf.function(input_signature=signature, autograph=False)
    def run_chunk(images, labels):
        def take_step(step, sums):
            with tf.GradientTape() as tape:
                _, scores = model.model(tf.reshape(images[step], (-1, *IMAGE_SHAPE, 1)), training=True)
                has_class = labels[step] != NO_CLASS
                known, even = tf.one_hot(labels[step], scores.shape[1]), 1 / scores.shape[1]
                targets = tf.where(has_class[:, None], known, even)
                losses = tf.nn.softmax_cross_entropy_with_logits(targets, scores)
                loss = tf.reduce_mean(losses)
            optimizer.apply(tape.gradient(loss, variables))
            right = tf.equal(tf.argmax(scores, axis=1, output_type=tf.int32), labels[step])
            counted = [tf.where(has_class, losses, 0.0), tf.cast(right, tf.float32)]
            return step + 1, sums + tf.reduce_sum(tf.stack(counted), axis=1)

        condition = lambda step, _: step < tf.shape(labels)[0]  # noqa: E731
        return tf.while_loop(condition, take_step, (0, tf.zeros(2)), parallel_iterations=1)[1]

    return run_chunk


def fit_temperature(scores: np.ndarray, labels: np.ndarray) -> float:
    """The temperature T for which softmax(scores / T) has the least cross-entropy.

    Args:
        scores: (n, classes), of pictures that the reader was not trained on.
        labels: Their classes, (n,).

    Returns:
        Above 0.

    Source: Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks", ICML 2017, section 4.2.
    """
    scores = scores.astype(np.float64)
    rows = np.arange(len(labels))

    def slope(inverse: float) -> float:
        """The derivative of the cross-entropy by 1 / T, which rises with it."""
        return float((softmax(inverse * scores) * scores).sum(axis=1).mean() - scores[rows, labels].mean())

    # Between 1 / 100 and 100, by halves of the logarithm.
    low, high = np.log(0.01), np.log(100)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if slope(np.exp(middle)) > 0 else (middle, high)
    return float(np.exp(-(low + high) / 2))


def calibrate(
    config: ReaderConfig, weights: Mapping[str, np.ndarray], held_out: Digits
) -> dict[str, np.ndarray]:
    """The weights with a temperature folded into the last layer, fitted to pictures that were held out."""
    reader = Reader(config.network, round_weights(config.network, weights))  # As it will be run.
    temperature = fit_temperature(reader.scores(held_out.images), held_out.labels)
    last = {name: weights[name] / np.float32(temperature) for name in ("scores.0.kernel", "scores.0.bias")}
    return {**weights, **last}


def train_reader(
    config: ReaderConfig,
    folder: Path,
    seed: int,
    *,
    data: Dataset | None = None,
    on_epoch: Callable[[Epoch], None] = lambda epoch: None,
) -> dict[str, Any]:
    """Trains a reader, measures what came out and saves it.

    Args:
        config: What to train, and how; the number of classes becomes that of the data.
        folder: Where the checkpoint goes.
        seed: What decides every random draw.
        data: What to train on and to measure on; by default MNIST.
        on_epoch: Called after each epoch.

    Returns:
        The figures, which are also in the card: see `measure`.
    """
    data = data or load_dataset()
    config = config.with_classes(data.to_card()["classes"])
    held_out = min(HELD_OUT, len(data.train.images) // 10)
    split = [
        Digits(*(part[half] for part in data.train)) for half in (slice(-held_out), slice(-held_out, None))
    ]
    # They are unlike any digit; what other data shows may look like them.
    outliers = OUTLIERS if data.path is None else 0.0
    weights, history = fit(config, split[0], seed, outliers=outliers, on_epoch=on_epoch)
    weights = calibrate(config, weights, split[1])
    reader = Reader(config.network, round_weights(config.network, weights))  # As it will be run.
    # Whether a denoised digit is still read right can be told of a model that was trained on the same pictures.
    denoiser = checkpoints.load(DEFAULT_MODEL) if data.path is None else None
    figures = measure(reader, data.test, denoiser)
    card = {
        "training": {
            "seed": seed,
            "seconds": round(sum(epoch.seconds for epoch in history), 1),
            "held_out": held_out,
            "outliers": outliers,
            "history": [
                {name: round(value, 6) for name, value in asdict(epoch).items()} for epoch in history
            ],
        },
        "data": data.to_card(),
        "versions": versions(),
        "figures": figures,
    }
    checkpoints.save_reader(folder, config, weights, card)
    return figures


def measure(reader: Reader, test: Digits, denoiser: checkpoints.Checkpoint | None) -> dict[str, Any]:
    """How much a reader reads right, and whether its confidence says so, on test pictures.

    Args:
        reader: Which reader.
        test: The pictures and their labels.
        denoiser: Which model denoises them, through the mean of its posterior; None for none.

    Returns:
        `clean`: {"accuracy", "calibration_error"}, the latter as `vae.reader.calibration_error` has it;
        `noisy` and `denoised`: the same for each sigma of SIGMAS, by its text, with one draw of noise for all;
        `denoiser`: the model's name.
    """

    def figures_of(images: np.ndarray) -> dict[str, float]:
        probabilities = reader.read(images)
        return {
            "accuracy": float((probabilities.argmax(axis=1) == test.labels).mean()),
            "calibration_error": round(calibration_error(probabilities, test.labels), 5),
        }

    field = corruptions.draw_field("gaussian", len(test.images), np.random.default_rng(TEST_NOISE_SEED))
    noisy = {str(sigma): corruptions.apply(test.images, "gaussian", sigma, field) for sigma in SIGMAS}
    figures = {
        "clean": figures_of(test.images),
        "noisy": {sigma: figures_of(images) for sigma, images in noisy.items()},
    }
    if denoiser is not None:
        figures["denoiser"] = denoiser.name
        figures["denoised"] = {
            sigma: figures_of(denoiser.vae.denoise(images)) for sigma, images in noisy.items()
        }
    return figures
