"""Training on a handful of made-up digits: seeds, phases, and what a stopped run leaves behind."""

import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed: pip install -r requirements.txt")


from vae import checkpoints, metrics
from vae.config import Config, Network, Noise, Objective, Training
from vae.data import Dataset, Digits
from vae.errors import CheckpointError
from vae.inference import VAE
from vae.layers import Dense, Flatten
from vae.packing import round_weights
from vae.training import loop, state
from vae.training.distributed import Team
from vae.training.steering import Steering

ROOT = Path(__file__).parents[2]

TINY = Config(
    Network((Flatten(), Dense(16)), (Dense(16), Dense(784, "sigmoid")), latent_dim=3),
    Noise(0.0, 0.5, fresh=True),
    Objective("image_variance", 1.0),
    Training(epochs=2, batch_size=16, learning_rate=3e-3),
)


def make_bars() -> np.ndarray:
    """72 pictures of one bar each: four batches of 16 and a smaller one of 8."""
    images = np.zeros((72, 28, 28), np.float32)
    for index in range(72):
        images[index, :, index % 24 : index % 24 + 4] = 1
    return images


@pytest.fixture(scope="module")
def bars() -> np.ndarray:
    return make_bars()


def distance(first: dict, second: dict) -> float:
    return max(np.abs(first[name] - second[name]).max() for name in first)


def test_the_same_seed_gives_the_same_weights(bars):
    first, again, other = (loop.fit(TINY, bars, seed)[0] for seed in (0, 0, 1))
    assert distance(first, again) < 1e-5
    assert distance(first, other) > 1e-3


@pytest.fixture(scope="module")
def run(bars):
    """One run: its weights, its history, and what its callbacks were told."""
    steps, epochs = [], []
    weights, history = loop.fit(
        TINY, bars, 0, on_chunk=lambda now: steps.append((now.done, now.total)), on_epoch=epochs.append
    )
    return weights, history, steps, epochs


def test_weights_are_named_and_shaped_as_the_network_says(run):
    assert {name: array.shape for name, array in run[0].items()} == TINY.network.weight_shapes()
    VAE(TINY.network, run[0])


def test_history_has_one_entry_an_epoch_and_its_parts_add_up(run):
    assert [epoch.epoch for epoch in run[1]] == [1, 2]
    for epoch in run[1]:
        assert epoch.seconds > 0
        assert epoch.loss == pytest.approx(epoch.reconstruction_loss + epoch.kl_divergence, rel=1e-4)
        assert 0 < epoch.mse < 1


def test_callbacks_count_every_step_to_the_last(run):
    _, history, steps, epochs = run
    assert steps[-1] == (10, 10)  # 5 batches of up to 16 from 72 pictures, twice.
    assert [done for done, _ in steps] == sorted({done for done, _ in steps})
    assert epochs == history


@pytest.mark.parametrize("reconstruction", ["mse", "batch_variance", "image_variance"])
def test_the_loss_falls(reconstruction, bars):
    config = replace(TINY, objective=Objective(reconstruction, 0.01)).with_changes({"training.epochs": 12})
    _, history = loop.fit(config, bars, 0)
    assert history[-1].loss < history[0].loss
    assert history[-1].mse < 0.8 * history[0].mse


def test_polishing_goes_on_from_the_folded_weights_and_is_counted(bars):
    config = TINY.with_changes({"training.batch_norm": True, "training.augmentation": 0.5})
    before, _ = loop.fit(config, bars, 0)
    steps = []
    polished = config.with_changes({"training.polish_epochs": 1, "training.polish_learning_rate": 1e-9})
    after, history = loop.fit(polished, bars, 0, on_chunk=lambda now: steps.append((now.done, now.total)))
    assert distance(before, after) < 1e-5
    assert [epoch.epoch for epoch in history] == [1, 2, 3]
    assert steps[-1] == (15, 15)
    further, _ = loop.fit(polished.with_changes({"training.polish_learning_rate": 1e-2}), bars, 0)
    assert distance(before, further) > 1e-3


def test_standardised_codes_have_the_least_kl_divergence_and_reconstruct_as_before(bars):
    weights, _ = loop.fit(TINY, bars, 0)
    vae = VAE(TINY.network, weights)
    settings = {"training.standardise_codes": True}
    standard = VAE(TINY.network, loop.fit(TINY.with_changes(settings), bars, 0)[0])
    np.testing.assert_allclose(standard.denoise(bars), vae.denoise(bars), atol=1e-5)
    before, after = vae.encode(bars), standard.encode(bars)
    np.testing.assert_allclose(after.z_mean.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(after.z_mean.var(axis=0) + np.exp(after.z_log_var).mean(axis=0), 1, rtol=1e-4)
    least = metrics.kl_divergence(*after).sum(axis=1).mean()
    assert least < metrics.kl_divergence(*before).sum(axis=1).mean()
    # Any other shift or scale of a latent costs more.
    for scale, shift in ((1.01, 0), (0.99, 0), (1, 0.05), (1, -0.05)):
        moved = (after.z_mean + shift) * scale, after.z_log_var + 2 * math.log(scale)
        assert metrics.kl_divergence(*moved).sum(axis=1).mean() > least


def test_training_noise_keeps_to_its_range_of_sigma():
    config = replace(TINY, noise=Noise(0.05, 0.1, fresh=True))
    grey = np.full((500, 784), 0.5, np.float32)
    deviations = loop.add_training_noise(grey, config, np.random.default_rng(0)).std(axis=1)
    # 784 draws tell a standard deviation to about 2.5 percent.
    assert 0.05 * 0.88 < deviations.min() < 0.055
    assert 0.095 < deviations.max() < 0.1 * 1.12


def test_training_noise_is_clipped_and_none_at_sigma_zero():
    white = np.ones((4, 784), np.float32)
    loud = loop.add_training_noise(white, replace(TINY, noise=Noise(1, 1)), np.random.default_rng(0))
    assert (loud.min(), loud.max()) == (0, 1)
    silent = loop.add_training_noise(white, replace(TINY, noise=Noise(0, 0)), np.random.default_rng(0))
    np.testing.assert_array_equal(silent, white)


@pytest.mark.parametrize("fresh", [True, False])
def test_noise_is_drawn_once_or_anew_as_told(fresh, bars):
    config = replace(TINY, noise=Noise(0.2, 0.2, fresh=fresh))
    phase = loop._Phase(config, config, 0, bars.reshape(72, -1), 0, None, None, Team())
    seen = []
    for _ in range(2):
        chunks = list(phase._chunks())
        pictures = np.concatenate([chunk.noisy.reshape(-1, 784) for chunk in chunks])
        seen.append({picture.tobytes() for picture in pictures})
    assert (seen[0] == seen[1]) is not fresh


def test_every_digit_is_seen_once_an_epoch(bars):
    flat = bars.reshape(72, -1) + np.arange(72, dtype=np.float32)[:, None] / 1000
    chunks = loop._Phase(TINY, TINY, 0, flat, 0, None, None, Team())._chunks()
    seen = np.concatenate([chunk.clean.reshape(-1, 784) for chunk in chunks])
    np.testing.assert_array_equal(np.sort(seen[:, 0]), np.sort(flat[:, 0]))


@pytest.fixture
def small_mnist(monkeypatch, bars):
    digits = Digits(bars, np.zeros(72, np.uint8))
    monkeypatch.setattr(loop, "load_dataset", lambda: Dataset("MNIST", digits, digits, "0" * 64))


def test_a_trained_model_is_saved_with_all_that_its_card_promises(small_mnist, tmp_path):
    figures, stopped_after = loop.train(TINY, tmp_path / "bars", seed=3)
    assert stopped_after is None
    assert [path.name for path in tmp_path.iterdir()] == ["bars"]
    model = checkpoints.load(tmp_path / "bars")
    assert model.config == TINY
    assert model.card["training"]["seed"] == 3
    assert len(model.card["training"]["history"]) == 2
    assert set(model.card["training"]["history"][0]) == {
        "epoch", "seconds", "loss", "reconstruction_loss", "kl_divergence", "mse", "validation_loss",
    }  # fmt: skip
    assert model.card["figures"] == figures
    assert set(figures) == {"mse_noisy_to_clean", "mse_clean_to_clean"}
    assert len(model.card["data"]["sha256"]) == 64
    assert {"python", "tensorflow", "keras", "numpy"} == set(model.card["versions"])
    assert model.decoder_variance > 0
    assert model.kl.shape == (3,)


def steered(bars, config=TINY, requests=(), at=2, **options):
    """A training of which something is asked after some steps, and how far it had come at each call."""
    steering, seen = Steering(), []

    def on_chunk(now):
        seen.append(now.done)
        if len(seen) == at:
            for request in requests:
                steering.ask(request)

    weights, history = loop.fit(config, bars, 0, steering=steering, on_chunk=on_chunk, **options)
    return weights, history, steering, seen


def test_a_training_of_which_nothing_is_asked_is_the_same_to_the_bit(bars, run):
    weights, *_ = steered(bars)
    for name, array in run[0].items():
        np.testing.assert_array_equal(weights[name], array)


def test_steps_are_taken_one_by_one_while_it_is_paused_to_the_same_end(bars, run):
    weights, _, _, seen = steered(
        bars, requests=[{"do": "pause"}, {"do": "step"}, {"do": "step"}, {"do": "resume"}], at=1
    )
    # An epoch has four steps and a smaller one; what was asked came after the first four.
    assert seen[:2] == [4, 5] and 6 in seen and seen[-1] == 10
    assert distance(weights, run[0]) < 1e-5


def test_a_stop_ends_it_at_once_with_the_weights_of_its_last_step(bars):
    weights, history, steering, seen = steered(bars, requests=[{"do": "stop"}], at=1)
    assert steering.is_stopped and seen == [4] and len(history) == 1
    assert set(weights) == set(TINY.network.weight_shapes())


def test_a_stopped_run_of_less_than_an_epoch_is_kept_and_says_so(small_mnist, tmp_path):
    steering = Steering()
    result = loop.train(
        TINY, tmp_path / "bars", 0, steering=steering, on_chunk=lambda now: steering.ask({"do": "stop"})
    )
    assert result.stopped_after == 1
    assert checkpoints.load(tmp_path / "bars").card["training"]["stopped_after"] == 1


@pytest.mark.parametrize(
    "settings",
    [{"objective.kl_weight": 50.0}, {"training.learning_rate": 0.0001}, {"noise.sigma_max": 1.0}],
)
def test_a_setting_acts_from_the_very_next_step(bars, run, settings):
    config = TINY.with_changes({"noise.sigma_min": 0.0})
    plain, *_ = steered(bars, config)
    weights, _, steering, seen = steered(bars, config, requests=[{"set": settings}])
    assert [tuple(change) for change in steering.changes] == [(seen[1], settings)]
    assert distance(weights, plain) > 1e-4


def test_what_is_no_setting_or_makes_no_sense_changes_nothing(bars, run):
    nonsense = [{"set": {"objective.kl_weight": -1}}, {"set": {"network.latent_dim": 9}}, {"do": "dance"}]
    weights, _, steering, _ = steered(bars, requests=nonsense)
    assert steering.changes == []
    assert distance(weights, run[0]) < 1e-5


def test_a_card_says_what_was_changed_and_shows_what_it_ended_with(small_mnist, tmp_path):
    steering = Steering()
    asked = []

    def once(now):
        if not asked:
            asked.append(now.done)
            steering.ask({"set": {"objective.kl_weight": 3.0}})

    loop.train(TINY, tmp_path / "bars", 0, steering=steering, on_chunk=once)
    model = checkpoints.load(tmp_path / "bars")
    assert model.config.objective.kl_weight == 3.0
    assert model.card["training"]["changes"] == [{"step": asked[0], "settings": {"objective.kl_weight": 3.0}}]


def stop_in_epoch(epoch: int, steps: int = 5):
    """A callback that stops a training of `steps` steps an epoch inside one of them."""

    def stop(now):
        if now.done > (epoch - 1) * steps:
            raise KeyboardInterrupt

    return stop


def test_a_stopped_run_leaves_a_whole_model_as_it_was_and_can_go_on(small_mnist, tmp_path):
    folder = tmp_path / "bars"
    loop.train(TINY, folder, seed=0)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(KeyboardInterrupt):
        loop.train(TINY, folder, seed=1, on_chunk=stop_in_epoch(2))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert len(state.read(folder).state.history) == 1


def test_a_run_that_is_stopped_before_its_first_epoch_ends_leaves_nothing(small_mnist, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        loop.train(TINY, tmp_path / "bars", seed=0, on_chunk=stop_in_epoch(1))
    assert list(tmp_path.iterdir()) == []


def test_a_stopped_run_saves_the_model_of_its_last_epoch_and_goes_on_to_the_same_end(
    small_mnist, bars, tmp_path
):
    folder = tmp_path / "bars"
    _, stopped_after = loop.train(TINY, folder, seed=1, on_chunk=stop_in_epoch(2))
    assert stopped_after == 1
    stopped = checkpoints.load(folder)
    one_epoch, _ = loop.fit(TINY.with_changes({"training.epochs": 1}), bars, 1)
    assert distance(stopped.vae.weights, round_weights(TINY.network, one_epoch)) < 1e-2
    assert stopped.card["training"]["stopped_after"] == 1
    unfinished = state.read(folder)
    assert (unfinished.config, unfinished.seed) == (TINY, 1)
    _, stopped_after = loop.train(TINY, folder, seed=1, resume=unfinished.state)
    assert stopped_after is None
    whole, _ = loop.fit(TINY, bars, 1)
    assert distance(checkpoints.load(folder).vae.weights, round_weights(TINY.network, whole)) < 1e-2
    assert [path.name for path in tmp_path.iterdir()] == ["bars"]


def test_the_validation_loss_is_the_objective_on_pictures_that_are_not_trained_on(bars):
    config = TINY.with_changes({"training.epochs": 12, "training.learning_rate": 1e-2})
    _, history = loop.fit(config, bars[:36], 0, validation=bars[36:])
    losses = [epoch.validation_loss for epoch in history]
    assert losses[-1] < losses[0] - 50
    # A network that learns nothing any more has one validation loss: the draws are the same after each epoch.
    frozen = TINY.with_changes({"training.epochs": 3, "training.learning_rate": 1e-30})
    _, history = loop.fit(frozen, bars, 0, validation=bars)
    assert len({epoch.validation_loss for epoch in history}) == 1
    # On the pictures that it trains on it is the training loss, but for other draws.
    assert history[0].validation_loss == pytest.approx(history[0].loss, rel=0.05)


# In a process of its own: determinism and the number of threads can't be changed back.
DETERMINISTIC = """
import sys
import numpy as np
import tensorflow as tf
from vae.config import Config
from vae.training import loop, state
tf.config.experimental.enable_op_determinism()
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
from tests.vae.test_training import RESUMED, make_bars
from pathlib import Path
bars = make_bars()
states = []
whole, history = loop.fit(RESUMED, bars, 3, validation=bars, on_state=states.append)
assert len(states) == 5
for number, reached in enumerate(states):
    folder = Path(sys.argv[1]) / str(number)
    state.write(folder, state.Unfinished(RESUMED, 3, None, reached))
    read = state.read(folder)
    assert read.config == RESUMED
    resumed, again = loop.fit(RESUMED, bars, 3, validation=bars, resume=read.state)
    for name in whole:
        np.testing.assert_array_equal(resumed[name], whole[name], name)
    assert [epoch.validation_loss for epoch in again] == [epoch.validation_loss for epoch in history]
print("the same")
"""

# Everything that has a state: normalisation, both optimizers, polishing, noise that is drawn once, augmentation.
RESUMED = replace(TINY, noise=Noise(0.0, 0.5, fresh=False)).with_changes(
    {
        "training.epochs": 3,
        "training.optimizer": "muon",
        "training.schedule": "cosine",
        "training.batch_norm": True,
        "training.augmentation": 0.5,
        "training.polish_epochs": 2,
        "training.standardise_codes": True,
    }
)


def test_a_run_that_goes_on_from_any_epoch_ends_with_the_same_weights_to_the_bit(tmp_path):
    command = [sys.executable, "-c", DETERMINISTIC, str(tmp_path)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "the same"


@pytest.mark.parametrize("length", [0, 100, 5000])
def test_a_damaged_state_is_told(length, bars, tmp_path):
    states = []
    loop.fit(TINY, bars, 0, on_state=states.append)
    state.write(tmp_path / "bars", state.Unfinished(TINY, 0, None, states[0]))
    path = tmp_path / "bars.training" / state.FILE
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(CheckpointError, match="Begin anew"):
        state.read(tmp_path / "bars")


def test_a_missing_state_is_told(tmp_path):
    with pytest.raises(CheckpointError, match="There is none"):
        state.read(tmp_path / "bars")
