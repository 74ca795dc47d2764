"""Saving and loading: what comes back, what survives a failure, and how damage is told."""

import hashlib
import io
import json
import pickle
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from vae import checkpoints
from vae.checkpoints import FORMAT, CheckpointError, load, save, shipped_models
from vae.config import Config, Network
from vae.latent import PrincipalComponents
from vae.layers import Dense, Flatten
from vae.packing import round_weights

CONFIG = Config(Network((Flatten(), Dense(4)), (Dense(784, "sigmoid"),), latent_dim=3))


def save_random(folder, seed=0):
    rng = np.random.default_rng(seed)
    weights = {
        name: rng.normal(0, 0.1, shape).astype(np.float32)
        for name, shape in CONFIG.network.weight_shapes().items()
    }
    components = PrincipalComponents.fit(rng.standard_normal((20, 3)))
    save(folder, CONFIG, weights, components, rng.random(3), {"decoder_variance": 0.01, "note": "kept"})
    return weights, components


@pytest.fixture
def folder(tmp_path):
    save_random(tmp_path / "model")
    return tmp_path / "model"


def damage_card(folder, **changes):
    card = json.loads((folder / "card.json").read_text())
    card.update(changes)
    (folder / "card.json").write_text(
        json.dumps({key: value for key, value in card.items() if value is not ...})
    )


def damage_weights(folder, **changes):
    with np.load(folder / "weights.npz") as archive:
        arrays = dict(archive)
    arrays.update(changes)
    np.savez(folder / "weights.npz", **{name: array for name, array in arrays.items() if array is not ...})
    sign(folder)


def sign(folder):
    """Lets the card name the weights as they are now: what a card of other weights says has a test of its own."""
    digest = hashlib.sha256((folder / "weights.npz").read_bytes()).hexdigest()
    damage_card(folder, weights_sha256=digest)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_model_comes_back_as_it_was_saved(tmp_path):
    weights, components = save_random(tmp_path / "model")
    model = load(tmp_path / "model")
    assert model.name == "model"
    assert model.config == CONFIG
    assert model.decoder_variance == 0.01
    assert model.card["note"] == "kept"
    assert model.card["format"] == FORMAT
    assert set(model.vae.weights) == set(weights)
    for name, array in round_weights(CONFIG.network, weights).items():
        np.testing.assert_array_equal(model.vae.weights[name], array)
    for name in ("mean", "components", "variances"):
        np.testing.assert_array_equal(getattr(model.components, name), getattr(components, name))


def test_the_card_names_the_sum_of_the_weights_file(folder):
    digest = hashlib.sha256((folder / "weights.npz").read_bytes()).hexdigest()
    assert load(folder).card["weights_sha256"] == digest


def test_the_shipped_models_load_by_name():
    assert "notebook" in shipped_models()
    for name in shipped_models():
        assert load(name).name == name


def test_saving_over_a_model_replaces_it_and_leaves_nothing_beside_it(folder):
    before = contents(folder)
    save_random(folder, seed=1)
    assert contents(folder) != before
    load(folder)
    assert [path.name for path in folder.parent.iterdir()] == ["model"]


@pytest.mark.parametrize("step", ["np.savez_compressed", "json.dumps", "Path.rename"])
def test_a_save_that_fails_leaves_the_old_model_whole_and_nothing_beside_it(step, folder, monkeypatch):
    before = contents(folder)

    def fail(*_, **__):
        raise OSError("No space left on device")

    if step == "Path.rename":
        # Fails as the new folder takes its place, when the old one has stepped aside already.
        rename = checkpoints.Path.rename
        calls = []

        def fail_once(path, target):
            calls.append(target)
            return fail() if len(calls) == 2 else rename(path, target)

        monkeypatch.setattr(checkpoints.Path, "rename", fail_once)
    else:
        module, name = step.split(".")
        monkeypatch.setattr(getattr(checkpoints, module), name, fail)
    with pytest.raises(OSError, match="No space left"):
        save_random(folder, seed=1)
    monkeypatch.undo()
    assert contents(folder) == before
    assert [path.name for path in folder.parent.iterdir()] == ["model"]


def test_a_model_is_never_saved_over_anything_else(tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "to_my_aunt.txt").write_text("Dear aunt,")
    with pytest.raises(CheckpointError, match="Expected a new folder"):
        save_random(tmp_path / "letters")
    with pytest.raises(CheckpointError, match="Expected a new folder"):
        save_random(tmp_path / "letters" / "to_my_aunt.txt")
    assert (tmp_path / "letters" / "to_my_aunt.txt").read_text() == "Dear aunt,"


def test_a_missing_model_says_how_to_get_one(tmp_path):
    with pytest.raises(CheckpointError, match=r"Expected a trained model in .*python -m vae train.*notebook"):
        load(tmp_path / "nowhere")


def test_missing_weights_are_told(folder):
    (folder / "weights.npz").unlink()
    with pytest.raises(CheckpointError, match="There is no such file"):
        load(folder)


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.99])
def test_truncated_weights_are_told(share, folder):
    whole = (folder / "weights.npz").read_bytes()
    (folder / "weights.npz").write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(CheckpointError, match="SHA-256"):
        load(folder)
    sign(folder)
    with pytest.raises(CheckpointError, match="whole NumPy archive"):
        load(folder)


def test_weights_with_flipped_bytes_are_told(folder):
    whole = bytearray((folder / "weights.npz").read_bytes())
    middle = len(whole) // 2
    whole[middle : middle + 64] = bytes(64)
    (folder / "weights.npz").write_bytes(whole)
    with pytest.raises(CheckpointError):
        load(folder)


def test_a_single_array_in_place_of_the_weights_is_told(folder):
    with (folder / "weights.npz").open("wb") as file:
        np.save(file, np.zeros(3))
    sign(folder)
    with pytest.raises(CheckpointError, match="whole NumPy archive"):
        load(folder)


def test_pickled_weights_are_refused_without_running_them(folder, tmp_path):
    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    (folder / "weights.npz").write_bytes(pickle.dumps(Bomb()))
    sign(folder)
    with pytest.raises(CheckpointError):
        load(folder)
    damage = np.empty(1, object)
    damage[0] = Bomb()
    save_random(folder.with_name("other"))
    damage_weights(folder.with_name("other"), **{"z_mean.0.bias": damage})
    with pytest.raises(CheckpointError):
        load(folder.with_name("other"))
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "name,array,told",
    [
        ("z_mean.0.bias", np.zeros(4, np.float32), r"'z_mean.0.bias' as float32 of shape \(3,\)"),
        ("z_mean.0.bias", np.zeros(3, np.float64), "float64"),
        ("z_mean.0.bias", np.array([0, np.nan, 0], np.float32), "finite"),
        ("decoder.0.kernel", np.full((3, 784), np.inf, np.float32), "finite"),
        ("decoder.0.kernel", ..., "Expected a weight 'decoder.0.kernel'"),
        ("latent.mean", ..., "'latent.mean'.*Received nothing"),
        ("latent.components", np.zeros((3, 2), np.float32), "'latent.components'"),
        ("latent.variances", np.full(3, np.nan, np.float32), "'latent.variances'"),
        ("latent.kl", np.zeros((), np.float32), "'latent.kl'"),
    ],
)
def test_wrong_weights_are_told_by_name(name, array, told, folder):
    damage_weights(folder, **{name: array})
    with pytest.raises(CheckpointError, match=told):
        load(folder)


@pytest.mark.parametrize("text", ["", "{", "not json", b"\xff\xfe"])
def test_a_card_that_is_no_json_is_told(text, folder):
    (folder / "card.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(CheckpointError, match="to be JSON"):
        load(folder)


def test_a_card_from_a_newer_version_says_to_update(folder):
    damage_card(folder, format=FORMAT + 1)
    with pytest.raises(CheckpointError, match="Update the project"):
        load(folder)


@pytest.mark.parametrize("version", [..., None, "1", 0, -1, 1.5, True, [1]])
def test_a_card_without_a_format_is_told(version, folder):
    damage_card(folder, format=version)
    with pytest.raises(CheckpointError, match="format"):
        load(folder)


@pytest.mark.parametrize("card", ["[]", "3", "null", '"card"'])
def test_a_card_that_is_no_mapping_is_told(card, folder):
    (folder / "card.json").write_text(card)
    with pytest.raises(CheckpointError):
        load(folder)


@pytest.mark.parametrize(
    "changes",
    [
        {"config": ...},
        {"config": None},
        {"config": {}},
        {"config": []},
        {"decoder_variance": ...},
        {"decoder_variance": None},
        {"decoder_variance": "small"},
        {"decoder_variance": float("nan")},
        {"decoder_variance": 0},
    ],
    ids=str,
)
def test_a_card_with_missing_or_senseless_entries_is_told(changes, folder):
    damage_card(folder, **changes)
    with pytest.raises(CheckpointError, match="can't be used"):
        load(folder)


def test_a_card_of_another_network_is_told(folder):
    other = Config(Network((Flatten(), Dense(5)), (Dense(784, "sigmoid"),), latent_dim=3))
    damage_card(folder, config=other.to_dict())
    with pytest.raises(CheckpointError, match=r"Expected 'encoder\.1\.kernel'"):
        load(folder)


def test_weights_of_another_training_are_told(folder):
    save_random(folder.with_name("other"), seed=1)
    shutil.copy(folder.with_name("other") / "weights.npz", folder / "weights.npz")
    with pytest.raises(CheckpointError, match="SHA-256"):
        load(folder)


def test_a_member_that_unpacks_to_more_than_it_can_hold_is_refused_early(folder):
    with np.load(folder / "weights.npz") as archive:
        arrays = dict(archive)
    with zipfile.ZipFile(folder / "weights.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.save(content, array)
            padding = bytes(200_000_000) if name == "z_mean.0.bias" else b""
            archive.writestr(f"{name}.npy", content.getvalue() + padding)
    sign(folder)
    with pytest.raises(CheckpointError, match=r"'z_mean.0.bias' with more than 4,120 bytes"):
        load(folder)


def test_members_that_nobody_expects_are_not_read(folder):
    damage_weights(folder, surplus=np.zeros(1000, np.float32))
    load(folder)


@pytest.fixture
def runs(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


def test_runs_lie_where_the_environment_says_else_in_the_checkout(monkeypatch, runs):
    assert checkpoints.runs_folder() == runs
    monkeypatch.delenv("VAE_RUNS")
    assert checkpoints.runs_folder() == Path(checkpoints.__file__).parents[1] / "runs"
    monkeypatch.setattr(checkpoints, "__file__", "/somewhere/site-packages/vae/checkpoints.py")
    assert checkpoints.runs_folder() == Path("runs")


def test_a_new_run_never_takes_the_name_of_a_shipped_model_or_of_another_run(runs):
    assert checkpoints.new_run("mine") == runs / "mine"
    for number in (2, 3):
        folder = checkpoints.new_run("notebook")
        assert folder == runs / f"notebook-{number}"
        save_random(folder)
    assert checkpoints.runs() == [runs / "notebook-2", runs / "notebook-3"]


def test_a_run_is_found_by_its_name(runs):
    save_random(runs / "mine")
    assert load("mine").folder == runs / "mine"
    assert load("mine").name == "mine"


def test_a_run_in_a_folder_named_as_a_shipped_model_has_another_name(runs):
    save_random(runs / "notebook")
    assert load(runs / "notebook").name == "runs/notebook"
    assert load("notebook").name == "notebook"
    assert load("notebook").digest != load(runs / "notebook").digest
