"""A short way to where a picture reads as another digit."""

from __future__ import annotations

import numpy as np
import pytest

from vae import latent_profile
from vae.aim import aim
from vae.checkpoints import load, load_reader
from vae.data import load_mnist


@pytest.fixture(scope="module")
def shipped():
    model, reader = load("calibrated"), load_reader().reader
    return model, reader, latent_profile.read(model.folder, model.card, reader).mixture


def straight(model, reader, start, goal, target) -> float:
    """How far it is to where the straight way to a goal first reads as the target; infinite where it never does."""
    shares = np.linspace(0, 1, 51)[:, None]
    pictures = model.vae.decode((start + shares * (goal - start)).astype(np.float32))
    reads = np.flatnonzero(reader.read(pictures)[:, target] >= 0.9)
    return float(shares[reads[0], 0] * np.linalg.norm(goal - start)) if len(reads) else np.inf


def test_no_straight_way_to_the_class_is_much_shorter_and_the_end_reads_as_asked(shipped):
    model, reader, mixture = shipped
    test, training = load_mnist("test"), load_mnist("train")
    some = np.random.default_rng(0).choice(len(training.images), 1500, replace=False)
    codes, labels = model.vae.encode(training.images[some]).z_mean, training.labels[some]
    for index, target in ((4, 9), (0, 3), (18, 8)):
        start = model.vae.encode(test.images[index : index + 1]).z_mean[0]
        goals = mixture.means[mixture.labels == target]
        members = codes[labels == target]
        mean = members.mean(axis=0)
        way = aim(model.vae, reader, start, target, np.concatenate([mean[None], goals]))
        assert way.arrived
        np.testing.assert_array_equal(way.codes[0], start)
        assert reader.read(model.vae.decode(way.codes[-1:]))[0, target] >= 0.9
        nearest = members[((members - start) ** 2).sum(axis=1).argmin()]
        others = [straight(model, reader, start, goal, target) for goal in (mean, nearest)]
        assert np.linalg.norm(way.codes[-1] - start) <= 1.1 * min(others)


def test_a_picture_that_reads_as_asked_already_stays(shipped):
    model, reader, mixture = shipped
    start = model.vae.encode(load_mnist("test").images[:1]).z_mean[0]
    way = aim(model.vae, reader, start, 7, mixture.means[:0])
    assert way.arrived
    np.testing.assert_array_equal(way.codes, start[None])
