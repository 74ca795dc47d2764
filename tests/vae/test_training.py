"""Training on a handful of made-up digits: seeds, phases, and what a stopped run leaves behind."""

import math
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed: pip install -r requirements.txt")


from vae import checkpoints, metrics
from vae.config import Config, Network, Noise, Objective, Training
from vae.data import Digits
from vae.inference import VAE
from vae.layers import Dense, Flatten
from vae.training import loop

TINY = Config(
    Network((Flatten(), Dense(16)), (Dense(16), Dense(784, "sigmoid")), latent_dim=3),
    Noise(0.0, 0.5, fresh=True),
    Objective("image_variance", 1.0),
    Training(epochs=2, batch_size=16, learning_rate=3e-3),
)


@pytest.fixture(scope="module")
def bars() -> np.ndarray:
    """72 pictures of one bar each: four batches of 16 and a smaller one of 8."""
    images = np.zeros((72, 28, 28), np.float32)
    for index in range(72):
        images[index, :, index % 24 : index % 24 + 4] = 1
    return images


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
        TINY, bars, 0, on_chunk=lambda *step: steps.append(step), on_epoch=epochs.append
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
    after, history = loop.fit(polished, bars, 0, on_chunk=lambda *step: steps.append(step))
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
    rng = np.random.default_rng(0)
    flat = bars.reshape(72, -1)
    noisy = None if fresh else loop.add_training_noise(flat, config, rng)
    seen = []
    for _ in range(2):
        chunks = list(loop._chunks(flat, noisy, config, rng))
        pictures = np.concatenate([chunk.noisy.reshape(-1, 784) for chunk in chunks])
        seen.append({picture.tobytes() for picture in pictures})
    assert (seen[0] == seen[1]) is not fresh


def test_every_digit_is_seen_once_an_epoch(bars):
    flat = bars.reshape(72, -1) + np.arange(72, dtype=np.float32)[:, None] / 1000
    chunks = loop._chunks(flat, flat, TINY, np.random.default_rng(0))
    seen = np.concatenate([chunk.clean.reshape(-1, 784) for chunk in chunks])
    np.testing.assert_array_equal(np.sort(seen[:, 0]), np.sort(flat[:, 0]))


@pytest.fixture
def small_mnist(monkeypatch, bars):
    monkeypatch.setattr(loop, "load_mnist", lambda split: Digits(bars, np.zeros(72, np.uint8)))


def test_a_trained_model_is_saved_with_all_that_its_card_promises(small_mnist, tmp_path):
    figures = loop.train(TINY, tmp_path / "bars", seed=3)
    model = checkpoints.load(tmp_path / "bars")
    assert model.config == TINY
    assert model.card["training"]["seed"] == 3
    assert len(model.card["training"]["history"]) == 2
    assert set(model.card["training"]["history"][0]) == {
        "epoch", "seconds", "loss", "reconstruction_loss", "kl_divergence", "mse",
    }  # fmt: skip
    assert model.card["figures"] == figures
    assert set(figures) == {"mse_noisy_to_clean", "mse_clean_to_clean"}
    assert len(model.card["data"]["sha256"]) == 64
    assert {"python", "tensorflow", "keras", "numpy"} == set(model.card["versions"])
    assert model.decoder_variance > 0
    assert model.kl.shape == (3,)


@pytest.mark.parametrize("moment", ["on_chunk", "on_epoch"])
def test_a_stopped_run_leaves_the_old_checkpoint_whole_and_nothing_beside_it(moment, small_mnist, tmp_path):
    loop.train(TINY, tmp_path / "bars", seed=0)
    before = {path.name: path.read_bytes() for path in (tmp_path / "bars").iterdir()}

    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        loop.train(TINY, tmp_path / "bars", seed=1, **{moment: stop})
    assert {path.name: path.read_bytes() for path in (tmp_path / "bars").iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["bars"]
