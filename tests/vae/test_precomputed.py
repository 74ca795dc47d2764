"""What is worked out ahead of a model is used only with the weights it was made from."""

import numpy as np
import pytest

from vae import precomputed
from vae.anomaly import CodeDensity
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
