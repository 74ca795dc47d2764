"""Data of one's own: what is read, what is refused and with what words, and a model that was trained on it."""

import gzip
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from vae import __main__ as cli
from vae import data, precomputed
from vae.checkpoints import load
from vae.data import load_dataset, load_mnist
from vae.errors import CheckpointError, DataError


def some(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.random((count, 28, 28)), rng.integers(0, 3, count)


def arrays(**changes) -> dict[str, np.ndarray]:
    (x_train, y_train), (x_test, y_test) = some(40), some(24, 1)
    whole = {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test, **changes}
    return {name: array for name, array in whole.items() if array is not None}


def write_npz(path, **changes):
    np.savez(path, **arrays(**changes))
    return path


def write_idx(path, array: np.ndarray):
    header = bytes([0, 0, 8, array.ndim]) + b"".join(size.to_bytes(4, "big") for size in array.shape)
    content = header + array.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


def test_without_a_path_it_is_mnist():
    found = load_dataset()
    assert (found.name, found.path, len(found.train.images)) == ("MNIST", None, 60_000)
    np.testing.assert_array_equal(found.test.images, load_mnist("test").images)
    assert found.sha256 == data.mnist_sha256()


def test_an_npz_file_comes_back_as_it_was_written(tmp_path):
    found = load_dataset(write_npz(tmp_path / "mine.npz"))
    written = arrays()
    np.testing.assert_array_equal(found.train.images, written["x_train"].astype(np.float32))
    np.testing.assert_array_equal(found.test.labels, written["y_test"])
    assert found.name == "mine"
    assert found.to_card()["classes"] == 3


@pytest.mark.parametrize(
    "prefix,test,suffix", [("", "t10k", ".gz"), ("", "t10k", ""), ("emnist-letters-", "test", ".gz")]
)
def test_idx_files_of_mnist_and_its_relatives_are_read(prefix, test, suffix, tmp_path):
    digits = load_mnist("test")
    pictures, labels = np.rint(digits.images[:30] * 255), digits.labels[:30]
    stored = pictures.transpose(0, 2, 1) if prefix else pictures
    folder = tmp_path / "letters"
    folder.mkdir()
    for split, part in (("train", slice(20)), (test, slice(20, 30))):
        write_idx(folder / f"{prefix}{split}-images-idx3-ubyte{suffix}", stored[part])
        write_idx(folder / f"{prefix}{split}-labels-idx1-ubyte{suffix}", labels[part])
    found = load_dataset(folder)
    np.testing.assert_allclose(found.train.images, digits.images[:20])
    np.testing.assert_allclose(found.test.images, digits.images[20:30])
    np.testing.assert_array_equal(found.test.labels, labels[20:])
    assert found.name == "letters"


@pytest.mark.parametrize(
    "changes,told",
    [
        ({"x_train": np.zeros((40, 28, 28), np.uint8)}, "divide 0..255 values by 255 first"),
        ({"x_train": np.zeros((40, 32, 32))}, r"shape \(n, 28, 28\)"),
        ({"x_test": np.full((24, 28, 28), 255.0)}, r"values in \[0, 1\]"),
        ({"x_test": np.full((24, 28, 28), np.nan)}, r"values in \[0, 1\]"),
        ({"x_test": None}, "Missing: x_test"),
        ({"y_train": np.zeros(39, int)}, "one for each picture"),
        ({"y_train": np.zeros(40)}, "whole numbers"),
        ({"y_test": np.full(24, -1)}, "from 0 to 999"),
        ({"x_test": np.zeros((0, 28, 28)), "y_test": np.zeros(0, int)}, "at least 2 pictures in x_test"),
        ({"x_train": np.zeros((1, 28, 28)), "y_train": np.zeros(1, int)}, "at least 2 pictures in x_train"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused(changes, told, tmp_path):
    with pytest.raises(DataError, match=told):
        load_dataset(write_npz(tmp_path / "mine.npz", **changes))


@pytest.mark.parametrize("content", [b"", b"x_train", b"PK\x03\x04 and no more"])
def test_a_file_that_is_no_archive_is_refused(content, tmp_path):
    (tmp_path / "mine.npz").write_bytes(content)
    with pytest.raises(DataError, match="NumPy archive"):
        load_dataset(tmp_path / "mine.npz")


def test_what_is_missing_is_told(tmp_path):
    with pytest.raises(DataError, match="There is no"):
        load_dataset(tmp_path / "nowhere.npz")
    with pytest.raises(DataError, match="one IDX file of train-images"):
        load_dataset(tmp_path)


@pytest.mark.parametrize("content", [b"", bytes([0, 0, 8, 3]) + bytes(12) + b"x", b"text, no bytes"])
def test_a_damaged_idx_file_is_refused(content, tmp_path):
    (tmp_path / "train-images-idx3-ubyte").write_bytes(content)
    write_idx(tmp_path / "train-labels-idx1-ubyte", np.zeros(4))
    with pytest.raises(DataError, match="IDX file of bytes with 3 axes"):
        load_dataset(tmp_path)


def test_wrong_data_is_one_plain_line_before_tensorflow_loads(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    path = write_npz(tmp_path / "mine.npz", x_train=np.zeros((40, 28, 28), np.uint8))
    assert cli.main(["train", "notebook", "--data", str(path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("as_bytes", [True, False])
def test_a_test_set_comes_back_to_the_bit(as_bytes):
    digits = load_mnist("test")
    images = digits.images[:20] if as_bytes else np.sqrt(digits.images[:20])
    packed = data.pack_test_set(data.Digits(images, digits.labels[:20]))
    assert (packed["images"].dtype == np.uint8) == as_bytes
    np.testing.assert_array_equal(data.unpack_test_set(packed, Path("test_set.npz")).images, images)


def test_a_model_of_own_data_is_measured_on_it_and_knows_it(tmp_path, capsys, monkeypatch):
    pytest.importorskip("tensorflow", reason="TensorFlow is not installed: pip install -r requirements.txt")
    path, folder = write_npz(tmp_path / "mine.npz"), tmp_path / "model"
    command = ["train", "notebook", "--data", str(path), "--output", str(folder), "--hidden", "8"]
    for latent_dim in (1, 2):
        settings = ["--set", f"network.latent_dim={latent_dim}", "--set", "training.epochs=1"]
        assert cli.main([*command, *settings]) == 0
        assert "24 test pictures of mine" in capsys.readouterr().out
        model = load(folder)
        assert not model.knows_digits and model.data_name == "mine"
        np.testing.assert_array_equal(model.test_set().images, arrays()["x_test"].astype(np.float32))
        assert precomputed.read(folder, model.card, 24).tsne.shape == (24, 2)
    assert json.loads((folder / "card.json").read_text())["data"]["sha256"] == load_dataset(path).sha256
    assert cli.main(["precompute", str(folder), "--force"]) == 0
    assert cli.main(["evaluate", str(folder), "notebook"]) == 2
    assert "Expected models of one data set" in capsys.readouterr().err
    moved = path.rename(tmp_path / "moved.npz")
    assert cli.main(["evaluate", str(folder), "--quick"]) == 2
    assert "There is no" in capsys.readouterr().err
    assert cli.main(["evaluate", str(folder), "--quick", "--data", str(moved)]) == 0
    assert "24 test" in capsys.readouterr().out
    write_npz(path, y_test=np.zeros(24, int))
    assert cli.main(["precompute", str(folder)]) == 2
    assert "SHA-256 is another" in capsys.readouterr().err
    (folder / "test_set.npz").unlink()
    with pytest.raises(CheckpointError, match="test pictures of model"):
        load(folder).test_set()
