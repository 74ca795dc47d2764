"""What all visitors share, read or computed once: models, test digits, their codes. Never write to any of it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from vae import corruptions, precomputed
from vae.checkpoints import CARD, WEIGHTS, Checkpoint, load, load_reader, model_folder, runs, shipped_models
from vae.data import Digits, load_mnist
from vae.ladder import Sibling, load_ladder
from vae.neighbours import SearchSet, image_search_set
from vae.posterior import Posterior
from vae.precomputed import DigitTable
from vae.reader import ReaderCheckpoint

TEST_COUNT = 10_000
# How many test digits stand in the landing page's gallery, as in the notebook.
GALLERY = 10
# How often the noise is drawn where its chance matters.
DRAWS = 12

# Caches tell models apart by what training made of them, so that a replaced model counts as a new one.
BY_WEIGHTS = {Checkpoint: lambda model: model.digest}


@st.cache_resource(show_spinner="Reading the test digits…")
def test_digits() -> Digits:
    """MNIST's test set."""
    digits = load_mnist("test")
    for array in digits:
        array.setflags(write=False)
    return digits


def test_digit(index: int) -> tuple[np.ndarray, int]:
    """One test digit, float32 (28, 28), and its label."""
    digits = test_digits()
    return digits.images[index], int(digits.labels[index])


@st.cache_resource(show_spinner=False)
def test_search_set() -> SearchSet:
    """The test digits, prepared for searches among them."""
    return image_search_set(test_digits().images)


@st.cache_resource
def indices_of(label: int) -> np.ndarray:
    """The numbers of all test digits of one class."""
    return np.flatnonzero(test_digits().labels == label)


def available_models() -> list[str]:
    """The shipped models by name, the default first, then the folders of those trained here."""
    return shipped_models() + [str(path) for path in runs()]


@st.cache_resource(show_spinner="Loading the model…", max_entries=8)
def _load(model: str, changed: tuple[int, ...]) -> Checkpoint:
    return load(model)


def load_model(model: str) -> Checkpoint:
    """A model, read again only when its files have changed.

    Raises:
        CheckpointError: It can't be used.
    """
    folder = model_folder(model)
    files = [path for path in (folder / CARD, folder / WEIGHTS) if path.exists()]
    return _load(model, tuple(path.stat().st_mtime_ns for path in files))


@st.cache_resource(show_spinner="Encoding the test digits…", max_entries=4, hash_funcs=BY_WEIGHTS)
def test_codes(model: Checkpoint) -> Posterior:
    """The posteriors of all 10,000 clean test digits."""
    codes = model.vae.encode(test_digits().images)
    for array in codes:
        array.setflags(write=False)
    return codes


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=BY_WEIGHTS)
def _read_table(model: Checkpoint, folder: str, changed: float) -> DigitTable | None:
    return precomputed.read(folder, model.card)


def test_table(model: Checkpoint, name: str) -> DigitTable | None:
    """What was worked out ahead for the test digits under a model; None where there is nothing, or nothing of these
    weights.

    Args:
        model: Whose.
        name: Its name or folder, as it was loaded by.
    """
    folder = model_folder(name)
    path = folder / precomputed.FILE
    return _read_table(model, str(folder), path.stat().st_mtime if path.is_file() else 0.0)


@st.cache_resource(show_spinner=False)
def reader() -> ReaderCheckpoint:
    """The shipped reader of digits."""
    return load_reader()


@st.cache_resource(show_spinner="Loading the siblings…")
def ladder() -> tuple[Sibling, ...]:
    """The shipped siblings that differ in the weight of the KL divergence alone, by rising weight."""
    return load_ladder()


@st.cache_resource
def gallery() -> bytes:
    """The gallery's digits, one byte a pixel."""
    return (test_digits().images[:GALLERY] * 255).round().astype(np.uint8).tobytes()


@st.cache_resource(max_entries=64, show_spinner=False)
def noise_field(corruption: str, seed: int) -> np.ndarray:
    """The random field of a corruption for `GALLERY` pictures, the first of which is that of a single one, float32
    (GALLERY, 28, 28)."""
    return corruptions.draw_field(corruption, GALLERY, np.random.default_rng(seed))


def draws_of(corruption: str, count: int = DRAWS) -> int:
    """How many of some draws of a corruption differ: all, or one where nothing is random."""
    return count if corruptions.CORRUPTIONS[corruption].is_random else 1


@st.cache_resource(max_entries=64, show_spinner=False)
def noise_draws(corruption: str, seed: int) -> bytes:
    """The random fields of `draws_of` draws as a browser takes them, float32 (draws, 28, 28); the first is that of
    `noise_field`."""
    field = corruptions.draw_field(corruption, draws_of(corruption), np.random.default_rng(seed))
    return field.astype("<f4").tobytes()
