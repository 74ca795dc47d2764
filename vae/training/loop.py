"""Training with TensorFlow: a configuration and digits in, weights and what was measured of them out.

The loop knows nothing of progress bars or pages: it calls back after each chunk of steps and after each epoch.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from vae import checkpoints, metrics
from vae.augmentation import augment
from vae.config import IMAGE_PIXELS, IMAGE_SHAPE, Config, ReaderConfig
from vae.data import Dataset, load_dataset
from vae.errors import CheckpointError
from vae.inference import VAE
from vae.latent import PrincipalComponents
from vae.packing import round_weights
from vae.posterior import Posterior
from vae.training import network
from vae.training import state as unfinished_state
from vae.training.distributed import Team
from vae.training.optimizers import OPTIMIZERS, Adam
from vae.training.state import Epoch, State, Unfinished
from vae.training.steering import Steering

# A chunk of steps runs inside one graph call. Large enough to make Python's part negligible, small enough that
# a chunk of fresh noise (steps x batch x 784 floats) stays in tens of megabytes.
CHUNK_STEPS = 32


class Chunk(NamedTuple):
    """Some steps' worth of training input; the batch axis comes second.

    Attributes:
        clean, noisy: float32 (steps, batch, 784).
        epsilon: N(0, 1), float32 (steps, batch, latent_dim).
    """

    clean: np.ndarray
    noisy: np.ndarray
    epsilon: np.ndarray


def add_training_noise(
    clean: np.ndarray, config: Config | ReaderConfig, rng: np.random.Generator
) -> np.ndarray:
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


class Steps(NamedTuple):
    """What some steps of a training did.

    Attributes:
        done: How many steps were taken so far.
        total: How many there are in all.
        losses: What they lost, a row for each step, as `network.objective` has the parts, (steps, 4).
        weights: Makes the weights as they are now, by name; only during the call.
    """

    done: int
    total: int
    losses: np.ndarray
    weights: Callable[[], dict[str, np.ndarray]]


def _make_run_chunk(model: network.KerasVAE, optimizer: Adam, config: Config, team: Team):
    variables = model.trainable_variables
    pixels = tf.TensorSpec((None, None, IMAGE_PIXELS), tf.float32)
    epsilons = tf.TensorSpec((None, None, config.network.latent_dim), tf.float32)

    # Without AutoGraph, which can't turn Python loops into TensorFlow's on every version of Python.
    @tf.function(input_signature=(pixels, pixels, epsilons), autograph=False)
    def run_chunk(clean, noisy, epsilon):
        steps = tf.shape(clean)[0]

        def learn(clean, noisy, epsilon):
            with tf.GradientTape() as tape:
                z_mean, z_log_var = model.encoder(tf.reshape(noisy, (-1, 28, 28, 1)), training=True)
                reconstruction = model.decoder(network.sample(z_mean, z_log_var, epsilon), training=True)
                loss = network.objective(
                    config.objective, clean, reconstruction, z_mean, z_log_var, over_batch=team.mean
                )
            *gradients, loss = team.mean([*tape.gradient(loss.total, variables), tf.stack(loss)])
            optimizer.apply(gradients)
            return loss

        def take_step(step, losses):
            return step + 1, losses.write(step, team.run(learn, clean[step], noisy[step], epsilon[step]))

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
    validation: np.ndarray | None = None,
    resume: State | None = None,
    team: Team | None = None,
    steering: Steering | None = None,
    on_begin: Callable[[int, int, Mapping[str, np.ndarray]], None] = lambda steps, steps_per_epoch, weights: (
        None
    ),
    on_chunk: Callable[[Steps], None] = lambda steps: None,
    on_epoch: Callable[[Epoch], None] = lambda epoch: None,
    on_state: Callable[[State], None] = lambda state: None,
) -> tuple[dict[str, np.ndarray], list[Epoch]]:
    """Trains a network.

    Args:
        config: What to train, and how.
        images: Clean digits, float32 (n, 28, 28) in [0, 1].
        seed: What decides the initial weights, the order of digits, the noise and the sampled codes.
        validation: Test digits, likewise, on which the loss is measured after each epoch.
        resume: Where to go on, a state of a training with the same arguments; without one it begins.
        team: The workers that train together, each of which calls this; without one this process trains alone.
        steering: What may be asked of it meanwhile: a stop ends it at once, with the weights of its last step.
        on_begin: Called before the first step with how many steps there are in all and in an epoch, and the weights.
        on_chunk: Called every few steps.
        on_epoch: Called after each epoch.
        on_state: Called before that, with all that it takes to go on from there.

    Returns:
        The weights by name, and what each epoch reached.

    Raises:
        ClusterError: Another worker was lost, or is to train something else.
    """
    team, steering = team or Team(), steering or Steering()
    images = np.ascontiguousarray(images, np.float32).reshape(-1, IMAGE_PIXELS)
    history = list(resume.history) if resume else []
    team.require_same(config, seed, images, len(history))
    weights = None
    for number, phase in enumerate(_phases(config)):
        if resume and number < resume.phase:
            continue
        phase = _as_changed(phase, steering, number)
        running = _Phase(config, phase, number, images, seed, weights, validation, team)
        if resume and number == resume.phase:
            running.restore(resume)
        if weights is None:
            on_begin(running.total_steps, running.steps_per_epoch, network.weights_of(running.model))
        for epoch in running.epochs(history, steering, on_chunk):
            history.append(epoch)
            if not steering.is_stopped:
                on_state(running.state(history))
            on_epoch(epoch)
        weights = network.weights_of(running.model)
        if steering.is_stopped:
            break
    return _finished(config, weights, images), history


def _as_changed(phase: Config, steering: Steering, number: int) -> Config:
    """A phase with what was changed in the phases before, but for the learning rate: polishing has its own."""
    for change in steering.changes if number else ():
        kept = {name: value for name, value in change.settings.items() if name != "training.learning_rate"}
        phase = phase.with_changes(kept)
    return phase


def weights_at(config: Config, images: np.ndarray, seed: int, state: State) -> dict[str, np.ndarray]:
    """The weights that a training would end with if it ended at a state; takes what `fit` does."""
    phase = _phases(config)[state.phase]
    model = network.build(config.network, seed, batch_norm=phase.training.batch_norm)
    for variable, array in zip(model.variables, state.variables, strict=False):
        variable.assign(array)
    return _finished(config, network.weights_of(model), images)


def _finished(config: Config, weights: dict[str, np.ndarray], images: np.ndarray) -> dict[str, np.ndarray]:
    if not config.training.standardise_codes:
        return weights
    posterior = VAE(config.network, weights).encode(images.reshape(-1, *IMAGE_SHAPE))
    return standardise_codes(weights, posterior)


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


def _phases(config: Config) -> list[Config]:
    """The training proper, and the polishing where there is one.

    Polishing takes the digits as they are and the network as it will be served, with Adam, for which its settings were
    chosen.
    """
    training = config.training
    if not training.polish_epochs:
        return [config]
    polishing = {
        "training.optimizer": "adam",
        "training.epochs": training.polish_epochs,
        "training.learning_rate": training.polish_learning_rate,
        "training.schedule": "cosine",
        "training.augmentation": 0.0,
        "training.batch_norm": False,
    }
    return [config, config.with_changes(polishing)]


class _Phase:
    """One phase of a training, between whose epochs it can be stored and restored."""

    def __init__(
        self,
        config: Config,
        phase: Config,
        number: int,
        images: np.ndarray,
        seed: int,
        weights: Mapping[str, np.ndarray] | None,
        validation: np.ndarray | None,
        team: Team,
    ):
        training = phase.training
        self.model = network.build(
            phase.network, seed, batch_norm=training.batch_norm, synchronized=team.count > 1
        )
        if weights is not None:
            network.set_weights(self.model, weights)
        self._config, self._number, self._images, self._team = phase, number, images, team
        self._seed = seed
        self._rng = np.random.default_rng([seed, number] if number else seed)
        self.steps_per_epoch = -(-len(images) // training.batch_size)
        self.total_steps = self.steps_per_epoch * (config.training.epochs + config.training.polish_epochs)
        steps = self.steps_per_epoch * training.epochs
        self._optimizer = OPTIMIZERS[training.optimizer](training, self.model.trainable_variables, steps)
        self._run_chunk = _make_run_chunk(self.model, self._optimizer, phase, team)
        self._noisy = None if phase.noise.fresh else add_training_noise(images, phase, self._rng)
        self._validation = validation
        self._validate = None if validation is None else _make_validate(self.model, phase, validation, seed)
        self._done = 0

    def _chunks(self) -> Iterator[Chunk]:
        """One epoch of shuffled batches; the last, smaller batch comes as a chunk of its own."""
        batch, augmentation = self._config.training.batch_size, self._config.training.augmentation
        order = self._rng.permutation(len(self._images))
        whole = len(order) // batch * batch
        rows = order[:whole].reshape(-1, batch)
        pieces = [rows[start : start + CHUNK_STEPS] for start in range(0, len(rows), CHUNK_STEPS)]
        if whole < len(order):
            pieces.append(order[None, whole:])
        for piece in pieces:
            clean = self._images[piece]
            if augmentation:
                shape = (-1, 28, 28)
                clean = augment(clean.reshape(shape), augmentation, self._rng).reshape(clean.shape)
            noisy = (
                add_training_noise(clean, self._config, self._rng)
                if self._noisy is None
                else self._noisy[piece]
            )
            shape = (*piece.shape, self._config.network.latent_dim)
            yield Chunk(clean, noisy, self._rng.standard_normal(shape, dtype=np.float32))

    def _change(self, config: Config) -> None:
        """Goes on with other settings, those of `CHANGEABLE`, from the next step."""
        noise = config.noise != self._config.noise
        self._config = config
        self._optimizer.take_settings(config.training)
        self._run_chunk = _make_run_chunk(self.model, self._optimizer, config, self._team)
        if self._validation is not None:
            self._validate = _make_validate(self.model, config, self._validation, self._seed)
        if noise and self._noisy is not None:
            self._noisy = add_training_noise(self._images, config, self._rng)

    def _variables(self) -> list:
        return [*self.model.variables, *self._optimizer.variables]

    def state(self, history: Sequence[Epoch]) -> State:
        """All that it takes to go on from here."""
        arrays = [np.array(variable) for variable in map(network.numbers, self._variables())]
        return State(self._number, self._done, arrays, self._rng.bit_generator.state, tuple(history))

    def restore(self, state: State) -> None:
        """Goes to where a state was taken."""
        for variable, array in zip(self._variables(), state.variables, strict=True):
            variable.assign(array)
        self._rng.bit_generator.state = state.rng
        self._done = state.done

    def epochs(
        self, history: Sequence[Epoch], steering: Steering, on_chunk: Callable[[Steps], None]
    ) -> Iterator[Epoch]:
        """Trains epoch by epoch and yields what each reached; `history` holds those before, and grows with them.

        One that is stopped in the middle of an epoch yields what that reached.
        """
        while self._done < self._config.training.epochs and not steering.is_stopped:
            done = len(history) * self.steps_per_epoch
            start, sums, seen = time.perf_counter(), np.zeros(4), 0
            for losses, examples in self._steered(steering, done):
                sums += losses.sum(axis=0) * examples
                seen += len(losses) * examples
                done += len(losses)
                on_chunk(Steps(done, self.total_steps, losses, lambda: network.weights_of(self.model)))
            if not seen:
                return
            seconds = time.perf_counter() - start
            self._done += 1
            validation_loss = self._validate() if self._validate else None
            yield Epoch(len(history) + 1, seconds, *map(float, sums / seen), validation_loss)

    def _steered(self, steering: Steering, done: int) -> Iterator[tuple[np.ndarray, int]]:
        """The losses of some steps of one epoch at a time, with how many pictures each of them saw."""
        for chunk in self._chunks():
            while len(chunk.clean):
                count = steering.take(len(chunk.clean))
                if not count:
                    return
                if config := steering.changed(self._config, done):
                    noise = config.noise != self._config.noise
                    self._change(config)
                    if noise:
                        chunk = chunk._replace(noisy=add_training_noise(chunk.clean, config, self._rng))
                now = Chunk(*(array[:count] for array in chunk))
                chunk = Chunk(*(array[count:] for array in chunk))
                losses = self._team.call(self._run_chunk, *self._team.share(now)).numpy()
                done += len(losses)
                yield losses, now.clean.shape[1]


VALIDATION_BATCH = 500


def _make_validate(
    model: network.KerasVAE, config: Config, images: np.ndarray, seed: int
) -> Callable[[], float]:
    """What measures the loss on test digits: corrupted and sampled as in training, but always with the same draws."""
    rng = np.random.default_rng([seed, 2])
    clean = np.ascontiguousarray(images, np.float32).reshape(-1, IMAGE_PIXELS)
    noisy = add_training_noise(clean, config, rng)
    epsilon = rng.standard_normal((len(clean), config.network.latent_dim), dtype=np.float32)

    @tf.function(reduce_retracing=True, autograph=False)
    def loss(clean, noisy, epsilon):
        z_mean, z_log_var = model.encoder(tf.reshape(noisy, (-1, 28, 28, 1)), training=False)
        output = model.decoder(network.sample(z_mean, z_log_var, epsilon), training=False)
        return network.objective(config.objective, clean, output, z_mean, z_log_var).total

    def validate() -> float:
        starts = range(0, len(clean), VALIDATION_BATCH)
        parts = [slice(start, start + VALIDATION_BATCH) for start in starts]
        losses = [float(loss(clean[part], noisy[part], epsilon[part])) for part in parts]
        return float(np.average(losses, weights=[len(clean[part]) for part in parts]))

    return validate


class Result(NamedTuple):
    """What a training saved.

    Attributes:
        figures: Those that are also in the card: see `measure`.
        stopped_after: After how many epochs it was stopped; None if it was not.
    """

    figures: dict[str, float]
    stopped_after: int | None = None


def train(
    config: Config,
    folder: Path,
    seed: int,
    *,
    data: Dataset | None = None,
    resume: State | None = None,
    team: Team | None = None,
    steering: Steering | None = None,
    on_begin: Callable[[int, int, Mapping[str, np.ndarray]], None] = lambda steps, steps_per_epoch, weights: (
        None
    ),
    on_chunk: Callable[[Steps], None] = lambda steps: None,
    on_epoch: Callable[[Epoch], None] = lambda epoch: None,
) -> Result | None:
    """Trains, measures what came out and saves it.

    After each epoch all that it takes to go on is written beside the folder; see `vae.training.state`. A training that
    is stopped by Ctrl-C saves the model of its last epoch, unless a whole model stands there already. Of several
    workers the chief alone measures and writes.

    Args:
        config: What to train, and how.
        folder: Where the checkpoint goes.
        seed: What decides every random draw.
        data: What to train on and to measure on; by default MNIST.
        resume: Where to go on, as for `fit`.
        team: As for `fit`.
        on_begin: As for `fit`.
        steering: As for `fit`; what was changed stands in the card, which shows the settings that it ended with.
        on_chunk: As for `fit`.
        on_epoch: As for `fit`.

    Returns:
        What was saved; None to a worker that is not the chief.

    Raises:
        ClusterError: As for `fit`.
        KeyboardInterrupt: Stopped before the end of the first epoch, or where a whole model stands already.
    """
    team, steering = team or Team(), steering or Steering()
    data = data or load_dataset()
    images, test = data.train.images, data.test.images
    images = images[: max(1, round(config.training.share * len(images)))]
    path = None if data.path is None else str(data.path.resolve())
    latest = resume

    def keep(state: State) -> None:
        nonlocal latest
        if team.is_chief:
            unfinished_state.write(folder, Unfinished(config, seed, path, state))
            latest = state

    stopped_after = None
    try:
        weights, history = fit(
            config,
            images,
            seed,
            validation=test,
            resume=resume,
            team=team,
            steering=steering,
            on_begin=on_begin,
            on_chunk=on_chunk,
            on_epoch=on_epoch,
            on_state=keep,
        )
        if steering.is_stopped:
            if not history:
                raise KeyboardInterrupt
            stopped_after = len(history)
    except KeyboardInterrupt:
        if latest is None or not team.is_chief or _holds_a_finished_model(folder):
            raise
        weights, history = weights_at(config, images, seed, latest), latest.history
        stopped_after = len(history)
    if not team.is_chief:
        return None
    vae = VAE(config.network, round_weights(config.network, weights))  # As it will be run.
    posterior = vae.encode(images)
    reconstruction = vae.decode(posterior.sample(np.random.default_rng(seed)))
    figures = measure(vae, test)
    card: dict[str, Any] = {
        "decoder_variance": float(metrics.mse(reconstruction, images).mean()),
        "training": {
            "seed": seed,
            "seconds": round(sum(epoch.seconds for epoch in history), 1),
            "stopped_after": stopped_after,
            "history": [
                {key: value if value is None else round(value, 6) for key, value in asdict(epoch).items()}
                for epoch in history
            ],
        },
        "data": data.to_card(),
        "versions": versions(),
        "figures": figures,
    }
    for change in steering.changes:
        config = config.with_changes(change.settings)
    if steering.changes:
        card["training"]["changes"] = [change._asdict() for change in steering.changes]
    components = PrincipalComponents.fit(posterior.z_mean)
    kl = metrics.kl_divergence(*posterior).mean(axis=0)
    own = None if data.path is None else data.test
    checkpoints.save(folder, config, weights, components, kl, card, own)
    if stopped_after is None:
        unfinished_state.remove(folder)
    return Result(figures, stopped_after)


def versions() -> dict[str, str]:
    """What trained, as a card records it."""
    return {
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "numpy": np.__version__,
    }


def _holds_a_finished_model(folder: Path) -> bool:
    try:
        return checkpoints.load(folder).card.get("training", {}).get("stopped_after") is None
    except CheckpointError:
        return False


TEST_NOISE_SEED = 123


def measure(vae: VAE, clean: np.ndarray) -> dict[str, float]:
    """The figures that a training run reports, on test pictures (n, 28, 28).

    Returns:
        `mse_noisy_to_clean`: mean squared error at sigma 0.2, what denoising is about;
        `mse_clean_to_clean`: the same without noise, the figure that the notebook looked at.
    """
    noise = np.random.default_rng(TEST_NOISE_SEED).standard_normal(clean.shape, dtype=np.float32)
    noisy = np.clip(clean + np.float32(0.2) * noise, 0, 1)
    return {
        "mse_noisy_to_clean": float(metrics.mse(vae.denoise(noisy), clean).mean()),
        "mse_clean_to_clean": float(metrics.mse(vae.denoise(clean), clean).mean()),
    }
