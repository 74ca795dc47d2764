"""The page on which networks learn: replays, settings, one's own models; and that nobody sees those of others."""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.pages import messages, pictures, run_page
from ui.state import Train
from ui.train import live, ownership
from ui.train.replay import replayed
from ui.train.settings import STARTS, begin_with, config_of, estimate
from ui.train.trainings import Trainings
from ui.train.watch import Story
from vae import journal
from vae.checkpoints import model_folder, shipped_models
from vae.config import Config
from vae.data import load_mnist
from vae.errors import ConfigError
from vae.inference import VAE
from vae.presets import PRESETS

FAKE = Path(__file__).parents[1] / "fake_trainer.py"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_RUNS", str(tmp_path))
    return tmp_path


def open_view(view: str, owner: str | None = None):
    app = run_page("train")
    state = app.session_state["state"]
    state.train.view = view
    if owner:
        state.owner = owner
    return app.run()


def test_the_page_begins_with_a_shipped_models_training():
    app = run_page("train")
    assert not app.exception
    assert "recorded" in messages(app)
    name = app.session_state["state"].train.replay
    shown = pictures(app)
    story = replayed()[name]
    last = journal.decode_images(story.snapshots[-1]["denoised"])
    found = shown[f"Denoised, a {story.begun['labels'][0]}"]
    np.testing.assert_allclose(found, np.round(255 * last[0]), atol=1)


def test_a_replay_is_played_moment_by_moment_and_stops_at_its_end():
    app = run_page("train")
    play = next(button for button in app.button if button.label == "Play")
    app = play.click().run()
    key = play.key.removesuffix(".play")
    assert app.session_state[f"{key}.place"] == 1
    assert "Stop" in [button.label for button in app.button]


@pytest.mark.parametrize("name", shipped_models())
def test_a_shipped_models_training_ends_better_than_it_began(name):
    story = replayed()[name]
    assert story.snapshots[0]["done"] == 0
    assert story.snapshots[-1]["psnr"] > story.snapshots[0]["psnr"] + 5
    assert Config.from_dict(story.begun["config"]) == PRESETS[name]
    assert (model_folder(name) / journal.FILE).stat().st_size < 300_000


@pytest.mark.parametrize("start", STARTS)
def test_a_preset_sets_everything_and_trains_the_presets_network(start):
    settings = Train()
    begin_with(settings, start)
    config = config_of(settings)
    assert config.network == STARTS[start].network
    assert config.objective == STARTS[start].objective and config.noise == STARTS[start].noise
    assert config.training.share == 0.2


def test_ones_own_settings_are_what_is_trained():
    settings = Train(hidden="256, 64", latent_dim=2, kl_weight=4.0, sigma=(0.0, 0.5), share=3)
    config = config_of(settings)
    assert [layer.units for layer in config.network.encoder[1:]] == [256, 64]
    assert config.network.latent_dim == 2 and config.objective.kl_weight == 4.0
    assert config.noise.sigma_max == 0.5 and config.training.share == 0.03


@pytest.mark.parametrize("hidden", ["x", "0", "512, -1", "99999", "1 2 3 4 5 6 7"])
def test_hidden_layers_that_make_no_sense_are_told_in_words(hidden):
    with pytest.raises(ConfigError, match="whole numbers from 1"):
        config_of(Train(hidden=hidden))
    app = open_view("own")
    app.session_state["state"].train.hidden = hidden
    app.run()
    assert not app.exception and "whole numbers from 1" in messages(app)
    assert "Train" not in [button.label for button in app.button]


def test_an_estimate_grows_with_the_work():
    small, large = PRESETS["notebook"], PRESETS["calibrated"]
    times = [estimate(config, 60_000, 1e11) for config in (small, large)]
    half = estimate(small.with_changes({"training.share": 0.5}), 60_000, 1e11)
    assert times[0] < times[1] and 10 < half < times[0]


def test_a_training_begins_at_the_press_of_a_button_and_joins_its_owners_picker_alone(monkeypatch):
    def command(training):
        return [sys.executable, str(FAKE), str(training.folder), "works"]

    started = Trainings(command)
    monkeypatch.setattr(live, "trainings", lambda: started)
    owner = ownership.new_token()
    app = open_view("own", owner)
    next(button for button in app.button if button.label == "Train").click().run()
    training = live.trainings().of(owner)
    while not training.outcome:
        time.sleep(0.05)
    app.run()
    assert "mine is trained" in app.success[0].value
    assert any("mine" in option for option in _models(app))
    other = run_page("train")
    assert not any("mine" in option for option in _models(other))
    # Nor does its address help.
    other.session_state["state"].model = str(training.model)
    other.run()
    assert other.session_state["state"].model in shipped_models()
    assert "isn't here" in messages(other)


def _models(app) -> list[str]:
    return next(
        control for control in app.segmented_control if control.label == "Model" and control.key != "train"
    ).options


@pytest.fixture
def own(folder):
    owner = ownership.new_token()
    shutil.copytree(model_folder("notebook"), folder / "mine")
    ownership.claim(folder / "mine", owner)
    return owner


def test_ones_own_models_are_listed_and_compared(own):
    app = open_view("models", own)
    assert not app.exception
    assert "**mine**" in messages(app) and "PSNR in dB" in messages(app)
    assert "**mine**" not in messages(open_view("models"))


def test_a_model_can_be_published_and_deleted_by_its_owner_alone(own, folder):
    app = open_view("models", own)
    next(button for button in app.button if button.key == "publish.mine").click().run()
    assert ownership.is_published(folder / "mine")
    ownership.claim(folder / "mine", own)
    app = open_view("models", own)
    # In another tab somebody else has taken its place meanwhile.
    ownership.claim(folder / "mine", ownership.new_token())
    next(button for button in app.button if button.key == "delete.mine").click().run()
    assert (folder / "mine").is_dir()
    ownership.claim(folder / "mine", own)
    app = open_view("models", own)
    next(button for button in app.button if button.key == "delete.mine").click().run()
    assert not (folder / "mine").exists()


def test_a_link_names_no_model_of_ones_own(own, folder):
    app = open_view("models", own)
    state = app.session_state["state"]
    state.model = str(folder / "mine")
    assert "model" not in state.to_link()
    ownership.publish(folder / "mine")
    assert "model" in state.to_link()


def test_without_tensorflow_the_page_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(live, "can_train", lambda: False)
    app = open_view("own")
    assert "needs TensorFlow" in messages(app)
    assert "Train" not in [button.label for button in app.button]


def test_a_story_sorts_a_journal_and_tells_how_long_it_takes():
    events = [
        {"event": "begun", "steps": 100, "epoch": 50},
        {"event": "steps", "done": 20, "seconds": 2.0},
        {"event": "paused", "done": 20},
        {"event": "changed", "done": 20, "settings": {"objective.kl_weight": 2.0}},
    ]
    story = Story.of(events)
    assert story.is_paused and story.done == 20 and story.seconds_left == pytest.approx(8)
    assert story.changes[0]["settings"] == {"objective.kl_weight": 2.0}
    assert not Story.of([*events, {"event": "resumed"}]).is_paused
    assert Story.of([]).seconds_left is None


def test_an_untrained_network_paints_the_same_fog_with_the_same_seed():
    network, images = PRESETS["calibrated"].network, load_mnist("test").images[:2]
    first, again, other = (VAE.untrained(network, seed).denoise(images) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)
    assert 0.2 < first.mean() < 0.8
