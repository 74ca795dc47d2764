"""What all visitors share, read or computed once: models, test pictures, their codes. Never write to any of it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui.teaching.rooms import Rooms
from ui.test_set import GALLERY, TestSet
from ui.train import ownership
from vae import corruptions, precomputed
from vae import latent_profile as latent_profile_file
from vae.checkpoints import (
    CARD,
    WEIGHTS,
    Checkpoint,
    describe,
    load,
    load_reader,
    model_folder,
    runs,
    shipped_models,
)
from vae.data import load_mnist
from vae.errors import CheckpointError, ConfigError
from vae.ladder import Sibling, load_ladder
from vae.latent_profile import LatentProfile
from vae.posterior import Posterior
from vae.precomputed import DigitTable
from vae.reader import ReaderCheckpoint

# How often the noise is drawn where its chance matters.
DRAWS = 12

# Caches tell models apart by what training made of them, so that a replaced model counts as a new one.
BY_WEIGHTS = {Checkpoint: lambda model: model.digest}
BY_DATA = {TestSet: lambda test: test.key}


@st.cache_resource(show_spinner="Reading the test digits…")
def _test_digits() -> TestSet:
    return TestSet.of(load_mnist("test"))


@st.cache_resource(show_spinner="Reading the test pictures…", max_entries=4, hash_funcs=BY_WEIGHTS)
def _test_pictures(model: Checkpoint) -> TestSet:
    return TestSet.of(model.test_set(), model.digest)


def test_set(model: Checkpoint) -> TestSet:
    """The test pictures of the data that a model was trained on."""
    return _test_digits() if model.knows_digits else _test_pictures(model)


def test_set_of(name: str) -> TestSet:
    """The test pictures of a model by its name or folder; MNIST's where it can't be used."""
    if (
        name in shipped_models()
    ):  # Each run asks several times, and looking whether files have changed takes its time.
        return _test_digits()
    try:
        return test_set(load_model(name))
    except CheckpointError:
        return _test_digits()


def available_models(owner: str) -> list[str]:
    """The shipped models by name, the default first, then the folders of those trained here that a visitor may see.

    Args:
        owner: The visitor's token.
    """
    return shipped_models() + [str(path) for path in runs() if ownership.may_see(path, owner)]


@st.cache_resource(show_spinner="Loading the model…", max_entries=8)
def _load(model: str, changed: tuple[int, ...]) -> Checkpoint:
    loaded = load(model)
    test_set(loaded)  # Without its test pictures no page can show it: then it says so here.
    return loaded


def load_model(model: str) -> Checkpoint:
    """A model, read again only when its files have changed.

    Raises:
        CheckpointError: It or its test pictures can't be used.
    """
    folder = model_folder(model)
    files = [path for path in (folder / CARD, folder / WEIGHTS) if path.exists()]
    return _load(model, tuple(path.stat().st_mtime_ns for path in files))


@st.cache_resource(show_spinner=False, max_entries=256)
def _describe(model: str, changed: int) -> str:
    try:
        return describe(model)
    except (CheckpointError, ConfigError):
        return ""  # Who picks it is told what is wrong with it.


def describe_model(model: str) -> str:
    """What a model is, in a few words: "every noise level, KL"; "" where its card can't be read."""
    path = model_folder(model) / CARD
    return _describe(model, path.stat().st_mtime_ns if path.is_file() else 0)


@st.cache_resource(show_spinner=False)
def _reader() -> ReaderCheckpoint:
    return load_reader()


def reader_of(model: Checkpoint) -> ReaderCheckpoint | None:
    """What reads the pictures that a model makes; None for a model of other things than MNIST's digits."""
    return _reader() if model.knows_digits else None


@st.cache_resource(show_spinner="Encoding the test pictures…", max_entries=4, hash_funcs=BY_WEIGHTS)
def test_codes(model: Checkpoint) -> Posterior:
    """The posteriors of all its clean test pictures."""
    codes = model.vae.encode(test_set(model).images)
    for array in codes:
        array.setflags(write=False)
    return codes


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=BY_WEIGHTS)
def _read_table(model: Checkpoint, folder: str, changed: float) -> DigitTable | None:
    return precomputed.read(folder, model.card, len(test_set(model)))


def test_table(model: Checkpoint, name: str) -> DigitTable | None:
    """What was worked out ahead for a model's test pictures; None where there is nothing, or nothing of these
    weights.

    Args:
        model: Whose.
        name: Its name or folder, as it was loaded by.
    """
    folder = model_folder(name)
    path = folder / precomputed.FILE
    return _read_table(model, str(folder), path.stat().st_mtime if path.is_file() else 0.0)


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=BY_WEIGHTS)
def _read_profile(model: Checkpoint, folder: str, changed: float) -> LatentProfile | None:
    reader = reader_of(model)
    return latent_profile_file.read(folder, model.card, None if reader is None else reader.reader)


def latent_profile(model: Checkpoint, name: str) -> LatentProfile | None:
    """What was found out about a model's latent space; takes what `test_table` does, and may be None likewise."""
    folder = model_folder(name)
    path = folder / latent_profile_file.FILE
    return _read_profile(model, str(folder), path.stat().st_mtime if path.is_file() else 0.0)


@st.cache_resource(show_spinner="Loading the siblings…")
def ladder() -> tuple[Sibling, ...]:
    """The shipped siblings that differ in the weight of the KL divergence alone, by rising weight."""
    return load_ladder()


@st.cache_resource(show_spinner=False)
def rooms() -> Rooms:
    """The rooms in which classes guess together."""
    return Rooms()


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
