"""What is worked out ahead of a model is used only with the weights it was made from."""

import shutil
import sys

import numpy as np
import pytest

from tests.models import save_tiny, shapes
from vae import __main__ as cli
from vae import anomaly, neighbours, precomputed
from vae.anomaly import CodeDensity
from vae.checkpoints import load, model_folder, shipped_models
from vae.data import Dataset, Digits, load_mnist, mnist_sha256
from vae.precomputed import DigitTable

CARD = {"weights_sha256": "a" * 64}
ROWS = np.random.default_rng(0).normal(size=(10_000, 5)).astype(np.float32)
DENSITY = CodeDensity.fit(ROWS, np.arange(10_000) % 2)


def table(count: int = 10_000) -> DigitTable:
    return DigitTable(ROWS[:count, :2], *ROWS[:count, 2:].T, DENSITY)


@pytest.fixture
def folder(tmp_path):
    precomputed.write(tmp_path, CARD, table())
    return tmp_path


def test_what_is_written_is_read_back(folder):
    found = precomputed.read(folder, CARD)
    np.testing.assert_allclose(found.tsne, ROWS[:, :2], atol=2e-3)
    np.testing.assert_array_equal(found.reconstruction, ROWS[:, 2])
    np.testing.assert_array_equal(found.kl, ROWS[:, 3])
    np.testing.assert_array_equal(found.negative_log_density, ROWS[:, 4])
    np.testing.assert_allclose(
        found.density.negative_log_density(ROWS[:9]), DENSITY.negative_log_density(ROWS[:9]), rtol=1e-5
    )


def test_a_file_of_other_weights_is_not_used(folder):
    assert precomputed.read(folder, {"weights_sha256": "b" * 64}) is None


def test_a_missing_file_is_none(tmp_path):
    assert precomputed.read(tmp_path, CARD) is None


@pytest.mark.parametrize("length", [0, 100, 10_000])
def test_a_damaged_file_is_none(folder, length):
    path = folder / precomputed.FILE
    path.write_bytes(path.read_bytes()[:length])
    assert precomputed.read(folder, CARD) is None


def test_a_file_of_another_number_of_digits_is_none(tmp_path):
    precomputed.write(tmp_path, CARD, table(50))
    assert precomputed.read(tmp_path, CARD) is None


@pytest.fixture
def few_digits(monkeypatch):
    splits = {split: load_mnist(split) for split in ("train", "test")}
    few = {
        split: Digits(d.images[:count], d.labels[:count])
        for (split, d), count in zip(splits.items(), (900, 60), strict=True)
    }
    dataset = Dataset("MNIST", **few, sha256=mnist_sha256())
    monkeypatch.setattr("vae.checkpoints.load_dataset", lambda path: dataset)
    return few


@pytest.fixture
def copied_model(tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(model_folder("notebook"), folder)
    (folder / precomputed.FILE).unlink()
    return folder


def test_precompute_writes_the_scores_and_a_map_in_which_classes_lie_together(
    copied_model, few_digits, capsys
):
    assert cli.main(["precompute", str(copied_model)]) == 0
    model = load(copied_model)
    found = precomputed.read(copied_model, model.card, count=60)
    scores = anomaly.score(
        model.vae, few_digits["test"].images, model.decoder_variance, np.random.default_rng(0)
    )
    np.testing.assert_allclose(found.reconstruction, scores.reconstruction, rtol=1e-5)
    np.testing.assert_allclose(found.kl, scores.kl, rtol=1e-5)
    codes = model.vae.encode(few_digits["train"].images).z_mean
    density = CodeDensity.fit(codes, few_digits["train"].labels)
    np.testing.assert_allclose(
        found.negative_log_density, density.negative_log_density(scores.z_mean), rtol=1e-3
    )
    # Of a picture's nearest neighbours on the map most show the same digit, where of all pictures a tenth do.
    labels = few_digits["test"].labels
    near = neighbours.nearest(found.tsne, found.tsne, 3).indices[:, 1:]
    assert (labels[near] == labels[:, None]).mean() > 0.4
    capsys.readouterr()
    assert cli.main(["precompute", str(copied_model)]) == 0
    assert "up to date" in capsys.readouterr().out


def test_codes_that_are_all_alike_have_a_map_too(tmp_path):
    model = load(save_tiny(tmp_path / "model", 3, shapes(6), dead=True))
    found = precomputed.compute(model, shapes(6), shapes(6))
    precomputed.write(model.folder, model.card, found)
    assert precomputed.read(model.folder, model.card, count=6) is not None


def test_without_scikit_learn_precompute_says_how_to_install_it(
    copied_model, few_digits, monkeypatch, capsys
):
    monkeypatch.setitem(sys.modules, "sklearn.manifold", None)
    assert cli.main(["precompute", str(copied_model)]) == 2
    assert 'pip install ".[evaluate]"' in capsys.readouterr().err


@pytest.mark.parametrize("name", shipped_models())
def test_shipped_tables_are_read_whatever_their_members_were_called_once(name):
    model = load(name)
    assert precomputed.read(model_folder(name), model.card) is not None
