"""The reader: what it reads, how sure it is, and what the shipped one reaches."""

import json
import shutil

import numpy as np
import pytest

from vae import checkpoints
from vae.checkpoints import CheckpointError, load, load_reader, new_run, runs, save_reader, shipped_models
from vae.config import ReaderConfig, ReaderNetwork
from vae.data import load_mnist
from vae.errors import ConfigError, InputError
from vae.layers import Conv, Dense, Flatten
from vae.packing import pack_reader
from vae.presets import READER
from vae.reader import Reader, calibration_error, reading, softmax

CONFIG = ReaderConfig(ReaderNetwork((Flatten(), Dense(5)), classes=3))


def random_weights(config: ReaderConfig) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {
        name: rng.normal(0, 0.1, shape).astype(np.float32)
        for name, shape in config.network.weight_shapes().items()
    }


@pytest.fixture(scope="module")
def shipped():
    return load_reader()


@pytest.fixture(scope="module")
def test_digits():
    return load_mnist("test")


@pytest.fixture(scope="module")
def probabilities(shipped, test_digits):
    return shipped.reader.read(test_digits.images)


def test_the_shipped_reader_reads_992_of_1000_clean_digits_right(probabilities, test_digits):
    assert (probabilities.argmax(axis=1) == test_digits.labels).mean() >= 0.992


def test_the_shipped_readers_confidence_is_off_by_at_most_a_hundredth(probabilities, test_digits):
    assert calibration_error(probabilities, test_digits.labels) <= 0.01


def test_the_shipped_reader_doubts_noise_and_draws_that_show_nothing(shipped):
    rng = np.random.default_rng(0)
    noise = rng.random((300, 28, 28), dtype=np.float32)
    # Codes of a model without a KL term lie elsewhere than the prior's.
    draws = load("notebook").vae.decode(rng.standard_normal((500, 40), dtype=np.float32))
    for images in (noise, draws):
        assert (shipped.reader.read(images).max(axis=1) > 0.9).mean() < 0.05


def test_the_shipped_reader_is_the_preset_and_small(shipped):
    assert shipped.config == READER
    assert shipped.config.network.multiply_adds <= 1_000_000
    assert len(pack_reader(shipped)) <= 150_000


def test_the_shipped_readers_card_says_what_it_reaches(shipped, probabilities, test_digits):
    clean = shipped.card["figures"]["clean"]
    assert clean["accuracy"] == pytest.approx(
        (probabilities.argmax(axis=1) == test_digits.labels).mean(), abs=2e-4
    )
    assert clean["calibration_error"] == pytest.approx(
        calibration_error(probabilities, test_digits.labels), abs=2e-4
    )


def test_the_shipped_readers_card_names_its_data(shipped):
    assert shipped.card["data"]["sha256"] == load("calibrated").card["data"]["sha256"]


def test_one_picture_reads_as_in_a_batch(shipped, test_digits):
    together = shipped.reader.read(test_digits.images[:50])
    np.testing.assert_allclose(shipped.reader.read(test_digits.images[7]), together[7], atol=1e-5)
    np.testing.assert_allclose(together.sum(axis=1), 1, atol=1e-5)


def test_the_scores_are_a_linear_map_of_the_features(shipped, test_digits):
    images, weights = test_digits.images[:40], shipped.reader.weights
    features = shipped.reader.features(images)
    expected = features @ weights["scores.0.kernel"] + weights["scores.0.bias"]
    np.testing.assert_allclose(shipped.reader.scores(images), expected, atol=1e-4)


def test_evidence_is_the_logarithm_of_what_softmax_divides_by(shipped, test_digits):
    images = test_digits.images[:40]
    expected = np.log(np.exp(shipped.reader.scores(images).astype(float)).sum(axis=1))
    np.testing.assert_allclose(shipped.reader.evidence(images), expected, rtol=1e-5)


@pytest.mark.parametrize("bad", [np.zeros((28, 27)), np.full((1, 28, 28), 2.0), np.zeros((1, 28, 28), int)])
def test_what_is_no_picture_is_refused(shipped, bad):
    with pytest.raises(InputError, match="Expected image"):
        shipped.reader.read(bad)


def test_softmax_of_large_scores_is_finite_and_sums_to_one():
    found = softmax(np.array([[1000.0, 1000.0, 0.0], [-5.0, -5.0, -5.0]]))
    np.testing.assert_allclose(found, [[0.5, 0.5, 0], [1 / 3] * 3], atol=1e-12)


def test_a_reading_is_the_likeliest_class_and_the_runner_up_the_next():
    found = reading(np.array([[0.1, 0.7, 0.2], [0.5, 0.1, 0.4]]))
    assert found.reading.tolist() == [1, 0]
    assert found.runner_up.tolist() == [2, 2]
    np.testing.assert_allclose(found.confidence, [0.7, 0.5])
    np.testing.assert_allclose(found.runner_up_confidence, [0.2, 0.4])


def test_confidence_that_is_drawn_from_the_truth_has_no_calibration_error():
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.5, 1, 200_000)
    labels = (rng.random(len(confidence)) > confidence).astype(int)
    probabilities = np.stack([confidence, 1 - confidence], axis=1)
    assert calibration_error(probabilities, labels) < 0.005


def test_the_calibration_error_of_constant_confidence_is_its_distance_from_the_share_read_right():
    probabilities = np.tile([0.9, 0.1], (10, 1))
    assert calibration_error(probabilities, np.array([0] * 6 + [1] * 4)) == pytest.approx(0.3)
    certain = np.tile([1.0, 0.0], (10, 1))
    assert calibration_error(certain, np.zeros(10, int)) == 0


def test_a_saved_reader_comes_back(tmp_path):
    weights = random_weights(CONFIG)
    save_reader(tmp_path / "mine", CONFIG, weights, {"note": "kept"})
    found = load_reader(tmp_path / "mine")
    assert found.config == CONFIG
    assert found.card["note"] == "kept"
    images = np.random.default_rng(1).random((6, 28, 28), dtype=np.float32)
    np.testing.assert_allclose(
        found.reader.read(images), Reader(CONFIG.network, weights).read(images), atol=0.01
    )


def test_a_reader_is_no_model_and_a_model_no_reader(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_RUNS", str(tmp_path))
    save_reader(tmp_path / "mine", CONFIG, random_weights(CONFIG), {})
    shutil.copytree(checkpoints.model_folder("notebook"), tmp_path / "model")
    assert runs() == [tmp_path / "model"]
    assert checkpoints.READER not in shipped_models()
    assert new_run(checkpoints.READER).name == "reader-2"
    with pytest.raises(CheckpointError, match="Received a reader"):
        load(tmp_path / "mine")
    with pytest.raises(CheckpointError, match="Expected a reader"):
        load_reader("notebook")


def test_a_damaged_reader_is_told_in_a_sentence(tmp_path):
    save_reader(tmp_path / "mine", CONFIG, random_weights(CONFIG), {})
    path = tmp_path / "mine" / "card.json"
    card = json.loads(path.read_text())
    card["config"]["network"]["layers"] = [{"kind": "dropout"}]
    path.write_text(json.dumps(card))
    with pytest.raises(CheckpointError, match=r"can't be used\. Expected a layer kind"):
        load_reader(tmp_path / "mine")


def test_a_readers_description_comes_back_from_its_card():
    assert ReaderConfig.from_dict(json.loads(json.dumps(READER.to_dict()))) == READER


def test_settings_of_a_reader_change_by_name():
    changed = READER.with_changes({"training.epochs": 3, "noise.sigma_max": 0.5})
    assert (changed.training.epochs, changed.noise.sigma_max) == (3, 0.5)
    with pytest.raises(ConfigError, match=r"Expected a setting among noise\.sigma_min"):
        READER.with_changes({"network.latent_dim": 2})


@pytest.mark.parametrize("setting", [{"training.polish_epochs": 2}, {"training.standardise_codes": True}])
def test_a_reader_has_neither_codes_to_standardise_nor_an_end_of_polishing(setting):
    with pytest.raises(ConfigError, match="without polish_epochs"):
        READER.with_changes(setting)


def test_a_readers_layers_must_end_flat():
    with pytest.raises(ConfigError, match="layers that end flat"):
        ReaderNetwork((Conv(4),))
