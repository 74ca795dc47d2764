"""The axes that have sliders in the latent space, and what they are called after."""

from __future__ import annotations

import numpy as np
import pytest

from ui.latent_space.axes import axes_of, goals_of, property_sliders
from vae import properties
from vae.checkpoints import load, load_reader, shipped_models
from vae.data import load_mnist
from vae.properties import PROPERTIES


@pytest.fixture(scope="module", params=shipped_models())
def model(request):
    return load(request.param)


@pytest.mark.parametrize("basis", ["components", "changes"])
def test_a_code_moved_along_an_axis_has_moved_along_that_axis_alone(model, basis):
    axes = axes_of(model, model.name, basis)
    code = model.vae.encode(load_mnist("test").images[:1]).z_mean[0]
    steps = np.zeros(len(code))
    steps[3] = 1.5
    moved = axes.standardise(np.stack([code, axes.move(code, steps)]))
    np.testing.assert_allclose(moved[1] - moved[0], steps, atol=1e-3)


@pytest.mark.parametrize("basis", ["components", "changes"])
def test_an_axis_is_called_after_what_it_goes_with_among_the_test_digits(model, basis):
    # Every fourth: the first half of them was written by other people than the second.
    axes, images = axes_of(model, model.name, basis), load_mnist("test").images[::4]
    coordinates = axes.standardise(model.vae.encode(images).z_mean)
    found = properties.correlations(coordinates, properties.measure(images))
    named = 0
    for row, title in zip(found[:10], axes.titles, strict=False):
        for n, one in enumerate(PROPERTIES.values()):
            if f"{one.less} – {one.more}" in title or f"{one.more} – {one.less}" in title:
                named += 1
                assert abs(row[n]) > 0.2
                assert (row[n] > 0) == (f"{one.less} – {one.more}" in title)
        if "r =" not in title:
            assert np.abs(row).max() < 0.4
    assert named > 3


def test_raising_a_property_raises_what_is_measured_of_the_picture(model):
    codes = model.vae.encode(load_mnist("test").images[:40]).z_mean
    sliders = property_sliders(model, model.name, codes[0])
    assert {"slant", "thickness", "width"} <= {one.name for one in sliders}
    for one in sliders:
        measured = [
            PROPERTIES[one.name]
            .measure(model.vae.decode(codes + steps * one.direction.astype(np.float32)))
            .mean()
            for steps in (-2, -1, 0, 1, 2)
        ]
        assert (np.diff(measured) > 0).all()


def test_every_digit_has_goals_most_of_which_read_as_it(model):
    goals, reader = goals_of(model, model.name), load_reader().reader
    assert list(goals) == [str(digit) for digit in range(10)]
    for digit, codes in goals.items():
        assert (reader.read(model.vae.decode(codes)).argmax(axis=1) == int(digit)).mean() > 0.6
