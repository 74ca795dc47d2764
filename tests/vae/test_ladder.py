"""The ladder: siblings that differ in one number alone, what that buys, and the command that trains them."""

from __future__ import annotations

import functools
import shutil
from dataclasses import replace

import numpy as np
import pytest

from vae import __main__ as cli
from vae import ladder, latent_profile, metrics, rate_distortion
from vae.checkpoints import load, load_reader, runs, shipped_models
from vae.config import Network
from vae.data import load_mnist, mnist_sha256
from vae.errors import CheckpointError
from vae.packing import pack
from vae.presets import DEFAULT_MODEL, LADDER, LADDER_WEIGHTS, ladder_config

MOST_WEIGHTS, MOST_BYTES = 500_000, 500_000


@pytest.fixture(scope="module")
def siblings() -> tuple[ladder.Sibling, ...]:
    return ladder.load_ladder()


@pytest.fixture(scope="module")
def figures(siblings) -> list[rate_distortion.RateDistortion]:
    return [sibling.figures for sibling in siblings]


def test_siblings_differ_in_the_weight_of_the_kl_divergence_alone(siblings):
    first = siblings[0].model
    for weight, sibling in zip(LADDER_WEIGHTS, siblings, strict=True):
        model = sibling.model
        assert model.config.objective.kl_weight == sibling.figures.kl_weight == weight
        assert model.config.with_changes({"objective.kl_weight": 0.0}) == first.config
        for name in ("seed", "stopped_after"):
            assert model.card["training"][name] == first.card["training"][name]
        assert model.card["data"] == first.card["data"]
        assert model.card["versions"] == first.card["versions"]


def test_the_shipped_siblings_are_those_that_the_command_trains(siblings):
    for weight, sibling in zip(LADDER_WEIGHTS, siblings, strict=True):
        assert sibling.model.config == ladder_config(weight)
        assert sibling.model.card["data"]["sha256"] == mnist_sha256()
        assert len(sibling.model.card["training"]["history"]) == sibling.model.config.training.epochs


def test_a_sibling_is_small(siblings):
    for sibling in siblings:
        assert sibling.model.config.network.parameters <= MOST_WEIGHTS
        assert len(pack(sibling.model)) <= MOST_BYTES


def test_siblings_are_no_models_to_pick(siblings):
    assert not {sibling.model.name for sibling in siblings} & set(shipped_models())


def test_the_figures_are_of_the_shipped_siblings_and_the_shipped_reader(siblings):
    reader = load_reader()
    for sibling in siblings:
        about = {"weights_sha256": sibling.model.digest, "reader_sha256": reader.digest}
        assert rate_distortion.read(sibling.model.folder, about) == sibling.figures


def test_kept_figures_are_what_is_measured_again(siblings):
    digits, rng = load_mnist("test"), np.random.default_rng(1)
    for sibling in siblings[::3]:
        posterior = sibling.model.vae.encode(digits.images)
        rates = metrics.kl_divergence(*posterior).mean(axis=0)
        np.testing.assert_allclose(sibling.figures.rate_by_dimension, rates, rtol=1e-3, atol=1e-4)
        few = slice(1_000)
        again = sibling.model.vae.decode(posterior.sample(rng)[few])
        assert metrics.mse(again, digits.images[few]).mean() == pytest.approx(
            sibling.figures.distortion, rel=0.1
        )


def test_a_heavier_pull_makes_codes_cheaper_and_pictures_worse(figures):
    rates, distortions = [each.rate for each in figures], [each.distortion for each in figures]
    assert rates == sorted(rates, reverse=True)
    assert distortions == sorted(distortions)
    assert rates[0] > 100 and rates[-1] < 10


def test_some_pull_makes_draws_digits_and_none_does_not(figures):
    best = figures[ladder.best_draws(figures)]
    assert best.kl_weight > 0
    assert figures[0].draws_read < 0.1
    assert best.draws_read > figures[0].draws_read


def test_the_best_siblings_draws_beat_those_of_the_default_model(figures):
    model, reader = load(DEFAULT_MODEL), load_reader()
    prior = latent_profile.read(model.folder, model.card, reader.reader).legibility["prior"]
    best = figures[ladder.best_draws(figures)]
    assert best.draws_distance < 0.45 * prior.distance
    assert best.draws_read > 1.8 * prior.confident
    assert figures[0].draws_read < 0.1


def test_anything_else_is_no_ladder(tmp_path):
    assert ladder.find_ladder(LADDER) == ladder.SHIPPED
    assert ladder.find_ladder("calibrated") is None
    assert ladder.find_ladder(str(tmp_path)) is None


def test_a_ladder_that_lacks_a_sibling_or_its_figures_is_refused(tmp_path):
    whole = tmp_path / "ladder"
    shutil.copytree(ladder.SHIPPED, whole)
    assert ladder.find_ladder(str(whole)) == whole
    (ladder.folder_of(whole, LADDER_WEIGHTS[2]) / rate_distortion.FILE).unlink()
    with pytest.raises(CheckpointError, match="Expected the figures of kl-"):
        ladder.load_ladder(whole)
    shutil.rmtree(ladder.folder_of(whole, LADDER_WEIGHTS[1]))
    with pytest.raises(CheckpointError, match="Expected a trained model in"):
        ladder.load_ladder(whole)


@pytest.mark.parametrize(
    "options", [["--data", "x"], ["--resume", "x"], ["--hidden", "8"], ["--set", "objective.kl_weight=3"]]
)
def test_what_would_make_other_siblings_is_refused(options, capsys, tmp_path):
    assert cli.main(["train", "ladder", "--output", str(tmp_path / "ladder"), *options]) == 2
    assert capsys.readouterr().err.startswith("Expected ")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def short(monkeypatch):
    """The command with two siblings, on few digits."""
    pytest.importorskip("tensorflow", reason="TensorFlow is not installed: pip install -r requirements.txt")
    from vae.commands import train_ladder
    from vae.data import Dataset, Digits

    train, test = (Digits(*(part[:300] for part in load_mnist(split))) for split in ("train", "test"))
    monkeypatch.setattr(train_ladder, "load_dataset", lambda: Dataset("few", train, test, "0" * 64))
    monkeypatch.setattr(train_ladder, "LADDER_WEIGHTS", (0.0, 8.0))
    # Convolutions take long to compile.
    dense = Network.of_dense_layers((32,), 40)
    monkeypatch.setattr(
        train_ladder, "ladder_config", lambda weight: replace(ladder_config(weight), network=dense)
    )
    monkeypatch.setattr(
        rate_distortion, "measure", functools.partial(rate_distortion.measure, draws=50, walks=20)
    )
    return train_ladder


def run(folder, *settings) -> int:
    return cli.main(["train", "ladder", "--output", str(folder), "--set", "training.epochs=2", *settings])


def weights(folder, weight: float) -> bytes:
    return (ladder.folder_of(folder, weight) / "weights.npz").read_bytes()


def test_the_command_trains_all_and_leaves_out_what_is_finished(short, tmp_path, capsys):
    assert not run(tmp_path / "ladder")
    first = capsys.readouterr().out
    assert first.count("epoch   2") == 2 and "| kl-8 | 8 |" in first
    before = weights(tmp_path / "ladder", 8)
    shutil.rmtree(ladder.folder_of(tmp_path / "ladder", 0))
    assert not run(tmp_path / "ladder")
    again = capsys.readouterr().out
    assert again.count("epoch   2") == 1 and "kl-8: finished before" in again
    assert weights(tmp_path / "ladder", 8) == before
    assert runs() == [] or all(run.parent.name != "ladder" for run in runs())


def test_the_command_goes_on_where_it_was_stopped(short, tmp_path, capsys, monkeypatch):
    assert not run(tmp_path / "whole")
    from vae.training import loop

    real = loop._Phase.epochs

    def stops(self, history, *others):
        for epoch in real(self, history, *others):
            yield epoch
            if self._config.objective.kl_weight == 8 and epoch.epoch == 1:
                raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(loop._Phase, "epochs", stops)
        assert run(tmp_path / "stopped") == 130
    assert "Stopped." in capsys.readouterr().err
    # With other settings it would be another training.
    assert run(tmp_path / "stopped", "--set", "training.batch_size=64") == 2
    assert "the same settings" in capsys.readouterr().err
    assert not run(tmp_path / "stopped")
    assert "kl-0: finished before" in (out := capsys.readouterr().out) and "after epoch 1" in out
    found, wanted = (load(ladder.folder_of(tmp_path / name, 8)) for name in ("stopped", "whole"))
    for name, array in wanted.vae.weights.items():
        np.testing.assert_allclose(found.vae.weights[name], array, atol=1e-3)
